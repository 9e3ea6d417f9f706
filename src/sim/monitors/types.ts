import type { JournalPort } from '#ports/journal'
import type { TransportPort } from '#ports/transport'
import type { VenuePort } from '#ports/venue'
import type { MonitoredCompany } from './company'

/** The invariants of the company (design §9). I10, I11 and I13 are judged in part by whoever owns the world: see `note`. */
export const INVARIANTS = ['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I7', 'I8', 'I9', 'I10', 'I11', 'I12', 'I13', 'I14'] as const
export type Invariant = (typeof INVARIANTS)[number]

/** An invariant that did not hold. */
export interface Breach {
  /** `I1` to `I14`; `MONITOR` when an observer itself failed; `CRASHED` when the run threw. */
  readonly invariant: string
  readonly text: string
  /** Market time, UTC ms. */
  readonly atMs: number
  /** Head of the journal then. */
  readonly seq: number
}

/** Counts of what a company keeps alive; each must return to its base at rest (I13). */
export interface RestCounts {
  readonly actors: number
  readonly timers: number
  readonly sockets: number
}

/** An order of the venue's own record, by the client id that it carries. */
export interface VenueOrderCount {
  readonly clientOrderId: string
  readonly venueOrderId: string
  readonly isLive: boolean
}

/** The invariants' observers, one set for each life of a company. They read and never act: who listens for a breach does. */
export interface Monitors {
  /**
   * Wraps a venue port: sees each command in the step in which its bytes leave, and each answer and event before the company does. The
   * company's own promises and calls pass through as they are, so that nothing runs in another order than without monitors.
   */
  watchVenue(venue: VenuePort): VenuePort
  /** Wraps a transport: counts its sockets (I13). */
  watchTransport(transport: TransportPort): TransportPort
  /** Binds to a company that has replayed its journal and is not started yet. Once. */
  attach(company: MonitoredCompany, journal: JournalPort): void
  /**
   * Makes the slow judgements: sums, sub-accounts, what must have happened by now; and reads the chain, unless `readOn` does that later.
   * Call it every so often, and at rest.
   */
  sweep(isWhole?: boolean): void
  /** Judges one page of the journal that was not read yet. Returns true while there is more: call again, in a turn of its own. */
  readOn(): boolean
  /** Scans a text that leaves the process (a log line, an alert, an API answer) for secrets (I9). `where` names it in the breach. */
  watchText(where: string, text: string): void
  /** Adds a value that may appear in no text, in none of its encodings. Shorter ones than 8 characters are left out. */
  keepSecret(value: string): void
  /** The same of a session's token: when many have come, the oldest are forgotten. */
  keepToken(value: string): void
  /**
   * Judges the venue's own record (I3; simulation): no two orders that live, and none that came after another, under one client id.
   * Ids that are not ours are left out.
   */
  judgeVenueOrders(orders: Iterable<VenueOrderCount>): void
  /** Judges the counts at rest against those of the base (I13). */
  judgeRest(base: RestCounts, now: RestCounts): void
  /** Counts a judgement made elsewhere: `I10` of a replay that was compared, `I11` of a hash; a null text means that it held. */
  note(invariant: Invariant, breach: string | null): void
  /** Ends the life: nothing is judged any more. A crashed company still runs to the end of its step. */
  end(): void
  /** The first hundred; `breachCount` counts all. A text is told once, and again once the kill switch was cleared after it. */
  readonly breaches: readonly Breach[]
  readonly breachCount: number
  /** How often each invariant was judged. */
  readonly checks: Readonly<Record<Invariant, number>>
  /** Calls `listener` for each breach that `breachCount` counts, in the step that showed it. Returns the unsubscribe function. */
  onBreach(listener: (breach: Breach) => void): () => void
}
