import { describe, expect, test } from 'bun:test'
import { isBeyond, lossToStop, statedRisk } from '#risk/stop-risk'
import { themesOf } from '#risk/themes'
import { zoneOf } from '#risk/zones'
import { BTC, d, ETH } from './fixtures'

/* BTC is charged 25 bps as a maker and 40 as a taker. */
const risk = (net: string, mark: string | null, stop: string | null, rate = '1') =>
  statedRisk(d(net), mark === null ? null : d(mark), stop === null ? null : d(stop), BTC, d(rate)) as string | null

describe('what is lost at a stop', () => {
  test('RSK-04 by an entry: the way there and the fees of both ways', () => {
    expect(lossToStop('buy', d('50000'), d('49000'), BTC, false)).toBe(d('1396'))
    expect(lossToStop('buy', d('50000'), d('49000'), BTC, true)).toBe(d('1321')) // in as a maker, out as a taker
    expect(lossToStop('sell', d('50000'), d('51000'), BTC, false)).toBe(d('1404'))
    const rebate = { ...BTC, makerFeeBps: d('-5'), takerFeeBps: d('0') }
    expect(lossToStop('buy', d('50000'), d('49999'), rebate, true)).toBe(d('1'))
  })

  test('RSK-04 by a position: from its mark to the stop and out', () => {
    expect(risk('2', '50000', '49000')).toBe('2392') // 2 × (50,000 − 49,000 × 0.996)
    expect(risk('-2', '50000', '51000')).toBe('2408') // 2 × (51,000 × 1.004 − 50,000)
    expect(risk('2', '50000', '49000', '1.1')).toBe('2631.2')
    expect(risk('0', '50000', '49000')).toBe('0')
  })

  test('RSK-04 is not stated where there is no stop, no mark, or a mark beyond the stop', () => {
    expect(risk('2', '50000', null)).toBeNull()
    expect(risk('2', null, '49000')).toBeNull()
    expect(risk('2', '48000', '49000')).toBeNull()
    expect(risk('-2', '52000', '51000')).toBeNull()
  })

  test('RSK-04 a stop is below a long and above a short, and nowhere on the price itself', () => {
    expect([
      isBeyond('buy', d('5'), d('4')),
      isBeyond('buy', d('5'), d('5')),
      isBeyond('sell', d('5'), d('6')),
      isBeyond('sell', d('5'), d('5')),
    ]).toEqual([true, false, true, false])
  })
})

describe('zones and themes', () => {
  test('RSK-06 a shared edge belongs to the upper zone, and 0.98 to the last', () => {
    const cases = { '0.049': null, '0.05': 1, '0.1999': 1, '0.2': 2, '0.4': 3, '0.5999': 3, '0.6': 4, '0.8': 5, '0.98': 5, '0.981': null }
    for (const [price, zone] of Object.entries(cases)) expect<unknown>([price, zoneOf(d(price))]).toEqual([price, zone])
  })

  test('RSK-02 an instrument is of the themes that name it or its asset', () => {
    const themes = { large: ['BTC', 'ETH'], pairs: ['BTC-USD@kraken'], meme: ['DOGE'] }
    expect(themesOf(themes, BTC)).toEqual(['large', 'pairs'])
    expect(themesOf(themes, ETH)).toEqual(['large'])
    expect(themesOf(themes, BTC)).toBe(themesOf(themes, BTC))
    expect(themesOf({}, BTC)).toEqual([])
  })
})
