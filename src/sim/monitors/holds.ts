import type { MonitoredCompany } from './company'
import type { SeenFact } from './facts'
import type { Judge } from './judge'

/**
 * The state's side of I4, and of I10 after a restart: nobody trades whom something holds, and what held somebody by the journal before the
 * restart still does, until an operator or its own end lets go.
 */
export class Holds {
  readonly #judge: Judge
  readonly #company: MonitoredCompany
  /** Keys of what was held, as `MonitoredCompany.heldBefore` names them. */
  readonly #remembered: Set<string>

  constructor(judge: Judge, company: MonitoredCompany) {
    this.#judge = judge
    this.#company = company
    this.#remembered = new Set(company.heldBefore())
  }

  onFact({ entry }: SeenFact): void {
    if (this.#remembered.size === 0) return
    switch (entry.kind) {
      case 'killSwitch.cleared':
        this.#remembered.delete('killSwitch')
        return
      case 'company.command':
        this.#remembered.delete('company')
        return
      case 'bot.command':
        this.#remembered.delete(`bot:${entry.correlationId}`)
        return
      case 'breaker.transition':
        if (entry.payload['to'] === 'ARMED') this.#remembered.delete(`breaker:${entry.correlationId}`)
    }
  }

  sweep(): void {
    this.#judge.that('I4', this.#company.contradiction())
    for (const key of this.#remembered) {
      const isHeld = this.#company.isHeld(key)
      if (isHeld !== null) this.#judge.that('I10', isHeld ? null : `the journal has ${key} held, and after the restart it is not`)
    }
  }
}
