import { DAY_MS, formatDuration } from '#domain/time'
import { INVARIANTS } from '#sim/monitors/types'
import { FAULTS, type FaultName } from '#sim/simulate/faults'
import { type Gaps, gapsOf, objectionCounts, SEEDS_THAT_MUST_COVER, type Totals } from '#sim/simulate/summary'
import { type ChartCoverage, coverageOf } from './simulate-coverage'
import type { SimulateSetting } from './simulate-options'
import { left, right, tableLines } from './table'

/** A run over seeds that has ended, by itself or not. */
export interface SweepEnd {
  readonly setting: SimulateSetting
  readonly first: number
  readonly last: number
  readonly totals: Totals
  /** Real time of this run alone, ms. */
  readonly realMs: number
  /** Seeds that an earlier run had finished. */
  readonly resumed: number
}

/** How many names of states and arrows are spelled out a chart; --json has all. */
const NAMES_MAX = 12
/** Columns of a line of names. */
const WIDTH = 120

/** Returns true when nothing failed and, in a run of enough seeds, nothing that should be met was missed. */
export function isGreen({ totals, setting }: Pick<SweepEnd, 'totals' | 'setting'>): boolean {
  return totals.failures.length === 0 && !gapsOf(totals, setting.faults).isFailure
}

/** Returns the summary for a person. */
export function summaryText(end: SweepEnd): string {
  const { setting, totals } = end
  const gaps = gapsOf(totals, setting.faults)
  return [
    '',
    headline(end),
    '',
    ...figures(end),
    '',
    'Faults that took effect',
    ...faultTable(setting.faults, totals.faults),
    ...gapLines(`never fired`, gaps.unfired, gaps),
    '',
    'Invariants',
    ...invariantTable(totals),
    ...gapLines('never judged', gaps.unjudged, gaps),
    '',
    'Charts: what of them was walked',
    ...chartLines(coverageOf(totals.transitions)),
  ].join('\n')
}

function headline({ totals, first, last }: SweepEnd): string {
  const { failures, seeds } = totals
  const wanted = last - first + 1
  const ran =
    seeds.size === wanted ? `${amount(wanted)} ${wanted === 1 ? 'seed' : 'seeds'}` : `${amount(seeds.size)} of ${amount(wanted)} seeds`
  if (failures.length === 0) return `Simulated ${ran}: no breach`
  const shown = failures.slice(0, NAMES_MAX).map(({ seed }) => seed)
  const names = `${shown.join(', ')}${failures.length > shown.length ? ', …' : ''}`
  return `Simulated ${ran}: ${amount(failures.length)} FAILED (${failures.length === 1 ? 'seed' : 'seeds'} ${names})`
}

function figures({ setting, first, last, totals, realMs, resumed }: SweepEnd): readonly string[] {
  const { profile } = setting
  const cpuHours = totals.cpuMs / 3_600_000
  const days = totals.simulatedMs / DAY_MS
  const rows: readonly (readonly [string, string])[] = [
    [
      'profile',
      `${profile.name}: ${formatDuration(profile.marketMs)} of market time a seed, at least ${profile.restartsMin} ${profile.restartsMin === 1 ? 'restart' : 'restarts'}, ` +
        `market step ${formatDuration(profile.stepMs)}, a print every ${formatDuration(profile.tradeEveryMs)}, ${profile.bots} bots`,
    ],
    ['seeds', `${first}..${last}${resumed === 0 ? '' : `, ${amount(resumed)} of them finished by an earlier run`}`],
    ['simulated', `${days.toFixed(2)} days of market time`],
    ['real time', `${spent(realMs)} on ${setting.jobs} worker ${setting.jobs === 1 ? 'process' : 'processes'}`],
    ['CPU time', `${spent(totals.cpuMs)}${cpuHours === 0 ? '' : `; ${(days / cpuHours).toFixed(1)} simulated days a CPU-hour`}`],
    [
      'clock events',
      `${amount(totals.events)}${totals.cpuMs === 0 ? '' : `; ${amount(Math.round((totals.events * 1_000) / totals.cpuMs))} a CPU-second`}`,
    ],
    ['company', `${amount(totals.orders)} orders, ${amount(totals.fills)} fills, ${amount(totals.restarts)} restarts`],
    ['journal', `${amount(totals.journalEntries)} entries`],
  ]
  return rows.map(([name, text]) => `  ${name.padEnd(13)} ${text}`)
}

function faultTable(faults: readonly FaultName[], counts: ReadonlyMap<FaultName, number>): readonly string[] {
  if (faults.length === 0) return ['  none was asked for']
  return tableLines(
    [left('fault'), right('times'), left('what')],
    faults.map((name) => [name, amount(counts.get(name) ?? 0), FAULTS[name]]),
  )
}

function invariantTable({ checks, failures }: Totals): readonly string[] {
  const objections = objectionCounts(failures)
  const others = [...new Set([...checks.keys(), ...objections.keys()])].filter((name) => !INVARIANTS.some((known) => known === name)).sort()
  return tableLines(
    [left('invariant'), right('judged'), right('breached')],
    [...INVARIANTS, ...others].map((name) => [name, amount(checks.get(name) ?? 0), amount(objections.get(name) ?? 0)]),
  )
}

function gapLines(what: string, names: readonly string[], { isFailure }: Gaps): readonly string[] {
  if (names.length === 0) return []
  const text = `${names.join(', ')}: ${what}`
  return [isFailure ? `  FAILED ${text}` : `  note: ${text}; from ${SEEDS_THAT_MUST_COVER} seeds on that fails the run`]
}

function chartLines(charts: readonly ChartCoverage[]): readonly string[] {
  const share = (missed: readonly string[], all: readonly string[]) => `${all.length - missed.length} of ${all.length}`
  const table = tableLines(
    [left('chart'), right('states'), right('arrows')],
    charts.map(({ machine, states, unvisited, arrows, unwalked }) => [machine, share(unvisited, states), share(unwalked, arrows)]),
  )
  const missed = charts.flatMap(({ machine, unvisited, unwalked, unexplained }) => [
    ...named(`${machine}: never entered`, unvisited),
    ...named(`${machine}: never walked`, unwalked),
    ...named(`${machine}: walked though the chart has no such arrow`, unexplained),
  ])
  return [...table, ...missed]
}

/** A list of names under a heading, broken into lines that fit a page. */
function named(what: string, names: readonly string[]): readonly string[] {
  if (names.length === 0) return []
  const more = names.length - NAMES_MAX
  const shown = [...names.slice(0, NAMES_MAX), ...(more > 0 ? [`and ${more} more`] : [])]
  const lines: string[] = []
  let line = `  ${what}: `
  for (const [index, name] of shown.entries()) {
    const word = index < shown.length - 1 ? `${name}, ` : name
    if (line.length + word.length > WIDTH) {
      lines.push(line.trimEnd())
      line = '    '
    }
    line += word
  }
  return [...lines, line]
}

function amount(value: number): string {
  return value.toLocaleString('en-US')
}

function spent(ms: number): string {
  return ms < 10_000 ? `${(ms / 1_000).toFixed(1)} s` : formatDuration(ms)
}

/** Returns the summary as the last line of --json. Figures of real time stand under `real` alone. */
export function summaryJson(end: SweepEnd, more: Readonly<Record<string, unknown>>): string {
  const { setting, totals, first, last, realMs, resumed } = end
  const { unfired, unjudged } = gapsOf(totals, setting.faults)
  return JSON.stringify({
    type: 'summary',
    isGreen: isGreen(end),
    profile: setting.profile,
    first,
    last,
    seeds: totals.seeds.size,
    resumed,
    failures: totals.failures,
    simulatedMs: totals.simulatedMs,
    events: totals.events,
    journalEntries: totals.journalEntries,
    orders: totals.orders,
    fills: totals.fills,
    restarts: totals.restarts,
    faults: Object.fromEntries(setting.faults.map((name) => [name, totals.faults.get(name) ?? 0])),
    unfired,
    checks: Object.fromEntries([...totals.checks].sort()),
    unjudged,
    charts: coverageOf(totals.transitions).map((chart) => ({ ...chart, states: chart.states.length, arrows: chart.arrows.length })),
    real: { realMs: Math.round(realMs), cpuMs: Math.round(totals.cpuMs), jobs: setting.jobs },
    ...more,
  })
}
