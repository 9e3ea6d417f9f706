import { describe, expect, test } from 'bun:test'
import type { AmendChange } from '#sim/engine/types'
import { balance, codeOf, d, openBench, placed } from './fixture'

const change = (fields: Partial<AmendChange>): AmendChange => ({
  quantity: null,
  limitPrice: null,
  triggerPrice: null,
  trailing: null,
  postOnly: null,
  extra: null,
  ...fields,
})

/** Two orders at one price, alice's first; returns whose order a small sell of bob's then fills. */
function queue(amend: Partial<AmendChange>): string {
  const { engine } = openBench()
  engine.openAccount('carol')
  engine.deposit('carol', 'USD', d('1000'))
  const mine = placed(engine, { limit: '100', volume: '2' })
  placed(engine, { accountId: 'carol', limit: '100', volume: '2' })
  expect(engine.amend(mine.orderId, change(amend)).kind).toBe('amended')
  placed(engine, { accountId: 'bob', side: 'sell', limit: '100', volume: '0.1' })
  return engine.fills('alice').length > 0 ? 'alice' : 'carol'
}

describe('amend keeps the ids and follows the queue rules', () => {
  test('SIM-01 less quantity keeps the place, more goes to the back', () => {
    expect(queue({ quantity: d('1.5') })).toBe('alice')
    expect(queue({ quantity: d('2') })).toBe('alice')
    expect(queue({ quantity: d('2.5') })).toBe('carol')
  })

  test('SIM-01 another price goes to the back of that price’s queue', () => {
    const { engine } = openBench()
    const mine = placed(engine, { limit: '100' })
    placed(engine, { accountId: 'bob', limit: '99' })
    engine.amend(mine.orderId, change({ limitPrice: d('99') }))
    engine.openAccount('carol')
    engine.deposit('carol', 'AAA', d('10'))
    placed(engine, { accountId: 'carol', side: 'sell', limit: '99', volume: '1' })
    expect(engine.fills('bob')).toHaveLength(1)
    expect(engine.order(mine.orderId)).toMatchObject({ limitPrice: '99', status: 'open', amendCount: 1 })
  })

  test('SIM-01 the hold follows, and an amend beyond the funds is refused', () => {
    const { engine, events } = openBench()
    const mine = placed(engine, { limit: '100', volume: '50' })
    events.length = 0
    expect(codeOf(engine.amend(mine.orderId, change({ quantity: d('100') })))).toBe('insufficientFunds')
    expect(events).toEqual([])
    expect(engine.amend(mine.orderId, change({ quantity: d('60') })).kind).toBe('amended')
    expect(balance(engine, 'alice', 'USD').held).toBe('6012')
    expect(events.map((event) => event.kind)).toEqual(['orderAmended'])
  })

  test('SIM-01 a price that crosses trades as taker, unless post-only forbids it', () => {
    const { engine } = openBench()
    placed(engine, { accountId: 'bob', side: 'sell', limit: '101', volume: '0.4' })
    const mine = placed(engine, { limit: '100' })
    expect(codeOf(engine.amend(mine.orderId, change({ limitPrice: d('101'), postOnly: true })))).toBe('postOnlyWouldCross')
    const result = engine.amend(mine.orderId, change({ limitPrice: d('101') }))
    expect(result).toMatchObject({ kind: 'amended', order: { status: 'open', filledQuantity: '0.4' } })
    expect(engine.fills('alice')[0]?.liquidity).toBe('taker')
  })

  test('SIM-01 a total at the filled quantity completes the order, one below it cancels the rest', () => {
    const end = (quantity: string): readonly unknown[] => {
      const { engine } = openBench()
      const mine = placed(engine, { limit: '100', volume: '2' })
      placed(engine, { accountId: 'bob', side: 'sell', limit: '100', volume: '1' })
      engine.amend(mine.orderId, change({ quantity: d(quantity) }))
      const order = engine.order(mine.orderId)
      return [order?.status, order?.reason, order?.filledQuantity, balance(engine, 'alice', 'USD').held]
    }
    expect(end('1')).toEqual(['filled', null, '1', '0'])
    expect(end('0.5')).toEqual(['canceled', 'amendBelowFilled', '1', '0'])
  })

  test('SIM-01 refuses what is off the grid, unknown or over', () => {
    const { engine } = openBench()
    const mine = placed(engine, { limit: '100' })
    expect(codeOf(engine.amend('nobody', change({})))).toBe('unknownOrder')
    expect(codeOf(engine.amend(mine.orderId, change({ limitPrice: d('100.2') })))).toBe('tickSize')
    expect(codeOf(engine.amend(mine.orderId, change({ quantity: d('0.001') })))).toBe('quantityMin')
    expect(codeOf(engine.amend(mine.orderId, change({ triggerPrice: d('90') })))).toBe('notAmendable')
    engine.cancel(mine.orderId, 'userRequested')
    expect(codeOf(engine.amend(mine.orderId, change({ limitPrice: d('99') })))).toBe('unknownOrder')
  })

  test('SIM-01 keeps a record of every form the order had', () => {
    const { engine, clock } = openBench()
    const mine = placed(engine, { limit: '100' })
    clock.advance(5_000)
    engine.amend(mine.orderId, change({ limitPrice: d('99.5') }))
    expect(engine.amends(mine.orderId).map((one) => [one.kind, one.limitPrice, one.quantity])).toEqual([
      ['original', d('100'), d('1')],
      ['user', d('99.5'), d('1')],
    ])
    expect(engine.order(mine.orderId)?.ageFromMs).toBe(clock.now())
  })
})
