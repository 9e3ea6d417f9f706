import { describe, expect, test } from 'bun:test'
import type { FaultInput, FaultKind } from '#sim/kraken/fault-rules'
import { faultRuleSchema } from '#sim/kraken/fault-rules'
import { Bench, parsed } from './harness'

const BUY = { order_type: 'limit', side: 'buy', order_qty: 0.01, limit_price: 30000, symbol: 'BTC/USD' }

const openCount = (bench: Bench): number => bench.emulator.record().accounts[0]?.openOrders.length ?? -1
const hits = (bench: Bench, kind: FaultKind): number => bench.emulator.record().faultHits[kind] ?? 0

describe('faults of REST (emulator, virtual time)', () => {
  test('SIM-01 latency holds the answer back; at stage request the call itself', async () => {
    const bench = new Bench()
    bench.fault({ kind: 'latency', methods: ['Time'], fixedMs: 300, jitterMs: 200, count: 1 })
    const before = bench.clock.now()
    const time = await bench.get('Time')
    expect(bench.clock.now() - before).toBeGreaterThanOrEqual(300)
    expect(time.result.unixtime).toBe(before / 1_000) // executed at once
    bench.fault({ kind: 'latency', methods: ['Time'], stage: 'request', fixedMs: 5_000, count: 1 })
    const then = bench.clock.now()
    expect((await bench.get('Time')).result.unixtime).toBe(Math.floor((then + 5_000) / 1_000))
    expect(hits(bench, 'latency')).toBe(2)
  })

  test('SIM-01 drop never processes; lostReply does and keeps its answer', async () => {
    const bench = new Bench()
    bench.fault({ kind: 'drop', methods: ['AddOrder'], count: 1 })
    expect(await bench.send('AddOrder', bench.resting())).toEqual({ kind: 'drop' })
    expect(openCount(bench)).toBe(0)
    bench.fault({ kind: 'lostReply', methods: ['AddOrder'], count: 1 })
    expect(await bench.send('AddOrder', bench.resting({ cl_ord_id: 'lost' }))).toEqual({ kind: 'drop' })
    expect(openCount(bench)).toBe(1)
    expect((await bench.call('AddOrder', bench.resting())).error).toEqual([]) // both were set for one hit
    expect([hits(bench, 'drop'), hits(bench, 'lostReply')]).toEqual([1, 1])
  })

  test('SIM-01 tooManyRequests and serverError answer as the edge does, before or after the order was executed', async () => {
    const bench = new Bench()
    bench.fault({ kind: 'tooManyRequests', methods: ['AddOrder'], count: 1 })
    expect(await bench.send('AddOrder', bench.resting())).toMatchObject({
      status: 429,
      headers: { 'content-type': 'text/html; charset=UTF-8' },
    })
    bench.fault({ kind: 'serverError', methods: ['AddOrder'], status: 502, count: 1 })
    expect(await bench.send('AddOrder', bench.resting())).toMatchObject({ status: 502 })
    expect(openCount(bench)).toBe(0)
    bench.fault({ kind: 'serverError', methods: ['AddOrder'], status: 520, when: 'after', count: 1 })
    const page = await bench.send('AddOrder', bench.resting())
    expect(page).toMatchObject({ status: 520, body: expect.stringContaining('<html>') })
    expect(openCount(bench)).toBe(1)
    expect([hits(bench, 'tooManyRequests'), hits(bench, 'serverError')]).toEqual([1, 2])
  })

  test('SIM-01 apiError says EService:Busy, a rate limit, a lockout or anything else, before or after', async () => {
    const bench = new Bench()
    for (const text of ['EService:Busy', 'EAPI:Rate limit exceeded', 'EGeneral:Temporary lockout', 'EService: Throttled: 1767614460']) {
      bench.fault({ kind: 'apiError', text, methods: ['AddOrder'], count: 1 })
      expect(await bench.call('AddOrder', bench.resting())).toEqual({ error: [text] })
    }
    expect(openCount(bench)).toBe(0)
    bench.fault({ kind: 'apiError', text: 'EService:Unavailable', when: 'after', methods: ['AddOrder'], count: 1 })
    expect(await bench.call('AddOrder', bench.resting())).toEqual({ error: ['EService:Unavailable'] })
    expect(openCount(bench)).toBe(1)
    expect(hits(bench, 'apiError')).toBe(5)
  })

  test('SIM-01 restLag hides what is younger, clockSkew shifts Time, wrongBalance shows too much', async () => {
    const bench = new Bench()
    bench.fault({ kind: 'restLag', lagMs: 5_000 })
    await bench.place(bench.market())
    const open = await bench.place(bench.resting())
    expect((await bench.result('TradesHistory')).count).toBe(0)
    expect((await bench.result('OpenOrders')).open).toEqual({})
    expect((await bench.call('QueryOrders', { txid: open })).error).toEqual(['EOrder:Unknown order'])
    expect((await bench.result('Ledgers', { type: 'trade' })).count).toBe(0)
    bench.clock.advance(5_000)
    expect((await bench.result('TradesHistory')).count).toBe(1)
    expect(Object.keys((await bench.result('OpenOrders')).open)).toEqual([open])
    bench.fault({ kind: 'clockSkew', offsetMs: 7_000, count: 1 })
    expect((await bench.get('Time')).result.unixtime).toBe(Math.floor(bench.clock.now() / 1_000) + 7)
    bench.fault({ kind: 'wrongBalance', asset: 'USD', delta: '500', methods: ['Balance'], count: 1 })
    const shown = Number((await bench.result('Balance')).ZUSD)
    expect(shown - Number((await bench.result('Balance')).ZUSD)).toBeCloseTo(500, 4)
    expect([hits(bench, 'clockSkew'), hits(bench, 'wrongBalance')]).toEqual([1, 1])
    expect(hits(bench, 'restLag')).toBeGreaterThan(5)
  })
})

describe('faults of sockets (emulator, virtual time)', () => {
  test('SIM-01 lostReply of a method response; events withheld until a new socket shows what happened', async () => {
    const bench = new Bench()
    const socket = await bench.privateSocket()
    socket.subscribe({ channel: 'executions', snap_orders: true, snap_trades: false })
    bench.fault({ kind: 'lostReply', methods: ['add_order'], count: 1, withholdEvents: true })
    expect(socket.say({ method: 'add_order', params: { ...BUY, token: socket.token }, req_id: 2 })).toEqual([])
    expect(openCount(bench)).toBe(1)
    bench.clock.advance(5_000)
    expect(socket.of('heartbeat').length).toBeGreaterThan(2) // the socket looks alive
    expect(socket.of('executions')).toHaveLength(1)
    const fresh = await bench.privateSocket()
    expect(fresh.subscribe({ channel: 'executions', snap_orders: true })[1].data).toHaveLength(1)
    expect(hits(bench, 'lostReply')).toBe(1)
  })

  test('SIM-01 withholdEvents lets the answer through and keeps the events', async () => {
    const bench = new Bench()
    const socket = await bench.privateSocket()
    socket.subscribe({ channel: 'executions', snap_orders: true })
    bench.fault({ kind: 'withholdEvents', methods: ['AddOrder'], count: 1 })
    await bench.place(bench.market())
    expect(socket.of('executions')).toHaveLength(1)
    expect(hits(bench, 'withholdEvents')).toBe(1)
  })

  test('SIM-01 drop cuts the socket before the message is read; duplicate sends frames and answers twice', async () => {
    const bench = new Bench()
    const socket = await bench.privateSocket()
    bench.fault({ kind: 'drop', methods: ['add_order'], count: 1 })
    socket.say({ method: 'add_order', params: { ...BUY, token: socket.token } })
    expect(socket.closed?.abrupt).toBe(true)
    expect(openCount(bench)).toBe(0)
    const other = await bench.privateSocket()
    other.subscribe({ channel: 'executions', snap_orders: false, snap_trades: false })
    bench.fault({ kind: 'duplicate', methods: ['executions', 'add_order'] })
    expect(other.trade('add_order', BUY)).toHaveLength(2)
    expect(other.of('executions').map((frame) => frame.sequence)).toEqual([1, 1, 2, 2])
    expect(openCount(bench)).toBe(1)
    bench.emulator.faults.clear('all')
    bench.fault({ kind: 'duplicate', methods: ['executions'], delayMs: 700, count: 1 })
    await bench.result('CancelAll')
    expect(other.of('executions')).toHaveLength(5)
    bench.clock.advance(700)
    expect(other.of('executions').map((frame) => frame.sequence)).toEqual([1, 1, 2, 2, 3, 3])
    expect([hits(bench, 'drop'), hits(bench, 'duplicate')]).toEqual([1, 4])
  })

  test('SIM-01 droppedFrame leaves a sequence gap; badChecksum spoils one book frame', async () => {
    const bench = new Bench({ stepMs: 1_000 })
    const socket = await bench.privateSocket()
    socket.subscribe({ channel: 'executions', snap_orders: false, snap_trades: false })
    bench.fault({ kind: 'droppedFrame', methods: ['executions'], count: 1 })
    await bench.place(bench.market())
    expect(socket.of('executions').map((frame) => frame.sequence)).toEqual([2, 3, 4])
    const books = bench.socket('/v2')
    const clean = bench.socket('/v2')
    for (const one of [books, clean]) one.subscribe({ channel: 'book', symbol: ['BTC/USD'] })
    bench.fault({ kind: 'badChecksum', count: 1 })
    bench.clock.advance(10_000)
    const sums = (one: typeof books): number[] => one.of('book').map((frame) => frame.data[0].checksum)
    const different = sums(books).filter((sum, index) => sum !== sums(clean)[index])
    expect(different).toHaveLength(1)
    expect([hits(bench, 'droppedFrame'), hits(bench, 'badChecksum')]).toEqual([1, 1])
  })

  test('SIM-01 silentSocket stays open and says nothing; disconnect and edgeText end it', () => {
    const bench = new Bench()
    const silent = bench.socket('/v2')
    silent.subscribe({ channel: 'ticker', symbol: ['BTC/USD'] })
    bench.fault({ kind: 'silentSocket', methods: ['heartbeat'], count: 1 })
    const before = silent.texts.length
    bench.clock.advance(30_000)
    expect(silent.texts).toHaveLength(before)
    expect(silent.closed).toBeNull()
    expect(silent.say({ method: 'ping' })).toEqual([])
    const cut = bench.socket('/v2')
    cut.subscribe({ channel: 'heartbeat' })
    bench.fault({ kind: 'disconnect', methods: ['heartbeat'], count: 1 })
    bench.clock.advance(2_000)
    expect(cut.closed).toEqual({ code: 1001, reason: 'going away', abrupt: true })
    const edged = bench.socket('/v2')
    edged.subscribe({ channel: 'heartbeat' })
    bench.fault({ kind: 'edgeText', count: 1 })
    bench.clock.advance(2_000)
    expect(edged.texts.at(-1)).toBe('CloudFlare WebSocket proxy restarting')
    expect(edged.closed?.code).toBe(1012)
    expect([hits(bench, 'silentSocket'), hits(bench, 'disconnect'), hits(bench, 'edgeText')]).toEqual([1, 1, 1])
  })

  test('SIM-01 crossing lets the events overtake their answer; latency keeps the order of one socket', async () => {
    const bench = new Bench()
    const socket = await bench.privateSocket()
    socket.subscribe({ channel: 'executions', snap_orders: false, snap_trades: false })
    bench.fault({ kind: 'crossing', methods: ['add_order'], count: 1 })
    const crossed = socket.say({ method: 'add_order', params: { ...BUY, token: socket.token } })
    expect(crossed.map((frame) => frame.method ?? frame.data[0].exec_type)).toEqual(['pending_new', 'new', 'add_order'])
    bench.fault({ kind: 'latency', face: 'ws', methods: ['add_order'], fixedMs: 500, count: 1 })
    const before = socket.texts.length
    expect(socket.say({ method: 'add_order', params: { ...BUY, token: socket.token } })).toEqual([])
    bench.clock.advance(499)
    expect(socket.texts).toHaveLength(before)
    bench.clock.advance(1)
    expect(socket.frames.slice(before).map((frame) => frame.method ?? frame.data[0].exec_type)).toEqual(['add_order', 'pending_new', 'new'])
    bench.fault({ kind: 'latency', face: 'ws', stage: 'request', methods: ['cancel_all'], fixedMs: 500, count: 1 })
    socket.say({ method: 'cancel_all', params: { token: socket.token } })
    expect(openCount(bench)).toBe(2)
    bench.clock.advance(500)
    expect(openCount(bench)).toBe(0)
    bench.fault({ kind: 'apiError', face: 'ws', text: 'EService:Busy', count: 1 })
    expect(socket.trade('add_order', BUY)[0]).toMatchObject({ success: false, error: 'EService:Busy' })
    expect([hits(bench, 'crossing'), hits(bench, 'latency'), hits(bench, 'apiError')]).toEqual([1, 2, 1])
  })
})

describe('fault control (emulator, virtual time)', () => {
  const every: readonly FaultInput[] = [
    { kind: 'latency', fixedMs: 1 },
    { kind: 'drop' },
    { kind: 'lostReply' },
    { kind: 'withholdEvents' },
    { kind: 'duplicate' },
    { kind: 'tooManyRequests' },
    { kind: 'serverError' },
    { kind: 'apiError', text: 'EService:Busy' },
    { kind: 'silentSocket' },
    { kind: 'disconnect' },
    { kind: 'edgeText' },
    { kind: 'badChecksum' },
    { kind: 'droppedFrame' },
    { kind: 'crossing' },
    { kind: 'restLag', lagMs: 1 },
    { kind: 'wrongBalance', asset: 'USD', delta: '1' },
    { kind: 'clockSkew', offsetMs: 1 },
  ]

  test('SIM-01 takes every kind over HTTP, shows them with their hits, and clears by id or altogether', async () => {
    expect(every.map((rule) => rule.kind).toSorted()).toEqual(faultRuleSchema.options.map((option) => option.shape.kind.value).toSorted())
    const bench = new Bench()
    const set = await bench.control('POST', '/emulator/faults', { add: every.map((rule) => ({ ...rule, methods: ['Nothing'] })) })
    expect(set.status).toBe(200)
    expect(set.body.ids).toHaveLength(every.length)
    const state = (await bench.control('GET', '/emulator/state')).body
    expect(state.faults).toHaveLength(every.length)
    expect(state.faults[0]).toEqual({ id: set.body.ids[0], kind: 'latency', hits: 0, isActive: true })
    const cleared = await bench.control('POST', '/emulator/faults', { clear: [set.body.ids[0], 'unknown'] })
    expect(cleared.body.cleared).toBe(1)
    expect((await bench.control('POST', '/emulator/faults', { clear: 'all' })).body.cleared).toBe(every.length - 1)
    expect((await bench.call('Balance')).error).toEqual([])
  })

  test('SIM-01 refuses a malformed body with 400 and says which field', async () => {
    const bench = new Bench()
    const errorsOf = async (path: string, body: unknown): Promise<string[]> => {
      const answer = await bench.control('POST', path, body)
      expect(answer.status).toBe(400)
      return answer.body.errors.map((error: { path: string }) => error.path)
    }
    expect(await errorsOf('/emulator/faults', { add: [{ kind: 'latency' }] })).toEqual(['add.0.fixedMs'])
    expect(await errorsOf('/emulator/faults', { add: [{ kind: 'drop', probability: 2 }] })).toEqual(['add.0.probability'])
    expect(await errorsOf('/emulator/faults', { add: [{ kind: 'earthquake' }] })).toEqual(['add.0.kind'])
    expect(await errorsOf('/emulator/faults', { add: [{ kind: 'drop', wings: 2 }] })).toEqual(['add.0'])
    expect(await errorsOf('/emulator/faults', '{')).toEqual([''])
    expect(await errorsOf('/emulator/status', { system: 'sleepy' })).toHaveLength(1)
    expect(await errorsOf('/emulator/deposit', { asset: 'USD', amount: '-1' })).toEqual(['amount'])
    expect((await bench.control('POST', '/emulator/nothing', {})).status).toBe(404)
    expect((await bench.control('POST', '/emulator/status', { symbol: 'FOO/USD', status: 'online' })).status).toBe(409)
    expect((await bench.control('POST', '/emulator/withdraw', { asset: 'USD', amount: '1000000' })).status).toBe(409)
    expect((await bench.control('POST', '/emulator/deposit', { account: 'nobody', asset: 'USD', amount: '1' })).status).toBe(409)
  })

  test('SIM-01 draws a fault with a chance from the seeded port, ends it by count and by time', async () => {
    const run = async (): Promise<number[]> => {
      const bench = new Bench()
      bench.fault({ kind: 'apiError', text: 'EService:Busy', methods: ['Balance'], probability: 0.5 })
      const failed: number[] = []
      for (let count = 0; count < 40; count++) if ((await bench.call('Balance')).error.length > 0) failed.push(count)
      return failed
    }
    const first = await run()
    expect(first.length).toBeGreaterThan(8)
    expect(first.length).toBeLessThan(32)
    expect(await run()).toEqual(first)
    const bench = new Bench()
    bench.fault({ kind: 'apiError', text: 'EService:Busy', face: 'rest', durationMs: 1_000 })
    expect((await bench.call('Balance')).error).toEqual(['EService:Busy'])
    bench.clock.advance(1_000)
    expect((await bench.call('Balance')).error).toEqual([])
    bench.fault({ kind: 'apiError', text: 'EService:Busy', face: 'ws' })
    expect((await bench.call('Balance')).error).toEqual([])
    expect(bench.emulator.record().faults.map((fault) => [fault.isActive, fault.hits])).toEqual([
      [false, 1],
      [true, 0],
    ])
  })

  test('GET /emulator/state is the record: balances, orders, fills, client ids, refusals', async () => {
    const bench = new Bench()
    await bench.place(bench.resting({ cl_ord_id: 'state-1' }))
    await bench.place(bench.market())
    parsed(await bench.send('CancelOrder', { cl_ord_id: 'state-1' }))
    const { status, body } = await bench.control('GET', '/emulator/state')
    expect(status).toBe(200)
    expect(body.accounts).toHaveLength(1)
    expect(body.accounts[0]).toMatchObject({ accountId: 'main', openOrders: [] })
    expect(body.accounts[0].closedOrders).toHaveLength(2)
    expect(body.accounts[0].fills).toHaveLength(1)
    expect(body.accounts[0].balances.map((row: { asset: string }) => row.asset).toSorted()).toEqual(['BTC', 'USD'])
    expect(body.clientIds).toEqual({ liveMax: 1, byId: { 'state-1': { accepted: 1, live: 0, liveMax: 1 } } })
    expect(body.counters).toMatchObject({ invalidNonce: 0, engineRateLimit: 0 })
    expect(body.marketSteps).toBeGreaterThan(0)
  })
})
