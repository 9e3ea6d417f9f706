import type { VenueId } from '#domain/ids'
import type { DeskDeps } from './deps'

/**
 * Keeps the venue's dead-man switch armed while an order that adds risk is working, and off otherwise: it would cancel protective
 * orders too (design §6). Refreshed only while journal and desk answer, so that a company that hangs loses its orders.
 */
export class DeadMan {
  readonly #deps: DeskDeps
  readonly #venueId: VenueId
  #timer: unknown = null
  #isArmed = false
  #isBusy = false
  #isOpen = true

  constructor(deps: DeskDeps, venueId: VenueId) {
    this.#deps = deps
    this.#venueId = venueId
  }

  get isArmed(): boolean {
    return this.#isArmed
  }

  /** Looks at the working orders and arms, refreshes or disarms. Called when an order of the venue changes, and by its own timer. */
  review(): void {
    const { settings } = this.#deps
    if (!this.#isOpen || settings.deadManTimeoutSec === 0 || !this.#deps.venue(this.#venueId).capabilities.deadManSwitch) return
    const isWanted = this.#isWanted()
    if (isWanted && !this.#isArmed) void this.#set(settings.deadManTimeoutSec)
    else if (!isWanted && this.#isArmed) void this.#set(0)
  }

  /** Stops refreshing. The switch itself is left to run out unless nothing is working. */
  close(): void {
    this.#isOpen = false
    this.#deps.clock.clearTimeout(this.#timer)
    this.#timer = null
  }

  /** Turns the switch off: an orderly stop that leaves its orders working on purpose does not call this. */
  async disarm(): Promise<void> {
    if (this.#isArmed) await this.#set(0)
  }

  #isWanted(): boolean {
    for (const { proposal } of this.#deps.orders.live()) {
      if (proposal.venueId === this.#venueId && (proposal.effect === 'open' || proposal.effect === 'increase')) return true
    }
    return false
  }

  async #set(timeoutSec: number): Promise<void> {
    if (this.#isBusy) return
    this.#isBusy = true
    const outcome = await this.#deps.venue(this.#venueId).armDeadMan(timeoutSec)
    this.#isBusy = false
    if (outcome.kind === 'accepted') this.#isArmed = timeoutSec > 0
    else this.#deps.log.warn('the dead-man switch did not answer', { venueId: this.#venueId, outcome: outcome.kind })
    this.#plan()
  }

  #plan(): void {
    this.#deps.clock.clearTimeout(this.#timer)
    this.#timer = null
    if (!this.#isOpen || (!this.#isArmed && !this.#isWanted())) return
    this.#timer = this.#deps.clock.setTimeout(() => void this.#refresh(), this.#deps.settings.deadManRefreshSec * 1_000)
  }

  async #refresh(): Promise<void> {
    this.#timer = null
    if (!this.#isWanted()) return this.review()
    // The proof that the journal answers: everything up to now is durable. A hung disk never gets here.
    await this.#deps.journal.settled()
    if (this.#deps.journal.failure === null) await this.#set(this.#deps.settings.deadManTimeoutSec)
  }
}
