import { describe, expect, test } from 'bun:test'
import { instrumentId } from '#domain/ids'
import { type MarketFacts, type OutlierBounds, rankByVolume, selectUniverse, type UniverseTier } from '#risk/universe'
import { d } from './fixtures'

const id = (asset: string) => instrumentId(`${asset}-USD@kraken`)
const BOUNDS = { outlierSigmaMax: 6, outlierBpsMin: 100 }
const TIER: UniverseTier = {
  name: 'core',
  candidates: [id('BTC')],
  volume24hMin: d('100000'),
  spreadBpsMax: d('20'),
  allocationRatioMax: null,
  orderNotional: null,
}
const SOUND: MarketFacts = { status: 'online', quote: { bidPrice: d('99.9'), askPrice: d('100.1') }, volume24h: d('100000'), jump: null }

function rowOf(facts: Partial<MarketFacts>, tier: Partial<UniverseTier> = {}, bounds: OutlierBounds = BOUNDS) {
  const [row] = selectUniverse({ tiers: [{ ...TIER, ...tier }] }, () => ({ ...SOUND, ...facts }), bounds)
  if (row === undefined) throw new Error('no row')
  return row
}

describe('the universe', () => {
  test('MKT-01 admits what is at its bounds: least volume, widest spread, largest move', () => {
    const row = rowOf({ jump: { sigmas: 6, bps: 500 } })
    expect(row).toEqual({ instrumentId: id('BTC'), tier: 'core', exclusion: null, volume24h: d('100000'), spreadBps: d('20') })
  })

  test('MKT-01 excludes what is one step beyond, with the reason, the figure and its bound', () => {
    const cases: readonly (readonly [Partial<MarketFacts>, string, string | null, string | null])[] = [
      [{ status: null }, 'not_listed', null, null],
      [{ status: 'postOnly' }, 'not_online', 'postOnly', 'online'],
      [{ status: 'cancelOnly' }, 'not_online', 'cancelOnly', 'online'],
      [{ quote: null }, 'no_quote', null, null],
      [{ volume24h: null }, 'volume_unknown', null, '100000'],
      [{ volume24h: d('99999.99') }, 'volume_min', '99999.99', '100000'],
      [{ quote: { bidPrice: d('99.89'), askPrice: d('100.1') } }, 'spread_max', '21.0011', '20'],
      [{ jump: { sigmas: 6.1, bps: 100 } }, 'outlier', '6.1', '6'],
    ]
    for (const [facts, reason, current, limit] of cases) {
      expect(rowOf(facts).exclusion).toMatchObject({ reason, current, limit })
      expect(rowOf(facts).exclusion?.text).toStartWith('BTC-USD@kraken ')
    }
  })

  test('MKT-01 a tier bounds by what it states alone, and a guard that is off keeps nothing out', () => {
    expect(rowOf({ volume24h: null }, { volume24hMin: null }).exclusion).toBeNull()
    expect(rowOf({ quote: { bidPrice: d('50'), askPrice: d('150') } }, { spreadBpsMax: null }).exclusion).toBeNull()
    const jump = { sigmas: 50, bps: 900 }
    expect(rowOf({ jump }, {}, { outlierSigmaMax: null, outlierBpsMin: 0 }).exclusion).toBeNull()
    expect(rowOf({ jump: { sigmas: 50, bps: 99 } }).exclusion).toBeNull()
  })

  test('MKT-01 every candidate of every tier has a row, by its own tier’s bounds', () => {
    const tiers = [TIER, { ...TIER, name: 'small', candidates: [id('SOL'), id('XRP')], volume24hMin: d('10') }]
    const volumes: Record<string, string> = { [id('SOL')]: '10', [id('XRP')]: '9' }
    const rows = selectUniverse({ tiers }, (asked) => ({ ...SOUND, volume24h: d(volumes[asked] ?? '1') }), BOUNDS)
    expect(rows.map(({ instrumentId: of, tier, exclusion }) => [of, tier, exclusion?.reason ?? null])).toEqual([
      [id('BTC'), 'core', 'volume_min'],
      [id('SOL'), 'small', null],
      [id('XRP'), 'small', 'volume_min'],
    ])
  })

  test('STR-03 the top by volume is of the tiers asked for and of what is admitted; equal volumes go by name', () => {
    const names = ['AAA', 'BBB', 'CCC', 'DDD', 'EEE']
    const volumes = ['5', '9', '9', '20', '30']
    const tiers = [
      { ...TIER, candidates: names.slice(0, 4).map(id), volume24hMin: d('6') },
      { ...TIER, name: 'other', candidates: [id('EEE')], volume24hMin: null },
    ]
    const factsOf = (asked: string) => ({ ...SOUND, volume24h: d(volumes[names.indexOf(asked.slice(0, 3))] ?? '0') })
    const rows = selectUniverse({ tiers }, factsOf, BOUNDS)
    expect(rankByVolume(rows, ['core'])).toEqual([id('DDD'), id('BBB'), id('CCC')])
    expect(rankByVolume(rows, ['core', 'other'])[0]).toBe(id('EEE'))
  })
})
