import type { GateView } from '../types'
import { blocked, type CheckResult, type Judgement, passedWith } from '../judgement'

/** Blocks new risk on an instrument that is about to expire; what reduces passes to the end (RSK-13). */
export function nearExpiry({ view, limits, addsRisk, proposal }: Judgement): CheckResult | null {
  const leftMs = leftToExpiry(view)
  if (limits.nearExpiryMs === null || leftMs === null) return null
  const figures = { current: String(leftMs), proposed: null, limit: String(limits.nearExpiryMs) }
  if (!addsRisk || leftMs > limits.nearExpiryMs) return passedWith('near_expiry', 'instrument', figures)
  const message = `${proposal.instrumentId} expires in ${Math.max(0, leftMs)} ms; nothing is opened within ${limits.nearExpiryMs} ms of it`
  return blocked('near_expiry', 'instrument', figures, message)
}

/** How long the instrument lives yet, ms; null for one that does not expire. */
export function leftToExpiry({ instrument, nowMs }: GateView): number | null {
  const expiresAtMs = instrument.terms?.expiresAtMs ?? null
  return expiresAtMs === null ? null : expiresAtMs - nowMs
}
