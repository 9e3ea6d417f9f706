import { describe, expect, test } from 'bun:test'
import type { EngineOrderType } from '#sim/engine/types'
import { type Bench, balance, d, openBench, placed, request } from './fixture'

/** A bench whose last price the test moves by letting the agents trade at exactly that price. */
function withTape(): Bench & { readonly tradeAt: (price: number) => void } {
  const bench = openBench()
  const desk = bench.engine.house('AAA/USD')
  const tradeAt = (price: number): void => {
    desk.clear()
    desk.quote('buy', price * 10 - 5, 1_000_000n)
    desk.quote('sell', price * 10, 1_000_000n)
    desk.take('buy', 1n, price * 10)
  }
  tradeAt(100)
  bench.events.length = 0
  return { ...bench, tradeAt }
}

const statusAfter = (type: EngineOrderType, side: 'buy' | 'sell', trigger: string, price: number): string => {
  const { engine, tradeAt } = withTape()
  const order = placed(engine, { type, side, triggerPrice: d(trigger) })
  expect(order.status).toBe('untriggered')
  tradeAt(price)
  return engine.order(order.orderId)?.status ?? 'lost'
}

describe('stops wait for the last price', () => {
  test('SIM-01 stop-loss and take-profit trigger on their own sides', () => {
    expect(statusAfter('stopLoss', 'sell', '95', 95.5)).toBe('untriggered')
    expect(statusAfter('stopLoss', 'sell', '95', 95)).toBe('filled')
    expect(statusAfter('stopLoss', 'buy', '105', 104.5)).toBe('untriggered')
    expect(statusAfter('stopLoss', 'buy', '105', 106)).toBe('filled')
    expect(statusAfter('takeProfit', 'sell', '105', 104)).toBe('untriggered')
    expect(statusAfter('takeProfit', 'sell', '105', 105)).toBe('filled')
    expect(statusAfter('takeProfit', 'buy', '95', 94)).toBe('filled')
  })

  test('SIM-01 tells the trigger before the fills, and holds until then', () => {
    const { engine, events, tradeAt } = withTape()
    placed(engine, { type: 'stopLoss', side: 'sell', triggerPrice: d('95'), volume: '3' })
    expect(balance(engine, 'alice', 'AAA').held).toBe('3')
    events.length = 0
    tradeAt(95)
    const kinds = events.map((event) => event.kind)
    expect(kinds).toEqual(['print', 'orderTriggered', 'orderTrade', 'balance', 'balance', 'print', 'orderDone'])
    expect(events.find((event) => event.kind === 'orderTriggered')).toMatchObject({ lastPrice: '95' })
    expect(balance(engine, 'alice', 'AAA')).toEqual({ total: '97', held: '0' })
  })

  test('SIM-01 a stop-limit rests at its limit when the market has run away', () => {
    const { engine, tradeAt } = withTape()
    const order = placed(engine, { type: 'stopLossLimit', side: 'sell', triggerPrice: d('95'), limit: '94.5' })
    tradeAt(90)
    expect(engine.order(order.orderId)).toMatchObject({ status: 'open', triggeredAtMs: expect.any(Number), filledQuantity: '0' })
    tradeAt(95)
    expect(engine.order(order.orderId)).toMatchObject({ status: 'filled', averagePrice: '94.5' })
    expect(engine.fills('alice')[0]?.liquidity).toBe('maker')
  })

  test('SIM-01 a stop whose price is met already goes at once', () => {
    const { engine } = withTape()
    expect(placed(engine, { type: 'stopLoss', side: 'sell', triggerPrice: d('101') }).status).toBe('filled')
  })

  test('SIM-01 a trailing stop follows the best price and never turns back', () => {
    const { engine, events, tradeAt } = withTape()
    const trailing = { offset: d('5'), unit: 'quote', limitOffset: null, limitUnit: 'quote' } as const
    const order = placed(engine, { type: 'trailingStop', side: 'sell', trailing })
    expect(order.triggerPrice).toBe(d('95'))
    tradeAt(110)
    expect(engine.order(order.orderId)?.triggerPrice).toBe(d('105'))
    tradeAt(106)
    expect(engine.order(order.orderId)).toMatchObject({ triggerPrice: '105', status: 'untriggered' })
    expect(events.filter((event) => event.kind === 'orderRestated')).toHaveLength(1)
    tradeAt(105)
    expect(engine.order(order.orderId)?.status).toBe('filled')
  })

  test('SIM-01 a trailing stop in percent with a limit', () => {
    const { engine, tradeAt } = withTape()
    const trailing = { offset: d('10'), unit: 'percent', limitOffset: d('1'), limitUnit: 'percent' } as const
    const order = placed(engine, { type: 'trailingStopLimit', side: 'buy', trailing })
    expect(order).toMatchObject({ triggerPrice: '110', limitPrice: '111' })
    tradeAt(80)
    expect(engine.order(order.orderId)).toMatchObject({ triggerPrice: '88', limitPrice: '89' })
    tradeAt(88.5)
    expect(engine.order(order.orderId)).toMatchObject({ status: 'filled', averagePrice: '88.5' })
    expect(balance(engine, 'alice', 'USD').held).toBe('0')
  })

  test('SIM-01 an untriggered stop can be amended and canceled', () => {
    const { engine, tradeAt } = withTape()
    const order = placed(engine, { type: 'stopLoss', side: 'sell', triggerPrice: d('95') })
    const amended = engine.amend(order.orderId, {
      quantity: null,
      limitPrice: null,
      triggerPrice: d('90'),
      trailing: null,
      postOnly: null,
      extra: null,
    })
    expect(amended).toMatchObject({ kind: 'amended', order: { triggerPrice: '90', status: 'untriggered' } })
    tradeAt(94)
    expect(engine.cancel(order.orderId, 'userRequested').kind).toBe('canceled')
    tradeAt(80)
    expect(engine.fills('alice')).toEqual([])
  })

  test('SIM-01 a stop that asks for more goes behind the others that wait', () => {
    const { engine, events, tradeAt } = withTape()
    const first = placed(engine, { type: 'stopLoss', side: 'sell', triggerPrice: d('95') })
    const second = placed(engine, { type: 'stopLoss', side: 'sell', triggerPrice: d('95') })
    engine.amend(first.orderId, { quantity: d('2'), limitPrice: null, triggerPrice: null, trailing: null, postOnly: null, extra: null })
    tradeAt(95)
    const triggered = events.flatMap((event) => (event.kind === 'orderTriggered' ? [event.order.orderId] : []))
    expect(triggered).toEqual([second.orderId, first.orderId])
  })

  test('SIM-01 a stop buy that cannot be paid any more is canceled, never overdrawn', () => {
    const { engine, tradeAt } = withTape()
    const order = placed(engine, { type: 'stopLoss', side: 'buy', triggerPrice: d('105'), volume: '95' })
    tradeAt(120)
    expect(engine.order(order.orderId)).toMatchObject({ status: 'canceled', reason: 'insufficientFunds' })
    expect(balance(engine, 'alice', 'USD')).toEqual({ total: '10000', held: '0' })
  })

  test('SIM-01 one stop’s trade can trigger the next', () => {
    const { engine } = openBench()
    placed(engine, { accountId: 'bob', side: 'buy', limit: '99', volume: '1' })
    placed(engine, { accountId: 'bob', side: 'buy', limit: '98', volume: '1' })
    placed(engine, { accountId: 'bob', side: 'buy', limit: '97', volume: '1' })
    const first = placed(engine, { type: 'stopLoss', side: 'sell', triggerPrice: d('99') })
    const second = placed(engine, { type: 'stopLoss', side: 'sell', triggerPrice: d('98') })
    placed(engine, { type: 'market', side: 'sell', volume: '1' })
    expect([first, second].map((order) => engine.order(order.orderId)?.averagePrice)).toEqual([d('98'), d('97')])
  })

  test('EXE-13 a trailing stop keeps its peak, tells it, and its distance can be amended without losing it', () => {
    const { engine, tradeAt } = withTape()
    const order = placed(engine, {
      type: 'trailingStop',
      side: 'sell',
      trailing: { offset: d('5'), unit: 'quote', limitOffset: null, limitUnit: 'quote' },
    })
    expect(order.peakPrice).toBe(d('100'))
    tradeAt(110)
    tradeAt(108)
    const wider = { offset: d('10'), unit: 'percent', limitOffset: null, limitUnit: 'percent' } as const
    const change = { quantity: null, limitPrice: null, triggerPrice: null, trailing: wider, postOnly: null, extra: null }
    expect(engine.amend(order.orderId, change)).toMatchObject({
      kind: 'amended',
      order: { peakPrice: '110', triggerPrice: '99', status: 'untriggered', trailing: wider },
    })
    tradeAt(120)
    expect(engine.order(order.orderId)).toMatchObject({ peakPrice: '120', triggerPrice: '108' })
    const zero = { ...change, trailing: { ...wider, offset: d('0') } }
    expect(engine.amend(order.orderId, zero)).toMatchObject({ kind: 'refused', code: 'triggerInvalid' })
    expect(engine.amend(order.orderId, { ...change, triggerPrice: d('90'), trailing: null })).toMatchObject({ code: 'notAmendable' })
    const tight = { ...change, trailing: { ...wider, offset: d('0.1') } }
    tradeAt(118)
    expect(engine.amend(order.orderId, tight)).toMatchObject({ kind: 'amended', order: { status: 'filled' } })
  })

  test('EXE-13 a trailing stop-limit may keep a limit that stands still, or one at a distance in another unit', () => {
    const { engine, tradeAt } = withTape()
    const trailing = { offset: d('5'), unit: 'quote', limitOffset: null, limitUnit: 'quote' } as const
    const still = placed(engine, { type: 'trailingStopLimit', side: 'sell', trailing, limit: '90' })
    const follows = { ...trailing, limitOffset: d('-1'), limitUnit: 'percent' } as const
    const moving = placed(engine, { type: 'trailingStopLimit', side: 'sell', trailing: follows })
    expect([still.limitPrice, moving.limitPrice]).toEqual([d('90'), d('94')])
    tradeAt(110)
    expect(engine.order(still.orderId)).toMatchObject({ triggerPrice: '105', limitPrice: '90' })
    expect(engine.order(moving.orderId)).toMatchObject({ triggerPrice: '105', limitPrice: '104' })
    const change = { quantity: null, limitPrice: d('104.5'), triggerPrice: null, trailing: null, postOnly: null, extra: null }
    expect(engine.amend(moving.orderId, change)).toMatchObject({ code: 'notAmendable' })
    expect(engine.amend(still.orderId, change)).toMatchObject({ kind: 'amended', order: { limitPrice: '104.5' } })
    tradeAt(100)
    expect(engine.order(moving.orderId)).toMatchObject({ status: 'open', triggeredAtMs: expect.any(Number) })
    expect(engine.amend(moving.orderId, { ...change, limitPrice: d('103') })).toMatchObject({
      kind: 'amended',
      order: { limitPrice: '103' },
    })
  })

  test('EXE-13 the base of a sell is bound while it waits: two protective orders cannot give the same coins', () => {
    const { engine } = withTape()
    placed(engine, { type: 'stopLoss', side: 'sell', triggerPrice: d('95'), volume: '60' })
    const second = engine.place(request({ type: 'takeProfit', side: 'sell', triggerPrice: d('105'), volume: '60' }))
    expect(second).toMatchObject({ kind: 'refused', code: 'insufficientFunds' })
    expect(balance(engine, 'alice', 'AAA').held).toBe('60')
  })

  test('EXE-13 a stop has no place in the book, and a gtd one expires untriggered', () => {
    const { engine, clock } = withTape()
    const before = engine.book('AAA/USD', 10)
    const order = placed(engine, {
      type: 'stopLossLimit',
      side: 'sell',
      triggerPrice: d('95'),
      limit: '99.5',
      timeInForce: 'gtd',
      expiresAtMs: clock.now() + 60_000,
    })
    expect(engine.book('AAA/USD', 10)).toEqual(before)
    clock.advance(60_000)
    expect(engine.order(order.orderId)).toMatchObject({ status: 'expired', triggeredAtMs: null })
    expect(balance(engine, 'alice', 'AAA').held).toBe('0')
  })
})
