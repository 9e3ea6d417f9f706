import type { VenueId } from './ids'
import { venueId } from './ids'
import type { Json } from './json'
import { readArray, readInteger, readObject, readText } from './json-read'
import type { Posting } from './posting'

/** What is known of a venue's executions: those that may still be repeated, and before which all are in the books. */
interface VenueFills {
  readonly times: Map<string, number>
  settledBeforeMs: number
}

/** The ids as plain JSON. */
export type BookedSnapshot = {
  readonly flows: readonly string[]
  readonly fills: readonly {
    readonly venueId: VenueId
    readonly settledBeforeMs: number
    /** Posting id and its time, oldest booked first. */
    readonly times: readonly (readonly [string, number])[]
  }[]
}

/**
 * Which postings are in the books, so that none is booked twice. Ids of flows are kept for ever; those of executions until the books and
 * the venue's balances are known to agree past them (`settle`): whatever the venue tells of an older one is a repeat.
 */
export class BookedIds {
  readonly #flows = new Set<string>()
  readonly #fills = new Map<VenueId, VenueFills>()

  /** True when the id is known; an execution that is settled may have been forgotten (`isSettled`). */
  has(postingId: string): boolean {
    if (this.#flows.has(postingId)) return true
    for (const { times } of this.#fills.values()) if (times.has(postingId)) return true
    return false
  }

  add(posting: Posting): void {
    if (posting.kind === 'fill') this.#of(posting.trade.venueId).times.set(posting.postingId, posting.atMs)
    else this.#flows.add(posting.postingId)
  }

  /** Forgets a venue's executions before an instant of its clock. The instant never goes back. */
  settle(venue: VenueId, beforeMs: number): void {
    const fills = this.#of(venue)
    if (beforeMs <= fills.settledBeforeMs) return
    fills.settledBeforeMs = beforeMs
    for (const [id, atMs] of fills.times) {
      if (atMs >= beforeMs) return // those behind it are younger, or are forgotten a little later
      fills.times.delete(id)
    }
  }

  /** True for an execution of a venue's time before which all are in the books. */
  isSettled(venue: VenueId, atMs: number): boolean {
    return atMs < (this.#fills.get(venue)?.settledBeforeMs ?? 0)
  }

  /** Count of ids in memory. */
  get size(): number {
    let size = this.#flows.size
    for (const { times } of this.#fills.values()) size += times.size
    return size
  }

  snapshot(): BookedSnapshot {
    const fills = [...this.#fills].map(([venue, { times, settledBeforeMs }]) => ({ venueId: venue, settledBeforeMs, times: [...times] }))
    return { flows: [...this.#flows], fills }
  }

  static of(snapshot: BookedSnapshot): BookedIds {
    const booked = new BookedIds()
    for (const id of snapshot.flows) booked.#flows.add(id)
    for (const { venueId: venue, settledBeforeMs, times } of snapshot.fills)
      booked.#fills.set(venue, { settledBeforeMs, times: new Map(times) })
    return booked
  }

  #of(venue: VenueId): VenueFills {
    const known = this.#fills.get(venue) ?? { times: new Map<string, number>(), settledBeforeMs: 0 }
    this.#fills.set(venue, known)
    return known
  }
}

/** Reads the ids of a snapshot back. @throws {AppError} `REPLAY_INVALID` for another form. */
export function readBooked(json: Json | undefined, path: string): BookedSnapshot {
  const root = readObject(json, path)
  return {
    flows: readArray(root['flows'], `${path}.flows`).map((id, index) => readText(id, `${path}.flows.${index}`)),
    fills: readArray(root['fills'], `${path}.fills`).map((item, index) => {
      const at = `${path}.fills.${index}`
      const fills = readObject(item, at)
      return {
        venueId: venueId(readText(fills['venueId'], `${at}.venueId`)),
        settledBeforeMs: readInteger(fills['settledBeforeMs'], `${at}.settledBeforeMs`),
        times: readArray(fills['times'], `${at}.times`).map((pair, place) => {
          const [id, atMs] = readArray(pair, `${at}.times.${place}`)
          return [readText(id, `${at}.times.${place}`), readInteger(atMs, `${at}.times.${place}`)] as const
        }),
      }
    }),
  }
}
