import type { VenueId } from '#domain/ids'
import { messageOf } from '#domain/errors'
import type { DeskDeps } from './deps'

/** How soon a switch that did not answer is asked again, ms. */
const RETRY_MS = 5_000

/**
 * Keeps the venue's dead-man switch armed while an order that adds risk is working, and off otherwise: it would cancel protective
 * orders too (design §6). Refreshed only while journal and desk answer, so that a company that hangs loses its orders.
 */
export class DeadMan {
  readonly #deps: DeskDeps
  readonly #venueId: VenueId
  #timer: unknown = null
  #isArmed = false
  /** False only when the venue has said so: an unanswered command and an earlier life may both have left it armed. */
  #mayBeArmed = true
  #isBusy = false
  #isOpen = true

  constructor(deps: DeskDeps, venueId: VenueId) {
    this.#deps = deps
    this.#venueId = venueId
  }

  get isArmed(): boolean {
    return this.#isArmed
  }

  /** Looks at the working orders and arms or disarms. Called when an order of the venue changes. */
  review(): void {
    if (!this.#isUsed() || this.#isBusy) return
    const isWanted = this.#isWanted()
    if (isWanted && !this.#isArmed) void this.#set(this.#deps.settings.deadManTimeoutSec)
    else if (!isWanted && this.#isArmed) void this.#set(0)
  }

  /** Brings the switch in step with the working orders after a start or a reconnect: what was armed before is unknown. */
  afterConnect(): void {
    if (!this.#isUsed() || this.#isBusy) return
    if (this.#isWanted()) void this.#set(this.#deps.settings.deadManTimeoutSec)
    else if (this.#mayBeArmed) void this.#set(0)
  }

  /** Stops refreshing. The switch itself is left to run out unless nothing is working. */
  close(): void {
    this.#isOpen = false
    this.#deps.clock.clearTimeout(this.#timer)
    this.#timer = null
  }

  /** Turns the switch off: an orderly stop that leaves its orders working on purpose does not call this. */
  async disarm(): Promise<void> {
    if (this.#isUsed() && this.#mayBeArmed) await this.#set(0)
  }

  #isUsed(): boolean {
    const { settings, venue } = this.#deps
    return this.#isOpen && settings.deadManTimeoutSec > 0 && venue(this.#venueId).capabilities.deadManSwitch
  }

  #isWanted(): boolean {
    for (const { proposal, isForeign } of this.#deps.orders.live()) {
      if (!isForeign && proposal.venueId === this.#venueId && (proposal.effect === 'open' || proposal.effect === 'increase')) return true
    }
    return false
  }

  async #set(timeoutSec: number): Promise<void> {
    this.#isBusy = true
    this.#mayBeArmed = true
    const outcome = await this.#deps.venue(this.#venueId).armDeadMan(timeoutSec)
    this.#isBusy = false
    const isDone = outcome.kind === 'accepted'
    if (isDone) {
      this.#isArmed = timeoutSec > 0
      this.#mayBeArmed = this.#isArmed
    } else {
      this.#deps.log.warn('the dead-man switch did not answer', { venueId: this.#venueId, outcome: outcome.kind })
    }
    this.#plan(isDone ? this.#deps.settings.deadManRefreshSec * 1_000 : RETRY_MS)
    // The orders may have changed while the venue answered.
    if (isDone) this.review()
  }

  #plan(delayMs: number): void {
    this.#deps.clock.clearTimeout(this.#timer)
    this.#timer = null
    if (!this.#isOpen || (!this.#mayBeArmed && !this.#isWanted())) return
    this.#timer = this.#deps.clock.setTimeout(() => void this.#refresh(), delayMs)
  }

  async #refresh(): Promise<void> {
    this.#timer = null
    if (this.#isBusy || !this.#isUsed()) return
    if (!this.#isWanted()) {
      if (this.#mayBeArmed) await this.#set(0)
      return
    }
    try {
      // The proof that the journal answers: everything up to now is durable. A hung disk never gets here.
      await this.#deps.journal.settled()
    } catch (error) {
      this.#deps.log.error('the dead-man switch is not refreshed: the journal failed', { error: messageOf(error) })
      return
    }
    if (this.#isUsed() && !this.#isBusy) await this.#set(this.#deps.settings.deadManTimeoutSec)
  }
}
