import type { CheckResult, Judgement, Size } from '../judgement'
import { type Cap, judgeCap } from './cap'

/** Caps one instrument, all bots together, as an amount, whatever the equity (RSK-02); a hard cap. */
export function instrumentNotionalMax(judgement: Judgement, size: Size): CheckResult | null {
  const cap = instrumentNotionalCap(judgement)
  return cap === null ? null : judgeCap(judgement, size, cap)
}

/** Null where it is off. */
export function instrumentNotionalCap({ limits, view, exposureOfInstrument, proposal }: Judgement): Cap | null {
  if (limits.instrumentNotionalMax === null) return null
  return {
    check: 'instrument_notional_max',
    capType: 'instrument',
    current: exposureOfInstrument,
    held: view.held.instrument,
    limit: limits.instrumentNotionalMax,
    what: `The notional in ${proposal.instrumentId}`,
  }
}
