import type { Judgement } from '../judgement'

/** True for a reducing order that may pass under a kill switch or a halt: an operator's, or any where config allows it. */
export function mayReduceWhileStopped(judgement: Judgement): boolean {
  return !judgement.addsRisk && (judgement.view.isOperatorFlatten || judgement.limits.reducingAllowedUnderKillSwitch)
}
