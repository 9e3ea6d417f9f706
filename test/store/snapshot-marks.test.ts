import { describe, expect, test } from 'bun:test'
import { VirtualClock } from '#sim/virtual-clock'
import { openJournal } from '#store/journal'
import { SqliteMarks } from '#store/marks'
import { MemoryMarks, MemorySnapshots } from '#store/memory-store'
import { openStore } from '#store/open-store'
import { SqliteSnapshots } from '#store/snapshot'
import { draftOf, START } from './journal.conformance'
import { removeTempDirs, tempDir } from './temp-dir'

removeTempDirs()

function storeWithEntries(count: number) {
  const dataDir = tempDir()
  const clock = new VirtualClock(START)
  const store = openStore({ dataDir, durability: 'process' })
  const journal = openJournal(store, clock)
  for (let index = 0; index < count; index++) journal.append(draftOf('a'))
  void journal.close()
  return { dataDir, store }
}

const forms = [
  ['SQLite file', () => new SqliteSnapshots(storeWithEntries(10).store), () => new SqliteMarks(storeWithEntries(0).store)],
  ['memory', () => new MemorySnapshots(), () => new MemoryMarks()],
] as const

for (const [name, openSnapshots, openMarks] of forms) {
  describe(`${name}: snapshots and marks`, () => {
    test('I10 returns the newest snapshot of that name and version only', () => {
      const snapshots = openSnapshots()
      expect(snapshots.load('ledger', 1)).toBeNull()
      snapshots.save('ledger', 1, 3, { b: '1', a: [null] })
      snapshots.save('ledger', 1, 7, { b: '2', a: [] })
      snapshots.save('risk', 1, 5, 'x')
      expect(snapshots.load('ledger', 1)).toEqual({ seq: 7, data: { b: '2', a: [] } })
      expect(snapshots.load('risk', 1)).toEqual({ seq: 5, data: 'x' })
      expect(snapshots.load('ledger', 2)).toBeNull()
    })

    test('keeps marks by key, the last value wins', () => {
      const marks = openMarks()
      expect(marks.get('nonce:kraken')).toBeNull()
      marks.put('nonce:kraken', '1700000000000000001')
      marks.put('nonce:kraken', '1700000000000000999')
      expect(marks.get('nonce:kraken')).toBe('1700000000000000999')
      expect(marks.get('nonce:coinbase')).toBeNull()
    })
  })
}

describe('SQLite file: snapshots and marks', () => {
  test('both outlive the process that wrote them', () => {
    const { dataDir, store } = storeWithEntries(4)
    new SqliteSnapshots(store).save('ledger', 1, 4, { a: 1 })
    new SqliteMarks(store).put('nonce', '5')
    store.close()
    const next = openStore({ dataDir, durability: 'power' })
    expect(new SqliteSnapshots(next).load('ledger', 1)).toEqual({ seq: 4, data: { a: 1 } })
    expect(new SqliteMarks(next).get('nonce')).toBe('5')
    next.close()
  })

  test('I10 a snapshot ahead of the journal on disk, or a damaged one, is not used', () => {
    const { store } = storeWithEntries(4)
    const snapshots = new SqliteSnapshots(store)
    snapshots.save('ahead', 1, 5, {})
    expect(snapshots.load('ahead', 1)).toBeNull()
    snapshots.save('damaged', 1, 4, { equity: '100' })
    store.database.run(`UPDATE snapshots SET data = '{"equity":"900"}' WHERE name = 'damaged'`)
    expect(snapshots.load('damaged', 1)).toBeNull()
  })

  test('VEN-02 a mark is forced to the disk also where the journal is not, and the journal’s setting comes back', () => {
    const { store } = storeWithEntries(1)
    const marks = new SqliteMarks(store)
    marks.put('nonce', '1')
    expect(store.database.query('PRAGMA synchronous').get()).toEqual({ synchronous: 1 })
    expect(marks.get('nonce')).toBe('1')
  })
})
