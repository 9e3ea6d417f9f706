// The whole company in virtual time against the emulator, with one planned fault at a time.
import { describe, expect, test } from 'bun:test'
import { instrumentId } from '#domain/ids'
import { SeededRandom } from '#sim/random'
import { applyFault } from '#sim/simulate/apply'
import type { FaultName } from '#sim/simulate/faults'
import { Keeper } from '#sim/simulate/keeper'
import { NetworkFaults } from '#sim/simulate/network-faults'
import { AttentiveOperator } from '#sim/simulate/operator'
import type { DeathMoment, Fault, NetworkFault } from '#sim/simulate/plan-types'
import { expectAgreement } from '#test/company/agree'
import { expectReplayEqual } from '#test/company/replayed'
import { atRest } from '#test/company/rest'
import { busyBot, OPERATOR, World, type WorldOptions } from '#test/company/world'

const DAY = 86_400_000
/** So far from the market that nothing fills. */
const RESTING = { stepMs: 5_000, awayBps: 200, notionalSmall: 200, notionalLarge: 400 }
/** What goes to the venue on a socket is lost. */
const MUTE: NetworkFault = {
  kind: 'network',
  effect: 'mute',
  carrier: 'socket',
  direction: 'up',
  stream: null,
  chance: 1,
  extraMsMax: 0,
}

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

describe('SIM-08 a line that is cut about a message', () => {
  test('EXE-07 right after an order left the venue executes it, its answer is lost, and it is looked up, not sent again', () => {
    const { world, keeper, apply, hits } = staged({ seed: 'cut' })
    keeper.start()
    world.trading()
    apply('cut', { kind: 'cutAll', moment: 'nextOrder', isAfter: true })
    const sent: string[] = []
    world.onPassage = ({ direction, text }) => {
      if (direction === 'up' && text.includes('"add_order"') && (hits.get('cut') ?? 0) === 0) sent.push(text)
    }
    world.until('the line is cut', () => (hits.get('cut') ?? 0) > 0, 120_000)
    const id = /"cl_ord_id":"([^"]+)"/.exec(sent.at(-1) ?? '')?.[1] ?? ''
    world.run(30_000)
    expect(world.record().clientIds.byId[id]?.accepted).toBe(1)
    expect(world.entries('order.answerLost').map(({ correlationId }) => correlationId)).toContain(id)
    expectRecovered({ world })
  })
})

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

describe('SIM-08 a full disk', () => {
  test('PAIN-04 nothing is kept while it is full, the company halts, and cancels over REST all the same', () => {
    const all = staged({ seed: 'disk', bots: [busyBot('busy', 'BTC-USD@kraken', { parameters: RESTING })] })
    const { world, keeper, network, apply } = all
    keeper.start()
    world.trading().until('an order rests', () => world.account().openOrders.length > 0, 120_000)
    const end = apply('fullDisk', { kind: 'fullDisk' })
    const mute = network.add(MUTE, new SeededRandom('mute'), () => undefined)
    world.until('the journal has failed', () => world.life.journal.failure !== null, 120_000)
    for (const { clientId } of world.account().openOrders) world.control.cancelOrder(clientId ?? '', OPERATOR)
    world.until('nothing rests at the venue any more', () => world.account().openOrders.length === 0, 300_000)
    expect(world.isAlive).toBe(true)
    expect(world.logged.map(({ message }) => message).join()).toContain('nonce mark')
    mute()
    end()
    expect(all.hits.get('fullDisk')).toBeGreaterThan(1)
    world.until('it starts again with room on the disk', () => world.lives === 2, 120_000)
    atRest(world)
    expectAgreement(world, true)
    world.close()
  })

  test('nothing of a life that has ended reaches marks, snapshots or bars', () => {
    const world = new World().start()
    const { store } = world.trading().life
    world.crash()
    store.marks.put('late', '1')
    store.snapshots.save('late', 1, 1, {})
    store.bars.append(instrumentId('BTC-USD@kraken'), '1d', [
      { openAtMs: DAY, closeAtMs: 2 * DAY, open: 1, high: 1, low: 1, close: 1, volume: 1 },
    ])
    expect(world.marks.get('late')).toBeNull()
    expect(world.snapshots.load('late', 1)).toBeNull()
    expect(world.bars.read(instrumentId('BTC-USD@kraken'), '1d', 0, 1_000).map(({ openAtMs }) => openAtMs)).not.toContain(DAY)
    world.close()
  })
})

describe('SIM-08 what counts as a hit', () => {
  test('two overlapping full disks: room only after both, and no refusal counted twice', () => {
    const { world, keeper, hits, apply } = staged({ seed: 'disk' })
    keeper.start()
    world.trading()
    const ends = [apply('fullDisk', { kind: 'fullDisk' }), apply('fullDisk', { kind: 'fullDisk' })]
    const refused = () => expect(() => world.disk.checkRoom()).toThrow('ENOSPC')
    refused()
    ends[0]?.()
    ends[0]?.()
    expect(world.disk.isFull).toBe(true)
    expect(hits.get('fullDisk')).toBe(1)
    refused()
    ends[1]?.()
    expect(world.disk.isFull).toBe(false)
    expect(hits.get('fullDisk')).toBe(2)
    world.close()
  })

  const BEFALL: readonly (readonly [FaultName, Fault])[] = [
    ['maintenance', { kind: 'maintenance', isUnreachable: true, after: null }],
    ['venueClockSkew', { kind: 'venueClockSkew', deltaMs: 500 }],
    ['badChecksum', { kind: 'venue', rules: [{ kind: 'badChecksum', face: 'ws', count: 1 }] }],
    ['tickSizeChange', { kind: 'tickSizeChange', symbol: 'BTC/USD', direction: 'coarser' }],
  ]
  for (const [name, fault] of BEFALL)
    test(`${name} does while the company runs, and not where it ended before the next start`, () => {
      const { world, keeper, hits, apply } = staged({ seed: 'befall' })
      keeper.start()
      world.trading()
      keeper.kill(600_000)
      world.run(1_000)
      const end = apply(name, fault)
      world.run(60_000)
      end()
      expect(hits.get(name) ?? 0).toBe(0)
      keeper.start()
      world.trading(600_000)
      const again = apply(name, fault)
      world.run(60_000)
      again()
      expect(hits.get(name)).toBe(1)
      world.close()
    })

  test('a second copy of an answer over HTTP does not: nobody sees it; a second copy of a question does', () => {
    const { network } = staged()
    let count = 0
    network.add({ ...MUTE, effect: 'duplicate', carrier: 'http', direction: 'any' }, new SeededRandom('twice'), () => count++)
    const passage = { host: 'h', path: '/0/private/BalanceEx', carrier: 'http', text: 'x' } as const
    expect(network.fateOf({ ...passage, direction: 'down' })).toEqual({ kind: 'carry', extraMs: 0 })
    expect(network.fateOf({ ...passage, direction: 'up' })).toEqual({ kind: 'duplicate' })
    expect(count).toBe(1)
  })
})
