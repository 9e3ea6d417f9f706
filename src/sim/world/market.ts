import type { InstrumentId } from '#domain/ids'
import type { BookLevel, BookView } from '#domain/market'
import type { EngineBook } from '#sim/engine/types'
import type { World } from './world'

/** Levels compared, as many as the venue's checksum covers. */
const LEVELS = 10
/** A step of the market may be on its way just now: the books are compared again after this, ms, and found different only if they stay so. */
const AGAIN_MS = 700
const TRIES = 3
/** A stream that has just fallen silent is found out within this, ms; what differs counts only if its venue stays tradable so long. */
const SILENCE_MS = 7_000

interface Difference {
  readonly text: string
  /** True while orders may go to its venue. */
  isTradable(): boolean
}

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
  for (let waitedMs = 0; waitedMs < SILENCE_MS && found.length > 0; waitedMs += AGAIN_MS) {
    world.run(AGAIN_MS)
    found = found.filter((difference) => difference.isTradable())
  }
  return found.map(({ text }) => text)
}

function differences(world: World): readonly Difference[] {
  const { deps, market, venues } = world.company
  const found: Difference[] = []
  for (const instrumentId of new Set(deps.bots.flatMap((bot) => bot.instruments))) {
    const host = venues.get(market.instrument(instrumentId).venueId)
    const isTradable = () => host?.isTradable === true
    const symbol = (instrumentId as string).replace('@kraken', '').replace('-', '/')
    const text = isTradable() ? differenceOf(instrumentId, market.book(instrumentId), world.emulator.book(symbol, LEVELS)) : null
    if (text !== null) found.push({ text, isTradable })
  }
  return found
}

function differenceOf(instrumentId: InstrumentId, book: BookView | null, own: EngineBook): string | null {
  if (book === null) {
    const isTwoSided = own.bids.length > 0 && own.asks.length > 0
    return isTwoSided ? `${instrumentId} has no book, and its market is traded on` : null
  }
  if (textOf(book.bids) === textOf(own.bids) && textOf(book.asks) === textOf(own.asks)) return null
  return `the book of ${instrumentId} is ${textOf(book.bids.slice(0, 1))} to ${textOf(book.asks.slice(0, 1))}, and not the venue's`
}

function textOf(levels: readonly Pick<BookLevel, 'price' | 'quantity'>[]): string {
  return levels
    .slice(0, LEVELS)
    .map(({ price, quantity }) => `${quantity} @ ${price}`)
    .join(', ')
}
