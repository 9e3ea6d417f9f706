import type { BotId, StrategyId } from '#domain/ids'

/** What became of a strategy's wishes in a bot, since the company started. */
export interface StrategyTally {
  /** Wishes other than to keep what is held. */
  proposals: number
  /** Orders that were sent for it. */
  approved: number
  /** Wishes that were not handed to the desk, by reason. */
  readonly dropped: Map<string, number>
  /** Orders that the gate refused, by its code. */
  readonly blocked: Map<string, number>
}

/** The tallies of all strategies, by bot. */
export class StrategyTallies {
  readonly #tallies = new Map<BotId, Map<StrategyId, StrategyTally>>()

  of(botId: BotId, strategyId: StrategyId): StrategyTally {
    let ofBot = this.#tallies.get(botId)
    if (ofBot === undefined) {
      ofBot = new Map()
      this.#tallies.set(botId, ofBot)
    }
    let tally = ofBot.get(strategyId)
    if (tally === undefined) {
      tally = { proposals: 0, approved: 0, dropped: new Map(), blocked: new Map() }
      ofBot.set(strategyId, tally)
    }
    return tally
  }
}

/** Counts one more. */
export function countIn(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
