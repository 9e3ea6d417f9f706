// In virtual time, against the Kraken emulator: what stands between a stop and its execution.
import { describe, expect, test } from 'bun:test'
import type { PlanResult } from '#actors/desk/desk'
import { decimal } from '#domain/decimal'
import { mustExist } from '#domain/errors'
import { botId, instrumentId } from '#domain/ids'
import type { Intent } from '#domain/intent'
import type { Quote } from '#domain/market'
import { intentOf, place, priceAt, type Wish, wish } from './intents'
import { type BotConfig, quietBot, World } from './world'

const BTC = instrumentId('BTC-USD@kraken')

type Protection = NonNullable<BotConfig['protection']>
const LEVELS: Protection = {
  stopLossRatio: 0.02,
  takeProfitRatio: null,
  trailingRatio: null,
  collarBps: 25,
  escalateAfterMs: 5_000,
  retryMs: 250,
  native: false,
}

const held = (world: World, bot = 'tester') => world.company.portfolio.positionOf(botId(bot), BTC)
const state = (world: World, bot = 'tester') => world.company.protections.find(bot, BTC)?.state ?? 'NONE'

function ready(levels: Partial<Protection> | null, over: ConstructorParameters<typeof World>[0] = {}): World {
  const protection = levels === null ? null : { ...LEVELS, ...levels }
  return new World({ bots: [{ ...quietBot('tester'), protection }], ...over }).start().trading().run(10_000)
}

type Stated = Partial<Pick<Intent, 'stopPrice' | 'takeProfitPrice' | 'trailingRatio'>>

/** Hands the desk an intent with levels of its own, and waits for what became of it. */
function executed(world: World, asked: Wish, stated: Stated = {}): PlanResult | null {
  const { spec } = mustExist(world.company.bots.get(botId(asked.bot ?? 'tester')), 'no bot')
  const routing = { ...spec.routing, style: 'marketable' as const }
  const terms = { routing, sizing: spec.sizing, isOperatorFlatten: false, shouldPreview: false }
  const answer: { result: PlanResult | null | undefined } = { result: undefined }
  void world.company.desk.execute({ ...intentOf(world, asked), ...stated }, terms).then((result) => {
    answer.result = result
  })
  world.until('the intent is worked', () => answer.result !== undefined, 30_000)
  return answer.result ?? null
}

/** Buys 0.01 and waits until the position is protected. */
function bought(world: World, stated: Stated = {}, bot = 'tester'): void {
  executed(world, { target: '0.01', bot }, stated)
  world.until('it is protected', () => held(world, bot) === '0.01' && state(world, bot) === 'HOLDING', 10_000)
}

const fall = (world: World, factor: number) => world.emulator.shiftPrice('BTC/USD', factor)

describe('EXE-13 what an intent states holds once it is executed', () => {
  const line = (world: World) => world.company.memory.protections.line(botId('tester'), BTC)

  test('EXE-13 an increase that the gate blocks, without levels, takes no stop away', () => {
    const world = ready(null)
    const stopPrice = priceAt(world, -200)
    bought(world, { stopPrice })
    world.company.reducing.begin({ kind: 'company' }, 'operator', 'by hand')
    expect(executed(world, { target: '0.02', kind: 'increase' })?.results[0]?.kind).toBe('blocked')
    world.run(2_000)
    expect(line(world)).toMatchObject({ state: 'holding', stopPrice })
    fall(world, 0.9)
    world.until('the stop closes the position', () => held(world) === '0', 60_000)
    world.close()
  })

  test('EXE-13 levels of an increase that is blocked are not taken over, those of one that is filled are', () => {
    const world = ready(null)
    const [first, second] = [priceAt(world, -300), priceAt(world, -200)]
    bought(world, { stopPrice: first })
    world.company.reducing.begin({ kind: 'company' }, 'operator', 'by hand')
    executed(world, { target: '0.02', kind: 'increase' }, { stopPrice: second })
    world.run(2_000)
    expect(line(world).stopPrice).toBe(first)
    world.company.reducing.end({ kind: 'company' }, 'operator', 'by hand')
    executed(world, { target: '0.02', kind: 'increase' }, { stopPrice: second })
    world.until('it is added', () => line(world).quantity === '0.02', 20_000)
    expect(line(world).stopPrice).toBe(second)
    // One that states nothing keeps what was stated, filled or not.
    executed(world, { target: '0.03', kind: 'increase' })
    world.until('it is added', () => line(world).quantity === '0.03', 20_000)
    expect(line(world).stopPrice).toBe(second)
    world.close()
  })

  test('EXE-13 the stop of an entry in the other direction never stands over the position that is held', () => {
    const world = ready(null)
    const stopPrice = priceAt(world, -200)
    bought(world, { stopPrice })
    // A short would be stopped above the market: of the long position that is kept it would sell at once.
    executed(world, { target: '-0.01' }, { stopPrice: priceAt(world, 200) })
    world.run(100)
    const stops = world.entries('protection.held').map(({ payload }) => payload['stopPrice'])
    expect(new Set(stops)).toEqual(new Set([stopPrice]))
    expect(world.entries('protection.triggered')).toEqual([])
    world.close()
  })
})

describe('PAIN-11 nothing of ours stands in the way of a stop', () => {
  test('PAIN-11 an order of the line whose chart has crashed is in doubt, and holds no stop up', () => {
    const world = ready({})
    bought(world)
    const record = place(world, { target: '0.012', price: priceAt(world, -500), postOnly: true })
    world.until('it rests', () => world.company.orders.stateOf(record) === 'open')
    record.chart = null
    fall(world, 0.975)
    world.until('the stop closes the position', () => held(world) === '0', 60_000)
    // Its coins and its money are not said to be missing, and it is canceled at the venue all the same.
    expect(world.company.orders.isInDoubt(record)).toBe(true)
    world.until('it is canceled at the venue', () => world.account().openOrders.length === 0, 60_000)
    expect(world.company.killSwitch.isActive).toBe(false)
    world.close()
  }, 60_000)

  test('PAIN-11 a sale of the line in doubt may have sold already: the stop waits for it, tells of that, and sells once', () => {
    const world = ready({})
    bought(world)
    world.emulator.faults.add({ kind: 'lostReply', methods: ['add_order'], withholdEvents: true, count: 1 })
    const methods = ['QueryOrders', 'OpenOrders', 'ClosedOrders', 'TradesHistory']
    world.emulator.faults.add({ kind: 'apiError', id: 'mute', methods, text: 'EService:Busy' })
    wish(world, { target: '0', price: priceAt(world, 500), postOnly: true })
    world.run(12_000)
    const record = mustExist([...world.company.orders.live()][0], 'no order')
    expect(world.company.orders.isInDoubt(record)).toBe(true)
    fall(world, 0.97)
    const told = () => world.alerts.filter(({ code }) => code === 'PROTECTION_STUCK')
    world.until('it is told of', () => told().length > 0, 30_000)
    expect(told()[0]).toMatchObject({ severity: 'HIGH', details: { botId: 'tester', instrumentId: BTC } })
    expect(told()[0]?.text).toContain(`waits for ${record.clientOrderId} (in doubt)`)
    // Told again every ten seconds; tried again meanwhile, and nothing is sold twice.
    const sinceMs = world.clock.now()
    world.until('it is told of again', () => told().length > 1, 15_000)
    expect(world.clock.now() - sinceMs).toBeGreaterThan(9_000)
    expect(held(world)).toBe(decimal('0.01'))
    world.emulator.faults.clear(['mute'])
    world.until('the stop closes the position', () => held(world) === '0', 120_000)
    world.run(20_000)
    const sold = world.account().fills.filter(({ side }) => side === 'sell')
    expect(sold.reduce((sum, { quantity }) => sum + Number(quantity), 0)).toBeCloseTo(0.01, 12)
    expect(world.account().openOrders).toEqual([])
    world.close()
  }, 60_000)

  test('PAIN-11 an order in doubt on the other side holds no stop up', () => {
    const world = ready({})
    bought(world)
    world.emulator.faults.add({ kind: 'lostReply', methods: ['add_order'], withholdEvents: true, count: 1 })
    world.emulator.faults.add({
      kind: 'apiError',
      id: 'mute',
      methods: ['QueryOrders', 'OpenOrders', 'ClosedOrders', 'TradesHistory'],
      text: 'EService:Busy',
    })
    wish(world, { target: '0.012', price: priceAt(world, -500), postOnly: true })
    world.run(12_000)
    fall(world, 0.97)
    // By the venue's own account: what it tells of its executions is mute like the rest.
    const sold = () => world.account().fills.some(({ side, quantity }) => side === 'sell' && quantity === '0.01')
    world.until('the stop closes the position', sold, 10_000)
    world.close()
  }, 60_000)
})

describe('RSK-11 after a protective stop', () => {
  for (const [what, levels] of [
    ['by ratio', { stopLossRatio: 0.02 }],
    ['that trails', { stopLossRatio: null, trailingRatio: 0.02 }],
    ['that rests at the venue', { stopLossRatio: 0.02, native: true }],
  ] as const) {
    test(`RSK-11 a stop ${what} begins the cool-down after stops`, () => {
      const world = ready(levels, {
        bots: [{ ...quietBot('tester'), protection: { ...LEVELS, ...levels } }],
        config: (config) => ({ ...config, risk: { ...config.risk, cooldownMs: 0, cooldownAfterStopMs: 600_000 } }),
      })
      bought(world)
      world.run(2_000)
      fall(world, 0.97)
      world.until('the stop closes the position', () => held(world) === '0', 30_000)
      world.run(15_000)
      expect(executed(world, { target: '0.01' })?.results[0]).toMatchObject({ kind: 'blocked', code: 'cooldown' })
      world.close()
    }, 60_000)
  }
})

describe('EXE-13 a price is believed before a position is sold for it', () => {
  test('EXE-13 one bad quote sells nothing', () => {
    const world = ready({})
    world.run(20_000)
    bought(world)
    const quote = mustExist(world.company.market.quote(BTC), 'no quote')
    world.company.market.onQuote({ ...quote, bidPrice: decimal('100'), receivedAtMs: world.clock.now() })
    world.run(20_000)
    expect(world.entries('protection.triggered')).toEqual([])
    expect([held(world), state(world)]).toEqual([decimal('0.01'), 'HOLDING'])
    world.close()
  }, 60_000)

  /** Quotes of which the bid alone has fallen, each so many ms after the one before, and else nothing. Returns when the stop was set off, ms. */
  function fallenBid(afterMs: readonly number[], over: Partial<Quote> = {}): number {
    const world = ready({})
    world.run(20_000)
    bought(world)
    world.emulator.faults.add({ kind: 'droppedFrame', methods: ['ticker'], face: 'ws' })
    world.run(100)
    const quote = mustExist(world.company.market.quote(BTC), 'no quote')
    const sinceMs = world.clock.now()
    for (const pauseMs of afterMs) {
      world.run(pauseMs)
      world.company.market.onQuote({ ...quote, bidPrice: decimal('50000'), receivedAtMs: world.clock.now(), ...over })
    }
    world.until('the stop is set off', () => world.entries('protection.triggered').length === 1, 10_000)
    const setOffMs = world.clock.now() - sinceMs
    world.until('the stop closes the position', () => world.account().fills.some(({ side }) => side === 'sell'), 30_000)
    world.close()
    return setOffMs
  }

  test('EXE-13 a second quote of the same side bears the first one out', () => {
    expect(Math.abs(fallenBid([0, 150]) - 150)).toBeLessThan(20)
    expect(fallenBid([0, 50])).toBeGreaterThan(4_900) // one burst says no more than one quote
  }, 60_000)

  test('EXE-13 one quote of one side, and then none: sold after five seconds, after one where the last trade was there too', () => {
    expect(Math.abs(fallenBid([0]) - 5_000)).toBeLessThan(50)
    expect(Math.abs(fallenBid([0], { lastPrice: decimal('50100') }) - 900)).toBeLessThan(50)
  }, 60_000)

  test('EXE-13 a gap that is real is sold within a second of its first quote', () => {
    const world = ready({})
    world.run(20_000)
    bought(world)
    fall(world, 0.8)
    const isBeyond = () => Number(world.company.market.quote(BTC)?.bidPrice) < 60_000
    world.until('the gap is seen', isBeyond, 30_000)
    world.until('the stop is set off', () => world.entries('protection.triggered').length === 1, 1_000)
    world.until('the stop closes the position', () => held(world) === '0', 30_000)
    world.close()
  }, 60_000)
})

describe('PAIN-11 an exit that comes to nothing is told of', () => {
  test('PAIN-11 an exit whose order is canceled at the venue again and again goes on to the next step', () => {
    const world = ready({ collarBps: 0.01 })
    bought(world)
    fall(world, 0.97)
    for (let turn = 0; turn < 240 && held(world) !== '0'; turn++) {
      world.run(250)
      for (const { side, orderId } of world.account().openOrders) if (side === 'sell') world.cancelByHand(orderId)
    }
    expect(held(world)).toBe(decimal('0'))
    expect(new Set(world.entries('protection.released').map(({ payload }) => payload['name'])).size).toBeGreaterThan(2)
    expect(world.alertCodes()).toContain('PROTECTION_ESCALATED')
    world.close()
  }, 60_000)

  test('PAIN-11 a position of a bot that is taken out of the configuration is told of at the start', () => {
    const world = ready({}, { bots: [{ ...quietBot('tester'), protection: LEVELS }, quietBot('other')] })
    bought(world)
    world.crash()
    Object.assign(world, { config: { ...world.config, bots: world.config.bots.filter(({ id }) => id !== 'tester') } })
    world.start().run(10_000)
    const alerts = world.alerts.filter(({ code }) => code === 'POSITION_UNPROTECTED')
    expect(alerts).toMatchObject([{ severity: 'CRITICAL', details: { botId: 'tester', instrumentId: BTC, quantity: '0.01' } }])
    expect(alerts[0]?.text).toContain('Put the bot back')
    // Put back without trading, it is protected from the start on.
    world.crash()
    const bots = [{ ...quietBot('tester'), protection: LEVELS, enabled: false }, ...world.config.bots]
    Object.assign(world, { config: { ...world.config, bots } })
    world.start().run(10_000)
    expect([world.company.botOf('tester')?.state, state(world)]).toEqual(['IDLE', 'HOLDING'])
    fall(world, 0.9)
    world.until('the stop closes the position', () => held(world) === '0', 60_000)
    world.close()
  }, 60_000)
})
