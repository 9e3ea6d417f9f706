import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { absolute, add, type Decimal, decimal, isZero, multiply, negate, subtract, sum, ZERO } from '#domain/decimal'
import { type AssetCode, assetCode, botId, venueId } from '#domain/ids'
import { createLedger, type Ledger, restoreLedger } from '#domain/ledger'
import { allocationPosting, dustPosting, type FillOwner, fillPosting, flowPosting, gasPosting, type RateOf } from '#domain/ledger-postings'
import { performanceOf } from '#domain/performance'
import { FLOW_KINDS } from '#domain/posting'
import { type SubAccountId, subAccountOf, TREASURY } from '#domain/sub-account'
import { type PriceLookup, USD_RULES } from '#domain/valuation'
import { ACCOUNT, BTC, BTC_USD, ETH, ETH_BTC, ETH_EUR, EUR, fill, KFEE, USD } from './ledger-fixture'

/*
 * Random lives of an account: deposits and rewards in five assets, allocations, gas, positions swept as dust, and fills of two bots and of
 * nobody in three pairs, one of them quoted in the valuation asset, with fees in base, quote and a third asset, some without a known price. Prices move
 * at every step. Whatever happens, the books must agree with a naive model and explain equity to the last digit.
 */
const ASSETS = [USD, EUR, BTC, ETH, KFEE]
const PAIRS = [BTC_USD, ETH_EUR, ETH_BTC]
const BOTS = [botId('alpha'), botId('beta'), null]

const amount = fc.bigInt({ min: 1n, max: 10n ** 11n }).map((units) => decimal(`${units}e-8`))
const price = fc.bigInt({ min: 1n, max: 10n ** 9n }).map((units) => decimal(`${units}e-4`))
const priceTable = fc.record({ EUR: price, BTC: price, ETH: fc.option(price, { freq: 5 }), KFEE: fc.option(price, { freq: 3 }) })

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('fill' as const),
      table: priceTable,
      pair: fc.constantFrom(...PAIRS),
      bot: fc.constantFrom(...BOTS),
      isBuy: fc.boolean(),
      quantity: amount,
      price,
      rounding: fc.integer({ min: -3, max: 3 }),
      fee: fc.bigInt({ min: -100n, max: 1000n }).map((units) => decimal(`${units}e-7`)),
      feeIn: fc.constantFrom('base', 'quote', 'KFEE', 'USD'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('flow' as const),
      table: priceTable,
      flow: fc.constantFrom(...FLOW_KINDS),
      asset: fc.constantFrom(...ASSETS),
      isIn: fc.boolean(),
      amount,
      fee: fc.constantFrom('0', '0.01'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('allocation' as const),
      table: priceTable,
      bot: fc.constantFrom(botId('alpha'), botId('beta')),
      isBack: fc.boolean(),
      asset: fc.constantFrom(...ASSETS),
      amount,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('gas' as const, 'dust' as const),
      table: priceTable,
      bot: fc.constantFrom(botId('alpha'), botId('beta')),
      pair: fc.constantFrom(...PAIRS),
      asset: fc.constantFrom(...ASSETS),
      amount,
      price,
    }),
  },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

type Table = Step['table']

function rateOf(table: Table): RateOf {
  return (asset) => (asset === USD ? decimal(1) : (Object.entries(table).find(([name]) => name === asset)?.[1] ?? null))
}

function lookupOf(table: Table): PriceLookup {
  const rate = rateOf(table)
  return (base, quote) => {
    const found = quote === USD ? rate(base) : null
    return found === null ? null : { price: found, source: `${base}/USD`, isStale: false }
  }
}

/** What the venue and a child with a slate would say: balances and signed sums of fills, nothing else. */
class Slate {
  readonly venue = new Map<AssetCode, Decimal>()
  readonly net = new Map<string, Decimal>()

  move(asset: AssetCode, by: Decimal): void {
    this.venue.set(asset, add(this.venue.get(asset) ?? ZERO, by))
  }

  trade(key: string, by: Decimal): void {
    this.net.set(key, add(this.net.get(key) ?? ZERO, by))
  }
}

function perform(ledger: Ledger, slate: Slate, each: Step, id: number): void {
  const rate = rateOf(each.table)
  switch (each.kind) {
    case 'fill': {
      const { pair } = each
      const feeAsset = each.feeIn === 'base' ? pair.baseAsset : each.feeIn === 'quote' ? pair.quoteAsset : assetCode(each.feeIn)
      const cost = add(multiply(each.quantity, each.price), decimal(`${each.rounding}e-12`))
      const trading = {
        side: each.isBuy ? 'buy' : 'sell',
        quantity: each.quantity,
        price: each.price,
        cost,
        fee: each.fee,
        feeAsset,
      } as const
      const owner: FillOwner = { accountId: ACCOUNT, botId: each.bot, strategyId: null }
      const applied = ledger.apply(fillPosting(fill({ ...trading, tradeId: `P${id}`, instrument: pair }), pair, owner, rate))
      expect(applied?.realized?.realizedPnl).toBe(subtract(applied?.realized?.grossPnl ?? ZERO, applied?.realized?.feeQuote ?? ZERO))
      const signed = each.isBuy ? each.quantity : negate(each.quantity)
      slate.move(pair.baseAsset, signed)
      slate.move(pair.quoteAsset, each.isBuy ? negate(cost) : cost)
      slate.move(feeAsset, negate(each.fee))
      slate.trade(`${subAccountOf(each.bot)}|${pair.instrumentId}`, feeAsset === pair.baseAsset ? subtract(signed, each.fee) : signed)
      break
    }
    case 'flow': {
      const signed = each.isIn ? each.amount : negate(each.amount)
      const legs = [{ asset: each.asset, amount: signed, fee: decimal(each.fee) }]
      ledger.apply(flowPosting({ flowId: `${id}`, flow: each.flow, accountId: ACCOUNT, subAccount: TREASURY, legs, atMs: id }, rate))
      slate.move(each.asset, subtract(signed, decimal(each.fee)))
      break
    }
    case 'allocation': {
      const bot = subAccountOf(each.bot)
      const [from, to]: readonly [SubAccountId, SubAccountId] = each.isBack ? [bot, TREASURY] : [TREASURY, bot]
      const allocation = { allocationId: `${id}`, accountId: ACCOUNT, from, to, asset: each.asset, amount: each.amount, atMs: id }
      ledger.apply(allocationPosting(allocation, rate))
      break
    }
    case 'gas': {
      const { bot, asset, amount: paid } = each
      const owner = { accountId: ACCOUNT, subAccount: subAccountOf(bot), botId: bot, strategyId: null }
      ledger.apply(gasPosting(`${id}`, { ...owner, instrumentId: null, asset, amount: paid }, id, rate))
      slate.move(asset, negate(paid))
      break
    }
    case 'dust': {
      const { bot, pair } = each
      const quantity = ledger.netQuantityOf(subAccountOf(bot), pair.instrumentId)
      if (isZero(quantity)) break
      const owner = { accountId: ACCOUNT, subAccount: subAccountOf(bot), botId: bot, strategyId: null, venueId: venueId('kraken') }
      const applied = ledger.apply(dustPosting(`${id}`, { ...owner, ...pair, to: TREASURY, quantity, price: each.price }, id, rate))
      expect(applied?.realized?.closedQuantity).toBe(absolute(quantity))
      expect(ledger.position(subAccountOf(bot), pair.instrumentId)).toMatchObject({ netQuantity: ZERO, cost: ZERO, costValue: ZERO })
      slate.trade(`${subAccountOf(bot)}|${pair.instrumentId}`, negate(quantity))
    }
  }
}

for (const method of ['weightedAverage', 'fifo'] as const) {
  test(`I5 I12 PFL-06 books of random lives balance, add up and explain equity exactly (${method})`, () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), priceTable, (steps, closing) => {
        const ledger = createLedger(USD, method)
        const slate = new Slate()
        for (const [id, each] of steps.entries()) {
          perform(ledger, slate, each, id)
          // I5: every asset sums to zero over all accounts.
          expect(ledger.trialBalance().every(({ quantity }) => isZero(quantity))).toBe(true)
          // I12: sub-accounts add up to what the venue holds, at every step.
          for (const [asset, held] of slate.venue) {
            expect(sum(ledger.subAccounts().map((sub) => ledger.held(ACCOUNT, sub, asset)))).toBe(held)
          }
          const totals = ledger.holdingsOf({ accountId: ACCOUNT, subAccount: null })
          for (const { asset, quantity } of totals) expect(quantity).toBe(slate.venue.get(asset) ?? ZERO)
        }
        // I5: a position is the sum of its fills (less fees taken in base).
        expect(ledger.positions()).toHaveLength(slate.net.size)
        for (const position of ledger.positions()) {
          expect(position.netQuantity).toBe(slate.net.get(`${position.subAccount}|${position.instrumentId}`) ?? ZERO)
        }
        // PFL-06: equity = flows + realised + unrealised at whatever prices, for the company and for each part of it.
        const parts = ledger.subAccounts().map((sub) => performanceOf(ledger, lookupOf(closing), USD_RULES, sub))
        const whole = performanceOf(ledger, lookupOf(closing), USD_RULES, null)
        for (const each of [...parts, whole]) expect(each.equity).toBe(sum([each.flows, each.realizedPnl, each.unrealizedPnl]))
        expect(sum(parts.map((part) => part.equity))).toBe(whole.equity)
        expect(sum(parts.map((part) => part.fees))).toBe(whole.fees)
        expect(sum(parts.map((part) => part.gas))).toBe(whole.gas)
        expect(restoreLedger(JSON.parse(JSON.stringify(ledger.snapshot()))).snapshot()).toEqual(ledger.snapshot())
      }),
      { numRuns: 150 },
    )
  })
}

test('PFL-06 Δequity between two instants equals Δrealised + Δunrealised + Δflows exactly', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 2, maxLength: 20 }), priceTable, priceTable, fc.nat(), (steps, before, after, pick) => {
      const ledger = createLedger(USD)
      const slate = new Slate()
      const half = pick % steps.length
      for (const [id, each] of steps.slice(0, half).entries()) perform(ledger, slate, each, id)
      const first = performanceOf(ledger, lookupOf(before), USD_RULES, null)
      for (const [id, each] of steps.slice(half).entries()) perform(ledger, slate, each, half + id)
      const second = performanceOf(ledger, lookupOf(after), USD_RULES, null)
      const change = (figure: 'equity' | 'flows' | 'realizedPnl' | 'unrealizedPnl') => subtract(second[figure], first[figure])
      expect(change('equity')).toBe(sum([change('realizedPnl'), change('unrealizedPnl'), change('flows')]))
    }),
  )
})
