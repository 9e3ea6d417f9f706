import type { InstrumentId } from '#domain/ids'
import type { Timeframe } from '#domain/time'
import type { MarketSubscription } from '#ports/venue'
import type { Topic } from '#venues/shared/subscriptions'
import type { ProductTable } from './products'

/** One length of bars of one instrument. */
export interface WantedBars {
  readonly instrumentId: InstrumentId
  readonly timeframe: Timeframe
}

/** What the wanted set comes to on the wire. */
export interface WantedPlan {
  readonly topics: readonly Topic[]
  /** Names of all books that anything is wanted of. */
  readonly symbols: ReadonlySet<string>
  /** Names of books, each with an instrument that it is kept under. */
  readonly books: ReadonlyMap<string, InstrumentId>
  readonly streamed: readonly WantedBars[]
  readonly polled: readonly WantedBars[]
  readonly unknown: readonly string[]
}

/** The one length of bars that the stream has. */
export const STREAMED: Timeframe = '5m'

/** A quote needs the book: the ticker speaks only when something trades. */
const TOPICS: Readonly<Record<MarketSubscription['channels'][number], readonly string[]>> = {
  quote: ['ticker', 'level2'],
  trade: ['market_trades'],
  book: ['level2'],
}

/** Returns topics under the names of the books, each once however many instruments of a family are wanted. */
export function planOf(wanted: readonly MarketSubscription[], table: ProductTable): WantedPlan {
  const topics = new Map<string, Topic>()
  const symbols = new Set<string>()
  const books = new Map<string, InstrumentId>()
  const streamed: WantedBars[] = []
  const polled: WantedBars[] = []
  const unknown: string[] = []
  for (const { instrumentId, channels, timeframes } of wanted) {
    const symbol = table.of(instrumentId)?.canonicalId
    if (symbol === undefined) {
      unknown.push(instrumentId)
      continue
    }
    symbols.add(symbol)
    const names = [...channels.flatMap((channel) => TOPICS[channel]), ...(timeframes.includes(STREAMED) ? ['candles'] : [])]
    for (const channel of names) topics.set(`${channel} ${symbol}`, { channel, symbol, interval: null })
    for (const timeframe of timeframes) (timeframe === STREAMED ? streamed : polled).push({ instrumentId, timeframe })
    if (names.includes('level2') && !books.has(symbol)) books.set(symbol, instrumentId)
  }
  return { topics: [...topics.values()], symbols, books, streamed, polled, unknown }
}
