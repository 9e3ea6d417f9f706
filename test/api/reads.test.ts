import { describe, expect, test } from 'bun:test'
import { z } from '@hono/zod-openapi'
import { Bot } from '#api/bot-schema'
import { Order } from '#api/order-schema'
import { Equity, Portfolio, Position } from '#api/portfolio-schema'
import { Risk } from '#api/risk-schema'
import { Actor, Health, Journal } from '#api/system-schema'
import { apiHarness } from './harness'

// All of these ask the real API over a fake control and a fake clock.
describe('reads', () => {
  test.each([
    ['/health', Health],
    ['/bots', z.array(Bot).min(5)],
    ['/bots/trend-btc', Bot],
    ['/orders', z.array(Order).min(9)],
    ['/orders/a1b2c300000000000000000000000001', Order],
    ['/positions', z.array(Position).min(2)],
    ['/portfolio', Portfolio],
    ['/portfolio/equity', z.array(Equity).min(288)],
    ['/risk', Risk],
    ['/actors', Actor],
    ['/journal', Journal],
  ] as const)('API-01 answers GET %s in the envelope, as its schema says', async (path, schema) => {
    const { status, body, headers } = await apiHarness().get(path)
    expect(status).toBe(200)
    expect(body.error).toBeNull()
    expect(schema.parse(body.data) as unknown).toEqual(body.data) // parsing drops what the schema does not name
    expect(headers.get('cache-control')).toBe('no-store')
  })

  test('API-01 filters orders by status, bot and limit', async () => {
    const { get } = apiHarness()
    const ids = async (query: string) =>
      ((await get(`/orders?${query}`)).body.data as { botId: string; isTerminal: boolean }[]).map((o) => `${o.botId}:${o.isTerminal}`)
    expect(await ids('status=open')).toEqual(['trend-btc:false', 'grid-eth:false', 'grid-eth:false', 'trend-btc:false'])
    expect(await ids('status=closed&botId=grid-eth')).toEqual(['grid-eth:true', 'grid-eth:true'])
    expect(await ids('limit=1')).toEqual(['trend-btc:false'])
  })

  test('API-01 pages the journal by sequence number', async () => {
    const { get } = apiHarness()
    const first = (await get('/journal?after=0&limit=200')).body.data as { entries: { seq: number }[]; nextAfter: number | null }
    expect(first.entries.length).toBe(200)
    expect(first.nextAfter).toBe(200)
    const rest = (await get(`/journal?after=${first.nextAfter}&limit=200`)).body.data as typeof first
    expect(rest.entries[0]?.seq).toBe(201)
    expect(rest.nextAfter).toBeNull()
  })

  test('API-01 tells with each bot which commands its state refuses, and why', async () => {
    const { get } = apiHarness()
    const { data } = (await get('/bots/revert-sol')).body
    expect(data).toMatchObject({
      state: 'PAUSED',
      commands: {
        stop: null,
        halt: null,
        pause: null,
        resume: 'Paused by breaker:dailyLoss; resumes when that ends',
        reset: 'reset is possible in HALTED',
      },
    })
  })

  test('API-07 shows the configuration with secrets redacted', async () => {
    const { body } = await apiHarness().get('/config')
    expect(body.data).toMatchObject({ venues: { kraken: { apiKey: '[secret]' } } })
  })

  test('API-01 serves the OpenAPI document', async () => {
    const { app } = apiHarness()
    const response = await app.request(
      'http://127.0.0.1:8080/api/v1/openapi.json',
      { headers: { host: 'localhost:8080' } },
      { address: '::1', port: 8080, upgrade: null },
    )
    const document = (await response.json()) as { openapi: string; paths: Record<string, unknown> }
    expect(document.openapi).toBe('3.1.0')
    expect(Object.keys(document.paths)).toContain('/api/v1/risk/kill-switch/clear')
  })
})

describe('health', () => {
  test('API-02 answers 503 only when UNHEALTHY', async () => {
    const harness = apiHarness()
    for (const [status, expected] of [
      ['HEALTHY', 200],
      ['DEGRADED', 200],
      ['UNHEALTHY', 503],
    ] as const) {
      harness.control.healthPatch = { status }
      const answer = await harness.get('/health')
      expect(answer.status).toBe(expected)
      expect(answer.body.data).toMatchObject({ status })
    }
  })

  test('API-02 probes: live always, startup after booting, ready neither while starting, stopping nor unhealthy', async () => {
    const harness = apiHarness()
    const probes = async () =>
      (await Promise.all(['live', 'startup', 'ready'].map((name) => harness.get(`/health/${name}`)))).map((answer) => answer.status)
    expect(await probes()).toEqual([200, 200, 200])
    harness.control.healthPatch = { state: 'CHECKING' }
    expect(await probes()).toEqual([200, 503, 503])
    harness.control.healthPatch = { state: 'STOPPING' }
    expect(await probes()).toEqual([200, 200, 503])
    harness.control.healthPatch = { status: 'UNHEALTHY', problems: ['Venue kraken is lost'] }
    expect(await probes()).toEqual([200, 200, 503])
    expect((await harness.get('/health/ready')).body.data).toMatchObject({ reason: 'Venue kraken is lost' })
  })

  test('API-04 keeps health open without a token, and nothing else', async () => {
    const { Secret } = await import('#domain/secret')
    const { get } = apiHarness({ tokens: [{ name: 'alice', token: new Secret('correct-horse-battery') }] })
    expect((await get('/health')).status).toBe(200)
    expect((await get('/health/live')).status).toBe(200)
    for (const path of ['/bots', '/openapi.json', '/healthy', '/company', '/push']) expect((await get(path)).status).toBe(401)
  })
})
