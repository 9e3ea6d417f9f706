import { describe, expect, test } from 'bun:test'
import { type Answer, Bench, limit, market } from './harness'

// Virtual time: market data, accounts and limits over REST.

describe('time and products', () => {
  test('SIM-01 time has camel-case texts, iso in whole seconds', async () => {
    const bench = new Bench()
    bench.clock.advance(482)
    expect(await bench.open('/time')).toEqual({ iso: '2026-01-05T12:00:00Z', epochSeconds: '1767614400', epochMillis: '1767614400482' })
  })

  test('SIM-01 a product has every documented field in its documented type', async () => {
    const bench = new Bench()
    const row = await bench.open('/market/products/BTC-USD')
    expect(row).toMatchObject({
      product_id: 'BTC-USD',
      price: '62500',
      base_increment: '0.00000001',
      quote_increment: '0.01',
      price_increment: '0.01',
      quote_min_size: '1',
      quote_max_size: '150000000',
      base_min_size: '0.00000001',
      base_max_size: '3400',
      base_name: 'Bitcoin',
      quote_name: 'US Dollar',
      watched: false,
      is_disabled: false,
      new: false,
      status: 'online',
      cancel_only: false,
      limit_only: false,
      post_only: false,
      trading_disabled: false,
      auction_mode: false,
      product_type: 'SPOT',
      quote_currency_id: 'USD',
      base_currency_id: 'BTC',
      fcm_trading_session_details: null,
      mid_market_price: '',
      alias: '',
      alias_to: ['BTC-USDC'],
      base_display_symbol: 'BTC',
      quote_display_symbol: 'USD',
      view_only: false,
      display_name: 'BTC-USD',
      product_venue: 'CBE',
      best_bid_price: '',
    })
    for (const key of ['price_percentage_change_24h', 'volume_24h', 'approximate_quote_24h_volume']) expect(typeof row[key]).toBe('string')
    expect(await bench.open('/market/products/BTC-USDC')).toMatchObject({ alias: 'BTC-USD', alias_to: [], quote_currency_id: 'USDC' })
    const unknown = await bench.send('GET', '/market/products/NOPE-USD', '', undefined, bench.main, null)
    expect([unknown.status, unknown.json]).toEqual([404, { error: 'NOT_FOUND', message: 'Product NOPE-USD not supported' }])
  })

  test('SIM-01 the list has no pagination, futures between the rest, delisted rows with empty increments when all are asked for', async () => {
    const bench = new Bench()
    const list = await bench.open('/market/products')
    expect([list.pagination, list.num_products]).toEqual([null, list.products.length])
    expect(list.products.map((row: Answer) => row.product_id)).toContain('BTC-USD')
    expect(list.products[1]).toMatchObject({ product_type: 'FUTURE', status: '', product_venue: 'FCM' })
    expect(list.products.some((row: Answer) => row.status === 'delisted')).toBe(false)
    const all = await bench.open('/market/products', 'get_all_products=true&product_type=SPOT')
    const dead = all.products.find((row: Answer) => row.status === 'delisted')
    expect(dead).toMatchObject({ price: '', base_increment: '', price_increment: '', is_disabled: true })
    const some = await bench.open('/market/products', 'product_ids=ETH-USD&product_ids=XRP-USDC')
    expect(some.products.map((row: Answer) => row.product_id)).toEqual(['ETH-USD', 'XRP-USDC'])
    expect((await bench.open('/market/products', 'limit=2&offset=2')).products).toHaveLength(2)
    expect((await bench.get('/products')).products).toHaveLength(list.products.length)
    expect((await new Bench({ mixesFutures: false }).open('/market/products')).products[1].product_type).toBe('SPOT')
  })
})

describe('market data', () => {
  test('SIM-01 the book is best first, capped at 1000, with figures of its middle', async () => {
    const bench = new Bench()
    await bench.quote('BUY', '63000.00', '0.2')
    await bench.quote('SELL', '63000.01', '0.35')
    const book = await bench.open('/market/product_book', 'product_id=BTC-USD&limit=2')
    expect(book).toMatchObject({
      pricebook: {
        product_id: 'BTC-USD',
        bids: [{ price: '63000', size: '0.2' }, { price: '62500' }],
        time: '2026-01-05T12:00:00.000000Z',
      },
      last: '62500',
      mid_market: '63000.005',
      // 0.01 / 63000.005 in ten-thousandths
      spread_bps: '0.0015873',
      spread_absolute: '0.01',
    })
    expect([book.pricebook.bids.length, book.pricebook.asks.length]).toEqual([2, 2])
    const steps = await bench.open('/market/product_book', 'product_id=BTC-USD&limit=3&aggregation_price_increment=100')
    for (const { price } of [...steps.pricebook.bids, ...steps.pricebook.asks]) expect(Number(price) % 100).toBe(0)
    expect((await bench.send('GET', '/product_book', 'product_id=BTC-USD&aggregation_price_increment=0.003', undefined)).status).toBe(400)
    const best = await bench.get('/best_bid_ask', 'product_ids=BTC-USD')
    expect(best.pricebooks).toEqual([
      {
        product_id: 'BTC-USD',
        bids: [{ price: '63000', size: '0.2' }],
        asks: [{ price: '63000.01', size: '0.35' }],
        time: '2026-01-05T12:00:00.000000Z',
      },
    ])
    expect((await bench.get('/best_bid_ask')).pricebooks.length).toBeGreaterThan(5)
    expect((await bench.send('GET', '/best_bid_ask', '', undefined, bench.main, null)).status).toBe(401)
  })

  test('SIM-01 candles: newest first, both ends count, more than 350 are refused, silent buckets are left out', async () => {
    const bench = new Bench()
    const endSec = 1_767_614_400
    const ask = (start: number, end: number, granularity: string): Promise<Answer> =>
      bench.open('/market/products/BTC-USD/candles', `start=${start}&end=${end}&granularity=${granularity}&limit=350`)
    const { candles } = await ask(endSec - 3_600, endSec - 300, 'FIVE_MINUTE')
    const starts = candles.map((row: Answer) => Number(row.start))
    expect([starts[0], starts.at(-1)]).toEqual([endSec - 300, endSec - 3_600])
    expect(starts).toEqual(starts.toSorted((a: number, b: number) => b - a))
    expect(Object.keys(candles[0])).toEqual(['start', 'low', 'high', 'open', 'close', 'volume'])
    for (const row of candles) expect(Number(row.high)).toBeGreaterThanOrEqual(Number(row.low))
    expect((await ask(endSec - 86_400, endSec - 1, 'SIX_HOUR')).candles.length).toBe(4)
    expect((await ask(endSec - 349 * 60, endSec, 'ONE_MINUTE')).candles.length).toBeGreaterThan(300)
    const wide = await bench.send(
      'GET',
      '/products/BTC-USD/candles',
      `start=${endSec - 350 * 60}&end=${endSec}&granularity=ONE_MINUTE`,
      undefined,
    )
    const text = 'start and end argument is invalid - number of candles requested should be less than 350'
    expect([wide.status, wide.json]).toEqual([400, { error: 'INVALID_ARGUMENT', error_details: text, message: text }])
    expect((await bench.send('GET', '/products/BTC-USD/candles', `start=1&end=2&granularity=HOURLY`, undefined)).status).toBe(400)
    // Nothing trades while the market is disabled: those minutes have no row.
    bench.emulator.setProduct('BTC-USD', { tradingDisabled: true })
    bench.clock.advance(300_000)
    bench.emulator.setProduct('BTC-USD', {})
    bench.clock.advance(120_000)
    const later = await ask(endSec, endSec + 420, 'ONE_MINUTE')
    const minutes = later.candles.map((row: Answer) => (Number(row.start) - endSec) / 60)
    expect(minutes.includes(2)).toBe(false)
    expect(minutes[0]).toBeGreaterThanOrEqual(5)
  })

  test('SIM-01 trades: newest first, the maker’s side, at most 100; 1001 is an internal error', async () => {
    const bench = new Bench()
    await bench.quote('SELL', '63000', '1')
    for (let count = 0; count < 105; count++) await bench.placed('BUY', market({ base_size: '0.001' }))
    const { trades, best_bid, best_ask } = await bench.open('/market/products/BTC-USD/ticker', 'limit=500')
    expect([trades.length, best_bid, best_ask]).toEqual([100, '62500', '63000'])
    expect(trades[0]).toMatchObject({
      product_id: 'BTC-USD',
      price: '63000',
      size: '0.001',
      side: 'SELL',
      bid: '',
      ask: '',
      exchange: 'coinbase',
    })
    expect(Number(trades[0].trade_id)).toBe(Number(trades[99].trade_id) + 99)
    expect((await bench.send('GET', '/market/products/BTC-USD/ticker', 'limit=1001', undefined, bench.main, null)).status).toBe(500)
    expect((await bench.open('/market/products/BTC-USD/ticker', 'limit=5&start=1767614401')).trades).toEqual([])
  })
})

describe('accounts', () => {
  test('SIM-01 pages of 49, of 250 at most; the quote wallet comes late', async () => {
    const bench = new Bench()
    const first = await bench.get('/accounts')
    expect([first.accounts.length, first.size, first.has_next]).toEqual([49, 49, true])
    expect(first.accounts.some((one: Answer) => one.currency === 'USD')).toBe(false)
    const second = await bench.get('/accounts', `cursor=${encodeURIComponent(first.cursor)}`)
    expect([second.has_next, second.cursor]).toEqual([false, ''])
    const usd = second.accounts.find((one: Answer) => one.currency === 'USD')
    expect(usd).toMatchObject({
      name: 'USD Wallet',
      available_balance: { value: '100000', currency: 'USD' },
      default: true,
      active: true,
      deleted_at: null,
      type: 'ACCOUNT_TYPE_FIAT',
      ready: true,
      hold: { value: '0', currency: 'USD' },
      platform: 'ACCOUNT_PLATFORM_CONSUMER',
    })
    expect((await bench.get(`/accounts/${usd.uuid}`)).account).toEqual(usd)
    expect((await bench.send('GET', '/accounts/nobody', '', undefined)).status).toBe(404)
    const many = new Bench({ emptyWallets: 300 })
    expect((await many.get('/accounts', 'limit=1000')).accounts).toHaveLength(250)
    const { portfolios } = await bench.get('/portfolios')
    expect(portfolios).toEqual([{ name: 'Default', uuid: usd.retail_portfolio_id, type: 'DEFAULT', deleted: false }])
  })
})

describe('limits', () => {
  test('SIM-01 30 private requests a second with their headers, 10 public ones without', async () => {
    const bench = new Bench({ hasLimits: true })
    const replies = []
    for (let count = 0; count < 31; count++) replies.push(await bench.send('GET', '/key_permissions', '', undefined))
    expect(replies.map((reply) => reply.status)).toEqual([...Array(30).fill(200), 429])
    expect(replies[0]?.headers).toMatchObject({ 'x-ratelimit-limit': '30', 'x-ratelimit-remaining': '29', 'x-ratelimit-reset': '1' })
    expect(replies[30]?.headers['x-ratelimit-remaining']).toBe('0')
    expect(replies[30]?.json.errors[0].id).toBe('rate_limit_exceeded')
    expect((await bench.send('GET', '/key_permissions', '', undefined, bench.other)).status).toBe(200)
    const open = []
    for (let count = 0; count < 11; count++) open.push(await bench.send('GET', '/time', '', undefined, bench.main, null))
    expect(open.map((reply) => reply.status)).toEqual([...Array(10).fill(200), 429])
    expect(Object.keys(open[0]?.headers ?? {}).some((name) => name.startsWith('x-ratelimit'))).toBe(false)
    bench.clock.advance(1_000)
    expect((await bench.send('GET', '/time', '', undefined, bench.main, null)).status).toBe(200)
    const empty = new Bench({ hasLimits: true, rateLimitBody: 'empty' })
    for (let count = 0; count < 10; count++) await empty.open('/time')
    expect((await empty.send('GET', '/time', '', undefined, empty.main, null)).text).toBe('')
  })

  test('SIM-01 OPEN orders are listed up to 1000', async () => {
    const bench = new Bench()
    for (let count = 0; count < 1_001; count++) await bench.placed('BUY', limit('0.001', '1000'))
    expect((await bench.get('/orders/historical/batch', 'order_status=OPEN')).orders).toHaveLength(1_000)
  }, 20_000)
})
