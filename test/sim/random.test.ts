import { describe, expect, test } from 'bun:test'
import { randomState, SeededRandom } from '#sim/random'

describe('seeded random', () => {
  test('SIM-08 gives the same figures for the same seed on every machine', () => {
    const random = new SeededRandom('42')
    expect([random.word(), random.word(), random.word()]).toEqual([3196115446, 2000190690, 1994449805])
    expect(new SeededRandom('43').word()).not.toBe(3196115446)
  })

  test('SIM-08 streams split by name do not depend on each other', () => {
    const parent = new SeededRandom('42')
    const before = parent.split('maker').next()
    parent.next()
    parent.split('noise').next()
    expect(parent.split('maker').next()).toBe(before)
    expect(parent.split('noise').next()).not.toBe(before)
  })

  test('SIM-08 a saved state goes on where it was, through JSON', () => {
    const random = new SeededRandom('42')
    for (let count = 0; count < 100; count++) random.next()
    const saved: unknown = JSON.parse(JSON.stringify(random.state))
    const expected = [random.next(), random.normal(), random.integer(1_000)]
    const other = new SeededRandom('anything')
    other.state = randomState(saved)
    expect([other.next(), other.normal(), other.integer(1_000)]).toEqual(expected)
    expect(() => randomState([1, 2, 3])).toThrow('damaged')
    expect(() => randomState([1, 2, 3, -1])).toThrow('damaged')
  })

  test('is uniform in [0, 1), has every integer below the bound, and normal draws of mean 0 and deviation 1', () => {
    const random = new SeededRandom('spread')
    const count = 20_000
    const uniform = Array.from({ length: count }, () => random.next())
    expect(uniform.every((value) => value >= 0 && value < 1)).toBe(true)
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
    expect(mean(uniform)).toBeCloseTo(0.5, 1)
    const buckets = new Map<number, number>()
    for (let index = 0; index < count; index++) {
      const value = random.integer(10)
      buckets.set(value, (buckets.get(value) ?? 0) + 1)
    }
    expect([...buckets.keys()].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect([...buckets.values()].every((seen) => Math.abs(seen - count / 10) < count / 50)).toBe(true)
    const normal = Array.from({ length: count }, () => random.normal())
    expect(Math.abs(mean(normal))).toBeLessThan(0.03)
    expect(mean(normal.map((value) => value * value))).toBeCloseTo(1, 1)
    expect(() => random.integer(0)).toThrow('positive')
  })
})
