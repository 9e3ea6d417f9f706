import { type Decimal, isGreater, isLess } from '#domain/decimal'
import { priceOff } from '../price'
import { blocked, type CheckResult, type Judgement, passed } from '../judgement'

/**
 * Blocks an order that could trade with a working order of our own, whichever bot's; a wash trade pays two fees for nothing. A stop that waits
 * for its trigger is in no book: nothing meets it. Where an order that closes a position waits for our own to be out of its way, nothing of
 * ours goes there. A protective exit waits for none that is in doubt: should it rest after all, the venue's self-trade prevention stands behind.
 */
export function ownOrderMatch(judgement: Judgement): CheckResult {
  const { proposal, book, view } = judgement
  if (proposal.type === 'stop') return passed('own_order_match', 'order')
  const isBuy = proposal.side === 'buy'
  for (const resting of book.onInstrument(proposal.instrumentId, isBuy ? 'sell' : 'buy')) {
    if (resting.isStop === true || view.passedOver?.has(resting.key) === true) continue
    const other = resting.limitPrice
    const price = reachOf(judgement)
    const meets = other === null || (isBuy ? !isLess(price, other) : !isGreater(price, other))
    if (!meets) continue
    const figures = { current: other, proposed: price, limit: other }
    const message = `It would meet our own ${resting.side} ${resting.key} at ${other ?? 'market'}; cancel that first`
    return blocked('own_order_match', 'order', figures, message)
  }
  const { wayOf = null } = view
  if (wayOf === null) return passed('own_order_match', 'order')
  const figures = { current: null, proposed: reachOf(judgement), limit: null }
  const message = `${wayOf} closes its position and waits for our own orders to be out of its way; nothing is placed there until that is sent`
  return blocked('own_order_match', 'order', figures, message)
}

/** The furthest price that the order is reckoned to trade at: its limit, or for a market order its reference and the buffer. */
function reachOf({ proposal, limits, unit }: Judgement): Decimal {
  if (proposal.limitPrice !== null) return proposal.limitPrice
  return proposal.side === 'buy' ? unit.price : priceOff(proposal.referencePrice, limits.marketOrderBufferBps, 'down')
}
