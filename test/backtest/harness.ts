import type { BarColumns } from '#sim/backtest/columns'
import { type BacktestPlan, planBacktest } from '#sim/backtest/plan'
import { type BacktestResult, runBacktest } from '#sim/backtest/run'
import { decimal } from '#domain/decimal'
import { configureStrategy } from '#strategies/registry'

/** Runs a registered strategy over columns: 0.01 of the coin a position, no cost, every cap open, unless the test says otherwise. */
export function backtest(
  columns: BarColumns,
  strategy: string,
  parameters: Readonly<Record<string, unknown>> = {},
  plan: Partial<BacktestPlan> = {},
): BacktestResult {
  const size = { kind: 'quantity', quantity: decimal('0.01') } as const
  return runBacktest(planBacktest({ columns, size, strategy: configureStrategy(strategy, parameters), ...plan }))
}
