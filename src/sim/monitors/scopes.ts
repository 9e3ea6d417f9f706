import type { Approved } from '#domain/order'
import type { MonitoredCompany } from './company'
import type { Judge } from './judge'

/**
 * I4: nothing that adds risk leaves while its scope is halted, paused, held, stale or drifting, nor on a verdict that lapsed. Judged in
 * the step in which the bytes left.
 */
export class Scopes {
  readonly #judge: Judge
  readonly #company: MonitoredCompany

  constructor(judge: Judge, company: MonitoredCompany) {
    this.#judge = judge
    this.#company = company
  }

  /** @param verdictAtMs of the verdict that it follows from; null when there is none (I1 says so), or when it has no age. */
  onLeave(order: Approved, addsRisk: boolean, verdictAtMs: number | null): void {
    if (!addsRisk) return this.#judge.held('I4')
    const { botId, venueId, instrumentId, clientOrderId } = order
    const company = this.#company
    const block = company.companyBlock() ?? company.botBlock(botId) ?? company.venueBlock(venueId) ?? company.dataBlock(instrumentId)
    const why = block ?? (verdictAtMs === null ? null : this.#lapse(verdictAtMs))
    this.#judge.that('I4', why === null ? null : `${clientOrderId} adds risk and left although ${why}`)
  }

  #lapse(verdictAtMs: number): string | null {
    const ageMs = this.#company.now() - verdictAtMs
    if (ageMs < 0) return 'the clock went back since its verdict'
    const { verdictLifetimeMs } = this.#company.limits
    return ageMs > verdictLifetimeMs ? `its verdict is older than ${verdictLifetimeMs} ms` : null
  }
}
