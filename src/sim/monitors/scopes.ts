import { mustExist } from '#domain/errors'
import type { VenueId } from '#domain/ids'
import type { Approved } from '#domain/order'
import type { Caps } from './caps'
import type { MonitoredCompany } from './company'
import type { Feed } from './feed'
import type { Judge } from './judge'
import type { VenueEvent } from './venue-watch'
import type { Verdicts } from './verdicts'

/**
 * I4: nothing that adds risk leaves while its scope is halted, paused, held, stale or drifting, nor on a verdict that lapsed. Judged in
 * the step in which the bytes left.
 */
export class Scopes {
  readonly #judge: Judge
  readonly #company: MonitoredCompany
  readonly #caps: Caps
  readonly #verdicts: Verdicts
  readonly #feeds: ReadonlyMap<VenueId, Feed>

  /** @param verdicts that heard of what left before. */
  constructor(judge: Judge, company: MonitoredCompany, caps: Caps, verdicts: Verdicts, feeds: ReadonlyMap<VenueId, Feed>) {
    this.#judge = judge
    this.#company = company
    this.#caps = caps
    this.#verdicts = verdicts
    this.#feeds = feeds
  }

  onVenue(event: VenueEvent): void {
    if (event.kind === 'submit') this.#onLeave(event.order)
    if (event.kind === 'amend') this.#onLeave(event.request.approved)
  }

  #onLeave({ botId, venueId, instrumentId, clientOrderId }: Approved): void {
    if (!this.#caps.addsRisk(clientOrderId)) return this.#judge.held('I4')
    const company = this.#company
    const { quoteAgeMsMax, verdictLifetimeMs } = company.limitsOf(botId, venueId)
    const block =
      company.companyBlock() ??
      company.botBlock(botId) ??
      company.venueBlock(venueId) ??
      company.dataBlock(instrumentId) ??
      // What was fresh at the verdict may age for as long as the verdict may.
      mustExist(this.#feeds.get(venueId), `nobody watches ${venueId}`).objection(instrumentId, quoteAgeMsMax + verdictLifetimeMs)
    // Without a verdict it has no age: I1 says so.
    const verdictAtMs = this.#verdicts.verdictOf(clientOrderId)
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
