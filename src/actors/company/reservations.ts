import { type Decimal, ONE } from '#domain/decimal'
import type { AssetCode, BotId } from '#domain/ids'
import type { Instrument } from '#domain/instrument'
import type { Book } from '#risk/types'
import type { OrderRecord } from '../desk/order-record'
import type { Orders } from '../desk/orders'
import type { MarketCache } from '../market-cache'
import type { Portfolio } from '../portfolio/portfolio'
import type { GateMemory } from './gate-memory'

export interface ReservationsDeps {
  readonly orders: Pick<Orders, 'isTerminal' | 'contextOrNull'>
  readonly book: Pick<Book, 'restore'>
  readonly market: Pick<MarketCache, 'findInstrument'>
  readonly portfolio: Pick<Portfolio, 'rateOf' | 'positionOf'>
  readonly memory: Pick<GateMemory, 'stopOf'>
}

/**
 * Puts the worst cases of orders that are known without a verdict into the gate's book: after a restart, or of foreign ones. Prices may not be
 * heard of yet when they are found: an order whose quote currency has no rate is counted again once there is one, and until then that currency
 * is told of, so that the gate takes nothing that adds risk beside it.
 */
export class Reservations {
  readonly #deps: ReservationsDeps
  readonly #unrated = new Map<OrderRecord, AssetCode>()

  constructor(deps: ReservationsDeps) {
    this.#deps = deps
  }

  /** Reserves for an order as its chart knows it; ended orders and unknown instruments reserve nothing. */
  restore(record: OrderRecord): void {
    const { orders, market, portfolio } = this.#deps
    this.#unrated.delete(record)
    const instrument = market.findInstrument(record.proposal.instrumentId)
    if (instrument === null || orders.isTerminal(record)) return
    const rate = portfolio.rateOf(instrument.quoteAsset)
    if (rate === null) this.#unrated.set(record, instrument.quoteAsset)
    this.#reserve(record, instrument, rate ?? ONE)
  }

  /** Returns the quote currency of a reservation that cannot be valued yet; null where each is. */
  unratedAsset(): AssetCode | null {
    if (this.#unrated.size === 0) return null
    for (const [record, asset] of [...this.#unrated]) {
      if (this.#deps.orders.isTerminal(record) || this.#deps.portfolio.rateOf(asset) !== null) this.restore(record)
    }
    for (const asset of this.#unrated.values()) return asset
    return null
  }

  #reserve(record: OrderRecord, instrument: Instrument, rate: Decimal): void {
    const { book, memory, orders, portfolio } = this.#deps
    const { proposal } = record
    // Of an order whose chart has crashed only what was sent and what was booked is known.
    const context = orders.contextOrNull(record)
    const amend = context?.amend ?? null
    // An amend that no answer came to: what it asked for may hold. The desk settles it with the order's next evidence.
    if (amend !== null) record.amending = { ...proposal, ...amend }
    // A foreign order is nobody's: what it may reduce is what `external` holds.
    const botId: BotId | null = record.isForeign ? null : proposal.botId
    book.restore(
      {
        key: record.clientOrderId,
        accountId: proposal.accountId,
        botId,
        strategyId: record.isForeign ? null : proposal.strategyId,
        side: proposal.side,
        ...(proposal.type === 'stop' ? { isStop: true } : {}),
        quantity: context?.quantity ?? proposal.quantity,
        filledQuantity: context?.filledQuantity ?? record.filled,
        limitPrice: context === null ? proposal.limitPrice : context.limitPrice,
        amend,
        referencePrice: proposal.referencePrice,
        postOnly: proposal.postOnly,
        stopPrice: botId === null ? null : memory.stopOf(botId, proposal.instrumentId),
      },
      instrument,
      rate,
      portfolio.positionOf(botId, proposal.instrumentId),
    )
  }
}
