import { type BotConfig, configSchema, type TroupeConfig } from '#config/schema'
import { SeededRandom } from '#sim/random'
import { Draw } from './draw'
import type { SeedPlan } from './plan-types'
import type { SeedTask } from './types'

/** Nothing but the schema's own defaults: a simulation reads no file. */
const DEFAULTS = configSchema.parse({})

type BotKind = 'trend' | 'busy' | 'resting'

function instrumentOf(symbol: string): string {
  return `${symbol.replace('/', '-')}@kraken`
}

function trendBot(draw: Draw): Pick<BotConfig, 'strategy' | 'parameters' | 'routing' | 'cycleMs'> {
  return {
    strategy: 'trend-following',
    parameters: {
      timeframes: ['1m'],
      fastPeriod: draw.integer(1, 3),
      slowPeriod: draw.integer(4, 9),
      atrPeriod: draw.integer(3, 6),
      minConfidence: 0,
    },
    routing: {
      style: draw.pick(['limit', 'marketable', 'market', 'postOnly'] as const),
      slippageBpsMax: draw.pick([5, 50]),
      timeInForce: draw.pick(['gtc', 'ioc'] as const),
    },
    cycleMs: null,
  }
}

function busyBot(draw: Draw, stepMs: number, awayBps: number): Pick<BotConfig, 'strategy' | 'parameters' | 'routing' | 'cycleMs'> {
  const notionalSmall = draw.integer(40, 200)
  return {
    strategy: 'busy',
    parameters: { stepMs, awayBps, notionalSmall, notionalLarge: notionalSmall + draw.integer(20, 200) },
    routing: { style: 'limit', slippageBpsMax: 50, timeInForce: 'gtc' },
    cycleMs: stepMs,
  }
}

/** Every second bot or so has levels of its own, some of them as near as the market moves in minutes. */
function protectionOf(draw: Draw): BotConfig['protection'] {
  if (draw.chance(0.4)) return null
  const share = (...values: readonly number[]) => (draw.chance(0.7) ? draw.pick(values) : null)
  return {
    stopLossRatio: share(0.0005, 0.002, 0.01),
    takeProfitRatio: share(0.0005, 0.002, 0.01),
    trailingRatio: share(0.001, 0.005),
    collarBps: draw.pick([0.5, 5, 25]),
    escalateAfterMs: draw.pick([2_000, 5_000, 15_000]),
    retryMs: 250,
    native: draw.chance(0.7),
  }
}

function botOf(kind: BotKind, index: number, draw: Draw, protection: Draw, symbols: readonly string[]): BotConfig {
  const terms =
    kind === 'trend'
      ? trendBot(draw)
      : kind === 'busy'
        ? busyBot(draw, draw.pick([15_000, 30_000, 60_000]), draw.pick([1, 3, 8]))
        : busyBot(draw, draw.pick([60_000, 90_000]), draw.pick([15, 60]))
  return {
    id: `${kind}-${index + 1}`,
    enabled: true,
    instruments: [instrumentOf(draw.pick(symbols))],
    capital: '10000',
    orderNotional: String(draw.integer(200, 1_500)),
    strategies: [],
    proposals: { stopRatios: null, targetRatios: null },
    universe: null,
    aggregation: 'highestConviction',
    sizing: null,
    canaryRatio: 1,
    policy: null,
    preview: draw.chance(0.1),
    onStop: draw.pick(['keep', 'flatten'] as const),
    drawdownRatio: null,
    protection: protectionOf(protection),
    ...terms,
  }
}

/** Returns the company of a seed: two to four bots of several kinds, at least one of which keeps orders resting. */
export function configOf(task: SeedTask, plan: SeedPlan): TroupeConfig {
  const draw = new Draw(new SeededRandom(`${task.seed}/company`))
  const count = Math.min(
    4,
    task.profile.bots +
      draw.weighted([
        [0, 3],
        [1, 2],
        [2, 1],
      ] as const),
  )
  const kinds = Array.from({ length: count }, (_, index): BotKind => {
    if (index === 0) return 'resting'
    return index === 1 ? 'trend' : draw.pick(['trend', 'busy', 'resting'] as const)
  })
  const retire = new Draw(new SeededRandom(`${task.seed}/company/retire`))
  // By default finished orders are kept as long as a seed lasts: then nothing would ever be retired.
  const retireAfterMs = retire.chance(0.6) ? retire.pick([60_000, 180_000, 420_000]) : DEFAULTS.desk.retireAfterMs
  const watched = new Draw(new SeededRandom(`${task.seed}/company/breakers`))
  return {
    ...DEFAULTS,
    bots: kinds.map((kind, index) => {
      const draw = new Draw(new SeededRandom(`${task.seed}/company/${index}`))
      const protection = new Draw(new SeededRandom(`${task.seed}/company/${index}/protection`))
      return botOf(kind, index, draw, protection, plan.symbols)
    }),
    // Losing is a drill here: a bot that pauses for a day would leave nothing to watch.
    breakers: {
      ...DEFAULTS.breakers,
      consecutiveLosses: draw.integer(2, 5),
      consecutiveLossPauseMs: draw.pick([60_000, 300_000]),
      // So that a venue that comes and goes, and a market that refuses, are traded on again within the seed.
      venueCoolDownMs: watched.pick([1_000, 10_000]),
      marketErrorPauseMs: watched.pick([30_000, 120_000]),
      killSwitchOnDrift: watched.chance(0.25),
    },
    portfolioSyncSec: draw.pick([15, 30, 60]),
    markRefreshMs: draw.pick([10_000, 30_000, 60_000]),
    desk: {
      ...DEFAULTS.desk,
      shutdownCancels: draw.chance(0.8),
      deadManTimeoutSec: draw.pick([0, 60, 600]),
      deadManRefreshSec: 20,
      retireAfterMs,
    },
    risk: {
      ...DEFAULTS.risk,
      onCapExceeded: draw.pick(['downsize', 'block'] as const),
      // Those of the defaults hardly ever bind bots as small as these.
      ...(draw.chance(0.25) ? { positionRatioMax: 0.006, totalExposureMax: '1200' } : {}),
    },
  }
}
