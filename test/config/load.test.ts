import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { loadConfig, overlay, parseConfig } from '#config/load'
import { ConfigError } from '#domain/errors'
import { DEFAULT_RISK_LIMITS } from '#risk/types'
import { limitsOf } from '#limits'

const load = (options: Readonly<Record<string, unknown>> = {}) => loadConfig({ configDir: 'config', file: null, options })

function refusalOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
  throw new Error('nothing was refused')
}

describe('configuration', () => {
  test('OPS-10 no file means the sandbox with its defaults, its overlay laid over them', () => {
    const config = load()
    expect(config.mode).toBe('sandbox')
    expect(config.bots.filter((bot) => bot.enabled)).toHaveLength(4)
    expect(config.breakers.consecutiveLosses).toBe(25)
    expect(config.breakers.dailyLossRatio).toBe(0.05)
  })

  test('RUN-09 an unknown key is refused by its name', () => {
    expect(refusalOf(() => load({ desk: { inFlightMx: 3 } }))).toContain('unknown key "desk.inFlightMx"')
  })

  test('RUN-09 a value out of range is refused with key, value and rule', () => {
    expect(refusalOf(() => load({ desk: { inFlightMax: 500 } }))).toContain('desk.inFlightMax = 500: Too big')
  })

  test('RUN-09 limits that contradict are refused', () => {
    expect(refusalOf(() => load({ risk: { orderNotionalMin: '5000' } }))).toContain('must not exceed risk.orderNotionalMax')
    expect(refusalOf(() => load({ desk: { deadManTimeoutSec: 60, deadManRefreshSec: 45 } }))).toContain(
      'one lost refresh cancels every order',
    )
  })

  test('RUN-09 RSK-02 limits that contradict are refused with both named', () => {
    const refused = (risk: object) => refusalOf(() => load({ risk }))
    expect(refused({ positionRatioMax: 0.2 })).toContain(
      'risk.positionRatioMax = 0.2: must not exceed risk.totalAtRiskRatioMax, which is 0.15',
    )
    expect(refused({ assetRatioMax: 0.16 })).toContain('risk.assetRatioMax = 0.16: must not exceed risk.totalAtRiskRatioMax')
    expect(refused({ themeRatioMax: 0.16 })).toContain('must not exceed risk.totalAtRiskRatioMax')
    expect(refused({ totalExposureMax: '1999' })).toContain(
      'risk.orderNotionalMax = "2000": must not exceed risk.totalExposureMax, which is 1999',
    )
    expect(refused({ instrumentNotionalMax: '10001' })).toContain('must not exceed risk.totalExposureMax')
    expect(refused({ riskPerTradeRatioMax: 0.2 })).toContain('must not exceed risk.portfolioRiskRatioMax')
    expect(refused({ cooldownMs: 2000, cooldownAfterStopMs: 1000 })).toContain('must not exceed risk.cooldownAfterStopMs, which is 1000')
    expect(load({ risk: { cooldownMs: 2000 } }).risk.cooldownMs).toBe(2000)
    expect(load({ risk: { riskPerTradeRatioMax: 0.2, portfolioRiskRatioMax: null } }).risk.riskPerTradeRatioMax).toBe(0.2)
  })

  test('RUN-09 a limit that is negative or over 100 % is refused', () => {
    for (const key of ['totalAtRiskRatioMax', 'positionRatioMax', 'themeRatioMax', 'riskPerTradeRatioMax', 'portfolioRiskRatioMax']) {
      expect(refusalOf(() => load({ risk: { [key]: -0.01 } }))).toContain(`risk.${key} = -0.01: must not be negative`)
      expect(refusalOf(() => load({ risk: { [key]: 1.01 } }))).toContain(`risk.${key} = 1.01: must not be over 1 (100 %)`)
    }
    expect(refusalOf(() => load({ risk: { venueRatioMax: { kraken: 2 } } }))).toContain('risk.venueRatioMax.kraken = 2')
    expect(refusalOf(() => load({ risk: { orderNotionalMax: '-1' } }))).toContain('must be a positive number')
  })

  test('RSK-07 the full Kelly stake is refused, as a size and as a limit', () => {
    const [bot] = load().bots
    const sized = (sizing: object) => load({ bots: [{ ...bot, sizing }] }).bots[0]?.sizing ?? null
    expect(refusalOf(() => sized({ method: 'kelly', fraction: 'full' }))).toContain('the full Kelly stake is refused')
    expect(refusalOf(() => load({ risk: { kellyRatioMax: 1 } }))).toContain('half the Kelly stake is the most')
    expect(sized({ method: 'kelly' })).toEqual({ method: 'kelly', fraction: 'quarter' })
    expect(sized({ method: 'atr' })).toEqual({ method: 'atr', riskRatio: 0.01, atrMultiple: 2, bars: 20 })
    expect(refusalOf(() => sized({ method: 'martingale' }))).toContain('sizing')
  })

  test('OPS-10 default.yaml documents every key of the risk section with its default', () => {
    const written = Bun.YAML.parse(readFileSync('config/default.yaml', 'utf8')) as { risk: Record<string, unknown> }
    expect(written.risk).toEqual(parseConfig({}, 'defaults').risk)
  })

  test('MKT-06 SIM-07 RUN-10 regime, roll-out and canary multiply to one scale', () => {
    const scale = (risk: object) => limitsOf(parseConfig({ risk }, 'test')).capScale as string
    expect(scale({})).toBe('1')
    expect(scale({ regime: 'bull' })).toBe('1.2')
    expect(scale({ regime: 'bear', canaryRatio: 0.5, rolloutRatio: 0.2 })).toBe('0.06')
    expect(scale({ regime: 'crash' })).toBe('0')
    expect(scale({ regime: 'crash', regimeMultipliers: { crash: 0.1 } })).toBe('0.1')
  })

  test('RSK-02 the limits of the schema are those of the gate, where both have a default', () => {
    const { strategyRatioMax: _, ...configured } = limitsOf(parseConfig({}, 'defaults'))
    const { strategyRatioMax: __, ...defaults } = DEFAULT_RISK_LIMITS
    expect(configured).toEqual(defaults)
  })

  test('RUN-09 two bots of one name are refused', () => {
    const [bot] = load().bots
    expect(refusalOf(() => load({ bots: [bot, bot] }))).toContain('bot ids must be unique')
  })

  test('RUN-09 money that is a number is refused: it would be a binary float', () => {
    expect(refusalOf(() => load({ risk: { orderNotionalMax: 2000.5 } }))).toContain('risk.orderNotionalMax = 2000.5')
  })

  test('PFL-01 PFL-05 assets can be left out and priced through another, and only assets', () => {
    const { valuation } = load({ valuation: { excludedAssets: ['FEE'], pairOverrides: { XMR: 'BTC' } } })
    expect(valuation).toEqual({ excludedAssets: ['FEE'], pairOverrides: { XMR: 'BTC' } })
    expect(refusalOf(() => load({ valuation: { excludedAssets: ['usd'] } }))).toContain('must be an asset code')
  })

  test('objects of an overlay merge by key, lists are replaced whole', () => {
    expect(overlay({ a: { b: 1, c: [1, 2] }, d: 4 }, { a: { c: [3] } })).toEqual({ a: { b: 1, c: [3] }, d: 4 })
  })

  test('RUN-09 a missing file is named, and the first problems stand in one line', () => {
    expect(refusalOf(() => loadConfig({ configDir: 'config', file: 'nowhere.yaml', options: {} }))).toContain(
      'nowhere.yaml: no such configuration file',
    )
    const text = refusalOf(() => parseConfig({ mode: 'bold', account: 'A', logLevel: 7, api: { port: -1 } }, 'mine.yaml'))
    expect(text.startsWith('mine.yaml: mode = "bold"')).toBe(true)
    expect(text).not.toContain('\n')
  })
})
