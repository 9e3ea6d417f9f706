import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { absolute, add, type Decimal, decimal, isGreater, isLess, isZero, multiply, negate, subtract, ZERO } from '#domain/decimal'
import {
  areCopySyncRules,
  type CopySyncInput,
  compareCopy,
  copySyncMetrics,
  DEFAULT_COPY_SYNC,
  isCopySyncDue,
  NO_COPY_SYNC,
  noteCopySync,
  type OpenOrder,
} from '#risk/copy-sync'

const ON = { ...DEFAULT_COPY_SYNC, adjusts: true }
const COARSE = { lotSize: decimal('0.01'), quantityMin: decimal('0.05') }

/** A copy at full size of a source, without open orders unless given. */
function input(own: string, source: string, over: Partial<CopySyncInput> = {}): CopySyncInput {
  return {
    own: { position: decimal(own), openOrders: [] },
    source: { position: decimal(source), openOrders: [] },
    copyRatio: decimal(1),
    instrument: COARSE,
    ...over,
  }
}

function open(side: OpenOrder['side'], quantity: string): OpenOrder {
  return { side, leavesQuantity: decimal(quantity) }
}

describe('a copy and its source', () => {
  test('PFL-09 a target of 100 with 90 held: buy 10; with 110: sell 10', () => {
    expect(compareCopy(input('90', '100'), ON)).toMatchObject({
      target: decimal(100),
      driftRatio: decimal('0.1'),
      state: 'drifting',
      shouldAlert: true,
      adjustment: { side: 'buy', quantity: decimal(10) },
      text: 'the copy holds 90 of 100, 10 % off; to buy 10',
    })
    expect(compareCopy(input('110', '100'), ON).adjustment).toEqual({ side: 'sell', quantity: decimal(10) })
  })

  test('PFL-09 adjusting is off by default: it alerts and asks for nothing', () => {
    expect(compareCopy(input('50', '100'))).toMatchObject({ shouldAlert: true, adjustment: null, driftRatio: decimal('0.5') })
  })

  test.each([
    ['100', '0', false, null],
    ['98', '0.02', false, null],
    ['95', '0.05', false, null], // 5 % is not beyond 5 %
    ['94.99', '0.0501', true, null],
    ['90.01', '0.0999', true, null],
    ['90', '0.1', true, '10'],
    ['0', '1', true, '100'],
    ['-20', '1.2', true, '120'],
  ])('PFL-09 of 100, %s held is a drift of %s: alerts %p, adjusts by %p', (own, ratio, shouldAlert, quantity) => {
    const sync = compareCopy(input(own, '100'), ON)
    expect([sync.driftRatio, sync.shouldAlert, sync.adjustment?.quantity ?? null]).toEqual([decimal(ratio), shouldAlert, quantity as never])
  })

  test('PFL-09 a short source is copied like a long one', () => {
    expect(compareCopy(input('-90', '-100'), ON)).toMatchObject({
      driftRatio: decimal('0.1'),
      adjustment: { side: 'sell', quantity: decimal(10) },
    })
  })

  test('PFL-09 a flat source is in step with a flat copy, and anything else is to be closed, without a ratio', () => {
    expect(compareCopy(input('0', '0'), ON)).toMatchObject({ state: 'inStep', driftRatio: ZERO, shouldAlert: false, adjustment: null })
    expect(compareCopy(input('3', '0'), ON)).toMatchObject({
      state: 'sourceIsFlat',
      driftRatio: null,
      shouldAlert: true,
      adjustment: { side: 'sell', quantity: decimal(3) },
      text: 'the source is flat, and the copy holds 3; to sell 3',
    })
    expect(compareCopy(input('-3', '0'), ON).adjustment).toEqual({ side: 'buy', quantity: decimal(3) })
    expect(compareCopy(input('3', '0'))).toMatchObject({ state: 'sourceIsFlat', shouldAlert: true, adjustment: null })
  })

  test('PFL-09 the source is its trades and its open orders, ours too, and the copy is scaled by its size', () => {
    const source = { position: decimal(80), openOrders: [open('buy', '30'), open('sell', '10')] }
    const own = { position: decimal(6), openOrders: [open('buy', '3.5')] }
    expect(compareCopy(input('0', '0', { source, own, copyRatio: decimal('0.1') }), ON)).toMatchObject({
      target: decimal(10),
      expected: decimal('9.5'),
      driftRatio: decimal('0.05'),
      state: 'inStep',
    })
    const closing = { position: decimal(80), openOrders: [open('sell', '80')] }
    expect(compareCopy(input('8', '0', { source: closing, copyRatio: decimal('0.1') }), ON).state).toBe('sourceIsFlat')
  })

  test('PFL-09 PAIN-09 an adjustment is on the lot, never beyond the target, and none where it is too small to be sent', () => {
    expect(compareCopy(input('0.123', '1'), ON).adjustment).toEqual({ side: 'buy', quantity: decimal('0.87') })
    expect(compareCopy(input('0.06', '0.1'), ON)).toMatchObject({ shouldAlert: true, adjustment: null })
  })

  test('PFL-09 rules that would adjust before they alert are none', () => {
    expect(areCopySyncRules(DEFAULT_COPY_SYNC)).toBe(true)
    expect(areCopySyncRules({ ...DEFAULT_COPY_SYNC, adjustRatio: decimal('0.04') })).toBe(false)
    expect(areCopySyncRules({ ...DEFAULT_COPY_SYNC, alertRatio: ZERO })).toBe(false)
  })

  test('PFL-09 drift_percentage and sync_frequency: every 60 s is 60 an hour', () => {
    let stats = NO_COPY_SYNC
    expect(copySyncMetrics(stats)).toEqual({ driftPercentage: ZERO, syncFrequency: null })
    for (const [index, own] of ['100', '90', '97'].entries()) {
      const atMs = 1_000_000 + index * 60_000
      expect(isCopySyncDue(stats, atMs)).toBe(true)
      stats = noteCopySync(stats, compareCopy(input(own, '100'), ON), atMs)
      expect(isCopySyncDue(stats, atMs + 59_999)).toBe(false)
    }
    expect(stats).toMatchObject({ checks: 3, drifts: 1, adjustments: 1, driftRatioMax: decimal('0.1') })
    expect(copySyncMetrics(stats)).toEqual({ driftPercentage: decimal(3), syncFrequency: 60 })
    expect(isCopySyncDue(stats, 0)).toBe(true) // a clock that was set back
    const flat = noteCopySync(stats, compareCopy(input('1', '0'), ON), 1_240_000)
    expect([copySyncMetrics(flat).driftPercentage, flat.driftRatioMax]).toEqual([null, decimal('0.1')])
    expect(JSON.parse(JSON.stringify(flat))).toEqual(flat)
  })
})

describe('any copy of any source', () => {
  const quantity = fc.bigInt({ min: -(10n ** 9n), max: 10n ** 9n }).map((units) => decimal(`${units}e-4`))
  const orders = fc.array(
    fc.record({
      side: fc.constantFrom('buy' as const, 'sell' as const),
      leavesQuantity: fc.bigInt({ min: 1n, max: 10n ** 8n }).map((units) => decimal(`${units}e-4`)),
    }),
    { maxLength: 4 },
  )
  const side = fc.record({ position: quantity, openOrders: orders })
  const instrument = fc.constantFrom(
    COARSE,
    { lotSize: decimal('0.0001'), quantityMin: decimal('0.0001') },
    { lotSize: decimal(1), quantityMin: decimal(10) },
  )
  const inputs = fc.record({
    own: side,
    source: side,
    copyRatio: fc.integer({ min: 1, max: 5_000 }).map((units) => decimal(`${units}e-3`)),
    instrument,
  })
  const after = (expected: Decimal, adjustment: { readonly side: 'buy' | 'sell'; readonly quantity: Decimal }) =>
    add(expected, adjustment.side === 'buy' ? adjustment.quantity : negate(adjustment.quantity))

  test('PFL-09 an adjustment leaves less than a lot to the target and never crosses it; it comes with an alert, from its threshold on', () => {
    fc.assert(
      fc.property(inputs, (given) => {
        const sync = compareCopy(given, ON)
        const { target, expected, driftRatio, adjustment } = sync
        expect(sync.difference).toBe(subtract(target, expected))
        if (driftRatio !== null && !isZero(target)) {
          const isBeyond = isGreater(absolute(sync.difference), multiply(absolute(target), ON.alertRatio))
          expect(sync.shouldAlert).toBe(isBeyond)
          if (adjustment !== null) expect(isLess(absolute(sync.difference), multiply(absolute(target), ON.adjustRatio))).toBe(false)
        }
        if (adjustment === null) return
        expect(sync.shouldAlert).toBe(true)
        const left = subtract(target, after(expected, adjustment))
        expect(isLess(absolute(left), given.instrument.lotSize)).toBe(true)
        expect(isZero(left) || left.startsWith('-') === sync.difference.startsWith('-')).toBe(true)
        expect(isLess(adjustment.quantity, given.instrument.quantityMin)).toBe(false)
      }),
      { numRuns: 500 },
    )
  })

  test('PFL-09 adjusting is a fixed point: what has adjusted has nothing left to adjust, as far as the lot goes', () => {
    fc.assert(
      fc.property(inputs, (given) => {
        const { expected, adjustment } = compareCopy(given, ON)
        if (adjustment === null) return
        const again = compareCopy({ ...given, own: { position: after(expected, adjustment), openOrders: [] } }, ON)
        expect(again.adjustment).toBeNull()
      }),
    )
  })

  test('PFL-09 both sides mirrored give the mirrored order; without the switch there is none', () => {
    const mirrored = ({ position, openOrders }: CopySyncInput['own']): CopySyncInput['own'] => ({
      position: negate(position),
      openOrders: openOrders.map((one) => ({ ...one, side: one.side === 'buy' ? 'sell' : 'buy' })),
    })
    fc.assert(
      fc.property(inputs, (given) => {
        const sync = compareCopy(given, ON)
        const mirror = compareCopy({ ...given, own: mirrored(given.own), source: mirrored(given.source) }, ON)
        expect(mirror.driftRatio).toBe(sync.driftRatio)
        expect(mirror.state).toBe(sync.state)
        expect(mirror.adjustment?.quantity ?? null).toBe(sync.adjustment?.quantity ?? null)
        if (sync.adjustment !== null) expect(mirror.adjustment?.side).not.toBe(sync.adjustment.side)
        expect(compareCopy(given).adjustment).toBeNull()
      }),
    )
  })
})
