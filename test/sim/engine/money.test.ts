import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { add, isNegative, multiply, roundToScale, sum } from '#domain/decimal'
import { Grid } from '#sim/engine/grid'
import { fixedText, fromUnits } from '#sim/engine/scaled'
import { krakenUniverse } from '#sim/market/universe'
import { balance, d, OPTIONS, openBench, PAIR, placed } from './fixture'

describe('cost and fee', () => {
  test('VEN-04 the vectors of the protocol sheet hold: cost and fee half up at the cost scale', () => {
    const universe = krakenUniverse()
    const assets = new Map(universe.assets.map((asset) => [asset.code, asset]))
    const bitcoin = universe.instruments[0]?.instrument ?? PAIR
    const exact = new Grid({ ...bitcoin, priceScale: 8, tickSize: d('0.00000001') }, assets)
    const cost = exact.cost(10_502_014_889, 12_100_000n)
    expect(fixedText(cost, 5)).toBe('12.70744')
    expect(fixedText(exact.fee(cost, 400_000n), 5)).toBe('0.05083')
    const coarse = new Grid({ ...bitcoin, costScale: 4 }, assets)
    const other = coarse.cost(265_999, 500_000n)
    expect(fromUnits(other, 4)).toBe(d('132.9995'))
    expect(fromUnits(coarse.fee(other, 260_000n), 4)).toBe(d('0.3458'))
  })

  test('SIM-01 a fee in base leaves the quote alone', () => {
    const { engine } = openBench()
    placed(engine, { accountId: 'bob', side: 'sell', limit: '100', volume: '1' })
    placed(engine, { limit: '100', volume: '1', feeIn: 'base' })
    expect(balance(engine, 'alice', 'USD').total).toBe('9900')
    expect(balance(engine, 'alice', 'AAA').total).toBe('100.998')
    expect(engine.fills('alice')[0]).toMatchObject({ feeAsset: 'AAA', fee: '0.002' })
  })

  test('SIM-01 PAIN-10 a venue with a token takes fees in it from who holds enough of it, and money is conserved', () => {
    const assets = [...OPTIONS.assets, { code: 'TOK', scale: 2 }]
    const { engine } = openBench({ assets, feeToken: { asset: 'TOK', perQuote: { USD: d('10') } } })
    engine.deposit('alice', 'TOK', d('3'))
    const trade = (feeIn: 'quote' | 'base') => {
      placed(engine, { accountId: 'bob', side: 'sell', limit: '100', volume: '1' })
      placed(engine, { limit: '100', volume: '1', feeIn })
      const [{ fee, feeAsset, ledgerIds } = { fee: '', feeAsset: '', ledgerIds: [] }] = engine.fills('alice')
      return [feeAsset, fee, ledgerIds.length]
    }
    expect(trade('quote')).toEqual(['TOK', '2', 3]) // 0.2 USD
    expect(balance(engine, 'alice', 'TOK').total).toBe('1')
    expect(balance(engine, 'alice', 'USD').total).toBe('9900')
    expect(trade('quote')).toEqual(['USD', '0.2', 2]) // not enough of it left
    expect(trade('base')).toEqual(['AAA', '0.002', 2])
    expect(engine.fills('bob').map(({ feeAsset }) => feeAsset)).toEqual(['USD', 'USD', 'USD'])
    for (const { accounts, house, fees, paidIn } of engine.totals()) expect(sum([accounts, house, fees])).toBe(paidIn)
    const again = openBench({ assets, feeToken: { asset: 'TOK', perQuote: { USD: d('10') } } }).engine
    again.restore(engine.snapshot())
    expect(again.fills('alice')).toEqual(engine.fills('alice'))
  })

  test('SIM-01 the tier follows the 30-day volume, and old days drop out', () => {
    const { engine, clock } = openBench()
    expect(engine.feeRates('alice', 'AAA/USD')).toMatchObject({ takerPercent: '0.2', volume: '0', nextTier: { volumeMin: '10000' } })
    for (const [buyer, seller] of [
      ['alice', 'bob'],
      ['bob', 'alice'],
    ] as const) {
      placed(engine, { accountId: seller, side: 'sell', limit: '100', volume: '60' })
      placed(engine, { accountId: buyer, limit: '100', volume: '60' })
    }
    expect(engine.feeRates('alice', 'AAA/USD')).toMatchObject({
      makerPercent: '0.05',
      takerPercent: '0.1',
      volume: '12000',
      nextTier: null,
    })
    placed(engine, { accountId: 'bob', side: 'sell', limit: '100', volume: '1' })
    placed(engine, { limit: '100', volume: '1' })
    expect(engine.fills('alice')[0]?.fee).toBe(d('0.1'))
    clock.advance(31 * 86_400_000)
    expect(engine.feeRates('alice', 'AAA/USD').takerPercent).toBe(d('0.2'))
  })
})

describe('rounding each fill by itself', () => {
  test('SIM-01 never takes more than was reserved, however many fills empty the account to its last unit', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 100, max: 999 }), { minLength: 20, maxLength: 120 }), fc.boolean(), (sizes, isMaker) => {
        const fine = { ...PAIR, tickSize: d('0.0001'), priceScale: 4, quantityScale: 6, quantityMin: d('0.0001'), costMin: d('0') }
        const { engine } = openBench({ instruments: [fine] })
        const total = fromUnits(BigInt(sizes.reduce((sum, size) => sum + size, 0)), 6)
        const cost = roundToScale(multiply(total, d('3.3337')), 5, 'up')
        const need = roundToScale(add(cost, roundToScale(multiply(cost, d('0.002')), 5, 'up')), 4, 'up')
        engine.openAccount('carol')
        engine.deposit('carol', 'USD', need)
        const buy = { accountId: 'carol', limit: '3.3337', volume: total } as const
        const sells = sizes.map(
          (size) => ({ accountId: 'bob', side: 'sell', limit: '3.3337', volume: fromUnits(BigInt(size), 6) }) as const,
        )
        if (isMaker) placed(engine, buy)
        for (const sell of sells) placed(engine, sell)
        if (!isMaker) placed(engine, buy)
        expect(engine.closedOrders('carol')[0]).toMatchObject({ status: 'filled', filledQuantity: total })
        expect(isNegative(d(balance(engine, 'carol', 'USD').total))).toBe(false)
        for (const { accounts, house, fees, paidIn } of engine.totals()) expect(sum([accounts, house, fees])).toBe(paidIn)
      }),
      { numRuns: 60 },
    )
  })
})

describe('ledger', () => {
  test('VEN-04 one trade makes two rows with the fill’s id, and each row obeys balance = before + amount − fee', () => {
    const { engine } = openBench()
    placed(engine, { accountId: 'bob', side: 'sell', limit: '100', volume: '1' })
    placed(engine, { limit: '100', volume: '1' })
    const fill = engine.fills('alice')[0]
    const rows = engine.ledger('alice').filter((row) => row.kind === 'trade')
    expect(rows.map((row) => [row.asset, row.amount, row.fee, row.balance, row.refId])).toEqual([
      ['USD', d('-100'), d('0.2'), d('9899.8'), fill?.fillId ?? ''],
      ['AAA', d('1'), d('0'), d('101'), fill?.fillId ?? ''],
    ])
    expect(fill?.ledgerIds.map((id) => engine.ledgerEntry(id)?.asset)).toEqual(['AAA', 'USD'])
  })

  test('SIM-01 a withdrawal takes no more than what is free', () => {
    const { engine, events } = openBench()
    placed(engine, { limit: '90', volume: '100' })
    expect(() => engine.withdraw('alice', 'USD', d('1000'))).toThrow('below what is held')
    events.length = 0
    expect(engine.withdraw('alice', 'USD', d('10.5'))).toMatchObject({ kind: 'withdrawal', amount: '-10.5', balance: '9989.5' })
    expect(events.map((event) => event.kind)).toEqual(['balance'])
    expect(() => engine.deposit('alice', 'USD', d('0'))).toThrow('positive')
    expect(() => engine.deposit('alice', 'USD', d('0.00001'))).toThrow('within its digits')
  })
})
