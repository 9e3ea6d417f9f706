import { isLess, multiply } from '#domain/decimal'
import { blocked, type CheckResult, type Judgement, passedWith } from '../judgement'

/** Blocks new risk on an instrument of which too little was traded within 24 hours, where the venue says how much (RSK-13, MKT-01). */
export function liquidityMin({ view, limits, mid, addsRisk, proposal }: Judgement): CheckResult | null {
  const { volume24h } = view.guards
  const limit = limits.volume24hMin
  if (limit === null || volume24h === null || mid === null) return null
  const current = multiply(multiply(volume24h, mid), view.quoteRate)
  const figures = { current, proposed: null, limit }
  if (!addsRisk || !isLess(current, limit)) return passedWith('liquidity_min', 'data', figures)
  return blocked(
    'liquidity_min',
    'data',
    figures,
    `Only ${current} of ${proposal.instrumentId} was traded within 24 hours, ${limit} is the least`,
  )
}
