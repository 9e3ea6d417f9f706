import { describe, expect, test } from 'bun:test'
import { SeededRandom } from '#sim/random'
import type { Passage } from '#sim/wire'
import { expectAgreement } from './agree'
import { done, place, priceAt, wish } from './intents'
import { Observer } from './observer'
import { seeds } from './profile'
import { isSettled } from '#sim/world/quiet'
import { atRest, check } from './rest'
import { quietBot, World } from './world'

/** Where the line breaks around a submission, seen from the company. */
const BOUNDARIES = [
  'request lost',
  'request cut',
  'reply lost',
  'reply and events lost',
  'line cut after acceptance',
  'late beyond the deadline',
  'crash',
] as const

/** Breaks the line around the next order that is sent, as the boundary says. */
function breakAt(world: World, boundary: (typeof BOUNDARIES)[number], random: SeededRandom): void {
  let isUsed = false
  const isOrder = ({ direction, text }: Passage) => direction === 'up' && text.includes('"add_order"')
  const once = (passage: Passage) => {
    if (isUsed || !isOrder(passage)) return false
    isUsed = true
    return true
  }
  switch (boundary) {
    case 'request lost':
      world.fate = (passage) => (once(passage) ? { kind: 'drop' } : { kind: 'carry', extraMs: 0 })
      return
    case 'request cut':
      world.fate = (passage) => (once(passage) ? { kind: 'cut' } : { kind: 'carry', extraMs: 0 })
      return
    case 'reply lost':
      world.emulator.faults.add({ kind: 'lostReply', methods: ['add_order'], count: 1 })
      return
    case 'reply and events lost':
      world.emulator.faults.add({ kind: 'lostReply', methods: ['add_order'], count: 1, withholdEvents: true })
      return
    case 'line cut after acceptance': {
      const afterMs = 5 + random.integer(6)
      world.fate = (passage) => {
        if (once(passage)) world.clock.setTimeout(() => world.network.cutSockets(), afterMs)
        return { kind: 'carry', extraMs: 0 }
      }
      return
    }
    case 'late beyond the deadline': {
      const extraMs = 3_000 + random.integer(9_000)
      world.fate = (passage) => (once(passage) ? { kind: 'carry', extraMs } : { kind: 'carry', extraMs: 0 })
      return
    }
    case 'crash': {
      const afterMs = random.integer(14)
      const extraMs = random.integer(2) * random.integer(4_000)
      world.fate = (passage) => {
        if (!once(passage)) return { kind: 'carry', extraMs: 0 }
        world.clock.setTimeout(() => world.crash().clock.setTimeout(() => world.start(), 40), afterMs)
        return { kind: 'carry', extraMs }
      }
      return
    }
  }
}

describe('PAIN-01 EXE-07 a submission whose answer is lost', () => {
  for (const boundary of BOUNDARIES) {
    test(`${boundary}: never two orders for an intent, and the order ends on evidence`, () => {
      for (const seed of seeds(43, 1_500)) once(boundary, seed)
    }, 900_000)
  }

  function once(boundary: (typeof BOUNDARIES)[number], seed: string): void {
    const random = new SeededRandom(`${boundary}/${seed}`)
    const world = new World({ seed: `pain-01/${seed}`, latencyMs: 1 + random.integer(8), bots: [quietBot('tester')] })
    const observer = new Observer(world)
    try {
      world.start().trading()
      observer.attach()
      world.run(random.integer(2_000))
      breakAt(world, boundary, random)
      const resting = random.next() < 0.5
      wish(world, { target: '0.01', price: resting ? priceAt(world, -40) : priceAt(world, 20), postOnly: resting, id: `intent:${seed}` })
      world.run(30)
      if (boundary === 'crash') {
        world.run(50)
        if (world.isAlive) observer.attach()
        // The decision is taken again after the restart, as a strategy would on the same bar.
        world.trading()
        done(world, { target: '0.01', price: resting ? priceAt(world, -40) : priceAt(world, 20), postOnly: resting, id: `intent:${seed}` })
      }
      world.until(
        'the order is settled',
        () =>
          isSettled(world) &&
          world.company.venues
            .values()
            .toArray()
            .every((host) => host.isTradable),
        60_000,
      )
      atRest(world)
      expectAgreement(world, true)
      expect(observer.findings()).toEqual([])
      for (const [id, use] of Object.entries(world.record().clientIds.byId)) expect(use.accepted, `acceptances of ${id}`).toBe(1)
      for (const [id, count] of observer.submissions) expect(count, `submissions of ${id}`).toBe(1)
      expect(world.entries('order.submitting').length).toBe(1)
    } catch (error) {
      throw new Error(`${boundary}, ${seed}: ${error instanceof Error ? error.message : String(error)}\n${world.describe()}`, {
        cause: error,
      })
    } finally {
      world.close()
    }
  }
})

describe('PAIN-02 an outage after acceptance', () => {
  for (const [text, outageMs] of [
    ['1 s', 1_000],
    ['20 s', 20_000],
    ['4 min', 240_000],
    ['2 h', 7_200_000],
  ] as const) {
    test(`of ${text}: no order ends without the venue's word, and exposure on recovery is the venue's to the last unit`, () => {
      const world = new World({
        seed: `pain-02/${text}`,
        bots: [quietBot('tester'), quietBot('other', 'ETH-USD@kraken')],
        emulator: { stepMs: 15_000, tradeEveryMs: 15_000 },
      })
      const observer = new Observer(world)
      world.start().trading()
      observer.attach()
      place(world, { target: '0.01', price: priceAt(world, -10), postOnly: true })
      place(world, { target: '0.3', price: priceAt(world, -300, 'other'), postOnly: true, bot: 'other' })
      world.fate = () => ({ kind: 'drop' })
      world.network.setUp('kraken.sim', false)
      wish(world, { target: '0.02', price: priceAt(world, 5) })
      world.network.cutSockets()
      const before = world.orders().map((order) => order.clientOrderId)
      world.run(outageMs)
      for (const id of before) expect(['UNKNOWN', 'OPEN', 'PARTIALLY_FILLED', 'CANCELING']).toContain(world.statusOf(id))
      world.fate = () => ({ kind: 'carry', extraMs: 0 })
      world.network.setUp('kraken.sim', true)
      world.trading().until('the venue is back', () => [...world.company.venues.values()].every((host) => host.state === 'ONLINE'))
      world.until('every doubt is settled', () => isSettled(world))
      atRest(world)
      expectAgreement(world, true)
      const { book } = world.company.gate
      for (const order of world.account().openOrders) {
        const row = book.all().find((held) => held.key === order.clientId)
        expect(row?.leavesQuantity as string).toBe(String(Number(order.quantity) - Number(order.filledQuantity)))
      }
      expect(book.all().length).toBe(world.account().openOrders.length)
      expect(observer.findings()).toEqual([])
      check(world)
      world.close()
    }, 60_000)
  }
})

test('PAIN-01 EXE-12 an order that is still on its way when the next life has reconciled is waited for, not sent again', () => {
  const world = new World({ emulator: { hasLimits: false } }).start().trading().run(60_000)
  const observer = new Observer(world).attach()
  world.fate = ({ direction, text }) => ({ kind: 'carry', extraMs: direction === 'up' && text.includes('"add_order"') ? 4_500 : 0 })
  const record = place(world, { target: '0.01', price: priceAt(world, -30), postOnly: true })
  world.run(2).crash().start().trading(4_000)
  observer.attach()
  const id = record.clientOrderId
  expect(world.account().openOrders).toEqual([])
  expect(world.statusOf(id)).toBe('UNKNOWN')
  world.until('it has arrived and is known', () => world.statusOf(id) === 'OPEN', 20_000)
  atRest(world)
  expect(observer.submissions.get(id)).toBe(1)
  expect(world.account().openOrders.map((order) => order.clientId)).toEqual([id])
  expectAgreement(world, true)
  expect(observer.findings()).toEqual([])
  world.close()
})

test('EXE-07 an order that the venue does not know is REJECTED only after its deadline and the settle time', () => {
  const world = new World().start().trading()
  world.fate = ({ direction, text }) =>
    direction === 'up' && text.includes('"add_order"') ? { kind: 'drop' } : { kind: 'carry', extraMs: 0 }
  const record = place(world, { target: '0.01', price: priceAt(world, -30), postOnly: true })
  const { orderDeadlineMs, settleMs } = world.config.desk
  expect(record.deadlineAtMs).toBe(record.createdAtMs + orderDeadlineMs)
  const evidenceAtMs = (record.deadlineAtMs ?? 0) + settleMs
  world.clock.runUntil(evidenceAtMs - 1)
  expect(world.statusOf(record.clientOrderId)).toBe('UNKNOWN')
  expect(world.company.gate.book.get(record.clientOrderId)).not.toBeNull()
  world.until('it is settled', () => world.statusOf(record.clientOrderId) === 'REJECTED', 15_000)
  expect(world.clock.now()).toBeGreaterThanOrEqual(evidenceAtMs)
  expect(world.company.gate.book.get(record.clientOrderId)).toBeNull()
  world.close()
})
