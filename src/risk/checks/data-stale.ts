import { blocked, type CheckResult, type Judgement, passed } from '../judgement'

/** Blocks on a quote or a one-minute bar that is too old to trade on, whatever the order does (MKT-05). */
export function dataStale(judgement: Judgement): CheckResult | null {
  const { quote, nowMs, barAtMs, instrument } = judgement.view
  if (quote === null) return null
  const { quoteAgeMsMax, barAgeMsMax } = judgement.limits
  const quoteAgeMs = nowMs - quote.receivedAtMs
  if (quoteAgeMs > quoteAgeMsMax) return stale(`The quote of ${instrument.instrumentId}`, quoteAgeMs, quoteAgeMsMax)
  const barAgeMs = barAtMs === null ? 0 : nowMs - barAtMs
  if (barAgeMs > barAgeMsMax) return stale(`The one-minute bar of ${instrument.instrumentId}`, barAgeMs, barAgeMsMax)
  return passed('data_stale', 'data')
}

function stale(what: string, ageMs: number, limitMs: number): CheckResult {
  const figures = { current: String(ageMs), proposed: null, limit: String(limitMs) }
  return blocked('data_stale', 'data', figures, `${what} is ${ageMs} ms old; ${limitMs} ms is the most to trade on`)
}
