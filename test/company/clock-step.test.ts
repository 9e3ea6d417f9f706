// The whole company in virtual time against the emulator: the wall clock of its machine jumps while an order is in doubt.
import { expect, test } from 'bun:test'
import { place, priceAt, wish } from './intents'
import { World } from './world'

/** An order whose message reaches the venue `lateMs` late, so that nobody answers in time. */
function doubtful(lateMs: number): World {
  const world = new World({ seed: `clock-step/${lateMs}` }).start().trading().run(5_000)
  world.fate = ({ direction, text }) => ({ kind: 'carry', extraMs: direction === 'up' && text.includes('"add_order"') ? lateMs : 0 })
  return world
}

test('EXE-07 a clock that jumps ahead makes no absence evidence before the order’s deadline at the venue has passed', () => {
  const world = doubtful(4_000)
  const answer = wish(world, { target: '0.01', price: priceAt(world, -50), postOnly: true })
  world.until('it was sent', () => answer.result !== undefined)
  const sent = answer.result?.results[0]
  if (sent?.kind !== 'sent') throw new Error(`not sent: ${JSON.stringify(sent)}`)
  world.fate = () => ({ kind: 'carry', extraMs: 0 })
  world.wall.offsetMs += 3_600_000
  world.network.cutSockets() // whoever waits for the answer asks instead, at once
  world.run(60_000)
  expect(world.statusOf(sent.record.clientOrderId)).toBe('OPEN')
  expect(world.account().openOrders.map((order) => order.clientId as string | null)).toEqual([sent.record.clientOrderId])
  expect(world.runtime.monitors.breaches).toEqual([])
})

test('EXE-07 a clock that is set back, over a restart too, holds up no order that is in doubt', () => {
  const world = doubtful(10_000)
  world.wall.offsetMs += 60_000
  world.run(10_000) // until quotes are fresh by that clock, and bots trade on
  const record = place(world, { target: '0.01', price: priceAt(world, -50), postOnly: true })
  world.crash()
  world.wall.offsetMs -= 60_000
  world.run(1_000).start().trading()
  world.run(20_000)
  expect(world.statusOf(record.clientOrderId)).toBe('REJECTED')
  expect(world.account().openOrders).toEqual([])
  expect(world.runtime.monitors.breaches).toEqual([])
})
