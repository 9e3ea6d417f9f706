import { type Decimal, decimal } from '#domain/decimal'
import type { Intent } from '#domain/intent'
import type { Bar } from '#domain/market'
import type { ConfiguredStrategy, StrategyContext } from '#strategies/types'
import { barsOf, contextOf, viewOf } from './strategy-fixture'

/** A study that has heard bars, and the context that a strategy gets after them. */
export class Scene {
  readonly strategy: ConfiguredStrategy
  readonly #study: ReturnType<ConfiguredStrategy['study']>
  #heard: Bar[] = []

  constructor(strategy: ConfiguredStrategy) {
    this.strategy = strategy
    this.#study = strategy.study()
  }

  get readings(): Readonly<Record<string, number>> {
    return this.#study.readings as Readonly<Record<string, number>>
  }

  hear(bar: Bar): this {
    this.#study.push(bar.open, bar.high, bar.low, bar.close, bar.volume)
    this.#heard.push(bar)
    return this
  }

  context(netQuantity: string = '0', shorts = true): StrategyContext {
    const { decidesOn } = this.strategy
    return contextOf({
      bars: { [decidesOn]: viewOf(this.#heard) },
      timeframe: decidesOn,
      readings: this.#study.readings as object,
      netQuantity,
      shorts,
    })
  }

  decide(netQuantity: string = '0', shorts = true): readonly Intent[] {
    return this.strategy.decide(this.context(netQuantity, shorts))
  }
}

/** A change of position: decided at the close of bar `at`, held from the next open on. */
export interface Move {
  readonly at: number
  readonly to: string
}

/** Plays bars to a strategy whose wishes come true at each next open; returns what it did. Targets of `risk` weigh 1. */
export function play(strategy: ConfiguredStrategy, bars: readonly Bar[], shorts = true): readonly Move[] {
  const scene = new Scene(strategy)
  const moves: Move[] = []
  let held: Decimal = decimal('0')
  for (const [at, bar] of bars.entries()) {
    const [intent] = scene.hear(bar).decide(held, shorts)
    const to = intent === undefined ? held : targetOf(intent, held)
    if (to !== held) moves.push({ at, to })
    held = to
  }
  return moves
}

function targetOf({ target }: Intent, held: Decimal): Decimal {
  switch (target.kind) {
    case 'flat':
      return decimal('0')
    case 'quantity':
      return target.quantity
    case 'risk':
      return decimal(target.direction === 'long' ? '1' : '-1')
    case 'unchanged':
      return held
    case 'notional':
      throw new Error('none of these strategies states a notional')
  }
}

/** As `play`, over bars of one minute that close at these prices. */
export const playCloses = (strategy: ConfiguredStrategy, closes: readonly number[], shorts = true): readonly Move[] =>
  play(strategy, barsOf(closes, strategy.decidesOn), shorts)
