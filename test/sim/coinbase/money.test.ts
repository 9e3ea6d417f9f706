import { describe, expect, test } from 'bun:test'
import { add, isZero, multiply, roundToScale, subtract } from '#domain/decimal'
import { SeededRandom } from '#sim/random'
import { type Answer, Bench, d, limit, market, TIERS, wideUniverse } from './harness'

// Virtual time; fees are 0.6 and 1.2 percent, as in the captured examples of the protocol sheet.

/** A bench whose spread holds 61234.56. */
const lower = (): Bench => new Bench({ universe: wideUniverse(TIERS, '60000') })

describe('worked figures', () => {
  test('SIM-01 a market buy of 250 dollars spends 250 with the fee in it, at 16 digits', async () => {
    const bench = lower()
    await bench.quote('SELL', '61234.56', '1')
    const order = await bench.order(await bench.placed('BUY', market({ quote_size: '250' })))
    expect(order).toMatchObject({
      status: 'FILLED',
      order_type: 'MARKET',
      time_in_force: 'IMMEDIATE_OR_CANCEL',
      size_in_quote: true,
      size_inclusive_of_fees: true,
      // 250 / 1.012 and 1.2 % of it
      filled_value: '247.0355731225296443',
      total_fees: '2.9644268774703557',
      total_value_after_fees: '250',
      average_filled_price: '61234.56',
      completion_percentage: '100.00',
    })
    expect(order.filled_size).toStartWith('0.00403425080742851')
    expect((await bench.wallets())['USD']).toEqual({ available: '99750', hold: '0' })
  })

  test('SIM-01 fills of an order sized in quote are listed by base, or by value where the switch says so', async () => {
    for (const fillsInQuote of [false, true]) {
      const bench = new Bench({ universe: wideUniverse(TIERS, '60000'), fillsInQuote })
      await bench.quote('SELL', '61000', '1')
      await bench.placed('BUY', market({ quote_size: '617.32' }))
      const [fill] = (await bench.get('/orders/historical/fills')).fills
      // 617.32 / 1.012 is 610: a hundredth at 61000.
      expect([fill.size_in_quote, fill.size, fill.commission]).toEqual([fillsInQuote, fillsInQuote ? '610' : '0.01', '7.32'])
    }
  })

  test('SIM-01 a market sell pays its fee out of what it brings', async () => {
    const bench = lower()
    await bench.quote('BUY', '61000.00', '1')
    const order = await bench.order(await bench.placed('SELL', market({ base_size: '0.2' })))
    // 12200, 1.2 % of it is 146.4
    expect(order).toMatchObject({ filled_value: '12200', total_fees: '146.4', total_value_after_fees: '12053.6', filled_size: '0.2' })
    expect(await bench.wallets()).toMatchObject({ USD: { available: '112053.6' }, BTC: { available: '9.8' } })
  })

  test('SIM-01 the hold of a limit buy has the fee in it, follows its fills and is released by a cancel', async () => {
    const bench = lower()
    const id = await bench.placed('BUY', limit('0.01', '61020'))
    // 0.01 × 61020 × 1.012
    expect((await bench.wallets())['USD']).toEqual({ available: '99382.4776', hold: '617.5224' })
    await bench.placed('SELL', market({ base_size: '0.003' }), {}, bench.other)
    const order = await bench.order(id)
    // Maker 0.6 % of 183.06; the hold of 0.007 is the sheet's 432.26568.
    expect(order).toMatchObject({
      status: 'OPEN',
      filled_size: '0.003',
      total_fees: '1.09836',
      outstanding_hold_amount: '432.26568',
      completion_percentage: '30',
    })
    expect((await bench.wallets())['USD']).toEqual({ available: '99383.57596', hold: '432.26568' })
    await bench.post('/orders/batch_cancel', { order_ids: [id] })
    bench.clock.advance(1)
    expect((await bench.wallets())['USD']).toEqual({ available: '99815.84164', hold: '0' })
  })

  test('SIM-01 a limit sell holds its base; maker and taker pay their own rates', async () => {
    const bench = lower()
    const id = await bench.placed('SELL', limit('0.5', '61100'))
    expect((await bench.wallets())['BTC']).toEqual({ available: '9.5', hold: '0.5' })
    const theirs = await bench.placed('BUY', limit('0.5', '61100'), {}, bench.other)
    expect(await bench.order(id)).toMatchObject({
      status: 'FILLED',
      filled_value: '30550',
      total_fees: '183.3',
      total_value_after_fees: '30366.7',
    })
    expect(await bench.order(theirs, bench.other)).toMatchObject({ total_fees: '366.6', total_value_after_fees: '30916.6' })
    const { fills } = await bench.get('/orders/historical/fills')
    expect(fills[0]).toMatchObject({ liquidity_indicator: 'MAKER', price: '61100', size: '0.5', commission: '183.3', side: 'SELL' })
    const [taken] = (await bench.get('/orders/historical/fills', '', bench.other)).fills
    expect(taken).toMatchObject({ liquidity_indicator: 'TAKER', commission: '366.6' })
  })

  test('SIM-01 the price guard leaves a partial fill that ends CANCELLED, sized in base or in quote', async () => {
    const bench = lower()
    await bench.quote('SELL', '61000.00', '0.01')
    const base = await bench.order(await bench.placed('BUY', market({ base_size: '0.5' })))
    // Beyond 61000 the next offer is the agents' at 62400, more than 2 % above the middle.
    expect(base).toMatchObject({ status: 'CANCELLED', filled_size: '0.01', completion_percentage: '2' })
    await bench.quote('SELL', '61000.00', '0.01')
    const quote = await bench.order(await bench.placed('BUY', market({ quote_size: '5000' })))
    expect(quote).toMatchObject({ status: 'CANCELLED', filled_size: '0.01', filled_value: '610' })
    await bench.quote('SELL', '61000.00', '0.01')
    const aggressive = await bench.order(await bench.placed('BUY', limit('0.5', '63000')))
    expect(aggressive).toMatchObject({ status: 'CANCELLED', filled_size: '0.01' })
  })

  test('SIM-01 a self-match takes the smaller of both from both, without a fill', async () => {
    const bench = lower()
    const sell = await bench.placed('SELL', limit('0.3', '61000'))
    const buy = await bench.placed('BUY', limit('0.1', '61000'))
    expect(await bench.order(buy)).toMatchObject({ status: 'CANCELLED', filled_size: '0' })
    expect((await bench.wallets())['BTC']).toEqual({ available: '9.8', hold: '0.2' })
    expect((await bench.order(sell)).status).toBe('OPEN')
  })

  test('SIM-01 the tier follows the volume: transaction_summary names it and new orders pay it', async () => {
    const bench = lower()
    const summary = await bench.get('/transaction_summary', 'product_type=SPOT')
    expect(summary).toMatchObject({ total_volume: 0, total_fees: 0, has_promo_fee: false, margin_rate: null, coinbase_pro_volume: 0 })
    expect(summary.fee_tier).toMatchObject({ pricing_tier: 'Intro 1', taker_fee_rate: '0.012', maker_fee_rate: '0.006' })
    expect(summary.fee_tier.volume_types_and_range).toEqual([
      { volume_types: ['VOLUME_TYPE_SPOT', 'VOLUME_TYPE_US_DERIVATIVES'], vol_from: '0', vol_to: '500000' },
    ])
    expect(typeof summary.total_balance).toBe('string')
    for (let round = 0; round < 5; round++) {
      await bench.quote('BUY', '61000.00', '1')
      await bench.placed('SELL', limit('1', '61000.00'))
      await bench.quote('SELL', '61000.00', '1')
      await bench.placed('BUY', limit('1', '61000.00'))
    }
    const later = await bench.get('/transaction_summary')
    expect([later.total_volume, later.fee_tier.pricing_tier, later.fee_tier.taker_fee_rate]).toEqual([610000, 'Intro 2', '0.0075'])
    await bench.quote('SELL', '61000.00', '1')
    expect((await bench.order(await bench.placed('BUY', limit('0.1', '61000.00')))).total_fees).toBe('45.75')
  })
})

describe('money is conserved (property, seeded)', () => {
  const steps = 120
  for (const seed of ['one', 'two', 'three']) {
    test(`SIM-01 over random orders of two accounts balances, holds and fills agree (seed ${seed})`, async () => {
      const bench = new Bench({
        asynchrony: { openAfterMs: 0, visibleAfterMs: 0, cancelAfterMs: 20, editAfterMs: 20, fillsAfterMs: 0, settledAfterMs: 0 },
      })
      const random = new SeededRandom(`money ${seed}`)
      const pick = <T>(items: readonly T[]): T => items[random.integer(items.length)] as T
      const start = await bench.wallets()
      const ids: string[] = []
      for (let step = 0; step < steps; step++) {
        const key = random.integer(3) === 0 ? bench.other : bench.main
        const side = pick(['BUY', 'SELL'] as const)
        const size = roundToScale(d((0.001 + random.next() * 0.05).toFixed(8)), 8, 'down')
        const price = (62_800 + random.integer(200_000) / 100).toFixed(2)
        const product_id = pick(['BTC-USD', 'BTC-USD', 'BTC-USDC'])
        const form = pick([
          limit(size, price),
          limit(size, price, true),
          { sor_limit_ioc: { base_size: size, limit_price: price } },
          market({ base_size: size }),
        ])
        const configuration =
          side === 'BUY' && random.integer(5) === 0 ? market({ quote_size: (5 + random.integer(5_000) / 100).toFixed(2) }) : form
        const answer = await bench.create(side, configuration, { product_id }, key)
        if (answer.success && key === bench.main) ids.push(answer.success_response.order_id)
        if (ids.length > 0 && random.integer(4) === 0) await bench.post('/orders/batch_cancel', { order_ids: [pick(ids)] })
        if (ids.length > 0 && random.integer(4) === 0) await bench.post('/orders/edit', { order_id: pick(ids), price, size })
        bench.clock.advance(random.integer(400))
      }
      await checkMoney(bench, start)
    })
  }
})

type Wallets = Awaited<ReturnType<Bench['wallets']>>

/** What the fills' list says must be what the wallets say, to the dust of the 16th digit; holds must be those of the open orders. */
async function checkMoney(bench: Bench, start: Wallets): Promise<void> {
  const fills: Answer[] = []
  for (let cursor = '', pages = 0; pages === 0 || cursor !== ''; pages++) {
    const page = await bench.get('/orders/historical/fills', cursor === '' ? 'limit=40' : `limit=40&cursor=${encodeURIComponent(cursor)}`)
    fills.push(...page.fills)
    ;({ cursor } = page)
  }
  expect(fills.length).toBeGreaterThan(10)
  expect(new Set(fills.map((fill) => fill.entry_id)).size).toBe(fills.length)
  const moved: Record<string, ReturnType<typeof d>> = { USD: d('0'), USDC: d('0'), BTC: d('0') }
  for (const fill of fills) {
    const [base, quote] = fill.product_id.split('-')
    const value = multiply(d(fill.price), d(fill.size))
    const sign = fill.side === 'BUY' ? d('1') : d('-1')
    moved[base] = add(moved[base] ?? d('0'), multiply(sign, d(fill.size)))
    moved[quote] = subtract(subtract(moved[quote] ?? d('0'), multiply(sign, value)), d(fill.commission))
  }
  const { orders } = await bench.get('/orders/historical/batch', 'order_status=OPEN')
  const held: Record<string, ReturnType<typeof d>> = {}
  for (const order of orders) {
    const [base = '', quote = ''] = order.product_id.split('-')
    const asset = order.side === 'BUY' ? quote : base
    held[asset] = add(held[asset] ?? d('0'), d(order.outstanding_hold_amount))
  }
  const now = await bench.wallets()
  for (const asset of ['USD', 'USDC', 'BTC']) {
    const wallet = now[asset] as Wallets[string]
    const was = start[asset] as Wallets[string]
    const total = add(d(wallet.available), d(wallet.hold))
    const expected = add(d(was.available), moved[asset] ?? d('0'))
    expect([asset, roundToScale(subtract(total, expected), 12, 'halfUp')]).toEqual([asset, d('0')])
    expect([asset, roundToScale(subtract(d(wallet.hold), held[asset] ?? d('0')), 12, 'halfUp')]).toEqual([asset, d('0')])
  }
  const listed = (await bench.get('/orders/historical/batch')).orders
  for (const order of listed) {
    const own = fills.filter((fill) => fill.order_id === order.order_id)
    const size = own.reduce((total, fill) => add(total, d(fill.size)), d('0'))
    expect(isZero(subtract(size, d(order.filled_size)))).toBe(true)
  }
}
