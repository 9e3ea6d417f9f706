import { type Decimal, ZERO } from '#domain/decimal'
import type { ClientOrderId, IntentId } from '#domain/ids'
import type { Intent, IntentGrounds } from '#domain/intent'
import type { StrategyBudget } from './aggregate'
import type { Exclusion } from './universe'
import type { TierFacts } from './tier-facts'

/** What the gate reads of the intent behind an order. */
export interface IntentFacts {
  readonly intentId: IntentId
  readonly stopPrice: Decimal | null
  /** 0 to 1. */
  readonly conviction: number
  readonly grounds: IntentGrounds | null
}

/** Returns what the gate reads of an intent. */
export function intentFactsOf({ intentId, stopPrice, conviction, grounds }: Intent): IntentFacts {
  return { intentId, stopPrice, conviction, grounds: grounds ?? null }
}

/** The last order that a bot sent on one side of an instrument. */
export interface SentOrder {
  readonly clientOrderId: ClientOrderId
  readonly intentId: IntentId
  readonly quantity: Decimal
  readonly limitPrice: Decimal | null
  readonly atMs: number
}

/** A throttle that tripped and waits for a named operator. */
export interface LatchedThrottle {
  readonly kind: ThrottleKind
  readonly reason: string
  readonly sinceMs: number
}

export type ThrottleKind = 'messages' | 'executions'

/** What a bot has sent lately, and whether its throttle holds it. */
export interface ThrottleFacts {
  readonly latched: LatchedThrottle | null
  /** Submissions and amends within the last second. */
  readonly messages: number
  /** Orders on this side of the instrument within the window. */
  readonly executions: number
}

/** How far the newest mid is from those of the minute before. */
export interface PriceJump {
  /** In standard deviations of them; Infinity where they all were the same. */
  readonly sigmas: number
  /** In basis points of their mean. */
  readonly bps: number
}

/** What the account's region allows at the venue (VEN-05). */
export interface RegionFacts {
  readonly code: string
  readonly supportsFutures: boolean
  /** Assets that may not be bought there. */
  readonly barredAssets: readonly string[]
}

/** What it costs now to have a transaction included. */
export interface GasFacts {
  readonly priceGwei: Decimal
  readonly priorityGwei: Decimal
  /** Account currency, of the whole transaction. */
  readonly cost: Decimal
}

/** What positions would lose if each was closed at its stop, account currency. */
export interface HeldRisk {
  readonly total: Decimal
  /** The order's bot on the order's instrument. */
  readonly ofLine: Decimal
}

/** Whether a universe admits an instrument now; the exclusion is null where it does. */
export interface Admission {
  readonly exclusion: Exclusion | null
}

/** Facts of the guards. Null where a fact does not apply: the check that asks for it then passes. */
export interface GuardFacts {
  /** Null for an order whose intent is not known any more. */
  readonly intent: IntentFacts | null
  /** True when an order of this id was sent before, and this is no retry of it. */
  readonly isRepeat: boolean
  readonly lastSent: SentOrder | null
  /** Newest fill on the instrument, whoever's; newest close at a stop or beyond. UTC ms. */
  readonly filledAtMs: number | null
  readonly stoppedAtMs: number | null
  readonly throttle: ThrottleFacts
  /** Base, traded in the last 24 hours. */
  readonly volume24h: Decimal | null
  readonly jump: PriceJump | null
  readonly region: RegionFacts | null
  readonly gas: GasFacts | null
  /** What the bot was given, account currency. */
  readonly capital: Decimal | null
  /** Of the order's strategy in its bot. */
  readonly budget: StrategyBudget | null
  /** Of the order's instrument, where the tier has a cap. */
  readonly tier: TierFacts | null
  /** Null for a bot that names its instruments. */
  readonly admission: Admission | null
  /** Worked out when it is asked for. */
  readonly risk: HeldRisk
}

/** A bot that has sent nothing and whose market nobody knows anything about. */
export const NO_GUARD_FACTS: GuardFacts = Object.freeze({
  intent: null,
  isRepeat: false,
  lastSent: null,
  filledAtMs: null,
  stoppedAtMs: null,
  throttle: Object.freeze({ latched: null, messages: 0, executions: 0 }),
  volume24h: null,
  jump: null,
  region: null,
  gas: null,
  capital: null,
  budget: null,
  tier: null,
  admission: null,
  risk: Object.freeze({ total: ZERO, ofLine: ZERO }),
})
