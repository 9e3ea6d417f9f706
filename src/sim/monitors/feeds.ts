import type { InstrumentId, VenueId } from '#domain/ids'

/** One venue's market data, as its port told it. */
interface Feed {
  aliveUs: number
  readonly quotedUs: Map<InstrumentId, number>
  /** Instruments whose book the adapter has withdrawn. */
  readonly withdrawn: Set<InstrumentId>
}

/**
 * Market data as it came out of the venue ports: a second record beside the company's own, so that a cache or a gate that takes stale
 * data for fresh is not judged by itself (I4). Ages are monotonic: no step of the wall clock makes data younger.
 */
export class Feeds {
  readonly #monotonicUs: () => number
  readonly #feeds = new Map<VenueId, Feed>()

  constructor(monotonicUs: () => number) {
    this.#monotonicUs = monotonicUs
  }

  onQuote(venueId: VenueId, instrumentId: InstrumentId): void {
    const feed = this.#feedOf(venueId)
    const nowUs = this.#monotonicUs()
    feed.quotedUs.set(instrumentId, nowUs)
    feed.aliveUs = nowUs
  }

  /** @param isSound false when the adapter took the book back. */
  onBook(venueId: VenueId, instrumentId: InstrumentId, isSound: boolean): void {
    const { withdrawn } = this.#feedOf(venueId)
    if (!isSound) withdrawn.add(instrumentId)
    else if (withdrawn.size > 0) withdrawn.delete(instrumentId)
  }

  /** Anything came on the public stream. */
  onAlive(venueId: VenueId): void {
    this.#feedOf(venueId).aliveUs = this.#monotonicUs()
  }

  /** The public stream ended: nothing of before may be traded on. */
  onLost(venueId: VenueId): void {
    this.#feedOf(venueId).quotedUs.clear()
  }

  /** Says why nothing may be opened on the instrument by what its venue told, or null. */
  objection(venueId: VenueId, instrumentId: InstrumentId, ageMsMax: number): string | null {
    const { aliveUs, quotedUs, withdrawn } = this.#feedOf(venueId)
    const quoteUs = quotedUs.get(instrumentId)
    if (quoteUs === undefined) return `no quote of ${instrumentId} has come since its stream is there`
    if (withdrawn.has(instrumentId)) return `the book of ${instrumentId} is withdrawn`
    const ageMs = (this.#monotonicUs() - Math.max(aliveUs, quoteUs)) / 1_000
    return ageMs > ageMsMax ? `nothing has come from ${venueId} for ${Math.round(ageMs)} ms` : null
  }

  #feedOf(venueId: VenueId): Feed {
    const known = this.#feeds.get(venueId)
    if (known !== undefined) return known
    const feed: Feed = { aliveUs: 0, quotedUs: new Map(), withdrawn: new Set() }
    this.#feeds.set(venueId, feed)
    return feed
  }
}
