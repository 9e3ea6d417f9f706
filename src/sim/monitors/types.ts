import type { Decimal } from '#domain/decimal'
import type { AccountId, AssetCode, BotId, ClientOrderId, InstrumentId, StrategyId, VenueId, VenueOrderId } from '#domain/ids'
import type { Proposal } from '#domain/order'
import type { SubAccountId } from '#domain/sub-account'
import type { OrderState } from '#machines/order.machine'
import type { JournalPort } from '#ports/journal'
import type { VenuePort } from '#ports/venue'

/** The invariants of the company that are judged while it runs (design §9); I10, I11 and I13 in part at its rest. */
export const INVARIANTS = ['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I7', 'I8', 'I9', 'I10', 'I11', 'I12', 'I13'] as const
export type Invariant = (typeof INVARIANTS)[number]

/** An invariant that did not hold. */
export interface Breach {
  /** `I1` to `I13`, or `CRASHED` when the run itself threw. */
  readonly invariant: string
  readonly text: string
  /** Market time, UTC ms. */
  readonly atMs: number
  /** Head of the journal then. */
  readonly seq: number
}

/** An order as it stands in the company's books now. */
export interface MonitoredOrder {
  readonly clientOrderId: ClientOrderId
  readonly venueOrderId: VenueOrderId | null
  readonly proposal: Proposal
  readonly isForeign: boolean
  readonly state: OrderState
  /** UTC ms after which the venue refuses the last submission or amend. */
  readonly deadlineAtMs: number | null
}

/** A position of one sub-account by the company's ledger; signed, base. */
export interface MonitoredPosition {
  readonly accountId: AccountId
  readonly subAccount: SubAccountId
  readonly strategyId: StrategyId | null
  readonly instrumentId: InstrumentId
  readonly baseAsset: AssetCode
  readonly netQuantity: Decimal
  /** Absolute, at mark, account currency: what the gate counts as held. */
  readonly notional: Decimal
}

/** What a sub-account (or, with null, the whole account) holds of an asset. */
export interface MonitoredHolding {
  readonly accountId: AccountId
  readonly subAccount: SubAccountId | null
  readonly asset: AssetCode
  readonly quantity: Decimal
}

/** The caps that a passing verdict must stay within: amounts in account currency, ratios of equity. */
export interface MonitoredCaps {
  readonly totalExposureMax: Decimal
  readonly totalAtRiskRatioMax: Decimal
  readonly positionRatioMax: Decimal
  readonly assetRatioMax: Decimal
}

/**
 * What monitors may read of a running company, at the moment of the question. The composition makes it of the company's parts; all of it is
 * synchronous and changes nothing.
 */
export interface MonitoredCompany {
  /** UTC ms. */
  now(): number
  /** Monotonic µs: what budgets of time are measured in. */
  monotonicUs(): number
  readonly state: 'trading' | 'paused' | 'halted' | 'down'
  readonly isKillSwitchActive: boolean
  /** Books and venue differ. */
  readonly hasDrift: boolean
  isBotTrading(botId: BotId): boolean
  /** Why new orders may not go to the venue now: its session, or its private stream; null when they may. */
  venueBlock(venueId: VenueId): string | null
  /** Why the data of an instrument may not be traded on now: no quote, one that is too old, a product that is down; null when they may. */
  staleness(instrumentId: InstrumentId): string | null
  order(clientOrderId: string): MonitoredOrder | null
  /** Orders that are not over. */
  liveOrders(): Iterable<MonitoredOrder>
  /** Calls `listener` after each change of an order (replays are silent). Returns the unsubscribe function. */
  onOrderChange(listener: (clientOrderId: ClientOrderId) => void): () => void
  /** Sub-accounts' positions that are not zero. */
  positions(): Iterable<MonitoredPosition>
  /** Sub-accounts' holdings, or those of the whole accounts. */
  holdings(of: 'subAccounts' | 'accounts'): Iterable<MonitoredHolding>
  readonly equity: Decimal
  readonly caps: MonitoredCaps
  /** Account currency per unit of the instrument's quote asset; null while none is known. */
  quoteRateOf(instrumentId: InstrumentId): Decimal | null
  /** The highest fee that an order on the instrument can be charged, basis points. */
  feeBpsMax(instrumentId: InstrumentId): Decimal
}

/** Counts of what a company keeps alive; each must return to its base at rest (I13). */
export interface RestCounts {
  readonly actors: number
  readonly timers: number
  readonly sockets: number
}

/** The invariants' observers, one set for each life of a company. They read and never act: whoever listens for a breach does. */
export interface Monitors {
  /** Wraps a venue port: sees each command in the step in which its bytes leave, and each answer and event before the company does. */
  watchVenue(venue: VenuePort): VenuePort
  /** Binds to a company that has replayed its journal and is not started yet. Once. */
  attach(company: MonitoredCompany, journal: JournalPort): void
  /** Makes the slow judgements: sums, sub-accounts, the chain, cancels after a halt. Call it every so often and at rest. */
  sweep(): void
  /** Scans a text that leaves the process (a log line, an alert, an API answer) for the registered secrets (I9). `where` names it in the breach. */
  watchText(where: string, text: string): void
  /** Judges what the venue itself counts: its orders that live now, by the client id that they carry (I3; simulation only). */
  judgeVenueOrders(live: Iterable<{ readonly clientOrderId: string; readonly venueOrderId: string }>): void
  /** Judges the counts at rest against those of the base (I13). */
  judgeRest(base: RestCounts, now: RestCounts): void
  /** Records a judgement made elsewhere: `I10` of a replay that was compared, `I11` of a hash; null text means that it held. */
  note(invariant: Invariant, breach: string | null): void
  /** The first of them; `breachCount` counts all. */
  readonly breaches: readonly Breach[]
  readonly breachCount: number
  /** How often each invariant was judged. */
  readonly checks: Readonly<Record<Invariant, number>>
  /** Calls `listener` for each breach, in the step that showed it. Returns the unsubscribe function. */
  onBreach(listener: (breach: Breach) => void): () => void
}
