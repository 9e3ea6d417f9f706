import type { CheckResult, Judgement, Size } from '../judgement'
import { budgetExposure, budgetHeld } from '../budget'
import { type Cap, judgeCap } from './cap'

/** Caps positions and working orders together as a fraction of equity (RSK-02); a budget (RSK-12). */
export function totalAtRisk(judgement: Judgement, size: Size): CheckResult {
  return judgeCap(judgement, size, totalAtRiskCap(judgement))
}

export function totalAtRiskCap(judgement: Judgement): Cap {
  return {
    check: 'total_at_risk',
    capType: 'portfolio',
    current: budgetExposure(judgement),
    held: budgetHeld(judgement),
    limit: judgement.amounts.totalAtRisk,
    what: 'The total at risk',
  }
}
