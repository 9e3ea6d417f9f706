import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { type HeapTimer, TimerHeap } from '#domain/timer-heap'

type Step =
  | { readonly kind: 'add'; readonly atUs: number }
  | { readonly kind: 'cancel'; readonly pick: number }
  | { readonly kind: 'take'; readonly untilUs: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('add' as const), atUs: fc.integer({ min: 0, max: 50 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('cancel' as const), pick: fc.nat() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('take' as const), untilUs: fc.integer({ min: 0, max: 60 }) }) },
)

test('fires what a sorted list would, ties in order of insertion', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const heap = new TimerHeap()
      const timers: HeapTimer[] = []
      let model: { readonly atUs: number; readonly id: number }[] = []
      const fired: number[] = []
      const expected: number[] = []
      for (const each of steps) {
        switch (each.kind) {
          case 'add': {
            const id = timers.length
            timers.push(heap.add(each.atUs, () => fired.push(id)))
            model = [...model, { atUs: each.atUs, id }].sort((a, b) => a.atUs - b.atUs || a.id - b.id)
            break
          }
          case 'cancel': {
            const id = timers.length === 0 ? -1 : each.pick % timers.length
            const timer = timers[id]
            if (timer !== undefined) heap.cancel(timer)
            model = model.filter((entry) => entry.id !== id)
            break
          }
          case 'take': {
            const next = model[0]
            const taken = heap.take(each.untilUs)
            const isDue = next !== undefined && next.atUs <= each.untilUs
            expect(taken?.atUs ?? null).toBe(isDue ? next.atUs : null)
            taken?.fn()
            if (isDue) {
              expected.push(next.id)
              model = model.slice(1)
            }
          }
        }
        expect(heap.size).toBe(model.length)
        expect(heap.nextAtUs()).toBe(model[0]?.atUs ?? null)
      }
      expect(fired).toEqual(expected)
    }),
  )
})

test('drops the dead when they are more than half, and loses none of the living', () => {
  const heap = new TimerHeap()
  const timers = Array.from({ length: 1_000 }, (_, index) => heap.add((index * 7_919) % 1_000, () => undefined))
  for (const [index, timer] of timers.entries()) if (index % 10 !== 0) heap.cancel(timer)
  expect(heap.size).toBe(100)
  const times: number[] = []
  for (let next = heap.take(1_000); next !== null; next = heap.take(1_000)) times.push(next.atUs)
  expect(times).toEqual(
    timers
      .filter((_, index) => index % 10 === 0)
      .map((timer) => timer.atUs)
      .sort((a, b) => a - b),
  )
  expect(heap.size).toBe(0)
})

test('a second cancel, and a cancel of a fired timer, change nothing', () => {
  const heap = new TimerHeap()
  const one = heap.add(1, () => undefined)
  const two = heap.add(2, () => undefined)
  heap.cancel(one)
  heap.cancel(one)
  expect(heap.size).toBe(1)
  expect(heap.take(5)?.atUs).toBe(2)
  heap.cancel(two)
  expect([heap.size, heap.nextAtUs(), heap.take(5)]).toEqual([0, null, null])
})
