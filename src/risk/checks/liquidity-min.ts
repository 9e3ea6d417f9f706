import { type Decimal, isLess, multiply } from '#domain/decimal'
import { blocked, type CheckResult, type Judgement, passedWith } from '../judgement'

/** Blocks new risk on an instrument of which too little was traded within 24 hours, where the venue says how much (RSK-13, MKT-01). */
export function liquidityMin(judgement: Judgement): CheckResult | null {
  const { limits, addsRisk, proposal } = judgement
  const limit = limits.volume24hMin
  const current = traded24hOf(judgement)
  if (limit === null || current === null) return null
  const figures = { current, proposed: null, limit }
  if (!addsRisk || !isLess(current, limit)) return passedWith('liquidity_min', 'data', figures)
  return blocked(
    'liquidity_min',
    'data',
    figures,
    `Only ${current} of ${proposal.instrumentId} was traded within 24 hours, ${limit} is the least`,
  )
}

/** What was traded of the instrument within 24 hours, account currency; null where the venue does not say, or nobody knows a price. */
export function traded24hOf({ view, mid }: Judgement): Decimal | null {
  const { volume24h } = view.guards
  return volume24h === null || mid === null ? null : multiply(multiply(volume24h, mid), view.quoteRate)
}
