import { describe, expect, test } from 'bun:test'
import { instrumentId } from '#domain/ids'
import type { JsonObject } from '#domain/json'
import { BTC, proposal, Rig } from './rig'

const transition = (to: string): JsonObject => ({ from: 'TRADING', to, reasons: [], note: '', error: null })

/** A company with one open order, and what halts it. */
function halted(by: (at: Rig) => void = (at) => at.append('company.transition', transition('HALTED'))) {
  const at = new Rig().attach()
  const terms = at.open('a')
  at.sweep()
  by(at)
  at.sweep()
  const cancel = () => void at.venue.cancel({ clientOrderId: terms.clientOrderId, venueOrderId: null, instrumentId: BTC })
  return { at, terms, cancel }
}

/** Lets the time of a budget go by, and what is over it. */
function overdue(at: Rig): readonly string[] {
  at.run(61_000)
  return at.broken('I8')
}

describe('I8 (virtual clock, fake company): a halt cancels, and goes on until the evidence', () => {
  test('I8 breaks for an open order that a halt leaves alone', () => {
    const { at } = halted()
    expect(at.broken('I8')).toEqual([])
    expect(overdue(at)).toEqual(['I8'])
    expect(at.texts()).toContain('to be canceled since the company was halted, and no cancel left within 60000 ms')
  })

  test('I8 holds while cancels leave in time, and breaks when they end before the order does', () => {
    const { at, terms, cancel } = halted()
    for (let round = 0; round < 5; round++) {
      at.run(50_000)
      cancel()
      expect(at.broken('I8')).toEqual([])
    }
    at.company.set(terms, { state: 'canceling' })
    expect(overdue(at)).toEqual(['I8'])
    expect(at.monitors.checks.I8).toBeGreaterThan(5)
  })

  test('I8 counts cancel-all, a wait for rate budget and, after a cancel, a question to the venue as going on', () => {
    const acts: readonly ((at: Rig, id: ReturnType<typeof proposal>) => void)[] = [
      (at) => void at.venue.cancelAll(),
      (at) => {
        at.inner.waitMs = 500
        at.venue.orderWaitMs(BTC, 'cancel')
      },
      (at, { clientOrderId }) => void at.venue.orderByClientId(clientOrderId, 0),
    ]
    for (const act of acts) {
      const { at, terms, cancel } = halted()
      cancel()
      at.run(50_000)
      act(at, terms)
      at.run(50_000)
      expect(at.broken('I8')).toEqual([])
      expect(overdue(at)).toEqual(['I8'])
    }
  })

  test('I8 takes no question for going on before a cancel has left, though the order is in doubt each time', () => {
    const { at, terms } = halted()
    const { clientOrderId } = terms
    for (let round = 0; round < 7; round++) {
      at.fact(terms, 'order.cancel', {}, 'canceling')
      at.sweep().run(9_000)
      at.fact(terms, 'order.answerLost', { reason: 'x' }, 'reconciling')
      void at.venue.orderByClientId(clientOrderId, 0)
      at.sweep().run(30_000)
    }
    at.report('accepted', terms)
    at.fact(terms, 'order.accepted', { venueOrderId: `V-a` }, 'canceling')
    expect(at.broken('I8')).toEqual(['I8'])
  })

  test('I8 does not count the time in doubt', () => {
    const { at, terms } = halted()
    for (let round = 0; round < 3; round++) {
      at.fact(terms, 'order.cancel', {}, 'canceling')
      at.sweep().run(9_000)
      at.fact(terms, 'order.answerLost', { reason: 'x' }, 'reconciling')
      at.sweep().run(120_000)
    }
    expect(at.broken('I8')).toEqual([])
  })

  test('I8 takes the wait for the budget of one instrument for that of no other', () => {
    for (const [waits, expected] of [
      [BTC, []],
      [instrumentId('ETH-USD@kraken'), ['I8']],
    ] as const) {
      const { at } = halted()
      at.inner.waitMs = 500
      for (let round = 0; round < 3; round++) {
        at.run(30_000)
        at.venue.orderWaitMs(waits, 'cancel')
      }
      expect(at.broken('I8')).toEqual([...expected])
    }
  })

  test('I8 asks nothing for what has ended, is in doubt, or was sent after the halt', () => {
    const { at, terms } = halted()
    at.company.set(terms, { state: 'reconciling' })
    at.open('flatten')
    expect(overdue(at)).toEqual([])
    at.company.set(terms, { state: 'canceled' })
    expect(overdue(at)).toEqual([])
  })

  test('I8 ends with the halt, but for orders that are being canceled', () => {
    const { at, terms } = halted()
    at.append('company.transition', transition('TRADING'))
    at.sweep()
    expect(overdue(at)).toEqual([])
    at.company.set(terms, { state: 'canceling' })
    at.sweep()
    expect(overdue(at)).toEqual(['I8'])
    expect(at.texts()).toContain('is being canceled')
  })

  test("I8 EXE-13 a bot's halt leaves the stop that protects its position, a company's does not, and a stop that opens is no protection", () => {
    const stopUnder = (kind: string, correlationId: string | null, reduceOnly: boolean) => {
      const at = new Rig().attach()
      at.open('stop', { type: 'stop', side: 'sell', reduceOnly })
      at.append(kind, transition('HALTED'), { correlationId })
      at.sweep()
      return overdue(at)
    }
    expect(stopUnder('bot.transition', 'alpha', true)).toEqual([])
    expect(stopUnder('bot.transition', 'alpha', false)).toEqual(['I8'])
    expect(stopUnder('company.transition', null, true)).toEqual(['I8'])
  })

  test("I8 holds a halted bot to its orders, and leaves another's alone", () => {
    const haltOf = (botId: string) => (at: Rig) => at.append('bot.transition', transition('HALTED'), { correlationId: botId })
    expect(overdue(halted(haltOf('alpha')).at)).toEqual(['I8'])
    expect(overdue(halted(haltOf('beta')).at)).toEqual([])
    const { at } = halted(haltOf('alpha'))
    at.append('bot.transition', transition('IDLE'), { correlationId: 'alpha' })
    at.sweep()
    expect(overdue(at)).toEqual([])
  })

  test('I8 holds the kill switch to foreign orders when an operator pulled it, and not when we did', () => {
    for (const [source, expected] of [
      ['api', ['I8']],
      ['internal', []],
    ] as const) {
      const at = new Rig().attach()
      at.company.set(proposal('hand'), { state: 'open', isForeign: true })
      at.append('killSwitch.tripped', { reason: 'x', source, operator: null, address: null })
      at.sweep()
      expect(overdue(at)).toEqual([...expected])
    }
  })

  test('I8 holds a company whose journal failed to its cancels, though it cannot write that it halts', () => {
    const { at } = halted((rig) => {
      rig.disk.failWith(new Error('disk full'))
      rig.append('portfolio.marked', {})
      rig.commit()
    })
    expect(overdue(at)).toEqual(['I8'])
  })
})
