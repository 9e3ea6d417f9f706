import { blocked, type CheckResult, type Judgement, passed, passedWith } from '../judgement'

/**
 * Blocks new risk on a mid that jumped away from the minute before it: bad data, or a market that nobody should chase (CB O1). A price that
 * stays where it jumped to is no outlier any more after a few seconds.
 */
export function outlier({ view, limits, addsRisk, proposal }: Judgement): CheckResult | null {
  const { outlierSigmaMax, outlierBpsMin } = limits
  const { jump } = view.guards
  if (outlierSigmaMax === null || jump === null) return null
  if (!addsRisk || jump.bps < outlierBpsMin) return passed('outlier', 'data')
  const sigmas = jump.sigmas.toFixed(1)
  const figures = { current: sigmas, proposed: null, limit: String(outlierSigmaMax) }
  if (jump.sigmas <= outlierSigmaMax) return passedWith('outlier', 'data', figures)
  const message = `The mid of ${proposal.instrumentId} is ${jump.bps.toFixed(0)} bps off the minute before, ${sigmas} standard deviations of it`
  return blocked('outlier', 'data', figures, message)
}
