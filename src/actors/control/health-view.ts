import type { HealthLevel, HealthView } from '#ports/control'
import { DAY_MS } from '#domain/time'
import { orderStatusOf } from '#machines/order.machine'
import type { AlertLogPort } from '#ports/alerter'
import type { Company } from '../company/company'
import { reducingViews } from './gate-control'

/** Errors shown (API-02). */
const RECENT_MAX = 10

export interface HealthFacts {
  readonly mode: string
  readonly version: string
  readonly schemaVersion: number
  readonly startedAtMs: number
}

/** How often the invariants were judged, by name, and how often one did not hold. */
export interface MonitorCounts {
  readonly breachCount: number
  readonly checks: Readonly<Record<string, number>>
}

/** What health is told of besides the company itself. */
export interface HealthSources {
  readonly facts: HealthFacts
  readonly alerts: AlertLogPort
  readonly monitors: MonitorCounts
}

/** Says how the company is (API-02): UNHEALTHY with a venue lost, a breaker open or the journal gone; DEGRADED with a stream or product away. */
export function healthView(company: Company, { facts, alerts, monitors }: HealthSources): HealthView {
  const { clock, journal } = company.deps
  const nowMs = clock.now()
  const grave: string[] = []
  const light: string[] = []
  const sockets = { up: 0, total: 0 }
  for (const host of company.venues.values()) {
    for (const state of [host.context.publicStream, host.context.privateStream]) {
      if (state === 'unused') continue
      sockets.total++
      if (state === 'up') sockets.up++
    }
    if (!host.isTradable) grave.push(`${host.venue.venueId} is ${host.state}${host.context.note === '' ? '' : `: ${host.context.note}`}`)
    else if (host.state === 'DEGRADED') light.push(`${host.venue.venueId} is DEGRADED: ${host.context.note}`)
  }
  for (const { breakerId, chart } of company.board.all())
    if (chart.state === 'TRIPPED') grave.push(`breaker ${breakerId} is open: ${chart.actor.getSnapshot().context.reason ?? ''}`)
  if (journal.failure !== null) grave.push(`the journal failed: ${journal.failure.message}`)
  if (company.killSwitch.isActive) grave.push(`the kill switch is active: ${company.killSwitch.state?.reason ?? ''}`)
  for (const { state, scope, ordersLeftCount, positionsLeftCount } of company.emergencies.views())
    if (state === 'RUNNING' || state === 'OVERDUE')
      grave.push(`an emergency halt (${scope}) is under way: ${ordersLeftCount} orders and ${positionsLeftCount} positions are left`)
  for (const [botId, { reason }] of company.throttles.tripped()) light.push(`the throttle of ${botId} tripped: ${reason}`)
  for (const { scope, source, text } of reducingViews(company)) light.push(`${scope} only reduces, by ${source}: ${text}`)
  for (const asset of company.prices.priceless())
    light.push(`${asset} is held and has no price: it counts in no equity, and what was traded of it counts at cost under the caps`)
  if (company.synchroniser.hasDrift) light.push('books and venue differ (drift)')
  if (monitors.breachCount > 0) grave.push(`${monitors.breachCount} invariants broke (see the alerts)`)
  const lastHour = alerts.recent(nowMs - 3_600_000)
  const critical = lastHour.filter((alert) => alert.severity === 'CRITICAL').length
  const high = lastHour.filter((alert) => alert.severity === 'HIGH').length
  if (high > 0) light.push(`${high} HIGH ${high === 1 ? 'error' : 'errors'} in the last hour`)
  const strategies = [...company.bots.values()].every((bot) => bot.state !== 'ERROR')
  if (!strategies) light.push('a bot is in ERROR')
  const status: HealthLevel = grave.length > 0 ? 'UNHEALTHY' : light.length > 0 ? 'DEGRADED' : 'HEALTHY'
  const ended = company.orders.ended()
  return {
    status,
    ...facts,
    state: company.director.state,
    nowMs,
    uptimeMs: nowMs - facts.startedAtMs,
    sockets,
    ordersOpen: company.orders.liveCount,
    ordersFilled24h: ended.filter(
      (record) => record.updatedAtMs >= nowMs - DAY_MS && orderStatusOf(company.orders.shownStateOf(record)) === 'FILLED',
    ).length,
    positions: [...company.portfolio.netPositions()].length,
    exposureGross: company.portfolio.performance(null).exposureGross,
    criticalErrors1h: critical,
    highErrors1h: high,
    recentErrors: lastHour.slice(-RECENT_MAX).map(({ atMs, severity, code, text }) => ({ atMs, severity, code, text })),
    ok: {
      marketData: [...company.venues.values()].every((host) => host.context.publicStream === 'up'),
      portfolio: !company.synchroniser.hasDrift,
      strategies,
      execution: [...company.venues.values()].every((host) => host.context.privateStream === 'up'),
      journal: journal.failure === null,
    },
    monitors: { checks: Object.values(monitors.checks).reduce((sum, count) => sum + count, 0), breaches: monitors.breachCount },
    problems: [...grave, ...light],
  }
}
