import { describe, expect, test } from 'bun:test'
import { type Decimal, decimal, divide, multiply, roundToStep } from '#domain/decimal'
import { intentBase } from '#strategies/decision'
import { IS_LONG } from './profile'
import { type BotConfig, quietBot, type Script, World } from './world'

const BOTS = 50
const CYCLE_MS = 10_000
const LENGTH_MS = IS_LONG ? 1_800_000 : 180_000
const LINES = [
  ['BTC-USD@kraken', '0.0006'],
  ['ETH-USD@kraken', '0.012'],
] as const

function botAt(number: number): BotConfig {
  const plain = quietBot(`bot-${number}`, LINES[number % LINES.length]?.[0])
  return { ...plain, cycleMs: CYCLE_MS, capital: '1500' }
}

/** All bots at the same instants: an order that rests, the order moved and made larger, and none; what the venue's budget allows of it. */
function scriptOf(world: World, bot: string, unit: Decimal): Script {
  return (context) => {
    const step = Math.floor(context.nowMs / CYCLE_MS) % 3
    const { market } = world.company
    const mid = market.mid(context.instrumentId)
    if (mid === null) return []
    const bps = decimal(step === 0 ? 9_940 : 9_950)
    const limitPrice = roundToStep(divide(multiply(mid, bps), decimal(10_000)), market.instrument(context.instrumentId).tickSize, 'down')
    return [
      {
        ...intentBase(context),
        strategyId: 'trend-following' as never,
        botId: bot as never,
        kind: step === 2 ? 'exit' : 'enter',
        target: step === 2 ? { kind: 'flat' } : { kind: 'quantity', quantity: multiply(unit, decimal(step + 1)) },
        stopPrice: null,
        takeProfitPrice: null,
        conviction: 1,
        routing: { kind: 'limit', limitPrice, postOnly: true },
        metadata: {},
      },
    ]
  }
}

describe('PAIN-08 fifty bots that decide in the same instant', () => {
  for (const tier of ['starter', 'intermediate', 'pro'] as const) {
    test(`${tier}: the venue never has to refuse for rate, and every cancel goes through`, () => {
      const world = new World({
        seed: `pain-08/${tier}`,
        bots: Array.from({ length: BOTS }, (_, number) => botAt(number)),
        config: (config) => ({ ...config, venues: { ...config.venues, kraken: { ...config.venues.kraken, tier } } }),
        emulator: { stepMs: 15_000, tradeEveryMs: 15_000, tier },
      })
      for (let number = 0; number < BOTS; number++)
        world.scripts.set(`bot-${number}`, scriptOf(world, `bot-${number}`, decimal(LINES[number % LINES.length]?.[1] ?? '1')))
      world.start().trading()
      world.run(LENGTH_MS)
      const { engineRateLimit, restRateLimit } = world.record().counters
      const sent = world.entries('order.submitting').length + world.entries('order.amend').length + world.entries('order.cancel').length
      expect({ engineRateLimit, restRateLimit }).toEqual({ engineRateLimit: 0, restRateLimit: 0 })
      expect([...world.company.venues.values()].map((host) => host.venue.health().rateLimitHits)).toEqual([0])
      expect(sent).toBeGreaterThan({ starter: 80, intermediate: 250, pro: 400 }[tier])
      world.scripts.clear()
      world.run(CYCLE_MS)
      world.stop()
      expect(world.account().openOrders).toEqual([])
      world.close()
    }, 120_000)
  }
})
