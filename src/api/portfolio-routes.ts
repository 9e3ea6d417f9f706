import { createRoute, z } from '@hono/zod-openapi'
import { SummaryQuery } from './books-schema'
import { type ControlSource, routeGroup } from './context'
import { ok, responsesOf } from './envelope'
import { Equity, Portfolio, Position } from './portfolio-schema'

const tags = ['portfolio']

const positionsRoute = createRoute({
  method: 'get',
  path: '/positions',
  tags,
  summary: 'Open positions by bot and instrument',
  responses: responsesOf('All positions', z.array(Position).readonly()),
})
const summaryRoute = createRoute({
  method: 'get',
  path: '/portfolio',
  tags,
  summary: 'Equity, PnL, exposure, assets and drift',
  request: { query: SummaryQuery },
  responses: responsesOf('The portfolio', Portfolio),
})
const equityRoute = createRoute({
  method: 'get',
  path: '/portfolio/equity',
  tags,
  summary: 'Equity curve, ascending in time',
  request: { query: z.object({ limit: z.coerce.number().int().min(1).max(5_000).default(500) }) },
  responses: responsesOf('The newest points', z.array(Equity).readonly()),
})

/** Positions, portfolio and equity curve. */
export function portfolioRoutes(control: ControlSource) {
  return routeGroup()
    .openapi(positionsRoute, (c) => c.json(ok(control().positions()), 200))
    .openapi(summaryRoute, (c) => c.json(ok(control().portfolio(c.req.valid('query').includeManual)), 200))
    .openapi(equityRoute, (c) => c.json(ok(control().equityCurve(c.req.valid('query').limit)), 200))
}
