import { z } from '@hono/zod-openapi'
import type { EquityPoint, PortfolioView, PositionView } from '#ports/control'

/** One bot's position in one instrument. */
export const Position = z
  .object({
    instrumentId: z.string(),
    botId: z.string(),
    netQuantity: z.string(),
    entryPrice: z.string(),
    markPrice: z.string().nullable(),
    notional: z.string().nullable(),
    realizedPnl: z.string(),
    unrealizedPnl: z.string().nullable(),
    isStale: z.boolean(),
    protection: z
      .object({
        state: z.string(),
        kind: z.string().nullable(),
        stopPrice: z.string().nullable(),
        trailingPrice: z.string().nullable(),
        targetPrice: z.string().nullable(),
        note: z.string(),
      })
      .nullable(),
  })
  .openapi('Position') satisfies z.ZodType<PositionView>

/** Equity, PnL, exposure, assets and drift against the venues. */
export const Portfolio = z
  .object({
    valuationAsset: z.string(),
    equity: z.string(),
    cash: z.string(),
    realizedPnl: z.string(),
    unrealizedPnl: z.string(),
    fees: z.string(),
    flows: z.string(),
    exposureGross: z.string(),
    exposureNet: z.string(),
    drawdownRatio: z.number(),
    costBasis: z.string(),
    includesManual: z.boolean(),
    isPartial: z.boolean(),
    hasDrift: z.boolean(),
    driftDetails: z.array(z.object({ asset: z.string(), ledger: z.string(), venue: z.string() })).readonly(),
    assets: z
      .array(
        z.object({ asset: z.string(), total: z.string(), reserved: z.string(), value: z.string().nullable(), isUnvalued: z.boolean() }),
      )
      .readonly(),
  })
  .openapi('Portfolio') satisfies z.ZodType<PortfolioView>

/** One point of the equity curve. */
export const Equity = z.object({ atMs: z.int(), equity: z.string() }).openapi('EquityPoint') satisfies z.ZodType<EquityPoint>
