import { clientOrderIdOf } from '#domain/digest'
import type { Approved } from '#domain/order'
import type { JournalPort } from '#ports/journal'
import type { AmendRequest } from '#ports/venue'
import { BoundedMap } from './bounded-map'
import type { MonitoredCompany } from './company'
import { isOver, type SeenFact, type Terms, termsOf, type VerdictFacts, verdictOf } from './facts'
import type { Judge } from './judge'
import type { VenueEvent } from './venue-watch'

/** Verdicts and submissions kept that came to nothing. */
const KEPT_MAX = 4_000
/** A plan has a close and an open at most. */
const PLAN_INDEX_MAX = 3

interface Passed {
  readonly seq: number
  readonly atMs: number
  readonly verdict: VerdictFacts
}

/** What a venue is told of an order: another value of any of them is another order. */
const TOLD = [
  'accountId',
  'venueId',
  'instrumentId',
  'side',
  'type',
  'quantity',
  'limitPrice',
  'timeInForce',
  'expiresAtMs',
  'postOnly',
  'reduceOnly',
] as const
type ToldTerms = Pick<Terms, (typeof TOLD)[number]>

/** What may leave once: the terms of a recorded submission or amend. */
interface Leave {
  readonly seq: number
  readonly terms: ToldTerms
  readonly verdictAtMs: number | null
}

/**
 * I1 and I2: what leaves for a venue was recorded before, durably, and each record follows from one passing verdict on the same order with
 * the same terms, which nothing else has used.
 */
export class Verdicts {
  readonly #judge: Judge
  readonly #company: Pick<MonitoredCompany, 'order'>
  readonly #journal: Pick<JournalPort, 'committedSeq'>
  readonly #passed = new BoundedMap<number, Passed>(KEPT_MAX)
  readonly #submissions = new BoundedMap<string, Leave>(KEPT_MAX)
  readonly #amends = new BoundedMap<string, Leave>(KEPT_MAX)

  /** The newest departure and the time of its verdict. */
  #left: { readonly clientOrderId: string; readonly verdictAtMs: number | null } | null = null

  constructor(judge: Judge, company: Pick<MonitoredCompany, 'order'>, journal: Pick<JournalPort, 'committedSeq'>) {
    this.#judge = judge
    this.#company = company
    this.#journal = journal
  }

  onFact({ entry, after }: SeenFact): void {
    const { kind, correlationId: id } = entry
    if (kind === 'verdict.passed') {
      this.#passed.set(entry.seq, { seq: entry.seq, verdict: verdictOf(entry), atMs: entry.atMs })
      return
    }
    if (id === null || !kind.startsWith('order.')) return
    if (kind === 'order.submitting') this.#onSubmission(entry.seq, entry.atMs, termsOf(entry), entry.causationSeq)
    if (kind === 'order.amend') {
      const { quantity, limitPrice, verdictSeq } = entry.payload as { quantity: string; limitPrice: string | null; verdictSeq: number }
      this.#onAmendment(id, entry.seq, entry.atMs, quantity, limitPrice, verdictSeq)
    }
    if (!isOver(after)) return
    this.#submissions.delete(id)
    this.#amends.delete(id)
  }

  /** The bytes of a submission or of an amend have just left. */
  onVenue(event: VenueEvent): void {
    if (event.kind === 'submit') this.#onLeave('submission', event.order, this.#submissions)
    if (event.kind !== 'amend') return
    this.#judgeRequest(event.request)
    this.#onLeave('amend', event.request.approved, this.#amends)
  }

  /** When the verdict passed on which an order has just left, UTC ms; null when it had none. */
  verdictOf(clientOrderId: string): number | null {
    return this.#left?.clientOrderId === clientOrderId ? this.#left.verdictAtMs : null
  }

  #onSubmission(seq: number, atMs: number, terms: Terms, verdictSeq: number | null): void {
    const used = this.#use(verdictSeq, seq)
    const what = `submission ${seq} of ${terms.clientOrderId}`
    this.#judge.that('I1', wrongVerdict(what, used, terms) ?? wrongId(what, terms), { seq, atMs })
    this.#submissions.set(terms.clientOrderId, { seq, terms, verdictAtMs: used?.atMs ?? null })
  }

  #onAmendment(id: string, seq: number, atMs: number, quantity: string, limitPrice: string | null, verdictSeq: number): void {
    const used = this.#use(verdictSeq, seq)
    const place = { seq, atMs }
    this.#judge.that('I1', wrongVerdict(`amend ${seq} of ${id}`, used, { clientOrderId: id, quantity, limitPrice }), place)
    const order = this.#company.order(id)
    if (order === null) return this.#judge.that('I1', `amend ${seq} is of ${id}, which nobody knows`, place)
    this.#amends.set(id, { seq, terms: { ...order.proposal, quantity, limitPrice }, verdictAtMs: used?.atMs ?? null })
  }

  /** A verdict is used once. */
  #use(verdictSeq: number | null, seq: number): Passed | null {
    if (verdictSeq === null || verdictSeq >= seq) return null
    const passed = this.#passed.get(verdictSeq) ?? null
    this.#passed.delete(verdictSeq)
    return passed
  }

  /** An amend names its order three times over. */
  #judgeRequest({ clientOrderId, venueOrderId, instrumentId, approved }: AmendRequest): void {
    const order = this.#company.order(clientOrderId)
    const isSame =
      approved.clientOrderId === clientOrderId &&
      approved.instrumentId === instrumentId &&
      (venueOrderId === null || order === null || order.venueOrderId === venueOrderId)
    this.#judge.that('I1', isSame ? null : `an amend of ${clientOrderId} left that names another order`)
  }

  #onLeave(what: 'submission' | 'amend', order: Approved, recorded: BoundedMap<string, Leave>): void {
    const { clientOrderId } = order
    this.#left = null
    const leave = recorded.get(clientOrderId)
    recorded.delete(clientOrderId)
    if (leave === undefined) {
      this.#judge.that('I1', `a ${what} of ${clientOrderId} left that follows from no verdict, or a second time`)
      this.#judge.that('I2', `a ${what} of ${clientOrderId} left that is not in the journal`)
      return
    }
    this.#left = { clientOrderId, verdictAtMs: leave.verdictAtMs }
    const other = TOLD.find((term) => leave.terms[term] !== order[term])
    this.#judge.that(
      'I1',
      other === undefined ? null : `the ${what} of ${clientOrderId} left with another ${other} than entry ${leave.seq} has`,
    )
    const isDurable = this.#journal.committedSeq >= leave.seq
    this.#judge.that('I2', isDurable ? null : `the bytes of ${clientOrderId} left before entry ${leave.seq} was durable`)
  }
}

function wrongVerdict(
  what: string,
  used: Passed | null,
  terms: Pick<Terms, 'clientOrderId' | 'quantity' | 'limitPrice'> & Partial<Terms>,
): string | null {
  if (used === null) return `${what} has no passing verdict before it that is its alone`
  const { verdict } = used
  if (verdict.clientOrderId !== terms.clientOrderId) return `${what} follows from the verdict on ${verdict.clientOrderId}`
  const isSame =
    verdict.quantity === terms.quantity &&
    verdict.limitPrice === terms.limitPrice &&
    (terms.side ?? verdict.side) === verdict.side &&
    (terms.instrumentId ?? verdict.instrumentId) === verdict.instrumentId &&
    (terms.botId ?? verdict.botId) === verdict.botId
  return isSame ? null : `${what} is another order than verdict ${used.seq} passed`
}

/** A decision has one id: another would be a second order for it. */
function wrongId(what: string, { clientOrderId, accountId, botId, instrumentId, intentId }: Terms): string | null {
  const tag = clientOrderId.slice(0, 6)
  for (let index = 0; index <= PLAN_INDEX_MAX; index++)
    if (clientOrderIdOf({ tag, accountId, botId, instrumentId, intentId, index }) === clientOrderId) return null
  return `${what} bears an id that does not follow from its decision`
}
