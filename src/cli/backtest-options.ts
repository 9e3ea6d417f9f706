import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { protectionOf } from '#actors/bots/bot-specs'
import { teamOf } from '#actors/bots/bot-team'
import { loadConfig } from '#config/load'
import { protection } from '#config/protection-schema'
import type { TroupeConfig } from '#config/schema'
import { type Decimal, decimal, isDecimalText, isPositive } from '#domain/decimal'
import { messageOf } from '#domain/errors'
import { TIMEFRAMES, type Timeframe } from '#domain/time'
import { DEFAULT_FILL_RULES, type FillRules } from '#sim/fills/types'
import type { SlippageModel } from '#sim/fills/slippage'
import type { InstrumentChoices } from '#sim/backtest/instrument'
import type { BacktestSize } from '#sim/backtest/options'
import type { DataFile } from '#sim/backtest/read-data'
import { type BacktestPlan, DEFAULT_CAPITAL, DEFAULT_SEED } from '#sim/backtest/plan'
import type { ProtectionConfig } from '#risk/protection'
import { STRATEGIES, configureStrategy } from '#strategies/registry'
import { type Arguments, JSON_FLAG, type OptionSpec, UsageError } from './command'
import { integerOption, ROOT } from './world-options'

const NAMES = STRATEGIES.map((entry) => entry.strategyId).join(', ')
const LATENCY_MAX_MS = 60_000
/** Of fees and slippage. */
const BPS_MAX = 1_000
const STYLES = ['market', 'limit', 'marketable', 'postOnly'] as const

/** Options of `troupe backtest`. */
export const BACKTEST_OPTIONS: readonly OptionSpec[] = [
  { name: 'data', value: 'FILE', text: 'CSV of bars, of trades or of quotes; its header says which' },
  { name: 'trades', value: 'FILE', text: 'CSV of trades beside --data: fills come from ticks (F1)' },
  { name: 'quotes', value: 'FILE', text: 'CSV of quotes beside --data: fills come from ticks (F1)' },
  { name: 'timeframe', value: 'TF', text: `bars that ticks are made into, where no file has bars: ${TIMEFRAMES.join(', ')}; default 1m` },
  { name: 'allow-gaps', value: null, text: 'run over holes between bars; the report counts them and names their rows' },
  { name: 'from', value: 'TIME', text: 'trade from this UTC time on (2022-01-15, 2022-01-15T12:00); what closes before only warms up' },
  { name: 'strategy', value: 'NAME', text: NAMES },
  { name: 'bot', value: 'ID', text: 'in place of --strategy: what that bot of the configuration runs, one strategy or several' },
  { name: 'params', value: 'TEXT', text: "its parameters as JSON or YAML: '{timeframe: 1m, fastPeriod: 10}'" },
  { name: 'quantity', value: 'BASE', text: 'base of one full position' },
  { name: 'notional', value: 'QUOTE', text: 'quote that one full position is worth; default 100' },
  { name: 'capital', value: 'QUOTE', text: `what the account begins with; default ${DEFAULT_CAPITAL}` },
  {
    name: 'instrument',
    value: 'TEXT',
    text: 'BTC-USD@backtest, or YAML (a .yaml file too) with symbol, tickSize, lotSize, quantityMin, …',
  },
  { name: 'fee-bps-maker', value: 'BPS', text: 'fee of a resting fill, basis points; default 0' },
  { name: 'fee-bps-taker', value: 'BPS', text: 'fee of a fill that takes, basis points; default 0' },
  {
    name: 'slippage',
    value: 'MODEL',
    text: "none (the default), 2bps of the price, or 0.1range: a share of the bar's high − low (F0 alone)",
  },
  { name: 'latency-ms', value: 'N', text: `one way, of orders and of reports, up to ${LATENCY_MAX_MS}; default 0` },
  { name: 'fill', value: 'RULE', text: 'resting limits fill when the market touches them (touch, the default) or trades through them' },
  { name: 'volume-share', value: 'X', text: 'most of a bar or print that our orders get, 0 to 1; default no cap' },
  { name: 'routing', value: 'STYLE', text: `${STYLES.join(', ')}; default market` },
  {
    name: 'protection',
    value: 'TEXT',
    text: "stops of positions, as bots[].protection has them, JSON or YAML: '{stopLossRatio: 0.02}'; default: what the strategy states",
  },
  {
    name: 'policy',
    value: 'NAME',
    text: "config (the configuration's risk limits, the default) or open: no caps, no breakers, shorts allowed",
  },
  { name: 'shorts', value: null, text: 'more may be sold than is held, under any policy' },
  { name: 'config', value: 'FILE', text: 'a YAML file of your own, laid over config/default.yaml: limits, breakers, desk' },
  { name: 'seed', value: 'N', text: `seed of everything random; default ${DEFAULT_SEED}` },
  { name: 'report', value: 'FILE', text: 'write the report there, JSON; no file that is read, and whole or not at all' },
  { name: 'journal', value: 'FILE', text: 'keep the chained journal in that new SQLite file (see: troupe journal verify)' },
  { name: 'compare', value: 'FILE', text: 'compare with a baseline report: exit 0 within 2 %, 1 beyond, 2 where that cannot be told' },
  { name: 'check-lookahead', value: null, text: 'check that decisions need neither later bars nor the same start; exit 1 where they do' },
  { ...JSON_FLAG, text: 'print the report instead of the summary' },
]

/** What a command line of `troupe backtest` asks for, its files still unread. */
export interface BacktestRequest {
  readonly files: readonly DataFile[]
  /** Every file that is read: none of them may be written. */
  readonly inputs: readonly string[]
  readonly timeframe: Timeframe
  readonly allowGaps: boolean
  readonly plan: Omit<BacktestPlan, 'data' | 'columns' | 'journal'>
  readonly reportPath: string | null
  readonly journalPath: string | null
  readonly baselinePath: string | null
  readonly checksLookahead: boolean
  readonly isJson: boolean
}

/** Reads the command line. @throws {UsageError} naming option, value and rule; {@link ConfigError} for parameters and configuration. */
export function readBacktestRequest(args: Arguments): BacktestRequest {
  const [data, trades, quotes] = [args.text('data'), args.text('trades'), args.text('quotes')]
  const ticks = [
    ...(trades === null ? [] : [{ path: trades, kind: 'trades' } as const]),
    ...(quotes === null ? [] : [{ path: quotes, kind: 'quotes' } as const]),
  ]
  const files = data === null ? ticks : [data, ...ticks]
  if (files.length === 0) throw new UsageError('--data: name a CSV file of bars, trades or quotes (see: bun run troupe backtest --help)')
  const config = loadConfig({ configDir: join(ROOT, 'config'), file: args.text('config'), options: {} })
  const policy = choice(args, 'policy', ['config', 'open'] as const) ?? 'config'
  const chosen = readInstrument(args)
  return {
    files,
    inputs: [data, trades, quotes, args.text('config'), args.text('instrument')].filter((path) => path !== null),
    timeframe: choice(args, 'timeframe', TIMEFRAMES) ?? '1m',
    allowGaps: args.flag('allow-gaps'),
    plan: {
      ...runOf(args, config),
      size: sizeOf(args),
      capital: amount(args, 'capital') ?? DEFAULT_CAPITAL,
      fromMs: timeOf(args, 'from'),
      instrument: chosen.choices,
      theme: chosen.theme,
      shorts: args.flag('shorts') || chosen.shorts || policy === 'open',
      policy,
      config,
      fills: rulesOf(args),
      latencyMs: integerOption(args, 'latency-ms', 0, LATENCY_MAX_MS) ?? 0,
      seed: integerOption(args, 'seed', 0, 4_294_967_295) ?? DEFAULT_SEED,
      routing: {
        style: choice(args, 'routing', STYLES) ?? 'market',
        slippageBpsMax: decimal('50'),
        timeInForce: 'gtc',
      },
      protection: readProtection(args),
    },
    reportPath: args.text('report'),
    journalPath: args.text('journal'),
    baselinePath: args.text('compare'),
    checksLookahead: args.flag('check-lookahead'),
    isJson: args.flag('json'),
  }
}

/** What runs: a strategy by name, or what a bot of the configuration runs, with its cycle. */
function runOf(args: Arguments, config: TroupeConfig): Pick<BacktestPlan, 'strategy' | 'team' | 'cycleMs'> {
  const [name, id] = [args.text('strategy'), args.text('bot')]
  if (id === null) {
    if (name === null) throw new UsageError(`--strategy: choose one of ${NAMES}`)
    return { strategy: configureStrategy(name, parametersOf(args)) }
  }
  if (name !== null) throw new UsageError('--strategy and --bot exclude each other')
  if (args.text('params') !== null)
    throw new UsageError('--params goes with --strategy; the parameters of a bot are those of its configuration')
  const bot = config.bots.find((one) => one.id === id)
  if (bot === undefined)
    throw new UsageError(`--bot = "${id}": there is no such bot; there are ${config.bots.map((one) => one.id).join(', ')}`)
  const { strategy, ...team } = teamOf(bot)
  return { strategy, team, cycleMs: bot.cycleMs }
}

function parametersOf(args: Arguments): unknown {
  const text = args.text('params')
  if (text?.trim() === '') throw new UsageError('--params = "": must be JSON or YAML such as \'{timeframe: 1m}\', or left out')
  return text === null ? {} : yamlOf('params', text)
}

function readProtection(args: Arguments): ProtectionConfig {
  const text = args.text('protection')
  if (text === null) return protectionOf(null)
  const parsed = protection.safeParse(yamlOf('protection', text))
  if (!parsed.success) throw new UsageError(`--protection: ${z.prettifyError(parsed.error).replaceAll(/\s*\n\s*/g, ' ')}`)
  return protectionOf(parsed.data)
}

function sizeOf(args: Arguments): BacktestSize {
  const quantity = amount(args, 'quantity')
  const notional = amount(args, 'notional')
  if (quantity !== null && notional !== null) throw new UsageError('--quantity and --notional exclude each other')
  return quantity === null ? { kind: 'notional', notional: notional ?? decimal('100') } : { kind: 'quantity', quantity }
}

function rulesOf(args: Arguments): FillRules {
  const share = amount(args, 'volume-share')
  if (share !== null && Number(share) > 1) throw new UsageError(`--volume-share = "${share}": must be above 0 and at most 1`)
  return {
    slippage: slippageOf(args.text('slippage')),
    touch: choice(args, 'fill', ['touch', 'through'] as const) ?? DEFAULT_FILL_RULES.touch,
    volumeShareMax: share === null ? null : Number(share),
  }
}

/** Reads `none`, `2bps` or `0.1range`. */
function slippageOf(text: string | null): SlippageModel {
  if (text === null || text === 'none') return { kind: 'none' }
  const [, figure = '', unit = ''] = /^(\d+(?:\.\d+)?)(bps|range)$/.exec(text) ?? []
  if (figure === '' || (unit === 'range' && Number(figure) > 1))
    throw new UsageError(`--slippage = "${text}": must be none, basis points such as 2bps, or a share of the range such as 0.1range`)
  if (unit === 'bps' && Number(figure) > BPS_MAX) throw new UsageError(`--slippage = "${text}": must be at most ${BPS_MAX}bps`)
  return unit === 'bps' ? { kind: 'bps', bps: decimal(figure) } : { kind: 'range', share: decimal(figure) }
}

const figure = z.union([z.number(), z.string()]).transform(String)
const positive = figure.refine((text) => isDecimalText(text) && isPositive(decimal(text)), 'must be a positive number')
const rate = figure.refine(
  (text) => isDecimalText(text) && Math.abs(Number(text)) <= BPS_MAX,
  `must be basis points from -${BPS_MAX} to ${BPS_MAX}`,
)

const instrumentFile = z.strictObject({
  symbol: z.string().default('BTC-USD@backtest'),
  tickSize: positive.nullable().default(null),
  lotSize: positive.nullable().default(null),
  quantityMin: positive.nullable().default(null),
  notionalMin: positive.nullable().default(null),
  costScale: z.int().min(0).max(18).nullable().default(null),
  makerFeeBps: rate.default('0'),
  takerFeeBps: rate.default('0'),
  shorts: z.boolean().default(false),
  theme: z.string().min(1).max(60).default('unclassified'),
})

interface ChosenInstrument {
  readonly choices: InstrumentChoices
  readonly shorts: boolean
  readonly theme: string
}

function readInstrument(args: Arguments): ChosenInstrument {
  const text = args.text('instrument') ?? 'BTC-USD@backtest'
  const isFile = /\.(ya?ml|json)$/.test(text)
  const raw = isFile
    ? yamlOf('instrument', fileText('instrument', text))
    : text.trimStart().startsWith('{')
      ? yamlOf('instrument', text)
      : { symbol: text }
  const parsed = instrumentFile.safeParse(raw)
  if (!parsed.success) throw new UsageError(`--instrument: ${z.prettifyError(parsed.error).replaceAll(/\s*\n\s*/g, ' ')}`)
  const { shorts, theme, symbol, costScale, ...given } = parsed.data
  const money = (value: string | null) => (value === null ? null : decimal(value))
  return {
    shorts,
    theme,
    choices: {
      symbol,
      costScale,
      tickSize: money(given.tickSize),
      lotSize: money(given.lotSize),
      quantityMin: money(given.quantityMin),
      notionalMin: money(given.notionalMin),
      makerFeeBps: feeBps(args, 'fee-bps-maker') ?? decimal(given.makerFeeBps),
      takerFeeBps: feeBps(args, 'fee-bps-taker') ?? decimal(given.takerFeeBps),
    },
  }
}

/** A rebate is a negative fee. */
function feeBps(args: Arguments, name: string): Decimal | null {
  const text = args.text(name)
  if (text === null) return null
  if (!isDecimalText(text) || Math.abs(Number(text)) > BPS_MAX)
    throw new UsageError(`--${name} = "${text}": must be basis points from -${BPS_MAX} to ${BPS_MAX}`)
  return decimal(text)
}

function amount(args: Arguments, name: string): Decimal | null {
  const text = args.text(name)
  if (text === null) return null
  if (!isDecimalText(text) || !isPositive(decimal(text))) throw new UsageError(`--${name} = "${text}": must be a positive number`)
  return decimal(text)
}

/** A day or an instant in UTC, whatever the machine's zone. */
function timeOf(args: Arguments, name: string): number | null {
  const text = args.text(name)
  if (text === null) return null
  const atMs = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?)?$/.test(text)
    ? Date.parse(`${text.includes('T') ? text : `${text}T00:00`}Z`)
    : Number.NaN
  // 31 February would be read as a day of March.
  if (Number.isNaN(atMs) || !new Date(atMs).toISOString().startsWith(text))
    throw new UsageError(`--${name} = "${text}": must be a UTC time such as 2022-01-15 or 2022-01-15T12:00`)
  return atMs
}

function choice<T extends string>(args: Arguments, name: string, choices: readonly T[]): T | null {
  const text = args.text(name)
  if (text === null) return null
  const found = choices.find((candidate) => candidate === text)
  if (found === undefined) throw new UsageError(`--${name} = "${text}": must be one of ${choices.join(', ')}`)
  return found
}

function yamlOf(name: string, text: string): unknown {
  try {
    return Bun.YAML.parse(text)
  } catch (error) {
    throw new UsageError(`--${name}: neither JSON nor YAML: ${messageOf(error)}`)
  }
}

function fileText(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new UsageError(`--${name} = "${path}": cannot be read: ${messageOf(error)}`)
  }
}
