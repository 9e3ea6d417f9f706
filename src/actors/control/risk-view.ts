import { add, type Decimal, ZERO } from '#domain/decimal'
import type { BreakerView, RiskView } from '#ports/control'
import { dailyDrawdownEndsAtMs } from '#risk/breakers/daily-drawdown'
import type { Breaker } from '../company/breaker-board'
import type { Company } from '../company/company'
import { scopesOf } from '../company/scope-holds'
import { reducingViews, throttleViews } from './gate-control'

/** Returns breakers, kill switch, limits and how much of each exposure cap is used. */
export function riskView(company: Company, isClearableOverApi: boolean): RiskView {
  const { killSwitch, board, gate, portfolio } = company
  const { limits } = company.limits.effective(null, null)
  const active = killSwitch.state
  let held: Decimal = ZERO
  for (const position of portfolio.netPositions()) held = add(held, portfolio.valueOf(position) ?? ZERO)
  return {
    mode: modeOf(company),
    killSwitch: {
      isActive: active !== null,
      reason: active?.reason ?? null,
      sinceMs: active?.sinceMs ?? null,
      source: active?.source ?? null,
      clearableOverApi: isClearableOverApi,
    },
    breakers: board.all().map((breaker) => breakerView(company, breaker)),
    throttles: throttleViews(company),
    reducing: reducingViews(company),
    limits: { ...limits },
    exposures: [
      { scope: 'held', current: held, limit: limits.totalExposureMax },
      { scope: 'held and working', current: add(held, gate.book.total()), limit: limits.totalExposureMax },
      { scope: 'traded today', current: portfolio.tradedToday, limit: limits.dailyNotionalMax ?? 'none' },
    ],
  }
}

/** How the company as a whole stands before the gate. */
function modeOf(company: Company): 'trading' | 'reducing' | 'paused' | 'halted' {
  const mode = scopesOf(company).company
  return mode === 'trading' && (company.board.reducing !== null || company.reducing.isReducing('company')) ? 'reducing' : mode
}

function breakerView({ breakerWatch }: Company, breaker: Breaker): BreakerView {
  const { breakerId, chart, plan } = breaker
  const { kind, scope, threshold, value, trippedAtMs, rearmsAtMs, reason } = chart.actor.getSnapshot().context
  const isArmed = chart.state === 'ARMED'
  // It holds for the day: nothing has to end, and nothing cools down.
  const endsAtMs = plan.kind === 'dailyDrawdown' && trippedAtMs !== null ? dailyDrawdownEndsAtMs(trippedAtMs) : rearmsAtMs
  return {
    breakerId,
    kind,
    scope,
    state: chart.state,
    response: plan.response,
    rearm: plan.rearm,
    threshold: isArmed ? plan.threshold : threshold,
    value: isArmed ? breakerWatch.figureOf(breaker) : value,
    trippedAtMs,
    rearmsAtMs: endsAtMs,
    reason,
  }
}
