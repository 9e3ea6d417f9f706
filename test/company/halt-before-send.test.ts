import { describe, expect, test } from 'bun:test'
import { BRIEF_STOPS, during, STOPS, TURNS } from './halts'
import { priceAt, wish } from './intents'
import { IS_LONG } from './profile'
import { expectReplayEqual } from './replayed'
import { quietBot, World } from './world'

// Virtual time; the company is stopped between two microtasks of an order's way from its verdict to the wire.

/** Microtasks that one turn of the way takes at most; the bytes have left long before. */
const STEPS = IS_LONG ? 24 : 8
const ALL = [...STOPS, ...BRIEF_STOPS]

function ready(): World {
  const emulator = { stepMs: 15_000, tradeEveryMs: 15_000 }
  return new World({ bots: [quietBot('tester')], emulator }).start().trading().run(2_000)
}

describe('I4 RSK-08 RSK-09 RSK-10 a stop that falls between verdict and send', () => {
  for (const [what, stop] of ALL)
    test(`I4 ${what}: the order is not sent, at whichever await it falls`, () => {
      let unsent = 0
      for (const turn of TURNS)
        for (let steps = 0; steps <= STEPS; steps++) {
          const world = ready()
          let isStopped = false
          const left: ('before' | 'after')[] = []
          world.onPassage = ({ direction, text }) => {
            if (direction === 'up' && text.includes('add_order')) left.push(isStopped ? 'after' : 'before')
          }
          during(world, turn, steps, () => {
            stop(world)
            isStopped = true
          })
          const answer = wish(world, { target: '0.01', price: priceAt(world, -40), postOnly: true })
          world.run(1_500)
          expect([turn, steps, isStopped, left.includes('after')]).toEqual([turn, steps, true, false])
          if (left.length === 0) {
            unsent++
            expect(answer.result?.results[0]?.kind ?? 'dropped').toBe('dropped')
            expect(world.company.gate.book.all()).toEqual([])
            expect(world.account().openOrders).toEqual([])
          }
          expect(world.life.runtime.monitors.breaches).toEqual([])
          world.close()
        }
      // Both turns were met: the first one whole, the second one as far as the bytes had not left.
      expect(unsent).toBeGreaterThan(STEPS + 1)
      expect(unsent).toBeLessThan(2 * (STEPS + 1))
    }, 60_000)

  test('I10 what was stopped on its way is replayed as it was', () => {
    for (const [, stop] of ALL) {
      const world = ready()
      during(world, 'the verdict', 1, () => stop(world))
      wish(world, { target: '0.01', price: priceAt(world, -40), postOnly: true })
      world.run(1_500)
      expectReplayEqual(world)
      world.close()
    }
  }, 60_000)
})
