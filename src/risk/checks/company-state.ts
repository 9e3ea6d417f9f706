import { blocked, type CheckResult, type Judgement, passed } from '../judgement'
import type { ScopeState } from '../types'
import { mayReduceWhileStopped } from './stopped'

/** A paused company takes no new risk, nor does one that only reduces; a halted one lets pass only what may reduce under a kill switch (I4). */
export function companyState(judgement: Judgement): CheckResult {
  const { company } = judgement.view.scope
  if (mayPass(company, judgement)) return passed('company_state', 'state')
  return blocked('company_state', 'state', { current: company, proposed: null, limit: 'trading' }, `The company is ${company}`)
}

function mayPass(company: ScopeState['company'], judgement: Judgement): boolean {
  switch (company) {
    case 'trading':
      return true
    case 'paused':
      return !judgement.addsRisk
    case 'halted':
      return mayReduceWhileStopped(judgement)
  }
}
