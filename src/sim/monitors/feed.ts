import type { InstrumentId, VenueId } from '#domain/ids'

/**
 * Market data of one venue as it came out of its port: a second record beside the company's own, so that a cache or a gate that takes
 * stale data for fresh is not judged by itself (I4). Its age is monotonic: no step of the wall clock makes data younger.
 */
export class Feed {
  readonly #venueId: VenueId
  readonly #monotonicUs: () => number
  #aliveUs = 0
  /** Instruments with a quote since the public stream is there. */
  readonly #quoted = new Set<InstrumentId>()
  /** Instruments whose book the adapter has taken back. */
  readonly #withdrawn = new Set<InstrumentId>()

  constructor(venueId: VenueId, monotonicUs: () => number) {
    this.#venueId = venueId
    this.#monotonicUs = monotonicUs
  }

  onQuote(instrumentId: InstrumentId): void {
    this.#quoted.add(instrumentId)
    this.onAlive()
  }

  /** @param isSound false when the adapter took the book back. */
  onBook(instrumentId: InstrumentId, isSound: boolean): void {
    if (isSound) this.#withdrawn.delete(instrumentId)
    else this.#withdrawn.add(instrumentId)
  }

  /** Anything came on the public stream. */
  onAlive(): void {
    this.#aliveUs = this.#monotonicUs()
  }

  /** The public stream ended: nothing of before may be traded on. */
  onLost(): void {
    this.#quoted.clear()
  }

  /** Says why nothing may be opened on the instrument by what its venue told, or null. */
  objection(instrumentId: InstrumentId, ageMsMax: number): string | null {
    if (!this.#quoted.has(instrumentId)) return `no quote of ${instrumentId} has come since its stream is there`
    if (this.#withdrawn.has(instrumentId)) return `the book of ${instrumentId} is withdrawn`
    const ageMs = (this.#monotonicUs() - this.#aliveUs) / 1_000
    return ageMs > ageMsMax ? `nothing has come from ${this.#venueId} for ${Math.round(ageMs)} ms` : null
  }
}
