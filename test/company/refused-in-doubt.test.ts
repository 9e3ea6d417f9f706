// The whole company in virtual time against the emulator: a reconnect begins between a submission and its refusal.
import { expect, test } from 'bun:test'
import { priceAt, rest, wish } from './intents'
import { quietBot, World } from './world'

test('I6 an order in doubt that a late refusal settles reserves nothing any more', () => {
  const bots = [quietBot('tester'), quietBot('other', 'ETH-USD@kraken')]
  const world = new World({ seed: 'refused-in-doubt', bots }).start().trading().run(10_000)
  const resting = rest(world, '0.1', { bot: 'other', price: priceAt(world, -80, 'other') })
  // A frame of executions comes twice: the stream is taken anew, and whatever is unanswered counts as in doubt.
  world.emulator.faults.add({ kind: 'duplicate', face: 'ws', methods: ['executions'], delayMs: 0, probability: 1, count: 1 })
  world.control.cancelOrder(resting.clientOrderId, { name: 'operator', address: '127.0.0.1' })
  world.emulator.faults.add({ kind: 'apiError', methods: ['add_order'], text: 'EOrder:Post only order', count: 1 })
  const answer = wish(world, { target: '0.01', price: priceAt(world, -50), postOnly: true })
  world.until('it is settled', () => world.entries('order.refused').length === 1, 10_000)
  const sent = answer.result?.results[0]
  if (sent?.kind !== 'sent') throw new Error(`not sent: ${JSON.stringify(sent)}`)
  const { clientOrderId } = sent.record
  const restored = world.entries('order.restored').filter(({ correlationId }) => correlationId === clientOrderId)
  const [refused] = world.entries('order.refused')
  expect(refused?.correlationId).toBe(clientOrderId)
  expect(restored.length > 0 && (restored[0]?.seq ?? 0) < (refused?.seq ?? 0)).toBe(true)
  expect(world.statusOf(clientOrderId)).toBe('REJECTED')
  expect(world.company.gate.book.get(clientOrderId)).toBeNull()
  world.run(130_000)
  expect(world.runtime.monitors.breaches).toEqual([])
  world.close()
})
