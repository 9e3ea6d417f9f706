import { AppError } from '#domain/errors'
import type { BacktestReport, RegressionKeys } from './report-schema'

/** How far a figure may lie from its baseline, as a share of the baseline (SIM-05). */
export const TOLERANCE = 0.02

/** The five figures, in the order in which they are shown. */
const KEYS = [
  'total_trades',
  'win_rate',
  'total_pnl_pct',
  'max_drawdown_pct',
  'profit_factor',
] as const satisfies readonly (keyof RegressionKeys)[]

/** One figure beside its baseline. */
export interface KeyComparison {
  readonly key: keyof RegressionKeys
  readonly baseline: number | null
  readonly now: number | null
  /** Difference as a share of the baseline; null where the baseline is zero or there is none. */
  readonly difference: number | null
  readonly isWithin: boolean
}

/**
 * Compares a report with its baseline, figure by figure: within ±2 % of the baseline; where that is zero or missing, exactly.
 * @throws {AppError} `BASELINE_MISMATCH` where the two were not made by the same strategy on the same data.
 */
export function compareReports(baseline: BacktestReport, now: BacktestReport): readonly KeyComparison[] {
  requireSame('strategy', baseline.metadata.strategy.name, now.metadata.strategy.name)
  requireSame('data (digest)', baseline.metadata.data.digest, now.metadata.data.digest)
  requireSame('level', baseline.metadata.level, now.metadata.level)
  return KEYS.map((key) => compareKey(key, baseline.regression_keys[key], now.regression_keys[key]))
}

function compareKey(key: keyof RegressionKeys, baseline: number | null, now: number | null): KeyComparison {
  if (baseline === null || now === null || baseline === 0) return { key, baseline, now, difference: null, isWithin: baseline === now }
  const difference = (now - baseline) / Math.abs(baseline)
  // The quotient of two doubles may miss an exact 2 % by a last bit.
  return { key, baseline, now, difference, isWithin: Math.abs(difference) <= TOLERANCE + 1e-12 }
}

function requireSame(what: string, baseline: string, now: string): void {
  if (baseline === now) return
  throw new AppError(`the baseline is of another ${what}: ${baseline}, not ${now}; compare runs of the same strategy on the same data`, {
    code: 'BASELINE_MISMATCH',
    severity: 'LOW',
    details: { what, baseline, now },
  })
}
