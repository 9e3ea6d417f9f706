/** Commands over the private stream against a scripted fake of Kraken in virtual time. */
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { decimal } from '#domain/decimal'
import type { Approved } from '#domain/order'
import { parseRaw } from '#venues/kraken/numbers'
import { PAIRS } from './fixtures/reference'
import { approved, clientId, connected, orderRef, type Rig, rig, settle, START_MS } from './fake-kraken'

const OPTIONS = { deadlineAtMs: START_MS + 3_600_000 }

/** The last frame sent on the private stream, numbers as their text. */
function lastFrame(made: Rig): { readonly [key: string]: unknown } {
  return parseRaw(made.fake.privateSocket.sent.at(-1) ?? '') as { readonly [key: string]: unknown }
}

function reply(made: Rig, fields: object): void {
  const { req_id, method } = JSON.parse(made.fake.privateSocket.sent.at(-1) ?? '{}')
  made.fake.privateSocket.say({ method, req_id, time_in: made.fake.stamp(), time_out: made.fake.stamp(), ...fields })
}

const deadline = (made: Rig, ms = 5_000) => ({ deadlineAtMs: made.clock.now() + ms })

describe('outbound frames', () => {
  test('VEN-04 add_order carries every field, numbers as JSON numbers with their exact text, in the same step', () => {
    const made = connected()
    const options = deadline(made)
    void made.venue.submit(approved({ quantity: decimal('0.00012345'), limitPrice: decimal('30000.1'), postOnly: true }), options)
    expect(lastFrame(made)).toEqual({
      method: 'add_order',
      params: {
        order_type: 'limit',
        side: 'buy',
        order_qty: '0.00012345',
        symbol: 'BTC/USD',
        limit_price: '30000.1',
        time_in_force: 'gtc',
        post_only: true,
        fee_preference: 'quote',
        cl_ord_id: clientId(1),
        deadline: new Date(options.deadlineAtMs).toISOString(),
        token: 'token/1+a',
      },
      req_id: '3',
    })
    expect(made.fake.privateSocket.sent.at(-1)).toContain('"order_qty":0.00012345,')
    expect(made.fake.privateSocket.sent.at(-1)).toContain('"limit_price":30000.1,')
  })

  test('VEN-04 market orders send no price, gtd sends its expiry in whole seconds, rounded down', () => {
    const made = connected()
    void made.venue.submit(approved({ type: 'market', limitPrice: null, quantity: decimal('0.5') }), deadline(made))
    expect(lastFrame(made)['params']).not.toHaveProperty('limit_price')
    expect(lastFrame(made)['params']).not.toHaveProperty('time_in_force')
    const expiresAtMs = Date.UTC(2026, 5, 1, 13, 0, 0, 999)
    void made.venue.submit(approved({ timeInForce: 'gtd', expiresAtMs }), deadline(made))
    expect(lastFrame(made)['params']).toMatchObject({ time_in_force: 'gtd', expire_time: '2026-06-01T13:00:00Z' })
  })

  test('PAIN-09 whatever passes the form goes out digit for digit, whatever does not is refused here (property)', () => {
    const made = connected()
    const amount = fc
      .tuple(fc.bigInt({ min: 1n, max: 10n ** 15n }), fc.integer({ min: 0, max: 10 }))
      .map(([digits, scale]) => decimal(`${digits}e-${scale}`))
    fc.assert(
      fc.property(amount, amount, (quantity, limitPrice) => {
        const before = made.fake.privateSocket.sent.length
        void made.venue.submit(approved({ quantity, limitPrice }), deadline(made))
        if (made.fake.privateSocket.sent.length === before) return
        const text = made.fake.privateSocket.sent.at(-1) ?? ''
        const params = lastFrame(made)['params'] as { order_qty: string; limit_price: string }
        expect(params.order_qty).toBe(quantity)
        expect(params.limit_price).toBe(limitPrice)
        expect(text).not.toMatch(/[0-9]e[-+]?[0-9]+[,}]/)
        const [, priceFraction = ''] = limitPrice.split('.')
        const [, quantityFraction = ''] = quantity.split('.')
        expect(priceFraction.length).toBeLessThanOrEqual(1)
        expect(quantityFraction.length).toBeLessThanOrEqual(8)
        expect(() => JSON.parse(text)).not.toThrow()
      }),
    )
  })

  test('EXE-14 a stop leaves with its trigger and no price, and its amend moves the trigger', () => {
    const made = connected()
    const stop = approved({ type: 'stop', side: 'sell', effect: 'close', quantity: decimal('0.01'), limitPrice: decimal('29000.5') })
    const options = deadline(made)
    const until = new Date(options.deadlineAtMs).toISOString()
    void made.venue.submit(stop, options)
    expect(made.fake.privateSocket.sent.at(-1)).toBe(
      '{"method":"add_order","params":{"order_type":"stop-loss","side":"sell","order_qty":0.01,"symbol":"BTC/USD",' +
        '"triggers":{"reference":"last","price":29000.5,"price_type":"static"},"fee_preference":"quote",' +
        `"cl_ord_id":"${clientId(1)}","deadline":"${until}","token":"token/1+a"},"req_id":3}`,
    )
    const moved = approved({ type: 'stop', side: 'sell', effect: 'close', quantity: decimal('0.02'), limitPrice: decimal('29100.1') })
    void made.venue.amend({ ...orderRef(1, 'OAIYAU-LGI3M-PFM5VW'), approved: moved, ...options })
    expect(made.fake.privateSocket.sent.at(-1)).toBe(
      '{"method":"amend_order","params":{"order_id":"OAIYAU-LGI3M-PFM5VW","order_qty":0.02,"trigger_price":29100.1,' +
        `"deadline":"${until}","token":"token/1+a"},"req_id":4}`,
    )
  })

  test('VEN-04 amend, cancel, cancel all and the dead-man switch', () => {
    const made = connected()
    const ref = orderRef(1, 'OAIYAU-LGI3M-PFM5VW')
    const options = deadline(made)
    const order: Approved = approved({ quantity: decimal('1.2'), limitPrice: decimal('61031.3'), postOnly: true })
    void made.venue.amend({ ...ref, approved: order, ...options })
    expect(lastFrame(made)).toMatchObject({
      method: 'amend_order',
      params: { order_id: 'OAIYAU-LGI3M-PFM5VW', order_qty: '1.2', limit_price: '61031.3', post_only: true, token: 'token/1+a' },
    })
    void made.venue.amend({ ...orderRef(1), approved: order, ...options })
    expect(lastFrame(made)['params']).toMatchObject({ cl_ord_id: clientId(1) })
    void made.venue.cancel(ref)
    expect(lastFrame(made)).toMatchObject({ method: 'cancel_order', params: { order_id: ['OAIYAU-LGI3M-PFM5VW'], token: 'token/1+a' } })
    void made.venue.cancel(orderRef(2))
    expect(lastFrame(made)['params']).toEqual({ cl_ord_id: [clientId(2)], token: 'token/1+a' })
    void made.venue.cancelAll()
    expect(lastFrame(made)).toMatchObject({ method: 'cancel_all', params: { token: 'token/1+a' } })
    void made.venue.armDeadMan(60)
    expect(lastFrame(made)).toMatchObject({ method: 'cancel_all_orders_after', params: { timeout: '60', token: 'token/1+a' } })
  })

  test('the deadline is the venue own time, at most a minute off, and one that is too near keeps the order here', () => {
    const made = connected()
    const params = (): { deadline: string } => lastFrame(made)['params'] as { deadline: string }
    void made.venue.submit(approved(), OPTIONS)
    expect(Date.parse(params().deadline) - made.clock.now()).toBe(59_000)
    // Our clock jumps an hour ahead; the venue is told the same instant by its own.
    made.clock.stepWallClock(3_600_000)
    void made.venue.submit(approved(), deadline(made, 5_000))
    expect(Math.abs(Date.parse(params().deadline) - (made.clock.timeLineMs + 5_000))).toBeLessThan(20)
    const before = made.fake.privateSocket.sent.length
    const outcome = settle(made.clock, made.venue.submit(approved(), deadline(made, 400)))
    expect(outcome).toMatchObject({ kind: 'refused', refusal: { code: 'deadlineElapsed', retry: 'transient' } })
    expect(made.fake.privateSocket.sent).toHaveLength(before)
  })
})

describe('outcomes', () => {
  test('VEN-04 a reply with an order id accepts', () => {
    const made = connected()
    const outcome = made.venue.submit(approved(), deadline(made))
    reply(made, { success: true, result: { order_id: 'AA5JGQ-SBMRC-SCJ7J7', cl_ord_id: clientId(1) } })
    expect(settle(made.clock, outcome)).toEqual({ kind: 'accepted', venueOrderId: 'AA5JGQ-SBMRC-SCJ7J7' } as never)
  })

  const refusals: readonly [string, object][] = [
    [
      'EOrder:Insufficient funds',
      { kind: 'refused', refusal: { code: 'insufficientFunds', reason: 'EOrder:Insufficient funds', retry: 'never' } },
    ],
    [
      'EOrder:Post only order',
      { kind: 'refused', refusal: { code: 'postOnlyWouldCross', reason: 'EOrder:Post only order', retry: 'never' } },
    ],
    [
      'EOrder:Rate limit exceeded',
      { kind: 'refused', refusal: { code: 'orderRateLimited', reason: 'EOrder:Rate limit exceeded', retry: 'rateLimited' } },
    ],
    [
      'EService:Deadline elapsed',
      { kind: 'refused', refusal: { code: 'deadlineElapsed', reason: 'EService:Deadline elapsed', retry: 'transient' } },
    ],
    [
      'EService:Market in cancel_only mode',
      { kind: 'refused', refusal: { code: 'cancelOnly', retry: 'transient', reason: 'EService:Market in cancel_only mode' } },
    ],
    ['EService:Busy', { kind: 'ambiguous', reason: 'EService:Busy' }],
    ['EService:Unavailable', { kind: 'ambiguous', reason: 'EService:Unavailable' }],
    ['EGeneral:Internal error:99', { kind: 'ambiguous', reason: 'EGeneral:Internal error:99' }],
    ['nobody knows this text', { kind: 'ambiguous', reason: 'nobody knows this text' }],
  ]
  for (const [error, expected] of refusals) {
    test(`VEN-04 a submit answered with "${error}"`, () => {
      const made = connected()
      const outcome = made.venue.submit(approved(), deadline(made))
      reply(made, { success: false, error })
      expect(settle(made.clock, outcome)).toEqual(expected as never)
    })
  }

  test('PAIN-01 no reply in time is ambiguous, a late one changes nothing', () => {
    const made = connected({ commandTimeoutMs: 2_000 })
    const outcome = made.venue.submit(approved(), deadline(made))
    made.clock.advance(1_999)
    expect(settle(made.clock, Promise.race([outcome, Promise.resolve('open')]))).toBe('open')
    expect(settle(made.clock, outcome)).toEqual({ kind: 'ambiguous', reason: 'no reply within 2000 ms' })
    reply(made, { success: true, result: { order_id: 'OLATE1' } })
    expect(made.heard.onFault).toEqual([])
  })

  test('PAIN-01 a connection that is lost before the reply leaves every command ambiguous', () => {
    const made = connected()
    const outcomes = [
      made.venue.submit(approved(), deadline(made)),
      made.venue.amend({ ...orderRef(1, 'O1'), approved: approved(), ...deadline(made) }),
      made.venue.cancel(orderRef(1, 'O1')),
      made.venue.cancelAll(),
    ]
    made.fake.privateSocket.cut()
    for (const outcome of settle(made.clock, Promise.all<{ kind: string }>(outcomes))) expect(outcome.kind).toBe('ambiguous')
  })

  test('PAIN-01 a reply without order id or verdict is ambiguous', () => {
    for (const fields of [{ success: true, result: {} }, { result: {} }]) {
      const made = connected()
      const outcome = made.venue.submit(approved(), deadline(made))
      reply(made, fields)
      expect(settle(made.clock, outcome)).toMatchObject({ kind: 'ambiguous' })
    }
  })

  test('VEN-04 a report that comes before the reply settles the submit; pending_new does not', () => {
    const made = connected()
    const outcome = made.venue.submit(approved(), deadline(made))
    const item = (type: string): string =>
      `{"order_id":"OFAST1-AAAAA-AAAAAA","cl_ord_id":"${clientId(1)}","exec_type":"${type}","order_status":"${type}","symbol":"BTC/USD","side":"buy","timestamp":"${made.fake.stamp()}"}`
    made.fake.privateSocket.say(`{"channel":"executions","type":"update","data":[${item('pending_new')}],"sequence":2}`)
    expect(settle(made.clock, Promise.race([outcome, Promise.resolve('open')]))).toBe('open')
    made.fake.privateSocket.say(`{"channel":"executions","type":"update","data":[${item('new')}],"sequence":3}`)
    expect(settle(made.clock, outcome)).toEqual({ kind: 'accepted', venueOrderId: 'OFAST1-AAAAA-AAAAAA' } as never)
  })

  test('PAIN-01 a report of an earlier order under the same client id does not settle a later submit', () => {
    const made = connected()
    const item = (type: string): string =>
      `{"order_id":"OEARLY-AAAAA-AAAAAA","cl_ord_id":"${clientId(1)}","exec_type":"${type}","order_status":"${type}","symbol":"BTC/USD","side":"buy","timestamp":"${made.fake.stamp()}"}`
    made.fake.privateSocket.say(`{"channel":"executions","type":"update","data":[${item('new')}],"sequence":2}`)
    const outcome = made.venue.submit(approved(), deadline(made))
    made.fake.privateSocket.say(`{"channel":"executions","type":"update","data":[${item('canceled')}],"sequence":3}`)
    reply(made, { success: true, result: { order_id: 'OSECND-AAAAA-AAAAAA' } })
    expect(settle(made.clock, outcome)).toEqual({ kind: 'accepted', venueOrderId: 'OSECND-AAAAA-AAAAAA' } as never)
  })

  test('VEN-04 with the stream down a submit and an amend are refused as not sent', () => {
    const made = connected()
    made.fake.privateSocket.cut()
    const submit = settle(made.clock, made.venue.submit(approved(), deadline(made)))
    const amend = settle(made.clock, made.venue.amend({ ...orderRef(1, 'O1'), approved: approved(), ...deadline(made) }))
    for (const outcome of [submit, amend])
      expect(outcome).toMatchObject({ kind: 'refused', refusal: { code: 'notSent', retry: 'transient' } })
    expect(made.fake.calls.some((call) => /Order$/.test(call.method))).toBe(false)
  })

  test('VEN-04 an unknown session refuses the order, a new token is fetched and used from then on', () => {
    const made = connected()
    made.fake.rest.set('GetWebSocketsToken', () => ({ result: { token: 'token-2', expires: 900 } }))
    const outcome = made.venue.submit(approved(), deadline(made))
    reply(made, { success: false, error: 'ESession:Invalid session' })
    expect(settle(made.clock, outcome)).toMatchObject({ kind: 'refused', refusal: { code: 'invalidSession', retry: 'transient' } })
    made.clock.advance(100)
    void made.venue.submit(approved(), deadline(made))
    expect(lastFrame(made)['params']).toMatchObject({ token: 'token-2' })
    expect(made.venue.health().privateStream).toBe('up')
  })
})

describe('local refusals', () => {
  const cases: readonly [string, Parameters<typeof approved>[0], string][] = [
    ['off the tick', { limitPrice: decimal('30000.15') }, 'tickSize'],
    ['off the lot', { quantity: decimal('0.012345678') }, 'lotSize'],
    ['below the least quantity', { quantity: decimal('0.00004') }, 'orderMinimum'],
    ['below the least cost', { quantity: decimal('0.00005'), limitPrice: decimal('100') }, 'costMinimum'],
    ['fill-or-kill', { timeInForce: 'fok' }, 'unsupportedTimeInForce'],
    ['of an instrument that is not listed', { instrumentId: 'NONE-USD@kraken' as never }, 'unknownInstrument'],
    ['a market order that is post-only', { type: 'market', limitPrice: null, postOnly: true }, 'invalidArguments'],
    ['VEN-05 a sell that would open a short', { side: 'sell', effect: 'open' }, 'regionForbids'],
  ]
  for (const [name, changes, code] of cases) {
    test(`PAIN-09 refuses, before a byte leaves, an order ${name}`, () => {
      const made = connected()
      const before = made.fake.privateSocket.sent.length
      expect(settle(made.clock, made.venue.submit(approved(changes), deadline(made)))).toMatchObject({
        kind: 'refused',
        refusal: { code, retry: 'never' },
      })
      expect(made.fake.privateSocket.sent).toHaveLength(before)
    })
  }

  test('VEN-05 refuses what the venue does not offer in the region; the default region is US_CA', () => {
    const made = rig()
    made.fake.rest.set('AssetPairs', (call) => {
      return { result: call.parameters.get('country_code') === 'US:CA' ? { SOLUSD: PAIRS.SOLUSD } : PAIRS }
    })
    settle(made.clock, made.venue.connect(new AbortController().signal))
    expect(settle(made.clock, made.venue.submit(approved(), deadline(made)))).toMatchObject({ refusal: { code: 'regionForbids' } })
    expect(made.venue.capabilities.shorts).toBe(false)
  })
})

describe('cancels', () => {
  test('VEN-04 an unknown order is no failure, a running cancel is as good as accepted', () => {
    const made = connected()
    const unknown = made.venue.cancel(orderRef(1, 'O1'))
    reply(made, { success: false, error: 'EOrder:Unknown order' })
    expect(settle(made.clock, unknown)).toEqual({ kind: 'unknownOrder' })
    const running = made.venue.cancel(orderRef(1, 'O1'))
    reply(made, { success: false, error: 'EOrder:Cancel pending' })
    expect(settle(made.clock, running)).toEqual({ kind: 'accepted' })
    const done = made.venue.cancel(orderRef(1, 'O1'))
    reply(made, { success: true, result: { order_id: 'O1' } })
    expect(settle(made.clock, done)).toEqual({ kind: 'accepted' })
  })

  const fallbacks: readonly [string, object, object][] = [
    ['a count', { result: { count: 1 } }, { kind: 'accepted' }],
    ['a pending count', { result: { count: 0, pending: true } }, { kind: 'accepted' }],
    ['a count of none', { result: { count: 0 } }, { kind: 'unknownOrder' }],
    ['EOrder:Unknown order', { error: 'EOrder:Unknown order' }, { kind: 'unknownOrder' }],
    ['EService:Busy', { error: 'EService:Busy' }, { kind: 'ambiguous', reason: 'EService:Busy' }],
    [
      'EAPI:Invalid key',
      { error: 'EAPI:Invalid key' },
      { kind: 'refused', refusal: { code: 'invalidKey', reason: 'EAPI:Invalid key', retry: 'never' } },
    ],
    [
      'a 502 of the edge',
      { kind: 'answer', status: 502, headers: {}, body: '<html>' },
      { kind: 'ambiguous', reason: 'the edge answered with HTTP 502' },
    ],
    ['a lost answer', { kind: 'lost', reason: 'timed out' }, { kind: 'ambiguous', reason: 'timed out' }],
    [
      'a refused connection',
      { kind: 'unsent', reason: 'no route' },
      { kind: 'refused', refusal: { code: 'notSent', reason: 'no route', retry: 'transient' } },
    ],
    ['rubbish', { result: 'what' }, { kind: 'ambiguous', reason: 'the answer to CancelOrder has an unknown form' }],
  ]
  for (const [name, answer, expected] of fallbacks) {
    test(`VEN-04 with the stream down a cancel goes over REST; answered with ${name}`, () => {
      const made = connected()
      made.fake.privateSocket.cut()
      made.fake.rest.set('CancelOrder', () => answer as never)
      expect(settle(made.clock, made.venue.cancel(orderRef(4)))).toEqual(expected as never)
      expect(made.fake.callsOf('CancelOrder')[0]?.parameters.get('cl_ord_id')).toBe(clientId(4))
    })
  }

  test('VEN-04 cancel all and the dead-man switch fall back to REST too', () => {
    const made = connected()
    made.fake.privateSocket.cut()
    made.fake.rest.set('CancelAll', () => ({ result: { count: 4 } }))
    made.fake.rest.set('CancelAllOrdersAfter', () => ({ result: { currentTime: '2023-03-24T17:41:56Z', triggerTime: '0' } }))
    expect(settle(made.clock, made.venue.cancelAll())).toEqual({ kind: 'accepted' })
    expect(settle(made.clock, made.venue.armDeadMan(0))).toEqual({ kind: 'accepted' })
    expect(made.fake.callsOf('CancelAllOrdersAfter')[0]?.parameters.get('timeout')).toBe('0')
  })
})

test('VEN-15 commands count at the engine, a full counter makes new orders wait and cancels go', () => {
  const made = connected({ tier: 'starter' })
  let sent = 0
  while (made.venue.orderWaitMs(approved().instrumentId, 'submit') === 0 && sent < 100)
    void made.venue.submit(approved({ clientOrderId: clientId(100 + sent++) }), deadline(made))
  expect(sent).toBeGreaterThan(4) // each young order keeps eight points for its own cancel
  expect(sent).toBeLessThan(60)
  expect(made.venue.orderWaitMs(approved().instrumentId, 'cancel')).toBe(0)
  const outcome = made.venue.submit(approved(), deadline(made))
  reply(made, { success: false, error: 'EOrder:Rate limit exceeded' })
  expect(settle(made.clock, outcome)).toMatchObject({ refusal: { retry: 'rateLimited' } })
  expect(made.venue.health().rateLimitHits).toBe(1)
})
