import { messageOf } from '#domain/errors'
import { type Decimal, multiply, ONE } from '#domain/decimal'
import { type BotId, type InstrumentId, intentId, type StrategyId } from '#domain/ids'
import type { Intent } from '#domain/intent'
import type { LogPort } from '#ports/alerter'
import type { ClockPort } from '#ports/clock'
import { type BotSpec, closerOf } from '../bots/bot-spec'
import type { ExecutionTerms, OrderDesk, PlanResult } from '../desk/desk'
import type { StrategyDesk } from './strategy-desk'
import { countIn } from './strategy-tally'

/** What a bot did lately, for the page. */
export interface BotActivity {
  intents: number
  orders: number
  blocked: number
  lastDecision: { readonly atMs: number; readonly text: string } | null
}

export interface BotDeskDeps {
  readonly clock: ClockPort
  readonly log: LogPort
  readonly desk: OrderDesk
  readonly strategies: StrategyDesk
  /** The strategy that holds a bot's position, else the one whose orders work there; null for none. */
  holderOf(botId: BotId, instrumentId: InstrumentId): StrategyId | null
  onActivity(botId: BotId): void
  /** A protective exit closes the bot's position: nothing else is decided of it meanwhile. */
  isExiting(botId: BotId, instrumentId: InstrumentId): boolean
}

/** What the intents of an emergency's closing orders have in their ids: they are known by it after a restart too. */
export const EMERGENCY_MARK = ':emergency:'

/** Between bots and the order desk: takes intents, counts what became of them, closes its positions. */
export class BotDesk {
  readonly #deps: BotDeskDeps
  readonly #activity = new Map<BotId, BotActivity>()
  #isClosed = false

  constructor(deps: BotDeskDeps) {
    this.#deps = deps
  }

  activityOf(botId: BotId): BotActivity {
    const known = this.#activity.get(botId)
    if (known !== undefined) return known
    const activity: BotActivity = { intents: 0, orders: 0, blocked: 0, lastDecision: null }
    this.#activity.set(botId, activity)
    return activity
  }

  /** What became of the wishes of each strategy. */
  get strategies(): StrategyDesk {
    return this.#deps.strategies
  }

  /** Works what a bot's strategies want on one instrument. */
  onIntents(spec: BotSpec, intents: readonly Intent[]): void {
    if (spec.aggregation === null && spec.universe === null) for (const intent of intents) this.onIntent(spec, intent)
    else for (const { intent, share } of this.#deps.strategies.admit(spec, intents)) this.onIntent(spec, intent, share)
  }

  /** Works one intent; what became of it is counted, logged and shown. Never throws: a refused intent is the strategy's fault, not the bot's end. */
  onIntent(spec: BotSpec, intent: Intent, share: Decimal = ONE): void {
    const activity = this.activityOf(spec.botId)
    activity.intents++
    if (this.#deps.isExiting(spec.botId, intent.instrumentId)) {
      activity.blocked++
      activity.lastDecision = { atMs: this.#deps.clock.now(), text: `${intent.instrumentId}: not worked while a protective exit is` }
      return this.#deps.onActivity(spec.botId)
    }
    void this.#work(spec, intent, entryTerms(spec, intent.instrumentId, share)).then((result) => {
      if (result !== null) this.#note(spec.botId, intent, result)
    })
  }

  /** Cancels the bot's own working orders; evidence follows. A stop that protects its position is not among them, unless that is asked for. */
  cancelOrders(botId: BotId, keepsStops = true): number {
    return this.#deps.desk.cancelWhere((proposal) => proposal.botId === botId, false, keepsStops)
  }

  /** True once nobody is to wait for anything here any more. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /**
   * Closes a stopping bot's position, through desk and gate like any order, within the slippage that the bot allows and so that nothing
   * of it rests. Resolves with null when the desk did not take it.
   * @param id tells this attempt from every other.
   */
  flatten(spec: BotSpec, instrumentId: InstrumentId, id: string): Promise<PlanResult | null> {
    const style = spec.routing.style === 'market' ? 'market' : 'marketable'
    const routing: ExecutionTerms['routing'] = { ...spec.routing, style, timeInForce: 'ioc' }
    return this.#work(spec, this.#flatIntent(spec, instrumentId, `:flatten:${id}`), { ...termsOf(spec, true), routing })
  }

  /**
   * Closes a bot's position at the market, through desk and gate like any order: an emergency's. Resolves with null when the desk did not
   * take it.
   * @param id tells this attempt from every other.
   */
  closeAtMarket(spec: BotSpec, instrumentId: InstrumentId, id: string): Promise<PlanResult | null> {
    const routing: ExecutionTerms['routing'] = { ...spec.routing, style: 'market', timeInForce: 'ioc' }
    const terms: ExecutionTerms = { routing, sizing: spec.sizing, isOperatorFlatten: true, shouldPreview: false }
    return this.#work(spec, this.#flatIntent(spec, instrumentId, `${EMERGENCY_MARK}${id}`), terms)
  }

  async #work(spec: BotSpec, intent: Intent, terms: ExecutionTerms): Promise<PlanResult | null> {
    try {
      return await this.#deps.desk.execute(intent, terms)
    } catch (error) {
      this.#deps.log.error('intent refused', { botId: spec.botId, intentId: intent.intentId, error: messageOf(error) })
      this.activityOf(spec.botId).blocked++
      return null
    }
  }

  /** Lets go of everybody who waits. */
  close(): void {
    this.#isClosed = true
  }

  #note(botId: BotId, intent: Intent, { plan, isAmend, results }: PlanResult): void {
    const activity = this.activityOf(botId)
    const texts = [isAmend ? 'amend' : plan.text]
    for (const result of results) {
      if (result.kind === 'sent') {
        activity.orders++
        this.strategies.tallies.of(botId, intent.strategyId).approved++
      } else {
        activity.blocked++
        const reason = result.kind === 'blocked' ? result.code : 'dropped'
        countIn(this.strategies.tallies.of(botId, intent.strategyId).blocked, reason)
        texts.push(result.kind === 'blocked' ? `${result.code}: ${result.message}` : result.reason)
      }
    }
    activity.lastDecision = { atMs: this.#deps.clock.now(), text: `${intent.instrumentId}: ${texts.join('; ')}` }
    this.#deps.log.info(`${botId}: ${plan.action}`, { intentId: intent.intentId, reason: plan.reason, text: texts.join('; ') })
    this.#deps.onActivity(botId)
  }

  #flatIntent(spec: BotSpec, instrumentId: InstrumentId, suffix: string): Intent {
    const atMs = this.#deps.clock.now()
    return {
      intentId: intentId(`${spec.botId}:${instrumentId}${suffix}`),
      botId: spec.botId,
      strategyId: closerOf(spec, this.#deps.holderOf(spec.botId, instrumentId)),
      instrumentId,
      kind: 'exit',
      target: { kind: 'flat' },
      stopPrice: null,
      takeProfitPrice: null,
      conviction: 1,
      timeframe: spec.strategy.decidesOn,
      decidedOnMs: atMs,
      routing: null,
      metadata: { reason: 'flatten' },
    }
  }
}

/** An entry is sized by its tier where that states a size, and by its share of it. */
function entryTerms(spec: BotSpec, instrumentId: InstrumentId, share: Decimal): ExecutionTerms {
  const terms = termsOf(spec, false)
  const sizing = spec.tierSizing.get(instrumentId) ?? terms.sizing
  if (share === ONE) return sizing === terms.sizing ? terms : { ...terms, sizing }
  return { ...terms, sizing: { ...sizing, scale: multiply(sizing.scale, share) } }
}

function termsOf({ routing, sizing, shouldPreview }: BotSpec, isOperatorFlatten: boolean): ExecutionTerms {
  return { routing, sizing, isOperatorFlatten, shouldPreview }
}
