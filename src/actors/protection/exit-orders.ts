import { type Decimal, isNegative } from '#domain/decimal'
import { type InstrumentId, venueOf } from '#domain/ids'
import type { Intent } from '#domain/intent'
import { priceOff } from '#risk/price'
import { collarOf, type ExitWork, LAST_STEP, stepOf, workOf } from '#risk/protection'
import type { BotSpec } from '../bots/bot-spec'
import type { ExecutionTerms } from '../desk/desk'
import { closingIntent, rests } from './closing-intent'
import type { ProtectionDeps } from './protection-deps'

/** What the steps of one position's exit ask of the desk. */
export class ExitOrders {
  readonly #spec: BotSpec
  readonly #instrumentId: InstrumentId
  readonly #deps: ProtectionDeps

  constructor(spec: BotSpec, instrumentId: InstrumentId, deps: ProtectionDeps) {
    this.#spec = spec
    this.#instrumentId = instrumentId
    this.#deps = deps
  }

  /**
   * Returns how the step of this number is worked in the present market.
   * @param isResting an order rests at the collar: it is amended on with the market until it is met. Were it canceled because the market is
   * no wider than an order may reach, that might be its own doing, and over with its end.
   */
  workOf(number: number, isResting: boolean): ExitWork {
    const { market } = this.#deps
    if (isResting && stepOf(number) === 'market' && this.#deps.amends(venueOf(this.#instrumentId))) return 'resting'
    const quote = market.isSound(this.#instrumentId) ? market.quote(this.#instrumentId) : null
    return workOf(stepOf(number), this.#position, quote, market.mid(this.#instrumentId), this.#deviationBpsMax)
  }

  /** How far beyond the mid the step of this number may trade, basis points. */
  collarBps(number: number): Decimal {
    return collarOf(number, this.#spec.protection.collarBps, this.#deviationBpsMax)
  }

  /** Returns the intent to close the position. @param reason the kind of level that was reached. */
  intent(id: string, reason: string, routing: Intent['routing'] = null): Intent {
    const holder = this.#deps.portfolio.strategyOf(this.#spec.botId, this.#instrumentId)
    return closingIntent(this.#spec, holder, this.#instrumentId, id, reason, this.#deps.clock.now(), routing)
  }

  /** Returns the order that a step wishes. One that may amend the order of the step before states its price itself: that is what the desk amends by. */
  wishOf(number: number, work: ExitWork): Intent['routing'] {
    const mid = this.#deps.market.mid(this.#instrumentId)
    if ((work !== 'nearer' && work !== 'resting') || mid === null) return null
    const limitPrice = priceOff(mid, this.collarBps(number), isNegative(this.#position) ? 'up' : 'down')
    return { kind: 'limit', limitPrice, postOnly: false }
  }

  /** Returns how the desk works a step. */
  terms(work: ExitWork, number = LAST_STEP): ExecutionTerms {
    const style = work === 'market' ? 'market' : 'limit'
    const routing = { style, slippageBpsMax: this.collarBps(number), timeInForce: rests(work) ? 'gtc' : 'ioc' } as const
    return { routing, sizing: this.#spec.sizing, isOperatorFlatten: false, shouldPreview: false, isProtective: true }
  }

  get #position(): Decimal {
    return this.#deps.portfolio.positionOf(this.#spec.botId, this.#instrumentId)
  }

  get #deviationBpsMax(): Decimal {
    return this.#deps.deviationBpsMax(this.#spec.botId, venueOf(this.#instrumentId))
  }
}
