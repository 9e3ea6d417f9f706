import type { CheckResult, Judgement, Size } from '../judgement'
import { budgetExposure } from '../budget'
import { judgeCap } from './cap'

/** Caps positions and working orders together as a fraction of equity (RSK-02); a budget (RSK-12). */
export function totalAtRisk(judgement: Judgement, size: Size): CheckResult {
  const { amounts } = judgement
  return judgeCap(judgement, size, {
    check: 'total_at_risk',
    capType: 'portfolio',
    current: budgetExposure(judgement),
    limit: amounts.totalAtRisk,
    what: 'The total at risk',
  })
}
