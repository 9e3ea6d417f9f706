import { describe, expect, test } from 'bun:test'
import type { ProductFlags } from '#sim/coinbase/products'
import { type Answer, Bench, limit, market } from './harness'

// Virtual time. The table of product states (protocol sheet §6.1), and one book under two ids (§6.2).

const ioc = { sor_limit_ioc: { base_size: '0.01', limit_price: '64000' } }

/** How a plain limit, a crossing limit, a market and a post-only order fare, and whether a cancel works. */
async function fates(flags: Partial<ProductFlags>): Promise<string> {
  const bench = new Bench()
  await bench.quote('SELL', '63900', '1')
  const open = await bench.placed('BUY', limit('0.01', '62600'))
  bench.emulator.setProduct('BTC-USD', flags)
  const fate = async (configuration: unknown): Promise<string> => {
    const answer = await bench.create('BUY', configuration)
    if (!answer.success) return answer.error_response.preview_failure_reason.replace('PREVIEW_', '')
    return (await bench.order(answer.success_response.order_id)).status
  }
  const all = [
    await fate(limit('0.01', '62600')),
    await fate(limit('0.01', '63900')),
    await fate(market({ base_size: '0.01' })),
    await fate(ioc),
  ]
  all.push(await fate(limit('0.01', '62600', true)))
  await bench.post('/orders/batch_cancel', { order_ids: [open] })
  bench.clock.advance(1)
  return [...all, (await bench.order(open)).status].join(' ')
}

describe('states, switched at run time', () => {
  test('SIM-01 normal trading takes everything', async () => {
    expect(await fates({})).toBe('OPEN FILLED FILLED FILLED OPEN CANCELLED')
  })

  test('SIM-01 limit_only bars market orders alone', async () => {
    expect(await fates({ limitOnly: true })).toBe('OPEN FILLED NOT_ALLOWED_BY_MARKET_STATE FILLED OPEN CANCELLED')
  })

  test('SIM-01 post_only bars whatever would take', async () => {
    const barred = 'NOT_ALLOWED_BY_MARKET_STATE'
    expect(await fates({ postOnly: true })).toBe(`OPEN ${barred} ${barred} ${barred} OPEN CANCELLED`)
  })

  test('SIM-01 an auction collects limits, bars the rest, and trades at its opening', async () => {
    const barred = 'NOT_ALLOWED_BY_MARKET_STATE'
    expect(await fates({ auctionMode: true })).toBe(`OPEN OPEN ${barred} ${barred} ${barred} CANCELLED`)
    const bench = new Bench()
    await bench.quote('SELL', '63900', '1')
    bench.emulator.setProduct('BTC-USD', { auctionMode: true })
    const id = await bench.placed('BUY', limit('0.01', '63900'))
    expect((await bench.order(id)).status).toBe('OPEN')
    bench.emulator.setProduct('BTC-USD', {})
    expect((await bench.order(id)).status).toBe('FILLED')
  })

  test.each([
    { cancelOnly: true },
    { tradingDisabled: true },
    { isDisabled: true },
    { status: 'offline' as const },
    { status: 'delisted' as const },
  ])('SIM-01 %o takes cancels alone', async (flags) => {
    expect(await fates(flags)).toBe(`${Array(5).fill('TRADING_DISABLED').join(' ')} CANCELLED`)
  })

  test('SIM-01 view_only bars this account, and is shown only where it is asked for with a token', async () => {
    expect(await fates({ viewOnly: true })).toBe(`${Array(5).fill('UNTRADABLE_PRODUCT').join(' ')} CANCELLED`)
    const bench = new Bench()
    bench.emulator.setProduct('BTC-USD', { viewOnly: true })
    const query = 'get_tradability_status=true'
    expect((await bench.get('/products/BTC-USD', query)).view_only).toBe(true)
    expect((await bench.get('/products/BTC-USD')).view_only).toBe(false)
    expect((await bench.open('/market/products/BTC-USD', query)).view_only).toBe(false)
  })

  test('SIM-01 combined flags come to the strictest; a cancel while disabled can be refused', async () => {
    expect(await fates({ limitOnly: true, cancelOnly: true, auctionMode: true })).toStartWith('TRADING_DISABLED')
    const bench = new Bench({ cancelsWhileDisabled: false })
    const id = await bench.placed('BUY', limit('0.01', '62600'))
    bench.emulator.setProduct('BTC-USD', { tradingDisabled: true })
    expect((await bench.post('/orders/batch_cancel', { order_ids: [id] })).results[0].failure_reason).toBe('NOT_ALLOWED_TO_CANCEL')
  })

  test('SIM-01 the control endpoint sets them, rows show them, a restart keeps them', async () => {
    const bench = new Bench()
    expect((await bench.control('POST', '/emulator/product', { product_id: 'BTC-USD', post_only: true })).status).toBe(200)
    expect(await bench.open('/market/products/BTC-USD')).toMatchObject({ post_only: true, limit_only: false, status: 'online' })
    expect((await bench.control('POST', '/emulator/product', { product_id: 'NOPE' })).status).toBe(409)
    expect((await bench.control('POST', '/emulator/product', { product_id: 'BTC-USD', sleepy: true })).status).toBe(400)
    bench.emulator.stop()
    const again = new Bench({}, { store: bench.store, clock: bench.clock })
    expect((await again.open('/market/products/BTC-USD')).post_only).toBe(true)
    expect((await again.create('BUY', market({ base_size: '0.01' }))).success).toBe(false)
  })

  test('SIM-01 USDT-USDC takes no market orders, but aggressive limits', async () => {
    const bench = new Bench()
    expect((await bench.create('BUY', market({ quote_size: '10' }), { product_id: 'USDT-USDC' })).success).toBe(false)
    const id = await bench.placed('BUY', { sor_limit_ioc: { base_size: '10', limit_price: '1.01' } }, { product_id: 'USDT-USDC' })
    expect((await bench.order(id)).status).toBe('FILLED')
  })
})

describe('one book, two ids', () => {
  test('SIM-01 an order on the alias is settled in USDC and trades with orders on the canonical id', async () => {
    const bench = new Bench()
    const sell = await bench.quote('SELL', '63000', '0.1')
    const buy = await bench.placed('BUY', limit('0.1', '63000'), { product_id: 'BTC-USDC' })
    expect(await bench.order(buy)).toMatchObject({ product_id: 'BTC-USDC', status: 'FILLED', total_value_after_fees: '6375.6' })
    expect((await bench.order(sell, bench.other)).product_id).toBe('BTC-USD')
    expect(await bench.wallets()).toMatchObject({
      USDC: { available: '43624.4' },
      USD: { available: '100000' },
      BTC: { available: '10.1' },
    })
    // The other account got dollars: 6300 less 0.6 percent.
    expect((await bench.wallets(bench.other))['USD']?.available).toBe('106262.2')
    expect((await bench.get('/orders/historical/fills', 'product_ids=BTC-USDC')).fills).toHaveLength(1)
    expect((await bench.get('/orders/historical/fills', 'product_ids=BTC-USD')).fills).toHaveLength(0)
  })

  test('SIM-01 REST market data answer under the id that was asked', async () => {
    const bench = new Bench()
    const ids = ['BTC-USD', 'BTC-USDC']
    const books = await Promise.all(ids.map((id) => bench.open('/market/product_book', `product_id=${id}&limit=2`)))
    expect(books.map((one) => one.pricebook.product_id)).toEqual(ids)
    expect(books[0].pricebook.bids).toEqual(books[1].pricebook.bids)
    const trades = await Promise.all(ids.map((id) => bench.open(`/market/products/${id}/ticker`, 'limit=5')))
    expect(trades.map((one) => one.trades[0].product_id)).toEqual(ids)
    expect(trades[0].trades.map((row: Answer) => row.trade_id)).toEqual(trades[1].trades.map((row: Answer) => row.trade_id))
  })

  test('SIM-01 the flags of the canonical product rule its alias; the alias’s own rule it alone', async () => {
    const bench = new Bench()
    bench.emulator.setProduct('BTC-USD', { cancelOnly: true })
    expect((await bench.create('BUY', limit('0.01', '62600'), { product_id: 'BTC-USDC' })).success).toBe(false)
    bench.emulator.setProduct('BTC-USD', {})
    bench.emulator.setProduct('BTC-USDC', { tradingDisabled: true })
    expect((await bench.create('BUY', limit('0.01', '62600'), { product_id: 'BTC-USDC' })).success).toBe(false)
    expect((await bench.create('BUY', limit('0.01', '62600'))).success).toBe(true)
  })
})
