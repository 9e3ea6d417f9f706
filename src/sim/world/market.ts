import type { BookLevel } from '#domain/market'
import type { World } from './world'

/** Levels compared, as many as the venue's checksum covers. */
const LEVELS = 10
/**
 * A step of the market may be on its way just now, or a stream that has fallen silent is not found out yet: the books are compared again after
 * this, ms, and found different only if they stay so for longer than any silence may last.
 */
const AGAIN_MS = 700
const TRIES = 11

/**
 * Compares the books that the company trades by with the emulator's own, of every instrument that a bot trades; at rest, when nothing goes
 * wrong any more. One line a difference. A market that nobody can trade on has none to show: of a venue that is not tradable (coming to rest may
 * outlast a lockout, and the next faults begin meanwhile), and one where the venue itself has no bid or no ask.
 */
export function marketFindings(world: World): readonly string[] {
  let found = differences(world)
  for (let tries = 1; tries < TRIES && found.length > 0; tries++) {
    world.run(AGAIN_MS)
    found = differences(world)
  }
  return found
}

function differences(world: World): readonly string[] {
  const { deps, market, venues } = world.company
  const found: string[] = []
  const tradable = new Set([...venues].flatMap(([venueId, host]) => (host.isTradable ? [venueId] : [])))
  for (const instrumentId of new Set(deps.bots.flatMap((bot) => bot.instruments))) {
    const venueId = market.findInstrument(instrumentId)?.venueId
    if (venueId !== undefined && !tradable.has(venueId)) continue
    const symbol = (instrumentId as string).replace('@kraken', '').replace('-', '/')
    const book = market.book(instrumentId)
    const own = world.emulator.book(symbol, LEVELS)
    const isTwoSided = own.bids.length > 0 && own.asks.length > 0
    if (book === null && !isTwoSided) continue
    if (book === null) found.push(`${instrumentId} has no book, and its market is traded on`)
    else if (textOf(book.bids) !== textOf(own.bids) || textOf(book.asks) !== textOf(own.asks))
      found.push(`the book of ${instrumentId} is ${textOf(book.bids.slice(0, 1))} to ${textOf(book.asks.slice(0, 1))}, and not the venue's`)
  }
  return found
}

function textOf(levels: readonly Pick<BookLevel, 'price' | 'quantity'>[]): string {
  return levels
    .slice(0, LEVELS)
    .map(({ price, quantity }) => `${quantity} @ ${price}`)
    .join(', ')
}
