import { describe, expect, test } from 'bun:test'
import { parseConfig } from '#config/load'
import { DAY_MS } from '#domain/time'
import type { BacktestPlan } from '#sim/backtest/plan'
import { barsOf, d, MINUTE, OPEN_CAPS, runScript, type Wish } from './scripted'

/* The drawdown breakers in a backtest: the same rules, on recorded prices, in virtual time. */

function configured(breakers: object): Partial<BacktestPlan> {
  const loose = { dailyLossRatio: 1, consecutiveLosses: 99, botDrawdownRatio: 1 }
  return { policy: 'config', config: parseConfig({ risk: OPEN_CAPS, breakers: { ...loose, ...breakers } }, 'test'), capital: d('1000') }
}

/** Bars that stand at a price each. */
const at = (prices: readonly number[]) => barsOf(prices.map((price) => [price, price, price, price]))

describe('RSK-08 a fall of what is held, nothing sold', () => {
  test('RSK-08 REQ-DD1 halts at max_drawdown_pct with an alert; no trade follows', () => {
    // Five at 100 are half of 1,000: a price of 59 is a fall of 20.5 %.
    const wishes: Record<number, Wish> = { 0: { quantity: '5' }, 3: { quantity: '5.1' }, 6: { quantity: '5.2' }, 9: { quantity: '0' } }
    const { fills, result } = runScript(at([100, 100, 100, 90, 70, 59, 59, 59, 80, 100, 100, 100]), wishes, configured({}))
    expect(fills.map(({ atMs }) => atMs / MINUTE)).toEqual([1, 4])
    expect(result.report.summary).toMatchObject({ companyState: 'HALTED', botState: 'HALTED' })
    expect(result.report.events.breakers).toMatchObject({ 'maxDrawdown:company': 1, 'dailyDrawdown:company': 1 })
    expect(result.report.events.alerts['BREAKER_MAXDRAWDOWN']).toBe(1)
  })

  test('RSK-08 from 10 % of the day on only reducing orders pass, until the UTC day is over', () => {
    const day = DAY_MS / MINUTE
    const prices = Array.from({ length: day + 10 }, (_, minute) => (minute < 5 ? 100 : 78))
    const wishes: Record<number, Wish> = {
      0: { quantity: '5' },
      10: { quantity: '6' }, // blocked: 11 % are lost
      20: { quantity: '4' },
      30: { quantity: '5' }, // blocked
      [day + 2]: { quantity: '5' },
    }
    const { fills, result } = runScript(at(prices), wishes, configured({}))
    expect(fills.map(({ atMs, side }) => [atMs / MINUTE, side])).toEqual([
      [1, 'buy'],
      [21, 'sell'],
      [day + 3, 'buy'],
    ])
    expect(result.report.events.blocked).toMatchObject({ reducing_only: 2 })
    expect(result.report.summary).toMatchObject({ companyState: 'TRADING', botState: 'ACTIVE' })
  })

  test('RSK-08 25 % of the bot halts the bot alone', () => {
    const loose = { botDrawdownRatio: 0.25, dailyDrawdownRatio: 0.9, maxDrawdownRatio: 0.9, portfolioDrawdownRatio: 0.9 }
    const wishes: Record<number, Wish> = { 0: { quantity: '5' }, 6: { quantity: '5.5' } }
    const { fills, result } = runScript(at([100, 100, 100, 100, 70, 49, 49, 49, 49, 49]), wishes, configured(loose))
    expect(fills.length).toBe(1)
    expect(result.report.summary).toMatchObject({ companyState: 'TRADING', botState: 'HALTED' })
    expect(result.report.events.breakers).toEqual({ 'botDrawdown:backtest': 1 })
  })
})
