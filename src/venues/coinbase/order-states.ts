import { type Decimal, isGreater, ZERO } from '#domain/decimal'
import type { OrderReport } from '#ports/venue'
import type { KnownOrder } from '#venues/shared/known-orders'
import type { OrderStage } from './map'

/** Where an order stands, as a frame of the user channel or a row of the lists tells it. Counts are cumulative. */
export interface OrderFacts {
  readonly order: KnownOrder
  readonly stage: OrderStage
  readonly filledQuantity: Decimal
  /** Null where the message does not tell it. */
  readonly quantity: Decimal | null
  readonly limitPrice: Decimal | null
  readonly reason: string | null
  readonly venueAtMs: number
}

/** What is new in a message. */
export interface OrderNews {
  readonly reports: readonly OrderReport[]
  /** More is executed than was told before: the list of executions has what. */
  readonly hasFills: boolean
  /** Its terms are others than were told before: somebody amended it. */
  readonly hasOtherTerms: boolean
}

interface State {
  filledQuantity: Decimal
  isAccepted: boolean
  end: OrderStage | null
  quantity: Decimal | null
  limitPrice: Decimal | null
}

const NO_NEWS: OrderNews = { reports: [], hasFills: false, hasOtherTerms: false }

const ENDS = {
  filled: 'completed',
  canceled: 'canceled',
  expired: 'expired',
  failed: 'rejected',
} as const satisfies Partial<Record<OrderStage, OrderReport['kind']>>

/**
 * What was told of each order. Messages repeat, come late and overtake one another: the larger count holds, an end is never taken back, and each
 * report goes out once. Bounded: the oldest are forgotten.
 */
export class OrderStates {
  readonly #states = new Map<string, State>()
  readonly #max: number

  constructor(max: number) {
    this.#max = max
  }

  /** True once anything that shows the order in the book, or past it, was told. */
  isSeen(venueOrderId: string): boolean {
    const state = this.#states.get(venueOrderId)
    return state !== undefined && (state.isAccepted || state.end !== null)
  }

  hasEnded(venueOrderId: string): boolean {
    return (this.#states.get(venueOrderId)?.end ?? null) !== null
  }

  filledOf(venueOrderId: string): Decimal {
    return this.#states.get(venueOrderId)?.filledQuantity ?? ZERO
  }

  /** True when an order is known with other terms than these. */
  hasOtherTerms(venueOrderId: string, quantity: Decimal, limitPrice: Decimal | null): boolean {
    const state = this.#states.get(venueOrderId)
    if (state === undefined) return false
    const isOtherSize = state.quantity !== null && state.quantity !== quantity
    return isOtherSize || (state.limitPrice !== null && limitPrice !== null && state.limitPrice !== limitPrice)
  }

  /** Takes the terms of an order as settled, so that the next message with them is no news. */
  noteTerms(venueOrderId: string, quantity: Decimal, limitPrice: Decimal | null): void {
    const state = this.#states.get(venueOrderId)
    if (state !== undefined) Object.assign(state, { quantity, limitPrice })
  }

  /** Takes a message. */
  take(facts: OrderFacts): OrderNews {
    const { order, stage } = facts
    const state = this.#of(order.venueOrderId)
    const hasFills = isGreater(facts.filledQuantity, state.filledQuantity)
    if (hasFills) state.filledQuantity = facts.filledQuantity
    if (state.end !== null) return hasFills ? { ...NO_NEWS, hasFills } : NO_NEWS
    const reports: OrderReport[] = []
    const isShown = stage !== 'waiting' && !(stage === 'failed' && state.filledQuantity === ZERO)
    if (isShown && !state.isAccepted) {
      state.isAccepted = true
      reports.push(reportOf('accepted', facts, state))
    }
    if (stage === 'waiting') return { reports, hasFills, hasOtherTerms: false }
    if (stage === 'open') return { reports, hasFills, hasOtherTerms: hasOtherTerms(state, facts) }
    state.end = stage
    order.hasEnded = true
    // What was executed in part was no mere refusal.
    const kind = stage === 'failed' && state.filledQuantity !== ZERO ? 'canceled' : ENDS[stage]
    reports.push(reportOf(kind, facts, state))
    return { reports, hasFills, hasOtherTerms: false }
  }

  #of(venueOrderId: string): State {
    let state = this.#states.get(venueOrderId)
    if (state === undefined) {
      state = { filledQuantity: ZERO, isAccepted: false, end: null, quantity: null, limitPrice: null }
      if (this.#states.size >= this.#max) this.#forgetOne()
      this.#states.set(venueOrderId, state)
    }
    return state
  }

  #forgetOne(): void {
    let victim: string | null = null
    for (const [id, { end }] of this.#states) {
      victim ??= id
      if (end === null) continue
      victim = id
      break
    }
    if (victim !== null) this.#states.delete(victim)
  }
}

/** The first terms that are told stand; others after them are an amend. */
function hasOtherTerms(state: State, { quantity, limitPrice }: OrderFacts): boolean {
  const isOther =
    (quantity !== null && state.quantity !== null && quantity !== state.quantity) ||
    (limitPrice !== null && state.limitPrice !== null && limitPrice !== state.limitPrice)
  state.quantity ??= quantity
  state.limitPrice ??= limitPrice
  return isOther
}

function reportOf(kind: OrderReport['kind'], facts: OrderFacts, state: State): OrderReport {
  return {
    kind,
    venueOrderId: facts.order.venueOrderId,
    clientOrderId: facts.order.clientOrderId,
    filledQuantity: state.filledQuantity,
    quantity: null,
    limitPrice: null,
    reason: facts.reason,
    venueAtMs: facts.venueAtMs,
  }
}
