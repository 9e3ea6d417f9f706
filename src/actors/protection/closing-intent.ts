import { type InstrumentId, intentId } from '#domain/ids'
import type { Intent } from '#domain/intent'
import type { BotSpec } from '../bots/bot-spec'

/** What the intents of protective exits have in their ids: their orders are known by it after a restart too. */
export const PROTECTION_MARK = ':protect:'
/** And those of stops that rest at the venue. */
export const NATIVE_MARK = `${PROTECTION_MARK}native:`

/** Returns the intent to close a bot's position that its protection hands the desk. */
export function closingIntent(
  { botId, strategy }: BotSpec,
  instrumentId: InstrumentId,
  id: string,
  reason: string,
  atMs: number,
  routing: Intent['routing'],
): Intent {
  return {
    intentId: intentId(`${botId}:${instrumentId}${PROTECTION_MARK}${id}`),
    botId,
    strategyId: strategy.strategyId,
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
