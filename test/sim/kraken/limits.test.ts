import { describe, expect, test } from 'bun:test'
import { EngineCounters, engineCostOf } from '#sim/kraken/engine-counter'
import { RestCounters, restCostOf } from '#sim/kraken/rest-counter'
import { Bench } from './harness'

describe('engine counter', () => {
  test('SIM-01 V-a: add, amend at 7 s, cancel 36 s later cost 1 + (1+2) + 4 = 8 before decay', () => {
    const costs = [
      engineCostOf({ kind: 'add' }),
      engineCostOf({ kind: 'amend', ageMs: 7_000 }),
      engineCostOf({ kind: 'cancel', ageMs: 36_000 }),
    ]
    expect(costs).toEqual([1, 3, 4])
  })

  test('SIM-01 V-b: 50 adds at once on Intermediate stand at 26.6 after 10 s', () => {
    const counters = new EngineCounters('intermediate')
    for (let count = 0; count < 50; count++) expect(counters.admit('main', 'BTC/USD', { kind: 'add' }, 0)).toBe(true)
    expect(counters.levelOf('main', 'BTC/USD', 10_000)).toBeCloseTo(26.6, 9)
    expect(counters.levelOf('main', 'ETH/USD', 10_000)).toBe(0)
  })

  test('charges by age: all columns of the table', () => {
    const ages = [0, 5_000, 10_000, 15_000, 45_000, 90_000, 300_000]
    const row = (kind: 'amend' | 'edit' | 'cancel'): number[] => ages.map((ageMs) => engineCostOf({ kind, ageMs }))
    expect(row('amend')).toEqual([4, 3, 2, 1, 1, 1, 1])
    expect(row('edit')).toEqual([7, 6, 5, 3, 2, 1, 1])
    expect(row('cancel')).toEqual([8, 6, 5, 4, 2, 1, 0])
    expect(engineCostOf({ kind: 'batchAdd', count: 15 })).toBe(7.5)
    expect(engineCostOf({ kind: 'batchCancel', agesMs: [0, 6_000, 400_000] })).toBe(14)
  })

  test('refuses above the threshold until it decays; several cancels at once are never refused', () => {
    const counters = new EngineCounters('starter')
    for (let count = 0; count < 60; count++) counters.admit('main', 'BTC/USD', { kind: 'add' }, 0)
    expect(counters.admit('main', 'BTC/USD', { kind: 'add' }, 0)).toBe(false)
    expect(counters.admit('main', 'BTC/USD', { kind: 'cancel', ageMs: 0 }, 0)).toBe(false)
    expect(counters.admit('main', 'BTC/USD', { kind: 'batchCancel', agesMs: [0, 0] }, 0)).toBe(true)
    expect(counters.levelOf('main', 'BTC/USD', 0)).toBe(76)
    expect(counters.admit('main', 'BTC/USD', { kind: 'add' }, 16_000)).toBe(false)
    expect(counters.admit('main', 'BTC/USD', { kind: 'add' }, 17_000)).toBe(true)
  })
})

describe('REST counter', () => {
  test('counts histories with 4, order commands with nothing, the rest with 1', () => {
    expect(['Ledgers', 'QueryTrades', 'ClosedOrders', 'AddOrder', 'CancelOrder', 'Balance', 'CancelAll'].map(restCostOf)).toEqual([
      4, 4, 4, 0, 0, 1, 1,
    ])
  })

  test('refuses above the maximum; calling on prolongs it, to twice the maximum at most', () => {
    const counters = new RestCounters('pro')
    for (let count = 0; count < 20; count++) expect(counters.admit('key', 'Balance', 0)).toBe(true)
    for (let count = 0; count < 100; count++) expect(counters.admit('key', 'Balance', 0)).toBe(false)
    expect(counters.levelOf('key', 0)).toBe(40)
    expect(counters.admit('key', 'Balance', 20_000)).toBe(false)
    expect(counters.admit('key', 'Balance', 40_000)).toBe(true)
    expect(counters.admit('other', 'Balance', 0)).toBe(true)
  })
})

describe('limits over the wire', () => {
  test('EAPI:Rate limit exceeded after 20 private calls on Intermediate, order commands excepted (emulator)', async () => {
    const bench = new Bench({ hasLimits: true, tier: 'intermediate' })
    for (let count = 0; count < 20; count++) expect((await bench.call('Balance')).error).toEqual([])
    expect((await bench.call('Balance')).error).toEqual(['EAPI:Rate limit exceeded'])
    expect((await bench.call('AddOrder', bench.resting())).error).toEqual([])
    expect(bench.emulator.record().counters.restRateLimit).toBe(1)
    bench.clock.advance(10_000)
    expect((await bench.call('Balance')).error).toEqual([])
  })

  test('EOrder:Rate limit exceeded and EOrder:Orders limit exceeded on Starter; other pairs go on (emulator)', async () => {
    const bench = new Bench({ hasLimits: true, tier: 'starter' })
    const place = async (extra: Record<string, string>): Promise<string[]> =>
      (await bench.call('AddOrder', bench.resting({ volume: '0.001', ...extra }))).error
    for (let count = 0; count < 60; count++) expect(await place({})).toEqual([])
    expect(await place({})).toEqual(['EOrder:Orders limit exceeded'])
    const id = Object.keys((await bench.result('OpenOrders')).open)[0] as string
    expect((await bench.call('CancelOrder', { txid: id })).error).toEqual(['EOrder:Rate limit exceeded'])
    bench.clock.advance(3_000)
    expect((await bench.call('CancelOrder', { txid: id })).error).toEqual([])
    expect(await place({})).toEqual(['EOrder:Rate limit exceeded'])
    expect(await place({ pair: 'ETHUSD', price: '1000', volume: '0.01' })).toEqual([])
    expect(bench.emulator.record().counters.engineRateLimit).toBe(2)
    expect((await bench.result('CancelAll')).count).toBe(60)
  })

  test('charges an order that fails validation, and nothing for one that is only validated (emulator)', async () => {
    const bench = new Bench({ hasLimits: true, tier: 'starter' })
    for (let count = 0; count < 60; count++) expect((await bench.call('AddOrder', bench.resting({ validate: 'true' }))).error).toEqual([])
    for (let count = 0; count < 60; count++) await bench.call('AddOrder', bench.resting({ volume: '0.00001' }))
    expect((await bench.call('AddOrder', bench.resting())).error).toEqual(['EOrder:Rate limit exceeded'])
  })

  test('EGeneral:Too many requests when public calls come faster than one a second for long (emulator)', async () => {
    const bench = new Bench({ hasLimits: true })
    for (let count = 0; count < 15; count++) expect((await bench.get('Time')).error).toEqual([])
    expect((await bench.get('Time')).error).toEqual(['EGeneral:Too many requests'])
    bench.clock.advance(1_000)
    expect((await bench.get('Time')).error).toEqual([])
    expect(bench.emulator.record().counters.publicRateLimit).toBe(1)
  })

  test('refuses the 151st socket within ten minutes (emulator)', () => {
    const bench = new Bench({ hasLimits: true })
    for (let count = 0; count < 150; count++) bench.socket('/v2').hangUp()
    expect(() => bench.socket('/v2')).toThrow('no socket')
    bench.clock.advance(600_000)
    expect(bench.socket('/v2').texts).toHaveLength(1)
  })

  test('tells maxratecount of the tier and the counter with each execution when asked (emulator)', async () => {
    const bench = new Bench({ hasLimits: true, tier: 'pro' })
    const socket = await bench.privateSocket()
    const [ack] = socket.subscribe({ channel: 'executions', ratecounter: true })
    expect(ack.result.maxratecount).toBe(180)
    socket.trade('add_order', { order_type: 'limit', side: 'buy', order_qty: 0.01, limit_price: 30000, symbol: 'BTC/USD' })
    expect(socket.of('executions').at(-1).data[0].ratecount).toBe(1)
  })

  test('answers Exceeded msg rate beyond the settable rate of client messages (emulator)', () => {
    const bench = new Bench({ messagesPerSecMax: 2 })
    const socket = bench.socket('/v2')
    socket.say({ method: 'ping' })
    socket.say({ method: 'ping' })
    expect(socket.say({ method: 'ping' })).toEqual([{ Error: 'Exceeded msg rate' }])
    bench.clock.advance(1_000)
    expect(socket.say({ method: 'ping', req_id: 3 })[0].method).toBe('pong')
  })
})
