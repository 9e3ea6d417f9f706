import { describe, expect, test } from 'bun:test'
import { apiHarness } from './harness'

// All of these ask the real API over a fake control and a fake clock.
const ORDER = 'a1b2c300000000000000000000000001'
const FINISHED = 'a1b2c300000000000000000000000005'

describe('commands to bots and the company', () => {
  test('API-05 passes a command on with its operator, address and reason, and answers the new state', async () => {
    const { call, control } = apiHarness()
    const { status, body } = await call('POST', '/bots/trend-btc/pause', { reason: 'news' })
    expect(status).toBe(200)
    expect(body.data).toMatchObject({ botId: 'trend-btc', state: 'PAUSED', commands: { resume: null } })
    expect(control.audit).toEqual([{ command: 'pause', operator: { name: 'local', address: '127.0.0.1' }, reason: 'news' }])
  })

  test('API-05 answers 409 with the reason when the state refuses', async () => {
    const { call, control } = apiHarness()
    const { status, body } = await call('POST', '/bots/trend-btc/start', {})
    expect(status).toBe(409)
    expect(body).toEqual({
      data: null,
      error: { code: 'COMMAND_REFUSED', message: 'Bot "trend-btc" is ACTIVE: cannot start', details: { state: 'ACTIVE' } },
    })
    expect(control.audit).toEqual([])
  })

  test('API-05 wants a plain confirmation for halt and stop of a bot, halt and reset of the company', async () => {
    const { call, control } = apiHarness()
    for (const path of ['/bots/trend-btc/halt', '/bots/trend-btc/stop', '/company/halt', '/company/reset']) {
      const refused = await call('POST', path, { reason: 'x' })
      expect(refused.status).toBe(400)
      expect(refused.body.error?.code).toBe('CONFIRMATION_REQUIRED')
    }
    expect(control.audit).toEqual([])
    expect((await call('POST', '/bots/trend-btc/halt', { confirm: true })).status).toBe(200)
    expect((await call('POST', '/company/halt', { confirm: true })).body.data).toMatchObject({ state: 'HALTED', commands: { reset: null } })
    expect((await call('POST', '/company/reset', { confirm: true })).status).toBe(200)
  })

  test('API-01 answers 404 for an unknown bot, order and route, 400 for an unknown command', async () => {
    const { call, get } = apiHarness()
    expect((await call('POST', '/bots/nobody/pause', {})).status).toBe(404)
    expect((await get('/bots/nobody')).body.error?.code).toBe('NOT_FOUND')
    expect((await get('/orders/none')).status).toBe(404)
    expect((await get('/nothing')).body.error).toMatchObject({ code: 'NOT_FOUND', message: 'No route GET /api/v1/nothing' })
    expect((await call('POST', '/bots/trend-btc/explode', {})).status).toBe(400)
  })
})

describe('orders', () => {
  test('API-01 cancels one order; a finished one answers 409', async () => {
    const { call } = apiHarness()
    expect((await call('POST', `/orders/${ORDER}/cancel`, {})).body.data).toMatchObject({ clientOrderId: ORDER, status: 'CANCELED' })
    expect((await call('POST', `/orders/${FINISHED}/cancel`, {})).status).toBe(409)
  })

  test('API-05 cancels all only when CANCEL ALL is typed, of one bot when asked', async () => {
    const { call, control } = apiHarness()
    for (const confirm of ['', 'cancel all', 'CANCEL ALL ', 'KILL']) {
      expect((await call('POST', '/orders/cancel-all', { confirm })).body.error).toMatchObject({
        code: 'CONFIRMATION_REQUIRED',
        details: { expected: 'CANCEL ALL' },
      })
    }
    expect(control.audit).toEqual([])
    expect((await call('POST', '/orders/cancel-all', { confirm: 'CANCEL ALL', botId: 'grid-eth' })).body.data).toEqual({ requested: 2 })
    expect((await call('POST', '/orders/cancel-all', { confirm: 'CANCEL ALL' })).body.data).toEqual({ requested: 2 })
  })
})

describe('emergency halts', () => {
  const scope = { kind: 'bot', botId: 'trend-btc' }

  test('RUN-12 API-05 begin only when KILL is typed, and tell what is left', async () => {
    const { call, get, control } = apiHarness()
    for (const confirm of ['', 'kill', 'FLATTEN'])
      expect((await call('POST', '/risk/emergency', { confirm, scope })).body.error).toMatchObject({
        code: 'CONFIRMATION_REQUIRED',
        details: { expected: 'KILL' },
      })
    expect(control.audit).toEqual([])
    const { status, body } = await call('POST', '/risk/emergency', { confirm: 'KILL', scope, flatten: true, reason: 'odd fills' })
    expect(status).toBe(200)
    expect(body.data).toMatchObject({
      scope: 'bot:trend-btc',
      shouldFlatten: true,
      reason: 'odd fills',
      operator: 'local',
      ordersLeftCount: 1,
    })
    expect(control.audit).toMatchObject([{ command: 'emergency bot:trend-btc flatten', reason: 'odd fills' }])
    expect((await get('/risk/emergencies')).body.data).toEqual([body.data])
    const whole = await call('POST', '/risk/emergency', { confirm: 'KILL', scope: { kind: 'all' } })
    expect(whole.body.data).toMatchObject({ scope: 'all', shouldFlatten: false, reason: 'Emergency halt by the operator' })
    expect(control.risk().killSwitch.isActive).toBe(true)
  })

  const wrong: readonly (readonly [what: string, scope: unknown, field: string])[] = [
    ['no scope', undefined, 'scope'],
    ['an unknown kind', { kind: 'company' }, 'scope.kind'],
    ['a kind without its id', { kind: 'bot' }, 'scope.botId'],
    ['an id too many', { kind: 'all', botId: 'x' }, 'scope'],
    ['an empty id', { kind: 'venue', venueId: '' }, 'scope.venueId'],
  ]
  for (const [what, given, field] of wrong)
    test(`API-01 with ${what} nothing is done, and the field is named`, async () => {
      const { call, control } = apiHarness()
      const { status, body } = await call('POST', '/risk/emergency', { confirm: 'KILL', scope: given })
      expect(status).toBe(400)
      expect(body.error).toMatchObject({ code: 'REQUEST_INVALID', details: { fields: [{ path: field }] } })
      expect(control.audit).toEqual([])
    })

  test('API-01 answers 404 for a bot that is not there', async () => {
    const { call } = apiHarness()
    expect((await call('POST', '/risk/emergency', { confirm: 'KILL', scope: { kind: 'bot', botId: 'nobody' } })).status).toBe(404)
  })
})

describe('kill switch and shutdown', () => {
  test('API-05 trips the kill switch only when KILL is typed', async () => {
    const { call, control } = apiHarness()
    expect((await call('POST', '/risk/kill-switch', { confirm: 'kill', reason: 'x' })).status).toBe(400)
    expect(control.risk().killSwitch.isActive).toBe(false)
    const { body } = await call('POST', '/risk/kill-switch', { confirm: 'KILL', reason: 'odd fills' })
    expect(body.data).toMatchObject({ killSwitch: { isActive: true, reason: 'odd fills', source: 'local' } })
    expect((await call('POST', '/risk/kill-switch', { confirm: 'KILL' })).status).toBe(409)
  })

  test('API-05 clears it only when CLEAR is typed, and never where the configuration forbids it', async () => {
    const { call, control } = apiHarness()
    await call('POST', '/risk/kill-switch', { confirm: 'KILL' })
    control.clearableOverApi = false
    const forbidden = await call('POST', '/risk/kill-switch/clear', { confirm: 'CLEAR' })
    expect([forbidden.status, forbidden.body.error?.code]).toEqual([403, 'FORBIDDEN'])
    control.clearableOverApi = true
    expect((await call('POST', '/risk/kill-switch/clear', { confirm: 'KILL' })).status).toBe(400)
    expect((await call('POST', '/risk/kill-switch/clear', { confirm: 'CLEAR' })).body.data).toMatchObject({
      killSwitch: { isActive: false },
    })
  })

  test('RUN-05 API-05 signs a breaker off that holds, confirmed and with a reason; an armed or unknown one answers 409 or 404', async () => {
    const { call, control } = apiHarness()
    const path = (breakerId: string) => `/risk/breakers/${breakerId}/reset`
    expect((await call('POST', path('daily-loss-sol'), {})).body.error?.code).toBe('CONFIRMATION_REQUIRED')
    expect(control.audit).toEqual([])
    const { status, body } = await call('POST', path('daily-loss-sol'), { confirm: true, reason: 'seen' })
    expect([status, body.data]).toEqual([200, expect.objectContaining({ mode: 'trading', breakers: expect.anything() })])
    expect(control.audit).toEqual([expect.objectContaining({ reason: 'seen' })])
    expect((await call('POST', path('daily-loss'), { confirm: true })).status).toBe(409)
    expect((await call('POST', path('nope:company'), { confirm: true })).status).toBe(404)
  })

  test('API-05 shuts down only when SHUTDOWN is typed', async () => {
    const { call, control } = apiHarness()
    expect((await call('POST', '/system/shutdown', { confirm: 'yes' })).status).toBe(400)
    expect((await call('POST', '/system/shutdown', { confirm: 'SHUTDOWN' })).body.data).toEqual({ stopping: true })
    expect(control.audit.map((line) => line.command)).toEqual(['shutdown'])
  })
})
