// In virtual time, against the Kraken emulator: orders of ours that stand between a protective exit and its market.
import { describe, expect, test } from 'bun:test'
import { decimal } from '#domain/decimal'
import { botId, instrumentId } from '#domain/ids'
import { expectAgreement } from './agree'
import { done, place, priceAt, rest, wish } from './intents'
import { expectReplayEqual } from './replayed'
import { type BotConfig, quietBot, World } from './world'

const BTC = instrumentId('BTC-USD@kraken')

/** A stop near the market whose exit reaches a percent beyond the mid. */
const LEVELS: NonNullable<BotConfig['protection']> = {
  stopLossRatio: 0.003,
  takeProfitRatio: null,
  trailingRatio: null,
  collarBps: 100,
  escalateAfterMs: 5_000,
  retryMs: 250,
  native: false,
}

const held = (world: World) => world.company.portfolio.positionOf(botId('a'), BTC)
const exits = (world: World) => world.entries('protection.released').length

function holding(): World {
  const world = new World({ bots: [{ ...quietBot('a'), protection: LEVELS }, quietBot('b')] }).start().trading().run(20_000)
  const record = place(world, { bot: 'a', target: '0.01' })
  world.until('it is bought', () => world.statusOf(record.clientOrderId) === 'FILLED', 10_000)
  return world.run(2_000)
}

/** The market falls through the stop, and not as far as the other bot's order. */
function fall(world: World): void {
  world.emulator.shiftPrice('BTC/USD', 0.995)
}

describe('EXE-13 PAIN-11 a protective exit goes before our own orders', () => {
  test('EXE-13 the order of another bot in its way is canceled, with the reason, and the position is closed', () => {
    const world = holding()
    const near = rest(world, '0.005', { bot: 'b', price: priceAt(world, -90, 'b') })
    const far = rest(world, '0.012', { bot: 'a', price: priceAt(world, -400, 'a') })
    fall(world)
    world.until('the position is closed', () => held(world) === '0', 10_000)
    expect(world.statusOf(near.clientOrderId)).toBe('CANCELED')
    expect(world.statusOf(far.clientOrderId)).toBe('CANCELED') // the exit has its own line for itself
    const told = world.entries('flatten.wayCleared')
    expect(told.map(({ payload }) => payload)).toMatchObject([
      { botId: 'a', by: 'protection', canceled: [near.clientOrderId], reason: expect.stringContaining('our own buy') },
    ])
    // It is tried again every quarter of a second, at the same step.
    expect(new Set(world.entries('protection.released').map(({ payload }) => payload['name']))).toEqual(new Set(['limit']))
    world.run(3_000)
    expect(world.runtime.monitors.breaches).toEqual([])
    expectAgreement(world)
    expectReplayEqual(world)
    world.close()
  }, 60_000)

  test('EXE-13 a bot that quotes again at once does not keep the position open', () => {
    const world = holding()
    const price = priceAt(world, -90, 'b')
    const near = rest(world, '0.005', { bot: 'b', price })
    const answers: ReturnType<typeof wish>[] = []
    const again = () => void answers.push(wish(world, { bot: 'b', target: '0.005', price, postOnly: true }))
    let isClosed = false
    world.company.orders.onChange((record) => {
      if (record.proposal.botId === 'b' && record.isOver) world.clock.defer(again)
    })
    fall(world)
    for (let turn = 0; turn < 400 && !isClosed; turn++) {
      world.run(25)
      // One that was refused is tried again and again.
      if (world.statusOf(near.clientOrderId) === 'CANCELED' && world.account().openOrders.every(({ side }) => side === 'sell')) again()
      isClosed = held(world) === '0'
    }
    expect(isClosed).toBe(true)
    expect(exits(world)).toBeLessThan(12)
    world.run(1_000)
    const blocked = answers.flatMap(({ result }) => result?.results ?? []).filter(({ kind }) => kind === 'blocked')
    expect(blocked.length).toBeGreaterThan(0)
    expect(blocked[0]).toMatchObject({ code: 'own_order_match', message: expect.stringContaining('a closes its position and waits') })
    // Once it is through, everybody may quote again.
    world.run(20_000)
    expect(done(world, { bot: 'b', target: '0.006', price: priceAt(world, -90, 'b'), postOnly: true })?.results[0]?.kind).not.toBe(
      'blocked',
    )
    expect(world.runtime.monitors.breaches).toEqual([])
    world.close()
  }, 60_000)

  test('EXE-13 an order of another bot in doubt, at a price that the exit would meet, holds nothing up', () => {
    const world = holding()
    world.emulator.faults.add({ kind: 'lostReply', methods: ['add_order'], withholdEvents: true, count: 1 })
    world.emulator.faults.add({
      kind: 'apiError',
      id: 'mute',
      methods: ['QueryOrders', 'OpenOrders', 'ClosedOrders', 'TradesHistory'],
      text: 'EService:Busy',
    })
    wish(world, { bot: 'b', target: '0.005', price: priceAt(world, -30, 'b'), postOnly: true })
    world.run(12_000)
    fall(world) // through the other order too: it is filled, or was never there
    const sold = () => world.account().fills.some(({ side, quantity }) => side === 'sell' && quantity === '0.01')
    world.until('the stop closes the position', sold, 20_000)
    world.close()
  }, 60_000)
})

test('EXE-13 an order of a stranger in the way is not ours to cancel: the exit is refused, tried again, and told of', () => {
  const world = holding()
  world.placeAsStranger('0.005', priceAt(world, -90, 'a'), true)
  world.run(2_000)
  fall(world)
  world.until('it is told of', () => world.alertCodes().includes('PROTECTION_STUCK'), 25_000)
  expect(world.entries('flatten.wayCleared')).toEqual([])
  expect(world.alerts.find(({ code }) => code === 'PROTECTION_STUCK')?.text).toContain('It would meet our own buy')
  const [stranger] = world.account().openOrders
  world.cancelByHand(stranger?.orderId ?? '')
  world.until('the position is closed', () => held(world) === decimal('0'), 30_000)
  world.close()
}, 60_000)
