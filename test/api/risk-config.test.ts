import { describe, expect, test } from 'bun:test'
import { fakeRiskConfig } from './fake-risk-config'
import { apiHarness } from './harness'

// The real API over a fake control; what it plans and remembers is the real thing.

const BODY = { reason: 'volatile week', changes: { risk: { positionRatioMax: 0.02 } } }

describe('API-07 limits over the API', () => {
  test('API-07 a patch is passed on with its operator and reason, and read back with its source', async () => {
    const { call, get, control } = apiHarness()
    const { status, body } = await call('PATCH', '/risk/config', BODY)
    expect(status).toBe(200)
    expect(body.data).toMatchObject({
      version: 1,
      operator: 'local',
      origin: '127.0.0.1',
      reason: 'volatile week',
      changes: [{ path: 'risk.positionRatioMax', from: 0.05, to: 0.02 }],
    })
    expect(control.audit).toEqual([{ command: 'risk.config', operator: { name: 'local', address: '127.0.0.1' }, reason: 'volatile week' }])
    const read = (await get('/risk/config')).body.data as { effective: { limits: Record<string, unknown> }[]; config: unknown }
    expect(read.effective[0]?.limits['positionRatioMax']).toEqual({ value: '0.02', source: 'change 1' })
    expect(read).toMatchObject({
      version: 1,
      mode: 'sandbox',
      config: { risk: { positionRatioMax: 0.02 } },
      overlay: [{ path: 'risk.positionRatioMax', value: 0.02, over: 0.05, version: 1 }],
    })
  })

  test('API-07 the history is newest first; a roll back is a change of its own; a version that is none is 404', async () => {
    const { call, get } = apiHarness()
    await call('PATCH', '/risk/config', BODY)
    expect((await call('POST', '/risk/config/rollback', { version: 7, reason: 'x' })).status).toBe(404)
    expect((await call('POST', '/risk/config/rollback', { version: 0, reason: 'calm again' })).body.data).toMatchObject({ rollbackTo: 0 })
    const history = (await get('/risk/config/history')).body.data as readonly { version: number; rollbackTo: number | null }[]
    expect(history.map(({ version, rollbackTo }) => [version, rollbackTo])).toEqual([
      [2, 0],
      [1, null],
    ])
  })

  test('API-07 a patch that fails is 400 with key, value and rule; without a reason, or with a word too many, too', async () => {
    const { call, control } = apiHarness()
    const bad = await call('PATCH', '/risk/config', { reason: 'x', changes: { risk: { positionRatioMax: 0.5 } } })
    expect([bad.status, bad.body.error?.code]).toEqual([400, 'REQUEST_INVALID'])
    expect(bad.body.error?.message).toContain('risk.positionRatioMax = 0.5: must not exceed risk.totalAtRiskRatioMax, which is 0.15')
    for (const body of [{ ...BODY, reason: ' ' }, { changes: BODY.changes }, { ...BODY, dryRun: true }, { reason: 'x' }]) {
      const { status } = await call('PATCH', '/risk/config', body)
      expect([body, status]).toEqual([body, 400])
    }
    expect(control.audit).toEqual([])
  })

  test('API-05 RSK-14 in live a loosening wants a confirmation, a tightening does not', async () => {
    const { call, control } = apiHarness()
    control.riskConfig = fakeRiskConfig('live', () => undefined)
    const looser = { reason: 'x', changes: { risk: { orderNotionalMax: '3000' } } }
    const refused = await call('PATCH', '/risk/config', looser)
    expect([refused.status, refused.body.error?.code]).toEqual([400, 'CONFIRMATION_REQUIRED'])
    expect(refused.body.error?.message).toContain('loosens orderNotionalMax')
    expect((await call('PATCH', '/risk/config', { ...looser, confirm: true })).status).toBe(200)
    expect((await call('PATCH', '/risk/config', BODY)).status).toBe(200)
    expect((await call('POST', '/risk/config/rollback', { version: 0, reason: 'x' })).status).toBe(400)
  })

  test('API-04 a read-only API changes nothing', async () => {
    const { call, get } = apiHarness({ readOnly: true })
    expect((await call('PATCH', '/risk/config', BODY)).body.error?.code).toBe('READ_ONLY')
    expect((await get('/risk/config')).status).toBe(200)
  })
})
