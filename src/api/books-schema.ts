import { z } from '@hono/zod-openapi'
import { DIMENSIONS, type Dimension } from '#domain/attribution'
import { DAY_MS } from '#domain/time'
import type {
  AttributionView,
  CapitalRequest,
  DailyView,
  FeesView,
  FlowView,
  MetricsView,
  Shown,
  SubAccountView,
  TradeView,
} from '#ports/books'
import type { PortfolioSnapshot } from '#domain/portfolio-snapshot'

const money = z.string()
const maybeRatio = z.number().nullable()

/** A truth value of a query; null where it is left out. */
const flag = z
  .enum(['true', 'false'])
  .optional()
  .transform((text) => (text === undefined ? null : text === 'true'))

const name = z
  .string()
  .min(1)
  .max(100)
  .optional()
  .transform((text) => text ?? null)

const moment = z.coerce.number().int().min(0).max(8_640_000_000_000_000)

const startOfDay = (text: string) => Date.parse(`${text}T00:00:00Z`)

function isDay(text: string): boolean {
  const startMs = startOfDay(text)
  return !Number.isNaN(startMs) && new Date(startMs).toISOString().slice(0, 10) === text
}

/** A UTC day as `2026-03-01`; becomes its start, null where it is left out. */
const day = z
  .string()
  .refine(isDay, 'must be a UTC day such as 2026-03-01')
  .optional()
  .transform((text) => (text === undefined ? null : startOfDay(text)))

function isDimension(text: string): text is Dimension {
  return (DIMENSIONS as readonly string[]).includes(text)
}

/** What to group by: `bot,day`; nothing for one sum. */
const dimensions = z
  .string()
  .max(100)
  .default('bot')
  .transform((text) => text.split(',').filter((part) => part !== ''))
  .refine((parts) => parts.every(isDimension), `must be a list of ${DIMENSIONS.join(', ')}`)
  .transform((parts) => parts.filter(isDimension))

/** Query of the summary. */
export const SummaryQuery = z.object({ includeManual: flag })

/** Query of the metrics: of one bot, else of the company. */
export const MetricsQuery = z.object({ botId: name, includeManual: flag })

/** Query of the attribution; days from `from` on and before `until`. */
export const AttributionParams = z
  .object({ by: dimensions, botId: name, strategyId: name, instrumentId: name, includeManual: flag, from: day, until: day })
  .refine(({ from, until }) => from === null || until === null || from < until, { path: ['until'], message: 'must be after from' })

/** Query of the days. */
export const DailyQuery = z.object({ botId: name, limit: z.coerce.number().int().min(1).max(400).default(30) })

/** Query of the trades. */
export const TradesQuery = z.object({
  botId: name,
  strategyId: name,
  instrumentId: name,
  includeManual: flag,
  limit: z.coerce.number().int().min(1).max(500).default(100),
})

/** Query of the flows. */
export const FlowsQuery = z.object({ limit: z.coerce.number().int().min(1).max(200).default(100) })

/** Query of the snapshots: UTC ms, the last day unless said otherwise. */
export const SnapshotsQuery = z
  .object({
    sinceMs: moment.default(0),
    untilMs: moment.default(8_640_000_000_000_000),
    limit: z.coerce
      .number()
      .int()
      .min(1)
      .max(1_000)
      .default(DAY_MS / 300_000),
  })
  .refine(({ sinceMs, untilMs }) => sinceMs < untilMs, { path: ['untilMs'], message: 'must be after sinceMs' })

/** Body of a move of capital. */
export const CapitalBody = z
  .object({
    from: z.string().min(1).max(48),
    to: z.string().min(1).max(48),
    amount: z.string().regex(/^(?!0+(\.0+)?$)\d{1,18}(\.\d{1,18})?$/, 'must be a positive amount written as text, such as "250.5"'),
    reason: z.string().trim().max(500).default(''),
    confirm: z.boolean().default(false),
  })
  .openapi('CapitalMove') satisfies z.ZodType<CapitalRequest>

const metricFields = {
  roi: maybeRatio,
  trades: z.int(),
  wins: z.int(),
  losses: z.int(),
  winRate: maybeRatio,
  expectancy: money.nullable(),
  sharpe: maybeRatio,
  sortino: maybeRatio,
  drawdownRatio: z.number(),
  drawdownRatioMax: z.number(),
  holdMs: maybeRatio,
  fees: money,
  feesOfGross: maybeRatio,
  gas: money,
  slippage: money,
  slippageBps: maybeRatio,
}

/** Figures of a bot or the company. */
export const MetricsSchema = z
  .object({
    botId: z.string().nullable(),
    includesManual: z.boolean(),
    capital: money,
    realizedPnl: money,
    unrealizedPnl: money,
    ...metricFields,
  })
  .openapi('Metrics') satisfies z.ZodType<MetricsView>

const sums = {
  trades: z.int(),
  gross: money,
  fees: money,
  gas: money,
  realized: money,
  notional: money,
  slippage: money,
  arrival: money,
}

/** What was earned, by what it was asked to be grouped by. */
export const AttributionSchema = z
  .object({
    includesManual: z.boolean(),
    groups: z
      .array(
        z.object({
          bot: z.string().nullable(),
          strategy: z.string().nullable(),
          instrument: z.string().nullable(),
          dayMs: z.int().nullable(),
          ...sums,
        }),
      )
      .readonly(),
    total: z.object(sums),
  })
  .openapi('Attribution') satisfies z.ZodType<AttributionView>

/** What a UTC day earned. */
export const DaySchema = z
  .object({
    dayMs: z.int(),
    openingEquity: money,
    closingEquity: money,
    flows: money,
    pnl: money,
    ratio: maybeRatio,
    realizedPnl: money,
    fees: money,
    trades: z.int(),
  })
  .openapi('DailyPnl') satisfies z.ZodType<DailyView>

/** Fees by asset, pair and overall. */
export const FeesSchema = z
  .object({
    byAsset: z.array(z.object({ asset: z.string(), quantity: money, value: money })).readonly(),
    byPair: z.array(z.object({ instrumentId: z.string(), value: money })).readonly(),
    total: money,
    gas: money,
  })
  .openapi('Fees') satisfies z.ZodType<FeesView>

/** One trade with what it realised. */
export const TradeSchema = z
  .object({
    atMs: z.int(),
    tradeId: z.string(),
    clientOrderId: z.string().nullable(),
    instrumentId: z.string(),
    botId: z.string(),
    strategyId: z.string(),
    userref: z.int().nullable(),
    side: z.enum(['buy', 'sell']),
    quantity: money,
    price: money,
    cost: money,
    feeAsset: z.string(),
    feeQuantity: money,
    closedQuantity: money,
    realizedPnl: money,
    realizedValue: money,
    feeValue: money,
    isUnvalued: z.boolean(),
  })
  .openapi('RealizedTrade') satisfies z.ZodType<TradeView>

/** One change that was no trade. */
export const FlowSchema = z
  .object({
    atMs: z.int(),
    postingId: z.string(),
    kind: z.string(),
    subAccount: z.string(),
    asset: z.string(),
    amount: money,
    value: money.nullable(),
  })
  .openapi('CashFlow') satisfies z.ZodType<FlowView>

/** A part of the account. */
export const SubAccountSchema = z
  .object({
    name: z.string(),
    kind: z.enum(['bot', 'treasury', 'external']),
    equity: money,
    cash: money,
    free: money,
    flows: money,
    realizedPnl: money,
    unrealizedPnl: money,
    fees: money,
    assets: z.array(z.object({ asset: z.string(), total: money, value: money.nullable() })).readonly(),
  })
  .openapi('SubAccount') satisfies z.ZodType<SubAccountView>

/** The portfolio at a moment of the past. */
export const SnapshotSchema = z
  .object({
    atMs: z.int(),
    seq: z.int(),
    valuationAsset: z.string(),
    equity: money,
    cash: money,
    flows: money,
    realizedPnl: money,
    unrealizedPnl: money,
    fees: money,
    isPartial: z.boolean(),
    assets: z
      .array(
        z.object({
          asset: z.string(),
          quantity: money,
          value: money,
          source: z.string(),
          isUnvalued: z.boolean(),
          isStale: z.boolean(),
        }),
      )
      .readonly(),
    pairs: z.array(z.object({ instrumentId: z.string(), netQuantity: money, realized: money, unrealized: money.nullable() })).readonly(),
  })
  .openapi('PortfolioSnapshot') satisfies z.ZodType<Shown<PortfolioSnapshot>>
