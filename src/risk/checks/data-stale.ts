import type { GateView } from '../types'
import { blocked, type CheckResult, type Judgement, passed } from '../judgement'

/** Blocks on a quote or a one-minute bar that is too old to trade on, whatever the order does (MKT-05). */
export function dataStale(judgement: Judgement): CheckResult | null {
  const { instrument } = judgement.view
  const { quoteAgeMsMax, barAgeMsMax } = judgement.limits
  const { quoteAgeMs, barAgeMs } = agesOf(judgement.view)
  if (quoteAgeMs === null) return null
  if (quoteAgeMs > quoteAgeMsMax) return stale(`The quote of ${instrument.instrumentId}`, quoteAgeMs, quoteAgeMsMax)
  if (barAgeMs !== null && barAgeMs > barAgeMsMax) return stale(`The one-minute bar of ${instrument.instrumentId}`, barAgeMs, barAgeMsMax)
  return passed('data_stale', 'data')
}

function stale(what: string, ageMs: number, limitMs: number): CheckResult {
  const figures = { current: String(ageMs), proposed: null, limit: String(limitMs) }
  return blocked('data_stale', 'data', figures, `${what} is ${ageMs} ms old; ${limitMs} ms is the most to trade on`)
}

/** How old quote and one-minute bar are, ms; null where there is none, or none is wanted. */
export function agesOf({ quote, nowMs, barAtMs }: GateView): { readonly quoteAgeMs: number | null; readonly barAgeMs: number | null } {
  return { quoteAgeMs: quote === null ? null : nowMs - quote.receivedAtMs, barAgeMs: barAtMs === null ? null : nowMs - barAtMs }
}
