import type { CheckResult, Judgement, Size } from '../judgement'
import { type Cap, judgeCap } from './cap'

/** Caps positions and working orders together as an amount, whatever the equity (RSK-02). */
export function totalExposureMax(judgement: Judgement, size: Size): CheckResult {
  return judgeCap(judgement, size, totalExposureCap(judgement))
}

export function totalExposureCap({ limits, view, exposure }: Judgement): Cap {
  return {
    check: 'total_exposure_max',
    capType: 'portfolio',
    current: exposure,
    held: view.held.total,
    limit: limits.totalExposureMax,
    what: 'The total exposure',
  }
}
