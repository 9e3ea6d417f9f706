import { add, type Decimal, isLess, ZERO } from '#domain/decimal'
import type { Approved } from '#domain/order'
import type { OrderState } from '#machines/order.machine'
import { BoundedMap } from './bounded-map'
import type { MonitoredCompany, MonitoredOrder } from './company'
import { isInDoubt, isOver, type SeenEntry, type SeenFact, termsOf } from './facts'
import type { Judge, Place } from './judge'
import type { Ids, VenueSigns } from './signs'
import type { VenueEvent } from './venue-watch'

const KEPT_MAX = 4_000
/** An order in doubt is asked for at least this often, µs: the longest backoff, deadline and settle time, and a slow answer, many times. */
const ASKED_EVERY_US = 300_000_000

/** What a fold of the journal keeps of an order. */
interface Known {
  quantity: Decimal
  filled: Decimal
  /** Monotonic µs: a step of the wall clock lets no deadline pass. Null before the first submission. */
  deadlineUs: number | null
  /** Ended because the venue did not know it. */
  wasAbsent: boolean
}

/**
 * I7: an order leaves UNKNOWN, ends and goes back to be retried only on what the venue was seen to say of it; after its end only a recorded
 * correction changes it; what the venue said of its end is not passed over; and while it is in doubt, the venue is being asked.
 */
export class Evidence {
  readonly #judge: Judge
  readonly #company: MonitoredCompany
  readonly #signs: VenueSigns
  readonly #known: BoundedMap<string, Known>
  /** Orders whose end the venue told of, by our id; true once a sweep has passed: the next must find them over. */
  readonly #endings = new Map<string, boolean>()
  /** The ends of orders that the company still knows, by our id. */
  readonly #ends: BoundedMap<string, OrderState> = new BoundedMap(KEPT_MAX)
  /** Orders of before a connect that have not been confirmed since. */
  readonly #unconfirmed = new Map<string, string>()
  /** When an order in doubt was last asked for, or first seen so, µs. */
  readonly #doubts = new Map<string, number>()
  #listedUs = 0

  constructor(judge: Judge, company: MonitoredCompany, signs: VenueSigns) {
    this.#judge = judge
    this.#company = company
    this.#signs = signs
    const nowUs = company.monotonicUs()
    this.#known = new BoundedMap(KEPT_MAX, (id) => isOver(company.stateOf(id) ?? 'canceled'))
    for (const order of company.liveOrders()) this.#known.set(order.clientOrderId, knownOf(order, nowUs))
  }

  onFact({ entry, before, after }: SeenFact): void {
    const id = entry.correlationId
    if (id === null || !entry.kind.startsWith('order.')) return
    const known = this.#fold(id, entry)
    if (entry.kind === 'order.restored') this.#unconfirmed.delete(id)
    if (before === null || after === null) return
    this.#judgeEnd(id, before, entry)
    if (isOver(after)) this.#ends.set(id, after)
    else this.#ends.delete(id)
    if (isOver(before))
      this.#judge.that('I7', wrongCorrection(id, entry, before, after) ?? wrongAbsence(id, entry, before, after, known), entry)
    else if (isInDoubt(before) !== isInDoubt(after) || isOver(after) || entry.kind === 'order.retry')
      this.#judge.that('I7', isInDoubt(after) ? null : this.#unfounded(id, entry, before, after, known), entry)
    if (isOver(after) && !isOver(before)) this.#onOver(id, entry, known)
  }

  onVenue(event: VenueEvent): void {
    switch (event.kind) {
      case 'connect':
        for (const { clientOrderId, state, proposal } of this.#company.liveOrders())
          if (proposal.venueId === event.venueId && state !== 'pending') this.#unconfirmed.set(clientOrderId, event.venueId)
        return
      case 'asked':
        if (event.clientOrderId === null) this.#listedUs = this.#company.monotonicUs()
        else this.#doubts.set(event.clientOrderId, this.#company.monotonicUs())
        return
      case 'lookedUp':
        this.#doubts.set(event.clientOrderId, this.#company.monotonicUs())
        return
      case 'report':
        if (event.report.kind === 'canceled' || event.report.kind === 'expired') {
          const { clientOrderId, venueOrderId } = event.report
          const order = (clientOrderId === null ? null : this.#company.order(clientOrderId)) ?? this.#company.orderOfVenue(venueOrderId)
          if (order !== null && !isOver(order.state)) this.#endings.set(order.clientOrderId, false)
        }
        return
      case 'submit':
        return this.#onSubmit(event.order)
      case 'amend':
      case 'submitAnswered':
      case 'amendAnswered':
      case 'cancel':
      case 'cancelAll':
      case 'cancelWaits':
      case 'openOrders':
      case 'fills':
      case 'balances':
        return
    }
  }

  sweep(): void {
    this.#judgeEnds()
    this.#judgeEndings()
    this.#judgeUnconfirmed()
    this.#judgeDoubts()
  }

  /** What had ended is as its newest fact left it, until the company forgets it. */
  #judgeEnds(): void {
    for (const [id] of this.#ends.entries()) {
      const state = this.#company.stateOf(id)
      if (state === null) this.#ends.delete(id)
      else this.#judgeEnd(id, state, null)
    }
  }

  #judgeEnd(id: string, now: OrderState, place: Place | null): void {
    const end = this.#ends.get(id)
    if (end === undefined) return
    this.#judge.that('I7', end === now ? null : `${id}, which had ended ${end}, is ${now} by no entry`, place)
    if (end !== now) this.#ends.delete(id)
  }

  #onSubmit({ clientOrderId }: Approved): void {
    const state = this.#company.stateOf(clientOrderId)
    this.#judge.that('I7', isOver(state) ? `${clientOrderId} was sent after it had ended ${state}` : null)
    this.#endings.delete(clientOrderId)
  }

  #onOver(id: string, entry: SeenEntry, known: Known): void {
    known.wasAbsent = entry.kind === 'order.reported' && entry.payload['status'] === 'absent'
    this.#endings.delete(id)
    this.#unconfirmed.delete(id)
    this.#doubts.delete(id)
  }

  /** Why the change rests on nothing that the venue said; null when it does. */
  #unfounded(id: string, entry: SeenEntry, before: OrderState, after: OrderState, known: Known): string | null {
    const order = this.#company.order(id)
    const ids: Ids = [id, order?.venueOrderId ?? textOf(entry.payload['venueOrderId'])]
    const why = isOver(after) && entry.kind === 'order.filled' ? tooEarly(known) : null
    if (why === null && this.#isFounded(entry, ids, order, known, after)) return null
    return `${id} went from ${before} to ${after} by ${entry.kind}${statusOf(entry)} ${why ?? 'without a sign of it by the venue'}`
  }

  #isFounded(entry: SeenEntry, ids: Ids, order: MonitoredOrder | null, known: Known, after: OrderState): boolean {
    const signs = this.#signs
    switch (entry.kind) {
      case 'order.accepted':
        return signs.isKnownAtVenue(ids)
      case 'order.filled':
        return signs.hasTrade(ids, String((entry.payload['fill'] as { tradeId?: string } | undefined)?.tradeId))
      case 'order.canceled':
        return signs.has(ids, 'canceled') || (order?.isForeign === true && signs.isUnlisted(order.proposal.venueId, order.venueOrderId))
      case 'order.expired':
        return signs.has(ids, 'expired')
      case 'order.refused':
        return signs.has(ids, 'refused')
      case 'order.retry':
      case 'order.exhausted':
        return signs.has(ids, 'refused') || this.#isAbsent(ids, known)
      case 'order.amended':
        return signs.has(ids, 'amended')
      case 'order.amendRefused': // the fills complete the order as it was
        return after !== 'filled' ? signs.has(ids, 'amendRefused') : !isLess(known.filled, order?.quantity ?? known.quantity)
      case 'order.reported':
        return this.#isReported(String(entry.payload['status']), ids, known)
      case 'order.lapsed': // never sent: nobody could have said anything
        return !signs.isKnownAtVenue(ids)
      case 'order.cancel':
        return after === 'canceled' && !signs.isKnownAtVenue(ids)
      default:
        return false
    }
  }

  #isReported(status: string, ids: Ids, known: Known): boolean {
    switch (status) {
      case 'open':
      case 'filled':
      case 'canceled':
      case 'expired':
        return this.#signs.has(ids, status)
      case 'absent':
        return this.#isAbsent(ids, known)
      default:
        return false
    }
  }

  /** Absence is evidence once the question left after the order's deadline, and nothing ever showed the order at the venue. */
  #isAbsent(ids: Ids, known: Known): boolean {
    const askedUs = this.#signs.of(ids[0] ?? '').absentAskedUs
    return askedUs !== null && askedUs >= (known.deadlineUs ?? 0) && !this.#signs.isKnownAtVenue(ids)
  }

  #fold(id: string, entry: SeenEntry): Known {
    const known = this.#known.make(id, () => ({ quantity: ZERO, filled: ZERO, deadlineUs: null, wasAbsent: false }))
    const { payload } = entry
    const { deadlineAtMs } = payload
    if (typeof deadlineAtMs === 'number') known.deadlineUs = this.#company.monotonicUs() + (deadlineAtMs - entry.atMs) * 1_000
    if (entry.kind === 'order.submitting' || entry.kind === 'order.adopted') known.quantity = termsOf(entry).quantity as Decimal
    // The smaller total of an amend holds until it is known which: an order is not filled before either is.
    if (entry.kind === 'order.amend' && isLess(payload['quantity'] as Decimal, known.quantity))
      known.quantity = payload['quantity'] as Decimal
    if (entry.kind === 'order.reported' && typeof payload['quantity'] === 'string') known.quantity = payload['quantity'] as Decimal
    if (entry.kind === 'order.filled') known.filled = add(known.filled, payload['quantity'] as Decimal)
    return known
  }

  /** Whoever was told of an end has it in the books by the second sweep. */
  #judgeEndings(): void {
    for (const [id, isSecond] of this.#endings) {
      if (!isSecond) {
        this.#endings.set(id, true)
        continue
      }
      const state = this.#company.stateOf(id)
      this.#endings.delete(id)
      this.#judge.that('I7', state === null || isOver(state) ? null : `the venue told of the end of ${id}, which is ${state} in the books`)
    }
  }

  /** After a connect nothing is believed that the venue has not confirmed. */
  #judgeUnconfirmed(): void {
    for (const [id, venueId] of this.#unconfirmed) {
      if (this.#company.venueBlock(venueId) !== null) continue
      this.#unconfirmed.delete(id)
      const state = this.#company.stateOf(id)
      if (state === null || isOver(state)) continue
      this.#judge.that('I7', `${id} is believed to be ${state} after a connect, and nobody asked`)
    }
  }

  #judgeDoubts(): void {
    const nowUs = this.#company.monotonicUs()
    const inDoubt = new Set<string>()
    for (const { clientOrderId: id, state, isForeign, proposal } of this.#company.liveOrders()) {
      if (!isInDoubt(state)) continue
      inDoubt.add(id)
      // A venue that cannot be reached, or that has us wait for a quarter hour, cannot be asked.
      const askedUs = this.#company.venueBlock(proposal.venueId) === null ? this.#doubts.get(id) : nowUs
      const sinceUs = Math.max(askedUs ?? nowUs, isForeign ? this.#listedUs : 0)
      this.#doubts.set(id, sinceUs)
      this.#judge.that('I7', nowUs - sinceUs > ASKED_EVERY_US ? `${id} is in doubt, and nobody asks the venue` : null)
    }
    for (const id of this.#doubts.keys()) if (!inDoubt.has(id)) this.#doubts.delete(id)
  }
}

/** An order of before the restart: nobody can tell how long ago its deadline was set, so only what was asked since counts. */
function knownOf({ quantity, filledQuantity, deadlineAtMs }: MonitoredOrder, nowUs: number): Known {
  return { quantity, filled: filledQuantity, deadlineUs: deadlineAtMs === null ? null : nowUs, wasAbsent: false }
}

function tooEarly({ filled, quantity }: Known): string | null {
  return isLess(filled, quantity) ? `with ${filled} of ${quantity} executed` : null
}

/** What may change an order that is over: its missing fills, and a sign of life of one that was only presumed dead. */
function wrongCorrection(id: string, { kind }: SeenEntry, before: OrderState, after: OrderState): string | null {
  if (after === before) return null
  const isPresumed = before === 'rejected' || before === 'error'
  const isFilled = after === 'filled' && (kind === 'order.filled' || kind === 'order.reported')
  const isRevived = isPresumed && after === 'reconciling' && (kind === 'order.accepted' || kind === 'order.reported')
  return isFilled || isRevived ? null : `${id}, which had ended ${before}, went to ${after} by ${kind}`
}

/** An order that ended for being absent was never there, or its absence was no evidence. */
function wrongAbsence(id: string, { kind }: SeenEntry, before: OrderState, after: OrderState, { wasAbsent }: Known): string | null {
  return wasAbsent && (after !== before || kind === 'order.filled') ? `${id} was taken for absent, and ${kind} shows that it was not` : null
}

function statusOf({ payload }: SeenEntry): string {
  return typeof payload['status'] === 'string' ? ` (${payload['status']})` : ''
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
