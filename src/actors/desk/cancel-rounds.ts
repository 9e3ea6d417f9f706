import type { VenueId } from '#domain/ids'
import type { CancelOutcome } from '#domain/outcome'
import type { OrderRef, VenuePort } from '#ports/venue'
import type { DeskDeps } from './deps'
import type { OrderState } from './order-actors'
import type { OrderRecord } from './order-record'

/** Pause behind a round, ms, and behind one of which the venue refused a command; it doubles with each round that no order ended in. */
const PAUSE_MS = 250
const PAUSE_AFTER_NO_MS = 50
/** So long it is pressing and the pause is no longer than this, ms; then it grows up to `desk.cancelRetryMaxMs`. */
const PRESSING_MS = 10_000
const PRESSING_PAUSE_MS = 1_000
/** How long an order may be without evidence since its first cancel before the venue is asked what became of it, and until it is asked again. */
const ASK_AFTER_MS = 750
const ASK_AGAIN_MS = 3_000
/** An order that turns out to live does not wait for the next round unless it was in one so short a while ago. */
const COVERED_MS = 100
/** An order in doubt is being asked for; in the way of that its cancel is sent again only so long after the last, ms. */
const DOUBT_MS = 5_000
/** The one command for the whole account goes in every second round, and not for ever: it may reach orders of others. */
const CANCEL_ALL_ROUNDS_MAX = 5

interface Covered {
  /** When its cancel last left; null before the first, and where that was refused or failed. Monotonic µs. */
  lastUs: number | null
  /** When the venue is asked what became of it; null before the first cancel. */
  askUs: number | null
  /** The venue has said that it has no such order open, which is no evidence of how it ended. */
  isToldGone: boolean
}

/** Leave to use the venue's one command for all orders of the account: for these orders alone, and for so many rounds. */
interface Leave {
  readonly records: ReadonlySet<OrderRecord>
  /** Asked anew each time. */
  readonly isGiven: () => boolean
  rounds: number
}

interface VenueRounds {
  readonly records: Map<OrderRecord, Covered>
  /** The newest; null for none. A narrower cancel neither has it nor prolongs it. */
  leave: Leave | null
  count: number
  /** Rounds since one of the orders ended, and how many there were then. */
  stalls: number
  sizeBefore: number
  beganUs: number
  timer: unknown
  isSoon: boolean
}

export interface CancelRoundsHooks {
  /** An order that lives and is to end is made one that is being canceled. */
  promote(record: OrderRecord): void
  /** An order in doubt is looked up. */
  onAmbiguous(record: OrderRecord): void
  /** Cancels one order by itself, as the venue takes no batches. */
  single(record: OrderRecord): void
}

/**
 * Cancels many orders of a venue at once, in rounds: by its one command for the whole account where that is allowed, else and besides by
 * batches, which no rate budget holds back. It goes on with growing pauses until the venue's evidence has ended each (RSK-09, I8).
 */
export class CancelRounds {
  readonly #deps: DeskDeps
  readonly #hooks: CancelRoundsHooks
  readonly #venues = new Map<VenueId, VenueRounds>()
  #isOpen = true

  constructor(deps: DeskDeps, hooks: CancelRoundsHooks) {
    this.#deps = deps
    this.#hooks = hooks
  }

  /** Orders that are in rounds and have not ended. */
  get pending(): number {
    let count = 0
    for (const { records } of this.#venues.values()) count += records.size
    return count
  }

  has(record: OrderRecord): boolean {
    return this.#venues.get(record.proposal.venueId)?.records.has(record) ?? false
  }

  /** Begins with these orders of one venue, in this very step; those that are in rounds already are cancelled again. */
  begin(venueId: VenueId, records: readonly OrderRecord[], mayCancelAll: (() => boolean) | null): void {
    if (!this.#isOpen || records.length === 0) return
    const rounds = this.#venues.get(venueId) ?? newRounds()
    this.#venues.set(venueId, rounds)
    for (const record of records)
      if (!rounds.records.has(record)) rounds.records.set(record, { lastUs: null, askUs: null, isToldGone: false })
    if (mayCancelAll !== null) rounds.leave = { records: new Set(records), isGiven: mayCancelAll, rounds: 0 }
    rounds.stalls = 0
    rounds.beganUs = this.#nowUs()
    this.#round(venueId, rounds)
  }

  /** Takes the leave to use the one command for the whole account back; the rounds go on by batches. */
  endCancelAll(): void {
    for (const rounds of this.#venues.values()) rounds.leave = null
  }

  /** An order of a round changed: it has ended, or it can be cancelled now that it could not be before. */
  onChange(record: OrderRecord): void {
    const { venueId } = record.proposal
    const rounds = this.#venues.get(venueId)
    const covered = rounds?.records.get(record)
    if (rounds === undefined || covered === undefined) return
    if (this.#deps.orders.isTerminal(record)) {
      rounds.records.delete(record)
      if (rounds.records.size === 0) this.#end(venueId, rounds)
      return
    }
    if (rounds.isSoon || this.#stateOf(record) !== 'canceling') return
    if (covered.lastUs !== null && this.#nowUs() - covered.lastUs < COVERED_MS * 1_000) return
    rounds.isSoon = true
    // Not at once: an answer that brings many orders to life brings them one by one.
    this.#deps.clock.defer(() => {
      if (this.#venues.get(venueId) === rounds && this.#isOpen && rounds.isSoon) this.#round(venueId, rounds)
    })
  }

  close(): void {
    this.#isOpen = false
    for (const [venueId, rounds] of this.#venues) this.#end(venueId, rounds)
  }

  #end(venueId: VenueId, rounds: VenueRounds): void {
    this.#deps.clock.clearTimeout(rounds.timer)
    rounds.timer = null
    this.#venues.delete(venueId)
  }

  #round(venueId: VenueId, rounds: VenueRounds): void {
    rounds.isSoon = false
    this.#settleStates(rounds)
    rounds.count++
    rounds.stalls = rounds.records.size < rounds.sizeBefore ? 0 : rounds.stalls + 1
    rounds.sizeBefore = rounds.records.size
    this.#plan(venueId, rounds, PAUSE_MS)
    const venue = this.#deps.venue(venueId)
    const due = this.#due(rounds)
    const isForAll = isLeft(rounds.leave, due)
    if (due.length === 0) return
    const nowUs = this.#nowUs()
    for (const record of due) {
      const covered = rounds.records.get(record)
      if (covered === undefined) continue
      covered.lastUs = nowUs
      covered.askUs ??= nowUs + ASK_AFTER_MS * 1_000
    }
    if (isForAll) this.#follow(venueId, rounds, due, venue.cancelAll())
    else if (venue.capabilities.cancelBatchMax < 2) this.#hand(venueId, rounds, due)
    else this.#sendBatches(venueId, rounds, due, venue)
  }

  /** Makes what lives an order that is being cancelled, and asks for what has gone without evidence for too long. */
  #settleStates({ records }: VenueRounds): void {
    const nowUs = this.#nowUs()
    for (const [record, covered] of records) {
      this.#hooks.promote(record)
      if (covered.askUs === null || nowUs < covered.askUs || this.#stateOf(record) !== 'canceling') continue
      covered.askUs = nowUs + ASK_AGAIN_MS * 1_000
      this.#ask(record, 'no evidence of its end')
    }
  }

  /**
   * Returns the orders that can be cancelled now. To one in doubt it does no harm, and it may live; but the command may take its turn before
   * the question what became of it, so that it is sent again only after a while. One that was never answered is not there yet.
   */
  #due({ records }: VenueRounds): readonly OrderRecord[] {
    const doubtUs = this.#nowUs() - DOUBT_MS * 1_000
    const isDue = (record: OrderRecord, { lastUs, isToldGone }: Covered): boolean => {
      const state = this.#stateOf(record)
      if (state === 'canceling') return true
      if (state !== 'reconciling' && state !== 'unresolved' && state !== null) return false
      return !isToldGone && (lastUs ?? Number.NEGATIVE_INFINITY) <= doubtUs
    }
    return [...records].filter(([record, covered]) => isDue(record, covered)).map(([record]) => record)
  }

  #sendBatches(venueId: VenueId, rounds: VenueRounds, due: readonly OrderRecord[], venue: VenuePort): void {
    const { cancelBatchMax } = venue.capabilities
    for (let at = 0; at < due.length; at += cancelBatchMax) {
      const chunk = due.slice(at, at + cancelBatchMax)
      const refs = chunk.map(refOf)
      const only = refs[0]
      // One by itself takes the faster way, unless the budget of single cancels is used up.
      const isSingle = refs.length === 1 && only !== undefined && venue.orderWaitMs(only.instrumentId, 'cancel') === 0
      this.#follow(venueId, rounds, chunk, isSingle ? venue.cancel(only) : venue.cancelBatch(refs))
    }
  }

  /** A venue without batches: from here on each order is cancelled by itself. */
  #hand(venueId: VenueId, rounds: VenueRounds, due: readonly OrderRecord[]): void {
    for (const record of due) rounds.records.delete(record)
    if (rounds.records.size === 0) this.#end(venueId, rounds)
    for (const record of due) this.#hooks.single(record)
  }

  #follow(venueId: VenueId, rounds: VenueRounds, records: readonly OrderRecord[], answer: Promise<CancelOutcome>): void {
    const round = rounds.count
    const sentUs = this.#nowUs()
    void answer.then((outcome) => {
      if (outcome.kind === 'accepted' || !this.#isOpen || this.#venues.get(venueId) !== rounds) return
      this.#deps.log.warn('cancels were not accepted; trying again', { venueId, orders: records.length, outcome: outcome.kind })
      if (outcome.kind === 'unknownOrder') this.#askAll(rounds, records)
      else this.#forgetSent(rounds, records, sentUs)
      if (rounds.count === round) this.#plan(venueId, rounds, PAUSE_AFTER_NO_MS)
    })
  }

  /** The command failed: it may have been carried out, and it is sent again without waiting for what the venue says of the orders. */
  #forgetSent(rounds: VenueRounds, records: readonly OrderRecord[], sentUs: number): void {
    for (const record of records) {
      const covered = rounds.records.get(record)
      if (covered?.lastUs === sentUs) covered.lastUs = null
    }
  }

  /** The venue knows none of them as open: what became of them is asked at once. */
  #askAll(rounds: VenueRounds, records: readonly OrderRecord[]): void {
    const askUs = this.#nowUs() + ASK_AGAIN_MS * 1_000
    for (const record of records) {
      const covered = rounds.records.get(record)
      if (covered === undefined) continue
      covered.isToldGone = true
      if (this.#stateOf(record) !== 'canceling') continue
      covered.askUs = askUs
      this.#ask(record, 'the venue does not know the order to cancel')
    }
  }

  #ask(record: OrderRecord, reason: string): void {
    this.#deps.orders.apply(record, { type: 'order.answerLost', reason, atMs: this.#deps.clock.now() })
    this.#hooks.onAmbiguous(record)
  }

  #plan(venueId: VenueId, rounds: VenueRounds, firstMs: number): void {
    const { clock, settings } = this.#deps
    const isPressing = this.#nowUs() - rounds.beganUs < PRESSING_MS * 1_000
    const pauseMaxMs = isPressing ? Math.min(PRESSING_PAUSE_MS, settings.cancelRetryMaxMs) : settings.cancelRetryMaxMs
    const pauseMs = Math.min(firstMs * 2 ** Math.min(Math.max(rounds.stalls - 1, 0), 16), pauseMaxMs)
    clock.clearTimeout(rounds.timer)
    rounds.timer = clock.setTimeout(() => this.#round(venueId, rounds), pauseMs)
  }

  /** Null for an order whose chart has crashed: it is treated as one in doubt. */
  #stateOf(record: OrderRecord): OrderState | null {
    return record.chart === null ? null : this.#deps.orders.stateOf(record)
  }

  #nowUs(): number {
    return this.#deps.clock.monotonicUs()
  }
}

/** Counts a round for the leave, and tells whether it holds in it: for more than one of its own orders. */
function isLeft(leave: Leave | null, due: readonly OrderRecord[]): boolean {
  if (leave === null) return false
  leave.rounds++
  const isTurn = leave.rounds % 2 === 1 && leave.rounds <= CANCEL_ALL_ROUNDS_MAX
  return isTurn && due.filter((record) => leave.records.has(record)).length > 1 && leave.isGiven()
}

function newRounds(): VenueRounds {
  return { records: new Map(), leave: null, count: 0, stalls: 0, sizeBefore: 0, beganUs: 0, timer: null, isSoon: false }
}

function refOf({ clientOrderId, venueOrderId, proposal }: OrderRecord): OrderRef {
  return { clientOrderId, venueOrderId, instrumentId: proposal.instrumentId }
}
