import type { CheckName } from '../check-names'
import type { ThrottleKind } from '../guard-facts'
import { blocked, type CheckResult, type Judgement } from '../judgement'

/** Blocks what adds risk while the bot's throttle of that kind waits for an operator; null while it does not. */
export function latchedBlock({ view, addsRisk, proposal }: Judgement, kind: ThrottleKind, check: CheckName): CheckResult | null {
  const { latched } = view.guards.throttle
  if (latched?.kind !== kind || !addsRisk) return null
  const figures = { current: 'tripped', proposed: null, limit: 'armed' }
  const message = `The throttle of ${proposal.botId} tripped: ${latched.reason}; a named operator must re-arm it`
  return blocked(check, 'throttle', figures, message)
}
