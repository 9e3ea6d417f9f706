import { isGreater, isLess } from '#domain/decimal'
import type { Verdict } from '#domain/verdict'
import type { DeskDeps } from './deps'
import type { OrderRecord } from './order-record'

/**
 * Returns our own orders that stand between an operator's closing order and the market: those for which the gate blocked it
 * (`own_order_match`), whichever bot's, and not being cancelled yet. Journals why they are to end; whoever asks cancels them, and the close
 * is tried again behind their end. Orders of others are not ours to cancel.
 */
export function clearWay(deps: DeskDeps, verdict: Extract<Verdict, { kind: 'block' }>): readonly OrderRecord[] {
  const figure = verdict.figures.find(({ check, outcome }) => check === 'own_order_match' && outcome === 'block')
  if (figure === undefined) return []
  const { proposal } = verdict
  const reach = figure.proposed as typeof proposal.referencePrice
  const { orders, book, journal, log } = deps
  const isInTheWay = (record: OrderRecord): boolean => {
    const { instrumentId, side, limitPrice } = record.proposal
    if (record.isForeign || instrumentId !== proposal.instrumentId || side === proposal.side) return false
    if (record.chart !== null && orders.contextOf(record).isCancelRequested) return false
    const price = book.get(record.clientOrderId)?.limitPrice ?? limitPrice
    return price === null || (side === 'sell' ? !isGreater(price, reach) : !isLess(price, reach))
  }
  const found = [...orders.live()].filter(isInTheWay)
  if (found.length === 0) return []
  const ids = found.map(({ clientOrderId }) => clientOrderId)
  journal.append({
    actor: `bot:${proposal.botId}`,
    kind: 'flatten.wayCleared',
    payload: {
      instrumentId: proposal.instrumentId,
      botId: proposal.botId,
      clientOrderId: proposal.clientOrderId,
      canceled: ids,
      reason: figure.message ?? 'own_order_match',
    },
    correlationId: proposal.clientOrderId,
    causationSeq: null,
  })
  log.warn('own orders are cancelled: a position that an operator closes would meet them', {
    botId: proposal.botId,
    orders: ids.join(', '),
  })
  return found
}
