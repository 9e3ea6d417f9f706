import { describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteStore } from '#sim/engine/store'
import { createKrakenEmulator } from '#sim/kraken/emulator'
import type { Recording } from '#sim/market/types'
import { SeededRandom } from '#sim/random'
import { VirtualClock } from '#sim/virtual-clock'
import { Bench, SEED, START_MS, silentLog } from './harness'

function withFile(work: (file: string) => Promise<void>): () => Promise<void> {
  return async () => {
    const directory = mkdtempSync(join(tmpdir(), 'kraken-'))
    try {
      await work(join(directory, 'kraken.sqlite'))
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  }
}

const LATER = 1_800_000_000_000_000_000n

describe('restart from disk (emulator, virtual time)', () => {
  test(
    'SIM-01 EXE-12 keeps open orders, closed orders, fills, ledger, balances, nonces and client ids',
    withFile(async (file) => {
      const first = new Bench({}, { store: openSqliteStore(file) })
      await first.place(first.resting({ cl_ord_id: 'keep-1', userref: '' }))
      await first.place(first.market())
      const gone = await first.place(first.resting())
      await first.result('CancelOrder', { txid: gone })
      await first.result('AmendOrder', { cl_ord_id: 'keep-1', order_qty: '0.02' })
      const views = async (bench: Bench): Promise<unknown[]> =>
        Promise.all(
          ['OpenOrders', 'ClosedOrders', 'TradesHistory', 'Ledgers', 'Balance', 'BalanceEx'].map((method) => bench.result(method)),
        )
      const before = await views(first)
      const usedNonce = first.nextNonce()
      await first.raw('Balance', `nonce=${usedNonce}`, 'application/x-www-form-urlencoded')
      // The process is killed here: nothing is closed. What was answered is on disk.
      const second = new Bench({}, { store: openSqliteStore(file), clock: new VirtualClock(START_MS + 1_000), nonce: LATER })
      expect(await views(second)).toEqual(before)
      const replay = await second.raw('Balance', `nonce=${usedNonce}`, 'application/x-www-form-urlencoded')
      expect(JSON.parse((replay as { body: string }).body)).toEqual({ error: ['EAPI:Invalid nonce'] })
      expect(second.emulator.record().clientIds.byId['keep-1']).toEqual({ accepted: 1, live: 1, liveMax: 1 })
      expect((await second.call('AddOrder', second.resting({ cl_ord_id: 'keep-1' }))).error).toEqual([
        'EGeneral:Invalid arguments:cl_ord_id',
      ])
      const id = await second.place(second.resting())
      expect(Object.keys((before[0] as { open: object }).open)).not.toContain(id)
      expect(await second.result('CancelOrder', { cl_ord_id: 'keep-1' })).toEqual({ count: 1 })
      second.store.close()
    }),
  )

  test(
    'SIM-01 forgets tokens, so that an old one is refused even beside new ones',
    withFile(async (file) => {
      const first = new Bench({}, { store: openSqliteStore(file) })
      const old = (await first.result('GetWebSocketsToken')).token
      const second = new Bench({}, { store: openSqliteStore(file), nonce: LATER })
      const fresh = (await second.result('GetWebSocketsToken')).token
      expect(fresh).not.toBe(old)
      const socket = second.socket('/auth/v2')
      socket.token = old
      expect(socket.subscribe({ channel: 'executions' })[0].error).toBe('ESession:Invalid session')
      second.store.close()
    }),
  )

  test(
    'SIM-01 goes on with the market after a gap: OHLC has no hole',
    withFile(async (file) => {
      const first = new Bench({}, { store: openSqliteStore(file) })
      first.clock.advance(120_000)
      const known = (await first.get('OHLC', { pair: 'XBTUSD' })).result.XXBTZUSD
      first.emulator.stop()
      first.store.close()
      const gapMs = 3 * 3_600_000
      const second = new Bench({}, { store: openSqliteStore(file), clock: new VirtualClock(START_MS + 120_000 + gapMs), nonce: LATER })
      const rows = (await second.get('OHLC', { pair: 'XBTUSD' })).result.XXBTZUSD
      expect(rows).toHaveLength(721)
      for (let index = 1; index < rows.length; index++) expect(rows[index][0] - rows[index - 1][0]).toBe(60)
      expect(rows.at(-1)[0]).toBe((START_MS + 120_000 + gapMs) / 1_000)
      const sample = known.at(-10)
      expect(rows.find((row: number[]) => row[0] === sample[0])).toEqual(sample)
      const filled = rows.filter((row: number[]) => (row[0] as number) > START_MS / 1_000 + 180 && (row[0] as number) < rows.at(-1)[0])
      // Nobody traded while the venue was down: the gap's bars are silent ones (O=H=L=C of the last close, count 0).
      expect(filled.length).toBeGreaterThan(170)
      for (const row of filled) expect([row[1], row[2], row[3], row[4]].every((price) => Number(price) > 0)).toBe(true)
      second.clock.advance(60_000)
      const later = (await second.get('OHLC', { pair: 'XBTUSD' })).result.XXBTZUSD
      expect(later.at(-2)[7]).toBeGreaterThan(0) // and now trading goes on
      second.store.close()
    }),
  )

  test(
    'EXE-09 fires a dead-man switch that was armed when the emulator went down, as after an engine downtime',
    withFile(async (file) => {
      const first = new Bench({}, { store: openSqliteStore(file) })
      await first.place(first.resting())
      await first.result('CancelAllOrdersAfter', { timeout: '600' })
      const second = new Bench({}, { store: openSqliteStore(file), nonce: LATER })
      expect((await second.result('OpenOrders')).open).toEqual({})
      expect(second.emulator.record().deadMen).toEqual({})
      second.store.close()
    }),
  )

  test(
    'SIM-01 keeps the system status',
    withFile(async (file) => {
      const first = new Bench({}, { store: openSqliteStore(file) })
      await first.control('POST', '/emulator/status', { system: 'post_only' })
      const second = new Bench({}, { store: openSqliteStore(file), nonce: LATER })
      expect((await second.get('SystemStatus')).result.status).toBe('post_only')
      expect((await second.call('AddOrder', second.resting())).error).toEqual(['EService:Market in post_only mode'])
      second.store.close()
    }),
  )

  test(
    'SIM-01 refuses state that was made with another seed, and says what to do',
    withFile(async (file) => {
      const first = new Bench({}, { store: openSqliteStore(file) })
      first.store.commit()
      first.store.close()
      const store = openSqliteStore(file)
      const clock = new VirtualClock(START_MS)
      const make = (seed: string) => createKrakenEmulator({ clock, random: new SeededRandom('x'), seed, store, log: silentLog })
      expect(() => make('another')).toThrow(`was made with seed "${SEED}"`)
      store.close()
      const bars = 1_500
      const column = (): Float64Array => new Float64Array(bars).fill(50_000)
      const [open, high, low, close, volume] = [column(), column(), column(), column(), column()]
      const times = { firstOpenAtMs: START_MS, tradingStartsAtMs: START_MS + 1_440 * 60_000, endsAtMs: START_MS + bars * 60_000 }
      const recording: Recording = { file: 'bars.csv', barCount: bars, ...times, open, high, low, close, volume }
      const source = { kind: 'replay', recording, symbol: 'BTC/USD' } as const
      const replay = (): Bench => new Bench({ source }, { store: openSqliteStore(file) })
      expect(replay).toThrow('and prices "seeded", not with seed')
      rmSync(file)
      const replayed = replay()
      expect(Object.keys((await replayed.get('AssetPairs')).result)).toEqual(['XXBTZUSD'])
      expect((await replayed.get('OHLC', { pair: 'XBTUSD', interval: '60' })).result.XXBTZUSD.length).toBeGreaterThan(20)
      replayed.store.close()
    }),
  )

  test('SIM-01 I11 the same seed gives the same frames and the same record', async () => {
    const run = async (): Promise<string> => {
      const bench = new Bench({ stepMs: 1_000 })
      const socket = await bench.privateSocket()
      const market = bench.socket('/v2')
      socket.subscribe({ channel: 'executions', snap_orders: true })
      for (const channel of ['book', 'trade', 'ticker']) market.subscribe({ channel, symbol: ['BTC/USD', 'SOL/USD'] })
      await bench.place(bench.market())
      await bench.place(bench.resting({ timeinforce: 'GTD', expiretm: '+30' }))
      bench.clock.advance(60_000)
      return JSON.stringify([socket.texts, market.texts, bench.emulator.record()])
    }
    expect(await run()).toBe(await run())
  })
})
