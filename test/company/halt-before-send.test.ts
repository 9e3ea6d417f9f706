import { describe, expect, test } from 'bun:test'
import { done, priceAt, rest, wish } from './intents'
import { IS_LONG } from './profile'
import { expectReplayEqual } from './replayed'
import { OPERATOR, quietBot, World } from './world'

// Virtual time; the company is stopped between two microtasks of an order's way from its verdict to the wire.

/** Microtasks that one turn of the way takes at most; the bytes have left long before. */
const STEPS = IS_LONG ? 24 : 8
const TRIP = { threshold: '1', value: '2', reason: 'test' }
/** Turns of the clock in which the way waits for something: the verdict's own, and the one in which the journal answers. */
const TURNS = ['the verdict', "the journal's answer"] as const

const trip = (breakerId: string) => (world: World) => world.company.board.trip(breakerId, TRIP)
const STOPS: readonly (readonly [string, (world: World) => void])[] = [
  ['a halt of all by a breaker', trip('dailyLoss:company')],
  ['the emergency halt', trip('portfolioDrawdown:company')],
  ['only reducing orders may pass', trip('dailyDrawdown:company')],
  ['a halt of the bot by its breaker', trip('botDrawdown:tester')],
  ['a pause of the bot by its breaker', trip('consecutiveLosses:tester')],
  ['a pause of the market', trip('staleness:BTC-USD@kraken')],
  ['a market that is disabled', trip('marketErrors:BTC-USD@kraken')],
  ['a pause of the venue', trip('venueHealth:kraken')],
  ['drift', trip('drift:company')],
  ['the kill switch', (world) => world.control.tripKillSwitch('test', OPERATOR)],
  ['a halt by an operator', (world) => world.control.commandCompany('halt', OPERATOR, 'test')],
]

/** Calls `act` after so many microtasks from now on. */
function afterSteps(steps: number, act: () => void): void {
  if (steps === 0) act()
  else queueMicrotask(() => afterSteps(steps - 1, act))
}

/** Has `act` called so many microtasks into a turn of the way of the next order. */
function during(world: World, turn: (typeof TURNS)[number], steps: number, act: () => void): void {
  if (turn === 'the verdict') {
    const end = world.life.journal.subscribe(({ kind }) => {
      if (kind !== 'verdict.passed') return
      end()
      afterSteps(steps, act)
    })
    return
  }
  const { disk } = world
  const write = disk.write.bind(disk)
  disk.write = (records) => {
    write(records)
    if (!disk.entries().some(({ kind }) => kind === 'order.submitting')) return
    disk.write = write
    afterSteps(steps, act)
  }
}

function ready(): World {
  const emulator = { stepMs: 15_000, tradeEveryMs: 15_000 }
  return new World({ bots: [quietBot('tester')], emulator }).start().trading().run(2_000)
}

describe('I4 RSK-08 RSK-09 RSK-10 a stop that falls between verdict and send', () => {
  for (const [what, stop] of STOPS)
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

  test('I4 EXE-14 an amend that adds risk does not leave either', () => {
    for (const [, stop] of STOPS)
      for (let steps = 0; steps <= STEPS; steps += 4) {
        const world = ready()
        rest(world, '0.006')
        let leftAfter = false
        let isStopped = false
        world.onPassage = ({ direction, text }) => {
          if (direction === 'up' && text.includes('amend_order')) leftAfter ||= isStopped
        }
        during(world, 'the verdict', steps, () => {
          stop(world)
          isStopped = true
        })
        done(world, { target: '0.01', price: priceAt(world, -30), postOnly: true })
        world.run(1_000)
        expect([isStopped, leftAfter]).toEqual([true, false])
        expect(world.life.runtime.monitors.breaches).toEqual([])
        world.close()
      }
  }, 60_000)

  test('I10 what was stopped on its way is replayed as it was', () => {
    for (const [, stop] of STOPS) {
      const world = ready()
      during(world, 'the verdict', 1, () => stop(world))
      wish(world, { target: '0.01', price: priceAt(world, -40), postOnly: true })
      world.run(1_500)
      expectReplayEqual(world)
      world.close()
    }
  }, 60_000)
})
