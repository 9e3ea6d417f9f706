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

  test('RUN-09 REQ-C1 a value out of range is refused with key, value and rule', () => {
    expect(refusalOf(() => load({ desk: { inFlightMax: 500 } }))).toContain('desk.inFlightMax = 500: Too big')
  })

  test('RUN-09 limits that contradict are refused', () => {
    expect(refusalOf(() => load({ risk: { orderNotionalMin: '5000' } }))).toContain('must not exceed risk.orderNotionalMax')
    expect(refusalOf(() => load({ desk: { deadManTimeoutSec: 60, deadManRefreshSec: 45 } }))).toContain(
      'one lost refresh cancels every order',
    )
  })

  test('RUN-09 RSK-08 drawdown limits that contradict are refused, both named', () => {
    const [bot] = load().bots
    expect(refusalOf(() => load({ breakers: { dailyDrawdownRatio: 0.3 } }))).toContain(
      'breakers.dailyDrawdownRatio = 0.3: must not exceed breakers.maxDrawdownRatio (0.2)',
    )
    expect(refusalOf(() => load({ breakers: { maxDrawdownRatio: 0.5 } }))).toContain(
      'breakers.maxDrawdownRatio = 0.5: must not exceed breakers.portfolioDrawdownRatio (0.4)',
    )
    expect(refusalOf(() => load({ bots: [{ ...bot, drawdownRatio: 0.3 }] }))).toContain(
      'bots.0.drawdownRatio = 0.3: must not exceed breakers.botDrawdownRatio (0.25)',
    )
    expect(load({ bots: [{ ...bot, drawdownRatio: 0.15 }] }).bots[0]?.drawdownRatio).toBe(0.15)
  })

  test('RUN-09 RSK-08 a breaker limit that is negative, above 100 % or out of its range is refused', () => {
    for (const breakers of [
      { portfolioDrawdownRatio: 1.2 },
      { botDrawdownRatio: -0.1 },
      { maxDrawdownWindowMs: 1_209_600_001 },
      { criticalErrors: 0 },
      { marketErrors: 1_001 },
    ]) {
      const [key, value] = Object.entries(breakers)[0] ?? []
      expect(refusalOf(() => load({ breakers }))).toContain(`breakers.${key} = ${value}: `)
    }
  })

  test('RSK-08 RSK-10 the defaults of the file are those of the catalogue, and of the schema', () => {
    const { consecutiveLosses: _sandbox, ...shown } = load().breakers
    const { consecutiveLosses, ...own } = parseConfig({}, 'none').breakers
    expect(shown).toEqual(own)
    expect(consecutiveLosses).toBe(3)
    expect(own).toMatchObject({
      dailyLossRatio: 0.05,
      consecutiveLossPauseMs: 86_400_000,
      botDrawdownRatio: 0.25,
      portfolioDrawdownRatio: 0.4,
      dailyDrawdownRatio: 0.1,
      killSwitchOnDrift: true,
      criticalErrors: 5,
      criticalErrorWindowMs: 60_000,
      marketErrors: 10,
      marketErrorWindowMs: 60_000,
    })
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
    expect(valuation).toEqual({ excludedAssets: ['FEE'], includedAssets: [], pairOverrides: { XMR: 'BTC' } })
    expect(refusalOf(() => load({ valuation: { excludedAssets: ['usd'] } }))).toContain('must be an asset code')
    const contradiction = { valuation: { includedAssets: ['USD', 'BTC'], excludedAssets: ['BTC'] } }
    expect(refusalOf(() => load(contradiction))).toContain(
      'valuation.includedAssets = ["USD","BTC"]: has BTC, which valuation.excludedAssets',
    )
  })

  test('PFL-03 PFL-10 PFL-11 the books are kept by weighted average, manual trades counted, snapshots for 30 days, unless told otherwise', () => {
    expect(load().portfolio).toMatchObject({ costBasis: 'wac', trackManualTrades: true, snapshotRetentionDays: 30, userrefs: {} })
    expect(load({ portfolio: { costBasis: 'fifo', userrefs: { '1001': 'grid', '-7': 'carry' } } }).portfolio).toMatchObject({
      costBasis: 'fifo',
      userrefs: { '1001': 'grid', '-7': 'carry' },
    })
    for (const [userrefs, rule] of [
      [{ '0': 'grid' }, '32 bits other than 0'],
      [{ '2147483648': 'grid' }, '32 bits other than 0'],
      [{ '1.5': 'grid' }, '32 bits other than 0'],
      [{ '1': 'manual' }, 'what bears no known number'],
      [{ '1': 'No Name' }, 'lower-case letters'],
    ] as const)
      expect(refusalOf(() => load({ portfolio: { userrefs } }))).toContain(rule)
    expect(refusalOf(() => load({ portfolio: { costBasis: 'lifo' } }))).toContain('portfolio.costBasis = "lifo"')
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
