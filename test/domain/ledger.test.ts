import { describe, expect, test } from 'bun:test'
import { decimal, isZero, roundToScale, ZERO } from '#domain/decimal'
import { AppError, InvariantError } from '#domain/errors'
import { botId } from '#domain/ids'
import { canonicalJson, type Json } from '#domain/json'
import { createLedger, restoreLedger } from '#domain/ledger'
import { adjustmentPosting, allocationPosting, fillPosting, flowPosting, openingPostings } from '#domain/ledger-postings'
import type { Posting } from '#domain/posting'
import { readPosting } from '#domain/posting-read'
import { EXTERNAL, subAccountOf, TREASURY } from '#domain/sub-account'
import {
  ACCOUNT,
  ALPHA,
  ALPHA_OWNS,
  ALPHA_SUB,
  alphaPosition,
  BTC,
  BTC_USD,
  ETH,
  ETH_BTC,
  ETH_EUR,
  EUR,
  fill,
  KFEE,
  rates,
  traded,
  USD,
} from './ledger-fixture'

const NO_RATES = rates({})

function allocation(amount: string, asset = USD, rateOf = NO_RATES, id = '1'): Posting {
  return allocationPosting(
    { allocationId: id, accountId: ACCOUNT, from: TREASURY, to: ALPHA_SUB, asset, amount: decimal(amount), atMs: 5 },
    rateOf,
  )
}

describe('sub-accounts', () => {
  test('PFL-10 books a fill to its bot, and to external when it carries no id of ours', () => {
    const { ledger } = traded([{ side: 'buy', quantity: '1', price: '100' }])
    ledger.apply(
      fillPosting(
        fill({ side: 'sell', quantity: '3', price: '90' }),
        BTC_USD,
        { accountId: ACCOUNT, botId: null, strategyId: null },
        NO_RATES,
      ),
    )
    expect(ledger.position(ALPHA_SUB, BTC_USD.instrumentId)?.netQuantity).toBe(decimal(1))
    expect(ledger.position(EXTERNAL, BTC_USD.instrumentId)?.netQuantity).toBe(decimal(-3))
    expect(ledger.held(ACCOUNT, EXTERNAL, USD)).toBe(decimal(270))
    expect(ledger.subAccounts()).toEqual([ALPHA_SUB, EXTERNAL])
    expect(ledger.position(TREASURY, BTC_USD.instrumentId)).toBeNull()
  })

  test('no bot may take the name of the treasury or of external', () => {
    expect(String(subAccountOf(ALPHA))).toBe('alpha')
    expect(subAccountOf(null)).toBe(EXTERNAL)
    for (const name of ['treasury', 'external']) expect(() => subAccountOf(botId(name))).toThrow(InvariantError)
  })

  test('I12 opens with the balances of the venue in the treasury, and allocates from there', () => {
    const ledger = createLedger(USD)
    const balances = [
      { asset: USD, total: decimal(10_000) },
      { asset: BTC, total: decimal('0.5') },
      { asset: ETH, total: ZERO },
    ]
    const openings = openingPostings(ACCOUNT, balances, 1, rates({ BTC: '40000' }))
    expect(openings.map((posting) => posting.postingId)).toEqual(['flow:main@kraken:opening:USD', 'flow:main@kraken:opening:BTC'])
    for (const posting of openings) expect(ledger.apply(posting)).toEqual({ posting, realized: null })
    ledger.apply(allocation('2500'))
    expect(ledger.held(ACCOUNT, TREASURY, USD)).toBe(decimal(7500))
    expect(ledger.held(ACCOUNT, ALPHA_SUB, USD)).toBe(decimal(2500))
    expect(ledger.totals(TREASURY).flows).toBe(decimal(27_500))
    expect(ledger.totals(ALPHA_SUB).flows).toBe(decimal(2500))
    expect(ledger.totals(null).flows).toBe(decimal(30_000))
    expect(ledger.holdingsOf({ accountId: ACCOUNT, subAccount: null })).toEqual([
      { asset: BTC, quantity: decimal('0.5') },
      { asset: USD, quantity: decimal(10_000) },
    ])
    expect(() =>
      allocationPosting(
        { allocationId: '2', accountId: ACCOUNT, from: TREASURY, to: TREASURY, asset: USD, amount: decimal(1), atMs: 1 },
        NO_RATES,
      ),
    ).toThrow(InvariantError)
  })

  test('an allocation in kind leaves and enters at the present rate: the giver realises, the taker starts even', () => {
    const ledger = createLedger(USD)
    for (const posting of openingPostings(ACCOUNT, [{ asset: BTC, total: decimal(2) }], 1, rates({ BTC: '40000' }))) ledger.apply(posting)
    ledger.apply(allocation('1', BTC, rates({ BTC: '50000' })))
    expect(ledger.totals(TREASURY)).toEqual({
      flows: decimal(30_000),
      realized: ZERO,
      holdingRealized: decimal(10_000),
      fees: ZERO,
      gas: ZERO,
    })
    expect(ledger.totals(ALPHA_SUB)).toEqual({ flows: decimal(50_000), realized: ZERO, holdingRealized: ZERO, fees: ZERO, gas: ZERO })
    expect(ledger.holdings()).toEqual([
      { subAccount: TREASURY, asset: BTC, quantity: decimal(1), costValue: decimal(40_000) },
      { subAccount: ALPHA_SUB, asset: BTC, quantity: decimal(1), costValue: decimal(50_000) },
    ])
  })
})

describe('double entry', () => {
  test('I5 every posting sums to zero for each asset, and so do the books', () => {
    const { ledger } = traded(
      [
        { side: 'buy', quantity: '2', price: '100', fee: '0.52' },
        { side: 'sell', quantity: '1', price: '110', fee: '5', feeAsset: 'KFEE' },
        { side: 'buy', quantity: '3', price: '120', fee: '0.003', feeAsset: 'BTC' },
      ],
      rates({ KFEE: '0.02' }),
    )
    for (const { quantity } of ledger.trialBalance()) expect(quantity).toBe(ZERO)
    expect(ledger.trialBalance()).toHaveLength(3)
    expect(ledger.held(ACCOUNT, ALPHA_SUB, USD)).toBe(decimal('-450.52'))
    expect(ledger.held(ACCOUNT, ALPHA_SUB, BTC)).toBe(decimal('3.997'))
    expect(ledger.held(ACCOUNT, ALPHA_SUB, KFEE)).toBe(decimal(-5))
  })

  test('I5 refuses a posting that does not balance, and books nothing of it', () => {
    const ledger = createLedger(USD)
    const sound = allocation('100')
    const bent: Posting = { ...sound, lines: sound.lines.slice(1) }
    expect(() => ledger.apply(bent)).toThrow('posting allocation:main@kraken:1 does not balance: 100 USD left over')
    expect(ledger.hasBooked(sound.postingId)).toBe(false)
    expect(ledger.subAccounts()).toEqual([])
    expect(ledger.apply(sound)).not.toBeNull()
  })

  test('I5 books a fill once, however often the venue repeats it', () => {
    const posting = fillPosting(fill({ side: 'buy', quantity: '1', price: '100', tradeId: 'TX' }), BTC_USD, ALPHA_OWNS, NO_RATES)
    const ledger = createLedger(USD)
    expect(posting.postingId).toBe('fill:kraken:TX')
    expect(ledger.apply(posting)?.realized?.tradeId).toBe('TX' as never)
    expect(ledger.hasBooked('fill:kraken:TX')).toBe(true)
    const before = canonicalJson(ledger.snapshot())
    expect(ledger.apply(posting)).toBeNull()
    // After a restart too.
    const restored = restoreLedger(JSON.parse(before))
    expect(restored.apply(posting)).toBeNull()
    expect(canonicalJson(restored.snapshot())).toBe(before)
  })

  test('refuses a fill of another instrument than it is said to be', () => {
    expect(() => fillPosting(fill({ side: 'buy', quantity: '1', price: '1' }), ETH_EUR, ALPHA_OWNS, NO_RATES)).toThrow(InvariantError)
  })
})

describe('positions and trades', () => {
  test('PFL-02 averages 10 @ 100 and 5 @ 110 to 103.33', () => {
    const { ledger } = traded([
      { side: 'buy', quantity: '10', price: '100' },
      { side: 'buy', quantity: '5', price: '110' },
    ])
    const position = alphaPosition(ledger)
    expect(position).toMatchObject({ netQuantity: decimal(15), cost: decimal(1550) })
    expect(roundToScale(position?.entryPrice ?? ZERO, 2, 'halfUp')).toBe(decimal('103.33'))
  })

  test('PFL-03 writes one record a trade with bot and strategy, fees realised at the trade', () => {
    const { ledger, records } = traded([
      { side: 'buy', quantity: '2', price: '100', fee: '0.50' },
      { side: 'sell', quantity: '1', price: '130', fee: '0.30' },
    ])
    expect(records.map((record) => [record.botId, record.strategyId, record.side])).toEqual([
      ['alpha', 'trend-following', 'buy'],
      ['alpha', 'trend-following', 'sell'],
    ] as never)
    expect(records[0]).toMatchObject({
      closedQuantity: ZERO,
      entryPrice: null,
      grossPnl: ZERO,
      feeQuote: decimal('0.5'),
      realizedPnl: decimal('-0.5'),
    })
    expect(records[1]).toMatchObject({
      closedQuantity: decimal(1),
      entryPrice: decimal(100),
      exitPrice: decimal(130),
      grossPnl: decimal(30),
      realizedPnl: decimal('29.7'),
      realizedValue: decimal('29.7'),
      isUnvalued: false,
    })
    expect(ledger.position(ALPHA_SUB, BTC_USD.instrumentId)).toMatchObject({ realizedPnl: decimal('29.2'), feeValue: decimal('0.8') })
    expect(ledger.totals(ALPHA_SUB)).toEqual({
      flows: ZERO,
      realized: decimal('29.2'),
      holdingRealized: ZERO,
      fees: decimal('0.8'),
      gas: ZERO,
    })
  })

  test('PFL-02 flips long to short and back, tagged by what each trade closed', () => {
    const { ledger, records } = traded([
      { side: 'buy', quantity: '10', price: '100' },
      { side: 'sell', quantity: '15', price: '120' },
      { side: 'buy', quantity: '8', price: '110' },
    ])
    expect(records.map((record) => [record.closedQuantity, record.grossPnl])).toEqual([
      [ZERO, ZERO],
      [decimal(10), decimal(200)],
      [decimal(5), decimal(50)],
    ])
    expect(alphaPosition(ledger)).toEqual({ netQuantity: decimal(3), cost: decimal(330), entryPrice: decimal(110) })
  })

  test('PFL-03 selects first in, first out', () => {
    const trades = [
      { side: 'buy', quantity: '1', price: '100' },
      { side: 'buy', quantity: '1', price: '200' },
      { side: 'sell', quantity: '1', price: '180' },
    ] as const
    expect(traded(trades, NO_RATES, createLedger(USD, 'fifo')).records[2]?.grossPnl).toBe(decimal(80))
    expect(traded(trades, NO_RATES, createLedger(USD)).records[2]?.grossPnl).toBe(decimal(30))
  })

  test('PFL-03 takes a fee in base off the quantity and realises it at the price of the trade', () => {
    const { ledger, records } = traded([
      { side: 'buy', quantity: '10', price: '100', fee: '0.01', feeAsset: 'BTC' },
      { side: 'sell', quantity: '5', price: '120', fee: '0.02', feeAsset: 'BTC' },
    ])
    expect(records[0]).toMatchObject({ feeQuote: decimal(1), realizedPnl: decimal(-1) })
    // 5.02 left at 120, which is 20 above the average of 100: 100.40 gross, 2.40 of it as fee.
    expect(records[1]).toMatchObject({
      closedQuantity: decimal('5.02'),
      grossPnl: decimal('100.4'),
      feeQuote: decimal('2.4'),
      realizedPnl: decimal(98),
    })
    expect(alphaPosition(ledger)).toEqual({ netQuantity: decimal('4.97'), cost: decimal(497), entryPrice: decimal(100) })
    expect(ledger.held(ACCOUNT, ALPHA_SUB, BTC)).toBe(decimal('4.97'))
  })

  test('PFL-03 values a fee in a third asset at its latest price, else counts 0 and flags it', () => {
    const trades = [{ side: 'buy', quantity: '1', price: '100', fee: '12', feeAsset: 'KFEE' }] as const
    expect(traded(trades, rates({ KFEE: '0.02' })).records[0]).toMatchObject({
      feeQuote: decimal('0.24'),
      realizedPnl: decimal('-0.24'),
      isUnvalued: false,
    })
    expect(traded(trades).records[0]).toMatchObject({ feeQuote: ZERO, realizedPnl: ZERO, isUnvalued: true })
  })

  test('PFL-03 counts a negative fee as a rebate', () => {
    const { records } = traded([{ side: 'sell', quantity: '1', price: '100', fee: '-0.02' }])
    expect(records[0]).toMatchObject({ feeQuote: decimal('-0.02'), realizedPnl: decimal('0.02') })
  })

  test('PFL-03 accepts a zero fee without an asset', () => {
    const posting = fillPosting({ ...fill({ side: 'buy', quantity: '1', price: '100' }), feeAsset: '' }, BTC_USD, ALPHA_OWNS, NO_RATES)
    expect(posting.lines).toHaveLength(4)
  })

  test('PFL-03 totals fees by sub-account, pair and asset', () => {
    const { ledger } = traded(
      [
        { side: 'buy', quantity: '1', price: '100', fee: '0.1' },
        { side: 'buy', quantity: '1', price: '100', fee: '0.2' },
        { side: 'buy', quantity: '1', price: '100', fee: '10', feeAsset: 'KFEE' },
        { side: 'buy', quantity: '1', price: '2000', fee: '1', instrument: ETH_EUR },
        { side: 'buy', quantity: '1', price: '100' },
      ],
      rates({ KFEE: '0.02', EUR: '1.1' }),
    )
    expect(ledger.feeTotals()).toEqual([
      { subAccount: ALPHA_SUB, instrumentId: BTC_USD.instrumentId, asset: USD, quantity: decimal('0.3'), value: decimal('0.3') },
      { subAccount: ALPHA_SUB, instrumentId: BTC_USD.instrumentId, asset: KFEE, quantity: decimal(10), value: decimal('0.2') },
      { subAccount: ALPHA_SUB, instrumentId: ETH_EUR.instrumentId, asset: EUR, quantity: decimal(1), value: decimal('1.1') },
    ])
    expect(ledger.totals(null).fees).toBe(decimal('1.6'))
  })

  test('PFL-03 keeps quote figures in quote and values at the rates of each trade', () => {
    const ledger = createLedger(USD)
    traded([{ side: 'buy', quantity: '1', price: '2000', fee: '2', instrument: ETH_EUR }], rates({ EUR: '1.1' }), ledger)
    const { records } = traded(
      [{ side: 'sell', quantity: '1', price: '2100', fee: '2', instrument: ETH_EUR }],
      rates({ EUR: '1.2' }),
      ledger,
    )
    expect(records[0]).toMatchObject({ grossPnl: decimal(100), realizedPnl: decimal(98), feeValue: decimal('2.4') })
    // 2100 × 1.2 − 2000 × 1.1 − 2.40
    expect(records[0]?.realizedValue).toBe(decimal('317.6'))
    // A fee in a third asset comes back in quote at both rates, 0 when the quote asset has none.
    const third = { side: 'buy', quantity: '1', price: '2000', fee: '10', feeAsset: 'KFEE', instrument: ETH_EUR } as const
    expect(traded([third], rates({ EUR: '1.25', KFEE: '0.02' })).records[0]).toMatchObject({ feeQuote: decimal('0.16'), isUnvalued: false })
    expect(traded([third], rates({ KFEE: '0.02' })).records[0]).toMatchObject({
      feeQuote: ZERO,
      feeValue: decimal('0.2'),
      isUnvalued: true,
    })
    expect(traded([{ side: 'buy', quantity: '1', price: '1', fee: '0.1', feeAsset: 'ETH', instrument: ETH_BTC }]).records[0]).toMatchObject(
      {
        feeQuote: decimal('0.1'),
        feeValue: ZERO,
        isUnvalued: true,
      },
    )
  })
})

describe('cash flows', () => {
  test('PFL-06 are no PnL: deposit, withdrawal with its fee, reward, conversion, adjustment', () => {
    const ledger = createLedger(USD)
    const rateOf = rates({ BTC: '100', ETH: '10' })
    const base = { accountId: ACCOUNT, subAccount: TREASURY, atMs: 1 }
    const leg = (asset: typeof USD, amount: string, fee = '0') => ({ asset, amount: decimal(amount), fee: decimal(fee) })
    ledger.apply(flowPosting({ ...base, flowId: 'L1', flow: 'deposit', legs: [leg(USD, '1000')] }, rateOf))
    ledger.apply(flowPosting({ ...base, flowId: 'L2', flow: 'withdrawal', legs: [leg(USD, '-200', '5')] }, rateOf))
    ledger.apply(flowPosting({ ...base, flowId: 'L3', flow: 'reward', legs: [leg(ETH, '2')] }, rateOf))
    ledger.apply(flowPosting({ ...base, flowId: 'L4', flow: 'dustConversion', legs: [leg(ETH, '-1'), leg(BTC, '0.09')] }, rateOf))
    expect(ledger.apply(flowPosting({ ...base, flowId: 'L1', flow: 'deposit', legs: [leg(USD, '1000')] }, rateOf))).toBeNull()
    const adjust = adjustmentPosting({ ...base, flowId: 'A1' }, { asset: ETH, ledger: decimal(1), venue: decimal('0.5') }, rateOf)
    expect(adjust).toMatchObject({ kind: 'flow', flow: 'adjustment' })
    if (adjust !== null) ledger.apply(adjust)
    expect(adjustmentPosting({ ...base, flowId: 'A2' }, { asset: ETH, ledger: decimal(1), venue: decimal('1') }, rateOf)).toBeNull()
    // 1000 − 200 − 5 + 20 − 10 + 9 − 5
    expect(ledger.totals(null)).toEqual({ flows: decimal(809), realized: ZERO, holdingRealized: ZERO, fees: ZERO, gas: ZERO })
    expect(ledger.holdingsOf({ accountId: null, subAccount: TREASURY }).map(({ asset, quantity }) => [asset, quantity])).toEqual([
      [BTC, decimal('0.09')],
      [ETH, decimal('0.5')],
      [USD, decimal(795)],
    ])
    expect(ledger.trialBalance().every(({ quantity }) => isZero(quantity))).toBe(true)
  })
})

describe('snapshots and replay', () => {
  const { ledger } = traded(
    [
      { side: 'buy', quantity: '2', price: '100', fee: '0.5' },
      { side: 'sell', quantity: '3', price: '110', fee: '4', feeAsset: 'KFEE' },
      { side: 'buy', quantity: '1', price: '2000', fee: '1', instrument: ETH_EUR },
    ],
    rates({ KFEE: '0.02', EUR: '1.1' }),
  )
  ledger.apply(allocation('500'))

  test('I10 a restored ledger equals the one that was, and goes on alike', () => {
    const json: Json = JSON.parse(canonicalJson(ledger.snapshot()))
    const restored = restoreLedger(json)
    expect(restored.snapshot()).toEqual(ledger.snapshot())
    const next = fillPosting(fill({ side: 'buy', quantity: '7', price: '95', fee: '0.1' }), BTC_USD, ALPHA_OWNS, NO_RATES)
    const twin = restoreLedger(json)
    expect(restored.apply(next)).toEqual(twin.apply(next))
    expect(restored.snapshot()).toEqual(twin.snapshot())
    expect(ledger.snapshot()).toEqual(json as never)
  })

  test('I10 refuses a snapshot of another version or form', () => {
    const snapshot = ledger.snapshot()
    expect(() => restoreLedger({ ...snapshot, version: 1 })).toThrow('version 1')
    expect(() => restoreLedger({})).toThrow(AppError)
    expect(() => restoreLedger([])).toThrow('ledger snapshot should be an object')
    expect(() => restoreLedger({ ...snapshot, balances: [{ account: 'cash' }] })).toThrow('balances.0.account should be one of')
    expect(() => restoreLedger({ ...snapshot, booked: { flows: [1], fills: [] } })).toThrow('booked.flows.0')
  })

  test('I10 postings survive the journal: read back, they give the same books', () => {
    const original = createLedger(USD)
    const replayed = createLedger(USD)
    const postings: Posting[] = [
      ...openingPostings(ACCOUNT, [{ asset: BTC, total: decimal(1) }], 1, NO_RATES),
      allocation('10'),
      fillPosting(fill({ side: 'buy', quantity: '1', price: '100', fee: '1', feeAsset: 'KFEE' }), BTC_USD, ALPHA_OWNS, NO_RATES),
      fillPosting(
        fill({ side: 'sell', quantity: '1', price: '100' }),
        BTC_USD,
        { accountId: ACCOUNT, botId: null, strategyId: null },
        NO_RATES,
      ),
    ]
    for (const posting of postings) {
      original.apply(posting)
      const read = readPosting(JSON.parse(canonicalJson(posting)))
      expect(read).toEqual(posting)
      replayed.apply(read)
    }
    expect(replayed.snapshot()).toEqual(original.snapshot())
  })

  test('I10 refuses a posting that was bent in the journal', () => {
    const posting = allocation('10')
    expect(() => readPosting({ ...posting, lines: posting.lines.slice(1) })).toThrow('does not balance')
    expect(() => readPosting({ ...posting, kind: 'gift' })).toThrow('posting.kind should be one of fill, flow, allocation')
    expect(() => readPosting({ ...posting, rates: { USD: 1 } })).toThrow('posting.rates.USD should be a decimal text')
  })
})
