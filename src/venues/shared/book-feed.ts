import type { InstrumentId } from '#domain/ids'
import type { BookView } from '#domain/market'
import type { ClockPort } from '#ports/clock'

/** What became of a frame. Anything but `sound` and `waiting` means that the book is to be fetched anew. */
export type BookResult = { readonly kind: 'sound' } | { readonly kind: 'waiting' } | { readonly kind: 'unsound'; readonly reason: string }

/** One book of a stream, kept from frames of the kind `F`. */
export interface StreamBook<F> {
  readonly instrumentId: InstrumentId
  readonly isSound: boolean
  /** Takes a frame. An update before the first snapshot, or after unsoundness, is passed over. */
  apply(frame: F): BookResult
  /** Marks the book as lost, until the next snapshot. */
  invalidate(): void
  /** Returns the levels as they stand; called on a sound book only. */
  view(receivedAtMs: number): BookView
}

/** Limits of the feed. */
export interface BookSettings {
  /** How long a book waits for its snapshot, ms. */
  readonly subscribeTimeoutMs: number
  /** Resyncs of one book within a minute before the connection is given up. */
  readonly bookResyncsMax: number
}

/** What the feed of books needs and whom it tells. */
export interface BookFeedDeps {
  readonly clock: ClockPort
  readonly config: BookSettings
  onBook(instrumentId: InstrumentId, book: BookView | null): void
  onFault(code: string, text: string): void
  /** Asks for new snapshots. */
  resubscribe(symbols: readonly string[]): void
  /** One book would not become sound in many attempts: the connection is worth nothing. */
  giveUp(reason: string): void
}

interface Line<F> {
  readonly book: StreamBook<F>
  readonly symbol: string
  /** Guards the wait for a snapshot; null when the book is sound. */
  timer: unknown
  resyncsUs: number[]
}

const MINUTE_US = 60_000_000

/** The books of a connection: publishes sound ones, and fetches an unsound one anew within one round trip (MKT-08, PAIN-06). */
export class BookFeed<F> {
  readonly #deps: BookFeedDeps
  readonly #lines = new Map<string, Line<F>>()
  /** Count of checksum errors since the start. */
  checksumErrors = 0

  constructor(deps: BookFeedDeps) {
    this.#deps = deps
  }

  /** Begins a book of which no snapshot has come yet. */
  add(symbol: string, book: StreamBook<F>): void {
    this.remove(symbol)
    this.#lines.set(symbol, { book, symbol, timer: null, resyncsUs: [] })
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
  onFrame(symbol: string, frame: F, isOld: boolean): void {
    const line = this.#lines.get(symbol)
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
        this.resync([symbol], result.reason)
        return
    }
  }

  /** Withdraws books and asks for them anew. */
  resync(symbols: readonly string[], reason: string): void {
    const again: Line<F>[] = []
    for (const symbol of symbols) {
      const line = this.#lines.get(symbol)
      if (line === undefined) continue
      line.book.invalidate()
      this.#deps.onBook(line.book.instrumentId, null)
      this.#deps.onFault('BOOK_UNSOUND', `book of ${symbol} is unsound (${reason}); it is fetched anew`)
      const nowUs = this.#deps.clock.monotonicUs()
      line.resyncsUs = [...line.resyncsUs.filter((atUs) => nowUs - atUs < MINUTE_US), nowUs]
      if (line.resyncsUs.length > this.#deps.config.bookResyncsMax) {
        this.#deps.giveUp(`the book of ${symbol} was fetched anew ${this.#deps.config.bookResyncsMax} times within a minute`)
        return
      }
      again.push(line)
    }
    if (again.length === 0) return
    for (const line of again) this.#arm(line)
    this.#deps.resubscribe(again.map(({ symbol }) => symbol))
  }

  #arm(line: Line<F>): void {
    this.#disarm(line)
    line.timer = this.#deps.clock.setTimeout(() => {
      line.timer = null
      this.resync([line.symbol], 'no snapshot came')
    }, this.#deps.config.subscribeTimeoutMs)
  }

  #disarm(line: Line<F>): void {
    if (line.timer !== null) this.#deps.clock.clearTimeout(line.timer)
    line.timer = null
  }
}
