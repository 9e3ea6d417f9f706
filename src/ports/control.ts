import type { BOT_COMMAND_STATES, COMPANY_COMMAND_STATES } from '#domain/command-states'
import type { EmergencyScope } from '#domain/emergency-scope'
import type { Severity } from '#domain/errors'
import type { Json } from '#domain/json'
import type { OrderStatus, Side } from '#domain/order'
import type { HoldReason } from '#domain/reasons'
import type { BooksPort } from './books'
import type { GateControlPort, ReducingView, ThrottleView } from './gate-control'
import type { JournalEntry } from './journal'
import type { RiskConfigPort } from './risk-config'
import type { UniverseView } from './universe'

/** Who asks, for the audit: a name, and the address that the request came from. */
export interface Operator {
  readonly name: string
  readonly address: string
}

export type HealthLevel = 'HEALTHY' | 'DEGRADED' | 'UNHEALTHY'

export type HealthView = {
  readonly status: HealthLevel
  readonly mode: string
  readonly state: string
  readonly version: string
  readonly schemaVersion: number
  readonly startedAtMs: number
  readonly nowMs: number
  readonly uptimeMs: number
  readonly sockets: { readonly up: number; readonly total: number }
  readonly ordersOpen: number
  readonly ordersFilled24h: number
  readonly positions: number
  readonly exposureGross: string
  readonly criticalErrors1h: number
  readonly highErrors1h: number
  readonly recentErrors: readonly { readonly atMs: number; readonly severity: Severity; readonly code: string; readonly text: string }[]
  readonly ok: {
    readonly marketData: boolean
    readonly portfolio: boolean
    readonly strategies: boolean
    readonly execution: boolean
    readonly journal: boolean
  }
  /** What watches the invariants: how often it judged, and what did not hold. */
  readonly monitors: { readonly checks: number; readonly breaches: number }
  /** One sentence for each thing that keeps the status from HEALTHY. */
  readonly problems: readonly string[]
}

/** What became of a strategy's wishes in a bot since the start of the company, and what it earned by the books. */
export type StrategyView = {
  readonly strategyId: string
  /** One that is not is never asked. */
  readonly enabled: boolean
  readonly proposals: number
  /** Orders that were sent for it. */
  readonly approved: number
  /** Wishes that were not handed to the desk, by reason. */
  readonly dropped: Readonly<Record<string, number>>
  /** Orders that were refused, by the gate's code. */
  readonly blocked: Readonly<Record<string, number>>
  readonly realizedPnl: string
  readonly fees: string
  readonly trades: number
}

export type BotView = {
  readonly botId: string
  /** `ensemble` for a bot of several. */
  readonly strategyId: string
  /** Each of its strategies, those that are not enabled among them. */
  readonly strategies: readonly StrategyView[]
  /** Chart state in upper case: IDLE, STARTING, ACTIVE, PAUSED, STOPPING, STOPPED, ERROR, HALTED. */
  readonly state: string
  readonly sinceMs: number
  /** What a person should know: `120 of 200 bars`, the error's text; empty when nothing. */
  readonly note: string
  readonly reasons: readonly HoldReason[]
  readonly instruments: readonly string[]
  readonly enabled: boolean
  readonly restarts: number
  readonly intents: number
  readonly orders: number
  readonly fills: number
  readonly blocked: number
  readonly realizedPnl: string
  readonly unrealizedPnl: string
  readonly fees: string
  readonly equity: string
  readonly lastDecision: { readonly atMs: number; readonly text: string } | null
}

export type OrderView = {
  readonly clientOrderId: string
  readonly venueOrderId: string | null
  readonly venueId: string
  readonly instrumentId: string
  readonly botId: string
  readonly strategyId: string
  readonly intentId: string
  readonly side: Side
  readonly type: string
  readonly quantity: string
  readonly filledQuantity: string
  readonly limitPrice: string | null
  readonly averageFillPrice: string | null
  readonly timeInForce: string
  readonly postOnly: boolean
  readonly status: OrderStatus
  readonly isTerminal: boolean
  readonly reason: string | null
  readonly createdAtMs: number
  readonly updatedAtMs: number
  readonly fees: readonly { readonly asset: string; readonly quantity: string }[]
  readonly retries: number
}

/** What protects a position. */
export type PositionProtection = {
  /** Chart state in upper case: HOLDING, RELEASING, WORKING, WAITING. */
  readonly state: string
  /** What set off the exit that is under way: `stop`, `trailing`, `target`; null for none. */
  readonly kind: string | null
  /** Trigger prices, quote per base; null for what it does not have. */
  readonly stopPrice: string | null
  readonly trailingPrice: string | null
  readonly targetPrice: string | null
  /** Why an exit waits; empty when it does not. */
  readonly note: string
}

export type PositionView = {
  readonly instrumentId: string
  readonly botId: string
  readonly netQuantity: string
  readonly entryPrice: string
  readonly markPrice: string | null
  readonly notional: string | null
  readonly realizedPnl: string
  readonly unrealizedPnl: string | null
  readonly isStale: boolean
  /** Null where nothing protects it. */
  readonly protection: PositionProtection | null
}

export type AssetView = {
  readonly asset: string
  readonly total: string
  readonly reserved: string
  readonly value: string | null
  /** True when no price could be found: counted as 0 and flagged (PFL-05). */
  readonly isUnvalued: boolean
}

export type PortfolioView = {
  readonly valuationAsset: string
  readonly equity: string
  readonly cash: string
  readonly realizedPnl: string
  readonly unrealizedPnl: string
  readonly fees: string
  readonly flows: string
  readonly exposureGross: string
  readonly exposureNet: string
  readonly drawdownRatio: number
  readonly isPartial: boolean
  readonly hasDrift: boolean
  readonly driftDetails: readonly { readonly asset: string; readonly ledger: string; readonly venue: string }[]
  readonly assets: readonly AssetView[]
  /** `wac` or `fifo`. */
  readonly costBasis: string
  /** Whether the profits above count manual trades (PFL-10); equity, exposure and balances always do. */
  readonly includesManual: boolean
}

export type EquityPoint = {
  readonly atMs: number
  readonly equity: string
}

export type BreakerView = {
  readonly breakerId: string
  readonly kind: string
  readonly scope: string
  /** ARMED, TRIPPED or COOLING. */
  readonly state: string
  /** What a trip does to the scope: `pause`, `halt`, `reduce`, `disable`. */
  readonly response: string
  /** `auto` or `operator`. */
  readonly rearm: string
  readonly threshold: string
  /** The figure now while armed, that of the trip otherwise. */
  readonly value: string
  readonly trippedAtMs: number | null
  /** When it re-arms by itself, UTC ms; null unless that is known. */
  readonly rearmsAtMs: number | null
  readonly reason: string | null
}

export type RiskView = {
  /** What the gate lets pass of the company: `trading`, `reducing`, `paused`, `halted`. */
  readonly mode: string
  readonly killSwitch: {
    readonly isActive: boolean
    readonly reason: string | null
    readonly sinceMs: number | null
    readonly source: string | null
    readonly clearableOverApi: boolean
  }
  readonly breakers: readonly BreakerView[]
  readonly throttles: readonly ThrottleView[]
  readonly reducing: readonly ReducingView[]
  readonly limits: Readonly<Record<string, Json>>
  readonly exposures: readonly { readonly scope: string; readonly current: string; readonly limit: string }[]
}

/** One emergency halt: what it was to end, and what of that the venue has not shown to have ended. */
export type EmergencyView = {
  readonly emergencyId: string
  /** `all`, `venue:ID`, `market:ID`, `strategy:ID`, `bot:ID` or `order:ID`. */
  readonly scope: string
  readonly shouldFlatten: boolean
  readonly reason: string
  readonly operator: string
  /** RUNNING; OVERDUE, still trying after its deadline; ENDED; RELEASED, when an operator let go what it held. */
  readonly state: string
  readonly beganAtMs: number
  readonly endedAtMs: number | null
  readonly deadlineMs: number
  readonly ordersEnded: number
  readonly ordersLeftCount: number
  /** A thousand at most. */
  readonly ordersLeft: readonly {
    readonly clientOrderId: string
    readonly instrumentId: string
    readonly botId: string
    readonly status: string
  }[]
  readonly positionsClosed: number
  readonly positionsLeftCount: number
  readonly positionsLeft: readonly {
    readonly botId: string
    readonly instrumentId: string
    readonly netQuantity: string
    /** Why it is not closed: a code of the gate with its text, `dust`, `external`, the venue's state. */
    readonly why: string
  }[]
}

/** One actor of the tree. `children` in start order. */
export interface ActorView {
  readonly id: string
  /** Machine name: `bot`, `order`… or `service` for an actor without a chart. */
  readonly machine: string
  readonly state: string
  readonly sinceMs: number
  readonly restarts: number
  readonly detail: string
  readonly children: readonly ActorView[]
}

export interface JournalPage {
  readonly entries: readonly JournalEntry[]
  /** Pass as `after` to read on; null at the end. */
  readonly nextAfter: number | null
  readonly headSeq: number
}

export type BotCommand = keyof typeof BOT_COMMAND_STATES
export type CompanyCommand = keyof typeof COMPANY_COMMAND_STATES

/** What is pushed to watchers. `seq` rises by 1 for each push of the process, so that a gap shows. */
export interface PushEvent {
  readonly seq: number
  readonly atMs: number
  readonly topic: 'actor' | 'order' | 'fill' | 'portfolio' | 'risk' | 'bot' | 'alert' | 'health'
  readonly payload: Json
}

/**
 * What the API and the command line may read and ask. Commands throw `CommandRefusedError` when the state forbids them and
 * `NotFoundError` for a name that does not exist; each accepted one is journaled with its operator.
 */
export interface ControlPort {
  health(): HealthView
  bots(): readonly BotView[]
  commandBot(botId: string, command: BotCommand, operator: Operator, reason: string): void
  commandCompany(command: CompanyCommand, operator: Operator, reason: string): void
  orders(filter: {
    readonly status: 'open' | 'closed' | 'all'
    readonly botId: string | null
    readonly limit: number
  }): readonly OrderView[]
  order(clientOrderId: string): OrderView
  cancelOrder(clientOrderId: string, operator: Operator): void
  cancelAll(botId: string | null, operator: Operator): number
  positions(): readonly PositionView[]
  /** Null counts manual trades as configured. */
  portfolio(includeManual?: boolean | null): PortfolioView
  equityCurve(limit: number): readonly EquityPoint[]
  /** What the books earned, and for whom. */
  readonly books: BooksPort
  /** The limits in force, and how they are changed. */
  readonly riskConfig: RiskConfigPort
  risk(): RiskView
  /** What may be entered of the universe now. */
  universe(): UniverseView
  /** What each limit of the gate stands at, throttles, and scopes that reduce. */
  readonly gate: GateControlPort
  tripKillSwitch(reason: string, operator: Operator): void
  clearKillSwitch(operator: Operator): void
  /**
   * Holds a scope, cancels its orders and, where asked, closes its positions. What it holds is held when this returns; the rest is followed
   * until it is done. The scope `all` trips the kill switch.
   */
  emergencyHalt(scope: EmergencyScope, shouldFlatten: boolean, reason: string, operator: Operator): EmergencyView
  /** Emergency halts of this process, newest first: those under way and the last that are over. */
  emergencies(): readonly EmergencyView[]
  /** Signs a tripped breaker off, or ends a cool-down before its time. */
  resetBreaker(breakerId: string, operator: Operator, reason: string): void
  actors(): ActorView
  journal(after: number, limit: number): JournalPage
  /** The redacted configuration in force. */
  config(): Json
  watch(listener: (event: PushEvent) => void): () => void
  shutdown(operator: Operator): void
}
