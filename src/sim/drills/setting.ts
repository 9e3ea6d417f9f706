import { type BotConfig, configSchema, type TroupeConfig } from '#config/schema'
import type { KrakenEmulatorSettings } from '#sim/kraken/emulator'
import { krakenUniverse } from '#sim/market/universe'
import type { Drill, DrillBot } from './types'

/** The schema's own defaults: a drill reads no file, and shows what the breakers do as they are documented. */
const DEFAULTS = configSchema.parse({})
/** How often a bot of a drill is asked, ms. */
const CYCLE_MS = 5_000

/** Caps that let a bot risk what its breaker is to catch. */
const WIDE: Partial<TroupeConfig['risk']> = {
  orderNotionalMax: '100000',
  totalExposureMax: '1000000',
  totalAtRiskRatioMax: 1,
  positionRatioMax: 1,
  assetRatioMax: 1,
  strategyRatioMax: {},
  marketConcentrationRatioMax: 1,
  riskPerTradeRatioMax: null,
  portfolioRiskRatioMax: null,
}

/** Returns the company of a drill: the defaults, its bots, and caps that are out of the way. */
export function configOf({ bots, breakers }: Pick<Drill, 'bots' | 'breakers'>): TroupeConfig {
  return {
    ...DEFAULTS,
    bots: bots.map(botOf),
    risk: { ...DEFAULTS.risk, ...WIDE },
    breakers: { ...DEFAULTS.breakers, ...breakers },
  }
}

function botOf({ id, instruments, capital, drawdownRatio }: DrillBot): BotConfig {
  return {
    id,
    strategy: 'trend-following',
    strategies: [],
    proposals: { stopRatios: null, targetRatios: null },
    aggregation: 'highestConviction',
    enabled: true,
    instruments: [...instruments],
    universe: null,
    cycleMs: CYCLE_MS,
    capital,
    orderNotional: '100',
    sizing: null,
    canaryRatio: 1,
    policy: null,
    parameters: { timeframes: ['1d'], fastPeriod: 1, slowPeriod: 2, atrPeriod: 1, swingBars: 2, minConfidence: 1 },
    routing: { style: 'marketable', slippageBpsMax: 100, timeInForce: 'gtc' },
    preview: false,
    onStop: 'keep',
    protection: null,
    drawdownRatio: drawdownRatio ?? null,
  }
}

/** A market that hardly moves by itself, so that a fall is the drill's own, and that is cheap to pass a day in. */
export function emulatorOf(): Partial<KrakenEmulatorSettings> {
  const universe = krakenUniverse()
  const traded = universe.instruments.filter(({ instrument }) => ['BTC/USD', 'ETH/USD'].includes(instrument.symbol))
  return {
    universe: { ...universe, instruments: traded.map((market) => ({ ...market, volatilityBps: 0.2 })) },
    stepMs: 15_000,
    tradeEveryMs: 15_000,
  }
}
