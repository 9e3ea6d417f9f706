import { describe, expect, test } from 'bun:test'
import type { EngineOrderType } from '#sim/engine/types'
import { type Bench, balance, d, openBench, placed } from './fixture'

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
    const trailing = { offset: d('5'), unit: 'quote', limitOffset: null } as const
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
    const trailing = { offset: d('10'), unit: 'percent', limitOffset: d('1') } as const
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
    const amended = engine.amend(order.orderId, { quantity: null, limitPrice: null, triggerPrice: d('90'), postOnly: null })
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
    engine.amend(first.orderId, { quantity: d('2'), limitPrice: null, triggerPrice: null, postOnly: null })
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
})
