import { describe, expect, test } from 'bun:test'
import { decimal, ZERO } from '#domain/decimal'
import { assetCode, instrumentId } from '#domain/ids'
import type { PortfolioSnapshot } from '#domain/portfolio-snapshot'
import { MemoryHistory } from '#store/memory-store'
import { openStore } from '#store/open-store'
import { SqliteHistory } from '#store/portfolio-history'
import { removeTempDirs, tempDir } from './temp-dir'

removeTempDirs()

const USD = assetCode('USD')

function snapshotAt(atMs: number, equity = '1000'): PortfolioSnapshot {
  return {
    atMs,
    seq: 7,
    valuationAsset: USD,
    equity: decimal(equity),
    cash: decimal('12.5'),
    flows: decimal(900),
    realizedPnl: decimal(60),
    unrealizedPnl: decimal(40),
    fees: decimal('1.23'),
    isPartial: true,
    assets: [{ asset: assetCode('AIR'), quantity: decimal(3), value: ZERO, source: '', isUnvalued: true, isStale: false }],
    pairs: [{ instrumentId: instrumentId('BTC-USD@kraken'), netQuantity: decimal('0.5'), realized: decimal(60), unrealized: null }],
  }
}

const forms = [
  ['SQLite file', () => new SqliteHistory(openStore({ dataDir: tempDir(), durability: 'process' }))],
  ['memory', () => new MemoryHistory()],
] as const

for (const [name, open] of forms) {
  describe(`${name}: the portfolio's past`, () => {
    test('PFL-11 keeps a snapshot whole, one a moment', () => {
      const history = open()
      expect(history.read(0, 100, 10)).toEqual([])
      history.save(snapshotAt(5))
      history.save(snapshotAt(5, '1001'))
      expect(history.read(0, 100, 10)).toEqual([snapshotAt(5, '1001')])
    })

    test('PFL-11 reads the newest of a time, ascending, its end left out', () => {
      const history = open()
      for (const atMs of [30, 10, 20, 40]) history.save(snapshotAt(atMs))
      const times = (sinceMs: number, untilMs: number, limit: number) => history.read(sinceMs, untilMs, limit).map(({ atMs }) => atMs)
      expect(times(10, 40, 10)).toEqual([10, 20, 30])
      expect(times(0, Number.MAX_SAFE_INTEGER, 2)).toEqual([30, 40])
      expect(times(41, 99, 10)).toEqual([])
    })

    test('PFL-11 forgets what is older than it is asked to keep, and tells how many', () => {
      const history = open()
      for (const atMs of [10, 20, 30]) history.save(snapshotAt(atMs))
      expect(history.prune(30)).toBe(2)
      expect(history.prune(30)).toBe(0)
      expect(history.read(0, 100, 10).map(({ atMs }) => atMs)).toEqual([30])
    })
  })
}

test('PFL-11 the past of a store is there after it was closed', () => {
  const dataDir = tempDir()
  const store = openStore({ dataDir, durability: 'process' })
  new SqliteHistory(store).save(snapshotAt(5))
  store.close()
  const again = openStore({ dataDir, durability: 'process' })
  expect(new SqliteHistory(again).read(0, 100, 1)).toEqual([snapshotAt(5)])
  again.close()
})
