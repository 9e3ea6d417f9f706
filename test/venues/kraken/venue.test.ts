/** The composed venue against a scripted fake of Kraken in virtual time. */
import { expect, test } from 'bun:test'
import { decimal } from '#domain/decimal'
import { instrumentId } from '#domain/ids'
import { API_KEY, API_SECRET, approved, BTC, connected, failureOf, MATIC, rig, START_MS, settle } from './fake-kraken'

test('VEN-03 instruments carry the account own fees: of the pair where stated, else of the step of the volume', () => {
  const { clock, fake, venue } = rig()
  fake.rest.set('TradeVolume', (call) => ({
    result: {
      currency: 'ZUSD',
      volume: '12000.5000',
      fees: call.parameters.get('pair') === 'XBTUSD' ? { XXBTZUSD: { fee: '0.3000', nextfee: null } } : {},
      fees_maker: call.parameters.get('pair') === 'XBTUSD' ? { XXBTZUSD: { fee: '-0.0200', nextfee: null } } : {},
    },
  }))
  venue.subscribe([{ instrumentId: BTC, channels: ['quote'], timeframes: [] }])
  const instruments = settle(clock, venue.instruments())
  const of = (id: typeof BTC) => instruments.find((one) => one.instrumentId === id)
  expect(of(BTC)).toMatchObject({ takerFeeBps: '30', makerFeeBps: '-2' })
  expect(of(MATIC)).toMatchObject({ takerFeeBps: '35', makerFeeBps: '35' })
  expect(of(instrumentId('SOL-USD@kraken'))).toMatchObject({ status: 'postOnly', makerFeeBps: '20' })
})

test('VEN-05 a region that the venue has no list for is no reason to stop', () => {
  const { clock, fake, venue } = rig()
  const all = fake.rest.get('AssetPairs')
  fake.rest.set('AssetPairs', (call) =>
    call.parameters.has('country_code') ? { error: 'EGeneral:Invalid arguments' } : (all?.(call) ?? { result: {} }),
  )
  expect(settle(clock, venue.instruments()).length).toBeGreaterThan(4)
})

test('MKT-03 history asks for the interval, drops the running candle and what is older than asked', () => {
  const { clock, fake, venue } = rig()
  const minute = Math.floor(START_MS / 60_000) * 60
  const row = (index: number): unknown => [minute + index * 60, '1.5', '3', '1', '2', '0.0', '4.25', 7]
  fake.rest.set('OHLC', () => ({ result: { XXBTZUSD: [row(-3), row(-2), row(-1), row(0)], last: minute - 60 } }))
  const bars = settle(clock, venue.history(BTC, '1m', (minute - 120) * 1_000))
  const bar = (index: number) => ({
    openAtMs: (minute + index * 60) * 1_000,
    closeAtMs: (minute + index * 60 + 60) * 1_000,
    open: 1.5,
    high: 3,
    low: 1,
    close: 2,
    volume: 4.25,
  })
  expect(bars).toEqual([bar(-2), bar(-1)])
  expect(fake.callsOf('OHLC')[0]?.parameters.get('interval')).toBe('1')
  expect(fake.callsOf('OHLC')[0]?.parameters.get('pair')).toBe('XBTUSD')
  settle(clock, venue.history(BTC, '1d', 0))
  expect(fake.callsOf('OHLC')[1]?.parameters.get('interval')).toBe('1440')
  expect(failureOf(clock, venue.history(instrumentId('NONE-USD@kraken'), '1m', 0))).toMatchObject({ code: 'UNKNOWN_INSTRUMENT' })
})

test('VEN-03 ticker, depth and trades are read exactly, the paging mark of trades as text', () => {
  const { clock, fake, venue } = rig()
  fake.rest.set('Ticker', () => ({
    result: {
      XXBTZUSD: {
        a: ['30300.10000', '1', '1.000'],
        b: ['30300.00000', '1', '1.000'],
        c: ['30303.20000', '0.00067643'],
        v: ['4083.67', '4412.73601799'],
        p: ['1', '1'],
        t: [1, 2],
        l: ['1', '1'],
        h: ['1', '1'],
        o: '1',
      },
    },
  }))
  fake.rest.set('Depth', () => ({
    result: { XXBTZUSD: { asks: [['30384.10000', '2.059', 1688671659]], bids: [['30297.00000', '1.115', 1688671636]] } },
  }))
  const page =
    '{"error":[],"result":{"XXBTZUSD":[["30243.40000","0.34507674",1688669597.8277369,"b","m","",61044952]],"last":"1688671969993150842"}}'
  fake.rest.set('Trades', () => ({ kind: 'answer', status: 200, headers: {}, body: page }))
  expect(settle(clock, venue.publicRest.ticker(['XBTUSD']))['XXBTZUSD']).toMatchObject({
    a: [decimal('30300.1'), '1', '1'],
    c: ['30303.2', '0.00067643'],
  })
  expect(settle(clock, venue.publicRest.depth('XBTUSD', 10)).asks).toEqual([[decimal('30384.1'), decimal('2.059'), 1_688_671_659_000]])
  expect(settle(clock, venue.publicRest.trades('XBTUSD', '1688669597827736901'))).toEqual({
    trades: [
      { tradeKey: '61044952', price: decimal('30243.4'), quantity: decimal('0.34507674'), side: 'buy', venueAtMs: 1_688_669_597_828 },
    ],
    last: '1688671969993150842',
  })
  expect(fake.callsOf('Trades')[0]?.parameters.get('since')).toBe('1688669597827736901')
})

test('VEN-04 the rest of the private methods', () => {
  const { clock, fake, venue } = rig()
  fake.rest.set('Balance', () => ({ result: { ZUSD: '171288.6158', 'ETH2.S': '198.3970800000' } }))
  fake.rest.set('TradeBalance', () => ({ result: { eb: '1101.3425', tb: '392.2264', m: '7.0354', e: '382.2032', mf: '375.1678' } }))
  fake.rest.set('GetApiKeyInfo', () => ({
    result: {
      api_key_name: 'bot',
      api_key: 'x',
      nonce: '1700000000000000001',
      nonce_window: '0',
      permissions: ['query-funds', 'modify-trades'],
    },
  }))
  fake.rest.set('AmendOrder', () => ({ result: { amend_id: 'TTW6PD-RC36L-ZZSWNU' } }))
  fake.rest.set('AddOrder', () => ({ error: 'EAPI:Invalid nonce' }))
  expect(settle(clock, venue.rest.balance())).toEqual({ ZUSD: decimal('171288.6158'), 'ETH2.S': decimal('198.39708') })
  expect(settle(clock, venue.rest.tradeBalance('ZUSD')).e).toBe(decimal('382.2032'))
  expect(settle(clock, venue.rest.apiKeyInfo()).permissions).toEqual(['query-funds', 'modify-trades'])
  const amend = venue.rest.amendOrder('c', decimal('1.25'), decimal('27400'), true, '2026-06-01T12:00:40.000Z')
  expect(settle(clock, amend)).toMatchObject({ kind: 'answer' })
  expect(fake.callsOf('AmendOrder')[0]?.request.body).toContain(
    'order_qty=1.25&post_only=true&deadline=2026-06-01T12%3A00%3A40.000Z&limit_price=27400',
  )
  // An order is never sent a second time by itself, not even after a nonce that was refused.
  const add = venue.rest.addOrder(
    {
      pair: 'XBTUSD',
      side: 'buy',
      type: 'limit',
      quantity: decimal('1'),
      limitPrice: decimal('2'),
      timeInForce: 'GTD',
      expiresAtMs: 1_700_000_000_500,
      postOnly: true,
      clientOrderId: 'c',
    },
    'soon',
  )
  expect(settle(clock, add)).toMatchObject({ kind: 'fault' })
  expect(fake.callsOf('AddOrder')).toHaveLength(1)
  expect(fake.callsOf('AddOrder')[0]?.request.body).toContain('&timeinforce=GTD&expiretm=1700000000&oflags=post&deadline=soon')
})

test('RUN-10 a preview has the venue check the order, and places nothing', () => {
  const { clock, fake, venue } = rig()
  settle(clock, venue.instruments())
  fake.rest.set('AddOrder', () => ({ result: { descr: { order: 'buy 0.01000000 XBTUSD @ limit 30000.1' } } }))
  expect(settle(clock, venue.preview(approved()))).toEqual({ kind: 'valid', description: 'buy 0.01000000 XBTUSD @ limit 30000.1' })
  const [call] = fake.callsOf('AddOrder')
  expect(call?.parameters.get('validate')).toBe('true')
  expect(call?.parameters.get('price')).toBe('30000.1')
  fake.rest.set('AddOrder', () => ({ error: 'EOrder:Insufficient funds' }))
  expect(settle(clock, venue.preview(approved()))).toMatchObject({ kind: 'refused', refusal: { code: 'insufficientFunds' } })
  fake.rest.set('AddOrder', () => ({ error: 'EService:Unavailable' }))
  expect(settle(clock, venue.preview(approved()))).toMatchObject({ kind: 'unanswered' })
  expect(settle(clock, venue.preview(approved({ limitPrice: decimal('0.15') })))).toMatchObject({
    kind: 'refused',
    refusal: { code: 'tickSize' },
  })
})

test('the clock drift comes from a ping on the stream, and from REST without one', () => {
  const made = connected()
  made.clock.stepWallClock(-2_500)
  expect(Math.abs(settle(made.clock, made.venue.clockDriftMs()) - 2_500)).toBeLessThanOrEqual(6)
  made.venue.disconnect()
  made.fake.rest.set('Time', () => ({ result: { unixtime: Math.floor(made.clock.timeLineMs / 1_000), rfc1123: 'x' } }))
  expect(Math.abs(settle(made.clock, made.venue.clockDriftMs()) - 2_500)).toBeLessThanOrEqual(510)
})

test('a stream that does not answer the ping leaves the question to REST', () => {
  const made = connected()
  made.fake.intercept = (_, frame) => frame['method'] === 'ping'
  made.fake.rest.set('Time', () => ({ result: { unixtime: Math.floor(made.clock.timeLineMs / 1_000), rfc1123: 'x' } }))
  expect(Math.abs(settle(made.clock, made.venue.clockDriftMs()))).toBeLessThanOrEqual(510)
})

test('VEN-04 balances are those of BalanceEx', () => {
  const made = connected()
  made.fake.rest.set('BalanceEx', () => ({ result: { ZUSD: { balance: '100.5000', hold_trade: '0.5000' } } }))
  expect(settle(made.clock, made.venue.balances())).toEqual([{ asset: 'USD', total: '100.5', reserved: '0.5' }] as never)
})

test('connecting without a listener is a bug of ours', () => {
  const made = rig()
  made.venue.listen(null as never)
  expect(failureOf(made.clock, made.venue.connect(new AbortController().signal))).toMatchObject({ code: 'INVARIANT_BROKEN' })
})

test('I9 the key and the secret are in no mark, log line, frame or public request', () => {
  const made = connected()
  const shown = JSON.stringify([
    [...made.marks.map],
    made.heard,
    made.fake.sockets.map((socket) => socket.sent),
    made.fake.calls.filter((call) => !call.isPrivate).map((call) => call.request),
    made.fake.calls.map((call) => call.request.body),
  ])
  expect(shown).not.toContain(API_KEY)
  expect(shown).not.toContain(API_SECRET)
})
