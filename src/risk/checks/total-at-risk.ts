import type { CheckResult, Judgement, Size } from '../judgement'
import { judgeCap } from './cap'

/** Caps positions and working orders together as a fraction of equity (RSK-02). */
export function totalAtRisk(judgement: Judgement, size: Size): CheckResult {
  const { amounts, exposure } = judgement
  return judgeCap(judgement, size, {
    check: 'total_at_risk',
    capType: 'portfolio',
    current: exposure,
    limit: amounts.totalAtRisk,
    what: 'The total at risk',
  })
}
