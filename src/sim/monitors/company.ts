import type { Decimal } from '#domain/decimal'
import type { AccountId, AssetCode, BotId, ClientOrderId, InstrumentId, StrategyId, VenueId, VenueOrderId } from '#domain/ids'
import type { Fill, Proposal } from '#domain/order'
import type { SubAccountId } from '#domain/sub-account'
import type { OrderState } from '#machines/order.machine'

/** An order as it stands in the company's books now. */
export interface MonitoredOrder {
  readonly clientOrderId: ClientOrderId
  readonly venueOrderId: VenueOrderId | null
  readonly proposal: Proposal
  readonly isForeign: boolean
  readonly state: OrderState
  /** The total as the venue last agreed to it, base; an unanswered amend apart. */
  readonly quantity: Decimal
  readonly filledQuantity: Decimal
  /** What may still be added to the position. */
  readonly leavesQuantity: Decimal
  readonly limitPrice: Decimal | null
  readonly isAmending: boolean
  /** UTC ms after which the venue refuses the last submission or amend; null before the first. */
  readonly deadlineAtMs: number | null
  /** Sequence number of its newest fact. */
  readonly lastSeq: number
}

/** A position of one sub-account by the ledger, flat ones too. */
export interface MonitoredPosition {
  readonly subAccount: SubAccountId
  readonly instrumentId: InstrumentId
  /** Signed, base. */
  readonly netQuantity: Decimal
  /** Signed, quote: what the open part cost. */
  readonly cost: Decimal
  /** Quote, net of fees, over all trades. */
  readonly realizedPnl: Decimal
}

/** A position as the gate and the planner read it; flat ones are absent. */
export interface GatePosition {
  readonly subAccount: SubAccountId
  /** Null for `external`. */
  readonly botId: BotId | null
  readonly strategyId: StrategyId | null
  readonly instrumentId: InstrumentId
  readonly netQuantity: Decimal
}

/** What a sub-account holds of an asset. */
export interface MonitoredHolding {
  readonly accountId: AccountId
  readonly subAccount: SubAccountId
  readonly asset: AssetCode
  readonly quantity: Decimal
}

/** A row of the gate's book. */
export interface MonitoredReservation {
  readonly clientOrderId: string
  readonly leavesQuantity: Decimal
}

/** A bot's position that there are levels for, big enough for an order of the venue, and what protects it (I14). */
export interface MonitoredProtection {
  readonly botId: BotId
  readonly instrumentId: InstrumentId
  readonly quantity: Decimal
  readonly state: 'none' | 'protected' | 'exiting'
  /** A sound and fresh price lies beyond its stop, or its target. */
  readonly isBeyond: boolean
  /** How long the venue's own stop, which rests there, may take before an exit of ours must run, ms; 0 without one. */
  readonly nativeMs: number
}

/** Limits that monitors judge by, scaled as configured; amounts in account currency, ratios of equity. From the configuration and its policies, not from the gate. */
export interface MonitoredLimits {
  readonly orderNotionalMax: number
  readonly totalExposureMax: number
  readonly totalAtRiskRatioMax: number
  readonly positionRatioMax: number
  readonly assetRatioMax: number
  /** By strategy id; a strategy without an entry has no limit of its own. */
  readonly strategyRatioMax: Readonly<Record<string, number>>
  /** Of the larger of total exposure and its limit. */
  readonly marketConcentrationRatioMax: number
  /** Null switches the check off. */
  readonly dailyNotionalMax: number | null
  readonly openPositionsMax: number
  /** True where budgets leave out what no strategy holds. */
  readonly isManualIgnored: boolean
  /** A verdict is acted on within this time, ms. */
  readonly verdictLifetimeMs: number
  /** A quote whose stream has said nothing for longer is stale, ms. */
  readonly quoteAgeMsMax: number
  /** Submissions of one order beyond the first. */
  readonly retryMax: number
  /** A cancel that is due is sent, sent again or its order asked for within this time, ms; waits for rate budget apart. */
  readonly cancelBudgetMs: number
  /** What may be booked away as rounding, account currency. */
  readonly driftTolerance: number
  /** Orders that ended are given up so long after their last change, and are looked for so often, ms. */
  readonly retireAfterMs: number
  readonly retireEveryMs: number
}

/**
 * What monitors may read of a running company, at the moment of the question. The composition makes it of the company's parts; all of it is
 * synchronous and changes nothing. A `…Block` says why no risk may be added in that scope now, or null.
 */
export interface MonitoredCompany {
  /** Of the company as a whole. */
  readonly limits: MonitoredLimits
  /** In force now for a bot on a venue: what is judged later has to be asked for when it happens. */
  limitsOf(botId: string, venueId: string): MonitoredLimits
  /** UTC ms. */
  now(): number
  /** Monotonic µs: what budgets of time are measured in. */
  monotonicUs(): number
  /** The company's state, its kill switch as the journal has it, and drift. */
  companyBlock(): string | null
  /** The bot's state, its holds, and breakers that hold it. */
  botBlock(botId: BotId): string | null
  /** The venue's session and its private stream. */
  venueBlock(venueId: string): string | null
  /** Quote, book and bars of an instrument, by their soundness and age. */
  dataBlock(instrumentId: InstrumentId): string | null
  /** Who trades although something holds it; null when nobody does. */
  contradiction(): string | null
  /** What the journal that was replayed has as held: `killSwitch`, `company`, `bot:…` by an operator or the supervisor, `breaker:…`. */
  heldBefore(): readonly string[]
  /** Whether such a key is held now; null while the company is not as far as to tell. */
  isHeld(key: string): boolean | null
  stateOf(clientOrderId: string): OrderState | null
  order(clientOrderId: string): MonitoredOrder | null
  /** The order of a venue's id, ours or adopted; null when the company does not know it (any more). */
  orderOfVenue(venueOrderId: string): MonitoredOrder | null
  /** Orders that are not over. */
  liveOrders(): Iterable<MonitoredOrder>
  /** Orders that are over and still known, in the order in which they ended. */
  endedOrders(): Iterable<{ readonly clientOrderId: ClientOrderId }>
  /** True for one of them that misses fills: it is kept longer. */
  missesFills(clientOrderId: string): boolean
  /** What is kept alive: actors of orders, timers of the clock (null where it does not count them); and for whom. */
  counts(): { readonly actors: number; readonly timers: number | null; readonly bots: number; readonly venues: number }
  reservations(): Iterable<MonitoredReservation>
  positions(): Iterable<MonitoredPosition>
  gatePositions(): Iterable<GatePosition>
  holdings(): Iterable<MonitoredHolding>
  /** Positions that are to be protected; null while the company is not as far, or ends. */
  protectedPositions(): Iterable<MonitoredProtection> | null
  readonly hasDrift: boolean
  /** True when the execution is in the books, or its venue's books are not open yet. */
  hasBooked(fill: Fill): boolean
  isOpened(venueId: VenueId): boolean
  /** At the last refresh, account currency. */
  readonly equity: Decimal
  /** Account currency per unit of the asset; null while no price is known. */
  rateOf(asset: string): Decimal | null
  /** The highest fee that an order can be charged, basis points; a rebate counts 0. */
  feeBpsMax(instrumentId: string, postOnly: boolean): number
}
