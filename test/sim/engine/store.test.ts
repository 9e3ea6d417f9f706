import { Database } from 'bun:sqlite'
import { afterEach, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEngine } from '#sim/engine/engine'
import { openMemoryStore, openSqliteStore, type SimStore } from '#sim/engine/store'
import type { Persistent } from '#sim/engine/types'
import { VirtualClock } from '#sim/virtual-clock'
import { balance, d, OPTIONS, openBench, placed, START_MS } from './fixture'

const folders: string[] = []

function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'troupe-store-'))
  folders.push(folder)
  return join(folder, 'emulator.sqlite')
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

/** Opens the same rows again, as a restart after a kill does: nothing was closed. */
const kinds: readonly (readonly [string, () => () => SimStore])[] = [
  [
    'a file',
    () => {
      const file = newFile()
      return () => openSqliteStore(file)
    },
  ],
  [
    'memory',
    () => {
      const store = openMemoryStore()
      return () => store
    },
  ],
]

describe.each(kinds)('state kept in %s (virtual clock)', (_name, make) => {
  test('SIM-01 what was committed is there after a kill, and what was not is not', () => {
    const open = make()
    const { engine } = openBench()
    const store = open()
    expect(store.attach([engine])).toBe(false)
    const resting = placed(engine, { limit: '90', volume: '2', clientId: 'one', extra: { userref: 7 } })
    placed(engine, { accountId: 'bob', side: 'sell', limit: '100', volume: '1' })
    placed(engine, { limit: '100', volume: '0.5' })
    const stop = placed(engine, {
      side: 'sell',
      type: 'trailingStop',
      trailing: { offset: d('5'), unit: 'quote', limitOffset: null, limitUnit: 'quote' },
    })
    const gtd = placed(engine, { limit: '80', timeInForce: 'gtd', expiresAtMs: START_MS + 60_000 })
    store.commit()
    const kept = engine.snapshot()
    placed(engine, { limit: '95' })

    const clock = new VirtualClock(START_MS)
    const next = createEngine(OPTIONS, clock)
    expect(open().attach([next])).toBe(true)
    expect(next.snapshot()).toEqual(kept)
    expect(next.openOrders('alice').map((order) => order.orderId)).toEqual([resting.orderId, stop.orderId, gtd.orderId])
    expect(next.openOrderByClientId('alice', 'one')?.extra).toEqual({ userref: 7 })
    expect(balance(next, 'alice', 'USD')).toEqual({ total: '9949.9', held: '260.52' })
    expect(next.lastPrice('AAA/USD')).toBe(d('100'))
    expect(placed(next, { accountId: 'bob', side: 'sell', limit: '90', volume: '1' }).filledCost).toBe(d('90'))
    expect(next.prints('AAA/USD', null, 10).map((print) => print.tradeId)).toEqual([1, 2])
    clock.advance(60_000)
    expect(next.order(gtd.orderId)?.status).toBe('expired')
  })

  test('SIM-01 rows that left the history leave the store', () => {
    const open = make()
    const { engine } = openBench({ closedOrdersMax: 8 })
    const store = open()
    store.attach([engine])
    for (let count = 0; count < 50; count++) engine.cancel(placed(engine, { limit: '90' }).orderId, 'userRequested')
    store.commit()
    const next = createEngine({ ...OPTIONS, closedOrdersMax: 8 }, new VirtualClock(START_MS))
    open().attach([next])
    expect(next.closedOrders('alice').map((order) => order.ordinal)).toEqual(engine.closedOrders('alice').map((order) => order.ordinal))
    expect(next.closedOrders('alice').length).toBeLessThanOrEqual(10)
  })

  test('SIM-01 several parts commit together, each with its own rows', () => {
    const open = make()
    const part = (name: string): Persistent & { put: (value: string | null) => void; value: () => string | null } => {
      let present: string | null = null
      let isChanged = false
      const row = (): { bucket: string; key: string; ordinal: number; value: { text: string } | null } => ({
        bucket: 'b',
        key: 'k',
        ordinal: 0,
        value: present === null ? null : { text: present },
      })
      return {
        part: name,
        put: (value) => {
          present = value
          isChanged = true
        },
        value: () => present,
        drain: () => (isChanged ? [row()] : []),
        rows: () => (present === null ? [] : [row()]),
        load: (rows) => {
          present = rows.length === 0 ? null : String(rows[0]?.value?.['text'])
        },
      }
    }
    const [first, second] = [part('first'), part('second')]
    const store = open()
    store.attach([first, second])
    first.put('x')
    second.put('y')
    store.commit()
    second.put(null)
    store.commit()
    const again = [part('first'), part('second')]
    expect(open().attach(again)).toBe(true)
    expect(again.map((one) => one.value())).toEqual(['x', null])
  })
})

describe('the file', () => {
  test('SIM-01 another schema is refused', () => {
    const file = newFile()
    const store = openSqliteStore(file)
    store.attach([])
    store.close()
    const db = new Database(file)
    db.run('PRAGMA user_version = 9')
    db.close()
    expect(() => openSqliteStore(file)).toThrow('schema 9 is not 1')
  })

  test('SIM-01 a commit writes what changed and not the whole book', () => {
    const { engine } = openBench()
    const store = openSqliteStore(newFile())
    store.attach([engine])
    for (let count = 0; count < 200; count++) placed(engine, { limit: '90', volume: '0.05' })
    const before = engine.drain().length
    expect(before).toBeGreaterThan(200)
    placed(engine, { limit: '90', volume: '0.05' })
    expect(
      engine
        .drain()
        .map((row) => row.bucket)
        .sort(),
    ).toEqual(['counters', 'order'])
    store.close()
  })
})
