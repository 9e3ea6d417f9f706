import { SeededRandom } from '#sim/random'
import { Draw } from './draw'
import { FAULT_NAMES, type FaultName } from './faults'
import { drawFault } from './plan-fault'
import type { PlannedFault, SeedPlan } from './plan-types'
import type { SeedTask } from './types'

const MINUTE_MS = 60_000
/** A day of summer time changes, leap days and the turn of the year is as good a start as any. */
const FIRST_MS = Date.UTC(2026, 0, 1)
const DAYS = 730
/** Nothing goes wrong while the company starts for the first time: it has no books to lose yet. */
const QUIET_MS = 90_000
/** What goes wrong has ended by then before a leg is judged. */
const MARGIN_MS = 30_000
/** Planned faults an hour of market: the least and the most. */
const FAULTS_PER_HOUR = [6, 16] as const
const FAULTS_MAX = 400
/** Share of the seeds whose market is thin, and what trades there in a minute, quote: about as much as one of our orders. */
const THIN_MARKETS = 0.4
const THIN_VOLUMES = [2_000, 9_000] as const
const PAIRS: readonly (readonly [string, string])[] = [
  ['BTC/USD', 'ETH/USD'],
  ['ETH/USD', 'SOL/USD'],
  ['BTC/USD', 'XRP/USD'],
  ['SOL/USD', 'XRP/USD'],
]

/** The swarm of a seed: which of the allowed faults it uses, and how often each in relation to the others. */
function swarmOf(seed: number, allowed: readonly FaultName[]): readonly (readonly [FaultName, number])[] {
  const ordered = FAULT_NAMES.filter((name) => allowed.includes(name))
  const share = new Draw(new SeededRandom(`${seed}/swarm`)).between(0.15, 0.7)
  // A stream of its own for each name: allowing one more fault does not change what becomes of the others.
  const draws = ordered.map((name) => ({ name, draw: new Draw(new SeededRandom(`${seed}/swarm/${name}`)) }))
  const chosen = draws.filter(({ draw }) => draw.chance(share)).map(({ name, draw }) => [name, draw.between(0.2, 3)] as const)
  if (chosen.length > 0) return chosen
  return draws.length === 0 ? [] : [[new Draw(new SeededRandom(`${seed}/swarm/one`)).pick(ordered), 1]]
}

/**
 * Returns the schedule of a run (SIM-08), swarm style: each seed has its own subset of the allowed faults, its own rates and its own
 * faults. Pure. Each planned fault has a stream of its own, so that leaving some out changes nothing about the others.
 */
export function planSeed(task: SeedTask): SeedPlan {
  const { seed, profile, faults } = task
  const draw = new Draw(new SeededRandom(`${seed}/plan`))
  const startMs = FIRST_MS + draw.integer(0, DAYS * 24 * 60) * MINUTE_MS + draw.integer(0, MINUTE_MS - 1)
  const symbols = draw.pick(PAIRS)
  const latencyMs = draw.pick([1, 5, 5, 20, 80])
  const middleMs = Math.round(profile.marketMs * draw.between(0.4, 0.6))
  const legsMs = [middleMs, profile.marketMs]
  const swarm = swarmOf(seed, faults)
  const perHour = draw.between(FAULTS_PER_HOUR[0], FAULTS_PER_HOUR[1])
  const count = swarm.length === 0 ? 0 : Math.min(FAULTS_MAX, Math.max(2, Math.round((perHour * profile.marketMs) / (60 * MINUTE_MS))))
  const canCrash = faults.includes('crash')
  const all: PlannedFault[] = []
  for (let index = 0; index < count + (canCrash ? 1 : 0); index++)
    all.push(planOne(task, index, canCrash && index === 0, swarm, legsMs, symbols))
  const crashes = all.filter(({ name }) => name === 'crash' || name === 'tornTail').length
  const stops = Math.max(profile.restartsMin - crashes, draw.chance(0.4) ? 1 : 0)
  const stopsMs = Array.from({ length: stops }, () => momentIn(draw, legsMs)).sort((a, b) => a - b)
  const market = new Draw(new SeededRandom(`${seed}/market`))
  return {
    startMs,
    latencyMs,
    symbols,
    volumePerMinute: market.chance(THIN_MARKETS) ? market.spread(THIN_VOLUMES[0], THIN_VOLUMES[1]) : null,
    legsMs,
    stopsMs,
    planned: all.length,
    faults: all.filter(({ index }) => !task.without.includes(index)),
  }
}

/** A moment of some leg, away from its ends; market time since the start. */
function momentIn(draw: Draw, legsMs: readonly number[]): number {
  const leg = draw.integer(0, legsMs.length - 1)
  return momentOf(draw, leg, legsMs)
}

function momentOf(draw: Draw, leg: number, legsMs: readonly number[]): number {
  const fromMs = (legsMs[leg - 1] ?? 0) + QUIET_MS
  const toMs = Math.max(fromMs + 1, (legsMs[leg] ?? 0) - MARGIN_MS)
  return Math.floor(draw.between(fromMs, toMs))
}

function planOne(
  task: SeedTask,
  index: number,
  isTheCrash: boolean,
  swarm: readonly (readonly [FaultName, number])[],
  legsMs: readonly number[],
  symbols: readonly string[],
): PlannedFault {
  const draw = new Draw(new SeededRandom(`${task.seed}/fault/${index}`))
  const drawn = draw.weighted(swarm)
  const name = isTheCrash ? 'crash' : drawn
  // The crash that every seed has comes in the first leg, so that the judgement in the middle comes after it.
  const leg = isTheCrash ? 0 : draw.integer(0, legsMs.length - 1)
  const startMs = momentOf(draw, leg, legsMs)
  const { fault, lengthMs } = drawFault(name, draw, symbols)
  return { index, name, startMs, endMs: Math.min(startMs + lengthMs, (legsMs[leg] ?? startMs) - 1), fault }
}
