import { describe, expect, test } from 'bun:test'
import { ErrorTally, noted } from '#actors/company/error-tally'
import { instrumentId } from '#domain/ids'
import type { Json } from '#domain/json'
import type { Alert } from '#ports/alerter'
import { openMemoryJournal, MemoryJournalDisk } from '#store/memory-journal'
import { VirtualClock } from '#sim/virtual-clock'

const BTC = instrumentId('BTC-USD@kraken')
const ETH = instrumentId('ETH-USD@kraken')
const instrumentOf = (id: string) => (id === 'btc' ? BTC : id === 'eth' ? ETH : null)
const entry = (kind: string, payload: Readonly<Record<string, Json>>, correlationId: string | null, atMs: number) => ({
  kind,
  payload,
  correlationId,
  atMs,
})
const MARKET = `market:${BTC}` as const

describe('errors', () => {
  test('RSK-10 OBS-06 a critical error counts once for the company, a lost venue for itself besides', () => {
    const tally = new ErrorTally()
    expect(tally.onEntry(entry('error.critical', { code: 'FILLS_MISSING', venueId: null }, null, 1_000), instrumentOf)).toEqual([
      'critical',
    ])
    const lost = entry('error.critical', { code: 'VENUE_LOST', venueId: 'kraken' }, null, 2_000)
    expect(tally.onEntry(lost, instrumentOf)).toEqual(['critical', 'venue:kraken' as never])
    expect([tally.count('critical', 2_000, 60_000), tally.count('venue:kraken' as never, 2_000, 60_000)]).toEqual([2, 1])
  })

  test('RSK-10 a window is rolling: what is as old as the window counts no more', () => {
    const tally = new ErrorTally()
    for (const atMs of [0, 30_000, 60_000]) tally.onEntry(entry('error.critical', { code: 'X', venueId: null }, null, atMs), instrumentOf)
    expect([59_999, 60_000, 90_000, 119_999, 120_000].map((nowMs) => tally.count('critical', nowMs, 60_000))).toEqual([3, 2, 1, 1, 0])
    expect(tally.count('critical', -5_000, 60_000)).toBe(3) // a clock that was set back
  })

  test('RSK-10 failed orders count to their own market; a post-only order that would have traded is none', () => {
    const tally = new ErrorTally()
    for (const kind of ['order.refused', 'order.retry', 'order.exhausted', 'order.answerLost'])
      expect(tally.onEntry(entry(kind, { code: 'busy' }, 'btc', 0), instrumentOf)).toEqual([MARKET])
    for (const [kind, code, id] of [
      ['order.refused', 'postOnlyWouldCross', 'btc'],
      ['order.lapsed', 'x', 'btc'],
      ['order.filled', 'x', 'btc'],
      ['order.refused', 'busy', 'unknown'],
    ] as const)
      expect(tally.onEntry(entry(kind, { code }, id, 0), instrumentOf)).toEqual([])
    expect([tally.count(MARKET, 0, 60_000), tally.count(`market:${ETH}`, 0, 60_000)]).toEqual([4, 0])
  })

  test('RSK-10 a breaker that trips or re-arms begins anew, for its own source alone; a cool-down changes nothing', () => {
    const tally = new ErrorTally()
    const all = () => ['critical', 'venue:kraken', MARKET].map((source) => tally.count(source as never, 0, 60_000))
    const fill = () => {
      tally.onEntry(entry('error.critical', { code: 'VENUE_LOST', venueId: 'kraken' }, null, 0), instrumentOf)
      tally.onEntry(entry('order.refused', {}, 'btc', 0), instrumentOf)
    }
    fill()
    for (const [breakerId, to, left] of [
      ['errorRate:company', 'COOLING', [1, 1, 1]],
      ['staleness:BTC-USD@kraken', 'TRIPPED', [1, 1, 1]],
      ['errorRate:company', 'ARMED', [0, 1, 1]],
      ['marketErrors:BTC-USD@kraken', 'TRIPPED', [0, 1, 0]],
      ['venueHealth:kraken', 'TRIPPED', [0, 0, 0]],
    ] as const) {
      tally.onEntry(entry('breaker.transition', { to }, breakerId, 0), instrumentOf)
      expect([breakerId, to, all()]).toEqual([breakerId, to, [...left]])
    }
  })

  test('RSK-10 I10 a snapshot is the same tally, and the past of a storm is bounded', () => {
    const tally = new ErrorTally()
    for (let atMs = 0; atMs < 3_000; atMs++) tally.onEntry(entry('error.critical', { code: 'X', venueId: null }, null, atMs), instrumentOf)
    expect(tally.count('critical', 3_000, 60_000)).toBe(1_000)
    const again = new ErrorTally()
    again.restore(JSON.parse(JSON.stringify(tally.snapshot())))
    expect(again.snapshot()).toEqual(tally.snapshot())
  })

  test('OBS-06 RSK-10 what is raised as CRITICAL is in the journal first, and nothing else is', () => {
    const clock = new VirtualClock(0)
    const journal = openMemoryJournal(new MemoryJournalDisk(true), clock)
    const order: string[] = []
    journal.subscribe(({ kind, payload }) => order.push(`${kind} ${String(payload['code'])} ${String(payload['venueId'])}`))
    const alerter = noted({ raise: (alert: Alert) => order.push(alert.code) }, journal)
    alerter.raise({ severity: 'CRITICAL', code: 'DRIFT', text: 'x', details: { venueId: 'kraken' } })
    alerter.raise({ severity: 'HIGH', code: 'PLAN_FAILED', text: 'x', details: {} })
    expect(order).toEqual(['error.critical DRIFT kraken', 'DRIFT', 'PLAN_FAILED'])
  })
})
