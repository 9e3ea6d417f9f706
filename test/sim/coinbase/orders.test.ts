import { describe, expect, test } from 'bun:test'
import { type Answer, Bench, limit, market } from './harness'

// Virtual time; the agents quote 4 % apart, and the other account's orders make the prices. Fees are 0.6 and 1.2 percent.

const stop = (fields: Record<string, unknown>): unknown => ({
  stop_limit_stop_limit_gtc: {
    base_size: '0.01',
    limit_price: '70000',
    stop_price: '69000',
    stop_direction: 'STOP_DIRECTION_STOP_UP',
    ...fields,
  },
})

/** What a refusal says, in one line. */
function reasonOf(answer: Answer): string {
  return answer.success ? 'accepted' : `${answer.error_response.error} ${answer.error_response.preview_failure_reason}`
}

describe('shapes', () => {
  test('SIM-01 a create echoes id, product, side, client id and configuration; get and list show every documented field', async () => {
    const bench = new Bench()
    const configuration = limit('0.004', '61000.00', true)
    const answer = await bench.create('BUY', configuration, { client_order_id: 'mine-1' })
    const { order_id: id } = answer.success_response
    expect(answer).toEqual({
      success: true,
      success_response: { order_id: id, product_id: 'BTC-USD', side: 'BUY', client_order_id: 'mine-1' },
      order_configuration: configuration,
    })
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/)
    const order = await bench.order(id)
    expect(order).toMatchObject({
      order_id: id,
      product_id: 'BTC-USD',
      side: 'BUY',
      client_order_id: 'mine-1',
      status: 'OPEN',
      time_in_force: 'GOOD_UNTIL_CANCELLED',
      created_time: '2026-01-05T12:00:00.000000Z',
      completion_percentage: '0',
      filled_size: '0',
      average_filled_price: '0',
      fee: '',
      number_of_fills: '0',
      filled_value: '0',
      pending_cancel: false,
      size_in_quote: false,
      total_fees: '0',
      size_inclusive_of_fees: false,
      total_value_after_fees: '0',
      trigger_status: 'INVALID_ORDER_TYPE',
      order_type: 'LIMIT',
      reject_reason: 'REJECT_REASON_UNSPECIFIED',
      settled: false,
      product_type: 'SPOT',
      cancel_message: '',
      order_placement_source: 'RETAIL_ADVANCED',
      // 0.004 × 61000 × 1.012
      outstanding_hold_amount: '246.928',
      last_fill_time: null,
      edit_history: [],
    })
    expect(order.order_configuration.limit_limit_gtc).toMatchObject({
      base_size: '0.004',
      limit_price: '61000.00',
      post_only: true,
      quote_size: '',
    })
    const list = await bench.get('/orders/historical/batch', 'order_status=OPEN')
    expect(list).toEqual({ orders: [order], sequence: '0', has_next: false, cursor: '', proof_token_required: false })
  })

  test('SIM-01 what is structurally wrong is answered 400', async () => {
    const bench = new Bench()
    const good = { client_order_id: 'a', product_id: 'BTC-USD', side: 'BUY', order_configuration: limit('0.01', '61000') }
    const bodies: unknown[] = [
      '{',
      { ...good, client_order_id: undefined },
      { ...good, client_order_id: 'x'.repeat(129) },
      { ...good, side: 'HOLD' },
      { ...good, order_configuration: {} },
      { ...good, order_configuration: { ...(limit('0.01', '61000') as object), market_market_ioc: { base_size: '1' } } },
      { ...good, order_configuration: { unheard_of: {} } },
      { ...good, order_configuration: { limit_limit_gtc: { base_size: '1' } } },
      { ...good, order_configuration: { limit_limit_gtc: { base_size: 1, limit_price: '1' } } },
    ]
    for (const body of bodies) {
      const reply = await bench.send('POST', '/orders', '', body)
      expect([reply.status, reply.json?.error]).toEqual([400, 'INVALID_ARGUMENT'])
    }
    expect((await bench.send('GET', '/nowhere', '', undefined)).json).toEqual({
      error: 'unknown',
      error_details: 'Not Found',
      message: 'Not Found',
    })
    const missing = await bench.send('GET', '/orders/historical/11111111-0000-4000-8000-000000000001', '', undefined)
    expect([missing.status, missing.json.message]).toEqual([404, 'order with this orderID was not found'])
  })
})

describe('refusals (HTTP 200)', () => {
  test('SIM-01 each rule of the venue refuses with its pair of reasons and changes nothing', async () => {
    const bench = new Bench()
    const cases: readonly (readonly [string, 'BUY' | 'SELL', unknown, Record<string, unknown>?])[] = [
      ['INVALID_SIZE_PRECISION PREVIEW_INVALID_SIZE_PRECISION', 'BUY', limit('0.000000001', '61000')],
      ['INVALID_PRICE_PRECISION PREVIEW_INVALID_PRICE_PRECISION', 'BUY', limit('0.01', '61000.001')],
      ['UNKNOWN_FAILURE_REASON PREVIEW_INVALID_BASE_SIZE_TOO_SMALL', 'BUY', limit('0', '61000')],
      ['UNKNOWN_FAILURE_REASON PREVIEW_INVALID_BASE_SIZE_TOO_LARGE', 'BUY', limit('3400.1', '61000')],
      ['UNKNOWN_FAILURE_REASON PREVIEW_INVALID_QUOTE_SIZE_TOO_SMALL', 'BUY', limit('0.00001', '61000')],
      ['UNKNOWN_FAILURE_REASON PREVIEW_INVALID_QUOTE_SIZE_TOO_SMALL', 'BUY', market({ quote_size: '0.5' })],
      ['UNKNOWN_FAILURE_REASON PREVIEW_INVALID_QUOTE_SIZE_PRECISION', 'BUY', market({ quote_size: '10.005' })],
      ['UNKNOWN_FAILURE_REASON PREVIEW_NON_NUMERIC_ORDER_SIZE', 'BUY', limit('1e-2', '61000')],
      ['INVALID_LIMIT_PRICE PREVIEW_INVALID_LIMIT_PRICE', 'BUY', limit('0.01', '-1')],
      ['INSUFFICIENT_FUND PREVIEW_INSUFFICIENT_FUND', 'BUY', limit('9', '61000.00')],
      ['INSUFFICIENT_FUND PREVIEW_INSUFFICIENT_FUND', 'SELL', limit('11', '70000.00')],
      ['INVALID_LIMIT_PRICE_POST_ONLY PREVIEW_INVALID_LIMIT_PRICE_POST_ONLY', 'BUY', limit('0.01', '70000', true)],
      ['INVALID_PRODUCT_ID PREVIEW_INVALID_PRODUCT_ID', 'BUY', limit('1', '1'), { product_id: 'NOPE-USD' }],
      ['UNKNOWN_FAILURE_REASON PREVIEW_INVALID_ORDER_CONFIG', 'SELL', market({ quote_size: '100' })],
      ['UNKNOWN_FAILURE_REASON PREVIEW_INVALID_ORDER_CONFIG', 'BUY', market({})],
      ['UNKNOWN_FAILURE_REASON PREVIEW_INVALID_ORDER_CONFIG', 'BUY', market({ quote_size: '10', base_size: '1' })],
      ['UNSUPPORTED_ORDER_CONFIGURATION PREVIEW_INVALID_ORDER_CONFIG', 'BUY', { market_market_fok: { quote_size: '10' } }],
      [
        'END_TIME_IS_IN_THE_PAST PREVIEW_END_TIME_IS_IN_THE_PAST',
        'BUY',
        { limit_limit_gtd: { base_size: '0.01', limit_price: '61000', end_time: '2026-01-05T11:59:59Z' } },
      ],
      [
        'GTD_ORDERS_MUST_HAVE_END_TIME PREVIEW_GTD_ORDERS_MUST_HAVE_END_TIME',
        'BUY',
        { limit_limit_gtd: { base_size: '0.01', limit_price: '61000' } },
      ],
      [
        'END_TIME_TOO_FAR_IN_FUTURE PREVIEW_END_TIME_TOO_FAR_IN_FUTURE',
        'BUY',
        { limit_limit_gtd: { base_size: '0.01', limit_price: '61000', end_time: '2028-01-05T11:59:59Z' } },
      ],
      // The last trade is at 62500.
      ['UNKNOWN_FAILURE_REASON PREVIEW_STOP_PRICE_BELOW_LAST_TRADE_PRICE', 'BUY', stop({ stop_price: '60000' })],
      ['UNKNOWN_FAILURE_REASON PREVIEW_STOP_PRICE_ABOVE_LAST_TRADE_PRICE', 'SELL', stop({ stop_direction: 'STOP_DIRECTION_STOP_DOWN' })],
      ['UNKNOWN_FAILURE_REASON PREVIEW_STOP_PRICE_ABOVE_LIMIT_PRICE', 'BUY', stop({ limit_price: '68000' })],
      ['UNKNOWN_FAILURE_REASON PREVIEW_INVALID_STOP_PRICE_PRECISION', 'BUY', stop({ stop_price: '69000.001' })],
    ]
    const before = await bench.wallets()
    for (const [reason, side, configuration, extra] of cases) {
      const answer = await bench.create(side, configuration, extra)
      expect([JSON.stringify(configuration), reasonOf(answer)]).toEqual([JSON.stringify(configuration), reason])
      expect(answer.order_configuration).toEqual(configuration)
    }
    expect(await bench.wallets()).toEqual(before)
    expect((await bench.get('/orders/historical/batch')).orders).toEqual([])
  })

  test('SIM-01 the refusal for funds has the captured shape; a missing wallet says that the account is not available', async () => {
    const bench = new Bench()
    const configuration = limit('9', '61000.00', false)
    expect(await bench.create('BUY', configuration)).toEqual({
      success: false,
      error_response: {
        error: 'INSUFFICIENT_FUND',
        message: 'Insufficient balance in source account',
        error_details: '',
        preview_failure_reason: 'PREVIEW_INSUFFICIENT_FUND',
      },
      order_configuration: configuration,
    })
    const walletless = new Bench({ walletless: ['USDC'] })
    const answer = await walletless.create('BUY', limit('0.01', '61000'), { product_id: 'BTC-USDC' })
    expect([answer.success, answer.error_response.message]).toEqual([false, 'account is not available'])
  })

  test('SIM-01 at most 500 orders of a product are open', async () => {
    const bench = new Bench({ hasLimits: true })
    for (let count = 0; count < 500; count++) {
      if (count % 25 === 0) bench.clock.advance(2_000)
      await bench.placed('BUY', limit('0.001', '1000.00'))
    }
    bench.clock.advance(2_000)
    expect(reasonOf(await bench.create('BUY', limit('0.001', '1000.00')))).toContain('TOO_MANY_OPEN_ORDERS')
    expect((await bench.create('BUY', limit('0.001', '1000.00'), { product_id: 'BTC-USDC' })).success).toBe(true)
  })
})

describe('client order ids', () => {
  test('EXE-07 SIM-01 a known id gives its first order and the echo of the new request, and nothing new', async () => {
    const bench = new Bench()
    const first = await bench.create('BUY', limit('0.01', '61000'), { client_order_id: 'same' })
    const again = await bench.create('SELL', limit('0.02', '69000'), { client_order_id: 'same' })
    expect(again).toEqual({
      success: true,
      success_response: { ...first.success_response, side: 'SELL' },
      order_configuration: limit('0.02', '69000'),
    })
    expect((await bench.get('/orders/historical/batch')).orders).toHaveLength(1)
    await bench.post('/orders/batch_cancel', { order_ids: [first.success_response.order_id] })
    bench.clock.advance(1)
    const late = await bench.create('BUY', limit('0.01', '61000'), { client_order_id: 'same' })
    expect(late.success_response.order_id).toBe(first.success_response.order_id)
    expect(bench.emulator.clientIdLiveMax).toBe(1)
    expect(bench.emulator.record().counters.duplicateClientId).toBe(2)
  })

  test('SIM-01 the switch refuses a known id by name; a refused create leaves its id free; ids are an account’s own', async () => {
    const bench = new Bench()
    await bench.create('BUY', limit('9', '61000'), { client_order_id: 'free' })
    expect((await bench.create('BUY', limit('0.01', '61000'), { client_order_id: 'free' })).success).toBe(true)
    bench.fault({ kind: 'duplicateRefused', count: 1 })
    expect(reasonOf(await bench.create('BUY', limit('0.01', '61000'), { client_order_id: 'free' }))).toStartWith(
      'DUPLICATE_CLIENT_ORDER_ID',
    )
    const theirs = await bench.create('BUY', limit('0.01', '61000'), { client_order_id: 'free' }, bench.other)
    expect((await bench.order(theirs.success_response.order_id, bench.other)).client_order_id).toBe('free')
    expect((await bench.get('/orders/historical/batch')).orders).toHaveLength(1)
  })

  test('SIM-01 ids are remembered over a restart', async () => {
    const bench = new Bench()
    const id = await bench.placed('BUY', limit('0.01', '61000'), { client_order_id: 'kept' })
    bench.emulator.stop()
    const again = new Bench({}, { store: bench.store, clock: bench.clock })
    expect(await again.placed('BUY', limit('0.01', '61000'), { client_order_id: 'kept' })).toBe(id)
    expect((await again.order(id)).status).toBe('OPEN')
  })
})

describe('configurations', () => {
  test('SIM-01 IOC fills what it can and ends CANCELLED with the rest, FILLED when whole; FOK is all or nothing', async () => {
    const bench = new Bench()
    await bench.quote('SELL', '64000.00', '0.3')
    const part = await bench.order(await bench.placed('BUY', { sor_limit_ioc: { base_size: '0.4', limit_price: '64000.00' } }))
    expect(part).toMatchObject({
      status: 'CANCELLED',
      filled_size: '0.3',
      completion_percentage: '75',
      time_in_force: 'IMMEDIATE_OR_CANCEL',
    })
    await bench.quote('SELL', '64000.00', '0.3')
    const fok = { limit_limit_fok: { base_size: '0.4', limit_price: '64000.00' } }
    expect(await bench.order(await bench.placed('BUY', fok))).toMatchObject({
      status: 'CANCELLED',
      filled_size: '0',
      time_in_force: 'FILL_OR_KILL',
    })
    const whole = { sor_limit_ioc: { base_size: '0.3', limit_price: '64000.00' } }
    expect(await bench.order(await bench.placed('BUY', whole))).toMatchObject({ status: 'FILLED', completion_percentage: '100.00' })
    const strict = new Bench({ fokUnfillable: 'refuse' })
    expect(reasonOf(await strict.create('BUY', fok))).toBe('INVALID_NO_LIQUIDITY PREVIEW_INVALID_NO_LIQUIDITY')
  })

  test('SIM-01 a GTD order expires at its end time', async () => {
    const bench = new Bench()
    const id = await bench.placed('BUY', {
      limit_limit_gtd: { base_size: '0.01', limit_price: '61000', end_time: '2026-01-05T12:00:10Z', post_only: false },
    })
    expect(await bench.order(id)).toMatchObject({ status: 'OPEN', time_in_force: 'GOOD_UNTIL_DATE_TIME' })
    bench.clock.advance(10_000)
    expect(await bench.order(id)).toMatchObject({ status: 'EXPIRED', outstanding_hold_amount: '0' })
    expect((await bench.wallets())['USD']).toEqual({ available: '100000', hold: '0' })
  })

  test('SIM-01 a stop waits for the last trade and then rests or trades as a limit order', async () => {
    const bench = new Bench()
    const id = await bench.placed('BUY', stop({ stop_price: '64500', limit_price: '64600' }))
    expect(await bench.order(id)).toMatchObject({ status: 'OPEN', trigger_status: 'STOP_PENDING', order_type: 'STOP_LIMIT' })
    await bench.quote('SELL', '64500.00', '0.1')
    await bench.placed('BUY', limit('0.1', '64500.00'))
    const live = await bench.order(id)
    expect([live.trigger_status, live.status]).toEqual(['STOP_TRIGGERED', 'OPEN'])
    const taking = await bench.placed('SELL', stop({ stop_price: '65000', limit_price: '64900' }))
    expect((await bench.order(taking)).trigger_status).toBe('STOP_PENDING')
    const without = new Bench({ hasStopLimits: false })
    expect(reasonOf(await without.create('BUY', stop({})))).toStartWith('UNSUPPORTED_ORDER_CONFIGURATION')
  })

  test('SIM-01 a limit order sized in quote buys down to the grid at its limit', async () => {
    const bench = new Bench()
    const id = await bench.placed('BUY', { limit_limit_gtc: { quote_size: '100', limit_price: '61000.00' } })
    // 100 / 61000 = 0.001639344…
    expect(await bench.order(id)).toMatchObject({ size_in_quote: true, size_inclusive_of_fees: false })
    expect(bench.emulator.record().accounts[0]?.openOrders[0]?.quantity).toBe('0.00163934' as never)
  })
})

describe('preview', () => {
  test('SIM-01 shows what an order would cost and why it would be refused, and places nothing', async () => {
    const bench = new Bench()
    await bench.quote('SELL', '64000.00', '1')
    const good = await bench.post('/orders/preview', {
      product_id: 'BTC-USD',
      side: 'BUY',
      order_configuration: market({ base_size: '0.01' }),
    })
    // 640 and 1.2 percent of it.
    expect(good).toMatchObject({
      errs: [],
      warning: ['UNKNOWN'],
      order_total: '647.68',
      commission_total: '7.68',
      base_size: '0.01',
      quote_size: '640',
    })
    const bad = await bench.post('/orders/preview', { product_id: 'BTC-USD', side: 'BUY', order_configuration: limit('9', '61000') })
    expect(bad.errs).toEqual(['PREVIEW_INSUFFICIENT_FUND'])
    expect((await bench.get('/orders/historical/batch')).orders).toEqual([])
  })
})
