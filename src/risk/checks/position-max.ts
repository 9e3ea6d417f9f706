import type { CheckResult, Judgement, Size } from '../judgement'
import { budgetExposureOfInstrument, budgetHeldOfInstrument } from '../budget'
import { type Cap, judgeCap } from './cap'

/** Caps one instrument, all bots together, as a fraction of equity (RSK-02); a budget (RSK-12). */
export function positionMax(judgement: Judgement, size: Size): CheckResult {
  return judgeCap(judgement, size, positionCap(judgement))
}

export function positionCap(judgement: Judgement): Cap {
  return {
    check: 'position_max',
    capType: 'instrument',
    current: budgetExposureOfInstrument(judgement),
    held: budgetHeldOfInstrument(judgement),
    limit: judgement.amounts.position,
    what: `The position in ${judgement.proposal.instrumentId}`,
  }
}
