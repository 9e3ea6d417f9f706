import type { ClockPort } from '#ports/clock'
import type { OrderCommandKind, UnsentCommands } from '#ports/venue'
import { DecayingCounter } from '#venues/shared/decaying-counter'
import type { LaneBudget } from '#venues/shared/lane'

/** A token bucket: so many calls at once, and so many a second. */
export interface BucketSettings {
  readonly perSec: number
  readonly burst: number
  /** Calls of the burst that only cancels may use. */
  readonly reserve: number
}

const NOTHING_UNSENT: UnsentCommands = { submits: 0, amends: 0 }

/** Calls that we may make: questions leave room for an order, orders leave room for cancels (PAIN-08). One a scope of the venue's limits. */
export class CallBudget implements LaneBudget {
  readonly #clock: ClockPort
  readonly #counter: DecayingCounter
  readonly #settings: BucketSettings
  #heldUntilUs = 0

  constructor(clock: ClockPort, settings: BucketSettings) {
    this.#clock = clock
    this.#counter = new DecayingCounter(clock, settings.perSec)
    this.#settings = settings
  }

  /** Returns the ms until a question may go. */
  waitMs(cost: number, usesReserve: boolean): number {
    const { burst, reserve } = this.#settings
    const room = usesReserve ? burst : Math.max(1, burst - reserve - 1)
    return Math.max(this.#counter.waitMs(room - cost), usesReserve ? 0 : this.#heldMs())
  }

  spend(cost: number): void {
    this.#counter.spend(cost)
  }

  /** The venue said that too many calls came: nothing but cancels goes for `ms`. */
  hold(ms: number): void {
    this.#counter.raiseTo(this.#settings.burst)
    this.#heldUntilUs = Math.max(this.#heldUntilUs, this.#clock.monotonicUs() + ms * 1_000)
  }

  /** Returns how long an order command should wait, in ms, behind those that were let go and not sent yet. */
  orderWaitMs(command: OrderCommandKind, { submits, amends }: UnsentCommands = NOTHING_UNSENT): number {
    const { burst, reserve } = this.#settings
    if (command === 'cancel') return this.#counter.waitMs(burst - 1)
    return Math.max(this.#counter.waitMs(burst - reserve - 1 - submits - amends), this.#heldMs())
  }

  #heldMs(): number {
    return Math.max(0, Math.ceil((this.#heldUntilUs - this.#clock.monotonicUs()) / 1_000))
  }
}
