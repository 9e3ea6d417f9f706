/** The private stream against a scripted fake of Kraken in virtual time. */
import { describe, expect, test } from 'bun:test'
import { decimal } from '#domain/decimal'
import { approved, BTC, clientId, connected, failureOf, type Rig, rig, settle } from './fake-kraken'

const SIGNAL = new AbortController().signal

function executions(made: Rig, sequence: number, items: string, type = 'update'): void {
  made.fake.privateSocket.say(`{"channel":"executions","type":"${type}","data":[${items}],"sequence":${sequence}}`)
}

const PENDING = `{"order_id":"OK4GJX-KSTLS-7DZZO5","cl_ord_id":"${clientId(3)}","order_userref":0,"symbol":"BTC/USD","order_qty":0.005,"cum_cost":0.0,"time_in_force":"GTC","exec_type":"pending_new","side":"sell","order_type":"limit","limit_price_type":"static","limit_price":26500.0,"stop_price":0.0,"order_status":"pending_new","fee_usd_equiv":0.0,"fee_ccy_pref":"fciq","timestamp":"2023-09-22T10:33:05.709950Z"}`
const NEW =
  '{"timestamp":"2023-09-22T10:33:05.709982Z","order_status":"new","exec_type":"new","order_userref":0,"order_id":"OK4GJX-KSTLS-7DZZO5"}'
const TRADE =
  '{"order_id":"OK4GJX-KSTLS-7DZZO5","order_userref":0,"exec_id":"TGBB7L-HT5LX-J3BZ4A","exec_type":"trade","trade_id":62887576,"symbol":"BTC/USD","side":"sell","last_qty":0.00500000,"last_price":26599.9,"liquidity_ind":"t","cost":132.99950,"order_type":"limit","timestamp":"2023-09-22T10:33:05.709993Z","order_status":"partially_filled","cum_qty":0.005,"cum_cost":132.9995,"avg_price":26599.9,"fee_usd_equiv":0.3458,"fees":[{"asset":"USD","qty":0.3458}]}'
const FILLED =
  '{"timestamp":"2023-09-22T10:33:05.710010Z","order_status":"filled","exec_type":"filled","order_userref":0,"order_id":"OK4GJX-KSTLS-7DZZO5","cum_qty":0.00500000,"cum_cost":132.9995,"fee_usd_equiv":0.3458,"avg_price":26599.9}'

/** An order id with a blank: no id of ours could hold it. */
const FILLED_BADLY = `{"channel":"executions","type":"update","data":[${FILLED.replace('OK4GJX-', 'OK 4GJX')}],"sequence":2}`

test('VEN-04 connects: fetches a token, subscribes executions and balances with it, and says up', () => {
  const { fake, heard, venue } = connected()
  expect(fake.privateSocket.requests('subscribe').map((frame) => frame.params)).toEqual([
    { channel: 'executions', token: 'token/1+a', snap_orders: true, snap_trades: true },
    { channel: 'balances', token: 'token/1+a', snapshot: true },
  ])
  expect(heard.onStream.map(([event]) => event).find((event) => event.stream === 'private')).toEqual({
    stream: 'private',
    state: 'up',
    reason: 'subscribed',
  })
  expect(venue.health().privateStream).toBe('up')
})

test('VEN-04 is not up before the snapshot of open orders has come', () => {
  const made = rig()
  made.fake.intercept = (socket, frame) => {
    const params = frame['params'] as { channel?: string } | undefined
    if (params?.channel !== 'executions') return false
    socket.say({ method: 'subscribe', req_id: frame['req_id'], success: true, result: { channel: 'executions', maxratecount: 60 } })
    return true
  }
  expect(failureOf(made.clock, made.venue.connect(SIGNAL))).toMatchObject({ code: 'VENUE_TIMEOUT' })
  expect(made.heard.onStream.some(([event]) => event.stream === 'private' && event.state === 'up')).toBe(false)
})

test('VEN-04 tells the open orders of the snapshot as reports, its fills with all their fields', () => {
  const { heard, ...made } = connected()
  const open = `{"order_id":"OOPEN1-AAAAA-AAAAAA","cl_ord_id":"${clientId(5)}","symbol":"BTC/USD","side":"buy","order_type":"limit","order_qty":1.25,"limit_price":26500.0,"cum_qty":0.25,"exec_type":"new","order_status":"partially_filled","timestamp":"2023-09-22T10:33:05.709950Z"}`
  const oldFill =
    '{"order_id":"OOPEN1-AAAAA-AAAAAA","exec_id":"TOLD11-AAAAA-AAAAAA","exec_type":"trade","symbol":"BTC/USD","side":"buy","last_qty":0.25,"last_price":26500.0,"liquidity_ind":"m","order_status":"filled","timestamp":"2023-09-22T10:33:05.7Z","fees":[]}'
  executions({ heard, ...made }, 1, `${open},${oldFill}`, 'snapshot')
  expect(heard.onOrderReport).toEqual([
    [
      {
        kind: 'accepted',
        venueOrderId: 'OOPEN1-AAAAA-AAAAAA',
        clientOrderId: clientId(5),
        filledQuantity: decimal('0.25'),
        quantity: null,
        limitPrice: null,
        reason: null,
        venueAtMs: Date.parse('2023-09-22T10:33:05.709Z'),
      },
    ],
  ] as never)
  // No cost in the frame: price × quantity at the pair's scale. No fee: none in the quote asset.
  expect(heard.onFill[0]?.[0]).toMatchObject({
    tradeId: 'TOLD11-AAAAA-AAAAAA',
    instrumentId: BTC,
    clientOrderId: clientId(5),
    side: 'buy',
    quantity: '0.25',
    price: '26500',
    cost: '6625',
    feeAsset: 'USD',
    feeQuantity: '0',
    liquidity: 'maker',
  } as never)
})

test('VEN-04 the life of an order: later frames are completed by what the first one said', () => {
  const made = connected()
  executions(made, 2, PENDING)
  executions(made, 3, NEW)
  executions(made, 4, `${TRADE.replace('"symbol":"BTC/USD","side":"sell",', '')},${FILLED}`)
  const reports = made.heard.onOrderReport.map(([report]) => [report.kind, report.clientOrderId, report.filledQuantity])
  expect(reports).toEqual([
    ['accepted', clientId(3), null],
    ['completed', clientId(3), decimal('0.005')],
  ])
  expect(made.heard.onFill).toEqual([
    [
      {
        tradeId: 'TGBB7L-HT5LX-J3BZ4A',
        venueId: 'kraken',
        instrumentId: BTC,
        venueOrderId: 'OK4GJX-KSTLS-7DZZO5',
        clientOrderId: clientId(3),
        side: 'sell',
        quantity: decimal('0.005'),
        price: decimal('26599.9'),
        cost: decimal('132.9995'),
        feeAsset: 'USD',
        feeQuantity: decimal('0.3458'),
        liquidity: 'taker',
        venueAtMs: Date.parse('2023-09-22T10:33:05.709Z'),
        userref: null,
      },
    ],
  ] as never)
})

test('PAIN-10 a fee in base or in a third asset is told in that asset; fee credits are no money; PFL-10 an order’s number comes with its fill', () => {
  for (const [fees, asset, quantity] of [
    ['{"asset":"BTC","qty":0.00001}', 'BTC', '0.00001'],
    ['{"asset":"ETH","qty":0.0002}', 'ETH', '0.0002'],
    ['{"asset":"KFEE","qty":12}', 'USD', '0'],
  ] as const) {
    const made = connected()
    executions(made, 2, PENDING.replace(`"cl_ord_id":"${clientId(3)}",`, '').replace('"order_userref":0', '"order_userref":1001'))
    executions(made, 3, TRADE.replace('{"asset":"USD","qty":0.3458}', fees).replaceAll('"order_userref":0,', ''))
    expect(made.heard.onFill[0]?.[0]).toMatchObject({ feeAsset: asset, feeQuantity: quantity, userref: 1001, clientOrderId: null } as never)
  }
})

test('VEN-04 cancel, expiry and amend reports carry their reason and figures', () => {
  const made = connected()
  const item = (type: string, more = ''): string =>
    `{"timestamp":"2023-09-22T10:41:12.000101Z","order_status":"${type === 'amended' ? 'new' : type}","exec_type":"${type}","order_id":"O${type.toUpperCase()}"${more}}`
  executions(made, 2, item('canceled', ',"cum_qty":0.00000000,"cancel_reason":"User requested","reason":"Post only order"'))
  executions(made, 3, item('expired', ',"cum_qty":0.10'))
  executions(made, 4, item('amended', ',"reason":"User requested","order_qty":1.20000000,"limit_price":26501.5,"cum_qty":0'))
  executions(made, 5, item('restated', ',"reason":"STP","order_qty":0.7,"cum_qty":0').replace('"restated","exec', '"new","exec'))
  executions(made, 6, item('iceberg_refill').replace('"order_status":"iceberg_refill"', '"order_status":"new"'))
  const seen = made.heard.onOrderReport.map(([r]) => [r.kind, r.filledQuantity, r.quantity, r.limitPrice, r.reason])
  expect(seen).toEqual([
    ['canceled', '0', null, null, 'Post only order'],
    ['expired', '0.1', null, null, null],
    ['amended', '0', '1.2', '26501.5', 'User requested'],
    ['amended', '0', '0.7', null, 'STP'],
  ] as never)
})

test('VEN-04 a fill that cannot be completed is a fault, never a guess', () => {
  const made = connected()
  executions(made, 2, TRADE.replace('"symbol":"BTC/USD","side":"sell",', ''))
  executions(made, 3, TRADE.replace('"side":"sell",', '').replace('OK4GJX', 'OK4GJY'))
  executions(made, 4, TRADE.replace('"last_qty":0.00500000,', '').replace('OK4GJX', 'OK4GJZ'))
  expect(made.heard.onFill).toEqual([])
  expect(made.heard.onFault.map(([fault]) => fault.code)).toEqual(['EXECUTION_INCOMPLETE', 'EXECUTION_INCOMPLETE', 'EXECUTION_INCOMPLETE'])
})

test('VEN-04 a fill whose report lacks everything is completed by what the reply to its submit told', () => {
  const made = connected()
  const outcome = made.venue.submit(approved(), { deadlineAtMs: made.clock.now() + 5_000 })
  const { req_id } = JSON.parse(made.fake.privateSocket.sent.at(-1) ?? '{}')
  made.fake.privateSocket.say({ method: 'add_order', req_id, success: true, result: { order_id: 'OK4GJX-KSTLS-7DZZO5' } })
  executions(made, 2, TRADE.replace('"symbol":"BTC/USD","side":"sell",', ''))
  expect(made.heard.onFill[0]?.[0]).toMatchObject({
    clientOrderId: clientId(1),
    instrumentId: BTC,
    side: 'buy',
    quantity: '0.005',
  } as never)
  expect(settle(made.clock, outcome)).toMatchObject({ kind: 'accepted' })
})

test('VEN-15 an order that the snapshot of a new connection lacks reserves no cancel any more', () => {
  const made = connected()
  const submit = (seed: number) =>
    made.venue.submit(approved({ clientOrderId: clientId(seed) }), { deadlineAtMs: made.clock.now() + 5_000 })
  for (let seed = 10; seed < 20; seed++) void submit(seed)
  made.clock.advance(6_000)
  void submit(20)
  const { req_id } = JSON.parse(made.fake.privateSocket.sent.at(-1) ?? '{}')
  made.fake.privateSocket.say({ method: 'add_order', req_id, success: false, error: 'EOrder:Rate limit exceeded' })
  const before = made.venue.orderWaitMs(BTC, 'submit')
  made.fake.privateSocket.cut()
  settle(made.clock, made.venue.connect(SIGNAL))
  expect(before).toBeGreaterThan(20_000)
  expect(made.venue.orderWaitMs(BTC, 'submit')).toBeLessThan(5_000)
})

describe('sequence', () => {
  test('MKT-08 a hole is a fault: the frame counts all the same, and the channel is fetched anew', () => {
    const made = connected()
    const before = made.fake.privateSocket.sent.length
    executions(made, 2, PENDING)
    executions(made, 4, TRADE)
    expect(made.heard.onFill).toHaveLength(1)
    expect(made.heard.onFault.map(([fault]) => fault.code)).toEqual(['SEQUENCE_GAP'])
    const frames = made.fake.privateSocket.sent.slice(before).map((text) => JSON.parse(text))
    expect(frames.map(({ method, params }) => [method, params.channel])).toEqual([
      ['unsubscribe', 'executions'],
      ['subscribe', 'executions'],
    ])
    made.clock.advance(50)
    executions(made, 2, FILLED)
    expect(made.heard.onFault).toHaveLength(1)
    expect(made.heard.onOrderReport.at(-1)?.[0].kind).toBe('completed')
  })

  test('MKT-08 a repeated frame says nothing new, and the channel is fetched anew', () => {
    const made = connected()
    executions(made, 2, PENDING)
    executions(made, 3, TRADE)
    executions(made, 3, TRADE)
    expect(made.heard.onFill).toHaveLength(1)
    expect(made.heard.onFault.map(([fault]) => fault.code)).toEqual(['SEQUENCE_GAP'])
  })

  test('MKT-08 balances count apart', () => {
    const made = connected()
    const entry = (id: string): string =>
      `{"ledger_id":"${id}","ref_id":"AGBB7L","timestamp":"2023-09-22T10:33:05.710082Z","type":"trade","asset":"BTC","asset_class":"currency","category":"trade","wallet_type":"spot","wallet_id":"main","amount":-0.005,"fee":0.0,"balance":1.195}`
    made.fake.privateSocket.say(`{"channel":"balances","type":"update","data":[${entry('L1')}],"sequence":2}`)
    made.fake.privateSocket.say(
      `{"channel":"balances","type":"update","data":[${entry('L2').replace('"trade","asset"', '"deposit","asset"')}],"sequence":3}`,
    )
    expect(made.heard.onFault).toEqual([])
    expect(made.heard.onBalanceChange.map(([change]) => change)).toEqual([
      {
        ledgerId: 'L1',
        kind: 'trade',
        asset: 'BTC',
        amount: '-0.005',
        fee: '0',
        balanceAfter: '1.195',
        venueAtMs: Date.parse('2023-09-22T10:33:05.710Z'),
      },
      {
        ledgerId: 'L2',
        kind: 'deposit',
        asset: 'BTC',
        amount: '-0.005',
        fee: '0',
        balanceAfter: '1.195',
        venueAtMs: Date.parse('2023-09-22T10:33:05.710Z'),
      },
    ] as never)
    made.fake.privateSocket.say(`{"channel":"balances","type":"update","data":[${entry('L9')}],"sequence":9}`)
    expect(made.heard.onFault.map(([fault]) => fault.code)).toEqual(['SEQUENCE_GAP'])
  })
})

describe('token', () => {
  test('VEN-04 a token that the venue does not know is replaced, and the subscriptions are made anew', () => {
    const made = rig()
    let tokens = 0
    made.fake.rest.set('GetWebSocketsToken', () => ({ result: { token: `token ${++tokens}`, expires: 900 } }))
    made.fake.intercept = (socket, frame) => {
      const params = frame['params'] as { token?: string } | undefined
      if (params?.token !== 'token 1') return false
      socket.say({ method: 'subscribe', req_id: frame['req_id'], success: false, error: 'ESession:Invalid session' })
      return true
    }
    settle(made.clock, made.venue.connect(SIGNAL))
    expect(tokens).toBe(2)
    expect(made.venue.health().privateStream).toBe('up')
  })

  test('VEN-04 a venue that knows no token at all ends the attempt as an authentication error', () => {
    const made = rig()
    made.fake.intercept = (socket, frame) => {
      if ((frame['params'] as { token?: string } | undefined)?.token === undefined) return false
      socket.say({ method: 'subscribe', req_id: frame['req_id'], success: false, error: 'ESession:Invalid session' })
      return true
    }
    expect(failureOf(made.clock, made.venue.connect(SIGNAL))).toMatchObject({ code: 'VENUE_AUTH' })
    expect(made.fake.callsOf('GetWebSocketsToken').length).toBeLessThanOrEqual(3)
  })

  test('VEN-04 a key without the right to the stream is an authentication error', () => {
    const made = rig()
    made.fake.rest.set('GetWebSocketsToken', () => ({ error: 'EGeneral:Permission denied' }))
    expect(failureOf(made.clock, made.venue.connect(SIGNAL))).toMatchObject({ code: 'VENUE_AUTH' })
    expect(made.fake.sockets.every((socket) => socket.isClosed)).toBe(true)
  })

  test('VEN-04 each connection fetches its own token', () => {
    const made = connected()
    made.fake.privateSocket.cut()
    expect(made.heard.onStream.at(-1)?.[0]).toMatchObject({ stream: 'private', state: 'down' })
    settle(made.clock, made.venue.connect(SIGNAL))
    expect(made.fake.callsOf('GetWebSocketsToken')).toHaveLength(2)
  })
})

test('PAIN-04 a private stream that goes quiet is silent, and dropped', () => {
  const made = connected()
  made.fake.heartbeatMs = 0
  made.clock.advance(10_000)
  const states = made.heard.onStream.filter(([event]) => event.stream === 'private').map(([event]) => event.state)
  expect(states).toEqual(['up', 'silent', 'down'])
})

test('MKT-08 malformed private messages are counted, told, and thrown at nobody', () => {
  const made = connected()
  const rubbish = [
    '{"channel":"executions","type":"update","data":[{}],"sequence":2}',
    FILLED_BADLY,
    '{"channel":"level3"}',
    '{"a":',
    '{"Error":"Exceeded msg rate"}',
  ]
  for (const text of rubbish) made.fake.privateSocket.say(text)
  made.fake.privateSocket.say('CloudFlare WebSocket proxy restarting')
  expect(made.venue.health()).toMatchObject({ malformedMessages: 5, privateStream: 'up' })
})
