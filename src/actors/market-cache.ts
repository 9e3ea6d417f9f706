import { AppError } from '#domain/errors'
import type { AssetCode, InstrumentId, VenueId } from '#domain/ids'
import type { Instrument } from '#domain/instrument'
import type { BarEvent, BookView, Quote } from '#domain/market'
import { add, type Decimal, multiply, toNumber } from '#domain/decimal'
import type { Timeframe } from '#domain/time'
import type { ClockPort } from '#ports/clock'
import type { PriceJump } from '#risk/guard-facts'
import { MidWindow } from './mid-window'

/** A mid is asked for with each verdict: a product is exact and much cheaper than a quotient. */
const HALF = '0.5' as Decimal
const NO_INSTRUMENTS: readonly InstrumentId[] = []
const NO_LISTENERS: ReadonlySet<() => void> = new Set()

interface Line {
  readonly instrumentId: InstrumentId
  readonly venueId: VenueId
  instrument: Instrument
  quote: Quote | null
  /** The quote that marks are taken from: it outlives the stream, flagged stale by its age. */
  lastQuote: Quote | null
  /** The mid of `lastQuote`, once somebody asked for it. */
  mid: Decimal | null
  book: BookView | null
  /** False while the venue rebuilds the book: the instrument is not to be traded on. */
  isSound: boolean
  readonly lastBarCloseMs: Map<Timeframe, number>
  /** Null before the first quote. */
  mids: MidWindow | null
}

/**
 * The live view of every market (MKT-05): plain maps that socket callbacks write and strategies and the gate read.
 * "Latest price" is the mid of the quote everywhere. Freshness of a quote is that of its stream: a quiet market whose stream
 * still beats is not stale (PAIN-04).
 */
export class MarketCache {
  readonly #clock: ClockPort
  readonly #lines = new Map<InstrumentId, Line>()
  readonly #aliveAtMs = new Map<VenueId, number>()
  /** Instruments by base and quote asset, in order of their listing. */
  readonly #pairs = new Map<AssetCode, Map<AssetCode, readonly InstrumentId[]>>()
  readonly #barListeners = new Map<string, Set<(event: BarEvent) => void>>()
  readonly #quoteListeners = new Map<InstrumentId, Set<() => void>>()
  #revision = 0

  constructor(clock: ClockPort) {
    this.#clock = clock
  }

  /** True before any venue told of its instruments. */
  get isEmpty(): boolean {
    return this.#lines.size === 0
  }

  /** Rises with each quote: two equal readings mean that no mark has moved between them. */
  get revision(): number {
    return this.#revision
  }

  /** Adds or replaces the metadata of an instrument; its quote is kept. */
  putInstrument(instrument: Instrument): void {
    const line = this.#lines.get(instrument.instrumentId)
    if (line !== undefined) {
      line.instrument = instrument
      return
    }
    const { baseAsset, quoteAsset } = instrument
    const pairs = this.#pairs.get(baseAsset) ?? new Map<AssetCode, readonly InstrumentId[]>()
    this.#pairs.set(baseAsset, pairs)
    pairs.set(quoteAsset, [...(pairs.get(quoteAsset) ?? []), instrument.instrumentId])
    this.#lines.set(instrument.instrumentId, {
      instrumentId: instrument.instrumentId,
      venueId: instrument.venueId,
      instrument,
      quote: null,
      lastQuote: null,
      mid: null,
      book: null,
      isSound: true,
      lastBarCloseMs: new Map(),
      mids: null,
    })
  }

  onQuote(quote: Quote): void {
    const line = this.#lines.get(quote.instrumentId)
    if (line === undefined) return
    this.#revision++
    line.quote = quote
    line.lastQuote = quote
    line.mid = null
    line.mids ??= new MidWindow()
    if (line.mids.isDue(quote.receivedAtMs)) line.mids.note(middleOf(quote), quote.receivedAtMs)
    this.#aliveAtMs.set(line.venueId, quote.receivedAtMs)
    for (const listener of this.#quoteListeners.get(quote.instrumentId) ?? NO_LISTENERS) listener()
  }

  /** Calls `listener` after each quote of an instrument, in the callback that brought it; returns the unsubscribe function. */
  onQuoteOf(instrumentId: InstrumentId, listener: () => void): () => void {
    const listeners = this.#quoteListeners.get(instrumentId) ?? new Set()
    this.#quoteListeners.set(instrumentId, listeners)
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
    }
  }

  onBook(instrumentId: InstrumentId, book: BookView | null): void {
    const line = this.#lines.get(instrumentId)
    if (line === undefined) return
    line.book = book
    line.isSound = book !== null
  }

  /** Notes that the venue's public stream beats. */
  onAlive(venueId: VenueId): void {
    this.#aliveAtMs.set(venueId, this.#clock.now())
  }

  /** Forgets quotes and liveness of a venue whose public stream was lost: nothing of before is tradable after. */
  onPublicLost(venueId: VenueId): void {
    this.#aliveAtMs.delete(venueId)
    for (const line of this.#lines.values()) {
      if (line.venueId !== venueId) continue
      line.quote = null
      line.book = null
      line.mids?.clear()
    }
  }

  /** Hands a closed bar to whoever listens on its instrument and timeframe. */
  onBar(event: BarEvent): void {
    const line = this.#lines.get(event.instrumentId)
    if (line === undefined) return
    const known = line.lastBarCloseMs.get(event.timeframe) ?? 0
    if (event.bar.closeAtMs <= known) return
    line.lastBarCloseMs.set(event.timeframe, event.bar.closeAtMs)
    for (const listener of this.#barListeners.get(`${event.instrumentId} ${event.timeframe}`) ?? []) listener(event)
  }

  /** Calls `listener` for each bar that closes, in order and once; returns the unsubscribe function. */
  onBarClose(instrumentId: InstrumentId, timeframe: Timeframe, listener: (event: BarEvent) => void): () => void {
    const key = `${instrumentId} ${timeframe}`
    const listeners = this.#barListeners.get(key) ?? new Set()
    this.#barListeners.set(key, listeners)
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
    }
  }

  /** @throws {AppError} `UNKNOWN_INSTRUMENT` when the venue never told of it. */
  instrument(instrumentId: InstrumentId): Instrument {
    const line = this.#lines.get(instrumentId)
    if (line === undefined)
      throw new AppError(`${instrumentId} is not known; check the venue's list of instruments`, { code: 'UNKNOWN_INSTRUMENT' })
    return line.instrument
  }

  findInstrument(instrumentId: InstrumentId): Instrument | null {
    return this.#lines.get(instrumentId)?.instrument ?? null
  }

  instruments(): readonly Instrument[] {
    return [...this.#lines.values()].map((line) => line.instrument)
  }

  /** Returns the instruments that trade one asset for another, whichever venue's. */
  pair(base: AssetCode, quote: AssetCode): readonly InstrumentId[] {
    return this.#pairs.get(base)?.get(quote) ?? NO_INSTRUMENTS
  }

  /** Returns the last quote, fresh or not; null when none came since the stream was opened. */
  quote(instrumentId: InstrumentId): Quote | null {
    return this.#lines.get(instrumentId)?.quote ?? null
  }

  book(instrumentId: InstrumentId): BookView | null {
    return this.#lines.get(instrumentId)?.book ?? null
  }

  /** Returns the mid of the last quote ever, exact, for marks; null when none came. Orders are priced from `quote` alone. */
  mid(instrumentId: InstrumentId): Decimal | null {
    const line = this.#lines.get(instrumentId)
    if (line === undefined || line.lastQuote === null) return null
    line.mid ??= multiply(add(line.lastQuote.bidPrice, line.lastQuote.askPrice), HALF)
    return line.mid
  }

  /** Returns how far the present quote's mid is from those of the minute before; null while too little is known. */
  jumpOf(instrumentId: InstrumentId): PriceJump | null {
    const line = this.#lines.get(instrumentId)
    if (line?.quote == null || line.mids === null) return null
    return line.mids.jumpOf(middleOf(line.quote), this.#clock.now())
  }

  /** Returns ms since the instrument's mark was last known to be good; Infinity when never. */
  markAgeMs(instrumentId: InstrumentId): number {
    const line = this.#lines.get(instrumentId)
    if (line === undefined || line.lastQuote === null) return Number.POSITIVE_INFINITY
    const aliveAtMs =
      line.quote === null ? line.lastQuote.receivedAtMs : Math.max(line.quote.receivedAtMs, this.#aliveAtMs.get(line.venueId) ?? 0)
    return Math.max(0, this.#clock.now() - aliveAtMs)
  }

  /** When quote and one-minute bar of an instrument were last known to be good; null for what has not come or is not wanted. */
  timesOf(instrumentId: InstrumentId): {
    readonly instrumentId: InstrumentId
    readonly quoteAtMs: number | null
    readonly barAtMs: number | null
  } {
    const line = this.#lines.get(instrumentId)
    if (line === undefined || line.quote === null) return { instrumentId, quoteAtMs: null, barAtMs: null }
    const quoteAtMs = Math.max(line.quote.receivedAtMs, this.#aliveAtMs.get(line.venueId) ?? 0)
    return { instrumentId, quoteAtMs, barAtMs: line.lastBarCloseMs.get('1m') ?? null }
  }

  /** True while the instrument has a quote and its book, where subscribed, is sound. */
  isSound(instrumentId: InstrumentId): boolean {
    const line = this.#lines.get(instrumentId)
    return line !== undefined && line.quote !== null && line.isSound
  }
}

/** The mid as a statistic. */
function middleOf({ bidPrice, askPrice }: Quote): number {
  return (toNumber(bidPrice) + toNumber(askPrice)) / 2
}
