import { createRoute, z } from '@hono/zod-openapi'
import {
  AttributionParams,
  AttributionSchema,
  CapitalBody,
  DailyQuery,
  DaySchema,
  FeesSchema,
  FlowSchema,
  FlowsQuery,
  MetricsQuery,
  MetricsSchema,
  SnapshotSchema,
  SnapshotsQuery,
  SubAccountSchema,
  TradeSchema,
  TradesQuery,
} from './books-schema'
import { requireConfirmation } from './commands'
import { type ControlSource, routeGroup } from './context'
import { ok, responsesOf } from './envelope'

const tags = ['portfolio']

const metricsRoute = createRoute({
  method: 'get',
  path: '/portfolio/metrics',
  tags,
  summary: 'ROI, win rate, Sharpe, Sortino, drawdown, hold time, fees, gas and slippage of a bot or the company',
  request: { query: MetricsQuery },
  responses: responsesOf('The figures', MetricsSchema, 404),
})
const attributionRoute = createRoute({
  method: 'get',
  path: '/portfolio/attribution',
  tags,
  summary: 'What was earned, by any of bot, strategy, instrument and UTC day',
  request: { query: AttributionParams },
  responses: responsesOf('One sum a group, and the sum of all', AttributionSchema, 404),
})
const dailyRoute = createRoute({
  method: 'get',
  path: '/portfolio/daily',
  tags,
  summary: 'Profit of each UTC day, ascending, of a bot or the company',
  request: { query: DailyQuery },
  responses: responsesOf('The newest days', z.array(DaySchema).readonly(), 404),
})
const feesRoute = createRoute({
  method: 'get',
  path: '/portfolio/fees',
  tags,
  summary: 'Fees by asset, by pair and overall',
  responses: responsesOf('All fees so far', FeesSchema),
})
const tradesRoute = createRoute({
  method: 'get',
  path: '/portfolio/trades',
  tags,
  summary: 'Trades with what each realised and the strategy it is tagged with, newest first',
  request: { query: TradesQuery },
  responses: responsesOf('The newest trades; older ones are in the journal', z.array(TradeSchema).readonly()),
})
const flowsRoute = createRoute({
  method: 'get',
  path: '/portfolio/flows',
  tags,
  summary: 'Deposits, withdrawals, rewards, adjustments and capital that moved, newest first',
  request: { query: FlowsQuery },
  responses: responsesOf('The newest flows; older ones are in the journal', z.array(FlowSchema).readonly()),
})
const subAccountsRoute = createRoute({
  method: 'get',
  path: '/portfolio/sub-accounts',
  tags,
  summary: 'Sub-accounts of bots, treasury and others: together they are the account',
  responses: responsesOf('All sub-accounts', z.array(SubAccountSchema).readonly()),
})
const snapshotsRoute = createRoute({
  method: 'get',
  path: '/portfolio/snapshots',
  tags,
  summary: 'The portfolio as it stood, ascending in time',
  request: { query: SnapshotsQuery },
  responses: responsesOf('The newest snapshots of the time', z.array(SnapshotSchema).readonly()),
})
const capitalRoute = createRoute({
  method: 'post',
  path: '/portfolio/capital',
  tags,
  summary: 'Lend capital of the treasury or a bot to another, or recall it; needs "confirm": true',
  request: { body: { required: true, content: { 'application/json': { schema: CapitalBody } } } },
  responses: responsesOf('The sub-accounts after the move', z.array(SubAccountSchema).readonly(), 404, 409),
})

/** What the books earned, for whom, and how it stood. */
export function booksRoutes(control: ControlSource) {
  return routeGroup()
    .openapi(metricsRoute, (c) => {
      const { botId, includeManual } = c.req.valid('query')
      return c.json(ok(control().books.metrics(botId, includeManual)), 200)
    })
    .openapi(attributionRoute, (c) => {
      const { from, until, ...query } = c.req.valid('query')
      return c.json(ok(control().books.attribution({ ...query, fromMs: from, untilMs: until })), 200)
    })
    .openapi(dailyRoute, (c) => {
      const { botId, limit } = c.req.valid('query')
      return c.json(ok(control().books.daily(botId, limit)), 200)
    })
    .openapi(feesRoute, (c) => c.json(ok(control().books.fees()), 200))
    .openapi(tradesRoute, (c) => c.json(ok(control().books.trades(c.req.valid('query'))), 200))
    .openapi(flowsRoute, (c) => c.json(ok(control().books.flows(c.req.valid('query').limit)), 200))
    .openapi(subAccountsRoute, (c) => c.json(ok(control().books.subAccounts()), 200))
    .openapi(snapshotsRoute, (c) => {
      const { sinceMs, untilMs, limit } = c.req.valid('query')
      return c.json(ok(control().books.snapshots(sinceMs, untilMs, limit)), 200)
    })
    .openapi(capitalRoute, (c) => {
      const { confirm, ...request } = c.req.valid('json')
      requireConfirmation(confirm, 'capital')
      const { books } = control()
      books.moveCapital(request, c.get('operator'))
      return c.json(ok(books.subAccounts()), 200)
    })
}
