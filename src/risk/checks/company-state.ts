import { blocked, type CheckResult, type Judgement, passed } from '../judgement'
import { mayReduceWhileStopped } from './stopped'

/** A paused company takes no new risk; a halted one lets pass only what may reduce under a kill switch (I4). */
export function companyState(judgement: Judgement): CheckResult {
  const { company } = judgement.view.scope
  const mayPass = company === 'trading' || (company === 'paused' ? !judgement.addsRisk : mayReduceWhileStopped(judgement))
  if (mayPass) return passed('company_state', 'state')
  return blocked('company_state', 'state', { current: company, proposed: null, limit: 'trading' }, `The company is ${company}`)
}
