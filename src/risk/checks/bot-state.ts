import { blocked, type CheckResult, type Judgement, passed } from '../judgement'
import { mayReduceWhileStopped } from './stopped'

/** A paused bot keeps its protective exits; a halted one only what may reduce under a kill switch (I4). */
export function botState(judgement: Judgement): CheckResult {
  const { bot } = judgement.view.scope
  const mayPass = bot === 'active' || (bot === 'paused' ? !judgement.addsRisk : mayReduceWhileStopped(judgement))
  if (mayPass) return passed('bot_state', 'state')
  const figures = { current: bot, proposed: null, limit: 'active' }
  return blocked('bot_state', 'state', figures, `The bot ${judgement.proposal.botId} is ${bot} on ${judgement.proposal.instrumentId}`)
}
