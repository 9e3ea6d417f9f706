import { isGreater, isLess } from '#domain/decimal'
import type { InstrumentId } from '#domain/ids'
import type { Verdict } from '#domain/verdict'
import type { OrderKey } from '#risk/types'
import { PROTECTION_MARK } from '../protection/marks'
import type { Canceler } from './canceler'
import type { DeskDeps } from './deps'
import type { OrderRecord } from './order-record'
import type { Orders } from './orders'

/**
 * Clears the way of an order that closes a position, an operator's or a protective exit: our own orders between it and the market, for which
 * the gate blocked it (`own_order_match`), are canceled, whichever bot's, and nothing of ours takes their place until it is sent. Returns how
 * many there are to wait for; the close is tried again behind their end. Orders of others are not ours to cancel, and one protective exit
 * does not cancel another: that one ends by itself.
 */
export function clearWay(deps: DeskDeps, canceler: Canceler, verdict: Extract<Verdict, { kind: 'block' }>, isProtective: boolean): number {
  const figure = verdict.figures.find(({ check, outcome }) => check === 'own_order_match' && outcome === 'block')
  if (figure === undefined) return 0
  const { proposal } = verdict
  const reach = figure.proposed as typeof proposal.referencePrice
  const { orders, book, journal, log, facts } = deps
  const isInTheWay = (record: OrderRecord): boolean => {
    const { instrumentId, side, limitPrice, type, intentId } = record.proposal
    if (record.isForeign || instrumentId !== proposal.instrumentId || side === proposal.side || type === 'stop') return false
    if (isProtective && (intentId.includes(PROTECTION_MARK) || orders.isInDoubt(record))) return false
    const price = book.get(record.clientOrderId)?.limitPrice ?? limitPrice
    return price === null || (side === 'sell' ? !isGreater(price, reach) : !isLess(price, reach))
  }
  const awaited = [...orders.live()].filter(isInTheWay)
  if (awaited.length === 0) return 0
  facts.claimWay(proposal)
  const found = awaited.filter((record) => record.chart === null || !orders.isCancelRequested(record))
  if (found.length === 0) return awaited.length
  const ids = found.map(({ clientOrderId }) => clientOrderId)
  journal.append({
    actor: `bot:${proposal.botId}`,
    kind: 'flatten.wayCleared',
    payload: {
      instrumentId: proposal.instrumentId,
      botId: proposal.botId,
      clientOrderId: proposal.clientOrderId,
      by: isProtective ? 'protection' : 'operator',
      canceled: ids,
      reason: figure.message ?? 'own_order_match',
    },
    correlationId: proposal.clientOrderId,
    causationSeq: null,
  })
  log.warn('own orders are canceled: they are in the way of one that closes a position', { botId: proposal.botId, orders: ids.join(', ') })
  canceler.requestAll(proposal.venueId, found, null)
  return awaited.length
}

/** Returns our orders on an instrument of which nobody knows whether they work: what closes a position at its stop does not wait for them. */
export function doubtfulOn(orders: Orders, instrumentId: InstrumentId): ReadonlySet<OrderKey> {
  const found = new Set<OrderKey>()
  for (const record of orders.live())
    if (record.proposal.instrumentId === instrumentId && !record.isForeign && orders.isInDoubt(record)) found.add(record.clientOrderId)
  return found
}
