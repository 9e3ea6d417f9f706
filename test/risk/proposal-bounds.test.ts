import { describe, expect, test } from 'bun:test'
import type { Intent } from '#domain/intent'
import { boundsProblem, type ProposalBounds } from '#risk/proposal-bounds'
import { d, intentOf } from './fixtures'

const BOUNDS: ProposalBounds = { stop: { least: d('0.01'), most: d('0.05') }, target: { least: d('0.02'), most: d('0.2') } }
const long = (stop: string | null, target: string | null, over: Partial<Intent> = {}) =>
  intentOf({ stopPrice: stop === null ? null : d(stop), takeProfitPrice: target === null ? null : d(target), ...over })
const problem = (intent: Intent, bounds = BOUNDS) => boundsProblem(intent, d('100'), bounds)

describe('bounds of what an entry states', () => {
  test('STR-02 both ends are within', () => {
    for (const [stop, target] of [
      ['99', '102'],
      ['95', '120'],
      ['97', '110'],
    ] as const)
      expect(problem(long(stop, target))).toBeNull()
  })

  test('STR-02 too near, too far, on the wrong side and left out are told with the figure', () => {
    expect(problem(long('99.5', '110'))).toBe('its stop is 0.005 of the price away, not between 0.01 and 0.05')
    expect(problem(long('94', '110'))).toContain('its stop is 0.06')
    expect(problem(long('101', '110'))).toContain('its stop is -0.01')
    expect(problem(long('97', '101'))).toContain('its target is 0.01')
    expect(problem(long('97', '130'))).toContain('its target is 0.3')
    expect(problem(long(null, '110'))).toBe('it states no stop')
    expect(problem(long('97', null))).toBe('it states no target')
  })

  test('STR-02 a short is bounded the other way round', () => {
    const target = { kind: 'risk', direction: 'short' } as const
    expect(problem(long('103', '95', { target }))).toBeNull()
    expect(problem(long('97', '95', { target }))).toContain('its stop is -0.03')
  })

  test('STR-02 what is not asked for is not missed, what lowers is free, and without a price nothing is entered', () => {
    expect(problem(long('97', null), { ...BOUNDS, target: null })).toBeNull()
    expect(problem(intentOf({ kind: 'exit', target: { kind: 'flat' } }))).toBeNull()
    expect(boundsProblem(long('97', '110'), null, BOUNDS)).toContain('no price')
  })
})
