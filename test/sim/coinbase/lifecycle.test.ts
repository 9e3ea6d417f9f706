import { describe, expect, test } from 'bun:test'
import { Bench, limit, market } from './harness'

// Virtual time: what the venue shows lags behind what it does.

const LAGS = { openAfterMs: 0, visibleAfterMs: 0, cancelAfterMs: 100, editAfterMs: 100, fillsAfterMs: 0, settledAfterMs: 0 }

async function cancel(bench: Bench, ids: readonly string[]): Promise<readonly string[]> {
  const { results } = await bench.post('/orders/batch_cancel', { order_ids: ids })
  expect(results.map((row: { order_id: string }) => row.order_id)).toEqual([...ids])
  return results.map((row: { success: boolean; failure_reason: string }) => `${row.success} ${row.failure_reason}`)
}

async function edit(bench: Bench, body: Record<string, string>): Promise<string> {
  const answer = await bench.post('/orders/edit', body)
  return answer.success ? 'success' : answer.errors[0].edit_failure_reason
}

describe('cancels', () => {
  test('SIM-01 one row an id: requested, queued, then CANCELLED; unknown and terminal ones say so', async () => {
    const bench = new Bench({ asynchrony: LAGS })
    const id = await bench.placed('BUY', limit('0.01', '62600'))
    expect(await cancel(bench, [id, 'nobody', '', id])).toEqual([
      'true UNKNOWN_CANCEL_FAILURE_REASON',
      'false UNKNOWN_CANCEL_ORDER',
      'false INVALID_CANCEL_REQUEST',
      'false DUPLICATE_CANCEL_REQUEST',
    ])
    expect(await bench.order(id)).toMatchObject({ status: 'CANCEL_QUEUED', pending_cancel: true })
    expect((await bench.get('/orders/historical/batch', 'order_status=OPEN')).orders).toEqual([])
    bench.clock.advance(100)
    expect(await bench.order(id)).toMatchObject({ status: 'CANCELLED', pending_cancel: false, cancel_message: 'User requested cancel' })
    expect(await cancel(bench, [id])).toEqual(['false UNKNOWN_CANCEL_ORDER'])
    expect((await bench.send('POST', '/orders/batch_cancel', '', { order_ids: Array(101).fill(id) })).status).toBe(400)
  })

  test('SIM-01 a fill wins against a cancel that is under way', async () => {
    const bench = new Bench({ asynchrony: LAGS })
    const id = await bench.placed('BUY', limit('0.01', '62600'))
    await cancel(bench, [id])
    await bench.placed('SELL', market({ base_size: '0.01' }), {}, bench.other)
    bench.clock.advance(100)
    expect(await bench.order(id)).toMatchObject({ status: 'FILLED', filled_size: '0.01' })
  })

  test('SIM-01 another account cannot cancel; a cancel under way is done after a restart', async () => {
    const bench = new Bench({ asynchrony: LAGS })
    const theirs = await bench.quote('BUY', '62600', '0.01')
    expect(await cancel(bench, [theirs])).toEqual(['false UNKNOWN_CANCEL_ORDER'])
    const id = await bench.placed('BUY', limit('0.01', '62600'))
    await cancel(bench, [id])
    bench.emulator.stop()
    bench.clock.advance(1_000)
    const again = new Bench({ asynchrony: LAGS }, { store: bench.store, clock: bench.clock })
    again.clock.advance(1)
    expect((await again.order(id)).status).toBe('CANCELLED')
  })
})

describe('edits', () => {
  test('SIM-01 an edit is queued, keeps ids, and its history shows it', async () => {
    const bench = new Bench({ asynchrony: LAGS })
    const id = await bench.placed('BUY', limit('0.01', '62600'), { client_order_id: 'kept' })
    expect(await bench.post('/orders/edit', { order_id: id, price: '62605.00', size: '0.02' })).toEqual({ success: true, errors: [] })
    expect(await bench.order(id)).toMatchObject({ status: 'EDIT_QUEUED', current_pending_replace: { price: '62605.00', size: '0.02' } })
    expect(await edit(bench, { order_id: id, price: '62606', size: '0.02' })).toBe('ORDER_IS_ALREADY_BEING_REPLACED')
    expect(await cancel(bench, [id])).toEqual(['false ORDER_IS_BEING_REPLACED'])
    bench.clock.advance(100)
    const order = await bench.order(id)
    expect(order).toMatchObject({ order_id: id, client_order_id: 'kept', status: 'OPEN', current_pending_replace: null })
    expect(order.order_configuration.limit_limit_gtc).toMatchObject({ base_size: '0.02', limit_price: '62605' })
    expect(order.edit_history).toEqual([{ price: '62605.00', size: '0.02', replace_accept_timestamp: '2026-01-05T12:00:00.100000Z' }])
    // 0.02 × 62605 × 1.012
    expect((await bench.wallets())['USD']?.hold).toBe('1267.1252')
  })

  test('SIM-01 each misfit has its reason', async () => {
    const bench = new Bench({ asynchrony: LAGS })
    const id = await bench.placed('BUY', limit('0.01', '62600'))
    const reasons = async (rows: readonly (readonly [Record<string, string>, string])[]): Promise<void> => {
      for (const [body, reason] of rows) expect([body, await edit(bench, { order_id: id, ...body })]).toEqual([body, reason])
    }
    await reasons([
      [{ order_id: 'nobody', price: '1', size: '1' }, 'ORDER_NOT_FOUND'],
      [{ price: '62605' }, 'INVALID_EDITED_SIZE'],
      [{ size: '0.01' }, 'INVALID_EDITED_PRICE'],
      [{ price: '62605.001', size: '0.01' }, 'INVALID_EDITED_PRICE'],
      [{ price: '62605', size: '0.000000001' }, 'INVALID_EDITED_SIZE'],
      [{ price: '62600', size: '0.01' }, 'EDIT_REQUEST_EQUAL_TO_ORIGINAL_REQUEST'],
      [{ price: '62605', size: '0.01', stop_price: '70000' }, 'FIELD_STOPPRICE_NOT_SUPPORTED'],
    ])
    await bench.placed('SELL', market({ base_size: '0.004' }), {}, bench.other)
    await reasons([
      [{ price: '62605' }, 'CANNOT_EDIT_TO_BELOW_FILLED_SIZE'],
      [{ price: '62605', size: '0.004' }, 'CANNOT_EDIT_TO_BELOW_FILLED_SIZE'],
    ])
    await cancel(bench, [id])
    await reasons([[{ price: '62605', size: '0.02' }, 'CANNOT_EDIT_ORDER_PENDING_CANCEL']])
    bench.clock.advance(100)
    await reasons([[{ price: '62605', size: '0.02' }, 'ONLY_OPEN_ORDERS_CAN_BE_EDITED']])
    const gtd = await bench.placed('BUY', {
      limit_limit_gtd: { base_size: '0.01', limit_price: '62600', end_time: '2026-01-06T00:00:00Z' },
    })
    expect(await edit(bench, { order_id: gtd, price: '62605', size: '0.02' })).toBe('ONLY_LIMIT_ORDER_EDITS_SUPPORTED')
    const quoted = await bench.placed('BUY', { limit_limit_gtc: { quote_size: '100', limit_price: '62600' } })
    expect(await edit(bench, { order_id: quoted, price: '62605', size: '0.02' })).toBe('SIZE_IN_QUOTE_EDITS_NOT_ALLOWED')
  })

  test('SIM-01 less at the same price keeps its place, more loses it; what size means can be switched', async () => {
    const bench = new Bench()
    const first = await bench.placed('BUY', limit('0.02', '62600'))
    const theirs = await bench.quote('BUY', '62600', '0.01')
    await edit(bench, { order_id: first, price: '62600', size: '0.015' })
    bench.clock.advance(1)
    await bench.placed('SELL', limit('0.005', '62600'), {}, bench.other)
    expect((await bench.order(first)).filled_size).toBe('0.005')
    await edit(bench, { order_id: first, price: '62600', size: '0.03' })
    bench.clock.advance(1)
    await bench.placed('SELL', limit('0.001', '62600'))
    expect((await bench.order(theirs, bench.other)).filled_size).toBe('0.001')
    const remaining = new Bench({ editSize: 'remaining' })
    const id = await remaining.placed('BUY', limit('0.01', '62600'))
    await remaining.placed('SELL', market({ base_size: '0.004' }), {}, remaining.other)
    await edit(remaining, { order_id: id, price: '62601', size: '0.02' })
    remaining.clock.advance(1)
    expect((await remaining.order(id)).order_configuration.limit_limit_gtc.base_size).toBe('0.024')
  })

  test('SIM-01 its answer has the other known forms where the switch says so', async () => {
    const answers = async (editAnswer: 'object' | 'documented'): Promise<unknown[]> => {
      const bench = new Bench({ editAnswer })
      const id = await bench.placed('BUY', limit('0.01', '62600'))
      const body = { order_id: id, price: '62601', size: '0.01' }
      return [await bench.post('/orders/edit', body), await bench.post('/orders/edit', { ...body, order_id: 'nobody' })]
    }
    const unknown = { preview_failure_reason: 'UNKNOWN_PREVIEW_FAILURE_REASON' }
    expect(await answers('object')).toEqual([
      { success: true, errors: { edit_failure_reason: 'UNKNOWN_EDIT_ORDER_FAILURE_REASON', ...unknown } },
      { success: false, errors: { edit_failure_reason: 'ORDER_NOT_FOUND', ...unknown } },
    ])
    expect(await answers('documented')).toEqual([
      { success: true, success_response: { order_id: expect.any(String) } },
      { success: false, error_response: { error_details: '', edit_order_failure_reason: 'ORDER_NOT_FOUND' } },
    ])
  })

  test('SIM-01 its preview says what it would cost or why not', async () => {
    const bench = new Bench()
    const id = await bench.placed('BUY', limit('0.01', '62600'))
    const good = await bench.post('/orders/edit_preview', { order_id: id, price: '62610', size: '0.02' })
    // 1252.2 and 1.2 percent
    expect(good).toMatchObject({
      errors: [],
      order_total: '1267.2264',
      commission_total: '15.0264',
      base_size: '0.02',
      quote_size: '1252.2',
    })
    const bad = await bench.post('/orders/edit_preview', { order_id: 'nobody', price: '62610', size: '0.02' })
    expect(bad.errors).toEqual([{ edit_failure_reason: 'ORDER_NOT_FOUND' }])
  })
})

describe('eventual consistency', () => {
  test('SIM-01 a new order is 404 for a while, in lists too; its fills and its settling come later still', async () => {
    const lags = { openAfterMs: 200, visibleAfterMs: 300, cancelAfterMs: 0, editAfterMs: 0, fillsAfterMs: 500, settledAfterMs: 900 }
    const bench = new Bench({ asynchrony: lags })
    await bench.quote('SELL', '63000', '1')
    const id = await bench.placed('BUY', limit('0.01', '63000'))
    expect((await bench.send('GET', `/orders/historical/${id}`, '', undefined)).status).toBe(404)
    expect((await bench.get('/orders/historical/batch')).orders).toEqual([])
    bench.clock.advance(300)
    expect(await bench.order(id)).toMatchObject({ status: 'FILLED', settled: false })
    expect((await bench.get('/orders/historical/fills')).fills).toEqual([])
    bench.clock.advance(200)
    expect((await bench.get('/orders/historical/fills')).fills).toHaveLength(1)
    bench.clock.advance(400)
    expect((await bench.order(id)).settled).toBe(true)
  })

  test('SIM-01 PENDING is not OPEN: the filter leaves it out, a list without one shows it', async () => {
    const bench = new Bench({ asynchrony: { ...LAGS, openAfterMs: 500 } })
    const id = await bench.placed('BUY', limit('0.01', '62600'))
    expect((await bench.order(id)).status).toBe('PENDING')
    expect((await bench.get('/orders/historical/batch', 'order_status=OPEN')).orders).toEqual([])
    expect((await bench.get('/orders/historical/batch')).orders).toHaveLength(1)
    bench.clock.advance(500)
    expect((await bench.get('/orders/historical/batch', 'order_status=OPEN')).orders).toHaveLength(1)
  })

  test('SIM-01 the lags can be changed at run time', async () => {
    const bench = new Bench()
    expect((await bench.control('POST', '/emulator/asynchrony', { visibleAfterMs: 5_000 })).body).toMatchObject({ ok: true })
    const id = await bench.placed('BUY', limit('0.01', '62600'))
    expect((await bench.send('GET', `/orders/historical/${id}`, '', undefined)).status).toBe(404)
    expect((await bench.control('POST', '/emulator/asynchrony', { visibleAfterMs: -1 })).status).toBe(400)
  })
})

describe('lists', () => {
  test('SIM-01 filters, newest first, and cursors through pages; fills end with an empty cursor', async () => {
    const bench = new Bench()
    await bench.quote('SELL', '63000', '5')
    for (let count = 0; count < 7; count++) {
      await bench.placed('BUY', limit('0.01', '63000'), { client_order_id: `f${count}` })
      bench.clock.advance(10)
    }
    const resting = await bench.placed('BUY', limit('0.01', '62600'), { product_id: 'BTC-USDC' })
    const names = async (query: string): Promise<string[]> =>
      (await bench.get('/orders/historical/batch', query)).orders.map((order: { client_order_id: string }) => order.client_order_id)
    expect(await names('order_status=FILLED')).toEqual(['f6', 'f5', 'f4', 'f3', 'f2', 'f1', 'f0'])
    expect(await names('product_ids=BTC-USD&limit=2')).toEqual(['f6', 'f5'])
    expect((await bench.get('/orders/historical/batch', 'product_ids=BTC-USDC')).orders[0].order_id).toBe(resting)
    // The window leaves open orders alone.
    expect(
      (await bench.get('/orders/historical/batch', 'start_date=2026-01-05T12:00:00.040Z&end_date=2026-01-05T12:00:00.050Z')).orders,
    ).toHaveLength(2)
    expect(await names('order_side=SELL')).toEqual([])
    expect((await bench.send('GET', '/orders/historical/batch', 'order_status=OPEN&order_status=FILLED', undefined)).status).toBe(400)
    const first = await bench.get('/orders/historical/batch', 'limit=5')
    const second = await bench.get('/orders/historical/batch', `limit=5&cursor=${encodeURIComponent(first.cursor)}`)
    expect([first.has_next, first.orders.length, second.has_next, second.orders.length, second.cursor]).toEqual([true, 5, false, 3, ''])
    const fills = await bench.get('/orders/historical/fills', 'limit=4')
    const rest = await bench.get('/orders/historical/fills', `limit=4&cursor=${encodeURIComponent(fills.cursor)}`)
    expect([fills.fills.length, 'has_next' in fills, rest.fills.length, rest.cursor]).toEqual([4, false, 3, ''])
    expect(fills.fills[0]).toMatchObject({ trade_type: 'FILL', size_in_quote: false, commission_detail_total: null, product_id: 'BTC-USD' })
    expect(fills.fills[0].entry_id).toMatch(/^[0-9a-f]{64}$/)
    expect((await bench.send('GET', '/orders/historical/fills', 'cursor=never', undefined)).status).toBe(400)
  })
})
