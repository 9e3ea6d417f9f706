import { describe, expect, test } from 'bun:test'
import { add, decimal, sum, ZERO } from '#domain/decimal'
import { InvariantError } from '#domain/errors'
import { botId, strategyId, venueId } from '#domain/ids'
import type { Json } from '#domain/json'
import { createLedger } from '#domain/ledger'
import { allocationPosting, dustPosting, fillPosting, gasPosting } from '#domain/ledger-postings'
import { performanceOf } from '#domain/performance'
import { readPosting } from '#domain/posting-read'
import { EXTERNAL, externalOf, isExternal, readSubAccount, TREASURY } from '#domain/sub-account'
import { USD_RULES } from '#domain/valuation'
import { ACCOUNT, ALPHA, ALPHA_OWNS, ALPHA_SUB, BTC, BTC_USD, ETH, fill, prices, rates, traded, USD } from './ledger-fixture'

const TREND = strategyId('trend-following')
const DUST = {
  ...BTC_USD,
  accountId: ACCOUNT,
  subAccount: ALPHA_SUB,
  to: TREASURY,
  botId: ALPHA,
  strategyId: TREND,
  venueId: venueId('kraken'),
}

describe('dust', () => {
  for (const method of ['weightedAverage', 'fifo'] as const) {
    test(`PAIN-10 a remainder leaves its position at the mark: the profit is realised, and the coin is the treasury's from even (${method})`, () => {
      const { ledger } = traded(
        [
          { side: 'buy', quantity: '1', price: '100', fee: '0.001', feeAsset: 'BTC' },
          { side: 'sell', quantity: '0.998', price: '110', fee: '0.1' },
        ],
        rates({ BTC: '120' }),
        createLedger(USD, method),
      )
      const before = performanceOf(ledger, prices({ 'BTC/USD': '120' }), USD_RULES, null)
      expect(ledger.netQuantityOf(ALPHA_SUB, BTC_USD.instrumentId)).toBe(decimal('0.001'))
      const posting = dustPosting('1', { ...DUST, quantity: decimal('0.001'), price: decimal(120) }, 5, rates({ BTC: '120' }))
      const applied = ledger.apply(readPosting(JSON.parse(JSON.stringify(posting)) as Json))
      expect(applied?.realized).toMatchObject({
        side: 'sell',
        closedQuantity: '0.001',
        entryPrice: '100',
        grossPnl: '0.02',
        realizedValue: '0.02',
      } as never)
      expect(ledger.position(ALPHA_SUB, BTC_USD.instrumentId)).toMatchObject({ netQuantity: ZERO, cost: ZERO, costValue: ZERO })
      expect([ledger.held(ACCOUNT, ALPHA_SUB, BTC), ledger.held(ACCOUNT, TREASURY, BTC)]).toEqual([ZERO, decimal('0.001')])
      const after = performanceOf(ledger, prices({ 'BTC/USD': '120' }), USD_RULES, null)
      expect(after.equity).toBe(before.equity)
      expect(add(after.realizedPnl, after.unrealizedPnl)).toBe(add(before.realizedPnl, before.unrealizedPnl))
      expect(ledger.apply(posting)).toBeNull()
    })
  }

  test('PAIN-10 nothing is no dust, and nobody sweeps to himself', () => {
    const sweep = (change: object) => dustPosting('1', { ...DUST, quantity: decimal(1), price: decimal(1), ...change }, 0, rates({}))
    expect(() => sweep({ quantity: ZERO })).toThrow(InvariantError)
    expect(() => sweep({ to: ALPHA_SUB })).toThrow(InvariantError)
  })
})

describe('gas', () => {
  test('PFL-12 gas is a cost of whoever paid it, in any asset, and neither a fee nor a flow', () => {
    const ledger = createLedger(USD)
    const rate = rates({ ETH: '2000' })
    ledger.apply(
      allocationPosting(
        { allocationId: 'a', accountId: ACCOUNT, from: TREASURY, to: ALPHA_SUB, asset: ETH, amount: decimal(1), atMs: 0 },
        rate,
      ),
    )
    const gas = {
      accountId: ACCOUNT,
      subAccount: ALPHA_SUB,
      botId: ALPHA,
      strategyId: TREND,
      instrumentId: null,
      asset: ETH,
      amount: decimal('0.01'),
    }
    ledger.apply(readPosting(JSON.parse(JSON.stringify(gasPosting('tx1', gas, 1, rate))) as Json))
    const {
      gas: paid,
      fees,
      flows,
      realizedPnl,
      unrealizedPnl,
      equity,
    } = performanceOf(ledger, prices({ 'ETH/USD': '2000' }), USD_RULES, ALPHA_SUB)
    expect([paid, fees, flows, realizedPnl]).toEqual([decimal(20), ZERO, decimal(2000), decimal(-20)])
    expect(equity).toBe(sum([flows, realizedPnl, unrealizedPnl]))
    expect(() => gasPosting('tx2', { ...gas, amount: ZERO }, 1, rate)).toThrow(InvariantError)
  })
})

describe('external parts', () => {
  test('PFL-10 a trade that carries no id of ours goes to the strategy whose number it bears, else it is manual', () => {
    const ledger = createLedger(USD)
    const book = (strategy: typeof TREND | null, userref: number | null) =>
      ledger.apply(
        fillPosting(
          { ...fill({ side: 'buy', quantity: '1', price: '100' }), userref },
          BTC_USD,
          { ...ALPHA_OWNS, botId: null, strategyId: strategy },
          rates({}),
        ),
      )?.realized
    expect(book(null, 12)).toMatchObject({ subAccount: EXTERNAL, strategyId: null, botId: null })
    expect(book(TREND, 7)).toMatchObject({ subAccount: externalOf(TREND), strategyId: TREND, botId: null })
    expect(ledger.netQuantityOf(EXTERNAL, BTC_USD.instrumentId)).toBe(decimal(1))
    expect(readSubAccount(externalOf(TREND), 'x')).toBe(externalOf(TREND))
    expect([EXTERNAL, externalOf(TREND), ALPHA_SUB, TREASURY].map(isExternal)).toEqual([true, true, false, false])
    expect(() => readSubAccount('external:Ÿ', 'x')).toThrow()
    expect(botId('external-fund')).not.toBe(EXTERNAL)
  })

  test('PFL-10 a posting of a journal of before numbers and arrival prices were kept is read all the same', () => {
    const posting = fillPosting(fill({ side: 'buy', quantity: '1', price: '100' }), BTC_USD, ALPHA_OWNS, rates({}))
    const raw = JSON.parse(JSON.stringify(posting)) as { trade: Record<string, Json> } & Record<string, Json>
    delete raw.trade['userref']
    delete raw.trade['arrivalMid']
    expect(readPosting(raw)).toEqual(posting)
  })
})
