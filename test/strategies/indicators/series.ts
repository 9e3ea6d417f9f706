import fc from 'fast-check'
import type { NaiveBar } from './naive'

/** Bars of a market: closes anywhere between a cent and a million, sometimes repeated, sometimes in whole ticks; highs and lows beyond. */
export const anySeries: fc.Arbitrary<readonly NaiveBar[]> = fc.array(
  fc
    .record({
      close: fc.oneof(fc.double({ min: 0.01, max: 1e6, noNaN: true }), fc.integer({ min: 99, max: 101 })),
      above: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 100, noNaN: true })),
      below: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 0.5, noNaN: true })),
    })
    .map(({ close, above, below }) => ({ high: close + above, low: close * (1 - below), close })),
  { minLength: 1, maxLength: 120 },
)

export const anyPeriod = fc.integer({ min: 1, max: 30 })

/** The size of a series: its greatest high. */
export const scaleOf = (bars: readonly NaiveBar[]): number => Math.max(...bars.map((bar) => bar.high))

export const closesOf = (bars: readonly NaiveBar[]): readonly number[] => bars.map((bar) => bar.close)

/** Prefixes that end at each bar, with the bar. */
export function* growing(bars: readonly NaiveBar[]): Generator<{ readonly bar: NaiveBar; readonly heard: readonly NaiveBar[] }> {
  for (const [index, bar] of bars.entries()) yield { bar, heard: bars.slice(0, index + 1) }
}
