// The whole company in virtual time against the emulator, with one planned fault at a time.
import { describe, expect, test } from 'bun:test'
import { applyFault } from '#sim/simulate/apply'
import type { FaultName } from '#sim/simulate/faults'
import { Keeper } from '#sim/simulate/keeper'
import { NetworkFaults } from '#sim/simulate/network-faults'
import { AttentiveOperator } from '#sim/simulate/operator'
import type { DeathMoment, Fault } from '#sim/simulate/plan-types'
import { expectAgreement } from '#test/company/agree'
import { expectReplayEqual } from '#test/company/replayed'
import { atRest } from '#test/company/rest'
import { busyBot, World, type WorldOptions } from '#test/company/world'

/** A world with everything that a fault works on. */
function staged(options: WorldOptions = {}) {
  const world = new World({ bots: [busyBot('busy')], ...options })
  const network = new NetworkFaults()
  world.fate = (passage) => network.fateOf(passage)
  const hits = new Map<FaultName, number>()
  const silent = () => undefined
  const keeper = new Keeper(world, silent, silent)
  const operator = new AttentiveOperator(world, keeper, silent)
  const hit = (name: FaultName, count: number) => hits.set(name, (hits.get(name) ?? 0) + count)
  const stage = { seed: 1, world, network, keeper, operator, hit }
  const apply = (name: FaultName, fault: Fault) => applyFault(stage, { index: 0, name, startMs: 0, endMs: 0, fault })
  return { world, network, keeper, operator, hits, apply }
}

/** Runs until the process has died, and until what it had sent has arrived and was answered. */
function diedOf(moment: DeathMoment, isAfter: boolean, seed: string) {
  const all = staged({ seed })
  const { world, keeper, apply, hits } = all
  keeper.start()
  world.trading()
  const end = apply('crash', { kind: 'crash', moment, isAfter, downMs: 3_000 })
  const frames: string[] = []
  world.onPassage = ({ direction, text }) => {
    if (direction === 'up' && world.isAlive) frames.push(text)
  }
  world.until('the process dies', () => !world.isAlive, 120_000)
  const amends = new Map(world.account().openOrders.map((order) => [order.orderId, `${order.quantity} @ ${order.limitPrice}`]))
  world.run(1_000)
  expect(world.isAlive).toBe(false)
  end()
  expect(hits.get('crash')).toBe(1)
  return { ...all, last: frames.at(-1) ?? '', amends }
}

/** The next life finds what became of it, and books it. */
function expectRecovered({ world }: { readonly world: World }): void {
  world.until('the next life runs', () => world.isAlive, 10_000)
  atRest(world)
  expectAgreement(world, true)
  expectReplayEqual(world)
  for (const [id, use] of Object.entries(world.record().clientIds.byId)) expect({ id, accepted: use.accepted }).toEqual({ id, accepted: 1 })
  world.close()
}

describe('SIM-08 a crash about a message', () => {
  for (const seed of ['one', 'two', 'three'])
    test(`EXE-07 ${seed}: right after an order left the venue executes it, nobody hears of it, and the next life finds it`, () => {
      const died = diedOf('nextOrder', true, seed)
      const id = /"cl_ord_id":"([^"]+)"/.exec(died.last)?.[1] ?? ''
      expect(died.last).toContain('"add_order"')
      expect(died.world.record().clientIds.byId[id]?.accepted).toBe(1)
      expect(died.world.entries('order.accepted')).not.toContainEqual(expect.objectContaining({ correlationId: id }))
      expectRecovered(died)
    })

  test('before an order leaves the venue never hears of it', () => {
    const died = diedOf('nextOrder', false, 'one')
    expect(died.last).toContain('"add_order"')
    expect(Object.keys(died.world.record().clientIds.byId)).not.toContain(/"cl_ord_id":"([^"]+)"/.exec(died.last)?.[1] ?? '')
    expectRecovered(died)
  })

  test('EXE-07 right after an amend left the venue executes it; before, it does not', () => {
    for (const isAfter of [true, false]) {
      const died = diedOf('nextAmend', isAfter, 'one')
      expect(died.last).toContain('"amend_order"')
      const id = /"order_id":"([^"]+)"/.exec(died.last)?.[1] ?? ''
      const order = died.world.account().openOrders.find(({ orderId }) => orderId === id)
      expect(order !== undefined && died.amends.get(id) !== `${order.quantity} @ ${order.limitPrice}`).toBe(isAfter)
      expectRecovered(died)
    }
  })

  test('EXE-07 right after a cancel left the venue executes it; before, it does not', () => {
    for (const isAfter of [true, false]) {
      const died = diedOf('nextCancel', isAfter, 'one')
      expect(died.last).toContain('"cancel_order"')
      const id = /"order_id":\["([^"]+)"/.exec(died.last)?.[1] ?? ''
      expect(died.world.account().openOrders.some(({ orderId }) => orderId === id)).toBe(!isAfter)
      expectRecovered(died)
    }
  })

  test('before and after a message is taken, and as any leaves', () => {
    for (const moment of ['nextReceipt', 'nextSend'] as const)
      for (const isAfter of [true, false]) expectRecovered(diedOf(moment, isAfter, 'two'))
  })
})
