// In virtual time, against the Kraken emulator, which works the stops that rest with it.
import { describe, expect, test } from 'bun:test'
import { mustExist } from '#domain/errors'
import { botId, instrumentId } from '#domain/ids'
import { expectAgreement } from './agree'
import { done, place, priceAt } from './intents'
import { expectReplayEqual } from './replayed'
import { type BotConfig, OPERATOR, quietBot, World } from './world'

const BTC = instrumentId('BTC-USD@kraken')
const BOT = botId('tester')

type Protection = NonNullable<BotConfig['protection']>
const LEVELS: Protection = {
  stopLossRatio: 0.02,
  takeProfitRatio: null,
  trailingRatio: null,
  collarBps: 25,
  escalateAfterMs: 5_000,
  retryMs: 250,
  native: true,
}

function ready(levels: Partial<Protection> = {}, over: ConstructorParameters<typeof World>[0] = {}): World {
  const world = new World({ bots: [{ ...quietBot('tester'), protection: { ...LEVELS, ...levels } }], ...over })
  return world.start().trading().run(10_000)
}

const held = (world: World) => world.company.portfolio.positionOf(BOT, BTC)
const line = (world: World) => world.company.memory.protections.line(BOT, BTC)
const state = (world: World) => world.company.protections.find(BOT, BTC)?.state ?? 'NONE'
const kinds = (world: World) => world.entries().flatMap(({ kind }) => (kind.startsWith('protection.') ? [kind.slice(11)] : []))
/** The stops that rest at the venue, by its own books. */
const resting = (world: World) => world.account().openOrders.filter(({ type }) => type === 'stopLoss')
const sells = (world: World) => world.orders().filter(({ proposal }) => proposal.side === 'sell')

function rests(world: World, quantity = '0.01'): void {
  world.until('its stop rests at the venue', () => resting(world)[0]?.quantity === quantity && isKnown(world), 30_000)
}

const isKnown = (world: World) => world.company.protections.find(BOT, BTC)?.isNative === true

function bought(world: World): void {
  const record = place(world, { target: '0.01' })
  world.until('it is bought', () => world.statusOf(record.clientOrderId) === 'FILLED', 10_000)
  rests(world)
}

function shift(world: World, factor: number): void {
  world.emulator.shiftPrice('BTC/USD', factor)
}

/** What was sold must be what was bought: nothing twice, nothing left. */
function soldOnce(world: World, quantity = '0.01', limitMs = 60_000): void {
  world.until('the position is closed', () => held(world) === '0', limitMs)
  world.run(20_000)
  const fills = world.account().fills.filter(({ side }) => side === 'sell')
  expect(fills.reduce((sum, fill) => sum + Number(fill.quantity), 0)).toBeCloseTo(Number(quantity), 12)
  expect(world.account().openOrders).toEqual([])
  expect(world.company.orders.liveCount).toBe(0)
  expect(state(world)).toBe('IDLE')
  expect(world.runtime.monitors.breaches).toEqual([])
  expectAgreement(world)
  world.close()
}

describe('EXE-13 EXE-14 the stop of a position rests at the venue that has stops', () => {
  test('EXE-13 it rests after the entry; the price falls, the venue sells, the books are flat and nothing else was sold', () => {
    const world = ready()
    bought(world)
    const [stop] = resting(world)
    expect(stop).toMatchObject({ side: 'sell', quantity: '0.01', triggerPrice: line(world).stopPrice })
    expect(sells(world).map(({ proposal }) => [proposal.type, proposal.reduceOnly, proposal.effect])).toEqual([['stop', true, 'close']])
    // With nothing but protective orders at work the switch that would cancel them is off.
    expect(world.company.desk.isDeadManArmed(world.company.deps.venues[0]?.venueId ?? ('' as never))).toBe(false)
    shift(world, 0.96)
    world.until('the venue has sold', () => held(world) === '0', 10_000)
    expect(kinds(world)).not.toContain('triggered')
    expect(sells(world)).toHaveLength(1)
    soldOnce(world)
  })

  test('EXE-13 native: false keeps it on our side', () => {
    const world = ready({ native: false })
    const record = place(world, { target: '0.01' })
    world.until('it is bought', () => world.statusOf(record.clientOrderId) === 'FILLED', 10_000)
    world.run(20_000)
    expect(resting(world)).toEqual([])
    shift(world, 0.96)
    world.until('it exits', () => kinds(world).includes('triggered'), 10_000)
    soldOnce(world)
  })

  test('EXE-13 quantity follows adds and reductions, level follows the entry, by amends of the same order', () => {
    const world = ready()
    bought(world)
    const first = resting(world)[0]
    done(world, { target: '0.02', kind: 'increase' })
    rests(world, '0.02')
    world.run(2_000)
    expect(resting(world)).toHaveLength(1)
    expect(resting(world)[0]?.orderId).toBe(mustExist(first, 'no stop').orderId)
    // A reduction sells coins that the stop binds: it goes first, and comes again for what is left.
    done(world, { target: '0.005', kind: 'reduce' })
    world.until('reduced', () => held(world) === '0.005', 20_000)
    rests(world, '0.005')
    shift(world, 0.96)
    soldOnce(world, '0.02')
  })

  test('EXE-13 a trailing stop moves its trigger at the venue by amends, and closes there', () => {
    const world = ready({ stopLossRatio: null, trailingRatio: 0.02 })
    bought(world)
    const first = mustExist(resting(world)[0], 'no stop')
    shift(world, 1.05)
    world.run(20_000)
    const second = mustExist(resting(world)[0], 'no stop')
    expect(second.orderId).toBe(first.orderId)
    expect(Number(second.triggerPrice) / Number(first.triggerPrice)).toBeGreaterThan(1.04)
    shift(world, 0.97)
    soldOnce(world)
  })

  test('EXE-13 the target is hit: the stop is withdrawn first, then the position is closed', () => {
    const world = ready({ takeProfitRatio: 0.02 })
    bought(world)
    shift(world, 1.03)
    world.until('it exits', () => kinds(world).includes('released'), 20_000)
    const [stop, exit] = sells(world).map(({ clientOrderId }) => clientOrderId)
    const seqOf = (kind: string, id: string | undefined) =>
      mustExist(
        world.entries(kind).find(({ correlationId }) => correlationId === id),
        `no ${kind}`,
      ).seq
    world.until('it is closed', () => held(world) === '0', 20_000)
    const [, sold] = sells(world).map(({ clientOrderId }) => clientOrderId)
    expect(seqOf('order.canceled', stop)).toBeLessThan(seqOf('order.submitting', sold ?? exit))
    shift(world, 0.9)
    soldOnce(world)
  })

  test("EXE-13 the strategy's own exit takes the stop away first, and an operator's flatten too", () => {
    for (const isOperatorFlatten of [false, true]) {
      const world = ready()
      bought(world)
      done(world, { target: '0', kind: 'exit', isOperatorFlatten })
      soldOnce(world)
    }
  })

  test('EXE-13 a resting entry beside the stop leaves it alone', () => {
    const world = ready()
    bought(world)
    const more = place(world, { target: '0.02', kind: 'increase', price: priceAt(world, -80), postOnly: true })
    world.until('it rests', () => world.statusOf(more.clientOrderId) === 'OPEN', 10_000)
    world.run(10_000)
    expect(resting(world)).toHaveLength(1)
    world.control.cancelOrder(more.clientOrderId, OPERATOR)
    world.run(5_000)
    shift(world, 0.96)
    soldOnce(world)
  })

  test('EXE-13 a bot that is stopped, and a company that is stopped, leave the stop where it rests', () => {
    const world = ready()
    bought(world)
    world.control.commandBot('tester', 'stop', OPERATOR, '')
    world.until('it is stopped', () => world.company.botOf('tester')?.state === 'STOPPED', 20_000)
    world.run(5_000)
    expect(resting(world)).toHaveLength(1)
    world.stop()
    expect(resting(world)).toHaveLength(1)
    shift(world, 0.96)
    world.run(5_000)
    world.start()
    soldOnce(world)
  })

  test('EXE-13 an operator who halts the company takes it too; the emulated one holds, and it comes again once the company runs', () => {
    const world = ready()
    bought(world)
    world.control.commandCompany('halt', OPERATOR, 'by hand')
    world.until('nothing works', () => world.account().openOrders.length === 0, 20_000)
    world.run(20_000)
    expect(resting(world)).toEqual([])
    expect(state(world)).toBe('HOLDING')
    world.control.commandCompany('reset', OPERATOR, 'by hand')
    rests(world)
    shift(world, 0.96)
    soldOnce(world)
  })
})

describe('PAIN-11 no position is left unprotected, whatever becomes of the stop at the venue', () => {
  test('PAIN-11 a stop that triggers while the process is down is found at the restart, and nothing is sold twice', () => {
    const world = ready()
    bought(world)
    world.crash()
    shift(world, 0.95)
    world.run(10_000).start()
    soldOnce(world)
  })

  test('PAIN-11 a crash while it rests: found again by journal and reconciliation, no second one', () => {
    const world = ready()
    bought(world)
    const before = resting(world)[0]?.orderId
    world.crash().start().trading()
    rests(world)
    world.run(20_000)
    expect(resting(world).map(({ orderId }) => orderId)).toEqual([mustExist(before, 'no stop')])
    expectReplayEqual(world)
    shift(world, 0.96)
    soldOnce(world)
  })

  test('PAIN-11 placements that the venue refuses are alerted, and the emulated stop closes the position', () => {
    const world = ready()
    const record = place(world, { target: '0.01' })
    world.emulator.faults.add({ kind: 'apiError', methods: ['add_order'], text: 'EOrder:Trading agreement required', count: 5 })
    world.until('it is bought', () => held(world) === '0.01', 10_000)
    world.until('it is alerted', () => world.alertCodes().includes('PROTECTION_NOT_NATIVE'), 10_000)
    expect(resting(world)).toEqual([])
    expect(state(world)).toBe('HOLDING')
    shift(world, 0.96)
    world.until('it exits', () => kinds(world).includes('triggered'), 10_000)
    expect(record.proposal.side).toBe('buy')
    soldOnce(world)
  })

  test('PAIN-11 a placement in doubt when the price falls: the emulated stop acts, and nothing is sold twice', () => {
    const world = ready()
    place(world, { target: '0.01' })
    world.emulator.faults.add({ kind: 'lostReply', methods: ['add_order'], count: 1, withholdEvents: true })
    world.until('it is asked for', () => kinds(world).includes('rested'), 10_000)
    world.run(20)
    shift(world, 0.96)
    soldOnce(world, '0.01', 180_000)
  })

  test('PAIN-11 a stop whose answer is lost is looked up and never doubled', () => {
    const world = ready()
    const record = place(world, { target: '0.01' })
    world.until('it is bought', () => world.statusOf(record.clientOrderId) === 'FILLED', 10_000)
    world.emulator.faults.add({ kind: 'lostReply', methods: ['add_order'], count: 1 })
    rests(world)
    world.run(60_000)
    expect(resting(world)).toHaveLength(1)
    shift(world, 0.96)
    soldOnce(world)
  })

  test('PAIN-11 a stop that somebody cancels at the venue is placed anew', () => {
    const world = ready()
    bought(world)
    const { orderId } = mustExist(resting(world)[0], 'no stop')
    world.cancelByHand(orderId)
    world.until('it is gone', () => resting(world)[0]?.orderId !== orderId, 5_000)
    rests(world)
    expect(resting(world)[0]?.orderId).not.toBe(orderId)
    shift(world, 0.96)
    soldOnce(world)
  })

  test('PAIN-11 the dead-man switch fires while the line is down: the stop is placed anew at the reconnect', () => {
    const world = ready()
    bought(world)
    const { orderId } = mustExist(resting(world)[0], 'no stop')
    // An entry arms the switch, and the process dies with it armed.
    const more = place(world, { target: '0.02', kind: 'increase', price: priceAt(world, -150), postOnly: true })
    world.until('it is armed', () => world.company.desk.isDeadManArmed(more.proposal.venueId), 10_000)
    world.crash().run(15 * 60_000)
    expect(world.record().counters.deadManFired).toBe(1)
    expect(world.account().openOrders).toEqual([])
    world.start().trading()
    rests(world)
    expect(resting(world)[0]?.orderId).not.toBe(orderId)
    shift(world, 0.96)
    soldOnce(world)
  })

  test('PAIN-11 reached and not filled: after escalateAfterMs the stop is withdrawn first, and the exit goes its steps', () => {
    const world = ready({ stopLossRatio: null, trailingRatio: 0.02, escalateAfterMs: 3_000 })
    bought(world)
    // The venue takes no new level, so its stop stays where it no longer acts in time.
    world.emulator.faults.add({ kind: 'apiError', methods: ['amend_order'], text: 'EOrder:Invalid price', count: 100 })
    shift(world, 1.05)
    world.run(10_000)
    const reachedAtMs = world.clock.now()
    shift(world, 0.975)
    world.run(2_500)
    expect(kinds(world)).not.toContain('triggered')
    world.until('it exits', () => kinds(world).includes('triggered'), 5_000)
    expect(world.clock.now() - reachedAtMs).toBeGreaterThanOrEqual(3_000)
    world.until('it is closed', () => held(world) === '0', 30_000)
    const [stop, exit] = sells(world)
    const seqOf = (kind: string, id: string | undefined) => world.entries(kind).find(({ correlationId }) => correlationId === id)?.seq ?? -1
    expect(seqOf('order.canceled', stop?.clientOrderId)).toBeLessThan(seqOf('order.submitting', exit?.clientOrderId))
    expect(seqOf('order.canceled', stop?.clientOrderId)).toBeGreaterThan(0)
    soldOnce(world)
  })
})
