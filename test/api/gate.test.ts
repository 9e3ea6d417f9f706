import { describe, expect, test } from 'bun:test'
import { apiHarness } from './harness'

// All of these ask the real API over a fake control and a fake clock.

describe('what limits stand at', () => {
  test('API-01 RSK-02 tells limits with usage, headroom and source, of the company or of one bot', async () => {
    const { get } = apiHarness()
    const { status, body } = await get('/risk/limits')
    expect(status).toBe(200)
    expect(body.data).toMatchObject({ currency: 'USD', equity: '60320.18', capScale: '1', unknown: [] })
    const { limits } = body.data as { limits: readonly Record<string, unknown>[] }
    expect(limits.find(({ check }) => check === 'asset_max')).toMatchObject({
      configured: '0.05',
      filled: '3000',
      working: '16',
      used: '3016',
      headroom: '0',
      source: 'policy careful (bot trend-btc)',
    })
    const ofBot = (await get('/risk/limits?bot=grid-eth')).body.data as { limits: readonly Record<string, unknown>[] }
    expect(ofBot.limits.map(({ check }) => check)).not.toContain('asset_max')
    expect((await get('/risk/limits?bot=nobody')).status).toBe(404)
  })

  test('API-01 risk tells of tripped throttles and scopes that only reduce', async () => {
    const { get } = apiHarness()
    expect((await get('/risk')).body.data).toMatchObject({ throttles: [{ botId: 'grid-eth', kind: 'executions' }], reducing: [] })
  })
})

describe('throttles', () => {
  test('API-05 RSK-01 a named operator re-arms one, with a confirmation; one that has not tripped is refused', async () => {
    const { call, control } = apiHarness()
    const path = '/risk/throttles/grid-eth/rearm'
    expect((await call('POST', path, { reason: 'x' })).body.error?.code).toBe('CONFIRMATION_REQUIRED')
    expect(control.audit).toEqual([])
    const { status, body } = await call('POST', path, { confirm: true, reason: 'a loop, mended' })
    expect(status).toBe(200)
    expect(body.data).toMatchObject({ throttles: [] })
    const operator = { name: 'local', address: '127.0.0.1' }
    expect(control.audit).toEqual([{ command: 'throttle.rearm grid-eth', operator, reason: 'a loop, mended' }])
    expect((await call('POST', path, { confirm: true })).body.error).toMatchObject({ code: 'COMMAND_REFUSED' })
    expect((await call('POST', '/risk/throttles/nobody/rearm', { confirm: true })).status).toBe(404)
  })
})

describe('reducing scopes', () => {
  const scope = { kind: 'bot', botId: 'trend-btc' }

  test('API-05 RSK-01 begin and end with a confirmation, and are audited', async () => {
    const { call, control } = apiHarness()
    expect((await call('POST', '/risk/reducing', { scope, on: true })).body.error?.code).toBe('CONFIRMATION_REQUIRED')
    const begun = await call('POST', '/risk/reducing', { scope, on: true, confirm: true, reason: 'careful' })
    expect(begun.body.data).toMatchObject({ reducing: [{ scope: 'bot:trend-btc', source: 'operator', text: 'careful' }] })
    const ended = await call('POST', '/risk/reducing', { scope, on: false, confirm: true })
    expect(ended.body.data).toMatchObject({ reducing: [] })
    expect(control.audit.map(({ command }) => command)).toEqual(['reducing.begin bot:trend-btc', 'reducing.end bot:trend-btc'])
    expect((await call('POST', '/risk/reducing', { scope, on: false, confirm: true })).status).toBe(409)
  })

  test('API-01 refuses scopes that are none', async () => {
    const { call } = apiHarness()
    for (const wrong of [{ kind: 'order', clientOrderId: 'x' }, { kind: 'bot' }, { kind: 'venue', venueId: 'kraken', botId: 'x' }])
      expect((await call('POST', '/risk/reducing', { scope: wrong, on: true, confirm: true })).status).toBe(400)
  })
})
