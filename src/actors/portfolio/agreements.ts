import type { VenueId } from '#domain/ids'
import type { JsonObject } from '#domain/json'
import { timesOf } from './venue-times'

/**
 * Executions that are older than the newest one, by this much, when books and balances agree are settled: more than a venue's list may
 * lag behind its stream, by the venue's own clock.
 */
const SETTLED_AFTER_MS = 3_600_000

/** By venue: when its books were opened, when they last agreed with its balances, and which executions that settles. */
export class Agreements {
  readonly #opened = new Map<VenueId, number>()
  readonly #agreed = new Map<VenueId, number>()
  /** Venue time of the newest execution in the books. */
  readonly #newest = new Map<VenueId, number>()
  readonly #settled = new Map<VenueId, number>()

  noteOpened(venueId: VenueId, atMs: number): void {
    this.#opened.set(venueId, atMs)
  }

  isOpened(venueId: VenueId): boolean {
    return this.#opened.has(venueId)
  }

  openedAtMs(venueId: VenueId): number {
    return this.#opened.get(venueId) ?? 0
  }

  /** When books and balances last agreed, else when the books were opened. */
  agreedAtMs(venueId: VenueId): number {
    return this.#agreed.get(venueId) ?? this.openedAtMs(venueId)
  }

  noteFill(venueId: VenueId, venueAtMs: number): void {
    this.#newest.set(venueId, Math.max(this.#newest.get(venueId) ?? 0, venueAtMs))
  }

  noteAgreed(venueId: VenueId, atMs: number): void {
    this.#agreed.set(venueId, atMs)
    const newest = this.#newest.get(venueId)
    if (newest !== undefined) this.#settled.set(venueId, newest - SETTLED_AFTER_MS)
  }

  /** By venue the time before which every execution is in the books. */
  settled(): Iterable<readonly [VenueId, number]> {
    return this.#settled
  }

  /** What a mark of the journal keeps of it. */
  marked(): JsonObject {
    return { agreed: Object.fromEntries(this.#agreed), settled: Object.fromEntries(this.#settled) }
  }

  /** Takes a journaled mark back. */
  replayMark(mark: JsonObject): void {
    for (const [venue, atMs] of timesOf(mark['agreed'], 'agreed')) this.#agreed.set(venue, atMs)
    for (const [venue, atMs] of timesOf(mark['settled'], 'settled')) this.#settled.set(venue, atMs)
  }

  snapshot(): JsonObject {
    return { ...this.marked(), opened: Object.fromEntries(this.#opened), newest: Object.fromEntries(this.#newest) }
  }

  /** @throws {AppError} `REPLAY_INVALID` for other JSON. */
  restore(fold: JsonObject): void {
    this.replayMark(fold)
    for (const [venue, atMs] of timesOf(fold['opened'], 'opened')) this.#opened.set(venue, atMs)
    for (const [venue, atMs] of timesOf(fold['newest'], 'newest')) this.#newest.set(venue, atMs)
  }
}
