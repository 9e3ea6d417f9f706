import { blocked, type CheckResult, type Judgement, passedWith } from '../judgement'
import { latchedBlock } from './latched'

/**
 * Bounds the submissions and amends of a bot within a second, whatever they do; an operator's flatten alone is not held to it. The first
 * one beyond trips the bot's throttle, which then lets nothing pass that adds risk until a named operator re-arms it (SEC 15c3-5, RTS 6).
 */
export function messageThrottle(judgement: Judgement): CheckResult | null {
  const { limits, view, proposal } = judgement
  const { messages } = view.guards.throttle
  const max = limits.messagesPerSecMax
  if (view.isOperatorFlatten) return null
  const latched = latchedBlock(judgement, 'messages', 'message_throttle')
  if (latched !== null || max === null) return latched
  const figures = { current: String(messages), proposed: String(messages + 1), limit: String(max) }
  if (messages < max) return passedWith('message_throttle', 'throttle', figures)
  const message = `${proposal.botId} has sent ${messages} orders and amends within a second, the most that it may; its throttle trips`
  return blocked('message_throttle', 'throttle', figures, message)
}
