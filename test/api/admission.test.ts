import { describe, expect, test } from 'bun:test'
import { checkOptions } from '#api/app'
import { DEFAULT_API_OPTIONS } from '#api/options'
import { ConfigError, InvariantError } from '#domain/errors'
import { Secret } from '#domain/secret'
import { apiHarness } from './harness'

// All of these ask the real API over a fake control and a fake clock.
const tokens = [
  { name: 'alice', token: new Secret('alice-token-0123456789') },
  { name: 'ci', token: new Secret('ci-token-0123456789abc') },
]

describe('authentication', () => {
  test('API-04 takes a bearer token or X-API-Key and names the operator after it', async () => {
    const { call, control } = apiHarness({ tokens })
    expect((await call('POST', '/bots/trend-btc/pause', {}, { authorization: 'Bearer alice-token-0123456789' })).status).toBe(200)
    expect((await call('POST', '/bots/trend-btc/resume', {}, { 'x-api-key': 'ci-token-0123456789abc' })).status).toBe(200)
    expect(control.audit.map((line) => line.operator.name)).toEqual(['alice', 'ci'])
  })

  test('API-04 answers 401 without a token, with a wrong one and with a prefix of a right one', async () => {
    const { get } = apiHarness({ tokens })
    for (const headers of [
      {},
      { authorization: 'Bearer nope' },
      { authorization: 'Bearer alice-token-012345678' },
      { authorization: 'Basic YTpi' },
    ]) {
      const { status, body } = await get('/bots', headers)
      expect([status, body.error?.code]).toEqual([401, 'UNAUTHENTICATED'])
    }
  })

  test('API-04 slows guessing down while a right token still passes', async () => {
    const { get } = apiHarness({ tokens })
    const statuses: number[] = []
    for (let index = 0; index < 22; index++) statuses.push((await get('/bots', { 'x-api-key': `guess-${index}` })).status)
    expect(statuses.filter((status) => status === 401).length).toBe(20)
    expect(statuses.at(-1)).toBe(429)
    expect((await get('/bots', { 'x-api-key': 'ci-token-0123456789abc' })).status).toBe(200)
  })

  test('API-04 refuses to run without a token beyond loopback, and short tokens', () => {
    expect(() => checkOptions({ ...DEFAULT_API_OPTIONS, host: '0.0.0.0' })).toThrow(ConfigError)
    expect(() => checkOptions({ ...DEFAULT_API_OPTIONS, host: '192.168.1.5' })).toThrow('no api token')
    expect(() => checkOptions({ ...DEFAULT_API_OPTIONS, host: '0.0.0.0', tokens })).not.toThrow()
    expect(() => checkOptions({ ...DEFAULT_API_OPTIONS, host: '127.0.0.2' })).not.toThrow()
    expect(() => checkOptions({ ...DEFAULT_API_OPTIONS, tokens: [{ name: 'a', token: new Secret('short') }] })).toThrow('shorter than 16')
  })

  test('API-04 read_only closes every mutation with 403 and no read', async () => {
    const { call, get, control } = apiHarness({ readOnly: true })
    for (const path of ['/bots/trend-btc/pause', '/company/pause', '/risk/kill-switch', '/orders/cancel-all', '/system/shutdown']) {
      const { status, body } = await call('POST', path, { confirm: 'KILL' })
      expect([status, body.error?.code]).toEqual([403, 'READ_ONLY'])
    }
    expect((await get('/bots')).status).toBe(200)
    expect(control.audit).toEqual([])
  })
})

describe('hosts and origins', () => {
  test('SEC a rebound name (its own Host header) is refused, ours in every spelling are served', async () => {
    const { get } = apiHarness()
    for (const host of ['evil.example:8080', 'evil.example', '127.0.0.1', '127.0.0.1:9999', 'localhost.evil.example:8080', '']) {
      const { status, body } = await get('/health', { host })
      expect([host, status, body.error?.code]).toEqual([host, 403, 'ORIGIN_REFUSED'])
    }
    for (const host of ['127.0.0.1:8080', 'localhost:8080', 'LOCALHOST:8080', '[::1]:8080'])
      expect((await get('/health', { host })).status).toBe(200)
  })

  test('SEC a foreign page may neither read nor command (CSRF), whatever its content type', async () => {
    const { call, get, control } = apiHarness()
    for (const origin of [
      'https://evil.example',
      'null',
      'http://127.0.0.1:3000',
      'http://localhost',
      'http://localhost:8080.evil.example',
    ]) {
      expect((await call('POST', '/risk/kill-switch', { confirm: 'KILL' }, { origin })).status).toBe(403)
      expect((await call('POST', '/bots/trend-btc/halt', '{"confirm":true}', { origin, 'content-type': 'text/plain' })).status).toBe(403)
      expect((await get('/portfolio', { origin })).status).toBe(403)
    }
    for (const site of ['cross-site', 'same-site']) expect((await get('/portfolio', { 'sec-fetch-site': site })).status).toBe(403)
    for (const site of ['same-origin', 'none']) expect((await get('/portfolio', { 'sec-fetch-site': site })).status).toBe(200)
    expect(control.audit).toEqual([])
    expect((await call('POST', '/bots/trend-btc/pause', {}, { origin: 'http://localhost:8080' })).status).toBe(200)
  })

  test('SEC a body that is not declared as JSON is refused, as a form of a page would send it', async () => {
    const { call, control } = apiHarness()
    for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
      const { status } = await call('POST', '/bots/trend-btc/halt', '{"confirm":true}', { 'content-type': type })
      expect(status).toBe(400)
    }
    expect(control.audit).toEqual([])
  })

  test('API-04 CORS answers configured pages and no other', async () => {
    const { app, get } = apiHarness({ extraOrigins: ['https://desk.example'], extraHosts: ['troupe.example'] })
    const allowed = await get('/bots', { origin: 'https://desk.example' })
    expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).toEqual([200, 'https://desk.example'])
    expect((await get('/bots', { host: 'troupe.example', origin: 'https://troupe.example' })).status).toBe(200)
    const headers = { host: '127.0.0.1:8080', origin: 'https://desk.example', 'access-control-request-method': 'POST' }
    const env = { address: '127.0.0.1', port: 8080, upgrade: null }
    const preflight = await app.request('http://127.0.0.1:8080/api/v1/bots', { method: 'OPTIONS', headers }, env)
    expect([preflight.status, preflight.headers.get('access-control-allow-methods')]).toEqual([204, 'GET,POST,PATCH'])
    expect((await get('/bots', { origin: 'https://other.example' })).headers.get('access-control-allow-origin')).toBeNull()
  })
})

describe('limits', () => {
  test('API-04 answers the 101st command of a minute with 429 and Retry-After; reads and emergency commands still pass', async () => {
    const { call, get, clock } = apiHarness()
    for (let index = 0; index < 100; index++) expect((await call('POST', '/bots/trend-btc/start', {})).status).toBe(409)
    const limited = await call('POST', '/bots/trend-btc/start', {})
    expect([limited.status, limited.body.error?.code, limited.headers.get('retry-after')]).toEqual([429, 'RATE_LIMITED', '1'])
    expect((await get('/bots')).status).toBe(200)
    expect((await call('POST', '/risk/kill-switch', { confirm: 'KILL' })).status).toBe(200)
    clock.advance(1_000)
    expect((await call('POST', '/bots/trend-btc/start', {})).status).toBe(409)
  })

  test('API-04 limits reads too, a client at a time', async () => {
    const { get, app } = apiHarness({ limits: { ...DEFAULT_API_OPTIONS.limits, readsPerMinute: 3 } })
    const statuses = [await get('/bots'), await get('/bots'), await get('/bots'), await get('/bots')].map((answer) => answer.status)
    expect(statuses).toEqual([200, 200, 200, 429])
    const other = await app.request(
      'http://127.0.0.1:8080/api/v1/bots',
      { headers: { host: '127.0.0.1:8080' } },
      { address: '127.0.0.9', port: 8080, upgrade: null },
    )
    expect(other.status).toBe(200)
  })

  test('API-04 answers 413 for a big body and 400 with the fields for a bad one', async () => {
    const { call, get } = apiHarness()
    const big = await call('POST', '/bots/trend-btc/pause', { reason: 'x'.repeat(70_000) }, { 'content-length': '70020' })
    expect([big.status, big.body.error?.code]).toEqual([413, 'PAYLOAD_TOO_LARGE'])
    const long = await call('POST', '/bots/trend-btc/pause', { reason: 'x'.repeat(600) })
    expect(long.body.error).toMatchObject({ code: 'REQUEST_INVALID', details: { fields: [{ path: 'reason' }] } })
    const broken = await call('POST', '/bots/trend-btc/pause', '{"reason":')
    expect([broken.status, broken.body.error?.code]).toEqual([400, 'REQUEST_INVALID'])
    const query = await get('/orders?limit=0&status=maybe')
    expect(query.body.error?.details).toMatchObject({ fields: [{ path: 'status' }, { path: 'limit' }] })
  })
})

describe('request ids and failures', () => {
  test('API-04 puts the request id into answer and log, and mints one for a malformed one', async () => {
    const { get, call, log } = apiHarness()
    expect((await get('/bots', { 'x-request-id': 'page-17' })).headers.get('x-request-id')).toBe('page-17')
    const minted = (await call('POST', '/bots/trend-btc/pause', {}, { 'x-request-id': 'bad id\tx' })).headers.get('x-request-id')
    expect(minted).toMatch(/^[a-z0-9]+-\d+$/)
    expect(log.lines.map((line) => [line.level, line.details['requestId'], line.details['path'], line.details['status']])).toEqual([
      ['debug', 'page-17', '/api/v1/bots', 200],
      ['info', minted, '/api/v1/bots/trend-btc/pause', 200],
    ])
  })

  test('API-04 answers an internal failure with 500 and no inner text, and logs it', async () => {
    const { get, control, log } = apiHarness()
    control.failure = new InvariantError('ledger /home/owner/data is out by 3')
    const { status, body } = await get('/bots')
    expect([status, body.error?.code]).toEqual([500, 'INTERNAL'])
    expect(JSON.stringify(body)).not.toContain('/home/owner')
    expect(log.lines.find((line) => line.level === 'error')?.details['message']).toBe('ledger /home/owner/data is out by 3')
  })

  test('I9 no token appears in an answer or a log line', async () => {
    const { get, log } = apiHarness({ tokens })
    const answers = [
      await get('/config', { 'x-api-key': 'ci-token-0123456789abc' }),
      await get('/bots', { authorization: 'Bearer alice-token-0123456789' }),
    ]
    const all = JSON.stringify([answers.map((answer) => [answer.body, [...answer.headers]]), log.lines])
    for (const { token } of tokens) expect(all).not.toContain(token.reveal())
  })
})
