import type { InstrumentId } from '#domain/ids'
import type { ClockPort } from '#ports/clock'
import type { OrderCommandKind, UnsentCommands } from '#ports/venue'
import { DecayingCounter } from '#venues/shared/decaying-counter'
import type { KrakenTier } from './config'

const REST_LIMITS: Readonly<Record<KrakenTier, { readonly max: number; readonly decayPerSec: number }>> = {
  starter: { max: 15, decayPerSec: 0.33 },
  intermediate: { max: 20, decayPerSec: 0.5 },
  pro: { max: 20, decayPerSec: 1 },
}

/** Our copy of the REST counter of an API key; cancels may spend the reserve that questions leave alone. */
export class RestLimit {
  readonly #counter: DecayingCounter
  readonly #max: number
  readonly #reserve: number

  constructor(clock: ClockPort, tier: KrakenTier, reserve: number) {
    this.#max = REST_LIMITS[tier].max
    this.#reserve = reserve
    this.#counter = new DecayingCounter(clock, REST_LIMITS[tier].decayPerSec)
  }

  waitMs(cost: number, isUrgent: boolean): number {
    return cost === 0 ? 0 : this.#counter.waitMs(this.#max - cost - (isUrgent ? 0 : this.#reserve))
  }

  spend(cost: number): void {
    this.#counter.spend(cost)
  }

  /** The venue said that its counter is full. */
  saturate(): void {
    this.#counter.raiseTo(this.#max)
  }
}

/** Age steps of the engine's counter in ms, with the points of a cancel and of an amend below each. */
const AGE_STEPS: readonly (readonly [belowMs: number, cancel: number, amend: number])[] = [
  [5_000, 8, 3],
  [10_000, 6, 2],
  [15_000, 5, 1],
  [45_000, 4, 0],
  [90_000, 2, 0],
  [300_000, 1, 0],
]
const CANCEL_COST_MAX = 8
const AMEND_COST_MAX = 4

/** Returns the points that a command costs at the engine; `ageMs` is the time since the order was made or last amended. */
export function engineCost(command: OrderCommandKind, ageMs: number): number {
  const step = AGE_STEPS.find(([belowMs]) => ageMs < belowMs)
  switch (command) {
    case 'submit':
      return 1
    case 'amend':
      return 1 + (step?.[2] ?? 0)
    case 'cancel':
      return step?.[1] ?? 0
  }
}

const NOTHING_UNSENT: UnsentCommands = { submits: 0, amends: 0 }

const ENGINE_LIMITS: Readonly<Record<KrakenTier, { readonly threshold: number; readonly decayPerSec: number }>> = {
  starter: { threshold: 60, decayPerSec: 1 },
  intermediate: { threshold: 125, decayPerSec: 2.34 },
  pro: { threshold: 180, decayPerSec: 3.75 },
}

interface OpenOrder {
  readonly instrumentId: InstrumentId
  touchedUs: number
  /** Its cancel has been counted: of several, one ends it, and only that one costs. */
  isCanceled: boolean
}

/**
 * Our copy of the engine's counters, one an instrument. New orders and amends leave room for canceling what is open, up to a
 * share of the threshold, so that a cancel goes through even when the budget is used up (PAIN-08).
 */
export class EngineLimits {
  readonly #clock: ClockPort
  readonly #decayPerSec: number
  readonly #reserveRatio: number
  readonly #ordersMax: number
  #threshold: number
  readonly #counters = new Map<InstrumentId, DecayingCounter>()
  readonly #open = new Map<string, OpenOrder>()

  constructor(clock: ClockPort, tier: KrakenTier, reserveRatio: number, ordersMax: number) {
    this.#clock = clock
    this.#threshold = ENGINE_LIMITS[tier].threshold
    this.#decayPerSec = ENGINE_LIMITS[tier].decayPerSec
    this.#reserveRatio = reserveRatio
    this.#ordersMax = ordersMax
  }

  /** Takes the threshold that the venue states for the account. */
  setThreshold(threshold: number): void {
    this.#threshold = threshold
  }

  level(instrumentId: InstrumentId): number {
    return this.#counter(instrumentId).level()
  }

  /** Counts a command that was sent. `orderKey` names the order from its submit to its end. */
  onSent(command: OrderCommandKind, instrumentId: InstrumentId, orderKey: string): void {
    const nowUs = this.#clock.monotonicUs()
    const order = this.#open.get(orderKey)
    // An order never seen counts as young: too much caution delays, too little locks out.
    if (command === 'cancel' && order !== undefined) {
      if (order.isCanceled) return
      order.isCanceled = true
    }
    this.#counter(instrumentId).spend(engineCost(command, order === undefined ? 0 : (nowUs - order.touchedUs) / 1_000))
    if (command === 'submit') this.onOpen(instrumentId, orderKey, 0)
    else if (command === 'amend' && order !== undefined) order.touchedUs = nowUs
  }

  /** Notes an order that rests at the venue, by its age. One that is known keeps its own. */
  onOpen(instrumentId: InstrumentId, orderKey: string, ageMs: number): void {
    if (this.#open.has(orderKey)) return
    if (this.#open.size >= this.#ordersMax) {
      const oldest = this.#open.keys().next()
      if (oldest.done !== true) this.#open.delete(oldest.value)
    }
    this.#open.set(orderKey, { instrumentId, touchedUs: this.#clock.monotonicUs() - Math.max(0, ageMs) * 1_000, isCanceled: false })
  }

  onEnded(orderKey: string): void {
    this.#open.delete(orderKey)
  }

  /** Takes the whole list of open orders from the venue; one that it lacks has ended, unless it is younger than `youngMs`. */
  keepOnly(orderKeys: ReadonlySet<string>, youngMs: number): void {
    const youngUs = this.#clock.monotonicUs() - youngMs * 1_000
    for (const [key, order] of this.#open) if (!orderKeys.has(key) && order.touchedUs < youngUs) this.#open.delete(key)
  }

  /** The venue said that the counter of this instrument is full. */
  saturate(instrumentId: InstrumentId): void {
    this.#counter(instrumentId).raiseTo(this.#threshold)
  }

  /** Returns how long a command should wait for budget, in ms, behind those that were let go and not sent yet. */
  waitMs(instrumentId: InstrumentId, command: OrderCommandKind, { submits, amends }: UnsentCommands = NOTHING_UNSENT): number {
    const counter = this.#counter(instrumentId)
    const ahead = submits + amends * AMEND_COST_MAX
    const room = (): number => this.#threshold - this.#reserve(instrumentId, submits + amends) - ahead
    switch (command) {
      case 'submit':
        return counter.waitMs(room() - 1)
      case 'amend':
        return counter.waitMs(room() - AMEND_COST_MAX)
      case 'cancel':
        return counter.waitMs(this.#threshold - CANCEL_COST_MAX)
    }
  }

  /**
   * Points that canceling everything would take, one young order more included: the new one, or the one that an amend makes young; and one
   * for each command that is not sent yet. Who cancels does not say how old the order is, so the cheapest must find room for the dearest too.
   */
  #reserve(instrumentId: InstrumentId, unsent: number): number {
    const nowUs = this.#clock.monotonicUs()
    let points = CANCEL_COST_MAX * (1 + unsent)
    let cheapest = CANCEL_COST_MAX
    for (const order of this.#open.values()) {
      if (order.instrumentId !== instrumentId) continue
      const cost = engineCost('cancel', (nowUs - order.touchedUs) / 1_000)
      points += cost
      cheapest = Math.min(cheapest, cost)
    }
    return Math.min(points + CANCEL_COST_MAX - cheapest, this.#threshold * this.#reserveRatio)
  }

  #counter(instrumentId: InstrumentId): DecayingCounter {
    let counter = this.#counters.get(instrumentId)
    if (counter === undefined) {
      counter = new DecayingCounter(this.#clock, this.#decayPerSec)
      this.#counters.set(instrumentId, counter)
    }
    return counter
  }
}
