import type { Decimal } from '#domain/decimal'
import type { AccountId, AssetCode, BotId, ClientOrderId, InstrumentId, StrategyId, VenueId, VenueOrderId } from '#domain/ids'
import type { Instrument } from '#domain/instrument'
import type { Intent } from '#domain/intent'
import type { Proposal, Side } from '#domain/order'
import type { Verdict } from '#domain/verdict'
import type { GuardFacts } from './guard-facts'
import { DEFAULT_GUARD_LIMITS, type GuardLimits } from './guard-limits'
import type { HeldExposure, HeldPosition } from './held'
import type { SizingConfig, SizingMeans } from './sizing-config'

/**
 * The gate's limits. Amounts are in the account currency, `…RatioMax` are fractions of equity (0.05 is 5 %) unless stated otherwise.
 * A change of any of them bumps the scope's epoch, so that verdicts under the old ones lapse.
 */
export interface RiskLimits extends GuardLimits {
  /** Least notional of an order, its fee taken off. A closing order is held to the venue's minimums alone. */
  readonly orderNotionalMin: Decimal
  /** Largest notional of one order. */
  readonly orderNotionalMax: Decimal
  /** All positions and working orders at worst-case notional. */
  readonly totalAtRiskRatioMax: Decimal
  /** One instrument, all bots together. */
  readonly positionRatioMax: Decimal
  /** One base asset over all instruments. */
  readonly assetRatioMax: Decimal
  /** By strategy id; a strategy without an entry has `strategyRatioMaxDefault`. */
  readonly strategyRatioMax: Readonly<Record<string, Decimal>>
  /** For strategies without an own entry; null leaves them to the other caps. */
  readonly strategyRatioMaxDefault: Decimal | null
  /** Count of instruments with a position or a working order that adds to one. */
  readonly openPositionsMax: number
  /** Fraction that one instrument may have of the larger of total exposure and `totalExposureMax`. */
  readonly marketConcentrationRatioMax: Decimal
  /** All positions and working orders, in account currency whatever the equity is. */
  readonly totalExposureMax: Decimal
  /** Notional traded within the UTC day plus what works; null switches the check off. */
  readonly dailyNotionalMax: Decimal | null
  /** Furthest that a price may be on the costly side of the mid, in basis points of it. */
  readonly priceDeviationBpsMax: Decimal
  /** What a market order is assumed to slip beyond its reference price, in basis points of it. */
  readonly marketOrderBufferBps: Decimal
  /** Oldest quote that may be traded on, ms. */
  readonly quoteAgeMsMax: number
  /** Longest time without a change of a wanted one-minute bar, ms. */
  readonly barAgeMsMax: number
  /** What an amount cap does with an order that fits in part: sends what fits, or blocks it whole. */
  readonly capAction: 'downsize' | 'block'
  /** True lets a bot's own reducing orders pass while the kill switch is active or its scope is halted. An operator's flatten always may. */
  readonly reducingAllowedUnderKillSwitch: boolean
}

/** The catalogue's defaults (RSK-02, MKT-05, EXE-01, EXE-02). */
export const DEFAULT_RISK_LIMITS: RiskLimits = Object.freeze({
  ...DEFAULT_GUARD_LIMITS,
  orderNotionalMin: '20' as Decimal,
  orderNotionalMax: '2000' as Decimal,
  totalAtRiskRatioMax: '0.15' as Decimal,
  positionRatioMax: '0.05' as Decimal,
  assetRatioMax: '0.05' as Decimal,
  strategyRatioMax: Object.freeze({ 'trend-following': '0.4' as Decimal, 'mean-reversion': '0.3' as Decimal }),
  strategyRatioMaxDefault: null,
  openPositionsMax: 10,
  marketConcentrationRatioMax: '0.3' as Decimal,
  totalExposureMax: '10000' as Decimal,
  dailyNotionalMax: '1000000' as Decimal,
  priceDeviationBpsMax: '100' as Decimal,
  marketOrderBufferBps: '50' as Decimal,
  quoteAgeMsMax: 5_000,
  barAgeMsMax: 90_000,
  capAction: 'downsize',
  reducingAllowedUnderKillSwitch: true,
})

/** How long a verdict may be acted on, ms (design §6). */
export const VERDICT_AGE_MS_MAX = 1_000

/** The best prices as the gate needs them. */
export interface GateQuote {
  /** Quote per base. */
  readonly bidPrice: Decimal
  readonly askPrice: Decimal
  /** The middle of both, where somebody has worked it out already: a judgement asks for it half a dozen times. */
  readonly midPrice?: Decimal | null
  readonly receivedAtMs: number
}

/** What holds for the scope of an order at this instant. */
export interface ScopeState {
  readonly isKillSwitchActive: boolean
  readonly company: 'trading' | 'paused' | 'halted'
  readonly bot: 'active' | 'paused' | 'halted'
  readonly venue: 'online' | 'degraded' | 'down'
  /** The private stream is up and not silent, and what it missed has been filled in. */
  readonly isPrivateStreamSound: boolean
  /** The product's market data is subscribed, up and free of gaps. */
  readonly isProductDataSound: boolean
  /** Ledger and venue disagree about the account. */
  readonly hasDrift: boolean
  /** Why a scope of the order takes only what lowers exposure; null where none does. */
  readonly reducing: string | null
}

/** Totals by the ledger, before anything is taken off for working orders: the gate subtracts what its book reserves. */
export interface GateBalances {
  /** Quote asset in the venue account. */
  readonly quoteOfAccount: Decimal
  /** Quote asset in the bot's sub-account. */
  readonly quoteOfBot: Decimal
  /** Base asset in the venue account. */
  readonly baseOfAccount: Decimal
}

/** All facts that the gate judges by, read in one synchronous step. The caller freezes it; figures of it go into the verdict. */
export interface GateView {
  readonly nowMs: number
  /** From `ScopeEpochs.epochOf` for the order's bot, venue and instrument. */
  readonly epoch: number
  /** Account currency; at or below zero nothing that adds risk passes. */
  readonly equity: Decimal
  readonly instrument: Instrument
  /** Account currency per unit of the instrument's quote asset: `1` for USD instruments of a USD account. */
  readonly quoteRate: Decimal
  /** An asset for want of whose price exposure cannot be told: of the order, or of what is held. Null or absent where there is none. */
  readonly pricelessAsset?: AssetCode | null
  /** Null when there is no quote yet, or the book is one-sided or being rebuilt. */
  readonly quote: GateQuote | null
  /** When a one-minute bar of the instrument last changed; null where none is wanted. */
  readonly barAtMs: number | null
  readonly scope: ScopeState
  /** Net quantity of the bot's own sub-account on the instrument, signed, base. */
  readonly positionOfBot: Decimal
  readonly held: HeldExposure
  /** The positions that `held` sums, for scopes that only some checks ask for. */
  readonly positions: readonly HeldPosition[]
  /** Instruments with a position that is not zero, whichever bot holds it. */
  readonly openInstruments: ReadonlySet<InstrumentId>
  readonly balances: GateBalances
  /** Notional filled since the start of the UTC day, account currency, bought and sold. */
  readonly tradedToday: Decimal
  /** What region, venue and policy allow together. */
  readonly capabilities: { readonly shorts: boolean; readonly margin: boolean }
  /** True for an order that an operator asked for to reduce a position; it is judged as any other apart from state checks. */
  readonly isOperatorFlatten: boolean
  /** Own orders in doubt that the order does not wait for; absent for none. */
  readonly passedOver?: ReadonlySet<OrderKey>
  /** Whose closing order waits for this side of the market to be free of our own; null or absent where none does. */
  readonly wayOf?: BotId | null
  readonly guards: GuardFacts
}

/** What the book knows an order by: our client order id, or the venue's id of a foreign order. */
export type OrderKey = ClientOrderId | VenueOrderId

/** What one working order can still cost: the book's row. It lives from the verdict to the order's evidence of ending. */
export interface Reservation {
  readonly key: OrderKey
  readonly accountId: AccountId
  readonly venueId: VenueId
  readonly instrumentId: InstrumentId
  readonly baseAsset: AssetCode
  readonly quoteAsset: AssetCode
  /** Of its instrument. */
  readonly windowId: string | null
  /** Null for a foreign order, as is the strategy. */
  readonly botId: BotId | null
  readonly strategyId: StrategyId | null
  readonly side: Side
  /** It waits for its trigger, so no order meets it; left out for every other. */
  readonly isStop?: boolean
  /** Base, still to be filled; the larger of old and new while an amend is unanswered. */
  readonly leavesQuantity: Decimal
  /** The part of the leaves that adds to a position; the rest reduces one. */
  readonly addingQuantity: Decimal
  /** Worst-case notional of the adding part with its fee, account currency. */
  readonly notional: Decimal
  /** Quote asset that a buy can still take, fee included; zero for a sell. */
  readonly cash: Decimal
  /** What the adding part loses at its intent's stop, fees of both ways included, account currency. */
  readonly risk: Decimal
  /** Null for a market order. While an amend is unanswered the price that is easier to meet. */
  readonly limitPrice: Decimal | null
}

/** An order that is known without a verdict of this process: after a restart, or a foreign one of the account (bot and strategy null). */
export interface KnownOrder {
  readonly key: OrderKey
  readonly accountId: AccountId
  /** Null for a foreign order, as is the strategy. */
  readonly botId: BotId | null
  readonly strategyId: StrategyId | null
  readonly side: Side
  readonly isStop?: boolean
  /** Base, the whole order. */
  readonly quantity: Decimal
  readonly filledQuantity: Decimal
  readonly limitPrice: Decimal | null
  /** Terms of an amend that is not answered: the larger of both is held until `settleAmend`; null for none. */
  readonly amend: { readonly quantity: Decimal; readonly limitPrice: Decimal | null } | null
  /** Price to judge a market order at; equal to `limitPrice` for a limit order. */
  readonly referencePrice: Decimal
  readonly postOnly: boolean
  /** The stop of the intent that it follows; null for none, as for a foreign order. */
  readonly stopPrice: Decimal | null
}

/** How a plan prices its orders (EXE-02). */
export interface RoutingConfig {
  /**
   * `limit` at the mid ± `slippageBpsMax`, `marketable` at the far side of the quote within the same bound, `postOnly` at the near side,
   * `market` without a price.
   */
  readonly style: 'market' | 'limit' | 'marketable' | 'postOnly'
  /** Basis points of the mid that a price may give away at most. */
  readonly slippageBpsMax: Decimal
  /** A market order is always `ioc`, a post-only one always `gtc`. */
  readonly timeInForce: 'gtc' | 'ioc'
  /** Makes it a stop with this trigger, quote per base, whatever the style. Left out for every order that a strategy is behind. */
  readonly triggerPrice?: Decimal
}

/** Limit at mid ± 50 bps, GTC, not post-only. */
export const DEFAULT_ROUTING: RoutingConfig = Object.freeze({ style: 'limit', slippageBpsMax: '50' as Decimal, timeInForce: 'gtc' })

/** A working (or unresolved) order of the planned bot on the planned instrument. */
export interface WorkingOrder {
  readonly clientOrderId: ClientOrderId
  readonly side: Side
  readonly leavesQuantity: Decimal
  /** True once its cancel has been asked for: it still counts until evidence, and is not canceled twice. */
  readonly isCanceling: boolean
  /** It waits at the venue for its trigger; left out for every other order. */
  readonly isStop?: boolean
}

/** What `planIntent` needs to know. All figures are the bot's own on the intent's instrument. */
export interface PlanRequest {
  readonly intent: Intent
  /** Net quantity of the bot's sub-account, signed, base; net of fees that were charged in base. */
  readonly position: Decimal
  readonly working: readonly WorkingOrder[]
  readonly instrument: Instrument
  /** Null when there is none: then nothing is planned, with a reason. */
  readonly quote: GateQuote | null
  readonly routing: RoutingConfig
  readonly sizing: SizingConfig
  readonly means: SizingMeans
  /** `tag` of the data directory (6 hex digits); `firstIndex` is 0 for a new intent, the next free number for a replacement. */
  readonly ids: { readonly tag: string; readonly accountId: AccountId; readonly firstIndex: number }
  readonly nowMs: number
}

export type PlanAction = 'open' | 'increase' | 'reduce' | 'close' | 'none'

/** Why a plan holds no order, or what made it. */
export type PlanReason =
  | 'planned'
  | 'hold'
  | 'at_target'
  | 'working_covers'
  | 'awaiting_cancel'
  | 'market_data_unavailable'
  | 'below_lot'
  | 'below_quantity_min'
  | 'below_notional_min'
  | 'below_order_notional_min'
  | 'dust'
  | 'no_edge'
  | 'unsized'

/** What is to be done for an intent: cancels first, then the proposals in order (a close before the open beyond zero). */
export interface Plan {
  readonly action: PlanAction
  readonly reason: PlanReason
  /** One sentence for a person. */
  readonly text: string
  /** Position now and wanted, signed, base. */
  readonly current: Decimal
  readonly target: Decimal
  readonly proposals: readonly Proposal[]
  readonly cancels: readonly ClientOrderId[]
}

/** The gate as the order desk uses it; `RiskGate` in `gate.ts`. All calls are synchronous. */
export interface Gate {
  /** Judges and, on a pass, reserves in the same step. A pass may carry a smaller quantity than proposed. */
  judge(proposal: Proposal, view: GateView): Verdict
  /**
   * Judges an order as it will stand after an amend: `quantity` is the new total, of which the book knows what is filled. On a pass the
   * book holds the larger of old and new until `settleAmend`. Never downsizes. One amend of an order at a time.
   */
  reserveAmend(amended: Proposal, view: GateView): Verdict
  /** Ends the double reservation: the new terms when accepted, the old when refused. An ambiguous answer settles nothing. */
  settleAmend(clientOrderId: ClientOrderId, outcome: 'accepted' | 'refused'): void
  /** True when this very object is an approval that this gate minted; the desk asks before it sends. */
  hasMinted(order: Proposal): boolean
}

/** The book of reservations; `ExposureBook` in `exposure.ts`. The gate reserves; the desk reports what becomes of the orders. */
export interface Book {
  /** Reserves for an order that is known without a verdict (restart, foreign order). Replaces an older row of the same key. */
  restore(order: KnownOrder, instrument: Instrument, quoteRate: Decimal, positionOfBot: Decimal): void
  /** Takes a fill off the reservation; call it in the step that moves the fill into the position. Unknown keys are ignored. */
  fill(key: OrderKey, quantity: Decimal): void
  /** Tells of a fill that no reservation covers: a stranger's (null), or one that came after its order's end. */
  fillUnreserved(botId: BotId | null, instrumentId: InstrumentId, side: Side, quantity: Decimal): void
  /** Ends a reservation on evidence of the order's end, or when it was never sent. Unknown keys are ignored. */
  release(key: OrderKey): void
  get(key: OrderKey): Reservation | null
  /** What fills have taken off the order since it was reserved or restored, base; zero for an unknown key. */
  filledOf(key: OrderKey): Decimal
  all(): readonly Reservation[]
  /** Worst-case notional of all working orders, account currency. */
  total(): Decimal
}

/** What a scope's epoch is kept for. */
export type Scope =
  | { readonly kind: 'company' }
  | { readonly kind: 'venue'; readonly venueId: VenueId }
  | { readonly kind: 'instrument'; readonly instrumentId: InstrumentId }
  | { readonly kind: 'bot'; readonly botId: BotId }

/** `ScopeEpochs` in `epoch.ts`. */
export interface Epochs {
  /** Call when a halt, a pause or a limit of the scope changes, and when its data turns unsound. */
  bump(scope: Scope): void
  /** One number that differs after a bump of any scope the order belongs to. */
  epochOf(botId: BotId, venueId: VenueId, instrumentId: InstrumentId): number
}
