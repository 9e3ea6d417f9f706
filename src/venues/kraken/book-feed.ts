import type { InstrumentId } from '#domain/ids'
import type { BookView } from '#domain/market'
import type { ClockPort } from '#ports/clock'
import { KrakenBook } from './book'
import type { KrakenConfig } from './config'
import type { BookFrame } from './market-frames'
import type { Pair } from './symbols'

/** What the feed of books needs and whom it tells. */
export interface BookFeedDeps {
  readonly clock: ClockPort
  readonly config: KrakenConfig
  onBook(instrumentId: InstrumentId, book: BookView | null): void
  onFault(code: string, text: string): void
  /** Asks for a new snapshot of a symbol. */
  resubscribe(symbol: string): void
  /** One book would not become sound in many attempts: the connection is worth nothing. */
  giveUp(reason: string): void
}

interface Line {
  readonly book: KrakenBook
  readonly symbol: string
  /** Guards the wait for a snapshot; null when the book is sound. */
  timer: unknown
  resyncsUs: number[]
}

const MINUTE_US = 60_000_000

/** The books of a connection: publishes sound ones, and fetches an unsound one anew within one round trip (MKT-08, PAIN-06). */
export class BookFeed {
  readonly #deps: BookFeedDeps
  readonly #lines = new Map<string, Line>()
  /** Count of checksum errors since the start. */
  checksumErrors = 0

  constructor(deps: BookFeedDeps) {
    this.#deps = deps
  }

  /** Begins a book of which no snapshot has come yet. */
  add(pair: Pair): void {
    this.remove(pair.stream)
    const book = new KrakenBook(pair.instrumentId, this.#deps.config.bookDepth, pair.pricePrecision, pair.quantityPrecision)
    this.#lines.set(pair.stream, { book, symbol: pair.stream, timer: null, resyncsUs: [] })
  }

  remove(symbol: string): void {
    const line = this.#lines.get(symbol)
    if (line === undefined) return
    this.#disarm(line)
    this.#lines.delete(symbol)
  }

  /** Its subscription is refused: no snapshot can be waited for until it is acknowledged again. */
  withdraw(symbol: string): void {
    const line = this.#lines.get(symbol)
    if (line === undefined) return
    this.#disarm(line)
    if (line.book.isSound) this.#deps.onBook(line.book.instrumentId, null)
    line.book.invalidate()
  }

  has(symbol: string): boolean {
    return this.#lines.has(symbol)
  }

  clear(): void {
    for (const symbol of [...this.#lines.keys()]) this.remove(symbol)
  }

  /** The subscription is acknowledged: a snapshot must follow. */
  onSubscribed(symbol: string): void {
    const line = this.#lines.get(symbol)
    if (line !== undefined && !line.book.isSound && line.timer === null) this.#arm(line)
  }

  /** Returns the book as it stands, or null when there is no sound one. */
  view(symbol: string): BookView | null {
    const line = this.#lines.get(symbol)
    return line?.book.isSound === true ? line.book.view(this.#deps.clock.now()) : null
  }

  /** Takes a frame; `isOld` keeps the result from being published, for it shows a past market. */
  onFrame(frame: BookFrame, isOld: boolean): void {
    const line = this.#lines.get(frame.symbol)
    if (line === undefined) return
    const result = line.book.apply(frame)
    switch (result.kind) {
      case 'waiting':
        return
      case 'sound':
        this.#disarm(line)
        if (!isOld) this.#deps.onBook(line.book.instrumentId, line.book.view(this.#deps.clock.now()))
        return
      case 'unsound':
        if (result.reason === 'checksum') this.checksumErrors++
        this.resync(frame.symbol, result.reason)
        return
    }
  }

  /** Withdraws a book and asks for it anew. */
  resync(symbol: string, reason: string): void {
    const line = this.#lines.get(symbol)
    if (line === undefined) return
    line.book.invalidate()
    this.#deps.onBook(line.book.instrumentId, null)
    this.#deps.onFault('BOOK_UNSOUND', `book of ${symbol} is unsound (${reason}); it is fetched anew`)
    const nowUs = this.#deps.clock.monotonicUs()
    line.resyncsUs = [...line.resyncsUs.filter((atUs) => nowUs - atUs < MINUTE_US), nowUs]
    if (line.resyncsUs.length > this.#deps.config.bookResyncsMax) {
      this.#deps.giveUp(`the book of ${symbol} was fetched anew ${this.#deps.config.bookResyncsMax} times within a minute`)
      return
    }
    this.#arm(line)
    this.#deps.resubscribe(symbol)
  }

  #arm(line: Line): void {
    this.#disarm(line)
    line.timer = this.#deps.clock.setTimeout(() => {
      line.timer = null
      this.resync(line.symbol, 'no snapshot came')
    }, this.#deps.config.subscribeTimeoutMs)
  }

  #disarm(line: Line): void {
    if (line.timer !== null) this.#deps.clock.clearTimeout(line.timer)
    line.timer = null
  }
}
