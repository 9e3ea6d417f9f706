import { messageOf } from '#domain/errors'
import type { OrderState } from '#machines/order.machine'
import type { JournalPort } from '#ports/journal'
import type { VenuePort } from '#ports/venue'
import { Balances } from './balances'
import { Books } from './books'
import { Cancels } from './cancels'
import { Caps } from './caps'
import { Chain } from './chain'
import type { MonitoredCompany } from './company'
import { Evidence } from './evidence'
import { Executions } from './executions'
import { Exposure } from './exposure'
import { assetsOf, type SeenEntry, type SeenFact } from './facts'
import { Holds } from './holds'
import { Judge } from './judge'
import { Scopes } from './scopes'
import { Secrets } from './secrets'
import { VenueSigns } from './signs'
import type { Breach, Invariant, Monitors, RestCounts, VenueOrderCount } from './types'
import { VenueOrders } from './venue-orders'
import { type VenueEvent, watchedVenue } from './venue-watch'
import { Verdicts } from './verdicts'

/** Facts that wait to be judged: a venue's next event, or the next sweep, works them off. */
const WAITING_MAX = 10_000
/** Kinds besides `order.…` that somebody here reads. */
const READ: ReadonlySet<string> = new Set([
  'verdict.passed',
  'ledger.opened',
  'ledger.posted',
  'fill.external',
  'company.transition',
  'bot.transition',
  'killSwitch.tripped',
  'killSwitch.cleared',
  'company.command',
  'bot.command',
  'breaker.transition',
])

/** The observers of one company. */
interface Bound {
  readonly company: MonitoredCompany
  readonly journal: JournalPort
  readonly signs: VenueSigns
  readonly exposure: Exposure
  readonly books: Books
  readonly balances: Balances
  readonly verdicts: Verdicts
  readonly caps: Caps
  readonly scopes: Scopes
  readonly holds: Holds
  readonly venueOrders: VenueOrders
  readonly executions: Executions
  readonly evidence: Evidence
  readonly cancels: Cancels
  readonly chain: Chain
}

/** Returns the observers of a company that is about to be made. */
export function createMonitors(): Monitors {
  return new CompanyMonitors()
}

/**
 * Hands what is seen to the observers, in order. The journal's facts wait until bytes have left, a venue speaks or a sweep is due, so that
 * nothing of this lies between a tick and its order; what they are judged by is noted with them, or cannot have changed meanwhile.
 */
class CompanyMonitors implements Monitors {
  readonly #judge = new Judge(() => ({ seq: this.#bound?.journal.headSeq ?? 0, atMs: this.#bound?.company.now() ?? 0 }))
  readonly #secrets = new Secrets(this.#judge)
  readonly #venues: VenuePort[] = []
  #bound: Bound | null = null
  #waiting: SeenFact[] = []
  #isDraining = false
  /** The newest entry that the journal told of. */
  #toldSeq = 0

  get breaches(): readonly Breach[] {
    return this.#judge.breaches
  }

  get breachCount(): number {
    return this.#judge.breachCount
  }

  get checks(): Readonly<Record<Invariant, number>> {
    return this.#judge.checks
  }

  watchVenue(venue: VenuePort): VenuePort {
    this.#venues.push(venue)
    const workOff = (): void => {
      if (this.#waiting.length > 0) this.#guarded(() => this.#drain())
    }
    return watchedVenue(venue, {
      monotonicUs: () => this.#bound?.company.monotonicUs() ?? 0,
      onPrice: (instrumentId) => {
        if (this.#waiting.length > 0 && this.#isPricedBy(assetsOf(instrumentId).base)) workOff()
      },
      onHeard: workOff,
      onVenue: (event) => {
        if (this.#isWatching()) this.#guarded(() => this.#onVenue(event))
      },
    })
  }

  attach(company: MonitoredCompany, journal: JournalPort): void {
    const judge = this.#judge
    const exposure = new Exposure()
    const signs = new VenueSigns()
    const books = new Books(judge, company, exposure)
    const cancels = new Cancels(judge, company)
    this.#bound = {
      company,
      journal,
      signs,
      exposure,
      books,
      balances: new Balances(judge, company, books),
      verdicts: new Verdicts(judge, journal),
      caps: new Caps(judge, company, exposure),
      scopes: new Scopes(judge, company),
      holds: new Holds(judge, company),
      venueOrders: new VenueOrders(judge, company),
      executions: new Executions(judge, company),
      evidence: new Evidence(judge, company, signs),
      cancels,
      chain: new Chain(judge, this.#secrets, journal),
    }
    for (const { venueId } of this.#venues) if (company.isOpened(venueId)) books.noteOpened(venueId)
    this.#judgeRestart(company, journal)
    this.#toldSeq = journal.headSeq
    journal.subscribe((entry) => this.#onEntry(entry))
    journal.onFailure(() => this.#guarded(() => cancels.onJournalFailed()))
  }

  sweep(): void {
    if (this.#isWatching()) this.#guarded(() => this.#sweep())
  }

  watchText(where: string, text: string): void {
    this.#secrets.judge(where, text)
  }

  keepSecret(value: string): void {
    this.#secrets.keep(value)
  }

  judgeVenueOrders(orders: Iterable<VenueOrderCount>): void {
    this.#bound?.venueOrders.judgeRecord(orders)
  }

  judgeRest(base: RestCounts, now: RestCounts): void {
    for (const what of ['actors', 'timers', 'sockets'] as const)
      this.#judge.that('I13', now[what] > base[what] ? `${now[what]} ${what} are left at rest, where ${base[what]} were at first` : null)
  }

  note(invariant: Invariant, breach: string | null): void {
    this.#judge.that(invariant, breach)
  }

  end(): void {
    this.#bound = null
    this.#waiting = []
  }

  onBreach(listener: (breach: Breach) => void): () => void {
    return this.#judge.onBreach(listener)
  }

  /** True when the price of an asset counts in what waits to be judged. */
  #isPricedBy(asset: string): boolean {
    return this.#bound?.exposure.isPricedBy(asset) === true || this.#waiting.some(({ entry }) => isQuotedIn(entry, asset))
  }

  /** False before and after the life: a journal that no longer tells of what it takes was fenced, and so was the company. */
  #isWatching(): boolean {
    if (this.#bound === null) return false
    if (this.#bound.journal.headSeq === this.#toldSeq) return true
    this.end()
    return false
  }

  /** An order whose last fact is its submission may have left: after a restart it is in doubt, and nothing else (I3). */
  #judgeRestart(company: MonitoredCompany, journal: JournalPort): void {
    for (const { clientOrderId, state, lastSeq } of company.liveOrders()) {
      if (lastSeq === 0) continue
      const isSubmission = state === 'pending' && journal.read(lastSeq - 1, 1)[0]?.kind === 'order.submitting'
      this.#judge.that('I3', isSubmission ? `${clientOrderId} may have left before the restart, and counts as never sent` : null)
    }
  }

  #onEntry(entry: SeenEntry): void {
    this.#toldSeq = entry.seq
    const bound = this.#bound
    if (bound === null) return
    const { kind } = entry
    const isOfOrder = kind.startsWith('order.')
    if (!isOfOrder && !READ.has(kind)) return
    // What was told before has had its effect by now.
    if (this.#waiting.length >= WAITING_MAX) this.#guarded(() => this.#drain())
    this.#waiting.push({
      entry,
      equity: kind === 'verdict.passed' ? bound.company.equity : null,
      before: isOfOrder && entry.correlationId !== null ? bound.company.stateOf(entry.correlationId) : null,
      after: null,
    })
  }

  #drain(): void {
    const bound = this.#bound
    if (bound === null || this.#isDraining || this.#waiting.length === 0) return
    const facts = this.#waiting
    this.#waiting = []
    this.#isDraining = true
    try {
      noteStatesAfter(facts, bound.company)
      for (const fact of facts) {
        bound.books.onFact(fact)
        bound.verdicts.onFact(fact)
        bound.caps.onFact(fact)
        bound.venueOrders.onFact(fact)
        // A journal that has failed no longer says by what a state changed.
        if (bound.journal.failure === null) bound.evidence.onFact(fact)
        bound.cancels.onFact(fact)
        bound.holds.onFact(fact)
      }
    } finally {
      this.#isDraining = false
    }
  }

  #onVenue(event: VenueEvent): void {
    this.#drain()
    const bound = this.#bound
    if (bound === null) return
    bound.cancels.onVenue(event)
    if (event.kind === 'submit')
      bound.scopes.onLeave(event.order, bound.caps.addsRisk(event.order.clientOrderId), bound.verdicts.onSubmit(event.order))
    if (event.kind === 'amend') {
      const { approved } = event.request
      bound.verdicts.onAmend(approved)
      bound.scopes.onLeave(approved, bound.caps.addsRisk(approved.clientOrderId), null)
    }
    if (bound.journal.failure !== null) return // what follows rests on a record that has ended
    bound.evidence.onVenue(event)
    bound.signs.onVenue(event)
    bound.venueOrders.onVenue(event)
    bound.executions.onVenue(event)
    if (event.kind === 'balances') bound.balances.onBalances(event.accountId, event.balances)
  }

  #sweep(): void {
    this.#drain()
    const bound = this.#bound
    if (bound === null) return
    bound.cancels.sweep()
    bound.holds.sweep()
    if (bound.journal.failure !== null) return
    bound.books.sweep()
    bound.caps.sweep()
    bound.executions.sweep()
    bound.evidence.sweep()
    bound.chain.sweep()
  }

  /** An observer that throws is a defect of its own, told like a breach: it must not take the company with it. */
  #guarded(act: () => void): void {
    try {
      act()
    } catch (error) {
      this.#judge.failed(`a monitor threw: ${messageOf(error)}`)
    }
  }
}

function isQuotedIn({ kind, payload }: SeenEntry, asset: string): boolean {
  return kind === 'verdict.passed' && String(payload['instrumentId']).includes(`-${asset}@`)
}

/** The state after a fact of an order is the one that its next fact found, or the present one. */
function noteStatesAfter(facts: readonly SeenFact[], company: MonitoredCompany): void {
  const found = new Map<string, OrderState | null>()
  for (let index = facts.length - 1; index >= 0; index--) {
    const fact = facts[index]
    const id = fact?.entry.correlationId
    if (fact === undefined || typeof id !== 'string' || !fact.entry.kind.startsWith('order.')) continue
    fact.after = found.has(id) ? (found.get(id) ?? null) : company.stateOf(id)
    found.set(id, fact.before)
  }
}
