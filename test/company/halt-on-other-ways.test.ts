// Virtual time; the company is stopped between two microtasks on the longer ways of an order: asked of the venue first, tried again, amended.
import { afterEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import type { PlanResult } from '#actors/desk/desk'
import { afterSteps, BRIEF_STOPS, during, STOPS, TURNS, type Watch, watch } from './halts'
import { intentOf, priceAt, rest, wish } from './intents'
import { IS_LONG } from './profile'
import { quietBot, World } from './world'

setDefaultTimeout(120_000)

const STEPS = IS_LONG ? Array.from({ length: 25 }, (_, step) => step) : [0, 1, 4]
/** An answer over REST takes longer to be read. */
const ANSWER_STEPS = IS_LONG ? Array.from({ length: 61 }, (_, step) => step) : [0, 9, 40]

const ALL = [...STOPS, ...BRIEF_STOPS]

let world: World
afterEach(() => world.close())

function ready(): World {
  world = new World({ bots: [quietBot('tester')], emulator: { stepMs: 15_000, tradeEveryMs: 15_000 } }).start().trading().run(2_000)
  return world
}

/** A submission, by whichever road; not the question whether the venue would take it. */
const isSubmission = (text: string, path: string): boolean =>
  text.includes('"add_order"') || (path.endsWith('/AddOrder') && !text.includes('validate'))
const isQuestion = (text: string, path: string): boolean => path.endsWith('/AddOrder') && text.includes('validate')

function expectUnsent(seen: Watch, hasRecord = false): void {
  expect([seen.isStopped, seen.after]).toEqual([true, 0])
  if (seen.before === 0) {
    expect(world.company.gate.book.all()).toEqual([])
    expect(world.account().openOrders).toEqual([])
    if (!hasRecord) expect(Object.keys(world.record().clientIds.byId)).toEqual([])
  }
  expect(world.life.runtime.monitors.breaches).toEqual([])
}

/** A wish whose orders the venue is asked to check before they are sent. */
function wishAsked(): { result: PlanResult | null | undefined } {
  const bot = world.company.bots.get('tester' as never)
  if (bot === undefined) throw new Error('no bot')
  const { routing, sizing } = bot.spec
  const answer: { result: PlanResult | null | undefined } = { result: undefined }
  const terms = { routing, sizing, isOperatorFlatten: false, shouldPreview: true }
  void world.company.desk.execute(intentOf(world, { target: '0.01', price: priceAt(world, -40), postOnly: true }), terms).then((result) => {
    answer.result = result
  })
  return answer
}

describe('I4 EXE-04 a stop while the venue is asked first', () => {
  for (const [what, stop] of ALL)
    test(`I4 EXE-04 ${what}: the order is not sent, whether the question, its answer, the verdict or the journal was awaited`, () => {
      let unsent = 0
      for (const turn of ['the question', 'the answer', ...TURNS] as const)
        for (const steps of turn === 'the answer' ? ANSWER_STEPS : STEPS) {
          ready()
          const seen = watch(world, isSubmission)
          const act = (): void => {
            stop(world)
            seen.isStopped = true
          }
          if (turn === 'the question' || turn === 'the answer') onQuestion(turn, steps, act)
          else during(world, turn, steps, act)
          const answer = wishAsked()
          world.run(1_500)
          expectUnsent(seen)
          if (seen.before === 0) unsent++
          if (seen.before === 0 && answer.result !== undefined) expect(answer.result?.results[0]?.kind).not.toBe('sent')
          world.close()
        }
      // All but the last steps of the last turn, in which the bytes have left.
      expect(unsent).toBeGreaterThan(STEPS.length * 2 + ANSWER_STEPS.length)
    })

  /** Has `act` called so many microtasks after the question left, or after its answer came. */
  function onQuestion(turn: 'the question' | 'the answer', steps: number, act: () => void): void {
    const before = world.onPassage
    let isAsked = false
    world.onPassage = (passage) => {
      before(passage)
      const { direction, text, path } = passage
      if (direction === 'up' && isQuestion(text, path)) {
        isAsked = true
        if (turn === 'the question') afterSteps(steps, act)
      }
      if (direction !== 'down' || !isAsked || turn !== 'the answer' || !path.endsWith('/AddOrder')) return
      isAsked = false
      // It is handed over now and arrives 5 ms later.
      world.clock.setTimeout(() => afterSteps(steps, act), 5)
    }
  }
})

describe('I4 EXE-06 a stop before the next attempt', () => {
  for (const [what, stop] of ALL)
    test(`I4 EXE-06 ${what}: what the venue refused for a passing reason is not sent again`, () => {
      let unsent = 0
      // A brief one may be over when the wait is: then the order may go.
      const isBrief = BRIEF_STOPS.some(([name]) => name === what)
      for (const turn of isBrief ? TURNS : (['the wait', ...TURNS] as const))
        for (const steps of turn === 'the wait' ? [0] : STEPS) {
          ready()
          world.emulator.faults.add({
            kind: 'apiError',
            face: 'ws',
            methods: ['add_order'],
            text: 'EOrder:Orders limit exceeded',
            count: 1,
          })
          wish(world, { target: '0.01', price: priceAt(world, -40), postOnly: true })
          world.until('it is to be tried again', () => world.life.journal.headSeq > 0 && retried() === 1, 5_000)
          const seen = watch(world, isSubmission)
          const act = (): void => {
            stop(world)
            seen.isStopped = true
          }
          if (turn === 'the wait') act()
          else during(world, turn, steps, act)
          world.run(5_000)
          expectUnsent(seen, true)
          if (seen.before === 0) unsent++
          world.close()
        }
      expect(unsent).toBeGreaterThan(STEPS.length + 1)
      expect(unsent).toBeLessThan(2 * STEPS.length + 1)
    })

  const retried = (): number =>
    [...world.company.orders.live()].filter((record) => world.company.orders.contextOf(record).retries > 0).length
})

describe('I4 EXE-14 a stop between verdict and amend', () => {
  for (const [what, stop] of ALL)
    test(`I4 EXE-14 ${what}: an amend that adds risk does not leave, at whichever await it falls`, () => {
      let unsent = 0
      for (const turn of TURNS)
        for (const steps of STEPS) {
          ready()
          rest(world, '0.006')
          const seen = watch(world, (text) => text.includes('amend_order'))
          const act = (): void => {
            stop(world)
            seen.isStopped = true
          }
          during(world, turn, steps, act, 'order.amend')
          wish(world, { target: '0.01', price: priceAt(world, -30), postOnly: true })
          world.run(1_000)
          expect([turn, steps, seen.isStopped, seen.after]).toEqual([turn, steps, true, 0])
          if (seen.before === 0) unsent++
          expect(world.life.runtime.monitors.breaches).toEqual([])
          world.close()
        }
      expect(unsent).toBeGreaterThan(STEPS.length)
      expect(unsent).toBeLessThan(2 * STEPS.length)
    })
})
