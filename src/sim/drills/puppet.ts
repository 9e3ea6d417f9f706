import type { Company } from '#actors/company/company'
import { add, type Decimal, decimal, divide, isZero, multiply, roundToStep } from '#domain/decimal'
import type { Intent } from '#domain/intent'
import { intentBase, NO_INTENTS } from '#strategies/decision'
import type { StrategyContext } from '#strategies/types'
import type { Life } from '#sim/world/world'

/** What a drill has a bot ask for, once. */
interface Wish {
  /** Base, signed. */
  readonly change: Decimal
  /** Basis points that a resting order keeps away from the mid; null to trade at once. */
  readonly awayBps: number | null
}

/** Takes the place of every strategy of a drill: a bot asks for what it was given, when it is next asked, and otherwise for nothing. */
export class Puppets {
  readonly #wishes = new Map<string, Wish>()

  /** Gives a bot a wish, in place of one that it has not voiced yet. */
  give(bot: string, instrument: string, change: string, awayBps: number | null): void {
    this.#wishes.set(`${bot} ${instrument}`, { change: decimal(change), awayBps })
  }

  /** Takes back what was not voiced. */
  forget(): void {
    this.#wishes.clear()
  }

  /** Puts the puppets into a life's bots before it starts: no registered strategy is so quiet, and none can be told what to do. */
  follow({ runtime }: Life): void {
    for (const bot of runtime.company.deps.bots) {
      const decide = (context: StrategyContext) => this.#decide(runtime.company, context)
      Object.assign(bot, { strategy: { ...bot.strategy, decide } })
    }
  }

  #decide(company: Company, context: StrategyContext): readonly Intent[] {
    const key = `${context.botId} ${context.instrumentId}`
    const wish = this.#wishes.get(key)
    if (wish === undefined) return NO_INTENTS
    this.#wishes.delete(key)
    const target = add(context.position.netQuantity, wish.change)
    const limitPrice = wish.awayBps === null ? null : priceAt(company, context, wish.awayBps)
    return [
      {
        ...intentBase(context),
        strategyId: strategyOf(company, context),
        kind: isZero(target) ? 'exit' : 'enter',
        target: isZero(target) ? { kind: 'flat' } : { kind: 'quantity', quantity: target },
        stopPrice: null,
        takeProfitPrice: null,
        conviction: 1,
        routing: limitPrice === null ? null : { kind: 'limit', limitPrice, postOnly: true },
        metadata: {},
      },
    ]
  }
}

function strategyOf({ deps }: Company, { botId }: StrategyContext): Intent['strategyId'] {
  return deps.bots.find((bot) => bot.botId === botId)?.strategy.strategyId ?? ('none' as Intent['strategyId'])
}

/** A price below the mid on the grid; null without one. */
function priceAt({ market }: Company, { instrumentId }: StrategyContext, awayBps: number): Decimal | null {
  const mid = market.mid(instrumentId)
  if (mid === null) return null
  const price = divide(multiply(mid, decimal(10_000 - awayBps)), decimal(10_000))
  return roundToStep(price, market.instrument(instrumentId).tickSize, 'down')
}
