import { add, isZero } from '#domain/decimal'
import { blocked, type CheckResult, type Judgement, type Size, withoutOwn } from '../judgement'
import { type Cap, judgeCap } from './cap'

/**
 * Caps what one bot's position on one instrument, with all its working orders filled, loses if it is closed at its stop, as a fraction of
 * equity (RSK-04). A stop on the wrong side of the price is no stop: such an entry is wrong before it begins.
 */
export function riskPerTrade(judgement: Judgement, size: Size): CheckResult | null {
  const { amounts, view, proposal, stop, addsRisk, unit } = judgement
  if (amounts.riskPerTrade === null) return null
  if (stop.isContrary && addsRisk && !isZero(size.adding)) {
    const stopPrice = view.guards.intent?.stopPrice ?? null
    const figures = { current: null, proposed: unit.price, limit: stopPrice }
    const side = proposal.side === 'buy' ? 'below' : 'above'
    return blocked('risk_per_trade', 'risk', figures, `The stop at ${stopPrice} is not ${side} the price ${unit.price} of the entry`)
  }
  const cap = riskPerTradeCap(judgement)
  return cap === null ? null : judgeCap(judgement, size, cap)
}

/** Null where it is off. */
export function riskPerTradeCap({ amounts, view, book, own, proposal }: Judgement): Cap | null {
  if (amounts.riskPerTrade === null) return null
  const working = withoutOwn(book.riskOfLine(proposal.botId, proposal.instrumentId), own === null ? null : own.risk)
  const held = view.guards.risk.ofLine
  return {
    check: 'risk_per_trade',
    capType: 'risk',
    current: add(held, working),
    held,
    limit: amounts.riskPerTrade,
    what: `What ${proposal.botId} can lose on ${proposal.instrumentId} at its stop`,
    counts: 'risk',
  }
}
