import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { type Decimal, decimal, roundToScale, toFixedScale } from '#domain/decimal'
import { divideHalfUp, divideUp, exactUnits, fixedText, fromUnits, pow10, rescale, toUnits } from '#sim/engine/scaled'

const figure = fc
  .tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.integer({ min: 0, max: 12 }))
  .map(([units, scale]) => ({ units, scale }))

describe('scaled integers', () => {
  test('make the canonical text that the exact decimals make, and read it back', () => {
    fc.assert(
      fc.property(figure, ({ units, scale }) => {
        const text = fromUnits(units, scale)
        expect(text).toBe(decimal(fixedText(units, scale)))
        expect(toUnits(text, scale)).toBe(units)
      }),
    )
  })

  test('pad to a fixed count of digits as the wire does', () => {
    expect(fixedText(5n, 1)).toBe('0.5')
    expect(fixedText(-5n, 3)).toBe('-0.005')
    expect(fixedText(120n, 0)).toBe('120')
    fc.assert(fc.property(figure, ({ units, scale }) => expect(fixedText(units, scale)).toBe(toFixedScale(fromUnits(units, scale), scale))))
  })

  test('round half away from zero as roundToScale does', () => {
    fc.assert(
      fc.property(figure, fc.integer({ min: 0, max: 12 }), ({ units, scale }, to) => {
        expect(fromUnits(rescale(units, scale, to), to)).toBe(roundToScale(fromUnits(units, scale), to, 'halfUp'))
      }),
    )
    expect(divideHalfUp(-5n, 2n)).toBe(-3n)
    expect(divideHalfUp(5n, 2n)).toBe(3n)
    expect(divideUp(7n, 2n)).toBe(4n)
    expect(divideUp(0n, 2n)).toBe(0n)
  })

  test('refuse what has finer digits than the scale', () => {
    expect(toUnits(decimal('1.23'), 1)).toBeNull()
    expect(() => exactUnits('1.23' as Decimal, 1)).toThrow('more than 1 digits')
    expect(() => pow10(61)).toThrow('outside')
  })
})
