import { messageOf } from '#domain/errors'
import type { VenueId } from '#domain/ids'
import type { OrderState } from '#machines/order.machine'
import type { JournalPort } from '#ports/journal'
import type { TransportPort } from '#ports/transport'
import type { VenuePort } from '#ports/venue'
import type { MonitoredCompany, MonitoredLimits } from './company'
import { assetsOf, type SeenEntry, type SeenFact, type VerdictFacts, verdictOf } from './facts'
import { Feed } from './feed'
import { Judge } from './judge'
import { type Observers, observersOf } from './observers'
import { Secrets } from './secrets'
import { TransportWatch } from './transport-watch'
import type { Breach, Invariant, Monitors, RestCounts, VenueOrderCount } from './types'
import { type VenueEvent, watchedVenue } from './venue-watch'

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
  'plan.made',
  'protection.held',
  'protection.triggered',
  'protection.withdrawn',
])

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
  readonly #transport = new TransportWatch()
  readonly #feeds = new Map<VenueId, Feed>()
  #bound: Observers | null = null
  #waiting: SeenFact[] = []
  #isDraining = false
  /** The newest entry that the journal told of. */
  #heardSeq = 0

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
      if (this.#waiting.length > 0) this.#drain()
    }
    const monotonicUs = () => this.#bound?.company.monotonicUs() ?? 0
    const feed = new Feed(venue.venueId, monotonicUs)
    this.#feeds.set(venue.venueId, feed)
    return watchedVenue(venue, {
      feed,
      monotonicUs,
      onPrice: (instrumentId) => {
        if (this.#waiting.length > 0 && this.#isPricedBy(assetsOf(instrumentId).base)) workOff()
      },
      onHeard: workOff,
      onVenue: (event) => {
        if (this.#isWatching()) this.#onVenue(event)
      },
    })
  }

  watchTransport(transport: TransportPort): TransportPort {
    return this.#transport.over(transport)
  }

  attach(company: MonitoredCompany, journal: JournalPort): void {
    const bound = observersOf(this.#judge, this.#secrets, this.#feeds, company, journal, () => this.#transport.open)
    this.#bound = bound
    const { books, cancels } = bound
    for (const { venueId } of this.#venues) if (company.isOpened(venueId)) books.noteOpened(venueId)
    this.#judgeRestart(company, journal)
    this.#heardSeq = journal.headSeq
    journal.subscribe((entry) => this.#onEntry(entry))
    journal.onFailure(() => this.#guarded(() => cancels.onJournalFailed()))
  }

  sweep(isWhole = true): void {
    if (this.#isWatching()) this.#sweep(isWhole)
  }

  readOn(): boolean {
    const bound = this.#isWatching() ? this.#bound : null
    if (bound === null || bound.journal.failure !== null) return false
    let isMore = false
    this.#guarded(() => {
      isMore = bound.chain.readOn()
    })
    return isMore
  }

  watchText(where: string, text: string): void {
    this.#secrets.judge(where, text)
  }

  keepSecret(value: string): void {
    this.#secrets.keep(value, false)
  }

  keepToken(value: string): void {
    this.#secrets.keep(value, true)
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

  /** False before and after the life: with its journal the company is fenced too. */
  #isWatching(): boolean {
    if (this.#bound === null) return false
    const { journal } = this.#bound
    if (journal.isFenced) {
      this.end()
      return false
    }
    // Somebody who hears of entries before the monitors do acts on one: what follows is judged without it.
    if (journal.headSeq !== this.#heardSeq) this.#judge.failed(`entries were journaled that the monitors have not heard of`)
    return true
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
    this.#heardSeq = Math.max(this.#heardSeq, entry.seq)
    const bound = this.#bound
    if (bound === null) return
    const { kind } = entry
    const isOfOrder = kind.startsWith('order.')
    if (!isOfOrder && !READ.has(kind)) return
    // What was told before has had its effect by now. What an operator signs off is what was found until then.
    if (kind === 'killSwitch.cleared' || this.#waiting.length >= WAITING_MAX) this.#drain()
    if (kind === 'killSwitch.cleared') this.#judge.forget()
    this.#waiting.push({
      entry,
      equity: kind === 'verdict.passed' ? bound.company.equity : null,
      limits: kind === 'verdict.passed' ? limitsAt(bound.company, verdictOf(entry)) : null,
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
    this.#guarded(() => noteStatesAfter(facts, bound.company))
    const { always, byRecord } = bound.facts
    const tell = (observer: { onFact(fact: SeenFact): void }, fact: SeenFact): void => {
      try {
        observer.onFact(fact)
      } catch (error) {
        this.#threw(error)
      }
    }
    for (const fact of facts) {
      for (const observer of always) tell(observer, fact)
      // A journal that has failed no longer says by what a state changed.
      if (bound.journal.failure === null) for (const observer of byRecord) tell(observer, fact)
    }
    this.#isDraining = false
  }

  #onVenue(event: VenueEvent): void {
    this.#drain()
    if (this.#bound === null) return
    const { journal, venue } = this.#bound
    for (const observer of venue.always) this.#guarded(() => observer.onVenue(event))
    if (journal.failure === null) for (const observer of venue.byRecord) this.#guarded(() => observer.onVenue(event))
  }

  #sweep(isWhole: boolean): void {
    this.#drain()
    if (this.#bound === null) return
    const { chain, journal, sweeps } = this.#bound
    for (const observer of sweeps.always) this.#guarded(() => observer.sweep())
    if (journal.failure !== null) return
    for (const observer of sweeps.byRecord) this.#guarded(() => observer.sweep())
    if (isWhole) this.#guarded(() => chain.sweep())
  }

  /** An observer that throws is a defect of its own, told like a breach: it must not take the company with it. */
  #guarded(act: () => void): void {
    try {
      act()
    } catch (error) {
      this.#threw(error)
    }
  }

  #threw(error: unknown): void {
    this.#judge.failed(`a monitor threw: ${messageOf(error)}`)
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

function limitsAt(company: MonitoredCompany, { botId, instrumentId }: VerdictFacts): MonitoredLimits {
  return company.limitsOf(botId, instrumentId.slice(instrumentId.indexOf('@') + 1))
}
