import { describe, expect, test } from 'bun:test'
import { type HoldReason, isOnlyReason, withoutReason, withReason } from '#domain/reasons'
import { decideRestart, type RestartBudget } from '#domain/restart'

const budget: RestartBudget = { restartMax: 3, restartWindowMs: 60_000, backoffMs: 1_000, backoffMaxMs: 3_000 }

describe('restart budget', () => {
  test('RUN-06 restarts with a doubling delay up to the cap, and escalates when the budget is spent', () => {
    const first = decideRestart([], 100_000, budget, 0)
    expect(first).toEqual({ kind: 'restart', delayMs: 1_000, history: [100_000] })
    const second = decideRestart(first.history, 101_000, budget, 0)
    expect(second).toEqual({ kind: 'restart', delayMs: 2_000, history: [100_000, 101_000] })
    const third = decideRestart(second.history, 102_000, budget, 0)
    expect(third).toEqual({ kind: 'restart', delayMs: 3_000, history: [100_000, 101_000, 102_000] })
    expect(decideRestart(third.history, 103_000, budget, 0)).toEqual({ kind: 'escalate', history: [100_000, 101_000, 102_000] })
  })

  test('RUN-06 forgets restarts that left the window, its far edge included', () => {
    const history = [40_000, 40_001, 50_000]
    expect(decideRestart(history, 100_000, budget, 0)).toEqual({ kind: 'restart', delayMs: 3_000, history: [40_001, 50_000, 100_000] })
  })

  test('RUN-06 adds a quarter of the delay at most as jitter', () => {
    expect(decideRestart([], 0, budget, 0.5)).toMatchObject({ delayMs: 1_125 })
    expect(decideRestart([], 0, budget, 0.999999)).toMatchObject({ delayMs: 1_250 })
  })
})

describe('hold reasons', () => {
  const operator: HoldReason = { source: 'operator', text: 'lunch', sinceMs: 1 }
  const breaker: HoldReason = { source: 'breaker:dailyLoss', text: '−5 %', sinceMs: 2 }

  test('RUN-05 holds several reasons at once, one a source, the first kept', () => {
    const both = withReason(withReason([], operator), breaker)
    expect(both).toEqual([operator, breaker])
    expect(withReason(both, { ...operator, text: 'dinner', sinceMs: 9 })).toBe(both)
  })

  test('RUN-05 ends a hold only with its last reason', () => {
    const both = [operator, breaker]
    expect(isOnlyReason(both, 'operator')).toBe(false)
    const rest = withoutReason(both, 'operator')
    expect(rest).toEqual([breaker])
    expect(isOnlyReason(rest, 'breaker:dailyLoss')).toBe(true)
    expect(isOnlyReason(rest, 'operator')).toBe(false)
    expect(isOnlyReason([], 'operator')).toBe(false)
    expect(withoutReason(rest, 'nobody')).toEqual(rest)
  })
})
