import { describe, expect, test } from 'bun:test'
import { balance, codeOf, d, openBench, placed, request, START_MS } from './fixture'

// All of these run on a virtual clock.
describe('limit orders', () => {
  test('SIM-01 an order that rests reserves its cost with the fee, and releases it on cancel', () => {
    const { engine, events } = openBench()
    const order = placed(engine, { side: 'buy', limit: '99.5', volume: '2' })
    expect(order.status).toBe('open')
    expect(balance(engine, 'alice', 'USD')).toEqual({ total: '10000', held: '199.398' })
    expect(events.map((event) => event.kind)).toEqual(['orderPending', 'orderNew'])
    expect(engine.cancel(order.orderId, 'userRequested')).toMatchObject({
      kind: 'canceled',
      order: { status: 'canceled', reason: 'userRequested' },
    })
    expect(balance(engine, 'alice', 'USD')).toEqual({ total: '10000', held: '0' })
    expect(codeOf(engine.cancel(order.orderId, 'userRequested'))).toBe('unknownOrder')
    expect(engine.closedOrders('alice').map((one) => one.orderId)).toEqual([order.orderId])
  })

  test('SIM-01 a sell reserves base', () => {
    const { engine } = openBench()
    placed(engine, { side: 'sell', limit: '101', volume: '2.5' })
    expect(balance(engine, 'alice', 'AAA')).toEqual({ total: '100', held: '2.5' })
  })

  test('SIM-01 matches by price, then by time, at the maker’s price', () => {
    const { engine } = openBench()
    const late = placed(engine, { accountId: 'bob', side: 'sell', limit: '101', volume: '1' })
    const first = placed(engine, { accountId: 'bob', side: 'sell', limit: '100.5', volume: '1' })
    const second = placed(engine, { accountId: 'bob', side: 'sell', limit: '100.5', volume: '1' })
    const taker = placed(engine, { limit: '101', volume: '2.5' })
    expect(taker.status).toBe('filled')
    const fills = engine.fills('alice').toReversed()
    expect(fills.map((fill) => `${fill.quantity}@${fill.price}`)).toEqual(['1@100.5', '1@100.5', '0.5@101'])
    expect(fills.map((fill) => fill.tradeId)).toEqual([1, 2, 3])
    expect(engine.order(first.orderId)?.status).toBe('filled')
    expect(engine.order(second.orderId)?.status).toBe('filled')
    expect(engine.order(late.orderId)?.filledQuantity).toBe(d('0.5'))
    expect(engine.prints('AAA/USD', null, 10).map((print) => [print.tradeId, print.side, print.indexInMs])).toEqual([
      [1, 'buy', 0],
      [2, 'buy', 1],
      [3, 'buy', 2],
    ])
  })

  test('SIM-01 tells fills of both sides with cumulative figures, then their ends', () => {
    const { engine, events } = openBench()
    placed(engine, { accountId: 'bob', side: 'sell', limit: '100', volume: '1' })
    events.length = 0
    placed(engine, { limit: '100', volume: '1' })
    expect(events.map((event) => event.kind)).toEqual([
      'orderPending',
      'orderNew',
      'orderTrade',
      'balance',
      'balance',
      'orderTrade',
      'balance',
      'balance',
      'print',
      'orderDone',
      'orderDone',
    ])
    const [taker, maker] = events.flatMap((event) => (event.kind === 'orderTrade' ? [event] : []))
    expect(taker).toMatchObject({ fill: { accountId: 'alice', liquidity: 'taker', fee: '0.2', cost: '100', cumulativeQuantity: '1' } })
    expect(maker).toMatchObject({ fill: { accountId: 'bob', liquidity: 'maker', fee: '0.1', averagePrice: '100' } })
  })

  test('SIM-01 validate runs every check and changes nothing', () => {
    const { engine, events } = openBench()
    const before = JSON.stringify(engine.snapshot())
    expect(engine.validate(request({ limit: '100' })).kind).toBe('validated')
    expect(codeOf(engine.validate(request({ limit: '100', volume: '1000' })))).toBe('insufficientFunds')
    expect(JSON.stringify(engine.snapshot())).toBe(before)
    expect(events).toEqual([])
  })
})

describe('refusals', () => {
  test.each([
    ['unknownInstrument', { symbol: 'ZZZ/USD', limit: '100' }],
    ['quantityInvalid', { limit: '100', volume: '1.0001' }],
    ['quantityInvalid', { limit: '100', volume: '0' }],
    ['quantityMin', { limit: '100', volume: '0.009' }],
    ['costMin', { limit: '0.5', volume: '0.5' }],
    ['priceInvalid', { limit: '0' }],
    ['priceScale', { limit: '100.25' }],
    ['tickSize', { limit: '100.1' }],
    ['combinationInvalid', {}],
    ['combinationInvalid', { limit: '100', timeInForce: 'ioc', postOnly: true }],
    ['combinationInvalid', { limit: '100', timeInForce: 'gtd' }],
    ['combinationInvalid', { type: 'market', timeInForce: 'fok' }],
    ['combinationInvalid', { limit: '100', quantityIn: 'quote' }],
    ['expiryInvalid', { limit: '100', timeInForce: 'gtd', expiresAtMs: START_MS }],
    ['insufficientFunds', { limit: '100', volume: '99.9' }],
    ['insufficientFunds', { side: 'sell', limit: '100', volume: '100.001' }],
    ['noLiquidity', { type: 'market' }],
    ['triggerInvalid', { type: 'stopLoss', triggerPrice: d('0') }],
    ['tickSize', { type: 'stopLoss', triggerPrice: d('90.2') }],
  ] as const)('SIM-01 %s: %j', (code, change) => {
    const { engine } = openBench()
    expect(codeOf(engine.place(request({ ...change })))).toBe(code)
    expect(engine.openOrders('alice')).toEqual([])
  })

  test('SIM-01 the funds of a buy include its fee', () => {
    const { engine } = openBench()
    expect(codeOf(engine.place(request({ limit: '100', volume: '100' })))).toBe('insufficientFunds')
    expect(codeOf(engine.place(request({ limit: '100', volume: '99.8' })))).toBe('accepted')
  })

  test('SIM-01 each instrument status lets through what it says', () => {
    const { engine } = openBench()
    placed(engine, { accountId: 'bob', side: 'sell', limit: '120' })
    const tries = {
      limit: request({ limit: '90' }),
      postOnly: request({ limit: '90', postOnly: true }),
      market: request({ type: 'market' }),
      sell: request({ side: 'sell', limit: '130' }),
    }
    const table = {
      online: ['limit', 'postOnly', 'market', 'sell'],
      postOnly: ['postOnly'],
      limitOnly: ['limit', 'postOnly', 'sell'],
      reduceOnly: ['sell'],
      cancelOnly: [],
      offline: [],
    } as const
    for (const [status, allowed] of Object.entries(table)) {
      engine.setStatus('AAA/USD', status as keyof typeof table)
      const passed = Object.entries(tries).filter(([, one]) => engine.validate(one).kind === 'validated')
      expect([status, passed.map(([name]) => name)]).toEqual([status, [...allowed]])
    }
  })
})

describe('time in force', () => {
  test('SIM-01 ioc takes what it can and cancels the rest', () => {
    const { engine } = openBench()
    placed(engine, { accountId: 'bob', side: 'sell', limit: '100', volume: '1' })
    const order = placed(engine, { limit: '100', volume: '3', timeInForce: 'ioc' })
    expect(order).toMatchObject({ status: 'canceled', reason: 'immediateOrCancel', filledQuantity: '1' })
    expect(balance(engine, 'alice', 'USD').held).toBe('0')
  })

  test('SIM-01 fok fills wholly or not at all', () => {
    const { engine } = openBench()
    placed(engine, { accountId: 'bob', side: 'sell', limit: '100', volume: '1' })
    expect(placed(engine, { limit: '100', volume: '1.5', timeInForce: 'fok' })).toMatchObject({ status: 'canceled', reason: 'fillOrKill' })
    expect(engine.fills('alice')).toEqual([])
    expect(placed(engine, { limit: '100', volume: '1', timeInForce: 'fok' }).status).toBe('filled')
  })

  test('SIM-01 fok counts no order of its own account that would stop it', () => {
    const { engine } = openBench()
    placed(engine, { side: 'sell', limit: '100', volume: '1' })
    placed(engine, { accountId: 'bob', side: 'sell', limit: '100', volume: '1' })
    expect(placed(engine, { limit: '100', timeInForce: 'fok' }).reason).toBe('fillOrKill')
    expect(placed(engine, { limit: '100', timeInForce: 'fok', selfTrade: 'cancelOldest' }).status).toBe('filled')
  })

  test('SIM-01 gtd expires on the engine’s clock', () => {
    const { engine, clock } = openBench()
    const order = placed(engine, { limit: '99', timeInForce: 'gtd', expiresAtMs: START_MS + 10 * 3_600_000 })
    clock.runUntil(START_MS + 10 * 3_600_000 - 1)
    expect(engine.order(order.orderId)?.status).toBe('open')
    clock.runUntil(START_MS + 10 * 3_600_000)
    expect(engine.order(order.orderId)).toMatchObject({ status: 'expired', reason: 'expired', closedAtMs: START_MS + 10 * 3_600_000 })
    expect(balance(engine, 'alice', 'USD').held).toBe('0')
    expect(clock.pending).toBe(0)
  })

  test('SIM-01 post-only that would cross is refused, or canceled at once where the venue does so', () => {
    const { engine } = openBench()
    placed(engine, { accountId: 'bob', side: 'sell', limit: '100' })
    expect(codeOf(engine.place(request({ limit: '100', postOnly: true })))).toBe('postOnlyWouldCross')
    expect(placed(engine, { limit: '99.5', postOnly: true }).status).toBe('open')
    const other = openBench({ postOnlyCross: 'cancel' }).engine
    placed(other, { accountId: 'bob', side: 'sell', limit: '100' })
    expect(placed(other, { limit: '100', postOnly: true })).toMatchObject({ status: 'canceled', reason: 'postOnly', filledQuantity: '0' })
  })
})

describe('market orders', () => {
  test('SIM-01 walk the book, and the price protection cancels the rest', () => {
    const { engine } = openBench()
    placed(engine, { accountId: 'bob', side: 'sell', limit: '100', volume: '1' })
    placed(engine, { accountId: 'bob', side: 'sell', limit: '110', volume: '1' })
    placed(engine, { accountId: 'bob', side: 'sell', limit: '110.5', volume: '1' })
    const order = placed(engine, { type: 'market', volume: '3' })
    expect(order).toMatchObject({
      status: 'canceled',
      reason: 'priceProtection',
      filledQuantity: '2',
      filledCost: '210',
      averagePrice: '105',
    })
  })

  test('SIM-01 the rest is canceled when the side runs out', () => {
    const { engine } = openBench()
    placed(engine, { accountId: 'bob', side: 'buy', limit: '100', volume: '1' })
    expect(placed(engine, { type: 'market', side: 'sell', volume: '2' })).toMatchObject({ status: 'canceled', reason: 'noLiquidity' })
  })

  test('SIM-01 a quantity in quote buys what it pays for', () => {
    const { engine } = openBench()
    placed(engine, { accountId: 'bob', side: 'sell', limit: '100', volume: '1' })
    placed(engine, { accountId: 'bob', side: 'sell', limit: '101', volume: '5' })
    const order = placed(engine, { type: 'market', volume: '150', quantityIn: 'quote' })
    expect(order).toMatchObject({
      status: 'filled',
      quantity: '1.495',
      filledQuantity: '1.495',
      filledCost: '149.995',
      quoteQuantity: '150',
    })
  })

  test('SIM-01 a market buy beyond the funds is refused by what the book would cost', () => {
    const { engine } = openBench()
    placed(engine, { accountId: 'bob', side: 'sell', limit: '100', volume: '50' })
    placed(engine, { accountId: 'bob', side: 'sell', limit: '105', volume: '50' })
    expect(codeOf(engine.place(request({ type: 'market', volume: '98' })))).toBe('insufficientFunds')
    expect(codeOf(engine.place(request({ type: 'market', volume: '97' })))).toBe('accepted')
  })
})

describe('self-trade prevention', () => {
  const meet = (selfTrade: 'cancelNewest' | 'cancelOldest' | 'cancelBoth'): readonly (string | null | undefined)[] => {
    const { engine } = openBench()
    const resting = placed(engine, { side: 'sell', limit: '100', volume: '1' })
    placed(engine, { accountId: 'bob', side: 'sell', limit: '100.5', volume: '1' })
    const taker = placed(engine, { limit: '100.5', volume: '1', selfTrade })
    expect(engine.fills('alice').every((fill) => fill.price === d('100.5'))).toBe(true)
    return [engine.order(resting.orderId)?.status, taker.status, taker.reason]
  }

  test('SIM-01 cancels the newest, the oldest or both', () => {
    expect(meet('cancelNewest')).toEqual(['open', 'canceled', 'selfTrade'])
    expect(meet('cancelOldest')).toEqual(['canceled', 'filled', null])
    expect(meet('cancelBoth')).toEqual(['canceled', 'canceled', 'selfTrade'])
  })
})

describe('cancel all and lookup', () => {
  test('SIM-01 cancels the account’s orders oldest first and leaves other accounts alone', () => {
    const { engine, events } = openBench()
    const first = placed(engine, { limit: '90' })
    const second = placed(engine, { side: 'sell', limit: '110' })
    const other = placed(engine, { accountId: 'bob', limit: '90' })
    events.length = 0
    expect(engine.cancelAll('alice', 'deadMan').map((order) => order.orderId)).toEqual([first.orderId, second.orderId])
    expect(events.map((event) => event.kind)).toEqual(['orderDone', 'orderDone'])
    expect(engine.openOrders('bob').map((order) => order.orderId)).toEqual([other.orderId])
  })

  test('SIM-01 finds an order by the client’s id, an open one first', () => {
    const { engine } = openBench()
    const old = placed(engine, { limit: '90', clientId: 'x' })
    engine.cancel(old.orderId, 'userRequested')
    expect(engine.orderByClientId('alice', 'x')?.orderId).toBe(old.orderId)
    expect(engine.openOrderByClientId('alice', 'x')).toBeNull()
    const next = placed(engine, { limit: '90', clientId: 'x' })
    expect(engine.orderByClientId('alice', 'x')?.orderId).toBe(next.orderId)
    expect(engine.orderByClientId('bob', 'x')).toBeNull()
  })

  test('SIM-01 a listener must not begin a step while it is told', () => {
    const { engine } = openBench()
    engine.listen(() => void engine.cancelAll('alice', 'allCanceled'))
    expect(() => engine.place(request({ limit: '90' }))).toThrow('asked for a change')
  })
})
