import type { StrategyId, VenueId } from '#domain/ids'
import type { Fill, Proposal } from '#domain/order'
import type { Posting } from '#domain/posting'
import type { AlerterPort, LogPort } from '#ports/alerter'
import type { ClockPort } from '#ports/clock'
import type { JournalPort } from '#ports/journal'
import type { VenuePort } from '#ports/venue'
import type { IntentFacts } from '#risk/guard-facts'
import type { Book, Epochs, Gate, GateView, OrderKey } from '#risk/types'
import type { OrderRecord } from './order-record'
import type { Orders } from './orders'

/** Figures of the desk, in ms and counts; `config/default.yaml` documents each. */
export interface DeskSettings {
  /** False in a dry run: all is done as in live, and what would be sent is written down instead. */
  readonly handsOver: boolean
  readonly inFlightMax: number
  readonly queueMax: number
  readonly verdictLifetimeMs: number
  readonly orderDeadlineMs: number
  readonly settleMs: number
  readonly lookupBackoffMs: number
  readonly lookupBackoffMaxMs: number
  readonly retryMax: number
  readonly retryBackoffMs: number
  readonly cancelRetryMs: number
  readonly cancelRetryMaxMs: number
  readonly deadManTimeoutSec: number
  readonly deadManRefreshSec: number
}

/** On whose behalf the gate is asked. */
export interface GateAsk {
  readonly isOperatorFlatten: boolean
  /** True for the next attempt of an order that the venue refused for a passing reason. */
  readonly isRetry: boolean
  /** The intent that the order follows; null where it is not at hand. */
  readonly intent: IntentFacts | null
  /** Orders of ours in doubt that it does not wait for: a protective exit's; left out for every other. */
  readonly passedOver?: ReadonlySet<OrderKey>
}

export type SentKind = 'submit' | 'amend'

/** The company as the desk needs to see it; the runtime builds it from ledger, market and scopes. */
export interface DeskFacts {
  /** Everything the gate judges by, read now. */
  gateView(proposal: Proposal, ask: GateAsk): GateView
  /** An order or an amend is handed to the venue in this very step. */
  onSent(proposal: Proposal, kind: SentKind): void
  /** The gate blocked an order. */
  onBlocked(proposal: Proposal, code: string, reason: string): void
  /** An order that closes a position waits for our own to be out of its way: until it is sent nothing else of ours goes in there. */
  claimWay(proposal: Proposal): void
}

/** Where fills become ledger entries. */
export interface FillBook {
  /** True when the ledger has this execution already. */
  has(fill: Fill): boolean
  /** True for an execution so old that it is in the ledger even where its id is no longer known: one of an order that is tracked no more is a repeat. */
  isSettled(fill: Fill): boolean
  /** Returns the posting of a fill for its owner, to be journaled with it; plain JSON. */
  postingOf(fill: Fill, proposal: Proposal | null): Posting
  /** Returns the strategy that the number of an order of somebody else's stands for; null for a manual one (PFL-10). */
  claimantOf(userref: number | null): StrategyId | null
  /** Books what `postingOf` returned. */
  post(posting: Posting): void
}

/** What every part of the desk works with. */
export interface DeskDeps {
  readonly clock: ClockPort
  readonly journal: JournalPort
  readonly log: LogPort
  readonly alerter: AlerterPort
  readonly gate: Gate
  readonly book: Book
  readonly epochs: Epochs
  readonly orders: Orders
  readonly facts: DeskFacts
  readonly fills: FillBook
  readonly settings: DeskSettings
  /** @throws {InvariantError} for a venue that the company does not have. */
  venue(venueId: VenueId): VenuePort
  /** Puts an order's worst case into the gate's book without a verdict: after a restart, or for a foreign order. */
  restoreReservation(record: OrderRecord): void
}
