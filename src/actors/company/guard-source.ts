import { add, type Decimal, divide, isZero, ONE, subtract, ZERO } from '#domain/decimal'
import type { BotId, StrategyId, VenueId } from '#domain/ids'
import type { Instrument } from '#domain/instrument'
import type { Proposal } from '#domain/order'
import type { StrategyBudget } from '#risk/aggregate'
import type { GasFacts, GuardFacts, HeldRisk, IntentFacts, RegionFacts } from '#risk/guard-facts'
import type { LimitLookup } from '#risk/effective-limits'
import type { HeldPosition } from '#risk/held'
import type { SizingMeans } from '#risk/sizing-config'
import { statedRisk } from '#risk/stop-risk'
import { worstCostOf } from '#risk/worst-case'
import type { GateAsk } from '../desk/deps'
import type { MarketCache } from '../market-cache'
import type { Portfolio } from '../portfolio/portfolio'
import type { GateMemory } from './gate-memory'
import type { ThrottleBoard } from './throttle-board'
import type { UniverseWatch } from './universe-watch'

export interface GuardSourceDeps {
  readonly market: MarketCache
  readonly portfolio: Portfolio
  readonly memory: GateMemory
  readonly throttles: ThrottleBoard
  readonly limitsOf: LimitLookup
  /** What a bot is lent now, account currency, not below zero; null for one that is not configured. */
  capitalOf(botId: BotId): Decimal | null
  /** What a bot bounds its strategy to; null where it bounds it to nothing. */
  budgetOf(botId: BotId, strategyId: StrategyId): StrategyBudget | null
  readonly universe: Pick<UniverseWatch, 'tierOf' | 'admissionOf'>
  /** Null for a venue without a region profile. */
  regionOf(venueId: VenueId): RegionFacts | null
  /** Null for a venue that is no chain. */
  gasOf(venueId: VenueId): GasFacts | null
}

/** Reads the facts of the gate's guards, and what sizes are a part of. */
export class GuardSource {
  readonly #deps: GuardSourceDeps

  constructor(deps: GuardSourceDeps) {
    this.#deps = deps
  }

  get throttles(): ThrottleBoard {
    return this.#deps.throttles
  }

  /** @param heldTotal what the positions are worth together, account currency. */
  factsOf(proposal: Proposal, ask: GateAsk, positions: readonly HeldPosition[], heldTotal: Decimal): GuardFacts {
    const { market, memory, throttles, limitsOf, capitalOf, budgetOf, universe, regionOf, gasOf } = this.#deps
    const { botId, strategyId, venueId, instrumentId, side, clientOrderId } = proposal
    const { outlierSigmaMax } = limitsOf(botId, venueId)
    const riskOf = () => this.#risk(proposal, positions, heldTotal)
    let risk: HeldRisk | null = null
    return {
      intent: ask.intent ?? this.#remembered(proposal),
      isRepeat: !ask.isRetry && memory.hasSent(botId, instrumentId, clientOrderId),
      lastSent: memory.lastSent(botId, instrumentId, side),
      filledAtMs: memory.filledAtMs(instrumentId),
      stoppedAtMs: memory.stoppedAtMs(instrumentId),
      throttle: throttles.factsOf(proposal),
      volume24h: market.quote(instrumentId)?.volume24h ?? null,
      jump: outlierSigmaMax === null ? null : market.jumpOf(instrumentId),
      region: regionOf(venueId),
      gas: gasOf(venueId),
      capital: capitalOf(botId),
      budget: budgetOf(botId, strategyId),
      tier: universe.tierOf(instrumentId),
      admission: universe.admissionOf(botId, instrumentId),
      get risk() {
        risk ??= riskOf()
        return risk
      },
    }
  }

  /** The least order of a bot on a venue that is in force. */
  orderNotionalMinOf(botId: BotId, venueId: VenueId): Decimal {
    return this.#deps.limitsOf(botId, venueId).orderNotionalMin
  }

  /** What a bot's sizes on an instrument can be a part of, in its quote currency. */
  meansOf(botId: BotId, { quoteAsset, venueId }: Instrument): SizingMeans {
    const { portfolio, limitsOf, capitalOf } = this.#deps
    const rate = portfolio.rateOf(quoteAsset)
    // Nothing is a part of what cannot be told.
    const inQuote = (amount: Decimal) => (rate === ONE ? amount : rate === null || isZero(rate) ? ZERO : divide(amount, rate, 18, 'down'))
    return { equity: inQuote(portfolio.equity), capital: inQuote(capitalOf(botId) ?? ZERO), scale: limitsOf(botId, venueId).capScale }
  }

  /** The intent of an order whose facts nobody has at hand, such as a retry after a restart; of the line's newest, if it is that. */
  #remembered({ botId, instrumentId, intentId }: Proposal): IntentFacts | null {
    const known = this.#deps.memory.intentOf(botId, instrumentId)
    return known?.intentId === intentId ? known : null
  }

  /** What states no stop is summed first and multiplied once: this is asked for with nearly every order. */
  #risk({ botId, venueId, instrumentId }: Proposal, positions: readonly HeldPosition[], heldTotal: Decimal): HeldRisk {
    const { stopDistanceRatioDefault } = this.#deps.limitsOf(botId, venueId)
    let [stated, unstated, ofLine] = [ZERO, heldTotal, ZERO]
    for (const position of positions) {
      const risk = this.#statedRisk(position)
      if (risk !== null) {
        stated = add(stated, risk)
        unstated = subtract(unstated, position.notional)
      }
      if (position.botId !== botId || position.instrumentId !== instrumentId) continue
      ofLine = add(ofLine, risk ?? worstCostOf(position.notional, stopDistanceRatioDefault))
    }
    return { total: add(stated, worstCostOf(unstated, stopDistanceRatioDefault)), ofLine }
  }

  #statedRisk({ botId, instrumentId, netQuantity }: HeldPosition): Decimal | null {
    const { market, portfolio, memory } = this.#deps
    const stopPrice = botId === null ? null : memory.stopOf(botId, instrumentId)
    const instrument = stopPrice === null ? null : market.findInstrument(instrumentId)
    const quoteRate = instrument === null ? null : portfolio.rateOf(instrument.quoteAsset)
    if (instrument === null || quoteRate === null) return null
    return statedRisk(netQuantity, market.mid(instrumentId), stopPrice, instrument, quoteRate)
  }
}
