import { type InstrumentId, intentId, type StrategyId } from '#domain/ids'
import type { Intent } from '#domain/intent'
import type { ExitWork } from '#risk/protection'
import { type BotSpec, closerOf } from '../bots/bot-spec'
import { PROTECTION_MARK } from './marks'

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
export function rests(work: ExitWork): boolean {
  return work === 'limit' || work === 'nearer' || work === 'resting'
}
