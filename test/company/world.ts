import { loadConfig } from '#config/load'
import type { TroupeConfig } from '#config/schema'
import { mustExist } from '#domain/errors'
import type { Intent } from '#domain/intent'
import type { SimStore } from '#sim/engine/store'
import type { KrakenEmulatorSettings } from '#sim/kraken/emulator'
import { type Life, World as WholeWorld } from '#sim/world/world'
import type { StrategyContext } from '#strategies/types'

/** Decides in place of a bot's strategy. */
export type Script = (context: StrategyContext) => readonly Intent[]

export type BotConfig = TroupeConfig['bots'][number]

/** Name of the operator in these tests. */
export const OPERATOR = { name: 'test', address: '127.0.0.1' }

const DEFAULTS = loadConfig({ configDir: 'config', file: null, options: {} })

/** A bot that decides nothing by itself (see `World.scripts`). Tests hand the desk intents in its name. */
export function quietBot(id: string, instrument = 'BTC-USD@kraken'): BotConfig {
  return {
    ...mustExist(DEFAULTS.bots[0], 'the defaults have no bot'),
    id,
    strategy: 'trend-following',
    instruments: [instrument],
    parameters: { timeframes: ['1d'], fastPeriod: 1, slowPeriod: 2, atrPeriod: 1, swingBars: 2, minConfidence: 1 },
  }
}

/** A bot that places, amends and cancels without end. */
export function busyBot(id: string, instrument = 'BTC-USD@kraken', over: Partial<BotConfig> = {}): BotConfig {
  return {
    ...quietBot(id, instrument),
    strategy: 'busy',
    cycleMs: 5_000,
    parameters: { stepMs: 5_000, awayBps: 5, notionalSmall: 200, notionalLarge: 400 },
    ...over,
  }
}

export interface WorldOptions {
  readonly seed?: string
  readonly bots?: readonly BotConfig[]
  readonly config?: (config: TroupeConfig) => TroupeConfig
  readonly emulator?: Partial<KrakenEmulatorSettings>
  readonly startMs?: number
  /** One way, ms. */
  readonly latencyMs?: number
  /** What an emulator of this seed left. */
  readonly store?: SimStore
}

/** The world of the simulation with the defaults of these tests, and with scripts in place of strategies. */
export class World extends WholeWorld {
  /** What trend-following bots decide instead, by bot id: nothing, unless a test says otherwise. No registered strategy is that quiet. */
  readonly scripts: Map<string, Script>

  constructor(options: WorldOptions = {}) {
    const given = { ...DEFAULTS, bots: [...(options.bots ?? [quietBot('tester')])] }
    const scripts = new Map<string, Script>()
    const { startMs, latencyMs, emulator, store } = options
    super({
      seed: options.seed ?? 'company',
      config: options.config === undefined ? given : options.config(given),
      ...(startMs === undefined ? {} : { startMs }),
      ...(latencyMs === undefined ? {} : { latencyMs }),
      ...(emulator === undefined ? {} : { emulator }),
      ...(store === undefined ? {} : { store }),
      onLife: (life) => follow(life, scripts),
    })
    this.scripts = scripts
  }

  /** Ends the market. */
  close(): void {
    this.emulator.stop()
  }

  /** Places a limit order for BTC on our account as somebody else would: by hand, without an id of ours. */
  placeAsStranger(quantity: string, price: string, postOnly: boolean): void {
    const answer = this.placeByHand({ pair: 'XBTUSD', side: 'buy', quantity, price, postOnly })
    if (answer === null || !answer.includes('"error":[]')) throw new Error(`the stranger's order was refused: ${answer}`)
  }
}

function follow(life: Life, scripts: ReadonlyMap<string, Script>): void {
  for (const bot of life.runtime.company.deps.bots) {
    if (bot.strategy.strategyId !== 'trend-following') continue
    const decide: Script = (context) => scripts.get(bot.botId)?.(context) ?? []
    Object.assign(bot, { strategy: { ...bot.strategy, decide } })
  }
}
