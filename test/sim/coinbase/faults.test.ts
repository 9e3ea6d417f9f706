import { describe, expect, test } from 'bun:test'
import { faultRuleSchema } from '#sim/coinbase/fault-rules'
import { OPERATION_LABELS } from '#sim/coinbase/rest-router'
import { type Answer, Bench, limit, market } from './harness'

// Virtual time: everything that can be made to go wrong (protocol sheet §9.6).

const counters = (frames: readonly Answer[]): unknown[] => frames.map((frame) => frame.events[0].heartbeat_counter)

describe('REST', () => {
  test('SIM-01 429 with either body, before anything is done', async () => {
    const bench = new Bench()
    bench.fault({ kind: 'tooManyRequests', methods: ['createOrder'], count: 1 })
    bench.fault({ kind: 'tooManyRequests', methods: ['createOrder'], count: 1, body: 'empty' })
    const body = { client_order_id: 'a', product_id: 'BTC-USD', side: 'BUY', order_configuration: limit('0.01', '62600') }
    const first = await bench.send('POST', '/orders', '', body)
    expect([first.status, first.json]).toEqual([429, { errors: [{ id: 'rate_limit_exceeded', message: 'Too many requests' }] }])
    const second = await bench.send('POST', '/orders', '', body)
    expect([second.status, second.text]).toEqual([429, ''])
    expect((await bench.get('/orders/historical/batch')).orders).toEqual([])
  })

  test('SIM-01 502 in HTML before or after the request was executed, and the gateway’s own form', async () => {
    const bench = new Bench()
    const create = (id: string): Promise<Answer> =>
      bench.send('POST', '/orders', '', {
        client_order_id: id,
        product_id: 'BTC-USD',
        side: 'BUY',
        order_configuration: limit('0.01', '62600'),
      })
    const count = async (): Promise<number> => (await bench.get('/orders/historical/batch')).orders.length
    bench.fault({ kind: 'serverError', methods: ['createOrder'], count: 1 })
    const before = await create('a')
    expect([before.status, before.text.startsWith('<html>'), await count()]).toEqual([502, true, 0])
    bench.fault({ kind: 'serverError', methods: ['createOrder'], count: 1, when: 'after', status: 503 })
    expect([(await create('a')).status, await count()]).toEqual([503, 1])
    bench.fault({ kind: 'gatewayError', methods: ['createOrder'], count: 1, status: 429, code: 8, text: 'resource_exhausted' })
    const gateway = await create('b')
    expect([gateway.status, gateway.json]).toEqual([
      429,
      { error: 'resource_exhausted', code: 8, message: 'resource_exhausted', details: [] },
    ])
    expect(await count()).toBe(1)
  })

  test('EXE-07 SIM-01 a reply is dropped after its execution: the same client id finds the order', async () => {
    const bench = new Bench()
    bench.fault({ kind: 'lostReply', methods: ['createOrder'], count: 1 })
    await expect(bench.create('BUY', limit('0.01', '62600'), { client_order_id: 'lost' })).rejects.toThrow('cut')
    const [order] = (await bench.get('/orders/historical/batch')).orders
    expect(await bench.placed('BUY', limit('0.01', '62600'), { client_order_id: 'lost' })).toBe(order.order_id)
  })

  test('SIM-01 a good token is answered 401 once; the next one is good', async () => {
    const bench = new Bench()
    bench.fault({ kind: 'unauthorized', methods: ['listAccounts'], count: 1 })
    expect((await bench.send('GET', '/accounts', '', undefined)).status).toBe(401)
    expect((await bench.send('GET', '/accounts', '', undefined)).status).toBe(200)
  })

  test('SIM-01 refusals by name: create, edit and cancel, each with nothing done', async () => {
    const bench = new Bench()
    const id = await bench.placed('BUY', limit('0.01', '62600'))
    bench.fault({ kind: 'refusal', methods: ['createOrder'], reason: 'COMMANDER_REJECTED_NEW_ORDER', count: 1 })
    bench.fault({ kind: 'refusal', methods: ['editOrder'], reason: 'COMMANDER_REJECTED_EDIT_ORDER', count: 1 })
    bench.fault({ kind: 'refusal', methods: ['cancelOrders'], reason: 'COMMANDER_REJECTED_CANCEL_ORDER', count: 1 })
    expect((await bench.create('BUY', limit('0.01', '62600'))).error_response.error).toBe('COMMANDER_REJECTED_NEW_ORDER')
    const edited = await bench.post('/orders/edit', { order_id: id, price: '62601', size: '0.01' })
    expect(edited.errors).toEqual([{ edit_failure_reason: 'COMMANDER_REJECTED_EDIT_ORDER' }])
    const canceled = await bench.post('/orders/batch_cancel', { order_ids: [id] })
    expect(canceled.results).toEqual([{ success: false, failure_reason: 'COMMANDER_REJECTED_CANCEL_ORDER', order_id: id }])
    bench.clock.advance(10)
    expect(await bench.order(id)).toMatchObject({ status: 'OPEN', edit_history: [] })
  })

  test('SIM-01 an order fails after its acceptance, without a trade', async () => {
    const bench = new Bench()
    await bench.quote('SELL', '63000', '1')
    const socket = bench.userSocket()
    bench.fault({ kind: 'failedOrder', count: 1 })
    const id = await bench.placed('BUY', limit('0.01', '63000'))
    expect(await bench.order(id)).toMatchObject({
      status: 'FAILED',
      reject_reason: 'HOLD_FAILURE',
      filled_size: '0',
      outstanding_hold_amount: '0',
    })
    expect(socket.orders.map((row) => [row.status, row.reject_reason])).toEqual([
      ['PENDING', ''],
      ['FAILED', 'HOLD_FAILURE'],
    ])
    expect((await bench.order(await bench.placed('BUY', limit('0.01', '63000')))).status).toBe('FILLED')
  })

  test('SIM-01 lists lag, balances are wrong, the venue’s time runs ahead', async () => {
    const bench = new Bench()
    await bench.quote('SELL', '63000', '1')
    const id = await bench.placed('BUY', limit('0.01', '62600'))
    bench.clock.advance(5_000)
    await bench.placed('SELL', limit('0.01', '62600'), {}, bench.other)
    bench.fault({ kind: 'restLag', methods: ['getOrder', 'listFills'], lagMs: 1_000, durationMs: 500 })
    expect(await bench.order(id)).toMatchObject({ status: 'OPEN', filled_size: '0', number_of_fills: '0' })
    expect((await bench.get('/orders/historical/fills')).fills).toEqual([])
    bench.clock.advance(1_000)
    expect(await bench.order(id)).toMatchObject({ status: 'FILLED', filled_size: '0.01' })
    bench.fault({ kind: 'wrongBalance', asset: 'BTC', delta: '-0.5', count: 1 })
    expect((await bench.wallets())['BTC']?.available).toBe('9.51')
    bench.fault({ kind: 'clockSkew', offsetMs: 7_000, count: 1 })
    expect(await bench.open('/time')).toMatchObject({ iso: '2026-01-05T12:00:13Z' })
  })

  test('SIM-01 a request or its answer comes late', async () => {
    const bench = new Bench()
    bench.fault({ kind: 'latency', methods: ['time'], fixedMs: 700, count: 1 })
    await bench.open('/time')
    expect(bench.clock.now()).toBe(Date.UTC(2026, 0, 5, 12, 0, 0, 700))
    bench.fault({ kind: 'drop', methods: ['time'], count: 1 })
    await expect(bench.open('/time')).rejects.toThrow('cut')
  })
})

describe('sockets', () => {
  test('SIM-01 frames are doubled, left out or overtaken: the numbers tell', async () => {
    const bench = new Bench()
    const socket = bench.socket('market')
    socket.subscribe('heartbeats')
    const numbers = (): number[] => socket.frames.map((frame) => frame.sequence_num)
    bench.fault({ kind: 'duplicate', methods: ['heartbeats'], count: 1 })
    bench.clock.advance(1_000)
    expect(numbers()).toEqual([0, 1, 1])
    bench.fault({ kind: 'droppedFrame', methods: ['heartbeats'], count: 1 })
    bench.clock.advance(2_000)
    expect(numbers()).toEqual([0, 1, 1, 3])
    bench.fault({ kind: 'reorderedFrame', methods: ['heartbeats'], count: 1 })
    bench.clock.advance(2_000)
    expect(numbers()).toEqual([0, 1, 1, 3, 5, 4])
  })

  test('SIM-01 a channel falls silent and its numbers go on; a socket falls silent altogether; one is cut', async () => {
    const bench = new Bench()
    const socket = bench.socket('market')
    socket.subscribe('heartbeats')
    socket.subscribe('level2', ['BTC-USD'])
    bench.fault({ kind: 'silentChannel', methods: ['level2'], count: 1 })
    await bench.quote('SELL', '63000', '1')
    await bench.quote('SELL', '63001', '1')
    bench.clock.advance(1_000)
    expect(socket.frames.map((frame) => [frame.channel, frame.sequence_num])).toEqual([
      ['subscriptions', 0],
      ['subscriptions', 1],
      ['l2_data', 2],
      ['heartbeats', 3],
    ])
    bench.fault({ kind: 'silentSocket', count: 1 })
    bench.clock.advance(5_000)
    expect([socket.frames.length, socket.closed]).toEqual([4, null])
    const other = bench.socket('market')
    other.subscribe('heartbeats')
    bench.fault({ kind: 'disconnect', methods: ['heartbeats'], count: 1 })
    bench.clock.advance(2_000)
    expect(other.closed).toMatchObject({ abrupt: true })
  })

  test('SIM-01 a subscription is answered with an authentication failure, its line stays', () => {
    const bench = new Bench()
    const socket = bench.socket('user')
    bench.fault({ kind: 'unauthorized', face: 'ws', count: 1 })
    expect(socket.subscribe('user')).toEqual([{ type: 'error', message: 'authentication failure' }])
    expect(socket.subscribe('user')[0].channel).toBe('subscriptions')
  })

  test('SIM-01 an empty ticker, a heartbeat whose counter is text, a snapshot of many megabytes', async () => {
    const bench = new Bench()
    await bench.quote('SELL', '63000', '1')
    const socket = bench.socket('market')
    socket.subscribe('heartbeats')
    socket.subscribe('ticker', ['BTC-USD'])
    bench.fault({ kind: 'emptyTicker', count: 1 })
    await bench.placed('BUY', market({ base_size: '0.01' }))
    expect(Object.values(socket.of('ticker')[1].events[0].tickers[0])).toEqual(['ticker', ...Array(8).fill('')])
    bench.fault({ kind: 'stringHeartbeat', count: 1 })
    bench.clock.advance(2_000)
    expect(counters(socket.of('heartbeats'))).toEqual(['0', 1])
    bench.fault({ kind: 'oversizedSnapshot', count: 1, bytes: 5_000_000 })
    const [, snapshot] = socket.subscribe('level2', ['BTC-USD'])
    expect(JSON.stringify(snapshot).length).toBeGreaterThan(5_000_000)
    expect(socket.of('l2_data')).toHaveLength(1)
  })

  test('SIM-01 user frames spell reject_Reason, or show several fills in one', async () => {
    const bench = new Bench()
    for (const price of ['63000', '63001', '63002']) await bench.quote('SELL', price, '0.01')
    const socket = bench.userSocket()
    bench.fault({ kind: 'mergedFills', id: 'merged' })
    bench.fault({ kind: 'rejectReasonSpelling', count: 1 })
    await bench.placed('BUY', market({ base_size: '0.03' }))
    expect(socket.orders.map((row) => [row.status, row.number_of_fills, 'reject_Reason' in row, 'reject_reason' in row])).toEqual([
      ['PENDING', '0', true, false],
      ['FILLED', '3', false, true],
    ])
    const id = await bench.placed('BUY', limit('0.03', '62600'))
    for (let count = 0; count < 2; count++) await bench.placed('SELL', limit('0.01', '62600'), {}, bench.other)
    expect(socket.orders.filter((row) => row.order_id === id).map((row) => row.number_of_fills)).toEqual(['0', '0'])
    bench.clock.advance(250)
    expect(socket.orders.filter((row) => row.order_id === id).map((row) => row.number_of_fills)).toEqual(['0', '0', '2'])
    expect(bench.emulator.faults.hitsOf('merged')).toBeGreaterThan(4)
  })

  test('SIM-01 events are withheld from the sockets that are open; a new one shows what happened', async () => {
    const bench = new Bench()
    const socket = bench.userSocket()
    bench.fault({ kind: 'lostReply', methods: ['createOrder'], withholdEvents: true, count: 1 })
    await expect(bench.create('BUY', limit('0.01', '62600'))).rejects.toThrow('cut')
    expect(socket.orders).toEqual([])
    const fresh = bench.socket('user')
    const [, snapshot] = fresh.subscribe('user')
    expect(snapshot.events[0].orders).toHaveLength(1)
  })
})

describe('control', () => {
  test('SIM-01 takes every kind over HTTP, shows them with their hits, and clears them', async () => {
    const bench = new Bench()
    const needs: Record<string, Record<string, unknown>> = {
      latency: { fixedMs: 1 },
      restLag: { lagMs: 1 },
      wrongBalance: { asset: 'BTC', delta: '1' },
      clockSkew: { offsetMs: 1 },
      refusal: { reason: 'COMMANDER_REJECTED_NEW_ORDER' },
    }
    const kinds = faultRuleSchema.options.map((option) => option.shape.kind.value)
    const add = kinds.map((kind) => ({ kind, id: kind, methods: ['nothing'], ...needs[kind] }))
    const answer = await bench.control('POST', '/emulator/faults', { add })
    expect([answer.status, answer.body.ids]).toEqual([200, kinds])
    expect((await bench.control('POST', '/emulator/faults', { add: [{ kind: 'badChecksum' }] })).status).toBe(400)
    expect((await bench.control('POST', '/emulator/faults', { clear: 'all' })).body.cleared).toBe(kinds.length)
    expect((await bench.control('GET', '/emulator/ping')).body).toEqual({ ok: true })
    expect(OPERATION_LABELS).toContain('createOrder')
    expect(OPERATION_LABELS).toHaveLength(20)
  })

  test('SIM-01 the record holds balances, orders, fills, ids and counters; money moves over it', async () => {
    const bench = new Bench()
    await bench.placed('BUY', limit('0.01', '62600'), { client_order_id: 'mine' })
    expect((await bench.control('POST', '/emulator/deposit', { asset: 'USD', amount: '5' })).status).toBe(200)
    expect((await bench.control('POST', '/emulator/withdraw', { asset: 'USD', amount: '1000000' })).status).toBe(409)
    const { body } = await bench.control('GET', '/emulator/state')
    expect(body.accounts[0]).toMatchObject({ accountId: 'main', openOrders: [{ clientId: 'mine' }] })
    expect(body.accounts[0].balances.find((one: Answer) => one.asset === 'USD')).toMatchObject({ total: '100005', held: '633.512' })
    expect(body.clientIds).toEqual({ liveMax: 1, byId: { mine: { accepted: 1, live: 1, liveMax: 1 } } })
    expect(body.products['USDT-USDC'].limitOnly).toBe(true)
  })
})
