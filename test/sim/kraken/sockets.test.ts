import { describe, expect, test } from 'bun:test'
import { type Answer, Bench, type FakeSocket } from './harness'

const BUY = { order_type: 'limit', side: 'buy', order_qty: 0.01, limit_price: 30000, symbol: 'BTC/USD' }

const types = (socket: FakeSocket): string[] =>
  socket.of('executions').flatMap((frame: Answer) => frame.data.map((row: Answer) => row.exec_type))

describe('sockets (emulator, virtual time)', () => {
  test('SIM-01 greets with a status frame, its connection id beyond 2^53', () => {
    const socket = new Bench().socket('/v2')
    expect(socket.texts[0]).toMatch(
      /^\{"channel":"status","type":"update","data":\[\{"api_version":"v2","connection_id":\d{20},"system":"online","version":"2.0.0"\}\]\}$/,
    )
    expect(() => new Bench().socket('/v1' as '/v2')).toThrow('no socket')
  })

  test('answers ping with pong, and refuses params on it', () => {
    const socket = new Bench().socket('/v2')
    expect(socket.say({ method: 'ping', req_id: 101 })).toEqual([
      { method: 'pong', req_id: 101, time_in: '2026-01-05T12:00:00.000000Z', time_out: '2026-01-05T12:00:00.000000Z' },
    ])
    expect(socket.say({ method: 'ping', params: {} })[0]).toMatchObject({
      error: "Unsupported field: 'params' for the given msg type: ping",
      method: 'ping',
      req_id: 0,
      success: false,
    })
  })

  test('beats once a second when nothing else was said, once there is a subscription', () => {
    const bench = new Bench()
    const socket = bench.socket('/v2')
    bench.clock.advance(10_000)
    expect(socket.of('heartbeat')).toHaveLength(0)
    socket.subscribe({ channel: 'heartbeat' })
    bench.clock.advance(10_000)
    expect(socket.of('heartbeat').length).toBeGreaterThanOrEqual(9)
    expect(socket.of('heartbeat')[0]).toEqual({ channel: 'heartbeat' })
  })

  test('closes a socket without subscription after 60 s of silence, and no other', () => {
    const bench = new Bench()
    const [idle, busy, subscribed] = [bench.socket('/v2'), bench.socket('/v2'), bench.socket('/v2')]
    subscribed.subscribe({ channel: 'ticker', symbol: ['BTC/USD'] })
    bench.clock.advance(30_000)
    busy.say({ method: 'ping' })
    bench.clock.advance(31_000)
    expect(idle.closed).toEqual({ code: 1000, reason: 'idle', abrupt: false })
    expect(busy.closed).toBeNull()
    bench.clock.advance(30_000)
    expect(busy.closed).not.toBeNull()
    expect(subscribed.closed).toBeNull()
    expect(bench.emulator.record().openSockets).toBe(1)
  })

  test('acknowledges each symbol of a subscription on its own, with the same req_id', () => {
    const socket = new Bench().socket('/v2')
    const acks = socket.subscribe({ channel: 'book', symbol: ['BTC/USD', 'XBT/USD', 'ETH/USD'], depth: 10, snapshot: false })
    expect(acks.map((ack) => [ack.success, ack.req_id, ack.result?.symbol ?? ack.symbol, ack.error])).toEqual([
      [true, 1, 'BTC/USD', undefined],
      [false, 1, 'XBT/USD', 'Currency pair not supported XBT/USD'],
      [true, 1, 'ETH/USD', undefined],
    ])
    expect(acks[0].result).toEqual({ channel: 'book', depth: 10, snapshot: false, symbol: 'BTC/USD' })
  })

  const refused: readonly [string, Record<string, unknown>, string][] = [
    ['a second time', { channel: 'ticker', symbol: ['BTC/USD'] }, 'Already subscribed'],
    ['at another depth', { channel: 'book', symbol: ['BTC/USD'], depth: 20 }, 'Subscription depth not supported'],
    ['at another interval', { channel: 'ohlc', symbol: ['BTC/USD'], interval: 7 }, 'Subscription ohlc interval not supported'],
    ['to no channel', { symbol: ['BTC/USD'] }, 'Event(s) not found'],
    ['to an unknown channel', { channel: 'foo' }, 'Unsupported event'],
    ['to no symbol', { channel: 'ticker' }, 'EGeneral:Invalid arguments:symbol'],
    ['with another trigger', { channel: 'ticker', symbol: ['ETH/USD'], event_trigger: 'x' }, 'EGeneral:Invalid arguments:event_trigger'],
    ['privately on the public socket', { channel: 'executions', token: 'x' }, 'EGeneral:Permission denied'],
  ]
  for (const [what, params, text] of refused) {
    test(`refuses to subscribe ${what}: ${text}`, () => {
      const socket = new Bench().socket('/v2')
      socket.subscribe({ channel: 'ticker', symbol: ['BTC/USD'] })
      expect(socket.subscribe(params)[0]).toMatchObject({ success: false, error: text, method: 'subscribe', req_id: 1 })
    })
  }

  test('refuses what is no message, an unknown method, and a method of the private face on the public one', () => {
    const socket = new Bench().socket('/v2')
    for (const text of ['{', '[]', '{"params":{}}'])
      expect(socket.say(text)[0]).toMatchObject({ success: false, error: 'Event(s) not found' })
    expect(socket.say({ method: 'fly', req_id: 4 })[0]).toMatchObject({ error: 'Unsupported event', method: 'fly', req_id: 4 })
    expect(socket.say({ method: 'add_order', params: { ...BUY, token: 'x' } })[0]).toMatchObject({ error: 'EGeneral:Permission denied' })
  })

  test('unsubscribes only what the same depth, interval or token names', () => {
    const bench = new Bench()
    const socket = bench.socket('/v2')
    socket.subscribe({ channel: 'book', symbol: ['BTC/USD'], depth: 25 })
    socket.subscribe({ channel: 'ohlc', symbol: ['BTC/USD'], interval: 5 })
    const drop = (params: unknown): Answer => socket.say({ method: 'unsubscribe', params, req_id: 8 })[0]
    expect(drop({ channel: 'book', symbol: ['BTC/USD'] })).toMatchObject({ success: false, error: 'Event(s) not found', symbol: 'BTC/USD' })
    expect(drop({ channel: 'book', symbol: ['BTC/USD'], depth: 25 })).toMatchObject({
      success: true,
      result: { channel: 'book', depth: 25, symbol: 'BTC/USD' },
    })
    expect(drop({ channel: 'ohlc', symbol: ['BTC/USD'], interval: 5 })).toMatchObject({ success: true })
    expect(drop({ channel: 'foo' })).toMatchObject({ error: 'Unsupported event' })
    const before = socket.of('book').length
    bench.clock.advance(60_000)
    expect(socket.of('book')).toHaveLength(before)
  })
})

describe('public channels (emulator, virtual time)', () => {
  test('VEN-03 ticker, trade and ohlc follow the trades; bbo follows the quote', () => {
    const bench = new Bench({ stepMs: 1_000, tradeEveryMs: 4_000 })
    const socket = bench.socket('/v2')
    const quotes = bench.socket('/v2')
    const acks = ['ticker', 'trade', 'ohlc'].flatMap((channel) =>
      socket.subscribe({ channel, symbol: ['BTC/USD'], snapshot: true }).filter((frame) => frame.method),
    )
    expect(acks.map((ack) => ack.success)).toEqual([true, true, true])
    expect(acks[2].result.warnings).toEqual(['timestamp is deprecated, use interval_begin'])
    quotes.subscribe({ channel: 'ticker', symbol: ['BTC/USD'], event_trigger: 'bbo' })
    bench.clock.advance(60_000)
    const prints = socket.of('trade').flatMap((frame) => frame.data)
    const ids = prints.map((print) => print.trade_id)
    expect(ids).toEqual(Array.from({ length: ids.length }, (_, index) => (ids[0] as number) + index))
    expect(socket.of('ticker').length).toBeGreaterThan(3)
    expect(quotes.of('ticker').length).toBeGreaterThan(socket.of('ticker').length)
    const bar = socket.of('ohlc').at(-1).data[0]
    expect(bar).toMatchObject({ symbol: 'BTC/USD', interval: 1 })
    expect(bar.interval_begin).toMatch(/T12:0\d:00\.000000000Z$/)
    expect(socket.of('ohlc')[0].data.length).toBe(100)
    expect(socket.of('trade')[0].type).toBe('snapshot')
  })

  test('VEN-03 writes prices and quantities with the fixed decimals of the pair, never in exponent form', () => {
    const bench = new Bench({ stepMs: 1_000, tradeEveryMs: 1_000 })
    const socket = bench.socket('/v2')
    for (const channel of ['ticker', 'trade', 'book', 'ohlc']) socket.subscribe({ channel, symbol: ['XRP/USD'] })
    bench.clock.advance(30_000)
    const text = socket.texts.filter((frame) => frame.includes('XRP/USD')).join('\n')
    expect(text).not.toMatch(/\de[+-]?\d/)
    for (const match of text.matchAll(/"price":([^,}]+)/g)) expect(match[1]).toMatch(/^\d+\.\d{5}$/)
    for (const match of text.matchAll(/"qty":([^,}]+)/g)) expect(match[1]).toMatch(/^\d+\.\d{8}$/)
  })

  test('VEN-03 lists assets and pairs on instrument, data an object, the lot as 1e-08', () => {
    const socket = new Bench().socket('/v2')
    const [ack, frame] = socket.subscribe({ channel: 'instrument' })
    expect(ack.result.warnings).toEqual(['tick_size is deprecated, use price_increment'])
    expect(frame.data.pairs[0]).toMatchObject({
      symbol: 'BTC/USD',
      base: 'BTC',
      quote: 'USD',
      status: 'online',
      price_precision: 1,
      qty_precision: 8,
      qty_min: 0.00005,
      cost_min: 0.5,
    })
    expect(socket.texts.at(-1)).toContain('"qty_increment":1e-08')
    expect(frame.data.assets[0]).toMatchObject({ id: 'USD', precision: 4, status: 'enabled' })
  })
})

describe('private channels (emulator, virtual time)', () => {
  test('VEN-04 shows open orders and the last 50 fills in the snapshot, sequence 1, as asked', async () => {
    const bench = new Bench()
    for (let count = 0; count < 52; count++) await bench.place(bench.market({ volume: '0.001' }))
    const open = await bench.place(bench.resting({ cl_ord_id: 'mine' }))
    const socket = await bench.privateSocket()
    const [, frame] = socket.subscribe({ channel: 'executions', snap_orders: true, snap_trades: true })
    expect(frame).toMatchObject({ type: 'snapshot', sequence: 1 })
    expect(frame.data).toHaveLength(51)
    expect(frame.data[0]).toMatchObject({ order_id: open, cl_ord_id: 'mine', order_status: 'new', limit_price: 30000 })
    expect(frame.data[1]).toMatchObject({ exec_type: 'trade', order_status: 'filled' })
    expect(frame.data[1].cum_qty).toBeUndefined()
    const other = await bench.privateSocket()
    expect(other.subscribe({ channel: 'executions', snap_orders: false, snap_trades: false })).toHaveLength(1)
    const [, balances] = other.subscribe({ channel: 'balances' })
    expect(balances.sequence).toBe(1)
    expect(balances.data.find((row: Answer) => row.asset === 'BTC')).toMatchObject({
      balance: 0.052,
      wallets: [{ type: 'spot', id: 'main', balance: 0.052 }],
    })
  })

  test('VEN-04 tells the life of an order: pending_new, new, trade with two balances frames, filled; sequences without gap', async () => {
    const bench = new Bench()
    const socket = await bench.privateSocket()
    socket.subscribe({ channel: 'executions', snap_orders: true, snap_trades: false })
    socket.subscribe({ channel: 'balances' })
    const [answer] = socket.trade('add_order', { order_type: 'market', side: 'buy', order_qty: 0.01, symbol: 'BTC/USD', order_userref: 3 })
    expect(answer.result).toEqual({ order_id: expect.stringMatching(/^O/), order_userref: 3 })
    expect(types(socket)).toEqual(['pending_new', 'new', 'trade', 'filled'])
    const channels = socket.frames.slice(-6).map((frame) => frame.channel)
    expect(channels).toEqual(['executions', 'executions', 'executions', 'balances', 'balances', 'executions'])
    expect(socket.of('executions').map((frame) => frame.sequence)).toEqual([1, 2, 3, 4, 5])
    expect(socket.of('balances').map((frame) => frame.sequence)).toEqual([1, 2, 3])
    const rows = socket.of('executions').flatMap((frame) => frame.data)
    for (const row of rows) expect(row).toMatchObject({ order_id: answer.result.order_id, order_userref: 3, timestamp: expect.any(String) })
    expect(rows[1].symbol).toBeUndefined() // `new` has ids alone
    expect(rows[2]).toMatchObject({
      order_status: 'partially_filled',
      liquidity_ind: 't',
      cum_qty: 0.01,
      fees: [{ asset: 'USD', qty: expect.any(Number) }],
    })
    const refs = socket
      .of('balances')
      .slice(1)
      .map((frame) => frame.data[0].ref_id)
    expect(refs).toEqual([rows[2].exec_id, rows[2].exec_id])
  })

  test('tells cancels, expiries and amends; order_status false leaves the in-betweens out', async () => {
    const bench = new Bench()
    const full = await bench.privateSocket()
    const brief = await bench.privateSocket()
    full.subscribe({ channel: 'executions', snap_orders: false, snap_trades: false })
    brief.subscribe({ channel: 'executions', snap_orders: false, snap_trades: false, order_status: false })
    const one = await bench.place(bench.resting())
    await bench.result('AmendOrder', { txid: one, order_qty: '0.02' })
    await bench.result('CancelOrder', { txid: one })
    await bench.place(bench.resting({ timeinforce: 'GTD', expiretm: '+5' }))
    bench.clock.advance(6_000)
    expect(types(full)).toEqual(['pending_new', 'new', 'amended', 'canceled', 'pending_new', 'new', 'expired'])
    expect(types(brief)).toEqual(['new', 'canceled', 'new', 'expired'])
    expect(full.of('executions').map((frame) => frame.sequence)).toEqual([1, 2, 3, 4, 5, 6, 7])
    const [, , amended, canceled] = full.of('executions').flatMap((frame) => frame.data)
    expect(amended).toMatchObject({ amended: true, order_qty: 0.02, reason: 'User requested', order_status: 'new' })
    expect(canceled).toMatchObject({ order_status: 'canceled', reason: 'User requested', cancel_reason: 'User requested', cum_qty: 0 })
  })

  test('takes a token within 900 s, keeps it while a subscription lives, and no longer', async () => {
    const bench = new Bench()
    const socket = await bench.privateSocket()
    const unused = (await bench.result('GetWebSocketsToken')).token
    expect(unused).not.toBe(socket.token)
    socket.subscribe({ channel: 'executions' })
    bench.clock.advance(901_000)
    expect(socket.trade('add_order', BUY)[0].success).toBe(true)
    const late = bench.socket('/auth/v2')
    late.token = unused
    expect(late.subscribe({ channel: 'executions' })[0]).toMatchObject({ success: false, error: 'ESession:Invalid session' })
    socket.hangUp()
    late.token = socket.token
    expect(late.subscribe({ channel: 'balances' })[0].error).toBe('ESession:Invalid session')
    late.token = ''
    expect(late.subscribe({ channel: 'balances' })[0].error).toBe('Token(s) not found')
    expect(late.say({ method: 'add_order', params: BUY })[0].error).toBe('Token(s) not found')
  })
})

describe('trading methods (emulator, virtual time)', () => {
  const bench = new Bench()

  test('VEN-04 places, amends, edits and cancels; the answer comes before the events of its command', async () => {
    const socket = await bench.privateSocket()
    socket.subscribe({ channel: 'executions', snap_orders: false, snap_trades: false })
    const before = socket.texts.length
    const [added] = socket.trade('add_order', { ...BUY, cl_ord_id: 'ws-1', post_only: true })
    expect(added).toMatchObject({ method: 'add_order', req_id: 9, success: true, result: { cl_ord_id: 'ws-1' } })
    expect(socket.frames.slice(before).map((frame) => frame.method ?? frame.data[0].exec_type)).toEqual(['add_order', 'pending_new', 'new'])
    const [amended] = socket.trade('amend_order', { cl_ord_id: 'ws-1', order_qty: 0.02, limit_price: 29000.5 })
    expect(amended.result).toEqual({ amend_id: expect.stringMatching(/^T/), cl_ord_id: 'ws-1' })
    const [edited] = socket.trade('edit_order', { order_id: added.result.order_id, symbol: 'BTC/USD', order_qty: 0.03, limit_price: 28000 })
    expect(edited.result).toEqual({ order_id: expect.stringMatching(/^O/), original_order_id: added.result.order_id })
    const [unknown] = socket.trade('amend_order', { order_id: added.result.order_id, order_qty: 0.05 })
    expect(unknown).toMatchObject({ success: false, error: 'EOrder:Unknown order' })
    expect(socket.trade('cancel_all', {})[0].result).toEqual({ count: 1 })
  })

  test('cancel_order answers once an order, the unknown ones refused by name', async () => {
    const socket = await bench.privateSocket()
    const place = (extra: object = {}): string => socket.trade('add_order', { ...BUY, ...extra })[0].result.order_id
    const [one, two] = [place(), place()]
    place({ cl_ord_id: 'ws-2' })
    place({ order_userref: 11 })
    const answers = socket.trade('cancel_order', {
      order_id: [one, two, 'ONOBOD-YYYYY-YYYYYY'],
      cl_ord_id: ['ws-2'],
      order_userref: [11, 12],
    })
    expect(answers).toHaveLength(6)
    expect(answers.every((answer) => answer.req_id === 9)).toBe(true)
    expect(answers.map((answer) => answer.success)).toEqual([true, true, false, true, true, false])
    expect(answers[0].result).toEqual({ order_id: one })
    expect(answers[2]).toMatchObject({ error: 'EOrder:Unknown order', order_id: 'ONOBOD-YYYYY-YYYYYY' })
    expect(answers[5]).toMatchObject({ error: 'EOrder:Unknown order', order_userref: 12 })
  })

  test('batch_add answers a list, batch_cancel a count', async () => {
    const socket = await bench.privateSocket()
    const slot = (extra: object): object => ({ order_type: 'limit', side: 'buy', order_qty: 0.1, limit_price: 1010.1, ...extra })
    const [added] = socket.trade('batch_add', {
      symbol: 'BTC/USD',
      orders: [slot({ order_userref: 1 }), slot({ order_qty: 99999 }), slot({ cl_ord_id: 'ws-3' })],
    })
    expect(added.success).toBe(true)
    expect(added.result).toEqual([
      { order_id: expect.any(String), order_userref: 1 },
      { error: 'EOrder:Insufficient funds' },
      { order_id: expect.any(String), cl_ord_id: 'ws-3' },
    ])
    expect(socket.trade('batch_add', { symbol: 'BTC/USD', validate: true, orders: [slot({}), slot({})] })[0].result).toEqual([{}, {}])
    expect(socket.trade('batch_add', { symbol: 'BTC/USD', orders: [slot({})] })[0].error).toBe('EGeneral:Invalid arguments:orders')
    expect(socket.trade('batch_cancel', { orders: [added.result[0].order_id, 'x'], cl_ord_id: ['ws-3'] })[0].result).toEqual({ count: 2 })
    expect(socket.trade('batch_cancel', { orders: ['x'] })[0].error).toBe('EGeneral:Invalid arguments:orders')
  })

  test('cancel_all_orders_after answers two times of whole seconds', async () => {
    const socket = await bench.privateSocket()
    const [armed] = socket.trade('cancel_all_orders_after', { timeout: 100 })
    expect(Date.parse(armed.result.triggerTime) - Date.parse(armed.result.currentTime)).toBe(100_000)
    expect(socket.trade('cancel_all_orders_after', { timeout: 0 })[0].result.triggerTime).toBe('0')
    expect(socket.trade('cancel_all_orders_after', {})[0].error).toBe('EGeneral:Invalid arguments:timeout')
  })

  test('checks the deadline when the message arrives', async () => {
    const socket = await bench.privateSocket()
    const at = (ms: number): string => new Date(bench.clock.now() + ms).toISOString()
    expect(socket.trade('add_order', { ...BUY, deadline: at(500) })[0].success).toBe(true)
    expect(socket.trade('add_order', { ...BUY, deadline: at(-1) })[0].error).toBe('EService:Deadline elapsed')
    expect(socket.trade('add_order', { ...BUY, validate: true })[0]).toMatchObject({ success: true, result: {} })
  })

  const refused: readonly [string, Record<string, unknown>, string][] = [
    ['a price as text', { limit_price: '30000' }, 'Limit_price field must be a number_float'],
    ['a quantity as text', { order_qty: '0.01' }, 'Order_qty field must be a number_float'],
    ['cash as text', { order_type: 'market', cash_order_qty: '10' }, 'Cash_order_qty field must be a number_float'],
    ['cash on a limit order', { cash_order_qty: 10 }, 'EGeneral:Invalid arguments:cash_order_qty'],
    ['a flag as text', { post_only: 'yes' }, 'EGeneral:Invalid arguments:Post_only field must be a bool'],
    ['a side as a number', { side: 1 }, 'EGeneral:Invalid arguments:Side field must be a string'],
    ['a userref with a fraction', { order_userref: 1.5 }, 'Order_userref field must be an integer'],
    ['an unknown symbol', { symbol: 'XBT/USD' }, 'Currency pair not supported XBT/USD'],
    ['no limit price', { limit_price: null }, 'EGeneral:Invalid arguments:limit_price'],
    ['no quantity', { order_qty: null }, 'EGeneral:Invalid arguments:order_qty'],
    ['an unknown side', { side: 'hold' }, 'EGeneral:Invalid arguments:side'],
    ['an unknown type', { order_type: 'iceberg' }, 'EGeneral:Invalid arguments:order_type'],
    ['an unknown time in force', { time_in_force: 'day' }, 'EGeneral:Invalid arguments:time_in_force'],
    ['gtd without a time', { time_in_force: 'gtd' }, 'EGeneral:Invalid arguments:expire_time'],
    ['a stop without triggers', { order_type: 'stop-loss' }, 'EGeneral:Invalid arguments:triggers'],
    [
      'an index reference',
      { order_type: 'stop-loss', triggers: { reference: 'index', price: 1 } },
      'EGeneral:Invalid arguments:Index unavailable',
    ],
    ['margin', { margin: true }, 'EAccount:Invalid permissions:margin trading restricted.'],
    ['reduce-only', { reduce_only: true }, 'EOrder:Reduce only:Non-PC'],
    ['a conditional close', { conditional: {} }, 'EGeneral:Invalid arguments:conditional'],
    ['hyphens in the self-trade policy', { stp_type: 'cancel-newest' }, 'EGeneral:Invalid arguments:stp_type'],
    ['another fee preference', { fee_preference: 'x' }, 'EGeneral:Invalid arguments:fee_preference'],
    ['a client id beside a userref', { cl_ord_id: 'x', order_userref: 1 }, 'EGeneral:Invalid arguments:cl_ord_id'],
    ['too little', { order_qty: 0.00001 }, 'EOrder:Order minimum not met'],
    ['too many decimals', { limit_price: 30000.01 }, 'EOrder:Invalid price:XXBTZUSD price can only be specified up to 1 decimals.'],
    ['too much', { order_qty: 999 }, 'EOrder:Insufficient funds'],
    ['post-only that crosses', { limit_price: 90000, post_only: true }, 'EOrder:Post only order'],
  ]
  for (const [what, fields, text] of refused) {
    test(`add_order refuses ${what}: ${text}`, async () => {
      const socket = await bench.privateSocket()
      const [answer] = socket.trade('add_order', { ...BUY, ...fields })
      expect(answer).toMatchObject({ error: text, method: 'add_order', req_id: 9, success: false })
    })
  }

  test('places stops and trailing stops with triggers, gtd with expire_time, market orders in cash', async () => {
    const own = new Bench()
    const socket = await own.privateSocket()
    socket.subscribe({ channel: 'executions', snap_orders: false, snap_trades: false })
    const add = (fields: object): Answer => socket.trade('add_order', { symbol: 'BTC/USD', side: 'sell', order_qty: 0.01, ...fields })[0]
    expect(add({ side: 'buy', order_type: 'market', order_qty: undefined, cash_order_qty: 2000 }).success).toBe(true)
    expect(add({ order_type: 'stop-loss-limit', triggers: { price: 22000 }, limit_price: 21000 }).success).toBe(true)
    expect(add({ order_type: 'trailing-stop', triggers: { price: 50, price_type: 'pct' } }).success).toBe(true)
    const expire = new Date(own.clock.now() + 60_000).toISOString().replace('.000', '')
    expect(add({ ...BUY, side: 'buy', time_in_force: 'GTD', expire_time: expire }).success).toBe(true)
    const pending = socket
      .of('executions')
      .flatMap((frame) => frame.data)
      .filter((row) => row.exec_type === 'pending_new')
    expect(pending[0]).toMatchObject({ cash_order_qty: 2000, order_type: 'market' })
    const last = pending[1].triggers.last_price
    const trigger = { reference: 'last', price: 22000, price_type: 'static', actual_price: 22000, last_price: last, status: 'untriggered' }
    expect(pending[1].triggers).toEqual(trigger)
    expect(pending[2].triggers).toMatchObject({ price: 50, price_type: 'pct' })
    expect(pending[3]).toMatchObject({ time_in_force: 'GTD', expire_time: '2026-01-05T12:01:00.000000Z' })
  })
})
