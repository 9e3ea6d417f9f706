import type { Face } from './face'

/**
 * The dead-man switches of all accounts (protocol sheet §3.14): one timer an account on the emulator's clock, reset by each call,
 * fires once. While the engine is in maintenance nothing can be canceled; it fires when the engine comes back.
 */
export class DeadMan {
  readonly #face: Face
  readonly #onFire: () => void
  readonly #timers = new Map<string, unknown>()

  /** `onFire` is called after each firing, so that the owner commits and tells. */
  constructor(face: Face, onFire: () => void) {
    this.#face = face
    this.#onFire = onFire
  }

  /** Arms the switch `timeoutSec` from now, or with 0 turns it off. Returns when it fires, null when off. */
  arm(accountId: string, timeoutSec: number): number | null {
    this.#drop(accountId)
    const atMs = timeoutSec === 0 ? null : this.#face.clock.now() + timeoutSec * 1_000
    this.#face.state.setDeadMan(accountId, atMs)
    if (atMs !== null)
      this.#timers.set(
        accountId,
        this.#face.clock.setTimeout(() => this.#fire(accountId), timeoutSec * 1_000),
      )
    return atMs
  }

  /** Fires every armed switch: the engine has come back from downtime (a restart, the end of maintenance). */
  fireArmed(): void {
    for (const [accountId] of this.#face.state.deadMen()) this.#fire(accountId)
  }

  /** Drops the timers; what is armed stays armed in the state. */
  stop(): void {
    for (const accountId of [...this.#timers.keys()]) this.#drop(accountId)
  }

  #fire(accountId: string): void {
    this.#drop(accountId)
    if (this.#face.state.systemStatus === 'maintenance') return
    this.#face.state.setDeadMan(accountId, null)
    this.#face.state.count('deadManFired')
    this.#face.engine.cancelAll(accountId, 'deadMan')
    this.#onFire()
  }

  #drop(accountId: string): void {
    this.#face.clock.clearTimeout(this.#timers.get(accountId))
    this.#timers.delete(accountId)
  }
}
