import { describe, expect, test } from 'bun:test'
import { VirtualClock } from '#sim/virtual-clock'
import { LifeClock } from '#sim/world/life-clock'

const START = Date.UTC(2026, 0, 5)

describe("a life's clock over virtual time", () => {
  test('SIM-08 its monotonic count begins with the life, as a process counts from its own start; the wall clock goes on', () => {
    const clock = new VirtualClock(START)
    const wall = { offsetMs: 0 }
    const first = new LifeClock(clock, wall)
    clock.advance(90_000)
    expect(first.monotonicUs()).toBe(90_000_000)
    first.fence()
    const second = new LifeClock(clock, wall)
    expect(second.monotonicUs()).toBe(0)
    clock.advance(1_500)
    wall.offsetMs = -60_000
    expect([second.monotonicUs(), second.now()]).toEqual([1_500_000, START + 31_500])
  })

  test('SIM-08 a fenced life is called by nothing that it planned', () => {
    const clock = new VirtualClock(START)
    const life = new LifeClock(clock, { offsetMs: 0 })
    const calls: string[] = []
    life.setTimeout(() => calls.push('timer'), 10)
    life.defer(() => calls.push('deferred'))
    expect(life.pending).toBe(2)
    life.fence()
    life.setTimeout(() => calls.push('late'), 1)
    clock.advance(100)
    expect(calls).toEqual([])
    expect([life.pending, clock.pending]).toEqual([0, 0])
  })
})
