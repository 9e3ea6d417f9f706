// The whole company in virtual time over seeded bars.
import { expect, setDefaultTimeout, test } from 'bun:test'
import { teamOf } from '#actors/bots/bot-team'
import { readConfig } from '#config/load'
import { decimal } from '#domain/decimal'
import { mustExist } from '#domain/errors'
import { checkLookahead, checkWarmUp } from '#sim/backtest/lookahead'
import { type BacktestPlan, planBacktest } from '#sim/backtest/plan'
import { type BacktestResult, runBacktest } from '#sim/backtest/run'
import { backtest } from './harness'
import { seededBars } from './seeded-bars'

setDefaultTimeout(60_000)

const COLUMNS = seededBars('several', 3_000)
const BANDS = { strategy: 'bollinger-reversion', enabled: true, parameters: { timeframe: '1m', period: 10, deviations: 1.5 } }
const BREAK = { strategy: 'donchian-breakout', enabled: true, parameters: { timeframe: '1m', entryPeriod: 12, exitPeriod: 6 } }

function team(strategies: readonly object[], over: object = {}) {
  const bot = { id: 'team', strategies, instruments: ['BTC-USD@kraken'], capital: '1000', orderNotional: '100', ...over }
  const { config, problems } = readConfig({ bots: [bot] })
  if (config === null) throw new Error(problems.join('; '))
  const { strategy, ...terms } = teamOf(mustExist(config.bots[0], 'no bot'))
  return { strategy, team: terms }
}

function run(strategies: readonly object[], over: object = {}, onEntry: BacktestPlan['onEntry'] = null): BacktestResult {
  const size = { kind: 'quantity', quantity: decimal('0.01') } as const
  return runBacktest(planBacktest({ columns: COLUMNS, size, onEntry, ...team(strategies, over) }))
}

test('STR-05 a bot of several strategies backtests: deterministic, and each position is its strategy’s', () => {
  const { report, runtime } = run([BANDS, BREAK])
  expect(report.trades.length).toBeGreaterThan(50)
  const again = run([BREAK, BANDS])
  expect(again.report.trades).toEqual(report.trades)
  expect(again.report.summary).toEqual(report.summary)
  const { trades } = runtime.company.portfolio.scores
  const byStrategy = new Map<string, number>()
  for (const { strategyId, side, quantity } of trades) {
    const signed = Number(quantity) * (side === 'buy' ? 1 : -1)
    byStrategy.set(String(strategyId), (byStrategy.get(String(strategyId)) ?? 0) + signed)
  }
  expect([...byStrategy.keys()].sort()).toEqual(['bollinger-reversion', 'donchian-breakout'])
  // Whoever bought has sold, but for what is held at the end.
  const open = Number(
    runtime.company.portfolio.positionOf(mustExist(runtime.company.deps.bots[0], 'no bot').botId, trades[0]?.instrumentId as never),
  )
  expect([...byStrategy.values()].reduce((sum, value) => sum + value, 0)).toBeCloseTo(open, 9)
  for (const value of byStrategy.values()) expect([0, open].some((held) => Math.abs(held - value) < 1e-9)).toBe(true)
})

test('STR-03 a list of one does what the strategy does alone; one that is not enabled changes nothing', () => {
  const alone = backtest(COLUMNS, 'bollinger-reversion', BANDS.parameters).report
  expect(run([BANDS]).report.trades).toEqual(alone.trades)
  expect(run([BANDS, { ...BREAK, enabled: false }]).report.trades).toEqual(alone.trades)
})

test('STR-05 adding convictions up, both at full conviction, comes to a full position', () => {
  const { report } = run([BANDS, BREAK], { aggregation: 'aggregateAndClamp' })
  expect(new Set(report.trades.map(({ size }) => Number(size)))).toEqual(new Set([0.01]))
})

test('STR-05 what was dropped is in the journal', () => {
  const reasons = new Set<unknown>()
  run([BANDS, BREAK], {}, ({ kind, payload }) => {
    if (kind !== 'strategies.aggregated') return
    for (const dropped of payload['dropped'] as readonly { readonly risk_reason: string }[]) reasons.add(dropped.risk_reason)
  })
  expect([...reasons].sort()).toEqual(['exit_first', 'held_by_other', 'not_its_position'])
})

test('SIM-10 neither look-ahead nor warm-up is found in several as one', () => {
  const { strategy } = team([BANDS, BREAK])
  expect(checkLookahead(strategy, seededBars('ahead', 400))).toBeNull()
  expect(checkWarmUp(strategy, seededBars('warm', 600))).toBeNull()
})
