import { z } from 'zod'
import { AppError, messageOf } from '#domain/errors'

/** Version of the report's form: a baseline of another one cannot be compared. */
export const REPORT_VERSION = 1

const amount = z.string().regex(/^-?\d+(\.\d+)?$/, 'must be a decimal as text')
const time = z.iso.datetime()
const counts = z.record(z.string(), z.number().int())

const metadata = z.object({
  reportVersion: z.literal(REPORT_VERSION),
  /** Version of Troupe that made it. */
  troupe: z.string(),
  level: z.enum(['F0', 'F1']),
  models: z.object({
    fills: z.string(),
    slippage: z.string(),
    makerFeeBps: amount,
    takerFeeBps: amount,
    latencyMs: z.number(),
  }),
  seed: z.number().int(),
  data: z.object({
    name: z.string(),
    digest: z.string(),
    timeframe: z.string(),
    bars: z.number().int(),
    quotes: z.number().int(),
    trades: z.number().int(),
    from: time,
    tradedFrom: time,
    to: time,
    gaps: z.number().int(),
    missingBars: z.number().int(),
    /** The first of the gaps: the file's row behind each, and between which times bars are missing. */
    holes: z.array(z.object({ row: z.number().int(), from: time, to: time, missing: z.number().int() })).default([]),
    /** Bars of a run on ticks in which none falls, and most of them in a row. */
    silentBars: z.number().int().default(0),
    silentBarsInARow: z.number().int().default(0),
  }),
  instrument: z.object({ id: z.string(), theme: z.string(), tickSize: amount, lotSize: amount, shorts: z.boolean() }),
  strategy: z.object({ name: z.string(), parameters: z.record(z.string(), z.unknown()) }),
  size: z.object({ kind: z.enum(['quantity', 'notional']), amount }),
  /** How positions were protected where the strategy stated nothing, in runs in which any was. */
  protection: z
    .object({
      rule: z.string(),
      stopLossRatio: amount.nullable(),
      takeProfitRatio: amount.nullable(),
      trailingRatio: amount.nullable(),
      collarBps: amount,
    })
    .optional(),
  routing: z.object({ style: z.string(), slippageBpsMax: amount, timeInForce: z.string() }),
  cycleMs: z.number().nullable(),
  capital: amount,
  policy: z.enum(['config', 'open']),
})

const summary = z.object({
  trades: z.number().int(),
  wins: z.number().int(),
  losses: z.number().int(),
  /** 0 to 1; null without a trade. */
  winRate: z.number().nullable(),
  /** Quote, net of fees: of closed trades. */
  tradesPnl: amount,
  /** Quote: equity at the end less the capital, what is still open at its last price. */
  totalPnl: amount,
  totalPnlPct: z.number(),
  fees: amount,
  equity: amount,
  maxDrawdownPct: z.number(),
  /** The first close at which no equity was left: what comes after it no venue would have lent. Null where some always was. */
  insolventAt: time.nullable().default(null),
  /** Gross profit over gross loss of closed trades; null without a loss. */
  profitFactor: z.number().nullable(),
  /** Quote a trade; null without one. */
  expectancy: amount.nullable(),
  bestTrade: amount.nullable(),
  worstTrade: amount.nullable(),
  /** Share of the bars at whose close something was held. */
  timeInMarket: z.number(),
  intents: z.number().int(),
  orders: z.number().int(),
  fills: z.number().int(),
  /** Base, signed: what is still held. */
  openPosition: amount,
  /** How company and bot stood behind the last bar: a breaker may have ended the run early. */
  companyState: z.string(),
  botState: z.string(),
})

/** The five figures that a regression gate compares (SIM-05). */
const regressionKeys = z.object({
  total_trades: z.number(),
  win_rate: z.number().nullable(),
  total_pnl_pct: z.number(),
  max_drawdown_pct: z.number(),
  profit_factor: z.number().nullable(),
})

const exposure = z.array(z.object({ name: z.string(), average: z.number(), maximum: z.number() }))

const trade = z.object({
  openedAt: time,
  closedAt: time,
  side: z.enum(['long', 'short']),
  size: amount,
  entryPrice: amount,
  exitPrice: amount,
  fee: amount,
  pnl: amount,
})

/** A backtest's report (SIM-04). Money in the quote asset as decimal text; statistics as numbers, null where there is none. */
export const reportSchema = z.object({
  metadata,
  summary,
  regression_keys: regressionKeys,
  exposure: z.object({ byAsset: exposure, byTheme: exposure }),
  /** What stood against orders, by its code; protective exits, where any was, by what set them off: stop, target, trailing. */
  events: z.object({
    plans: counts,
    blocked: counts,
    refused: counts.default({}),
    breakers: counts,
    exits: counts.optional(),
    alerts: counts,
  }),
  trades: z.array(trade),
  series: z.array(z.object({ at: time, equity: amount, pnl: amount, position: amount })),
})

export type BacktestReport = z.infer<typeof reportSchema>
export type RegressionKeys = BacktestReport['regression_keys']

/**
 * Reads a report.
 * @throws {AppError} `REPORT_INVALID` for text that is none of this version.
 */
export function parseReport(name: string, text: string): BacktestReport {
  try {
    return reportSchema.parse(JSON.parse(text))
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error).split('\n').slice(0, 2).join(' ') : messageOf(error)
    throw new AppError(`${name}: not a backtest report of version ${REPORT_VERSION}: ${reason}`, {
      code: 'REPORT_INVALID',
      severity: 'LOW',
      cause: error,
    })
  }
}
