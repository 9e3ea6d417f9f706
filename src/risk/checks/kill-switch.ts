import { blocked, type CheckResult, type Judgement, passed } from '../judgement'
import { mayReduceWhileStopped } from './stopped'

/** While the kill switch is active nothing passes but, where config says so, what only reduces (RSK-09). */
export function killSwitch(judgement: Judgement): CheckResult {
  if (!judgement.view.scope.isKillSwitchActive || mayReduceWhileStopped(judgement)) return passed('kill_switch', 'state')
  const figures = { current: 'active', proposed: null, limit: 'inactive' }
  return blocked('kill_switch', 'state', figures, 'The kill switch is active; an operator must clear it before new risk is taken')
}
