import { decimal, isDecimalText, isLess, isPositive } from '#domain/decimal'
import type { InstrumentId } from '#domain/ids'
import type { BookView, Quote } from '#domain/market'
import type { TickerFrame } from './market-frames'
import type { Pair } from './symbols'

/** What a ticker frame makes of the quote. */
export type QuoteResult =
  | { readonly kind: 'quote'; readonly quote: Quote }
  | { readonly kind: 'unsound'; readonly reason: 'oneSided' | 'crossed' }

/** Returns the quote of a frame, never a crossed or one-sided one. `venueAtMs` is NaN where the frame carries no stamp. */
export function quoteOf(frame: TickerFrame, instrumentId: InstrumentId, venueAtMs: number, receivedAtMs: number): QuoteResult {
  const { bid, bidQuantity, ask, askQuantity, last, volume } = frame
  if (![bid, bidQuantity, ask, askQuantity].every(isDecimalText)) return { kind: 'unsound', reason: 'oneSided' }
  const quote: Quote = {
    instrumentId,
    bidPrice: decimal(bid),
    bidQuantity: decimal(bidQuantity),
    askPrice: decimal(ask),
    askQuantity: decimal(askQuantity),
    venueAtMs: Number.isNaN(venueAtMs) ? receivedAtMs : venueAtMs,
    receivedAtMs,
    ...(isDecimalText(last) ? { lastPrice: decimal(last) } : {}),
    ...(isDecimalText(volume) ? { volume24h: decimal(volume) } : {}),
  }
  if (![quote.bidPrice, quote.bidQuantity, quote.askPrice, quote.askQuantity].every(isPositive))
    return { kind: 'unsound', reason: 'oneSided' }
  if (!isLess(quote.bidPrice, quote.askPrice)) return { kind: 'unsound', reason: 'crossed' }
  return { kind: 'quote', quote }
}

/** Whom the feed of quotes tells, and where it finds the book. */
export interface QuoteFeedDeps {
  onQuote(quote: Quote): void
  onBook(instrumentId: InstrumentId, book: BookView | null): void
  /** Returns the sound book of a pair, null while it is rebuilt, `none` when no book is subscribed. */
  bookOf(pair: Pair): BookView | null | 'none'
}

/**
 * Quotes of a connection. An older or a repeated frame never refreshes one (PAIN-04). A quote that is gone cannot be taken back,
 * so its market is marked as not to be traded on (`onBook` null) until a sound one comes.
 */
export class QuoteFeed {
  readonly #deps: QuoteFeedDeps
  readonly #last = new Map<string, { readonly atMs: number; readonly frame: TickerFrame }>()
  readonly #withdrawn = new Set<InstrumentId>()

  constructor(deps: QuoteFeedDeps) {
    this.#deps = deps
  }

  isWithdrawn(instrumentId: InstrumentId): boolean {
    return this.#withdrawn.has(instrumentId)
  }

  /** Takes a frame that is no old data by its stamp. */
  onFrame(frame: TickerFrame, pair: Pair, venueAtMs: number, receivedAtMs: number): void {
    if (this.#isRepeat(frame, venueAtMs)) return
    const result = quoteOf(frame, pair.instrumentId, venueAtMs, receivedAtMs)
    switch (result.kind) {
      case 'unsound':
        if (this.#withdrawn.has(pair.instrumentId)) return
        this.#withdrawn.add(pair.instrumentId)
        this.#deps.onBook(pair.instrumentId, null)
        return
      case 'quote':
        this.#deps.onQuote(result.quote)
        if (this.#withdrawn.delete(pair.instrumentId)) this.#restore(pair, result.quote)
        return
    }
  }

  clear(): void {
    this.#last.clear()
    this.#withdrawn.clear()
  }

  #isRepeat(frame: TickerFrame, venueAtMs: number): boolean {
    if (Number.isNaN(venueAtMs)) return false
    const last = this.#last.get(frame.symbol)
    if (!frame.isSnapshot && last !== undefined) {
      if (venueAtMs < last.atMs || (venueAtMs === last.atMs && isSameQuote(frame, last.frame))) return true
    }
    this.#last.set(frame.symbol, { atMs: venueAtMs, frame })
    return false
  }

  #restore(pair: Pair, quote: Quote): void {
    // Where no book is subscribed, the touch is the book; a subscribed one that is being rebuilt says so itself.
    const subscribed = this.#deps.bookOf(pair)
    const book = subscribed === 'none' ? touchOf(quote) : subscribed
    if (book !== null) this.#deps.onBook(pair.instrumentId, book)
  }
}

function isSameQuote(a: TickerFrame, b: TickerFrame): boolean {
  return a.bid === b.bid && a.bidQuantity === b.bidQuantity && a.ask === b.ask && a.askQuantity === b.askQuantity
}

function touchOf(quote: Quote): BookView {
  return {
    instrumentId: quote.instrumentId,
    bids: [{ price: quote.bidPrice, quantity: quote.bidQuantity }],
    asks: [{ price: quote.askPrice, quantity: quote.askQuantity }],
    receivedAtMs: quote.receivedAtMs,
  }
}
