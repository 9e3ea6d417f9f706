import { describe, expect, test } from 'bun:test'
import type { ChangeTarget, Overlaid } from '#actors/company/config-planner'
import { planChange } from '#change-plan'
import { FIXED_KEYS, treeOf } from '#config/changeable'
import { parseConfig } from '#config/load'
import { configSchema, type Mode } from '#config/schema'
import { AppError } from '#domain/errors'
import type { JsonObject } from '#domain/json'
import { DEFAULT_BREAKER_LIMITS } from '#risk/breakers/limits'
import { loosenedBreakerKeys, TIGHTER_BREAKERS } from '#risk/breakers/tighter'
import { LIMIT_KEYS } from '#risk/tighter'
import { limitSetOf, limitsOf, pathsOf } from '#limits'

const BOT = { id: 'a', strategy: 'busy', enabled: true, instruments: ['BTC-USD@kraken'], capital: '100', orderNotional: '50' }
const FILE = configSchema.parse({
  bots: [BOT, { ...BOT, id: 'b' }],
  policies: { careful: { orderNotionalMax: '200' }, small: { orderNotionalMax: '100' } },
  risk: { themes: { meme: ['DOGE'] } },
})

function planned(
  patch: JsonObject | readonly Overlaid[],
  over: { mode?: Mode; overlay?: readonly Overlaid[]; isConfirmed?: boolean } = {},
) {
  const target: ChangeTarget = Array.isArray(patch)
    ? { kind: 'rollback', overlay: patch as readonly Overlaid[] }
    : { kind: 'patch', patch: patch as JsonObject }
  return planChange({ mode: 'sandbox', file: FILE, overlay: [], target, version: 5, isConfirmed: false, ...over })
}

function codeOf(act: () => unknown): string {
  try {
    act()
    return 'planned'
  } catch (error) {
    if (error instanceof AppError) return `${error.code}: ${error.message}`
    throw error
  }
}

describe('RSK-14 planning a change', () => {
  test('RSK-14 in live whatever loosens needs a confirmation, for the company or one bot; elsewhere it is told', () => {
    const looser: readonly (readonly [JsonObject, string])[] = [
      [{ risk: { orderNotionalMax: '2001' } }, 'orderNotionalMax'],
      [{ risk: { orderNotionalMin: '19' } }, 'orderNotionalMin'],
      [{ risk: { themes: { meme: null } } }, 'themes'],
      [{ risk: { spreadBpsMax: null } }, 'spreadBpsMax'],
      [{ risk: { regime: 'bull' } }, 'regime'],
      [{ breakers: { dailyLossRatio: 0.06 } }, "the breakers' dailyLossRatioMax"],
      [{ breakers: { killSwitchOnDrift: false } }, "the breakers' killSwitchOnDrift"],
      [{ breakers: { marketErrorWindowMs: 1_000 } }, "the breakers' marketErrorWindowMs"],
    ]
    for (const [patch, text] of looser) {
      expect(codeOf(() => planned(patch, { mode: 'live' }))).toStartWith(`CONFIRMATION_REQUIRED: The change loosens ${text}`)
      expect(planned(patch, { mode: 'live', isConfirmed: true }).loosened).toContain(text)
      expect(planned(patch).loosened).toContain(text)
    }
    const tighter: readonly JsonObject[] = [
      { risk: { orderNotionalMax: '1999', policy: 'careful' } },
      { bots: { a: { policy: 'careful' } } },
      { venues: { kraken: { policy: 'small' } } },
      { policies: { careful: { orderNotionalMax: '9000' } } }, // nobody refers to it
      { breakers: { dailyLossRatio: 0.04 } },
    ]
    for (const patch of tighter) expect(planned(patch, { mode: 'live' }).loosened).toEqual([])
  })

  test('RSK-14 a policy that a bot leaves, or that gets looser, loosens that bot', () => {
    const overlay = planned({ bots: { a: { policy: 'small' } } }).overlay
    expect(overlay).toEqual([{ path: 'bots.a.policy', value: 'small', over: null, version: 5 }])
    expect(planned({ bots: { a: { policy: 'careful' } } }, { overlay }).loosened).toEqual(['orderNotionalMax of a on kraken'])
    expect(planned({ policies: { small: { orderNotionalMax: null } } }, { overlay }).loosened).toEqual(['orderNotionalMax of a on kraken'])
    expect(codeOf(() => planned([], { overlay, mode: 'live' }))).toStartWith('CONFIRMATION_REQUIRED')
    expect(codeOf(() => planned({ policies: { small: null } }, { overlay }))).toStartWith(
      'REQUEST_INVALID: bots.a.policy = "small": there is no such policy; policies has careful',
    )
  })

  test('RSK-14 what is as the file has it lies over nothing; a key keeps the change that made it', () => {
    const first = planned({ risk: { orderNotionalMax: '900', openPositionsMax: 5 } }).overlay
    const next = planChange({
      mode: 'sandbox',
      file: FILE,
      overlay: first,
      target: { kind: 'patch', patch: { risk: { openPositionsMax: 10, assetRatioMax: 0.04 } } },
      version: 6,
      isConfirmed: false,
    })
    expect(next.overlay.map(({ path, version }) => [path, version])).toEqual([
      ['risk.orderNotionalMax', 5],
      ['risk.assetRatioMax', 6],
    ])
    expect(next.rules.limits.base.sources).toMatchObject({
      orderNotionalMax: 'change 5',
      assetRatioMax: 'change 6',
      openPositionsMax: 'default',
    })
    expect(next.rules.limits.base.sources.themes).toBe('config')
  })
})

describe('RSK-14 tables', () => {
  test('RSK-14 every limit is set by a key of the configuration, but those that only code sets', () => {
    const unset = LIMIT_KEYS.filter((key) => pathsOf(key).length === 0)
    expect([...unset].sort()).toEqual(['marketOrderBufferBps', 'strategyRatioMaxDefault', 'venueRatioMaxDefault'])
    const { policy } = { policy: limitSetOf(FILE.policies['careful'] ?? {}) }
    expect(policy as Record<string, string>).toEqual({ orderNotionalMax: '200' })
    // A whole configuration as a policy states the same limits as the configuration.
    const { orderNotionalMax, ...rest } = limitsOf(FILE)
    expect(orderNotionalMax as string).toBe('2000')
    expect(Object.keys(rest)).toHaveLength(LIMIT_KEYS.length - 1)
  })

  test('RSK-14 every threshold says what is tighter: a looser one is found, a tighter one is not', () => {
    const looser: Partial<typeof DEFAULT_BREAKER_LIMITS> = {
      consecutiveLossesMax: 4,
      consecutiveLossPauseMs: 1,
      botDrawdownRatioMax: '0.3' as never,
      botDrawdownRatioMaxOf: { a: '0.3' as never },
      quoteAgeMsMax: 6_000,
      venueLossesMax: 4,
      venueLossWindowMs: 1,
      venueAwayMsMax: 90_000,
      criticalErrorsMax: 6,
      maxDrawdownWindowMs: null,
      killSwitchOnDrift: false,
    }
    const before = { ...DEFAULT_BREAKER_LIMITS, botDrawdownRatioMaxOf: { a: '0.2' as never } }
    for (const [key, value] of Object.entries(looser)) {
      const after = { ...before, [key]: value }
      expect(loosenedBreakerKeys(before, after)).toEqual([key as never])
      expect(loosenedBreakerKeys(after, before)).toEqual(key === 'maxDrawdownWindowMs' ? [key] : [])
    }
    expect(Object.keys(TIGHTER_BREAKERS).sort()).toEqual(Object.keys(DEFAULT_BREAKER_LIMITS).sort())
  })

  test('RSK-14 the keys that need a restart are keys', () => {
    for (const path of Object.keys(FIXED_KEYS)) {
      const [section = '', key = ''] = path.split('.')
      expect(Object.keys((treeOf(FILE)[section] ?? {}) as object)).toContain(key)
    }
  })
})

describe('RUN-09 RSK-14 policies that cannot hold are refused at load', () => {
  const load = (raw: object) => codeOf(() => parseConfig(raw, 'mine.yaml'))
  const cases: readonly (readonly [string, object, string])[] = [
    [
      'contradicts itself',
      { policies: { p: { orderNotionalMax: '10', orderNotionalMin: '20' } } },
      'policies.p.orderNotionalMin = "20": must not exceed policies.p.orderNotionalMax, which is 10',
    ],
    [
      'has a part above the whole',
      { policies: { p: { positionRatioMax: 0.2, totalAtRiskRatioMax: 0.1 } } },
      'must not exceed policies.p.totalAtRiskRatioMax, which is 0.1',
    ],
    ['is negative', { policies: { p: { positionRatioMax: -0.1 } } }, 'policies.p.positionRatioMax = -0.1: must not be negative'],
    ['is over 100 %', { policies: { p: { assetRatioMax: 1.01 } } }, 'policies.p.assetRatioMax = 1.01: must not be over 1 (100 %)'],
    ['has a key that is none', { policies: { p: { orderMax: 1 } } }, 'unknown key "policies.p.orderMax"'],
    ['has a key of the company', { policies: { p: { regime: 'crash' } } }, 'unknown key "policies.p.regime"'],
    [
      'is not there',
      { bots: [{ ...BOT, policy: 'nope' }], policies: { p: {} } },
      'bots.0.policy = "nope": there is no such policy; policies has p',
    ],
    [
      'is not there for a venue',
      { venues: { kraken: { policy: 'nope' } } },
      'venues.kraken.policy = "nope": there is no such policy; policies has none',
    ],
    [
      'lets nothing pass',
      { risk: { policy: 'p' }, policies: { p: { orderNotionalMax: '10' } } },
      'lets no order pass: risk.orderNotionalMin is 20, and policies.p.orderNotionalMax is 10',
    ],
    [
      'leaves nothing beside another',
      { risk: { policy: 'p' }, bots: [{ ...BOT, policy: 'q' }], policies: { p: { priceZones: [1, 2] }, q: { priceZones: [3] } } },
      'leaves no price zone: risk.priceZones is [1,2,3,4,5], and policies.p.priceZones is [1,2], and policies.q.priceZones is [3]',
    ],
  ]
  for (const [what, raw, text] of cases)
    test(`RUN-09 one that ${what}`, () => {
      expect(load(raw)).toStartWith('CONFIG_INVALID: mine.yaml: ')
      expect(load(raw)).toContain(text)
    })

  test('RSK-14 caps that are only pointless beside a tighter one hold together', () => {
    expect(load({ risk: { policy: 'p' }, policies: { p: { totalExposureMax: '1000', spreadBpsMax: null } } })).toBe('planned')
  })
})
