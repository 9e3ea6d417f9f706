import { blocked, type CheckResult, type Judgement, passedWith } from '../judgement'

/** Blocks new risk on an instrument that is about to expire; what reduces passes to the end (RSK-13). */
export function nearExpiry({ view, limits, addsRisk, proposal }: Judgement): CheckResult | null {
  const expiresAtMs = view.instrument.terms?.expiresAtMs ?? null
  if (limits.nearExpiryMs === null || expiresAtMs === null) return null
  const leftMs = expiresAtMs - view.nowMs
  const figures = { current: String(leftMs), proposed: null, limit: String(limits.nearExpiryMs) }
  if (!addsRisk || leftMs > limits.nearExpiryMs) return passedWith('near_expiry', 'instrument', figures)
  const message = `${proposal.instrumentId} expires in ${Math.max(0, leftMs)} ms; nothing is opened within ${limits.nearExpiryMs} ms of it`
  return blocked('near_expiry', 'instrument', figures, message)
}
