import { clientOrderIdOf } from '#domain/digest'
import type { Approved } from '#domain/order'
import type { JournalPort } from '#ports/journal'
import { BoundedMap } from './bounded-map'
import { isOver, type SeenFact, type Terms, termsOf, type VerdictFacts, verdictOf } from './facts'
import type { Judge } from './judge'

/** Verdicts and submissions kept that came to nothing. */
const KEPT_MAX = 4_000
/** A plan has a close and an open at most. */
const PLAN_INDEX_MAX = 3

interface Passed {
  readonly seq: number
  readonly atMs: number
  readonly verdict: VerdictFacts
}

/** What may leave once: the figures of a recorded submission or amend. */
interface Leave {
  readonly seq: number
  readonly quantity: string
  readonly limitPrice: string | null
  readonly verdictAtMs: number | null
}

/**
 * I1 and I2: what leaves for a venue was recorded before, durably, and each record follows from one passing verdict on the same order with
 * the same figures, which nothing else has used.
 */
export class Verdicts {
  readonly #judge: Judge
  readonly #journal: Pick<JournalPort, 'committedSeq'>
  readonly #passed = new BoundedMap<number, Passed>(KEPT_MAX)
  readonly #submissions = new BoundedMap<string, Leave>(KEPT_MAX)
  readonly #amends = new BoundedMap<string, Leave>(KEPT_MAX)

  constructor(judge: Judge, journal: Pick<JournalPort, 'committedSeq'>) {
    this.#judge = judge
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

  /** The bytes of a submission have just left. Returns the time of its verdict, UTC ms; null when it has none. */
  onSubmit(order: Approved): number | null {
    return this.#onLeave('submission', order, this.#submissions)
  }

  /** The bytes of an amend have just left. Returns as `onSubmit`. */
  onAmend(order: Approved): number | null {
    return this.#onLeave('amend', order, this.#amends)
  }

  #onSubmission(seq: number, atMs: number, terms: Terms, verdictSeq: number | null): void {
    const used = this.#use(verdictSeq, seq)
    const what = `submission ${seq} of ${terms.clientOrderId}`
    this.#judge.that('I1', wrongVerdict(what, used, terms) ?? wrongId(what, terms), { seq, atMs })
    const { quantity, limitPrice } = terms
    this.#submissions.set(terms.clientOrderId, { seq, quantity, limitPrice, verdictAtMs: used?.atMs ?? null })
  }

  #onAmendment(id: string, seq: number, atMs: number, quantity: string, limitPrice: string | null, verdictSeq: number): void {
    const used = this.#use(verdictSeq, seq)
    const place = { seq, atMs }
    this.#judge.that('I1', wrongVerdict(`amend ${seq} of ${id}`, used, { clientOrderId: id, quantity, limitPrice }), place)
    this.#amends.set(id, { seq, quantity, limitPrice, verdictAtMs: used?.atMs ?? null })
  }

  /** A verdict is used once. */
  #use(verdictSeq: number | null, seq: number): Passed | null {
    if (verdictSeq === null || verdictSeq >= seq) return null
    const passed = this.#passed.get(verdictSeq) ?? null
    this.#passed.delete(verdictSeq)
    return passed
  }

  #onLeave(what: 'submission' | 'amend', order: Approved, recorded: BoundedMap<string, Leave>): number | null {
    const { clientOrderId, quantity, limitPrice } = order
    const leave = recorded.get(clientOrderId)
    recorded.delete(clientOrderId)
    if (leave === undefined) {
      this.#judge.that('I1', `a ${what} of ${clientOrderId} left that follows from no verdict, or a second time`)
      this.#judge.that('I2', `a ${what} of ${clientOrderId} left that is not in the journal`)
      return null
    }
    const isSame = leave.quantity === quantity && leave.limitPrice === limitPrice
    this.#judge.that('I1', isSame ? null : `the ${what} of ${clientOrderId} left with other figures than entry ${leave.seq} has`)
    const isDurable = this.#journal.committedSeq >= leave.seq
    this.#judge.that('I2', isDurable ? null : `the bytes of ${clientOrderId} left before entry ${leave.seq} was durable`)
    return leave.verdictAtMs
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
