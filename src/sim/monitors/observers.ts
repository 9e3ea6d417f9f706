import type { VenueId } from '#domain/ids'
import type { JournalPort } from '#ports/journal'
import { Balances } from './balances'
import { Books } from './books'
import { Cancels } from './cancels'
import { Caps } from './caps'
import { Chain } from './chain'
import type { MonitoredCompany } from './company'
import { Evidence } from './evidence'
import { Executions } from './executions'
import { Exposure } from './exposure'
import type { SeenFact } from './facts'
import type { Feed } from './feed'
import { Holds } from './holds'
import type { Judge } from './judge'
import { Leaks } from './leaks'
import { Protected } from './protected'
import { Scopes } from './scopes'
import type { Secrets } from './secrets'
import { VenueSigns } from './signs'
import { VenueOrders } from './venue-orders'
import type { VenueEvent } from './venue-watch'
import { Verdicts } from './verdicts'

/** Observers of one thing: those that judge by the journal's record besides have nothing to say once it has failed. */
interface Stage<T> {
  readonly always: readonly T[]
  readonly byRecord: readonly T[]
}

/** The observers of one company, each list in the order in which it hears of things. */
export interface Observers {
  readonly company: MonitoredCompany
  readonly journal: JournalPort
  readonly exposure: Exposure
  readonly books: Books
  readonly venueOrders: VenueOrders
  readonly cancels: Cancels
  readonly chain: Chain
  readonly facts: Stage<{ onFact(fact: SeenFact): void }>
  readonly venue: Stage<{ onVenue(event: VenueEvent): void }>
  readonly sweeps: Stage<{ sweep(): void }>
}

/** Returns the observers of a company that has replayed its journal. */
export function observersOf(
  judge: Judge,
  secrets: Secrets,
  feeds: ReadonlyMap<VenueId, Feed>,
  company: MonitoredCompany,
  journal: JournalPort,
  openSockets: () => number,
): Observers {
  const exposure = new Exposure()
  const signs = new VenueSigns(company)
  const books = new Books(judge, company, exposure)
  const cancels = new Cancels(judge, company)
  const verdicts = new Verdicts(judge, company, journal)
  const caps = new Caps(judge, company, exposure, books)
  const holds = new Holds(judge, company)
  const venueOrders = new VenueOrders(judge, company)
  const executions = new Executions(judge, company)
  const evidence = new Evidence(judge, company, signs)
  const balances = new Balances(judge, company, books)
  const scopes = new Scopes(judge, company, caps, verdicts, feeds)
  const protectedOnes = new Protected(judge, company)
  const leaks = new Leaks(judge, company, openSockets)
  const chain = new Chain(judge, secrets, journal)
  return {
    company,
    journal,
    exposure,
    books,
    venueOrders,
    cancels,
    chain,
    facts: { always: [books, verdicts, caps, venueOrders, cancels, holds], byRecord: [evidence, leaks, protectedOnes] },
    // Evidence is judged by what was said before: what is said now is added after it.
    venue: { always: [cancels, verdicts, scopes], byRecord: [evidence, signs, venueOrders, executions, balances] },
    sweeps: { always: [cancels, holds], byRecord: [books, caps, executions, evidence, leaks, protectedOnes] },
  }
}
