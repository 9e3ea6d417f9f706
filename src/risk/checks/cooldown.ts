import { blocked, type CheckResult, type Judgement, passed } from '../judgement'

/** Blocks new risk on an instrument for a while after any fill on it, and for longer after a stop-out, whoever asks (RSK-11). */
export function cooldown(judgement: Judgement): CheckResult | null {
  const { limits, addsRisk, proposal, isAmend } = judgement
  if (!addsRisk || isAmend) return null
  const { afterStop, afterFill } = cooldownsOf(judgement)
  const leftMs = Math.max(afterStop, afterFill)
  if (leftMs <= 0) return passed('cooldown', 'instrument')
  const isStop = afterStop >= afterFill
  const limitMs = isStop ? limits.cooldownAfterStopMs : limits.cooldownMs
  const figures = { current: String(limitMs - leftMs), proposed: null, limit: String(limitMs) }
  const message = `${proposal.instrumentId} cools down after a ${isStop ? 'stop-out' : 'fill'} for another ${leftMs} ms`
  return blocked('cooldown', 'instrument', figures, message)
}

/** How long the instrument cools down yet after a close at a stop, and after a fill, ms; not above zero when it does not. */
export function cooldownsOf({ view, limits }: Judgement): { readonly afterStop: number; readonly afterFill: number } {
  const { filledAtMs, stoppedAtMs } = view.guards
  return {
    afterStop: leftOf(stoppedAtMs, limits.cooldownAfterStopMs, view.nowMs),
    afterFill: leftOf(filledAtMs, limits.cooldownMs, view.nowMs),
  }
}

function leftOf(sinceMs: number | null, lengthMs: number, nowMs: number): number {
  return sinceMs === null ? 0 : Math.min(lengthMs, sinceMs + lengthMs - nowMs)
}
