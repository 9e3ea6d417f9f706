import { describe, expect, test } from 'bun:test'
import { Glob } from 'bun'
import { configSchema } from '#config/schema'
import { intentId } from '#domain/ids'
import { CHECK_NAMES } from '#risk/check-names'
import { CHECK_FACTS } from '#risk/checks/catalogue'
import { CHECKS } from '#risk/checks/chain'
import { RiskGate } from '#risk/gate'
import { NO_GUARD_FACTS } from '#risk/guard-facts'
import { DEFAULT_RISK_LIMITS } from '#risk/types'
import { BTC, d, NOW_MS, proposalOf, viewOf } from './fixtures'

/** A verdict in which every check has something to judge by. */
function everything() {
  const limits = {
    ...DEFAULT_RISK_LIMITS,
    themes: { coins: ['BTC'] },
    venueRatioMaxDefault: d('1'),
    instrumentNotionalMax: d('10000'),
    convictionMin: 0.1,
    postOnlyRequired: true,
    cooldownMs: 1,
    gasMax: { kraken: { priceGweiMax: d('1'), priorityGweiMax: d('1') } },
  }
  const edge = { winProbability: 0.7, payoffRatio: 1 }
  const grounds = { edge, style: 'directional' as const, sourceNotional: null, expectedProfit: d('10') }
  const view = viewOf({
    barAtMs: NOW_MS,
    instrument: { ...BTC, terms: { kind: 'outcome', expiresAtMs: NOW_MS + 1e9, windowId: 'w' } },
    guards: {
      ...NO_GUARD_FACTS,
      intent: { intentId: intentId('i'), stopPrice: null, conviction: 1, grounds },
      volume24h: d('1000000'),
      jump: { sigmas: 1, bps: 1 },
      region: { code: 'XX', supportsFutures: true, barredAssets: [] },
      capital: d('100000'),
      budget: { atRiskRatioMax: d('1'), allocationRatio: d('1') },
      tier: { name: 'core', ratioMax: d('1'), members: new Set([BTC.instrumentId]) },
      admission: { exclusion: null },
      gas: { priceGwei: d('1'), priorityGwei: d('1'), cost: d('1') },
    },
  })
  return new RiskGate(limits).judge(proposalOf(), view)
}

describe('catalogue of checks', () => {
  test('RSK-01 the chain runs in the order that is documented, every check of it', () => {
    const verdict = everything()
    expect(verdict.figures.map(({ check }) => check)).toEqual([...CHECK_NAMES])
    expect(CHECKS.length).toBe(CHECK_NAMES.length)
    expect(new Set(CHECKS).size).toBe(CHECKS.length)
    expect(Object.keys(CHECK_FACTS)).toEqual([...CHECK_NAMES])
  })

  test('RSK-01 every figure has the cap type that is documented', () => {
    for (const { check, capType } of everything().figures)
      expect(`${check} ${capType}`).toBe(`${check} ${CHECK_FACTS[check as keyof typeof CHECK_FACTS].capType}`)
  })

  test('RSK-01 one file a check, and no file without one', async () => {
    const helpers = ['cap.ts', 'catalogue.ts', 'chain.ts', 'latched.ts', 'stopped.ts']
    const files = [...new Glob('*.ts').scanSync('src/risk/checks')].filter((file) => !helpers.includes(file))
    expect(files.length).toBe(CHECK_NAMES.length)
    for (const file of files) {
      const text = await Bun.file(`src/risk/checks/${file}`).text()
      expect(text, file).toMatch(/\/\*\*[\s\S]*?\*\/\nexport function/)
    }
  })

  test('OPS-10 every key that a check names is one of the configuration', () => {
    const defaults: unknown = configSchema.parse({})
    for (const [check, { keys }] of Object.entries(CHECK_FACTS)) {
      for (const key of keys) {
        let value: unknown = defaults
        for (const part of key.split('.')) value = typeof value === 'object' && value !== null ? Reflect.get(value, part) : undefined
        expect(value, `${check}: ${key}`).not.toBeUndefined()
      }
    }
  })

  test('OPS-09 the generated table is fresh', () => {
    const result = Bun.spawnSync([process.execPath, 'scripts/risk-checks.ts', '--check'])
    expect(result.exitCode).toBe(0)
  })
})
