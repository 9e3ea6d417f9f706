import type { TroupeConfig } from '#config/schema'
import { decimal, multiply } from '#domain/decimal'
import { mustExist } from '#domain/errors'
import { place, priceAt, wish } from './intents'
import { type BotConfig, quietBot, World, type WorldOptions } from './world'

/** The sandbox's pairs, with a size of some 25 USD each. */
export const MARKETS = [
  { instrument: 'BTC-USD@kraken', size: '0.0004' },
  { instrument: 'ETH-USD@kraken', size: '0.008' },
  { instrument: 'SOL-USD@kraken', size: '0.17' },
  { instrument: 'XRP-USD@kraken', size: '42' },
] as const

/** One quiet bot a market: `bot-0` to `bot-3`. */
export const CROWD_BOTS: readonly BotConfig[] = MARKETS.map(({ instrument }, index) => quietBot(`bot-${index}`, instrument))

/** Caps and guards that a crowd of like orders fits under. */
function roomy(config: TroupeConfig): TroupeConfig {
  const risk = {
    ...config.risk,
    totalExposureMax: '10000000',
    totalAtRiskRatioMax: 1,
    positionRatioMax: 1,
    assetRatioMax: 1,
    strategyRatioMax: { 'trend-following': 1 },
    marketConcentrationRatioMax: 1,
    messagesPerSecMax: null,
    executionsMax: null,
    duplicateWindowMs: null,
    riskPerTradeRatioMax: null,
    portfolioRiskRatioMax: null,
  }
  return { ...config, risk, desk: { ...config.desk, inFlightMax: 100 } }
}

/** A world whose venue has no rate limits unless asked for, and whose market is slow: what is measured is the company. */
export function crowdWorld(seed: string, options: WorldOptions = {}): World {
  return new World({
    bots: CROWD_BOTS,
    ...options,
    seed,
    config: (config) => (options.config ?? ((same: TroupeConfig) => same))(roomy(config)),
    emulator: { hasLimits: false, stepMs: 5_000, tradeEveryMs: 15_000, ...options.emulator },
  })
    .start()
    .trading()
}

/** Has each bot buy a little. */
export function takePositions(world: World): void {
  for (const [index, { size }] of MARKETS.entries()) {
    const record = place(world, { bot: `bot-${index}`, target: size })
    world.until('it is bought', () => world.statusOf(record.clientOrderId) === 'FILLED', 30_000)
  }
}

/** Has each bot place `each` orders that rest far below the market. */
export function rests(world: World, each: number): void {
  const { portfolio } = world.company
  for (let count = 1; count <= each; count++) {
    const answers = MARKETS.map(({ size }, index) => {
      const bot = `bot-${index}`
      const { spec } = mustExist(world.company.bots.get(bot as never), bot)
      const held = portfolio.positionOf(spec.botId, mustExist(spec.instruments[0], 'no instrument'))
      const more = count + (held === '0' ? 0 : 1)
      // The second is of another kind than the first, or the first would be amended; of more than one none is.
      return wish(world, {
        bot,
        target: multiply(decimal(size), decimal(String(more))),
        price: priceAt(world, -400 - count, bot),
        postOnly: count === 1,
      })
    })
    world.until('they are worked', () => answers.every(({ result }) => result !== undefined), 30_000)
    for (const { result } of answers) {
      const [first] = result?.results ?? []
      if (first?.kind !== 'sent') throw new Error(`not sent: ${JSON.stringify(result?.plan.text)} ${JSON.stringify(first)}`)
    }
  }
  world.until(
    'they rest',
    () => [...world.company.orders.live()].every((record) => world.company.orders.stateOf(record) === 'open'),
    60_000,
  )
}
