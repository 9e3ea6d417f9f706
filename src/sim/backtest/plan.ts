import { parseConfig } from '#config/load'
import { decimal, isLess } from '#domain/decimal'
import { ConfigError } from '#domain/errors'
import { DEFAULT_PROTECTION } from '#risk/protection'
import type { RoutingConfig } from '#risk/types'
import type { ConfiguredStrategy } from '#strategies/types'
import type { BarColumns } from './columns'
import { dataOfBars } from './data'
import { DEFAULT_FILL_RULES } from '#sim/fills/types'
import pkg from '../../../package.json'
import { DERIVED, type InstrumentChoices, instrumentOfData } from './instrument'
import type { BacktestOptions } from './options'

/** Orders of a backtest are market orders unless somebody says otherwise: filled at the next open on bars. */
export const BACKTEST_ROUTING: RoutingConfig = Object.freeze({ style: 'market', slippageBpsMax: decimal('50'), timeInForce: 'gtc' })

export const DEFAULT_SEED = 42
export const DEFAULT_CAPITAL = decimal('10000')
const DEFAULT_TAG = 'bac7e5'

/** What a backtest must be told; `instrument` says what is not derived from the data. */
export interface BacktestPlan extends Partial<Omit<BacktestOptions, 'instrument' | 'strategy'>> {
  /** Bars alone, in place of `data`. */
  readonly columns?: BarColumns
  readonly strategy: ConfiguredStrategy
  readonly instrument?: Partial<InstrumentChoices>
}

/**
 * Fills in the defaults of everything that a plan leaves open: the open policy, no costs, 1 of base a position, seed 42.
 * @throws {ConfigError} for a size below the instrument's least, and for slippage by range on ticks.
 */
export function planBacktest(plan: BacktestPlan): BacktestOptions {
  const { columns, instrument, ...given } = plan
  const data = given.data ?? (columns === undefined ? null : dataOfBars('memory', columns))
  if (data === null) throw new TypeError('planBacktest(): give it data or columns')
  const policy = given.policy ?? 'open'
  const planned = instrumentOfData({ ...DERIVED, ...instrument }, data.bars)
  const size = given.size ?? { kind: 'quantity', quantity: decimal('1') }
  if (size.kind === 'quantity' && isLess(size.quantity, planned.quantityMin))
    throw new ConfigError(`quantity = ${size.quantity}: is below ${planned.quantityMin}, the least that ${planned.instrumentId} takes`)
  if (data.ticks !== null && given.fills?.slippage.kind === 'range')
    throw new ConfigError('slippage = a share of the range: ticks have no range (F1); give it in bps, such as 2bps')
  return {
    theme: 'unclassified',
    shorts: policy === 'open',
    team: null,
    botId: 'backtest',
    cycleMs: null,
    routing: BACKTEST_ROUTING,
    protection: DEFAULT_PROTECTION,
    capital: DEFAULT_CAPITAL,
    fromMs: null,
    config: given.config ?? parseConfig({}, 'defaults'),
    fills: DEFAULT_FILL_RULES,
    latencyMs: 0,
    seed: DEFAULT_SEED,
    version: pkg.version,
    tag: DEFAULT_TAG,
    journal: { kind: 'none' },
    onEntry: null,
    onProgress: () => undefined,
    ...given,
    data,
    size,
    policy,
    instrument: planned,
  }
}
