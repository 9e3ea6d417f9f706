import type { Decimal } from '#domain/decimal'
import { isPositive } from '#domain/decimal'
import type { InstrumentId } from '#domain/ids'
import type { BookView, Quote } from '#domain/market'

/** The last print and the day's volume as the ticker tells them. */
export interface Ticker {
  readonly lastPrice: Decimal | null
  readonly volume24h: Decimal | null
}

const UNTOLD: Ticker = { lastPrice: null, volume24h: null }

/** Quotes: the touch of the book, for the ticker speaks only when something trades; the last price and the volume are the ticker's. */
export class Quotes {
  readonly #tickers = new Map<string, Ticker>()
  readonly #last = new Map<InstrumentId, Quote>()

  /** Takes a ticker. Returns true when something of it changed. */
  onTicker(symbol: string, ticker: Ticker): boolean {
    const known = this.#tickers.get(symbol)
    this.#tickers.set(symbol, ticker)
    return known?.lastPrice !== ticker.lastPrice
  }

  /** Returns the quote of a sound book; null when it is as before, or when there is none: a side is empty. */
  quoteOf(symbol: string, view: BookView, venueAtMs: number): Quote | null {
    const [bid, ask] = [view.bids[0], view.asks[0]]
    if (bid === undefined || ask === undefined || !isPositive(bid.price)) return null
    const { lastPrice, volume24h } = this.#tickers.get(symbol) ?? UNTOLD
    const quote: Quote = {
      instrumentId: view.instrumentId,
      bidPrice: bid.price,
      bidQuantity: bid.quantity,
      askPrice: ask.price,
      askQuantity: ask.quantity,
      venueAtMs: Number.isFinite(venueAtMs) ? venueAtMs : view.receivedAtMs,
      receivedAtMs: view.receivedAtMs,
      ...(lastPrice === null ? {} : { lastPrice }),
      ...(volume24h === null ? {} : { volume24h }),
    }
    const last = this.#last.get(view.instrumentId)
    if (last !== undefined && isSame(last, quote)) return null
    this.#last.set(view.instrumentId, quote)
    return quote
  }

  /** The next quote is news, whatever it says. */
  forget(instrumentId: InstrumentId): void {
    this.#last.delete(instrumentId)
  }

  clear(): void {
    this.#last.clear()
    this.#tickers.clear()
  }
}

function isSame(a: Quote, b: Quote): boolean {
  const isSameBid = a.bidPrice === b.bidPrice && a.bidQuantity === b.bidQuantity
  return isSameBid && a.askPrice === b.askPrice && a.askQuantity === b.askQuantity && a.lastPrice === b.lastPrice
}
