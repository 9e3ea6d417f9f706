import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { Attribution, type AttributionSums, DIMENSIONS, groupCells, MANUAL, NO_SUMS, plusSums } from '#domain/attribution'
import { decimal, subtract } from '#domain/decimal'
import { botId, instrumentId, strategyId } from '#domain/ids'
import { EXTERNAL, subAccountOf } from '#domain/sub-account'
import { DAY_MS } from '#domain/time'

const BTC = instrumentId('BTC-USD@kraken')
const ETH = instrumentId('ETH-USD@kraken')
const ALPHA = subAccountOf(botId('alpha'))
const BETA = subAccountOf(botId('beta'))
const TREND = strategyId('trend-following')
const MONDAY = Date.UTC(2026, 0, 5)

function earned(gross: string, fees = '0', gas = '0'): AttributionSums {
  const realized = subtract(subtract(decimal(gross), decimal(fees)), decimal(gas))
  return { ...NO_SUMS, trades: 1, gross: decimal(gross), fees: decimal(fees), gas: decimal(gas), realized }
}

function week(): Attribution {
  const made = new Attribution()
  made.add(MONDAY + 1, { subAccount: ALPHA, strategyId: TREND, instrumentId: BTC }, earned('10', '1'))
  made.add(MONDAY + 2, { subAccount: ALPHA, strategyId: TREND, instrumentId: ETH }, earned('-4', '0.5'))
  made.add(MONDAY + DAY_MS, { subAccount: ALPHA, strategyId: TREND, instrumentId: BTC }, earned('3', '0.25', '0.1'))
  made.add(MONDAY + DAY_MS, { subAccount: BETA, strategyId: TREND, instrumentId: BTC }, earned('7'))
  made.add(MONDAY + DAY_MS, { subAccount: EXTERNAL, strategyId: null, instrumentId: BTC }, earned('100', '2'))
  return made
}

describe('attribution', () => {
  test('PFL-12 PFL-10 groups by bot, strategy, instrument and UTC day; a trade that nobody claims is manual', () => {
    const { cells } = week()
    const shown = (by: Parameters<typeof groupCells>[1]) =>
      groupCells(cells, by).map(({ bot, strategy, instrument, dayMs, realized }) => [bot, strategy, instrument, dayMs, realized] as const)
    expect(shown(['bot'])).toEqual([
      ['alpha', null, null, null, decimal('7.15')],
      ['beta', null, null, null, decimal(7)],
      ['external', null, null, null, decimal(98)],
    ])
    expect(shown(['strategy'])).toEqual([
      [null, MANUAL, null, null, decimal(98)],
      [null, TREND, null, null, decimal('14.15')],
    ])
    expect(shown(['instrument', 'day'])).toEqual([
      [null, null, BTC, MONDAY, decimal(9)],
      [null, null, ETH, MONDAY, decimal('-4.5')],
      [null, null, BTC, MONDAY + DAY_MS, decimal('107.65')],
    ])
    expect(shown([])).toEqual([[null, null, null, null, decimal('112.15')]])
  })

  test('PFL-12 whatever it is grouped by, the groups add up to the same, and survive JSON', () => {
    const amount = fc.integer({ min: -1_000, max: 1_000 }).map(String)
    const step = fc.record({
      atMs: fc.integer({ min: MONDAY, max: MONDAY + 9 * DAY_MS }),
      subAccount: fc.constantFrom(ALPHA, BETA, EXTERNAL),
      strategyId: fc.constantFrom(TREND, null),
      instrumentId: fc.constantFrom(BTC, ETH, null),
      gross: amount,
      fees: amount,
    })
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 60 }),
        fc.subarray([...DIMENSIONS]),
        fc.integer({ min: 1, max: 12 }),
        (steps, by, cellsMax) => {
          const whole = new Attribution()
          const small = new Attribution(cellsMax)
          let total = NO_SUMS
          for (const { atMs, gross, fees, ...key } of steps) {
            whole.add(atMs, key, earned(gross, fees))
            small.add(atMs, key, earned(gross, fees))
            total = plusSums(total, earned(gross, fees))
          }
          const totalOf = (made: Attribution) => groupCells(made.cells, by).reduce<AttributionSums>(plusSums, NO_SUMS)
          expect(totalOf(whole)).toEqual(total)
          expect(totalOf(small)).toEqual(total)
          const again = new Attribution()
          again.restore(JSON.parse(JSON.stringify(small.snapshot())))
          expect(again.cells).toEqual(small.cells)
        },
      ),
    )
  })

  test('PFL-12 beyond its cells the oldest day goes into what lies before the days', () => {
    const made = new Attribution(3)
    for (let day = 0; day < 5; day++)
      made.add(MONDAY + day * DAY_MS, { subAccount: ALPHA, strategyId: TREND, instrumentId: BTC }, earned('1'))
    expect(made.cells.map(({ dayMs, realized }) => [dayMs, realized])).toEqual([
      [MONDAY + 3 * DAY_MS, decimal(1)],
      [null, decimal(3)],
      [MONDAY + 4 * DAY_MS, decimal(1)],
    ])
  })
})
