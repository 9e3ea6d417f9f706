import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { BookedIds, readBooked } from '#domain/booked-ids'
import { venueId } from '#domain/ids'
import type { Posting } from '#domain/posting'

const KRAKEN = venueId('kraken')
const OTHER = venueId('other')

const fillOf = (id: string, atMs: number, venue = KRAKEN): Posting =>
  ({ kind: 'fill', postingId: `fill:${venue}:${id}`, atMs, lines: [], rates: {}, trade: { venueId: venue } }) as never
const flowOf = (id: string): Posting => ({ kind: 'flow', flow: 'deposit', postingId: `flow:${id}`, atMs: 1, lines: [], rates: {} })

describe('ids of what is booked', () => {
  test('PAIN-13 lets executions go that are settled, keeps flows and other venues, and never forgets that they were booked', () => {
    const booked = new BookedIds()
    for (let minute = 0; minute < 100; minute++) booked.add(fillOf(`T${minute}`, minute * 60_000))
    booked.add(fillOf('X', 5, OTHER))
    booked.add(flowOf('D1'))
    expect(booked.size).toBe(102)
    booked.settle(KRAKEN, 90 * 60_000)
    expect(booked.size).toBe(12)
    expect([booked.has('fill:kraken:T89'), booked.has('fill:kraken:T90')]).toEqual([false, true])
    expect([booked.isSettled(KRAKEN, 90 * 60_000 - 1), booked.isSettled(KRAKEN, 90 * 60_000)]).toEqual([true, false])
    expect([booked.has('fill:other:X'), booked.isSettled(OTHER, 5), booked.has('flow:D1')]).toEqual([true, false, true])
    booked.settle(KRAKEN, 10) // never back
    expect(booked.isSettled(KRAKEN, 50 * 60_000)).toBe(true)
  })

  test('PAIN-13 whatever the order of booking and settling: a booked execution is known or settled, through a snapshot too (property)', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('fill' as const), atMs: fc.integer({ min: 1, max: 1_000 }) }),
      fc.record({ kind: fc.constant('settle' as const), atMs: fc.integer({ min: 1, max: 1_000 }) }),
      fc.record({ kind: fc.constant('restore' as const), atMs: fc.constant(0) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let booked = new BookedIds()
        const all: number[] = []
        for (const { kind, atMs } of steps) {
          if (kind === 'settle') booked.settle(KRAKEN, atMs)
          else if (kind === 'restore') booked = BookedIds.of(readBooked(JSON.parse(JSON.stringify(booked.snapshot())), 'booked'))
          else {
            booked.add(fillOf(`T${all.length}`, atMs))
            all.push(atMs)
          }
          for (const [number, at] of all.entries()) expect(booked.has(`fill:kraken:T${number}`) || booked.isSettled(KRAKEN, at)).toBe(true)
        }
      }),
    )
  })
})
