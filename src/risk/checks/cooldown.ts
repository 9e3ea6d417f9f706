import { blocked, type CheckResult, type Judgement, passed } from '../judgement'

/** Blocks new risk on an instrument for a while after any fill on it, and for longer after a stop-out, whoever asks (RSK-11). */
export function cooldown({ view, limits, addsRisk, proposal, isAmend }: Judgement): CheckResult | null {
  const { filledAtMs, stoppedAtMs } = view.guards
  if (!addsRisk || isAmend) return null
  const afterStop = leftOf(stoppedAtMs, limits.cooldownAfterStopMs, view.nowMs)
  const afterFill = leftOf(filledAtMs, limits.cooldownMs, view.nowMs)
  const leftMs = Math.max(afterStop, afterFill)
  if (leftMs <= 0) return passed('cooldown', 'instrument')
  const isStop = afterStop >= afterFill
  const limitMs = isStop ? limits.cooldownAfterStopMs : limits.cooldownMs
  const figures = { current: String(limitMs - leftMs), proposed: null, limit: String(limitMs) }
  const message = `${proposal.instrumentId} cools down after a ${isStop ? 'stop-out' : 'fill'} for another ${leftMs} ms`
  return blocked('cooldown', 'instrument', figures, message)
}

function leftOf(sinceMs: number | null, lengthMs: number, nowMs: number): number {
  return sinceMs === null ? 0 : Math.min(lengthMs, sinceMs + lengthMs - nowMs)
}
