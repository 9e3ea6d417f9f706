import { ONE } from '#domain/decimal'
import type { BotId, InstrumentId, VenueId } from '#domain/ids'
import type { Proposal } from '#domain/order'
import { subAccountOf } from '#domain/sub-account'
import type { ClockPort } from '#ports/clock'
import { type HeldPosition, heldExposureOf } from '#risk/exposure'
import type { Epochs, GateQuote, GateView, HeldExposure, ScopeState } from '#risk/types'
import type { PlanFacts } from '../desk/desk'
import type { DeskFacts } from '../desk/deps'
import { FOREIGN } from '../desk/order-record'
import type { MarketCache } from '../market-cache'
import type { Portfolio } from '../portfolio/portfolio'

/** The scopes of an order as the company knows them. */
export interface ScopeFacts {
  readonly isKillSwitchActive: boolean
  readonly company: ScopeState['company']
  readonly hasDrift: boolean
  /** `paused` too where a breaker has disabled that market. */
  botState(botId: BotId, instrumentId: InstrumentId): ScopeState['bot']
  venueState(venueId: VenueId): Pick<ScopeState, 'venue' | 'isPrivateStreamSound'>
  isProductUp(venueId: VenueId, instrumentId: InstrumentId): boolean
  shorts(venueId: VenueId): boolean
}

export interface GateFactsDeps {
  readonly clock: ClockPort
  readonly market: MarketCache
  readonly portfolio: Portfolio
  readonly epochs: Epochs
  readonly scopes: ScopeFacts
}

/** Reads, in one synchronous step, everything that the gate judges by and the planner plans by. */
export class GateFacts implements DeskFacts {
  readonly #deps: GateFactsDeps

  constructor(deps: GateFactsDeps) {
    this.#deps = deps
  }

  gateView(proposal: Proposal, isOperatorFlatten: boolean): GateView {
    const { clock, market, portfolio, epochs, scopes } = this.#deps
    const { botId, venueId, instrumentId } = proposal
    const instrument = market.instrument(instrumentId)
    const { ledger } = portfolio
    const { held, openInstruments } = this.#exposure(proposal)
    const account = proposal.accountId
    return {
      nowMs: clock.now(),
      epoch: epochs.epochOf(botId, venueId, instrumentId),
      equity: portfolio.equity,
      instrument,
      quoteRate: portfolio.rateOf(instrument.quoteAsset) ?? ONE,
      quote: this.#quote(instrumentId),
      barAtMs: market.timesOf(instrumentId).barAtMs,
      scope: {
        isKillSwitchActive: scopes.isKillSwitchActive,
        company: scopes.company,
        bot: scopes.botState(botId, instrumentId),
        ...scopes.venueState(venueId),
        isProductDataSound: market.isSound(instrumentId) && scopes.isProductUp(venueId, instrumentId),
        hasDrift: scopes.hasDrift,
      },
      positionOfBot: portfolio.positionOf(botId, instrumentId),
      held,
      openInstruments,
      balances: {
        quoteOfAccount: portfolio.heldOf(account, instrument.quoteAsset),
        quoteOfBot: ledger.held(account, subAccountOf(botId === FOREIGN ? null : botId), instrument.quoteAsset),
        baseOfAccount: portfolio.heldOf(account, instrument.baseAsset),
      },
      tradedToday: portfolio.tradedToday,
      capabilities: { shorts: scopes.shorts(venueId), margin: false },
      isOperatorFlatten,
    }
  }

  planFacts(botId: BotId, instrumentId: InstrumentId): PlanFacts {
    const { market, portfolio } = this.#deps
    return {
      position: portfolio.positionOf(botId, instrumentId),
      instrument: market.instrument(instrumentId),
      quote: this.#quote(instrumentId),
    }
  }

  /** The quote with the time at which it was last known to be good: a quiet market whose stream beats is fresh. */
  #quote(instrumentId: InstrumentId): GateQuote | null {
    const { market } = this.#deps
    const quote = market.quote(instrumentId)
    if (quote === null || !market.isSound(instrumentId)) return null
    return {
      bidPrice: quote.bidPrice,
      askPrice: quote.askPrice,
      midPrice: market.mid(instrumentId),
      receivedAtMs: market.timesOf(instrumentId).quoteAtMs ?? quote.receivedAtMs,
    }
  }

  #exposure(proposal: Proposal): { readonly held: HeldExposure; readonly openInstruments: ReadonlySet<InstrumentId> } {
    const { market, portfolio } = this.#deps
    const positions: HeldPosition[] = []
    const openInstruments = new Set<InstrumentId>()
    for (const position of portfolio.netPositions()) {
      const { instrumentId, baseAsset, strategyId } = position
      positions.push({ instrumentId, baseAsset, strategyId, notional: portfolio.valueOf(position) })
      openInstruments.add(instrumentId)
    }
    return { held: heldExposureOf(positions, market.instrument(proposal.instrumentId), proposal.strategyId), openInstruments }
  }
}
