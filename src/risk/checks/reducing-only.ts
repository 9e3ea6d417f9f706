import { blocked, type CheckResult, type Judgement, passed } from '../judgement'

/** While a scope of the order is reducing, only what lowers exposure passes (style §2.3). */
export function reducingOnly(judgement: Judgement): CheckResult {
  const { reducing } = judgement.view.scope
  if (reducing === null || !judgement.addsRisk) return passed('reducing_only', 'state')
  const figures = { current: 'reducing', proposed: null, limit: 'active' }
  return blocked('reducing_only', 'state', figures, `Only what lowers exposure passes: ${reducing}`)
}
