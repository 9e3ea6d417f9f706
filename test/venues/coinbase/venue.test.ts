import { expect, test } from 'bun:test'
import { settle } from '../kraken/fake-kraken'
import { approved, BTC, BTC_USDC, bookEvent, clientId, connected, http, product, userOrder } from './fake-coinbase'

const created = (id = 'o-1') => ({ success: true, success_response: { order_id: id }, order_configuration: null })
const submit = (rig: ReturnType<typeof connected>, order = approved()) =>
  settle(rig.clock, rig.venue.submit(order, { deadlineAtMs: rig.clock.now() + 5_000 }))
const fillRow = (entry: string, size: string) => ({
  entry_id: entry,
  trade_id: `t-${entry}`,
  order_id: 'o-1',
  trade_time: '2026-01-01T00:00:32.100Z',
  trade_type: 'FILL',
  price: '61000',
  size,
  commission: '2.196',
  product_id: 'BTC-USD',
  liquidity_indicator: 'TAKER',
  size_in_quote: false,
  side: 'BUY',
})

test('VEN-06 connects both streams (virtual time, scripted fake): a book and quotes for the alias as well', () => {
  const rig = connected()
  rig.clock.advance(100)
  expect(rig.heard.onStream.map(([event]) => `${event.stream} ${event.state}`).sort()).toEqual(['private up', 'public up'])
  expect(rig.heard.onBook.map(([id, book]) => [id, book?.instrumentId, book?.asks[0]?.price].map(String))).toEqual([
    [BTC, BTC, '61234.56'],
    [BTC_USDC, BTC_USDC, '61234.56'],
  ])
  expect(rig.heard.onQuote.map(([quote]) => quote.instrumentId)).toEqual([BTC, BTC_USDC])
  expect(rig.heard.onFault).toEqual([])
  expect(new Set(rig.tokens).size).toBe(rig.tokens.length)
})

test('VEN-06 MKT-08 a hole in the numbers withdraws the books until a new snapshot; a repeat is passed over (virtual time)', () => {
  const rig = connected()
  rig.clock.advance(100)
  rig.heard.onBook.length = 0
  rig.fake.say(rig.fake.market, 'l2_data', [bookEvent('update', 'BTC-USD', [['bid', '61234.54', '1']])], 2)
  expect(rig.heard.onBook.map(([, book]) => book)).toEqual([null, null])
  rig.clock.advance(100)
  expect(rig.heard.onBook.slice(2).every(([, book]) => book !== null)).toBe(true)
  expect(rig.heard.onFault.map(([fault]) => fault.code)).toContain('SEQUENCE_GAP')
})

test('VEN-06 a lost market stream comes back by itself, and the user stream stays (virtual time)', () => {
  const rig = connected()
  rig.clock.advance(100)
  const { user } = rig.fake
  rig.fake.market.cut()
  expect(rig.heard.onStream.at(-1)?.[0]).toMatchObject({ stream: 'public', state: 'silent' })
  expect(rig.heard.onBook.at(-1)?.[1]).toBeNull()
  rig.clock.advance(3_000)
  expect(rig.heard.onStream.at(-1)?.[0]).toMatchObject({ stream: 'public', state: 'up' })
  expect(rig.heard.onBook.at(-1)?.[1]).not.toBeNull()
  expect([rig.fake.user, user.isClosed]).toEqual([user, false])
})

test('VEN-06 a submit leaves in its very step, and ends by what the venue said', () => {
  const outcomes: readonly (readonly [object, object])[] = [
    [created(), { kind: 'accepted', venueOrderId: 'o-1' }],
    [
      { success: false, error_response: { error: 'INSUFFICIENT_FUND' } },
      { kind: 'refused', refusal: { code: 'insufficientFunds', retry: 'never' } },
    ],
    [http(502, '<html></html>'), { kind: 'ambiguous' }],
    [http(429, ''), { kind: 'refused', refusal: { retry: 'rateLimited' } }],
    [http(200, 'not json'), { kind: 'ambiguous' }],
    [{ kind: 'lost', reason: 'timeout' }, { kind: 'ambiguous' }],
    [
      { kind: 'unsent', reason: 'refused' },
      { kind: 'refused', refusal: { code: 'notSent', retry: 'transient' } },
    ],
  ]
  for (const [reply, outcome] of outcomes) {
    const rig = connected({}, (fake) => fake.rest.set('/orders', () => reply))
    const answer = rig.venue.submit(approved(), { deadlineAtMs: rig.clock.now() + 5_000 })
    expect(rig.fake.callsOf('/orders')).toHaveLength(1)
    expect(settle(rig.clock, answer)).toMatchObject(outcome)
    expect(rig.fake.callsOf('/orders')[0]?.body).toMatchObject({
      client_order_id: clientId(1),
      order_configuration: { limit_limit_gtc: { base_size: '0.01', post_only: false } },
    })
  }
})

test('EXE-03 an id that has its order is not sent again, and a frame proves an order whose answer was lost (virtual time)', () => {
  const rig = connected({}, (fake) => fake.rest.set('/orders', () => ({ kind: 'lost', reason: 'timeout' })))
  const answer = rig.venue.submit(approved(), { deadlineAtMs: rig.clock.now() + 5_000 })
  rig.fake.say(rig.fake.user, 'user', [{ type: 'update', orders: [userOrder()] }])
  expect(settle(rig.clock, answer)).toEqual({ kind: 'accepted', venueOrderId: 'o-1' as never })
  expect(submit(rig)).toMatchObject({ kind: 'refused', refusal: { code: 'duplicateClientOrderId' } })
})

test('EXE-04 frames count, the list of executions names them, late ones are asked for again, and each is told once (virtual time)', () => {
  let rows: object[] = []
  const rig = connected({}, (fake) => {
    fake.rest.set('/orders', () => created())
    fake.rest.set('/orders/historical/fills', () => ({ fills: rows, cursor: '' }))
  })
  submit(rig)
  const say = (more: Record<string, unknown>) => rig.fake.say(rig.fake.user, 'user', [{ type: 'update', orders: [userOrder(more)] }])
  say({})
  say({ cumulative_quantity: '0.003', leaves_quantity: '0.007' })
  rig.clock.advance(100)
  expect(rig.heard.onFill).toEqual([])
  rows = [fillRow('e1', '0.003')]
  rig.clock.advance(1_000)
  rows = [fillRow('e2', '0.007'), fillRow('e1', '0.003')]
  say({ status: 'FILLED', cumulative_quantity: '0.01', leaves_quantity: '0' })
  say({ status: 'OPEN', cumulative_quantity: '0.003', leaves_quantity: '0.007' })
  rig.clock.advance(1_000)
  expect(rig.heard.onOrderReport.map(([report]) => report.kind)).toEqual(['accepted', 'completed'])
  expect(rig.heard.onFill.map(([fill]) => [fill.tradeId, fill.quantity, fill.clientOrderId, fill.feeAsset])).toEqual([
    ['e1', '0.003', clientId(1), 'USD'],
    ['e2', '0.007', clientId(1), 'USD'],
  ] as never)
})

test('EXE-07 no list shows an order: no evidence before its time is over, evidence after (virtual time)', () => {
  const rig = connected({}, (fake) => fake.rest.set('/orders', () => ({ kind: 'lost', reason: 'timeout' })))
  submit(rig)
  const look = () => settle(rig.clock, rig.venue.orderByClientId(clientId(1), rig.clock.now() - 60_000)).kind
  expect(look()).toBe('unanswered')
  rig.clock.advance(16_000)
  expect(look()).toBe('absent')
})

test('VEN-06 each row of a batch of cancels is read (virtual time)', () => {
  const row = (order_id: string, success: boolean, failure_reason: string) => ({ order_id, success, failure_reason })
  const cases = [
    [[row('o-1', true, 'UNKNOWN_CANCEL_FAILURE_REASON')], 'accepted'],
    [[row('o-1', false, 'UNKNOWN_CANCEL_ORDER')], 'unknownOrder'],
    [[row('o-1', false, 'DUPLICATE_CANCEL_REQUEST')], 'accepted'],
    [[row('o-1', false, 'ORDER_IS_BEING_REPLACED')], 'refused'],
    [[], 'ambiguous'],
  ] as const
  for (const [results, kind] of cases) {
    const rig = connected({}, (fake) => fake.rest.set('/orders/batch_cancel', () => ({ results })))
    const answer = rig.venue.cancel({ clientOrderId: clientId(1), venueOrderId: 'o-1' as never, instrumentId: BTC })
    expect(rig.fake.callsOf('/orders/batch_cancel')).toHaveLength(1)
    expect(settle(rig.clock, answer).kind).toBe(kind)
  }
})

test('VEN-06 candles come in windows of 300 at most, gaps filled, without the running one (virtual time)', () => {
  const rig = connected({}, (fake) =>
    fake.rest.set('/market/products/BTC-USD/candles', (query) => ({
      candles: [Number(query.get('end')), Number(query.get('start'))].map((start) => ({
        start: String(start),
        low: '1',
        high: '2',
        open: '1',
        close: '2',
        volume: '3',
      })),
    })),
  )
  const bars = settle(rig.clock, rig.venue.history(BTC, '1m', rig.clock.now() - 400 * 60_000))
  const widths = rig.fake
    .callsOf('/market/products/BTC-USD/candles')
    .map(({ query }) => (Number(query.get('end')) - Number(query.get('start'))) / 60 + 1)
  expect(widths).toEqual([300, 99])
  expect(bars).toHaveLength(399)
})

test('VEN-06 balances come from all pages, vaults left out (virtual time)', () => {
  const wallet = (currency: string, value: string, type = 'ACCOUNT_TYPE_CRYPTO') => ({
    uuid: currency + type,
    currency,
    available_balance: { value },
    hold: { value: '0.10' },
    active: true,
    ready: true,
    type,
  })
  const rig = connected({}, (fake) =>
    fake.rest.set('/accounts', (query) =>
      query.get('cursor') === 'next'
        ? { accounts: [wallet('USD', '318.4500000000000000', 'ACCOUNT_TYPE_FIAT')], has_next: false, cursor: '' }
        : { accounts: [wallet('BTC', '0.5'), wallet('BTC', '9', 'ACCOUNT_TYPE_VAULT')], has_next: true, cursor: 'next' },
    ),
  )
  expect(settle(rig.clock, rig.venue.balances()).map(({ asset, total, reserved }) => [asset, total, reserved] as string[])).toEqual([
    ['BTC', '0.6', '0.1'],
    ['USD', '318.55', '0.1'],
  ])
})

test('EXE-04 an edit names both figures, and is accepted once the order shows them; one that never shows is in doubt (virtual time)', () => {
  for (const shown of ['61005', '61020']) {
    const row = (limit_price: string) => ({
      order: {
        order_id: 'o-1',
        client_order_id: clientId(1),
        product_id: 'BTC-USD',
        side: 'BUY',
        status: 'OPEN',
        order_type: 'LIMIT',
        created_time: '2026-01-01T00:00:31.042317Z',
        filled_size: '0',
        order_configuration: { limit_limit_gtc: { base_size: '0.01', quote_size: '', limit_price, post_only: false } },
      },
    })
    const rig = connected({}, (fake) => {
      fake.rest.set('/orders', () => created())
      fake.rest.set('/orders/edit', () => ({ success: true, errors: [] }))
      fake.rest.set('/orders/historical/o-1', () => row(shown))
    })
    submit(rig)
    rig.fake.say(rig.fake.user, 'user', [{ type: 'update', orders: [userOrder()] }])
    const changed = approved({ limitPrice: '61005' as never })
    const ref = { clientOrderId: clientId(1), venueOrderId: 'o-1' as never, instrumentId: BTC }
    const outcome = settle(rig.clock, rig.venue.amend({ ...ref, approved: changed, deadlineAtMs: rig.clock.now() + 5_000 }))
    expect(rig.fake.callsOf('/orders/edit')[0]?.body).toEqual({ order_id: 'o-1', price: '61005', size: '0.01' })
    expect(outcome.kind).toBe(shown === '61005' ? 'accepted' : 'ambiguous')
    expect(rig.heard.onOrderReport.at(-1)?.[0].kind).toBe(shown === '61005' ? 'amended' : 'accepted')
  }
})

test('VEN-16 the flags of a product become one status, the strictest (virtual time)', () => {
  const cases = [
    [{}, 'online'],
    [{ limit_only: true }, 'limitOnly'],
    [{ limit_only: true, post_only: true }, 'postOnly'],
    [{ post_only: true, cancel_only: true }, 'cancelOnly'],
    [{ view_only: true }, 'cancelOnly'],
    [{ cancel_only: true, trading_disabled: true }, 'offline'],
    [{ status: 'delisted' }, 'offline'],
  ] as const
  for (const [flags, status] of cases) {
    const rig = connected({ productPollMs: 1_000 })
    rig.fake.rest.set('/products', () => ({
      products: [product('BTC-USD', flags), product('OLD-USD', { base_increment: '' })],
      pagination: null,
    }))
    rig.clock.advance(1_500)
    expect(rig.heard.onInstrument.map(([instrument]) => instrument.status)).toEqual(status === 'online' ? [] : [status])
  }
})

test('VEN-07 a refused token is replaced once, a question is asked again with full jitter, and both are counted (virtual time)', () => {
  let count = 0
  const rig = connected({}, (fake) =>
    fake.rest.set(
      '/accounts',
      () => [http(401, 'Unauthorized\n'), http(503, ''), { accounts: [], has_next: false, cursor: '' }][count++] ?? http(500, ''),
    ),
  )
  expect(settle(rig.clock, rig.venue.balances())).toEqual([])
  expect(rig.heard.onFault.map(([fault]) => fault.code)).toEqual(['REQUEST_RETRIED'])
  const headers = rig.fake.callsOf('/accounts').map(({ request }) => request.headers['authorization'])
  expect(new Set(headers).size).toBe(3)
})
