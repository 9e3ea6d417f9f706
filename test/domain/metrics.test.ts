import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { NO_SUMS } from '#domain/attribution'
import { decimal, ONE, sum, ZERO } from '#domain/decimal'
import { EquityDays } from '#domain/equity-days'
import { type MetricsInput, metricsOf, roiOf, sharpeOf, shortfallOf, slippageBpsOf, sortinoOf } from '#domain/metrics'
import { DAY_MS } from '#domain/time'
import { addTrip, NO_TRIPS, plusTrips } from '#domain/trip-sums'
import { addDays } from './days'

const NOTHING: MetricsInput = {
  pnl: ZERO,
  capital: ZERO,
  trips: NO_TRIPS,
  sums: NO_SUMS,
  dailyReturns: [],
  drawdownRatio: 0,
  drawdownRatioMax: 0,
}

function trip(pnl: string, holdMs: number) {
  const money = decimal(pnl)
  return {
    openedAtMs: 1_000,
    closedAtMs: 1_000 + holdMs,
    side: 'long',
    quantity: ONE,
    entryPrice: ONE,
    exitPrice: ONE,
    fee: ZERO,
    pnl: money,
  } as const
}

describe('metrics', () => {
  test('PFL-12 ROI is profit over the most capital that was ever in, and none without capital', () => {
    expect(roiOf(decimal('250'), decimal('10000'))).toBe(0.025)
    expect(roiOf(decimal('-100'), decimal('1000'))).toBe(-0.1)
    expect(roiOf(decimal('5'), ZERO)).toBeNull()
  })

  test('PFL-12 the Sharpe ratio of four days, by hand', () => {
    // Mean 0.005; deviations 0.005, −0.015, 0.015, −0.005: sample variance (0.000025 + 0.000225 + 0.000225 + 0.000025) / 3.
    const returns = [0.01, -0.01, 0.02, 0]
    const expected = (0.005 / Math.sqrt(0.0005 / 3)) * Math.sqrt(365)
    expect(sharpeOf(returns)).toBeCloseTo(expected, 12)
    expect(sharpeOf(returns)).toBeCloseTo(7.3993, 4)
  })

  test('PFL-12 the Sortino ratio of the same days counts the loss alone, over all days', () => {
    const downside = Math.sqrt(0.01 ** 2 / 4)
    expect(sortinoOf([0.01, -0.01, 0.02, 0])).toBeCloseTo((0.005 / downside) * Math.sqrt(365), 12)
    expect(sortinoOf([0.01, 0.02])).toBeNull()
  })

  test('PFL-12 ratios of fewer than two days, or of days that are all alike, are none', () => {
    for (const ratio of [sharpeOf, sortinoOf]) {
      expect(ratio([])).toBeNull()
      expect(ratio([0.01])).toBeNull()
      expect(ratio([0.1, 0.1, 0.1])).toBeNull()
    }
  })

  test('PFL-12 win rate, expectancy and hold time are of round trips; one that ended even is neither won nor lost', () => {
    const trips = [trip('10', 60_000), trip('-4', 120_000), trip('0', 0), trip('2', 180_000)].reduce(addTrip, NO_TRIPS)
    expect(metricsOf({ ...NOTHING, trips })).toMatchObject({
      trades: 4,
      wins: 2,
      losses: 1,
      winRate: 0.5,
      expectancy: decimal(2),
      holdMs: 90_000,
    })
    expect(plusTrips(trips, trips)).toEqual({ closed: 8, wins: 4, losses: 2, pnl: decimal(16), holdMs: 720_000 })
    expect(metricsOf(NOTHING)).toMatchObject({ trades: 0, winRate: null, expectancy: null, holdMs: null })
  })

  test('PFL-12 fees are also told as a share of gross profit, where there is one', () => {
    const sums = { ...NO_SUMS, gross: decimal('80'), fees: decimal('20'), gas: decimal('1.5') }
    expect(metricsOf({ ...NOTHING, sums })).toMatchObject({ fees: decimal(20), feesOfGross: 0.25, gas: decimal('1.5') })
    expect(metricsOf({ ...NOTHING, sums: { ...sums, gross: decimal('-80') } }).feesOfGross).toBeNull()
  })

  test('PFL-12 slippage is what was paid beyond the mid that was planned on; a better price is negative', () => {
    const order = { price: decimal('101'), quantity: decimal('2'), arrivalMid: decimal('100') }
    expect(shortfallOf({ ...order, side: 'buy' }, ONE)).toEqual({ slippage: decimal(2), arrival: decimal(200) })
    expect(shortfallOf({ ...order, side: 'sell' }, decimal('1.1'))).toEqual({ slippage: decimal('-2.2'), arrival: decimal(220) })
    expect(shortfallOf({ ...order, side: 'buy', arrivalMid: null }, ONE)).toEqual({ slippage: ZERO, arrival: ZERO })
    expect(slippageBpsOf(shortfallOf({ ...order, side: 'buy' }, ONE))).toBe(100)
    expect(slippageBpsOf(NO_SUMS)).toBeNull()
  })

  test('PFL-12 bad days without a base count to no ratio', () => {
    expect(metricsOf({ ...NOTHING, dailyReturns: [null, 0.01, null, -0.01] }).sharpe).toBe(0)
  })
})

describe('days', () => {
  const noon = (day: number) => Date.UTC(2026, 2, 1) + day * DAY_MS + DAY_MS / 2

  test('PFL-11 a day earns what equity rose beyond what came in, from the last mark of the day before', () => {
    const days = new EquityDays()
    days.note(noon(0) - 1, decimal(1000), decimal(1000))
    days.note(noon(0), decimal(1010), decimal(1000))
    days.note(noon(1), decimal(1510), decimal(1500))
    days.note(noon(1) + 1_000, decimal(1525), decimal(1500))
    days.note(noon(2), decimal(1325), decimal(1300))
    expect(days.results().map(({ pnl, flows, ratio }) => [pnl, flows, ratio])).toEqual([
      [decimal(10), ZERO, 0.01],
      [decimal(15), decimal(500), 15 / 1510],
      [ZERO, decimal(-200), 0],
    ])
    expect(days.capital).toBe(decimal(1500))
  })

  test('PFL-11 days are UTC days, and one that nobody marked belongs to the next that somebody did', () => {
    const days = new EquityDays()
    days.note(Date.UTC(2026, 2, 28, 23, 59, 59, 999), decimal(100), decimal(100))
    days.note(Date.UTC(2026, 2, 29), decimal(110), decimal(100))
    days.note(Date.UTC(2026, 3, 2, 5), decimal(99), decimal(100))
    expect(days.results().map(({ dayMs, pnl }) => [new Date(dayMs).toISOString().slice(0, 10), pnl])).toEqual([
      ['2026-03-28', ZERO],
      ['2026-03-29', decimal(10)],
      ['2026-04-02', decimal(-11)],
    ])
  })

  test('PFL-11 a clock that is set back over midnight opens no day a second time', () => {
    const days = new EquityDays()
    days.note(noon(1), decimal(100), decimal(100))
    days.note(noon(0), decimal(90), decimal(100))
    expect(days.results().map(({ pnl }) => pnl)).toEqual([decimal(-10)])
  })

  test('PFL-11 the results of any days add up to what equity changed by, flows apart, and survive JSON; at most 400 are kept', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: -500, max: 500 }), fc.integer({ min: -500, max: 500 })), {
          minLength: 1,
          maxLength: 60,
        }),
        (steps) => {
          const { days, first, last } = addDays(steps)
          const results = days.results()
          expect(sum(results.map(({ pnl }) => pnl))).toBe(decimal(last.equity - first.equity - (last.flows - first.flows)))
          expect(EquityDays.of(JSON.parse(JSON.stringify(days.snapshot()))).results()).toEqual(results)
        },
      ),
    )
    const long = new EquityDays()
    for (let day = 0; day < 500; day++) long.note(noon(day), decimal(1_000 + day), decimal(1000))
    expect(long.results()).toHaveLength(400)
    expect(long.results()[0]).toMatchObject({ openingEquity: decimal(1_099), pnl: ONE })
  })
})
