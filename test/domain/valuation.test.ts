import { describe, expect, test } from 'bun:test'
import { decimal, ZERO } from '#domain/decimal'
import { startDrawdown, trackDrawdown } from '#domain/drawdown'
import { assetCode } from '#domain/ids'
import { createLedger } from '#domain/ledger'
import { fillPosting, openingPostings } from '#domain/ledger-postings'
import { markPosition, performanceOf } from '#domain/performance'
import { TREASURY } from '#domain/sub-account'
import { rateOfAsset, USD_RULES, type ValuationRules, valuationPrice, valueAssets } from '#domain/valuation'
import { ACCOUNT, ALPHA_OWNS, ALPHA_SUB, BTC, BTC_USD, ETH, ETH_EUR, EUR, fill, KFEE, prices, rates, USD } from './ledger-fixture'

const USDT = assetCode('USDT')

describe('the way to a price', () => {
  const lookup = prices(
    { 'BTC/USD': '50000', 'USD/KFEE': '4', 'ETH/EUR': '2000', 'EUR/USD': '1.1', 'ETH/USD': '2210', 'USDT/EUR': '0.9' },
    ['EUR/USD'],
  )

  test('PFL-05 takes the direct pair, else its inverse', () => {
    expect(valuationPrice(USD, lookup, USD_RULES)).toEqual({ price: decimal(1), source: 'USD', isStale: false })
    expect(valuationPrice(BTC, lookup, USD_RULES)).toEqual({ price: decimal(50_000), source: 'BTC/USD', isStale: false })
    expect(valuationPrice(KFEE, lookup, USD_RULES)).toEqual({ price: decimal('0.25'), source: '1 / USD/KFEE', isStale: false })
    expect(valuationPrice(ETH, lookup, USD_RULES)?.source).toBe('ETH/USD')
  })

  test('PFL-05 prefers the pair that an override names, and is stale when either leg is', () => {
    const rules: ValuationRules = { ...USD_RULES, pairOverrides: { ETH: EUR } }
    expect(valuationPrice(ETH, lookup, rules)).toEqual({ price: decimal(2200), source: 'ETH/EUR × EUR/USD', isStale: true })
    expect(valuationPrice(ETH, lookup, { ...USD_RULES, pairOverrides: { ETH: USD } })?.price).toBe(decimal(2210))
    // An override that leads nowhere is a gap, not a licence to take another pair.
    expect(valuationPrice(ETH, lookup, { ...USD_RULES, pairOverrides: { ETH: KFEE } })).toBeNull()
  })

  test('PFL-05 goes over USD when something else is counted in', () => {
    const rules: ValuationRules = { ...USD_RULES, valuationAsset: EUR }
    expect(valuationPrice(BTC, prices({ 'BTC/USD': '50000', 'EUR/USD': '1.25' }), rules)).toEqual({
      price: decimal(40_000),
      source: 'BTC/USD × 1 / EUR/USD',
      isStale: false,
    })
    expect(valuationPrice(USD, prices({ 'EUR/USD': '1.25' }), rules)?.price).toBe(decimal('0.8'))
  })

  test('PFL-05 finds no price where no way leads, nor one to invert that is zero', () => {
    expect(valuationPrice(USDT, lookup, USD_RULES)).toBeNull()
    expect(valuationPrice(KFEE, prices({ 'USD/KFEE': '0' }), USD_RULES)).toBeNull()
    expect(rateOfAsset(lookup, USD_RULES)(BTC)).toBe(decimal(50_000))
    expect(rateOfAsset(lookup, USD_RULES)(USDT)).toBeNull()
  })

  test('PFL-05 counts an unvalued asset 0, flags it, and marks the result partial', () => {
    const balances = [
      { asset: USD, quantity: decimal(100) },
      { asset: BTC, quantity: decimal('0.01') },
      { asset: USDT, quantity: decimal(70) },
      { asset: ETH, quantity: ZERO },
    ]
    const valued = valueAssets(balances, lookup, USD_RULES)
    expect(valued).toMatchObject({ total: decimal(600), isPartial: true })
    expect(valued.assets.map(({ asset, value, isUnvalued }) => [asset, value, isUnvalued])).toEqual([
      [USD, decimal(100), false],
      [BTC, decimal(500), false],
      [USDT, ZERO, true],
    ])
    expect(valued.assets[2]).toMatchObject({ price: null, source: '' })
    expect(valueAssets(balances.slice(0, 2), lookup, USD_RULES).isPartial).toBe(false)
  })

  test('PFL-05 marks a result with a stale price partial', () => {
    expect(valueAssets([{ asset: EUR, quantity: decimal(10) }], lookup, USD_RULES)).toMatchObject({ total: decimal(11), isPartial: true })
  })

  test('PFL-01 leaves excluded assets out of every sum', () => {
    const rules: ValuationRules = { ...USD_RULES, excludedAssets: [USDT, BTC] }
    const valued = valueAssets(
      [USDT, BTC, USD].map((asset) => ({ asset, quantity: decimal(5) })),
      lookup,
      rules,
    )
    expect(valued).toMatchObject({ total: decimal(5), isPartial: false })
    expect(valued.assets.map(({ asset }) => asset)).toEqual([USD])
  })
})

describe('performance', () => {
  const ledger = createLedger(USD)
  for (const posting of openingPostings(
    ACCOUNT,
    [
      { asset: USD, total: decimal(10_000) },
      { asset: BTC, total: decimal(1) },
    ],
    1,
    rates({ BTC: '100' }),
  )) {
    ledger.apply(posting)
  }
  const trades = [
    { side: 'buy', quantity: '10', price: '100', fee: '1' },
    { side: 'sell', quantity: '4', price: '120', fee: '0.5' },
    { side: 'sell', quantity: '2', price: '50', instrument: ETH_EUR },
  ] as const
  for (const trading of trades) {
    const instrument = 'instrument' in trading ? trading.instrument : BTC_USD
    ledger.apply(fillPosting(fill(trading), instrument, ALPHA_OWNS, rates({ EUR: '2' })))
  }
  const lookup = prices({ 'BTC/USD': '110', 'EUR/USD': '2', 'ETH/EUR': '60', 'ETH/USD': '120' })

  test('PFL-03 gives equity, PnL, exposure and cash of the company', () => {
    expect(performanceOf(ledger, lookup, USD_RULES, null)).toMatchObject({
      // 9478.5 USD + 7 BTC × 110 + 100 EUR × 2 − 2 ETH × 120
      equity: decimal('10208.5'),
      cash: decimal('9478.5'),
      flows: decimal(10_100),
      realizedPnl: decimal('78.5'),
      // 6 × (110 − 100) on BTC-USD, 2 × (100 − 120) on ETH-EUR, and 10 on the coin in the treasury.
      unrealizedPnl: decimal(30),
      fees: decimal('1.5'),
      exposureGross: decimal(900),
      exposureNet: decimal(420),
      isPartial: false,
    })
  })

  test('PFL-03 gives the same of one sub-account', () => {
    expect(performanceOf(ledger, lookup, USD_RULES, TREASURY)).toMatchObject({
      equity: decimal(10_110),
      realizedPnl: ZERO,
      unrealizedPnl: decimal(10),
      exposureGross: ZERO,
    })
    expect(performanceOf(ledger, lookup, USD_RULES, ALPHA_SUB)).toMatchObject({
      equity: decimal('98.5'),
      realizedPnl: decimal('78.5'),
      flows: ZERO,
    })
  })

  test('PFL-05 a missing price leaves a partial result that still explains itself', () => {
    const partial = performanceOf(ledger, prices({ 'EUR/USD': '2' }), USD_RULES, null)
    expect(partial.isPartial).toBe(true)
    expect(partial).toMatchObject({ equity: decimal('9678.5'), exposureGross: ZERO })
    expect(Number(partial.flows) + Number(partial.realizedPnl) + Number(partial.unrealizedPnl)).toBe(9678.5)
  })

  test('PFL-03 marks a position at the price of its own pair', () => {
    const [bitcoin, ether] = ledger.positions()
    if (bitcoin === undefined || ether === undefined) throw new Error('two positions were traded')
    expect(markPosition(bitcoin, lookup, USD_RULES)).toMatchObject({
      markPrice: decimal(110),
      notional: decimal(660),
      unrealizedPnl: decimal(60),
      value: decimal(660),
      isStale: false,
    })
    expect(markPosition(ether, lookup, USD_RULES)).toMatchObject({
      markPrice: decimal(60),
      notional: decimal(120),
      unrealizedPnl: decimal(-20),
      value: decimal(-240),
    })
    const nothing = { markPrice: null, notional: null, unrealizedPnl: null, value: null, isStale: false }
    expect(markPosition(bitcoin, prices({}), USD_RULES)).toMatchObject(nothing)
    expect(markPosition(bitcoin, prices({ 'BTC/USD': '1' }, ['BTC/USD']), USD_RULES).isStale).toBe(true)
  })
})

describe('drawdown', () => {
  test('PFL-12 measures from the highest equity, present and worst', () => {
    let drawdown = startDrawdown(decimal(100), decimal(100))
    for (const [equity, ratio, worst] of [
      [120, 0, 0],
      [90, 0.25, 0.25],
      [108, 0.1, 0.25],
      [130, 0, 0.25],
      [-13, 1.1, 1.1],
    ] as const) {
      drawdown = trackDrawdown(drawdown, decimal(equity), decimal(100))
      expect([drawdown.ratio, drawdown.ratioMax]).toEqual([ratio, worst])
    }
    expect(drawdown.peak).toBe(decimal(130))
  })

  test('PFL-06 a withdrawal is no drawdown and a deposit hides none', () => {
    const start = trackDrawdown(startDrawdown(decimal(100), decimal(100)), decimal(80), decimal(100))
    expect(start.ratio).toBe(0.2)
    expect(trackDrawdown(start, decimal(40), decimal(60)).ratio).toBeCloseTo(20 / 60, 12)
    expect(trackDrawdown(start, decimal(180), decimal(200))).toMatchObject({ peak: decimal(200), ratio: 0.1 })
    expect(trackDrawdown(startDrawdown(ZERO, ZERO), ZERO, ZERO).ratio).toBe(0)
  })
})
