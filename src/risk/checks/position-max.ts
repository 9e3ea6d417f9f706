import type { CheckResult, Judgement, Size } from '../judgement'
import { budgetExposureOfInstrument } from '../budget'
import { judgeCap } from './cap'

/** Caps one instrument, all bots together, as a fraction of equity (RSK-02); a budget (RSK-12). */
export function positionMax(judgement: Judgement, size: Size): CheckResult {
  const { amounts, proposal } = judgement
  return judgeCap(judgement, size, {
    check: 'position_max',
    capType: 'instrument',
    current: budgetExposureOfInstrument(judgement),
    limit: amounts.position,
    what: `The position in ${proposal.instrumentId}`,
  })
}
