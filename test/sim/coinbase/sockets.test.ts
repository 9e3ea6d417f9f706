import { describe, expect, test } from 'bun:test'
import { type Answer, Bench, limit, market } from './harness'

// Virtual time; sockets are fakes in this process.

const sequences = (frames: readonly Answer[]): number[] =>
  frames.filter((frame) => frame.type !== 'error').map((frame) => frame.sequence_num)

/** Applies level2 events as a client would; sizes by price. */
function rebuilt(frames: readonly Answer[]): { bid: Map<string, string>; offer: Map<string, string> } {
  const book = { bid: new Map<string, string>(), offer: new Map<string, string>() }
  for (const event of frames.flatMap((frame) => frame.events)) {
    if (event.type === 'snapshot') for (const side of [book.bid, book.offer]) side.clear()
    for (const { side, price_level, new_quantity } of event.updates) {
      if (new_quantity === '0') book[side as 'bid' | 'offer'].delete(price_level)
      else book[side as 'bid' | 'offer'].set(price_level, new_quantity)
    }
  }
  return book
}

describe('subscriptions', () => {
  test('SIM-01 an acknowledgement lists the whole set and is a numbered frame from 0; heartbeats count too', () => {
    const bench = new Bench()
    const socket = bench.socket('market')
    const [ack] = socket.subscribe('heartbeats', undefined, null)
    expect(ack).toEqual({
      channel: 'subscriptions',
      client_id: '',
      timestamp: '2026-01-05T12:00:00.000000000Z',
      sequence_num: 0,
      events: [{ subscriptions: { heartbeats: ['heartbeats'] } }],
    })
    const more = socket.subscribe('level2', ['BTC-USD', 'ETH-USDC', 'NOPE-USD'])
    expect(more[0].events[0].subscriptions).toEqual({ heartbeats: ['heartbeats'], level2: ['BTC-USD', 'ETH-USD'] })
    bench.clock.advance(3_000)
    expect(socket.of('heartbeats').map((frame) => frame.events[0].heartbeat_counter)).toEqual([0, 1, 2])
    expect(socket.of('heartbeats')[0].events[0].current_time).toMatch(/^2026-01-05 12:00:01\.000000000 \+0000 UTC m=\+\d+\.\d{9}$/)
    socket.unsubscribe('level2', ['BTC-USDC'])
    expect(socket.of('subscriptions').at(-1).events[0].subscriptions).toEqual({ heartbeats: ['heartbeats'], level2: ['ETH-USD'] })
    socket.unsubscribe('level2')
    socket.unsubscribe('heartbeats')
    expect(socket.of('subscriptions').at(-1).events).toEqual([{ subscriptions: {} }])
    const all = sequences(socket.frames)
    expect(all).toEqual(all.map((_, index) => index))
  })

  test('SIM-01 a socket without a subscription is closed after 5 s, a quiet one after 90 s; heartbeats keep it', () => {
    const bench = new Bench()
    const idle = bench.socket('market')
    const wrong = bench.socket('market')
    wrong.say({ type: 'subscribe', channel: 'nonsense' })
    const quiet = bench.socket('user')
    quiet.subscribe('user')
    const kept = bench.socket('user')
    kept.subscribe('heartbeats')
    bench.clock.advance(4_999)
    expect([idle.closed, wrong.closed]).toEqual([null, null])
    bench.clock.advance(1)
    expect([idle.closed?.code, wrong.closed?.code, quiet.closed]).toEqual([1000, 1000, null])
    bench.clock.advance(86_000)
    expect([quiet.closed?.abrupt, kept.closed]).toEqual([true, null])
    expect(bench.emulator.record().openSockets).toBe(1)
  })

  test('SIM-01 errors take no number, name no channel and leave the socket open', () => {
    const bench = new Bench()
    const socket = bench.socket('market')
    const texts = [
      socket.say('{'),
      socket.say({ type: 'subscribe', channel: 'nonsense', product_ids: ['BTC-USD'] }),
      socket.say({ type: 'subscribe', channel: 'ticker', product_ids: ['BTC-USD'], jwt: 'bad' }),
      socket.subscribe('ticker'),
      socket.subscribe('user'),
    ].map(([frame]) => frame)
    for (const frame of texts) expect(Object.keys(frame)).toEqual(['type', 'message'])
    expect(texts[2]).toEqual({ type: 'error', message: 'authentication failure' })
    expect(socket.subscribe('heartbeats')[0].sequence_num).toBe(0)
    const user = bench.socket('user')
    expect(user.subscribe('user', undefined, null)).toEqual([{ type: 'error', message: 'authentication failure' }])
    expect(user.subscribe('level2', ['BTC-USD'])[0].type).toBe('error')
    expect(user.closed).toBeNull()
  })

  test('SIM-01 the acknowledgement can come after the snapshot', () => {
    const first = new Bench().socket('market').subscribe('level2', ['BTC-USD'])
    expect(first.map((frame) => frame.channel)).toEqual(['subscriptions', 'l2_data'])
    const last = new Bench({ acknowledges: 'last' }).socket('market').subscribe('level2', ['BTC-USD'])
    expect(last.map((frame) => frame.channel)).toEqual(['l2_data', 'subscriptions'])
  })

  test('SIM-01 connections and unauthenticated messages are limited to eight a second', () => {
    const bench = new Bench({ hasLimits: true })
    const [socket] = Array.from({ length: 8 }, () => bench.socket('market'))
    expect(() => bench.socket('market')).toThrow('no socket')
    const answers = Array.from({ length: 9 }, () => socket?.subscribe('heartbeats', undefined, null)[0])
    expect(answers.map((frame) => frame.type ?? frame.channel)).toEqual([...Array(8).fill('subscriptions'), 'error'])
    expect(socket?.subscribe('heartbeats')[0].channel).toBe('subscriptions')
    bench.clock.advance(1_000)
    expect(bench.socket('market').closed).toBeNull()
  })

  test('SIM-01 both hosts are served on one port by path', () => {
    const bench = new Bench()
    const line = { send() {}, close() {} }
    expect(bench.emulator.connect('/market', line)).not.toBeNull()
    expect(bench.emulator.connect('/user', line)).not.toBeNull()
    expect(bench.emulator.connect('/', line)).toBeNull()
    expect(bench.emulator.listener('user').connect('/user', line)).toBeNull()
  })
})

describe('market channels', () => {
  test('SIM-01 level2: full snapshot at the epoch, then absolute sizes that rebuild the book of REST', async () => {
    const bench = new Bench({ stepMs: 250, tradeEveryMs: 500 })
    const socket = bench.socket('market')
    const [, frame] = socket.subscribe('level2', ['BTC-USDC'])
    const [event] = frame.events
    expect([frame.channel, event.type, event.product_id]).toEqual(['l2_data', 'snapshot', 'BTC-USD'])
    expect(event.updates[0]).toEqual({
      side: 'bid',
      event_time: '1970-01-01T00:00:00Z',
      price_level: expect.stringMatching(/^\d+(\.\d+)?$/),
      new_quantity: expect.stringMatching(/^\d+(\.\d+)?$/),
    })
    await bench.quote('SELL', '63000', '0.7')
    for (let step = 0; step < 40; step++) {
      bench.clock.advance(500)
      await bench.create('BUY', market({ quote_size: '33.33' }))
    }
    const updates = socket.of('l2_data').slice(1)
    expect(updates.length).toBeGreaterThan(20)
    expect(updates[0].events[0].updates[0].event_time).toMatch(/^2026-01-05T12:00:\d\d\.\d{6}Z$/)
    const { bid, offer } = rebuilt(socket.of('l2_data'))
    const { pricebook } = await bench.open('/market/product_book', 'product_id=BTC-USD')
    const own = (rows: readonly Answer[]): Map<string, string> => new Map(rows.map((row) => [row.price, row.size]))
    const byPrice = (map: Map<string, string>): [string, string][] => [...map].sort(([a], [b]) => Number(a) - Number(b))
    expect(byPrice(bid)).toEqual(byPrice(own(pricebook.bids)))
    expect(byPrice(offer)).toEqual(byPrice(own(pricebook.asks)))
  })

  test('SIM-01 market_trades: the last hundred first, then batches of 250 ms; the side is the maker’s', async () => {
    const bench = new Bench()
    await bench.quote('SELL', '63000', '1')
    const socket = bench.socket('market')
    const [, snapshot] = socket.subscribe('market_trades', ['BTC-USD'])
    expect(snapshot.events[0].type).toBe('snapshot')
    await bench.placed('BUY', market({ base_size: '0.01' }))
    bench.clock.advance(100)
    await bench.placed('BUY', market({ base_size: '0.02' }))
    expect(socket.of('market_trades')).toHaveLength(1)
    bench.clock.advance(150)
    const [, update] = socket.of('market_trades')
    expect(update.events[0].trades.map((trade: Answer) => [trade.size, trade.side, trade.product_id])).toEqual([
      ['0.02', 'SELL', 'BTC-USD'],
      ['0.01', 'SELL', 'BTC-USD'],
    ])
    const [newest] = (await bench.open('/market/products/BTC-USD/ticker', 'limit=1')).trades
    expect(update.events[0].trades[0]).toEqual({
      trade_id: newest.trade_id,
      product_id: 'BTC-USD',
      price: '63000',
      size: '0.02',
      time: newest.time,
      side: 'SELL',
    })
  })

  test('SIM-01 ticker on each match; ticker_batch each 5 s without best prices; candles and status at their pace', async () => {
    const bench = new Bench()
    await bench.quote('SELL', '63000', '1')
    const socket = bench.socket('market')
    for (const channel of ['ticker', 'ticker_batch', 'candles', 'status']) socket.subscribe(channel, ['BTC-USD'])
    const before = socket.texts.length
    await bench.placed('BUY', market({ base_size: '0.01' }))
    const [ticker] = socket.of('ticker').slice(1)
    expect(ticker.events[0]).toMatchObject({
      type: 'update',
      tickers: [{ type: 'ticker', product_id: 'BTC-USD', price: '63000', best_ask: '63000', best_ask_quantity: '0.99' }],
    })
    for (const key of ['volume_24_h', 'low_24_h', 'high_24_h', 'low_52_w', 'high_52_w', 'price_percent_chg_24_h']) {
      expect(typeof ticker.events[0].tickers[0][key]).toBe('string')
    }
    bench.clock.advance(5_000)
    const [batch] = socket.of('ticker_batch').slice(1)
    expect(batch.events[0].tickers[0].price).toBe('63000')
    expect('best_bid' in batch.events[0].tickers[0]).toBe(false)
    const [candle] = socket.of('candles').slice(1)
    expect(candle.events[0]).toMatchObject({ type: 'update', candles: [{ start: '1767614400', close: '63000', product_id: 'BTC-USD' }] })
    bench.clock.advance(30_000)
    expect(socket.of('status')).toHaveLength(2)
    expect(socket.of('status')[1].events[0].products[0]).toEqual({
      product_type: 'SPOT',
      id: 'BTC-USD',
      base_currency: 'BTC',
      quote_currency: 'USD',
      base_increment: '0.00000001',
      quote_increment: '0.01',
      display_name: 'BTC/USD',
      status: 'online',
      status_message: '',
      min_market_funds: '1',
    })
    expect(before).toBeGreaterThan(0)
  })
})

describe('user channel', () => {
  test.each([
    [0, [0]],
    [49, [49]],
    [50, [50, 0]],
    [51, [50, 1]],
    [100, [50, 50, 0]],
  ])('SIM-01 the snapshot of %i open orders comes in pages of 50, the first that is not full ends it', async (count, pages) => {
    const bench = new Bench()
    for (let order = 0; order < count; order++) await bench.placed('BUY', limit('0.001', '50000'))
    const socket = bench.socket('user')
    const [ack, ...frames] = socket.subscribe('user')
    expect(Object.keys(ack.events[0].subscriptions)).toEqual(['user'])
    expect(frames.map((frame) => [frame.channel, frame.events[0].type, frame.events[0].orders.length])).toEqual(
      pages.map((size) => ['user', 'snapshot', size]),
    )
    expect(frames[0].events[0].positions).toEqual({ perpetual_futures_positions: [], expiring_futures_positions: [] })
  })

  test('SIM-01 frames are cumulative, all text, and never before the fact: PENDING, OPEN, fills, FILLED', async () => {
    const bench = new Bench()
    const socket = bench.userSocket()
    const id = await bench.placed('BUY', limit('0.01', '62600'), { client_order_id: 'mine' })
    expect(socket.orders.map((row) => row.status)).toEqual(['PENDING', 'OPEN'])
    await bench.placed('SELL', limit('0.003', '62600'), {}, bench.other)
    const row = socket.orders.at(-1)
    expect(row).toEqual({
      avg_price: '62600',
      cancel_reason: '',
      client_order_id: 'mine',
      completion_percentage: '30',
      contract_expiry_type: 'UNKNOWN_CONTRACT_EXPIRY_TYPE',
      cumulative_quantity: '0.003',
      filled_value: '187.8',
      leaves_quantity: '0.007',
      limit_price: '62600',
      number_of_fills: '1',
      order_id: id,
      order_side: 'BUY',
      order_type: 'Limit',
      // 0.007 × 62600 × 1.012
      outstanding_hold_amount: '443.4584',
      post_only: 'false',
      product_id: 'BTC-USD',
      product_type: 'SPOT',
      reject_reason: '',
      retail_portfolio_id: row.retail_portfolio_id,
      risk_managed_by: 'UNKNOWN_RISK_MANAGEMENT_TYPE',
      status: 'OPEN',
      stop_price: '',
      time_in_force: 'GOOD_UNTIL_CANCELLED',
      total_fees: '1.1268',
      total_value_after_fees: '188.9268',
      trigger_status: 'INVALID_ORDER_TYPE',
      creation_time: '2026-01-05T12:00:00.000000Z',
      end_time: '0001-01-01T00:00:00Z',
      start_time: '0001-01-01T00:00:00Z',
    })
    await bench.placed('SELL', limit('0.007', '62600'), {}, bench.other)
    const [open, filled] = socket.orders.slice(-2)
    expect([open.status, open.leaves_quantity, filled.status, filled.cumulative_quantity]).toEqual(['OPEN', '0', 'FILLED', '0.01'])
    expect([filled.total_fees, filled.number_of_fills, filled.completion_percentage]).toEqual(['3.756', '2', '100.00'])
  })

  test('SIM-01 cancels, edits, expiries and stops show each of their states; leaves are zero at the end', async () => {
    const asynchrony = { openAfterMs: 0, visibleAfterMs: 0, cancelAfterMs: 50, editAfterMs: 50, fillsAfterMs: 0, settledAfterMs: 0 }
    const bench = new Bench({ asynchrony })
    const socket = bench.userSocket()
    const id = await bench.placed('BUY', limit('0.01', '62600'))
    await bench.post('/orders/edit', { order_id: id, price: '62601', size: '0.02' })
    bench.clock.advance(50)
    await bench.post('/orders/batch_cancel', { order_ids: [id] })
    bench.clock.advance(50)
    expect(socket.orders.map((row) => row.status)).toEqual(['PENDING', 'OPEN', 'EDIT_QUEUED', 'OPEN', 'CANCEL_QUEUED', 'CANCELLED'])
    expect(socket.orders.at(-1)).toMatchObject({ cancel_reason: 'User requested cancel', leaves_quantity: '0', limit_price: '62601' })
    await bench.placed('BUY', { limit_limit_gtd: { base_size: '0.01', limit_price: '62600', end_time: '2026-01-05T12:00:05Z' } })
    bench.clock.advance(5_000)
    expect(socket.orders.at(-1)).toMatchObject({ status: 'EXPIRED', end_time: '2026-01-05T12:00:05.000000Z' })
    const stop = { base_size: '0.01', limit_price: '64000', stop_price: '63500', stop_direction: 'STOP_DIRECTION_STOP_UP' }
    await bench.placed('BUY', { stop_limit_stop_limit_gtc: stop })
    expect(socket.orders.at(-1)).toMatchObject({
      order_type: 'Stop Limit',
      trigger_status: 'STOP_PENDING',
      stop_price: '63500',
      status: 'OPEN',
    })
    await bench.quote('SELL', '63500', '0.1')
    await bench.placed('BUY', limit('0.05', '63500'), { client_order_id: 'taker' })
    expect(socket.orders.map((row) => row.trigger_status)).toContain('STOP_TRIGGERED')
  })

  test('SIM-01 a market order is never OPEN before it trades; leaves of one sized in quote are quote', async () => {
    const bench = new Bench()
    await bench.quote('SELL', '63000', '0.001')
    await bench.quote('SELL', '63001', '0.001')
    const socket = bench.userSocket()
    await bench.placed('BUY', market({ quote_size: '100' }))
    expect(socket.orders.map((row) => [row.status, row.order_type, row.leaves_quantity])).toEqual([
      ['PENDING', 'Market', '100'],
      // 63 and 1.2 percent of it
      ['OPEN', 'Market', '36.244'],
      ['OPEN', 'Market', '0'],
      ['FILLED', 'Market', '0'],
    ])
  })

  test('SIM-01 products narrow it, one subscription a connection, other accounts are not seen', async () => {
    const bench = new Bench()
    const socket = bench.socket('user')
    socket.subscribe('user', ['ETH-USD'])
    expect(socket.subscribe('user')[0]).toMatchObject({ type: 'error' })
    await bench.placed('BUY', limit('0.01', '62600'))
    await bench.quote('BUY', '62600', '0.01')
    expect(socket.orders).toEqual([])
    await bench.placed('BUY', limit('1', '1000'), { product_id: 'ETH-USD' })
    expect(socket.orders.map((row) => row.product_id)).toEqual(['ETH-USD', 'ETH-USD'])
    socket.unsubscribe('user')
    await bench.placed('BUY', limit('1', '1000'), { product_id: 'ETH-USD' })
    expect(socket.orders).toHaveLength(2)
  })

  test('SIM-01 the ordered id comes through, or the canonical one where the switch says so', async () => {
    for (const [userProductId, id] of [
      ['ordered', 'BTC-USDC'],
      ['canonical', 'BTC-USD'],
    ] as const) {
      const bench = new Bench({ userProductId })
      const socket = bench.userSocket()
      await bench.placed('BUY', limit('0.01', '62600'), { product_id: 'BTC-USDC' })
      expect(socket.orders[0].product_id).toBe(id)
    }
  })

  test('SIM-01 the first frame can precede the answer of its create; PENDING lasts as long as it is told to', async () => {
    const bench = new Bench({
      asynchrony: { openAfterMs: 400, visibleAfterMs: 0, cancelAfterMs: 0, editAfterMs: 0, fillsAfterMs: 0, settledAfterMs: 0 },
    })
    const socket = bench.userSocket()
    bench.fault({ kind: 'latency', face: 'rest', methods: ['createOrder'], fixedMs: 200, count: 1 })
    const pending = bench.create('BUY', limit('0.01', '62600'))
    for (let turn = 0; turn < 4; turn++) await Promise.resolve()
    expect(socket.orders.map((row) => row.status)).toEqual(['PENDING'])
    expect((await pending).success).toBe(true)
    bench.clock.advance(400)
    expect(socket.orders.map((row) => row.status)).toEqual(['PENDING', 'OPEN'])
  })
})
