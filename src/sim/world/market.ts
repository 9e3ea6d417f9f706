import type { BookLevel } from '#domain/market'
import type { World } from './world'

/** Levels compared, as many as the venue's checksum covers. */
const LEVELS = 10
/** A step of the market may be on its way just now: the books are compared again after this, ms, and found different only if they stay so. */
const AGAIN_MS = 700
const TRIES = 3

/**
 * Compares the books that the company trades by with the emulator's own, of every instrument that a bot trades; at rest, when nothing goes
 * wrong any more. One line a difference.
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
  const { deps, market } = world.company
  const found: string[] = []
  for (const instrumentId of new Set(deps.bots.flatMap((bot) => bot.instruments))) {
    const symbol = (instrumentId as string).replace('@kraken', '').replace('-', '/')
    const book = market.book(instrumentId)
    const own = world.emulator.book(symbol, LEVELS)
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
