import { isNegative, isZero } from '#domain/decimal'
import { type BotId, botId } from '#domain/ids'
import type { Json } from '#domain/json'
import { readArray, readDecimal, readInteger, readNullable, readObject, readText } from '#domain/json-read'
import type { RealizedRecord, TradeDetail } from '#domain/posting'
import { extendStreak, type LossStreak, NO_STREAK } from '#risk/breakers/consecutive-losses'
import type { Realization } from '#risk/breakers/daily-loss'

/** Running counts of a bot's trades. */
export interface TradeStats {
  readonly fills: number
  /** Fills that closed something at a gain or even, and at a loss. */
  readonly wins: number
  readonly losses: number
  /** Losing trades in a row, the fills of one closing order taken together. */
  readonly streak: LossStreak
}

const NO_STATS: TradeStats = { fills: 0, wins: 0, losses: 0, streak: NO_STREAK }

/** Counts wins, losses and runs of losses by bot. */
export class TradeCounts {
  readonly #stats = new Map<BotId, TradeStats>()

  of(bot: BotId): TradeStats {
    return this.#stats.get(bot) ?? NO_STATS
  }

  count(bot: BotId, trade: TradeDetail, realized: RealizedRecord | null): void {
    const stats = this.of(bot)
    const isClosing = realized !== null && !isZero(realized.closedQuantity)
    const isLoss = isClosing && isNegative(realized.realizedValue)
    const streak = realized === null ? stats.streak : extendStreak(stats.streak, realizationOf(trade, realized))
    const wins = stats.wins + (isClosing && !isLoss ? 1 : 0)
    this.#stats.set(bot, { fills: stats.fills + 1, wins, losses: stats.losses + (isLoss ? 1 : 0), streak })
  }

  /** Forgets a bot's run of losses: its breaker tripped on it, or an operator signed it off. */
  forgetLosses(bot: BotId): void {
    this.#stats.set(bot, { ...this.of(bot), streak: NO_STREAK })
  }

  snapshot(): Json {
    return [...this.#stats].map(([bot, stats]) => ({ bot, ...stats, streak: { ...stats.streak } }))
  }

  /** Takes the place of a fold up to the snapshot's sequence. @throws {AppError} `REPLAY_INVALID` for other JSON. */
  restore(json: Json): void {
    this.#stats.clear()
    for (const item of readArray(json, 'stats')) {
      const stats = readObject(item, 'stats')
      const streak = readObject(stats['streak'], 'streak')
      this.#stats.set(botId(readText(stats['bot'], 'bot')), {
        fills: readInteger(stats['fills'], 'fills'),
        wins: readInteger(stats['wins'], 'wins'),
        losses: readInteger(stats['losses'], 'losses'),
        streak: {
          losses: readInteger(streak['losses'], 'streak.losses'),
          before: readInteger(streak['before'], 'streak.before'),
          key: readNullable(streak['key'], 'streak.key', readText),
          value: readDecimal(streak['value'], 'streak.value'),
        },
      })
    }
  }
}

function realizationOf(trade: TradeDetail, { realizedValue, closedQuantity, atMs }: RealizedRecord): Realization {
  return { key: trade.clientOrderId ?? trade.tradeId, realizedValue, closedQuantity, atMs }
}
