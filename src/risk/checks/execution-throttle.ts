import { blocked, type CheckResult, type Judgement, passedWith } from '../judgement'
import { latchedBlock } from './latched'

/**
 * Bounds how often a bot may place an order that adds risk on one side of an instrument within the window (RTS 6, repeated automated
 * execution). The first one beyond trips the bot's throttle, as in `messageThrottle`.
 */
export function executionThrottle(judgement: Judgement): CheckResult | null {
  const { limits, view, proposal, isAmend } = judgement
  const { executionsMax: max, executionsWindowMs } = limits
  if (view.isOperatorFlatten) return null
  const latched = latchedBlock(judgement, 'executions', 'execution_throttle')
  if (latched !== null || max === null || isAmend) return latched
  const { executions } = view.guards.throttle
  const figures = { current: String(executions), proposed: String(executions + 1), limit: String(max) }
  if (executions < max || !judgement.addsRisk) return passedWith('execution_throttle', 'throttle', figures)
  const what = `${executions} ${proposal.side} orders on ${proposal.instrumentId} within ${executionsWindowMs} ms`
  return blocked(
    'execution_throttle',
    'throttle',
    figures,
    `${proposal.botId} has placed ${what}, the most that it may; its throttle trips`,
  )
}
