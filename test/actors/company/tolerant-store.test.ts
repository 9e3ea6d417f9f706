import { describe, expect, test } from 'bun:test'
import { tolerantStores } from '#actors/company/tolerant-store'
import { InvariantError } from '#domain/errors'
import { instrumentId } from '#domain/ids'
import type { Alert } from '#ports/alerter'
import { MemoryBars } from '#store/memory-bars'
import { MemoryHistory, MemorySnapshots } from '#store/memory-store'

const BTC = instrumentId('BTC-USD@kraken')
const BAR = { openAtMs: 60_000, closeAtMs: 120_000, open: 1, high: 1, low: 1, close: 1, volume: 1 }

const full = (): never => {
  throw new Error('ENOSPC: no space left on device')
}

function storesOf(over: Partial<Parameters<typeof tolerantStores>[0]>, alerts: Alert[]) {
  return tolerantStores({
    bars: new MemoryBars(),
    snapshots: new MemorySnapshots(),
    history: new MemoryHistory(),
    alerter: { raise: (alert) => alerts.push(alert) },
    ...over,
  })
}

describe('stores that cannot be written', () => {
  test('PAIN-04 a bar that cannot be kept is told of and dropped, and the caller goes on', () => {
    const alerts: Alert[] = []
    const bars = storesOf({ bars: { append: full, read: () => [BAR] } }, alerts).bars
    bars.append(BTC, '1m', [BAR])
    expect(alerts).toEqual([expect.objectContaining({ code: 'STORE_WRITE_FAILED', severity: 'HIGH' })])
    expect(alerts[0]?.text).toContain('ENOSPC')
    expect(bars.read(BTC, '1m', 0, 1)).toEqual([BAR])
  })

  test('what is no bar stays an error, and what can be kept is kept', () => {
    const alerts: Alert[] = []
    const bars = storesOf({}, alerts).bars
    expect(() => bars.append(BTC, '1m', [{ ...BAR, closeAtMs: 61_000 }])).toThrow(InvariantError)
    bars.append(BTC, '1m', [BAR])
    expect(bars.read(BTC, '1m', 0, 10)).toEqual([BAR])
    expect(alerts).toEqual([])
  })

  test('a snapshot that cannot be kept is told of, and the one before stays', () => {
    const alerts: Alert[] = []
    const kept = new MemorySnapshots()
    kept.save('company', 1, 7, { a: 1 })
    const snapshots = storesOf({ snapshots: { load: (name, version) => kept.load(name, version), save: full } }, alerts).snapshots
    snapshots.save('company', 1, 9, { a: 2 })
    expect(snapshots.load('company', 1)).toEqual({ seq: 7, data: { a: 1 } })
    expect(alerts.map(({ code }) => code)).toEqual(['STORE_WRITE_FAILED'])
  })

  test('PFL-11 a snapshot of the portfolio that cannot be kept, or an old one that cannot go, stops nobody', () => {
    const alerts: Alert[] = []
    const { history } = storesOf({ history: { save: full, read: () => [], prune: full } }, alerts)
    history.save({} as Parameters<typeof history.save>[0])
    expect(history.prune(1)).toBe(0)
    expect(alerts.map(({ code }) => code)).toEqual(['STORE_WRITE_FAILED', 'STORE_WRITE_FAILED'])
  })
})
