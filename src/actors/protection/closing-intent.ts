import { type InstrumentId, intentId, type StrategyId } from '#domain/ids'
import type { Intent } from '#domain/intent'
import { type Decimal, isNegative } from '#domain/decimal'
import { priceOff } from '#risk/price'
import type { ExitStep } from '#risk/protection'
import { type BotSpec, closerOf } from '../bots/bot-spec'
import type { ExecutionTerms } from '../desk/desk'

/** What the intents of protective exits have in their ids: their orders are known by it after a restart too. */
export const PROTECTION_MARK = ':protect:'
/** And those of stops that rest at the venue. */
export const NATIVE_MARK = `${PROTECTION_MARK}native:`

/** Returns the intent to close a bot's position that its protection hands the desk. */
export function closingIntent(
  spec: BotSpec,
  holder: StrategyId | null,
  instrumentId: InstrumentId,
  id: string,
  reason: string,
  atMs: number,
  routing: Intent['routing'],
): Intent {
  const { botId, strategy } = spec
  return {
    intentId: intentId(`${botId}:${instrumentId}${PROTECTION_MARK}${id}`),
    botId,
    strategyId: closerOf(spec, holder),
    instrumentId,
    kind: 'exit',
    target: { kind: 'flat' },
    stopPrice: null,
    takeProfitPrice: null,
    conviction: 1,
    timeframe: strategy.decidesOn,
    decidedOnMs: atMs,
    routing,
    metadata: { reason },
  }
}

/** True for a step whose order rests until it is filled or amended. */
export function rests(step: ExitStep): boolean {
  return step === 'limit' || step === 'nearer'
}

/** Returns how the desk works a step of an exit. */
export function exitTerms({ sizing }: BotSpec, step: ExitStep, slippageBpsMax: Decimal): ExecutionTerms {
  const style = step === 'market' ? 'market' : 'limit'
  const routing: ExecutionTerms['routing'] = { style, slippageBpsMax, timeInForce: rests(step) ? 'gtc' : 'ioc' }
  return { routing, sizing, isOperatorFlatten: false, shouldPreview: false, passesDoubt: true }
}

/** Returns the wish for a limit order that closes a position so far beyond the mid; null without one. */
export function collaredWish(mid: Decimal | null, collarBps: Decimal, position: Decimal): Intent['routing'] {
  if (mid === null) return null
  return { kind: 'limit', limitPrice: priceOff(mid, collarBps, isNegative(position) ? 'up' : 'down'), postOnly: false }
}
