import { NO_SUMS } from '#domain/attribution'
import { CommandRefusedError, NotFoundError } from '#domain/errors'
import type { BooksPort, MetricsView, SubAccountView, TradeView } from '#ports/books'
import type { Operator } from '#ports/control'
import { NOON } from './fake-company'

const METRICS: MetricsView = {
  botId: null,
  includesManual: true,
  capital: '60000',
  realizedPnl: '276.8029',
  unrealizedPnl: '43.371',
  roi: 0.005336,
  trades: 18,
  wins: 11,
  losses: 6,
  winRate: 0.6111,
  expectancy: '15.37794',
  sharpe: 1.8,
  sortino: null,
  drawdownRatio: 0.0214,
  drawdownRatioMax: 0.031,
  holdMs: 5_400_000,
  fees: '102.2021',
  feesOfGross: 0.27,
  gas: '0',
  slippage: '4.41',
  slippageBps: 1.2,
}

function trade(index: number, over: Partial<TradeView> = {}): TradeView {
  return {
    atMs: NOON - index * 60_000,
    tradeId: `T${index}`,
    clientOrderId: null,
    instrumentId: 'BTC-USD@kraken',
    botId: 'trend-btc',
    strategyId: 'ema-cross',
    userref: null,
    side: 'sell',
    quantity: '0.05',
    price: '63124.9',
    cost: '3156.245',
    feeAsset: 'USD',
    feeQuantity: '8.2',
    closedQuantity: '0.05',
    realizedPnl: '12.3',
    realizedValue: '12.3',
    feeValue: '8.2',
    isUnvalued: false,
    ...over,
  }
}

const PARTS: readonly SubAccountView[] = [
  {
    name: 'treasury',
    kind: 'treasury',
    equity: '20000',
    cash: '20000',
    free: '20000',
    flows: '20000',
    realizedPnl: '0',
    unrealizedPnl: '0',
    fees: '0',
    assets: [{ asset: 'USD', total: '20000', value: '20000' }],
  },
]

/** What was last asked of fake books, for tests that look at it. */
export interface FakeBooks extends BooksPort {
  readonly asked: unknown[]
}

/** Books behind the real port, with figures that are fixed; each question is noted. */
export function fakeBooks(onMove: (operator: Operator, reason: string) => void): FakeBooks {
  const asked: unknown[] = []
  const note = <T>(question: unknown, answer: T): T => {
    asked.push(question)
    return answer
  }
  return {
    asked,
    metrics: (botId, includeManual) => {
      if (botId === 'nobody') throw new NotFoundError('there is no bot or sub-account "nobody"')
      return note({ botId, includeManual }, { ...METRICS, botId })
    },
    attribution: (query) =>
      note(query, {
        includesManual: true,
        groups: [{ bot: 'trend-btc', strategy: null, instrument: null, dayMs: null, ...NO_SUMS, realized: '12.3' }],
        total: { ...NO_SUMS, realized: '12.3' },
      }),
    daily: (botId, limit) =>
      note({ botId, limit }, [
        {
          dayMs: NOON - 43_200_000,
          openingEquity: '60000',
          closingEquity: '60320.18',
          flows: '0',
          pnl: '320.18',
          ratio: 0.0053,
          realizedPnl: '276.8',
          fees: '102.2',
          trades: 18,
        },
      ]),
    fees: () => ({
      byAsset: [{ asset: 'USD', quantity: '102.2021', value: '102.2021' }],
      byPair: [{ instrumentId: 'BTC-USD@kraken', value: '102.2021' }],
      total: '102.2021',
      gas: '0',
    }),
    trades: (query) => note(query, [trade(1), trade(2, { botId: 'external', strategyId: 'manual', userref: 7 })].slice(0, query.limit)),
    flows: (limit) =>
      note({ limit }, [
        { atMs: NOON, postingId: 'flow:1', kind: 'deposit', subAccount: 'treasury', asset: 'USD', amount: '500', value: '500' },
      ]),
    subAccounts: () => PARTS,
    snapshots: (sinceMs, untilMs, limit) =>
      note({ sinceMs, untilMs, limit }, [
        {
          atMs: NOON,
          seq: 4_210,
          valuationAsset: 'USD',
          equity: '60320.18',
          cash: '39208.75',
          flows: '60000',
          realizedPnl: '276.81',
          unrealizedPnl: '43.37',
          fees: '102.2',
          isPartial: false,
          assets: [{ asset: 'BTC', quantity: '0.21', value: '13256.229', source: 'BTC-USD@kraken mid', isUnvalued: false, isStale: false }],
          pairs: [{ instrumentId: 'BTC-USD@kraken', netQuantity: '0.21', realized: '276.81', unrealized: null }],
        },
      ]),
    moveCapital: ({ from, amount, reason }, operator) => {
      if (Number(amount) > 20_000) throw new CommandRefusedError(`"${from}" has 20000 USD free, not ${amount}`)
      onMove(operator, reason)
    },
  }
}
