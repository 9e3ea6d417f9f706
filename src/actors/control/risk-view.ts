import { add, type Decimal, ZERO } from '#domain/decimal'
import type { RiskView } from '#ports/control'
import type { Company } from '../company/company'

/** Returns breakers, kill switch, limits and how much of each exposure cap is used. */
export function riskView(company: Company, isClearableOverApi: boolean): RiskView {
  const { killSwitch, board, gate, portfolio } = company
  const limits = gate.limits()
  const active = killSwitch.state
  let held: Decimal = ZERO
  for (const position of portfolio.netPositions()) held = add(held, portfolio.valueOf(position))
  return {
    killSwitch: {
      isActive: active !== null,
      reason: active?.reason ?? null,
      sinceMs: active?.sinceMs ?? null,
      source: active?.source ?? null,
      clearableOverApi: isClearableOverApi,
    },
    breakers: board.all().map(({ breakerId, chart }) => {
      const { kind, scope, threshold, value, trippedAtMs, rearmsAtMs, reason } = chart.actor.getSnapshot().context
      return { breakerId, kind, scope, state: chart.state, threshold, value, trippedAtMs, rearmsAtMs, reason }
    }),
    limits: { ...limits },
    exposures: [
      { scope: 'held', current: held, limit: limits.totalExposureMax },
      { scope: 'held and working', current: add(held, gate.book.total()), limit: limits.totalExposureMax },
      { scope: 'traded today', current: portfolio.tradedToday, limit: limits.dailyNotionalMax ?? 'none' },
    ],
  }
}
