import type { Decimal } from './decimal'
import type { BotId, InstrumentId, IntentId, StrategyId } from './ids'
import type { Timeframe } from './time'

export type IntentKind = 'enter' | 'exit' | 'increase' | 'reduce' | 'hold'

/**
 * The position a strategy wants, signed (long positive): a base quantity, a quote notional, or `risk` to let sizing decide
 * its magnitude in the given direction. `exit` states zero.
 */
export type IntentTarget =
  | { readonly kind: 'quantity'; readonly quantity: Decimal }
  | { readonly kind: 'notional'; readonly notional: Decimal }
  | { readonly kind: 'risk'; readonly direction: 'long' | 'short' }
  | { readonly kind: 'flat' }
  /** Keep what is held. */
  | { readonly kind: 'unchanged' }

/** How a strategy wants its target worked. The price is a wish: the plan rounds it to the tick, the gate judges it. */
export type IntentRouting = {
  readonly kind: 'limit'
  /** Quote per base. */
  readonly limitPrice: Decimal
  readonly postOnly: boolean
}

/** How often a bet wins and what it then pays: what the Kelly criterion asks (RSK-07). */
export type IntentEdge = {
  /** 0 to 1. */
  readonly winProbability: number
  /** What is won for each unit that is lost otherwise; positive. */
  readonly payoffRatio: number
}

/** What a strategy knows beside its wish, for sizing and for the gate; null where it knows nothing of the kind. An alias: it is `Json`. */
export type IntentGrounds = {
  readonly edge: IntentEdge | null
  /** What the position is for: only a directional one is a bet on the price (RSK-06). */
  readonly style: 'directional' | 'arbitrage' | 'marketMaking' | 'hedge'
  /** Notional of the trade that is copied, quote (STR-10). */
  readonly sourceNotional: Decimal | null
  /** What the whole trade is expected to earn before its costs, account currency (VEN-14). */
  readonly expectedProfit: Decimal | null
}

/** What a strategy wants (STR-02): desired state, not a command to trade. */
export interface Intent {
  readonly intentId: IntentId
  readonly botId: BotId
  readonly strategyId: StrategyId
  readonly instrumentId: InstrumentId
  readonly kind: IntentKind
  readonly target: IntentTarget
  /** Price at which the idea is wrong, quote per base; null when the strategy states none. */
  readonly stopPrice: Decimal | null
  readonly takeProfitPrice: Decimal | null
  /** How far behind its best price a position is given up, as a share of that price (0 to 1, both exclusive); left out by strategies that state none. */
  readonly trailingRatio?: Decimal
  /** 0 to 1. */
  readonly conviction: number
  readonly timeframe: Timeframe
  /** Close time of the bar that it was decided on. */
  readonly decidedOnMs: number
  /** Null leaves the way of execution to the plan. */
  readonly routing: IntentRouting | null
  /** Figures that explain the decision, for the journal and the page. */
  readonly metadata: Readonly<Record<string, string | number | boolean>>
  /** Left out by strategies that know nothing of the kind. */
  readonly grounds?: IntentGrounds
  /** Average true range of the bars decided on, quote per base: added by the bot's runner where its sizing asks for it (RSK-04). */
  readonly averageTrueRange?: number
}
