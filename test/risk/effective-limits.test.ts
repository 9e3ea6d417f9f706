import { describe, expect, test } from 'bun:test'
import { LimitBook } from '#actors/company/limit-book'
import type { Decimal } from '#domain/decimal'
import { botId, venueId } from '#domain/ids'
import { effectiveLimitsOf, type LimitPlan, planOf } from '#risk/effective-limits'
import { LIMIT_KEYS, loosenedKeys, TIGHTER, tightestOf } from '#risk/tighter'
import { DEFAULT_RISK_LIMITS, type RiskLimits } from '#risk/types'

const d = (text: string) => text as Decimal
const BASE = DEFAULT_RISK_LIMITS
const KRAKEN = venueId('kraken')
const OTHER = venueId('other')
const [A, B] = [botId('a'), botId('b')]

const PLAN: LimitPlan = {
  ...planOf(BASE),
  policies: {
    careful: { orderNotionalMax: d('200'), positionRatioMax: d('0.02'), capAction: 'block' },
    slow: { orderNotionalMax: d('500'), cooldownMs: 60_000, quoteAgeMsMax: 9_000 },
    small: { orderNotionalMax: d('900'), strategyRatioMax: { 'trend-following': d('0.1'), grid: d('0.2') } },
  },
  company: 'small',
  venues: { kraken: 'slow' },
  bots: { a: 'careful' },
}

/** For each limit a tighter and a looser value than the other of the pair. */
const PAIRS: { readonly [K in keyof RiskLimits]: readonly [tight: RiskLimits[K], loose: RiskLimits[K]] } = {
  orderNotionalMin: [d('25'), d('20')],
  orderNotionalMax: [d('200'), d('2000')],
  totalAtRiskRatioMax: [d('0.1'), d('0.15')],
  positionRatioMax: [d('0.02'), d('0.1')],
  assetRatioMax: [d('0.02'), d('0.1')],
  strategyRatioMax: [{ grid: d('0.1') }, {}],
  strategyRatioMaxDefault: [d('0.5'), null],
  openPositionsMax: [3, 10],
  marketConcentrationRatioMax: [d('0.2'), d('0.3')],
  totalExposureMax: [d('5000'), d('10000')],
  dailyNotionalMax: [d('500'), null],
  priceDeviationBpsMax: [d('50'), d('100')],
  marketOrderBufferBps: [d('60'), d('50')],
  quoteAgeMsMax: [1_000, 5_000],
  barAgeMsMax: [60_000, 90_000],
  capAction: ['block', 'downsize'],
  reducingAllowedUnderKillSwitch: [false, true],
  capScale: [d('0.5'), d('1')],
  instrumentNotionalMax: [d('100'), null],
  venueRatioMax: [{ kraken: d('0.2') }, { kraken: d('0.4') }],
  venueRatioMaxDefault: [d('0.1'), d('0.2')],
  themes: [{ meme: ['DOGE', 'SHIB'] }, { meme: ['DOGE'] }],
  themeRatioMax: [d('0.05'), d('0.1')],
  windowNotionalMax: [d('100'), d('400')],
  riskPerTradeRatioMax: [d('0.005'), d('0.01')],
  portfolioRiskRatioMax: [d('0.05'), null],
  stopDistanceRatioDefault: [d('0.1'), d('0.05')],
  kellyRatioMax: [d('0.25'), d('0.5')],
  manualPositions: ['count', 'ignore'],
  convictionMin: [0.5, 0],
  postOnlyRequired: [true, false],
  priceZones: [
    [2, 3],
    [1, 2, 3, 4, 5],
  ],
  nearExpiryMs: [60_000, null],
  cooldownMs: [1_000, 0],
  cooldownAfterStopMs: [1_000, 0],
  duplicateWindowMs: [500, 250],
  outlierSigmaMax: [4, null],
  outlierBpsMin: [50, 100],
  spreadBpsMax: [d('50'), d('100')],
  volume24hMin: [d('200000'), null],
  messagesPerSecMax: [10, 100],
  executionsMax: [60, null],
  executionsWindowMs: [120_000, 60_000],
  gasMax: [{ kuru: { priceGweiMax: d('1'), priorityGweiMax: d('1') } }, {}],
  gasCostRatioMax: [d('0.5'), null],
}

function withValue<K extends keyof RiskLimits>(key: K, which: 0 | 1): RiskLimits {
  return { ...BASE, [key]: PAIRS[key][which] }
}

describe('tighter', () => {
  test('RSK-14 the table says for every limit what is tighter, and of a pair the tighter wins whichever side states it', () => {
    expect([...LIMIT_KEYS].sort()).toEqual((Object.keys(BASE) as (keyof RiskLimits)[]).sort())
    for (const key of LIMIT_KEYS) {
      const [tight, loose] = [withValue(key, 0), withValue(key, 1)]
      expect([key, tightestOf(loose, { [key]: tight[key] })[key]]).toEqual([key, tight[key]])
      expect([key, tightestOf(tight, { [key]: loose[key] })[key]]).toEqual([key, tight[key]])
      expect(TIGHTER[key].tighter).not.toBe('')
    }
  })

  test('RSK-14 a change is a loosening exactly where it lets something pass that was not let pass before', () => {
    for (const key of LIMIT_KEYS) {
      const [tight, loose] = [withValue(key, 0), withValue(key, 1)]
      expect([key, loosenedKeys(tight, loose)]).toEqual([key, [key]])
      expect([key, loosenedKeys(loose, tight)]).toEqual([key, []])
      expect([key, loosenedKeys(tight, tight)]).toEqual([key, []])
    }
    // Neither of these two holds less than the other.
    const [low, high] = [
      { ...BASE, priceZones: [1, 2] as const },
      { ...BASE, priceZones: [2, 3] as const },
    ]
    expect(loosenedKeys(low, high)).toEqual(['priceZones'])
    expect(loosenedKeys(high, low)).toEqual(['priceZones'])
  })

  test('RSK-14 a default for names without an entry is not lifted by the entry of another set', () => {
    const base: RiskLimits = { ...BASE, venueRatioMax: {}, venueRatioMaxDefault: d('0.2') }
    expect(tightestOf(base, { venueRatioMax: { kraken: d('0.6') } })).toMatchObject({
      venueRatioMax: { kraken: d('0.2') },
      venueRatioMaxDefault: d('0.2'),
    })
    const named: RiskLimits = { ...BASE, venueRatioMax: { kraken: d('0.6') }, venueRatioMaxDefault: null }
    expect(tightestOf(named, { venueRatioMaxDefault: d('0.3') })).toMatchObject({
      venueRatioMax: { kraken: d('0.3') },
      venueRatioMaxDefault: d('0.3'),
    })
    // Within one set an entry goes before the default.
    const both: RiskLimits = { ...BASE, venueRatioMax: { kraken: d('0.6') }, venueRatioMaxDefault: d('0.1') }
    expect(tightestOf(both, { venueRatioMax: { kraken: d('0.5') } }).venueRatioMax).toEqual({ kraken: d('0.5') })
  })
})

describe('effective limits', () => {
  test('RSK-14 of company, venue and bot the tightest wins key by key, and each limit tells where it came from', () => {
    const { limits, sources } = effectiveLimitsOf(PLAN, 'a', 'kraken')
    expect(limits).toMatchObject({
      orderNotionalMax: d('200'),
      positionRatioMax: d('0.02'),
      capAction: 'block',
      cooldownMs: 60_000,
      quoteAgeMsMax: BASE.quoteAgeMsMax, // the policy's is looser
      strategyRatioMax: { 'trend-following': d('0.1'), 'mean-reversion': d('0.3'), grid: d('0.2') },
    })
    expect(sources).toMatchObject({
      orderNotionalMax: 'policy careful (bot a)',
      cooldownMs: 'policy slow (venue kraken)',
      quoteAgeMsMax: 'config',
      strategyRatioMax: 'config + policy small (company)',
    })
    expect(Object.keys(sources).sort()).toEqual(Object.keys(limits).sort())
  })

  test('RSK-14 who has no policy of its own has what holds around it', () => {
    const orderMax = (bot: string | null, venue: string | null) => effectiveLimitsOf(PLAN, bot, venue).limits.orderNotionalMax
    expect([orderMax(null, null), orderMax('b', 'other'), orderMax('b', 'kraken'), orderMax('a', 'other')]).toEqual([
      d('900'),
      d('900'),
      d('500'),
      d('200'),
    ])
  })

  test('RSK-14 the book answers with the same frozen object until the limits change', () => {
    const book = new LimitBook(PLAN)
    const first = book.effective(A, KRAKEN)
    expect(book.effective(A, KRAKEN)).toBe(first)
    expect(Object.isFrozen(first) && Object.isFrozen(first.limits) && Object.isFrozen(first.sources)).toBe(true)
    expect(book.effective(B, KRAKEN)).toBe(book.effective(null, KRAKEN))
    expect(book.effective(B, OTHER)).toBe(book.effective(null, null))
    expect(book.limitsOf(A, OTHER).orderNotionalMax).toBe(d('200'))
    book.replace(planOf({ ...BASE, orderNotionalMax: d('50') }, 'change 1'))
    expect(book.effective(A, KRAKEN)).toEqual({
      limits: { ...BASE, orderNotionalMax: d('50') },
      sources: expect.objectContaining({ orderNotionalMax: 'change 1' }),
    })
    expect(book.effective(A, KRAKEN)).toBe(book.effective(null, null))
  })
})
