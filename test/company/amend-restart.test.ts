import { describe, expect, test } from 'bun:test'
import { expectAgreement } from './agree'
import { done, priceAt, rest } from './intents'
import { atRest } from './rest'
import { World } from './world'

const reserved = (world: World) => world.company.gate.book.all().map((row) => [String(row.leavesQuantity), String(row.limitPrice)])
const shown = (world: World) => world.account().openOrders.map((order) => [String(order.quantity), String(order.limitPrice)])

describe('I6 EXE-12 what is reserved for an order that was being amended when the company crashed', () => {
  for (const [what, afterMs, isDone] of [
    ['before the amend left', -1, false],
    ['before it arrived', 1, true],
    ['before its answer arrived', 7, true],
  ] as const) {
    test(`${what}: the larger of both terms until the venue shows which hold, and then those`, () => {
      const world = new World({ seed: `amend/${what}` }).start().trading().run(10_000)
      const record = rest(world, '0.006')
      const before = reserved(world)
      const price = priceAt(world, -30)
      let hasCrashed = false
      const crash = () => {
        hasCrashed = true
        world.crash()
      }
      world.fate = ({ direction, text }) => {
        if (direction !== 'up' || !text.includes('"amend_order"') || hasCrashed) return { kind: 'carry', extraMs: 0 }
        if (afterMs >= 0) world.clock.setTimeout(crash, afterMs)
        else crash()
        return afterMs >= 0 ? { kind: 'carry', extraMs: 0 } : { kind: 'drop' }
      }
      done(world, { target: '0.01', price, postOnly: true })
      world.run(20)
      expect(world.isAlive).toBe(false)
      world.start()
      // The venue's lists have not been asked yet: whichever terms hold, they are counted.
      world.until('the order is in the book again', () => reserved(world).length > 0)
      expect(reserved(world)).toEqual([['0.01', String(price)]])
      world.until('it is settled', () => world.statusOf(record.clientOrderId) === 'OPEN', 30_000)
      expect(reserved(world)).toEqual(isDone ? [['0.01', String(price)]] : before)
      expect(reserved(world)).toEqual(shown(world) as never)
      world.trading() // and it can be amended again
      const next = priceAt(world, -25)
      expect(done(world, { target: '0.004', price: next, postOnly: true })?.isAmend).toBe(true)
      world.run(2_000)
      expect(reserved(world)).toEqual([['0.004', String(next)]])
      atRest(world)
      expectAgreement(world, true)
      world.close()
    })
  }
})

describe('I4 EXE-12 a verdict on an amend that lapsed while the journal wrote', () => {
  test('the amend does not leave, and the order stands as it was', () => {
    const world = new World({ seed: 'amend/lapsed' }).start().trading().run(10_000)
    const record = rest(world, '0.006')
    const before = [reserved(world), shown(world)]
    const frames: string[] = []
    world.fate = ({ direction, text }) => {
      if (direction === 'up' && text.includes('"amend_order"')) frames.push(text)
      return { kind: 'carry', extraMs: 0 }
    }
    // The journal took longer than a verdict lives: to the clock of the desk it is all one.
    const end = world.life.journal.subscribe(({ kind }) => {
      if (kind === 'order.amend') world.wall.offsetMs += 1_500
    })
    done(world, { target: '0.01', price: priceAt(world, -30), postOnly: true })
    world.run(1_000)
    end()
    expect(world.entries('order.amend')).toHaveLength(1)
    expect(world.entries('order.amendRefused').map(({ payload }) => payload['reason'])).toEqual([
      'not sent: the order or its scope changed meanwhile, or the verdict lapsed',
    ])
    expect(frames).toEqual([])
    expect([reserved(world), shown(world)]).toEqual(before)
    expect(world.statusOf(record.clientOrderId)).toBe('OPEN')
    atRest(world)
    expectAgreement(world, true)
    world.close()
  })
})
