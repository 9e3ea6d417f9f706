import { blocked, type CheckResult, type Judgement, passed } from '../judgement'

/** Blocks new risk of a bot that trades a universe where that does not admit the instrument now (MKT-01). */
export function universeExcluded({ view, addsRisk }: Judgement): CheckResult | null {
  const { admission } = view.guards
  if (admission === null) return null
  if (!addsRisk || admission.exclusion === null) return passed('universe_excluded', 'data')
  const { reason, text, current, limit } = admission.exclusion
  return blocked('universe_excluded', 'data', { current, proposed: null, limit }, `${reason}: ${text}`)
}
