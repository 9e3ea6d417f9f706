import { describe, expect, test } from 'bun:test'
import { venueId } from '#domain/ids'
import { driftPlan, evaluateDrift } from '#risk/breakers/drift'
import { errorRatePlan, evaluateErrorRate } from '#risk/breakers/error-rate'
import { evaluateMarketErrors, marketErrorsPlan } from '#risk/breakers/market-errors'
import { evaluateStaleness, quoteAgeMs, stalenessPlan } from '#risk/breakers/staleness'
import { evaluateVenueHealth, venueHealthPlan } from '#risk/breakers/venue-health'
import { BTC, d, NOW_MS } from '../fixtures'
import { limitsWith } from './fixtures'

const limits = limitsWith()

describe('staleness', () => {
  const timesOf = (quote: number | null, bar: number | null) => ({
    instrumentId: BTC.instrumentId,
    quoteAtMs: quote === null ? null : NOW_MS - quote,
    barAtMs: bar === null ? null : NOW_MS - bar,
  })
  const at = (quote: number | null, bar: number | null) => evaluateStaleness(timesOf(quote, bar), NOW_MS, limits)

  test('RSK-10 MKT-05 REQ-ST1 trips on quotes older than 5 s and bars older than 90 s', () => {
    expect(at(5_000, 90_000)).toBeNull()
    expect(at(5_001, 0)).toMatchObject({ threshold: '5000', value: '5001' })
    expect(at(0, 90_001)).toMatchObject({ threshold: '90000', value: '90001' })
    expect(stalenessPlan(limits)).toMatchObject({ response: 'pause', rearm: 'auto', coolDownMs: 5_000, isMoment: false })
  })

  test('RSK-10 MKT-05 does not take what has not come yet for stale', () => {
    expect(at(null, null)).toBeNull()
    expect(quoteAgeMs(timesOf(null, null), NOW_MS)).toBe(0)
    expect(quoteAgeMs(timesOf(-40, null), NOW_MS)).toBe(0) // a clock that was set back
  })
})

describe('drift', () => {
  test('RSK-10 trips on whatever the check left over the tolerance, worth what the lines are worth together', () => {
    expect(evaluateDrift([], d('1'))).toBeNull()
    const lines = [
      { asset: 'USD', ledger: d('100'), venue: d('90'), value: d('10') },
      { asset: 'XYZ', ledger: d('0'), venue: d('3'), value: d('0') },
    ]
    expect(evaluateDrift(lines, d('1'))).toEqual({
      threshold: '1',
      value: '10',
      reason: 'Books and venue differ: USD: 100 in the books, 90 at the venue; XYZ: 0 in the books, 3 at the venue',
    })
  })

  test('RSK-10 kill_switch_on_drift decides whether it trips the kill switch; new risk is barred either way', () => {
    expect(driftPlan(limits, d('1'))).toMatchObject({ response: 'reduce', rearm: 'auto', tripsKillSwitch: true })
    expect(driftPlan(limitsWith({ killSwitchOnDrift: false }), d('1'))).toMatchObject({ response: 'reduce', tripsKillSwitch: false })
  })
})

describe('venue health', () => {
  const at = (losses: number, awayMs: number) => evaluateVenueHealth({ venueId: venueId('kraken'), losses, awayMs }, limits)

  test('RSK-10 trips at three losses within a minute, or a minute away', () => {
    expect(at(2, 59_999)).toBeNull()
    expect(at(3, 0)).toEqual({ threshold: '3', value: '3', reason: 'kraken was lost 3 times within 1 min' })
    expect(at(0, 60_000)).toEqual({ threshold: '60000', value: '60000', reason: 'kraken has been away for 1 min' })
  })

  test('RSK-10 pauses until the venue has been back for its cool-down', () => {
    expect(venueHealthPlan(limits)).toMatchObject({ response: 'pause', rearm: 'auto', coolDownMs: 30_000, isMoment: false })
  })
})

describe('errors', () => {
  test('RSK-10 OBS-06 five critical errors within a minute halt all, until an operator clears it', () => {
    expect(evaluateErrorRate(4, limits)).toBeNull()
    expect(evaluateErrorRate(5, limits)).toEqual({ threshold: '5', value: '5', reason: '5 critical errors within 1 min' })
    expect(errorRatePlan(limits)).toMatchObject({ response: 'halt', rearm: 'operator' })
  })

  test('RSK-10 ten failures of one market within a minute disable it for five', () => {
    expect(evaluateMarketErrors(BTC.instrumentId, 9, limits)).toBeNull()
    expect(evaluateMarketErrors(BTC.instrumentId, 10, limits)).toMatchObject({
      threshold: '10',
      value: '10',
      reason: expect.stringContaining('disabled for 5 min'),
    })
    expect(marketErrorsPlan(limits)).toMatchObject({ response: 'disable', rearm: 'auto', coolDownMs: 300_000, isMoment: true })
  })
})
