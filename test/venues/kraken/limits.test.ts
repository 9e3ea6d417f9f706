import { expect, test } from 'bun:test'
import { DecayingCounter } from '#venues/shared/decaying-counter'
import { EngineLimits, engineCost, RestLimit } from '#venues/kraken/limits'
import { VirtualClock } from '#sim/virtual-clock'
import { BTC, MATIC, START_MS } from './fake-kraken'

test('VEN-15 V-a: add, amend at 7 s and cancel 36 s later cost 8 points before decay', () => {
  expect(engineCost('submit', 0) + engineCost('amend', 7_000) + engineCost('cancel', 36_000)).toBe(8)
})

test('VEN-15 V-b: 50 adds at once on Intermediate stand at 26.6 ten seconds later', () => {
  const clock = new VirtualClock(START_MS)
  const limits = new EngineLimits(clock, 'intermediate', 0.5, 1_000)
  for (let order = 0; order < 50; order++) limits.onSent('submit', BTC, `order ${order}`)
  expect(limits.level(BTC)).toBe(50)
  clock.advance(10_000)
  expect(limits.level(BTC)).toBeCloseTo(26.6, 9)
  expect(limits.level(MATIC)).toBe(0)
})

test('VEN-15 counts ages from the last amend', () => {
  const clock = new VirtualClock(START_MS)
  const limits = new EngineLimits(clock, 'starter', 0.5, 1_000)
  limits.onSent('submit', BTC, 'a')
  clock.advance(7_000)
  const before = limits.level(BTC)
  limits.onSent('amend', BTC, 'a')
  expect(limits.level(BTC) - before).toBe(3)
  clock.advance(4_000)
  const atCancel = limits.level(BTC)
  limits.onSent('cancel', BTC, 'a')
  expect(limits.level(BTC) - atCancel).toBe(8)
})

test('VEN-15 knows every age step of a cancel', () => {
  const costs = [0, 4_999, 5_000, 9_999, 10_000, 15_000, 45_000, 90_000, 299_999, 300_000].map((age) => engineCost('cancel', age))
  expect(costs).toEqual([8, 8, 6, 6, 5, 4, 2, 1, 1, 0])
})

test('PAIN-08 leaves room for canceling what is open: at full load a cancel never waits', () => {
  const clock = new VirtualClock(START_MS)
  const limits = new EngineLimits(clock, 'starter', 0.5, 1_000)
  let sent = 0
  for (let step = 0; step < 600; step++) {
    while (limits.waitMs(BTC, 'submit') === 0) limits.onSent('submit', BTC, `order ${sent++}`)
    expect(limits.waitMs(BTC, 'cancel')).toBe(0)
    expect(limits.level(BTC)).toBeLessThanOrEqual(60)
    clock.advance(100)
  }
  expect(sent).toBeGreaterThan(30)
})

test('VEN-15 says exactly how long to wait', () => {
  const clock = new VirtualClock(START_MS)
  const limits = new EngineLimits(clock, 'pro', 0.5, 1_000)
  limits.saturate(BTC)
  const waitMs = limits.waitMs(BTC, 'submit')
  expect(waitMs).toBeGreaterThan(0)
  clock.advance(waitMs - 1)
  expect(limits.waitMs(BTC, 'submit')).toBeGreaterThan(0)
  clock.advance(1)
  expect(limits.waitMs(BTC, 'submit')).toBe(0)
})

test('VEN-15 takes the threshold that the venue states', () => {
  const clock = new VirtualClock(START_MS)
  const limits = new EngineLimits(clock, 'pro', 0.5, 1_000)
  limits.setThreshold(60)
  for (let order = 0; order < 40; order++) limits.onSent('submit', BTC, `order ${order}`)
  expect(limits.waitMs(BTC, 'submit')).toBeGreaterThan(0)
})

test('VEN-15 orders that the venue lists no more reserve nothing, but young ones do until they can be listed', () => {
  const clock = new VirtualClock(START_MS)
  const limits = new EngineLimits(clock, 'intermediate', 0.5, 1_000)
  for (let order = 0; order < 8; order++) limits.onSent('submit', BTC, `order ${order}`)
  clock.advance(1_000)
  limits.saturate(BTC)
  const before = limits.waitMs(BTC, 'submit')
  limits.keepOnly(new Set(), 2_000)
  expect(limits.waitMs(BTC, 'submit')).toBe(before)
  limits.keepOnly(new Set(['order 0']), 500)
  expect(limits.waitMs(BTC, 'submit')).toBeLessThan(before / 2)
})

test('VEN-15 REST counter: questions leave the reserve, cancels may use it, time drains it', () => {
  const clock = new VirtualClock(START_MS)
  const limit = new RestLimit(clock, 'pro', 3)
  for (let call = 0; call < 17; call++) {
    expect(limit.waitMs(1, false)).toBe(0)
    limit.spend(1)
  }
  expect(limit.waitMs(1, false)).toBe(1_000)
  expect(limit.waitMs(1, true)).toBe(0)
  expect(limit.waitMs(0, false)).toBe(0)
  clock.advance(1_000)
  expect(limit.waitMs(1, false)).toBe(0)
  expect(limit.waitMs(4, false)).toBe(3_000)
})

test('a stepped wall clock drains nothing', () => {
  const clock = new VirtualClock(START_MS)
  const counter = new DecayingCounter(clock, 1)
  counter.spend(10)
  clock.stepWallClock(3_600_000)
  expect(counter.level()).toBe(10)
})

test('PAIN-08 weighs a command behind those that were let go and not sent: the same ones go at once as one after the other', () => {
  for (const tier of ['starter', 'intermediate', 'pro'] as const) {
    const clock = new VirtualClock(START_MS)
    const single = new EngineLimits(clock, tier, 1, 1_000)
    let one = 0
    while (single.waitMs(BTC, 'submit') === 0) single.onSent('submit', BTC, `order ${one++}`)
    const together = new EngineLimits(clock, tier, 1, 1_000)
    let submits = 0
    while (together.waitMs(BTC, 'submit', { submits, amends: 0 }) === 0) submits++
    expect(submits).toBe(one)
    expect(together.waitMs(MATIC, 'submit')).toBe(0)
    // An amend takes more, and a cancel waits for none of them.
    let amends = 0
    while (together.waitMs(BTC, 'amend', { submits: 0, amends }) === 0) amends++
    expect(amends).toBeLessThan(submits)
    expect(together.waitMs(BTC, 'cancel', { submits: 100, amends: 100 })).toBe(0)
  }
})
