import { describe, expect, test } from 'bun:test'
import { z } from '@hono/zod-openapi'
import { hc } from 'hono/client'
import {
  AttributionSchema,
  DaySchema,
  FeesSchema,
  FlowSchema,
  MetricsSchema,
  SnapshotSchema,
  SubAccountSchema,
  TradeSchema,
} from '#api/books-schema'
import type { App } from '#api/routes'
import { apiHarness } from './harness'

// All of these ask the real API over a fake control and a fake clock.
describe('books', () => {
  test.each([
    ['PFL-12', '/portfolio/metrics', MetricsSchema],
    ['PFL-12', '/portfolio/metrics?botId=trend-btc&includeManual=false', MetricsSchema],
    ['PFL-12', '/portfolio/attribution?by=bot,day', AttributionSchema],
    ['PFL-11', '/portfolio/daily', z.array(DaySchema).min(1)],
    ['PFL-03', '/portfolio/fees', FeesSchema],
    ['PFL-10', '/portfolio/trades?includeManual=true', z.array(TradeSchema).min(2)],
    ['PFL-06', '/portfolio/flows', z.array(FlowSchema).min(1)],
    ['PAIN-19', '/portfolio/sub-accounts', z.array(SubAccountSchema).min(1)],
    ['PFL-11', '/portfolio/snapshots?limit=10', z.array(SnapshotSchema).min(1)],
  ] as const)('%s API-01 answers GET %s in the envelope, as its schema says', async (_id, path, schema) => {
    const { status, body } = await apiHarness().get(path)
    expect(body.error).toBeNull()
    expect(status).toBe(200)
    expect(schema.parse(body.data) as unknown).toEqual(body.data)
  })

  test('PFL-10 PFL-12 hands queries on as the port knows them, with what is left out as null', async () => {
    const { get, control } = apiHarness()
    await get('/portfolio/metrics')
    await get('/portfolio/attribution?by=strategy,day&strategyId=manual&includeManual=false&from=2026-03-01&until=2026-03-29')
    await get('/portfolio/attribution?by=')
    await get('/portfolio/snapshots?sinceMs=5&untilMs=9')
    expect(control.books.asked).toEqual([
      { botId: null, includeManual: null },
      {
        by: ['strategy', 'day'],
        botId: null,
        strategyId: 'manual',
        instrumentId: null,
        includeManual: false,
        fromMs: Date.UTC(2026, 2, 1),
        untilMs: Date.UTC(2026, 2, 29),
      },
      { by: [], botId: null, strategyId: null, instrumentId: null, includeManual: null, fromMs: null, untilMs: null },
      { sinceMs: 5, untilMs: 9, limit: 288 },
    ])
    expect((await get('/portfolio?includeManual=false')).body.data).toMatchObject({ includesManual: false })
  })

  test.each([
    ['/portfolio/metrics?includeManual=yes', 'includeManual'],
    ['/portfolio/attribution?by=bot,colour', 'by'],
    ['/portfolio/attribution?from=2026-02-30T10', 'from'],
    ['/portfolio/attribution?from=2026-13-01', 'from'],
    ['/portfolio/attribution?from=2026-02-30', 'from'],
    ['/portfolio/attribution?from=2026-03-02&until=2026-03-01', 'until'],
    ['/portfolio/daily?limit=0', 'limit'],
    ['/portfolio/trades?limit=501', 'limit'],
    ['/portfolio/snapshots?sinceMs=-1', 'sinceMs'],
    ['/portfolio/snapshots?sinceMs=9&untilMs=9', 'untilMs'],
  ])('API-01 refuses GET %s, naming %s', async (path, field) => {
    const { status, body } = await apiHarness().get(path)
    expect(status).toBe(400)
    expect(body.error).toMatchObject({ code: 'REQUEST_INVALID', details: { fields: [{ path: field }] } })
  })

  test('PFL-12 API-01 answers 404 for the metrics of a bot that nobody knows', async () => {
    expect((await apiHarness().get('/portfolio/metrics?botId=nobody')).status).toBe(404)
  })

  test('PAIN-19 API-05 moves capital for a named operator, confirmed, and never more than is free', async () => {
    const { call, control } = apiHarness()
    const move = { from: 'treasury', to: 'trend-btc', amount: '250.5', reason: 'a good week' }
    expect((await call('POST', '/portfolio/capital', move)).body.error?.code).toBe('CONFIRMATION_REQUIRED')
    expect(await call('POST', '/portfolio/capital', { ...move, confirm: true })).toMatchObject({
      status: 200,
      body: { data: [{ name: 'treasury' }] },
    })
    expect((await call('POST', '/portfolio/capital', { ...move, amount: '20001', confirm: true })).status).toBe(409)
    for (const amount of ['0', '-5', '1e3', 250.5, '']) {
      expect((await call('POST', '/portfolio/capital', { ...move, amount, confirm: true })).body.error?.code).toBe('REQUEST_INVALID')
    }
    expect(control.audit.map(({ command, reason }) => [command, reason])).toEqual([['capital.move', 'a good week']])
    const readOnly = apiHarness({ readOnly: true })
    expect((await readOnly.call('POST', '/portfolio/capital', { ...move, confirm: true })).body.error?.code).toBe('READ_ONLY')
  })

  test('API-01 the typed client knows the routes and their answers', async () => {
    const { app } = apiHarness()
    const ask = (input: RequestInfo | URL, init?: RequestInit) => {
      const request = new Request(input, init)
      request.headers.set('host', '127.0.0.1:8080')
      return Promise.resolve(app.request(request, undefined, { address: '127.0.0.1', port: 8080, upgrade: null }))
    }
    const client = hc<App>('http://127.0.0.1:8080', { fetch: ask }).api.v1.portfolio
    const metrics = await (await client.metrics.$get({ query: { botId: 'trend-btc' } })).json()
    expect(metrics.data?.winRate).toBe(0.6111)
    const attribution = await (await client.attribution.$get({ query: { by: 'strategy' } })).json()
    expect(attribution.data?.total.realized).toBe('12.3')
    const [snapshot] = (await (await client.snapshots.$get({ query: { limit: 1 } })).json()).data ?? []
    expect(snapshot?.pairs[0]?.unrealized).toBeNull()
  })
})
