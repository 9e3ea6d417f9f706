import { type Decimal, isDecimalText, toFixedScale } from '#domain/decimal'
import { formatDuration } from '#domain/time'
import type { EmergencyView, RiskView } from '#ports/control'
import type { LimitsView, LimitView } from '#ports/gate-control'
import { left, right, tableLines } from './table'

/** All that `troupe risk show` tells; with `--json` just this. */
export type RiskReport = LimitsView &
  Pick<RiskView, 'mode' | 'killSwitch' | 'breakers' | 'throttles' | 'reducing'> & { readonly emergencies: readonly EmergencyView[] }

/** Characters of a bar. */
const BAR = 10

/** Returns the report for a person: what holds, then breakers, then limits by how much of each is used. */
export function riskText(report: RiskReport): string {
  const { atMs, mode, equity, currency, capScale, capScaleSource, killSwitch, limits, unknown } = report
  const counted = limits.filter(isCounted).toSorted((a, b) => (b.usedRatio ?? 0) - (a.usedRatio ?? 0))
  const rules = limits.filter((limit) => !isCounted(limit) && !isQuietState(limit))
  return [
    `Risk at ${new Date(atMs).toISOString()}: ${mode}; equity ${sum(equity)} ${currency}; caps × ${capScale} (${capScaleSource})`,
    `  kill switch  ${killSwitch.isActive ? `ACTIVE (${killSwitch.source}): ${killSwitch.reason}` : 'off'}`,
    ...unknown.map((instrumentId) => `  ! ${instrumentId}: the venue has not told of it yet, and nothing on it passes`),
    '',
    ...holdLines(report),
    ...breakerLines(report),
    `Limits that count (${counted.length}), the most used first`,
    ...tableLines(
      [
        left('used'),
        right('%'),
        left('check'),
        left('over'),
        right('filled'),
        right('working'),
        right('used'),
        right('limit'),
        right('headroom'),
        left('unit'),
        left('set to'),
        left('source'),
        left('what'),
      ],
      counted.map(countedRow),
    ),
    '',
    `Other limits (${rules.length})`,
    ...tableLines(
      [left('check'), left('over'), left('what'), left('set to'), left('now'), left('source')],
      rules.map(({ check, scope, what, used, source, ...limit }) => [check, scope, what, setTo(limit), used ?? '–', source]),
    ),
  ].join('\n')
}

function isCounted({ bound, limit, used }: LimitView): boolean {
  return bound !== null && limit !== null && used !== null
}

/** States that are as they should be say nothing; one that stops orders is among what holds. */
function isQuietState({ configured, used }: LimitView): boolean {
  return configured === null && used !== null
}

function countedRow(row: LimitView): readonly string[] {
  const { usedRatio, check, scope, filled, working, used, limit, headroom, unit, source, what } = row
  const share = usedRatio ?? 0
  const figures = [filled, working, used, limit, headroom].map((figure) => figureOf(figure, unit))
  return [bar(share), percent(share), check, scope, ...figures, unit, setTo(row), source, what]
}

function bar(share: number): string {
  const full = Math.min(BAR, Math.ceil(share * BAR))
  return `${'#'.repeat(full)}${'.'.repeat(BAR - full)}`
}

function percent(share: number): string {
  return share > 9.99 ? '>999' : (share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)
}

function setTo({ configured, basis, limit }: Pick<LimitView, 'configured' | 'basis' | 'limit'>): string {
  if (configured === null && limit !== null) return '–'
  return configured === null ? 'off' : `${figureOf(configured, '')} ${basis}`.trimEnd()
}

/** Sums of money to the cent; counts and times as they are. */
function figureOf(figure: string | null, unit: string): string {
  if (figure === null) return '–'
  return /^[A-Z]{3,}$/.test(unit) ? sum(figure) : figure
}

/** At most so many digits after the point as tell a person something; the JSON has them all. */
function sum(text: string): string {
  if (!isDecimalText(text)) return text
  const short = toFixedScale(text as Decimal, 2)
  return /^-?0\.00$/.test(short) && !/^-?0(\.0+)?$/.test(text) ? toFixedScale(text as Decimal, 8).replace(/0+$/, '') : short
}

/** What keeps orders from passing: limits that hold, tripped throttles, reducing scopes, emergency halts. */
function holdLines({ limits, throttles, reducing, emergencies, atMs }: RiskReport): readonly string[] {
  const since = (sinceMs: number) => formatDuration(Math.max(1, atMs - sinceMs))
  const lines = [
    ...emergencies
      .filter(({ state }) => state === 'RUNNING' || state === 'OVERDUE')
      .map(({ scope, state, ordersLeftCount, positionsLeftCount }) => {
        return `emergency halt of ${scope}: ${state}, ${ordersLeftCount} orders and ${positionsLeftCount} positions left`
      }),
    ...throttles.map(({ botId, kind, reason, sinceMs }) => {
      return `throttle of ${botId} (${kind}) tripped ${since(sinceMs)} ago: ${reason}; "resume --throttle ${botId}" re-arms it`
    }),
    ...reducing.map(({ scope, source, text, sinceMs }) => `${scope} only reduces, since ${since(sinceMs)} by ${source}: ${text}`),
    ...limits.filter(({ holds }) => holds !== null).map(({ check, scope, holds }) => `${check} (${scope}): ${holds}`),
  ]
  return [`What holds now (${lines.length})`, ...(lines.length === 0 ? ['  nothing'] : lines.map((line) => `  ! ${line}`)), '']
}

/** Those that hold come first. */
function breakerLines({ breakers, atMs }: RiskReport): readonly string[] {
  const isHolding = ({ state }: RiskView['breakers'][number]) => state !== 'ARMED'
  const sorted = [...breakers.filter(isHolding), ...breakers.filter((breaker) => !isHolding(breaker))]
  const columns = [left('breaker'), left('state'), left('does'), right('at'), right('of'), left('re-arms'), left('reason')]
  const rows = sorted.map((breaker) => {
    const { breakerId, state, response, value, threshold, reason } = breaker
    return [breakerId, state, response, value, threshold, endOf(breaker, atMs), reason ?? '']
  })
  return [`Breakers (${breakers.length})`, ...tableLines(columns, rows), '']
}

function endOf({ state, rearm, rearmsAtMs }: RiskView['breakers'][number], nowMs: number): string {
  if (state !== 'ARMED' && rearmsAtMs !== null) return `in ${formatDuration(Math.max(1, rearmsAtMs - nowMs))}`
  return rearm === 'operator' ? 'by an operator' : state === 'ARMED' ? 'by itself' : 'with its cause'
}
