import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import {
  applyToBasis,
  type Basis,
  basisOf,
  type CostBasisMethod,
  costOf,
  entryPriceOf,
  FLAT,
  quantityOf,
  unrealizedOf,
} from '#domain/cost-basis'
import { absolute, add, type Decimal, decimal, isZero, multiply, roundToScale, subtract, sum, ZERO } from '#domain/decimal'
import { InvariantError } from '#domain/errors'

function trade(basis: Basis, quantity: string, price: string, method: CostBasisMethod = 'weightedAverage') {
  return applyToBasis(basis, decimal(quantity), multiply(decimal(quantity), decimal(price)), decimal(price), method)
}

const at = (quantity: string, price: string, method?: CostBasisMethod) => (basis: Basis) => trade(basis, quantity, price, method).basis

describe('weighted average', () => {
  test('PFL-02 averages 10 @ 100 and 5 @ 110 to 103.33, and keeps the cost exact', () => {
    const basis = at('5', '110')(at('10', '100')(FLAT))
    expect(quantityOf(basis)).toBe(decimal(15))
    expect(costOf(basis)).toBe(decimal(1550))
    expect(entryPriceOf(basis)).toBe(decimal('103.333333333333333333'))
    expect(roundToScale(entryPriceOf(basis) ?? ZERO, 2, 'halfUp')).toBe(decimal('103.33'))
    // 15 × 103.33… would lose 5 · 10⁻¹⁸; the cost does not.
    expect(unrealizedOf(basis, decimal('110'))).toBe(decimal(100))
  })

  test('PFL-03 realises the closed part at the average and leaves the entry price of the rest', () => {
    const change = trade(at('10', '50')(at('10', '100')(FLAT)), '-5', '90')
    expect(change).toEqual({
      basis: [{ quantity: decimal(15), cost: decimal(1125) }],
      closedQuantity: decimal(5),
      releasedCost: decimal(375),
      realized: decimal(75),
    })
    expect(entryPriceOf(change.basis)).toBe(decimal(75))
  })

  test('PFL-02 holds shorts the other way round', () => {
    const short = at('-4', '200')(FLAT)
    expect([quantityOf(short), costOf(short), entryPriceOf(short)]).toEqual([decimal(-4), decimal(-800), decimal(200)])
    expect(unrealizedOf(short, decimal(190))).toBe(decimal(40))
    expect(trade(short, '1', '150')).toMatchObject({ closedQuantity: decimal(1), realized: decimal(50) })
  })

  test('PFL-02 flips: the closed part realises, the rest enters at the price of the fill', () => {
    const toShort = trade(at('10', '100')(FLAT), '-15', '120')
    expect(toShort).toMatchObject({ closedQuantity: decimal(10), releasedCost: decimal(1000), realized: decimal(200) })
    expect([quantityOf(toShort.basis), entryPriceOf(toShort.basis)]).toEqual([decimal(-5), decimal(120)])
    const toLong = trade(toShort.basis, '8', '110')
    expect(toLong).toMatchObject({ closedQuantity: decimal(5), realized: decimal(50) })
    expect([quantityOf(toLong.basis), entryPriceOf(toLong.basis)]).toEqual([decimal(3), decimal(110)])
  })

  test('PFL-02 gives what the venue rounded on a flip to the closed part', () => {
    // The venue says 179.99 for 15 × 12: the open 5 enter at exactly 12, the closed 10 bear the cent.
    const change = applyToBasis(at('10', '10')(FLAT), decimal('-15'), decimal('-179.99'), decimal('12'), 'weightedAverage')
    expect(change.realized).toBe(decimal('19.99'))
    expect(entryPriceOf(change.basis)).toBe(decimal(12))
  })

  test('PFL-03 rounds a released cost no earlier than the 24th digit, so that the entry price keeps its 18', () => {
    const change = applyToBasis(
      at('3', '0')(FLAT).map((lot) => ({ ...lot, cost: decimal(100) })),
      decimal(-1),
      decimal(-40),
      decimal(40),
      'weightedAverage',
    )
    expect(change.releasedCost).toBe(decimal('33.333333333333333333333333'))
    expect(costOf(change.basis)).toBe(decimal('66.666666666666666666666667'))
    expect(entryPriceOf(change.basis)).toBe(decimal('33.333333333333333333'))
  })

  test('PFL-03 leaves nothing behind when it closes to flat, whatever was rounded on the way', () => {
    let basis = at('3', '10')(at('1', '33.333333333333333333')(FLAT))
    const realized: Decimal[] = []
    for (const quantity of ['-1', '-1.7', '-1.3']) {
      const change = trade(basis, quantity, '20')
      realized.push(change.realized)
      basis = change.basis
    }
    expect(basis).toEqual(FLAT)
    expect(sum(realized)).toBe(decimal('16.666666666666666667'))
    expect(entryPriceOf(basis)).toBeNull()
  })
})

describe('first in, first out', () => {
  const lots = at('2', '300', 'fifo')(at('3', '200', 'fifo')(at('1', '100', 'fifo')(FLAT)))

  test('PFL-03 takes the oldest lots first, a part of one where needed', () => {
    const change = trade(lots, '-2', '400', 'fifo')
    expect(change.realized).toBe(decimal(500))
    expect(change.releasedCost).toBe(decimal(300))
    expect(change.basis).toEqual([
      { quantity: decimal(2), cost: decimal(400) },
      { quantity: decimal(2), cost: decimal(600) },
    ])
  })

  test('PFL-03 takes whole lots, and all of them', () => {
    expect(trade(lots, '-4', '400', 'fifo')).toMatchObject({
      realized: decimal(900),
      basis: [{ quantity: decimal(2), cost: decimal(600) }],
    })
    expect(trade(lots, '-6', '400', 'fifo')).toMatchObject({ realized: decimal(1100), basis: FLAT })
  })

  test('PFL-03 flips and covers shorts lot by lot', () => {
    const flipped = trade(lots, '-7', '400', 'fifo')
    expect(flipped).toMatchObject({ realized: decimal(1100), basis: [{ quantity: decimal(-1), cost: decimal(-400) }] })
    const shorts = at('-2', '500', 'fifo')(flipped.basis)
    expect(trade(shorts, '2', '300', 'fifo')).toMatchObject({
      realized: decimal(300),
      basis: [{ quantity: decimal(-1), cost: decimal(-500) }],
    })
  })
})

const money = fc.bigInt({ min: 1n, max: 10n ** 12n }).map((units) => decimal(`${units}e-8`))
const trades = fc.array(fc.record({ isBuy: fc.boolean(), quantity: money, price: money, rounding: fc.integer({ min: -5, max: 5 }) }), {
  maxLength: 40,
})

for (const method of ['weightedAverage', 'fifo'] as const) {
  test(`PFL-04 conserves cost to the last digit under ${method}: spent = open cost − realised, after any trades`, () => {
    fc.assert(
      fc.property(trades, (list) => {
        let basis = FLAT
        let spent = ZERO
        let realized = ZERO
        let net = ZERO
        for (const each of list) {
          const signed = each.isBuy ? each.quantity : multiply(each.quantity, decimal(-1))
          const cost = add(multiply(signed, each.price), decimal(`${each.rounding}e-10`))
          const change = applyToBasis(basis, signed, cost, each.price, method)
          spent = add(spent, cost)
          realized = add(realized, change.realized)
          net = add(net, signed)
          basis = change.basis
          expect(quantityOf(basis)).toBe(net)
          expect(subtract(costOf(basis), realized)).toBe(spent)
          expect(absolute(net) === sum(basis.map((lot) => absolute(lot.quantity)))).toBe(true)
          expect(basis.some((lot) => isZero(lot.quantity))).toBe(false)
        }
      }),
    )
  })
}

test('realises at once the cost of a trade whose fee in base took all of it', () => {
  expect(applyToBasis(FLAT, ZERO, decimal('0.01'), decimal(1), 'weightedAverage')).toEqual({
    basis: FLAT,
    closedQuantity: ZERO,
    releasedCost: ZERO,
    realized: decimal('-0.01'),
  })
})

test('reads lots back', () => {
  expect(basisOf([{ quantity: '1.50', cost: '3' }])).toEqual([{ quantity: decimal('1.5'), cost: decimal(3) }])
  expect(() => basisOf([{ quantity: 'x', cost: '3' }])).toThrow(InvariantError)
})
