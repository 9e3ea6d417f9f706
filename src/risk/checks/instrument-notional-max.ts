import type { CheckResult, Judgement, Size } from '../judgement'
import { judgeCap } from './cap'

/** Caps one instrument, all bots together, as an amount, whatever the equity (RSK-02); a hard cap. */
export function instrumentNotionalMax(judgement: Judgement, size: Size): CheckResult | null {
  const { limits, exposureOfInstrument, proposal } = judgement
  if (limits.instrumentNotionalMax === null) return null
  return judgeCap(judgement, size, {
    check: 'instrument_notional_max',
    capType: 'instrument',
    current: exposureOfInstrument,
    limit: limits.instrumentNotionalMax,
    what: `The notional in ${proposal.instrumentId}`,
  })
}
