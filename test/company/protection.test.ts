// In virtual time, against the Kraken emulator.
import { describe, expect, test } from 'bun:test'
import { decimal } from '#domain/decimal'
import { mustExist } from '#domain/errors'
import { botId, instrumentId } from '#domain/ids'
import type { Intent } from '#domain/intent'
import { expectAgreement } from './agree'
import { done, intentOf, place, priceAt } from './intents'
import { type BotConfig, OPERATOR, quietBot, World } from './world'

const BTC = instrumentId('BTC-USD@kraken')
const BOT = botId('tester')

type Protection = NonNullable<BotConfig['protection']>
const LEVELS: Protection = {
  stopLossRatio: null,
  takeProfitRatio: null,
  trailingRatio: null,
  collarBps: 25,
  escalateAfterMs: 5_000,
  retryMs: 250,
  native: false,
}

function ready(levels: Partial<Protection> | null, over: ConstructorParameters<typeof World>[0] = {}): World {
  const protection = levels === null ? null : { ...LEVELS, ...levels }
  const world = new World({ bots: [{ ...quietBot('tester'), protection }], ...over })
  return world.start().trading().run(10_000)
}

const held = (world: World) => world.company.portfolio.positionOf(BOT, BTC)
const line = (world: World) => world.company.memory.protections.line(BOT, BTC)
const state = (world: World) => world.company.protections.find(BOT, BTC)?.state ?? 'NONE'
const kinds = (world: World) => world.entries().flatMap(({ kind }) => (kind.startsWith('protection.') ? [kind.slice(11)] : []))
const steps = (world: World) => world.entries('protection.released').map(({ payload }) => payload['name'])

function bought(world: World, target = '0.01'): void {
  const record = place(world, { target })
  world.until('it is bought', () => world.statusOf(record.clientOrderId) === 'FILLED', 10_000)
  world.until('it is protected', () => state(world) === 'HOLDING', 1_000)
}

/** Hands the desk an intent with levels of its own, and waits until it is filled and protected. */
function boughtWith(world: World, stated: Partial<Pick<Intent, 'stopPrice' | 'takeProfitPrice' | 'trailingRatio'>>): void {
  const { spec } = mustExist(world.company.bots.get(BOT), 'no bot')
  const routing = { ...spec.routing, style: 'marketable' as const }
  const terms = { routing, sizing: spec.sizing, isOperatorFlatten: false, shouldPreview: false }
  void world.company.desk.execute({ ...intentOf(world, { target: '0.01' }), ...stated }, terms)
  world.until('it is protected', () => state(world) === 'HOLDING' && held(world) === '0.01', 10_000)
}

function shift(world: World, factor: number): void {
  world.emulator.shiftPrice('BTC/USD', factor)
}

function closed(world: World, limitMs = 30_000): void {
  world.until('the position is closed', () => held(world) === '0', limitMs)
  world.until('its protection is withdrawn', () => state(world) === 'IDLE', 1_000)
}

/** What was sold must be what was bought: nothing twice, nothing left. */
function soldOnce(world: World, quantity = '0.01'): void {
  world.run(20_000)
  const fills = world.account().fills.filter(({ side }) => side === 'sell')
  expect(fills.reduce((sum, fill) => sum + Number(fill.quantity), 0)).toBeCloseTo(Number(quantity), 12)
  expect(world.account().openOrders).toEqual([])
  expect(world.company.orders.liveCount).toBe(0)
  expect(world.runtime.monitors.breaches).toEqual([])
  expectAgreement(world)
}

describe('EXE-13 stop, target and trailing stop are orders of their own', () => {
  test('EXE-13 a stop by ratio: held with the position, hit, closed by an order through gate and journal', () => {
    const world = ready({ stopLossRatio: 0.02 })
    bought(world)
    const entry = mustExist(world.company.portfolio.entryPriceOf(BOT, BTC), 'no entry price')
    const stop = mustExist(line(world).stopPrice, 'no stop')
    expect(Number(stop) / Number(entry)).toBeCloseTo(0.98, 4)
    expect(world.control.positions()[0]?.protection).toMatchObject({ state: 'HOLDING', kind: null, stopPrice: stop, targetPrice: null })
    shift(world, 0.99)
    world.run(10_000)
    expect(state(world)).toBe('HOLDING')
    shift(world, 0.98)
    closed(world)
    expect(kinds(world)).toEqual(['held', 'triggered', 'released', 'withdrawn'])
    const sells = world.orders().filter(({ proposal }) => proposal.side === 'sell')
    expect(sells.map(({ proposal }) => [proposal.reduceOnly, proposal.effect, proposal.intentId])).toEqual([
      [true, 'close', 'tester:BTC-USD@kraken:protect:1:1' as never],
    ])
    expect(world.entries('verdict.passed').some(({ correlationId }) => correlationId === sells[0]?.clientOrderId)).toBe(true)
    expect(world.alertCodes()).toContain('PROTECTION_TRIGGERED')
    soldOnce(world)
    world.close()
  })

  test('EXE-13 what the intent states is honoured before the ratios; the target closes the position and withdraws the stop', () => {
    const world = ready({ stopLossRatio: 0.02, takeProfitRatio: 0.5 })
    const [stopPrice, takeProfitPrice] = [priceAt(world, -300), priceAt(world, 200)]
    boughtWith(world, { stopPrice, takeProfitPrice })
    expect(line(world)).toMatchObject({ stopPrice, targetPrice: takeProfitPrice })
    shift(world, 1.03)
    closed(world)
    expect(world.entries('protection.triggered').map(({ payload }) => payload['kind'])).toEqual(['target'])
    // The price falls below what was the stop: it is gone with the position.
    shift(world, 0.9)
    soldOnce(world)
    world.close()
  })

  test('EXE-13 a bot without ratios is protected by what its strategy states, and one without either by nothing', () => {
    const world = ready(null)
    done(world, { target: '0.01' })
    world.run(5_000)
    expect(held(world)).toBe(decimal('0.01'))
    expect(state(world)).toBe('IDLE')
    expect(world.control.positions()[0]?.protection).toBeNull()
    done(world, { target: '0' })
    world.until('flat', () => held(world) === '0', 20_000)
    boughtWith(world, { stopPrice: priceAt(world, -200) })
    shift(world, 0.97)
    closed(world)
    world.close()
  })

  test('EXE-13 a trailing stop follows the best price, survives a crash, and closes behind it', () => {
    const world = ready({ trailingRatio: 0.02 })
    bought(world)
    const first = mustExist(world.control.positions()[0]?.protection?.trailingPrice, 'no trail')
    shift(world, 1.05)
    world.run(10_000)
    const second = mustExist(world.control.positions()[0]?.protection?.trailingPrice, 'no trail')
    expect(Number(second) / Number(first)).toBeGreaterThan(1.04)
    world.crash().start().trading()
    world.until('it is protected', () => state(world) === 'HOLDING', 5_000)
    const third = mustExist(world.control.positions()[0]?.protection?.trailingPrice, 'no trail')
    // A twentieth of its distance at most is lost with the crash.
    expect(Number(third) / Number(second)).toBeGreaterThan(1 - 0.02 / 20 - 0.0001)
    shift(world, 0.985)
    world.run(10_000)
    expect(state(world)).toBe('HOLDING')
    shift(world, 0.985)
    closed(world)
    expect(world.entries('protection.triggered').map(({ payload }) => payload['kind'])).toEqual(['trailing'])
    soldOnce(world)
    world.close()
  })

  test('EXE-13 the held quantity follows adds and reductions; only what is left is sold', () => {
    const world = ready({ stopLossRatio: 0.02 })
    bought(world)
    done(world, { target: '0.02', kind: 'increase' })
    world.until('added', () => line(world).quantity === '0.02', 20_000)
    done(world, { target: '0.005', kind: 'reduce' })
    world.until('reduced', () => line(world).quantity === '0.005', 20_000)
    shift(world, 0.96)
    closed(world)
    soldOnce(world, '0.02')
    world.close()
  })

  test('EXE-13 a position that is closed otherwise has its protection withdrawn', () => {
    const world = ready({ stopLossRatio: 0.02, takeProfitRatio: 0.02 })
    bought(world)
    done(world, { target: '0', isOperatorFlatten: true })
    closed(world)
    expect(kinds(world)).toEqual(['held', 'withdrawn'])
    shift(world, 0.9)
    soldOnce(world)
    world.close()
  })

  test('EXE-13 a bot that is stopped and keeps its position leaves it protected', () => {
    const world = ready({ stopLossRatio: 0.02 })
    bought(world)
    world.control.commandBot('tester', 'stop', OPERATOR, '')
    world.until('it is stopped', () => world.company.botOf('tester')?.state === 'STOPPED', 20_000)
    expect(state(world)).toBe('HOLDING')
    shift(world, 0.96)
    closed(world)
    soldOnce(world)
    world.close()
  })

  test('EXE-13 while an exit runs, what the strategy wants on the line is not worked', () => {
    const world = ready({ stopLossRatio: 0.02 })
    bought(world)
    world.emulator.faults.add({ kind: 'apiError', methods: ['add_order'], text: 'EService:Busy', count: 2 })
    shift(world, 0.96)
    world.until('it exits', () => world.company.protections.isExiting(BOT, BTC), 10_000)
    const { spec } = mustExist(world.company.bots.get(BOT), 'no bot')
    world.company.botDesk.onIntent(spec, intentOf(world, { target: '0.02' }))
    expect(world.control.bots()[0]?.lastDecision?.text).toContain('protective exit')
    closed(world)
    soldOnce(world)
    world.close()
  })
})

describe('PAIN-11 no position is left unprotected, and no exit is more violent than it must be', () => {
  test('PAIN-11 a gap through the stop: the exit is a limit order at the new market, not a market order', () => {
    const world = ready({ stopLossRatio: 0.02 })
    bought(world)
    shift(world, 0.8)
    closed(world)
    expect(steps(world)).toEqual(['limit'])
    soldOnce(world)
    world.close()
  })

  test('PAIN-11 triggered but unfilled: nearer, then IOC with growing collars, then the market; each step journaled and alerted', () => {
    // A collar so narrow that nothing is met by it.
    const world = ready({ stopLossRatio: 0.02, collarBps: 0.000001, escalateAfterMs: 2_000 })
    bought(world)
    shift(world, 0.96)
    closed(world, 60_000)
    expect([...new Set(steps(world))]).toEqual(['limit', 'nearer', 'ioc', 'wideIoc', 'market'])
    const collars = world.entries('protection.released').map(({ payload }) => Number(payload['collarBps']))
    expect(collars).toEqual(collars.toSorted((a, b) => a - b))
    expect(world.alertCodes().filter((code) => code === 'PROTECTION_ESCALATED')).toHaveLength(4)
    const amends = world.entries('plan.made').filter(({ payload }) => payload['isAmend'] === true)
    expect(amends).toHaveLength(1)
    soldOnce(world)
    world.close()
  })

  test('PAIN-11 a placement that the venue refuses for good escalates, one that it refuses for a while is retried', () => {
    const world = ready({ stopLossRatio: 0.02 })
    bought(world)
    world.emulator.faults.add({ kind: 'apiError', methods: ['add_order'], text: 'EOrder:Invalid price', count: 1 })
    shift(world, 0.96)
    closed(world)
    expect(steps(world)).toEqual(['limit', 'nearer'])
    soldOnce(world)
    world.close()
  })

  test('PAIN-11 an exit whose reply is lost is looked up and never doubled', () => {
    const world = ready({ stopLossRatio: 0.02, escalateAfterMs: 1_000 })
    bought(world)
    world.emulator.faults.add({ kind: 'lostReply', methods: ['add_order'], count: 1 })
    shift(world, 0.96)
    closed(world, 120_000)
    soldOnce(world)
    world.close()
  })

  for (const [what, hold] of [
    ['paused', (world: World) => world.control.commandCompany('pause', OPERATOR, 'by hand')],
    ['halted', (world: World) => world.control.commandCompany('halt', OPERATOR, 'by hand')],
    ['held by its kill switch', (world: World) => world.company.killSwitch.trip('by hand', 'api', OPERATOR)],
    ['trading, and its bot is halted', (world: World) => world.control.commandBot('tester', 'halt', OPERATOR, 'by hand')],
  ] as const) {
    test(`PAIN-11 a stop that is reached while the company is ${what} closes the position`, () => {
      const world = ready({ stopLossRatio: 0.02 })
      bought(world)
      hold(world)
      world.run(2_000)
      expect(state(world)).toBe('HOLDING')
      shift(world, 0.96)
      closed(world)
      soldOnce(world)
      world.close()
    })
  }

  test('PAIN-11 a halt in the middle of an exit cancels its order, and the exit goes on', () => {
    const world = ready({ stopLossRatio: 0.02, collarBps: 0.000001, escalateAfterMs: 10_000 })
    bought(world)
    shift(world, 0.96)
    world.until('its order rests', () => world.account().openOrders.length === 1, 10_000)
    world.control.commandBot('tester', 'halt', OPERATOR, 'by hand')
    closed(world, 120_000)
    soldOnce(world)
    world.close()
  })

  test('PAIN-11 the price is beyond the stop when the company comes back from a crash: it exits at once', () => {
    const world = ready({ stopLossRatio: 0.02 })
    bought(world)
    world.crash()
    shift(world, 0.9)
    world.run(5_000).start()
    closed(world, 120_000)
    soldOnce(world)
    world.close()
  })

  test('PAIN-11 no double exit and no lost one, wherever in it the company crashes', () => {
    const reference = ready({ stopLossRatio: 0.02, collarBps: 0.000001, escalateAfterMs: 2_000 })
    bought(reference)
    const from = reference.disk.headSeq
    shift(reference, 0.96)
    closed(reference, 60_000)
    const entries = reference.disk.headSeq - from
    reference.close()
    expect(entries).toBeGreaterThan(20)
    const every = process.env['TROUPE_LONG'] === '1' ? 1 : Math.ceil(entries / 8)
    for (let offset = 1; offset <= entries; offset += every) {
      const world = ready({ stopLossRatio: 0.02, collarBps: 0.000001, escalateAfterMs: 2_000 })
      bought(world)
      const target = world.disk.headSeq + offset
      shift(world, 0.96)
      while (world.disk.headSeq < target) world.step()
      world.crash().start()
      closed(world, 120_000)
      soldOnce(world)
      world.close()
    }
  }, 60_000)
})
