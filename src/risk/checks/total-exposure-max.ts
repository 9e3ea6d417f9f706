import type { CheckResult, Judgement, Size } from '../judgement'
import { judgeCap } from './cap'

/** Caps positions and working orders together as an amount, whatever the equity (RSK-02). */
export function totalExposureMax(judgement: Judgement, size: Size): CheckResult {
  const { limits, exposure } = judgement
  return judgeCap(judgement, size, {
    check: 'total_exposure_max',
    capType: 'portfolio',
    current: exposure,
    limit: limits.totalExposureMax,
    what: 'The total exposure',
  })
}
