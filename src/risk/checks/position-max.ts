import type { CheckResult, Judgement, Size } from '../judgement'
import { judgeCap } from './cap'

/** Caps one instrument, all bots together, as a fraction of equity (RSK-02). */
export function positionMax(judgement: Judgement, size: Size): CheckResult {
  const { amounts, exposureOfInstrument, proposal } = judgement
  return judgeCap(judgement, size, {
    check: 'position_max',
    capType: 'instrument',
    current: exposureOfInstrument,
    limit: amounts.position,
    what: `The position in ${proposal.instrumentId}`,
  })
}
