// Random sessions at the matching engine of the emulators; the books of each worked out twice, by the ledger and by code of the test's own.
import { expect, test } from 'bun:test'
import { isZero, sum } from '#domain/decimal'
import { accountId, assetCode, botId, instrumentIdOf, strategyId, tradeId, venueId, venueOrderId } from '#domain/ids'
import type { Json } from '#domain/json'
import { createLedger, type Ledger, restoreLedger } from '#domain/ledger'
import { type FillOwner, fillPosting, flowPosting, type RateOf } from '#domain/ledger-postings'
import type { Fill } from '#domain/order'
import { performanceOf } from '#domain/performance'
import type { RealizedRecord } from '#domain/posting'
import { readPosting } from '#domain/posting-read'
import { TREASURY } from '#domain/sub-account'
import { USD_RULES } from '#domain/valuation'
import type { EngineFill } from '#sim/engine/types'
import { SeededRandom } from '#sim/random'
import { IS_LONG } from '../company/profile'
import { type Owner, playSession, type Session } from './ledger-session'
import { type Method, type Rates, Recomputed } from './recompute'

const KRAKEN = venueId('kraken')
const ACCOUNT = accountId('main@kraken')
const SESSIONS = IS_LONG ? 1_000 : 60

const lookupOf =
  (rates: Rates): RateOf =>
  (asset) =>
    (asset === 'USD' ? '1' : (rates[asset] ?? null)) as ReturnType<RateOf>

function instrumentOf(symbol: string) {
  const [base = '', quote = ''] = symbol.split('/')
  const [baseAsset, quoteAsset] = [assetCode(base), assetCode(quote)]
  return { instrumentId: instrumentIdOf(baseAsset, quoteAsset, KRAKEN), baseAsset, quoteAsset }
}

function fillOf(fill: EngineFill): Fill {
  return {
    tradeId: tradeId(fill.fillId),
    venueId: KRAKEN,
    instrumentId: instrumentOf(fill.symbol).instrumentId,
    venueOrderId: venueOrderId(fill.orderId),
    clientOrderId: null,
    side: fill.side,
    quantity: fill.quantity,
    price: fill.price,
    cost: fill.cost,
    feeAsset: fill.feeAsset,
    feeQuantity: fill.fee,
    liquidity: fill.liquidity,
    venueAtMs: fill.atMs,
  }
}

function ownerOf(owner: Owner): FillOwner {
  const [name = '', strategy] = owner.split(':')
  const tag = strategyId(strategy ?? 'trend-following')
  if (name !== 'external') return { accountId: ACCOUNT, botId: botId(name), strategyId: tag }
  return { accountId: ACCOUNT, botId: null, strategyId: strategy === undefined ? null : tag }
}

function figuresOf({ closedQuantity, entryPrice, grossPnl, feeQuote, realizedPnl, realizedValue, feeValue }: RealizedRecord) {
  return { closedQuantity, entryPrice, grossPnl, feeQuote, realizedPnl, realizedValue, feeValue }
}

/** The ledger in the words of the other books. */
function imageOf(ledger: Ledger) {
  const byKey = (rows: readonly (readonly string[])[]) => rows.toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1))
  const symbolOf = (instrument: string) => instrument.replace('@kraken', '').replace('-', '/')
  return {
    positions: byKey(
      ledger.positions().map((one) => {
        const { netQuantity, cost, costValue, realizedPnl, realizedValue, feeValue } = one
        return [`${one.subAccount}|${symbolOf(one.instrumentId)}`, netQuantity, cost, costValue, realizedPnl, realizedValue, feeValue]
      }),
    ),
    held: byKey(
      ledger.subAccounts().flatMap((subAccount) =>
        ledger
          .holdingsOf({ accountId: null, subAccount })
          .filter(({ quantity }) => !isZero(quantity))
          .map(({ asset, quantity }) => [`${subAccount}|${asset}`, quantity]),
      ),
    ),
    holdings: byKey(
      ledger
        .holdings()
        .filter(({ quantity, costValue }) => !isZero(quantity) || !isZero(costValue))
        .map(({ subAccount, asset, quantity, costValue }) => [`${subAccount}|${asset}`, quantity, costValue]),
    ),
    fees: byKey(
      ledger
        .feeTotals()
        .map(({ subAccount, instrumentId, asset, quantity, value }) => [
          `${subAccount}|${symbolOf(instrumentId)}|${asset}`,
          quantity,
          value,
        ]),
    ),
    totals: byKey(
      ledger.subAccounts().map((subAccount) => {
        const { flows, realized, holdingRealized, fees } = ledger.totals(subAccount)
        return [subAccount, flows, realized, holdingRealized, fees]
      }),
    ),
  }
}

/** Books a session twice and compares each trade, the whole at the end, and the equity at the closing prices. */
function compareBooks(seed: string, session: Session, method: Method): void {
  const random = new SeededRandom(`restarts/${seed}`)
  const own = new Recomputed(method)
  let ledger = createLedger(assetCode('USD'), method)
  for (const [index, event] of session.events.entries()) {
    if (event.kind === 'deposit') {
      own.deposit(TREASURY, event.asset, event.amount, event.rates)
      const legs = [{ asset: assetCode(event.asset), amount: event.amount, fee: '0' as typeof event.amount }]
      const flow = { flowId: `${index}`, flow: 'deposit', accountId: ACCOUNT, subAccount: TREASURY, legs, atMs: index } as const
      ledger.apply(flowPosting(flow, lookupOf(event.rates)))
      continue
    }
    const { fill, owner, rates } = event
    const posting = fillPosting(fillOf(fill), instrumentOf(fill.symbol), ownerOf(owner), lookupOf(rates))
    const journaled = readPosting(JSON.parse(JSON.stringify(posting)) as Json)
    const applied = ledger.apply(journaled)
    const expected = own.trade(fill, owner, rates)
    if (applied?.realized == null) throw new Error(`${seed}: ${fill.fillId} was not booked`)
    expect(figuresOf(applied.realized) as unknown, `${seed} ${method} ${fill.fillId}`).toEqual(expected)
    if (random.next() < 0.05) expect(ledger.apply(posting)).toBeNull()
    if (random.next() < 0.03) ledger = restoreLedger(JSON.parse(JSON.stringify(ledger.snapshot())) as Json)
  }
  expect(imageOf(ledger) as unknown, `${seed} ${method}`).toEqual(own.image())
  const lookup = (base: string, quote: string) => {
    const price = quote === 'USD' ? lookupOf(session.closing)(assetCode(base)) : null
    return price === null ? null : { price, source: '', isStale: false }
  }
  const { equity, flows, realizedPnl, unrealizedPnl } = performanceOf(ledger, lookup, USD_RULES, null)
  expect(equity as string, seed).toBe(own.equity(session.closing))
  expect(equity, seed).toBe(sum([flows, realizedPnl, unrealizedPnl]))
}

for (const method of ['weightedAverage', 'fifo'] as const) {
  test(`PFL-03 PFL-04 PAIN-10 the books of ${SESSIONS} random sessions are, to the last digit, those that the venue's fills give when worked out otherwise (${method})`, () => {
    let fills = 0
    const feeAssets = new Set<string>()
    for (let index = 0; index < SESSIONS; index++) {
      const session = playSession(`${index}`)
      compareBooks(`${index}`, session, method)
      fills += session.events.length
      for (const asset of session.feeAssets) feeAssets.add(asset)
    }
    expect(fills).toBeGreaterThan(SESSIONS * 20)
    expect([...feeAssets].sort()).toEqual(['AAA', 'BBB', 'EUR', 'TOK', 'USD'])
  }, 600_000)
}
