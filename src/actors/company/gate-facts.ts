import { ONE, ZERO } from '#domain/decimal'
import { type AssetCode, type BotId, type InstrumentId, type VenueId, venueOf } from '#domain/ids'
import type { Proposal } from '#domain/order'
import { subAccountOf } from '#domain/sub-account'
import type { ClockPort } from '#ports/clock'
import { type HeldPosition, heldExposureOf } from '#risk/held'
import type { Epochs, GateQuote, GateView, OrderKey, ScopeState } from '#risk/types'
import type { PlanFacts } from '../desk/desk'
import type { DeskFacts, GateAsk, SentKind } from '../desk/deps'
import { FOREIGN } from '../desk/order-record'
import { WayClaims } from '../desk/way-claims'
import type { MarketCache } from '../market-cache'
import type { Portfolio } from '../portfolio/portfolio'
import type { GuardSource } from './guard-source'
import type { Reservations } from './reservations'

/** What an order belongs to. */
export type OrderScopes = Pick<Proposal, 'botId' | 'venueId' | 'instrumentId' | 'strategyId'>

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
  /** Why a scope of the order takes only what lowers exposure; null where none does. */
  reducingReason(of: OrderScopes): string | null
}

const NONE: ReadonlySet<OrderKey> = new Set()

interface HeldPositions {
  readonly positions: readonly HeldPosition[]
  /** Of a position that can be told neither at mark nor at cost; null where there is none. */
  readonly pricelessAsset: AssetCode | null
}

export interface GateFactsDeps {
  readonly clock: ClockPort
  readonly market: MarketCache
  readonly portfolio: Portfolio
  readonly reservations: Pick<Reservations, 'unratedAsset'>
  readonly epochs: Epochs
  readonly scopes: ScopeFacts
  readonly guards: GuardSource
}

/** Reads, in one synchronous step, everything that the gate judges by and the planner plans by. */
export class GateFacts implements DeskFacts {
  readonly #deps: GateFactsDeps
  readonly #ways: WayClaims

  constructor(deps: GateFactsDeps) {
    this.#deps = deps
    this.#ways = new WayClaims(deps.clock)
  }

  gateView(proposal: Proposal, ask: GateAsk): GateView {
    const { clock, market, portfolio, reservations, epochs, scopes, guards } = this.#deps
    const { botId, venueId, instrumentId } = proposal
    const instrument = market.instrument(instrumentId)
    const { ledger } = portfolio
    const openInstruments = new Set<InstrumentId>()
    const { positions, pricelessAsset } = this.#positions(openInstruments)
    const quoteRate = portfolio.rateOf(instrument.quoteAsset)
    const held = heldExposureOf(positions, instrument, proposal.strategyId)
    const account = proposal.accountId
    return {
      nowMs: clock.now(),
      epoch: epochs.epochOf(botId, venueId, instrumentId),
      equity: portfolio.equity,
      instrument,
      // Without a rate nothing that adds risk passes, whatever it is counted at.
      quoteRate: quoteRate ?? ONE,
      pricelessAsset: quoteRate === null ? instrument.quoteAsset : (pricelessAsset ?? reservations.unratedAsset()),
      quote: this.#quote(instrumentId),
      barAtMs: market.timesOf(instrumentId).barAtMs,
      scope: {
        isKillSwitchActive: scopes.isKillSwitchActive,
        company: scopes.company,
        bot: scopes.botState(botId, instrumentId),
        ...scopes.venueState(venueId),
        isProductDataSound: market.isSound(instrumentId) && scopes.isProductUp(venueId, instrumentId),
        hasDrift: scopes.hasDrift,
        reducing: scopes.reducingReason(proposal),
      },
      positionOfBot: portfolio.positionOf(botId, instrumentId),
      held,
      positions,
      openInstruments,
      balances: {
        quoteOfAccount: portfolio.heldOf(account, instrument.quoteAsset),
        quoteOfBot: ledger.held(account, subAccountOf(botId === FOREIGN ? null : botId), instrument.quoteAsset),
        baseOfAccount: portfolio.heldOf(account, instrument.baseAsset),
      },
      tradedToday: portfolio.tradedToday,
      capabilities: { shorts: scopes.shorts(venueId), margin: false },
      isOperatorFlatten: ask.isOperatorFlatten,
      passedOver: ask.passedOver ?? NONE,
      wayOf: this.#ways.against(proposal),
      guards: guards.factsOf(proposal, ask, positions, held.total),
    }
  }

  onSent(proposal: Proposal, kind: SentKind): void {
    this.#deps.guards.throttles.onSent(proposal, kind)
    this.#ways.onSent(proposal)
  }

  onBlocked(proposal: Proposal, code: string, reason: string): void {
    this.#deps.guards.throttles.onBlocked(proposal, code, reason)
  }

  claimWay(proposal: Proposal): void {
    this.#ways.claim(proposal)
  }

  planFacts(botId: BotId, instrumentId: InstrumentId): PlanFacts {
    const { market, portfolio, guards } = this.#deps
    const instrument = market.instrument(instrumentId)
    return {
      position: portfolio.positionOf(botId, instrumentId),
      instrument,
      quote: this.#quote(instrumentId),
      means: guards.meansOf(botId, instrument),
      orderNotionalMin: guards.orderNotionalMinOf(botId, instrument.venueId),
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

  /** Returns every position at mark, and notes its instrument as open. */
  #positions(openInstruments: Set<InstrumentId>): HeldPositions {
    const { market, portfolio } = this.#deps
    const positions: HeldPosition[] = []
    let pricelessAsset: AssetCode | null = null
    for (const position of portfolio.netPositions()) {
      const { instrumentId, baseAsset, botId, strategyId, netQuantity } = position
      // A position may be older than this process, and its venue not be heard of yet.
      const instrument = market.findInstrument(instrumentId)
      const notional = portfolio.valueOf(position)
      if (notional === null) pricelessAsset = baseAsset
      positions.push({
        instrumentId,
        venueId: instrument === null ? venueOf(instrumentId) : instrument.venueId,
        baseAsset,
        windowId: instrument?.terms?.windowId ?? null,
        botId,
        strategyId,
        netQuantity,
        notional: notional ?? ZERO,
      })
      openInstruments.add(instrumentId)
    }
    return { positions, pricelessAsset }
  }
}
