import { ONE } from '#domain/decimal'
import type { Book } from '#risk/types'
import type { OrderRecord } from '../desk/order-record'
import type { Orders } from '../desk/orders'
import type { MarketCache } from '../market-cache'
import type { Portfolio } from '../portfolio/portfolio'
import type { GateMemory } from './gate-memory'

/** Puts the worst case of an order that is known without a verdict into the gate's book: after a restart, or a foreign one. */
export function restoreReservation(
  record: OrderRecord,
  orders: Orders,
  book: Book,
  market: MarketCache,
  portfolio: Portfolio,
  memory: GateMemory,
): void {
  const { proposal } = record
  const instrument = market.findInstrument(proposal.instrumentId)
  if (instrument === null || orders.isTerminal(record)) return
  const context = orders.contextOf(record)
  // An amend that no answer came to: what it asked for may hold. The desk settles it with the order's next evidence.
  if (context.amend !== null) record.amending = { ...proposal, ...context.amend }
  // A foreign order is nobody's: what it may reduce is what `external` holds.
  const botId = record.isForeign ? null : proposal.botId
  book.restore(
    {
      key: record.clientOrderId,
      accountId: proposal.accountId,
      botId,
      strategyId: record.isForeign ? null : proposal.strategyId,
      side: proposal.side,
      ...(proposal.type === 'stop' ? { isStop: true } : {}),
      quantity: context.quantity,
      filledQuantity: context.filledQuantity,
      limitPrice: context.limitPrice,
      amend: context.amend,
      referencePrice: proposal.referencePrice,
      postOnly: proposal.postOnly,
      stopPrice: botId === null ? null : memory.stopOf(botId, proposal.instrumentId),
    },
    instrument,
    portfolio.rateOf(instrument.quoteAsset) ?? ONE,
    portfolio.positionOf(botId, proposal.instrumentId),
  )
}
