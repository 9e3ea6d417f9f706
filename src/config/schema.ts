import { z } from 'zod'
import { instrumentsOf } from '#domain/universe'
import { bot } from './bot-schema'
import { limitContradictions, moreLimits } from './limits-schema'
import { modeContradictions, paper, trading } from './modes-schema'
import { asset, ms, name, positiveDecimal, ratio } from './parts'
import { policyName, policyProblems, policySchemaOf } from './policy-schema'
import { universe, universeProblems } from './universe-schema'

/** A host, `host:port` or `[v6]:port`. */
const timeServer = z.string().regex(/^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+)(:\d{1,5})?$/, 'must look like time.example.org or 10.0.0.1:123')

const mode = z.enum(['sandbox', 'dry_run', 'paper', 'live'])

const kraken = z.strictObject({
  enabled: z.boolean().default(true),
  restUrl: z.url().default('https://api.kraken.com'),
  publicStreamUrl: z.url().default('wss://ws.kraken.com/v2'),
  privateStreamUrl: z.url().default('wss://ws-auth.kraken.com/v2'),
  tier: z.enum(['starter', 'intermediate', 'pro']).default('pro'),
  requestTimeoutMs: ms(500, 60_000).default(5_000),
  policy: policyName,
  region: z
    .strictObject({
      code: z.string().default('US_CA'),
      supportsMargin: z.boolean().default(false),
      supportsFutures: z.boolean().default(false),
      supportsStaking: z.boolean().default(false),
      defaultQuote: z.string().default('USD'),
      barredAssets: z.array(asset).max(1_000).default([]),
    })
    .prefault({}),
})

const desk = z.strictObject({
  inFlightMax: z.number().int().min(1).max(100).default(10),
  queueMax: z.number().int().min(1).max(100_000).default(1_000),
  verdictLifetimeMs: ms(50, 10_000).default(1_000),
  orderDeadlineMs: ms(2_000, 60_000).default(5_000),
  settleMs: ms(0, 600_000).default(3_000),
  lookupBackoffMs: ms(50, 60_000).default(500),
  lookupBackoffMaxMs: ms(100, 600_000).default(15_000),
  retryMax: z.number().int().min(0).max(10).default(3),
  retryBackoffMs: ms(10, 60_000).default(1_000),
  cancelRetryMs: ms(50, 60_000).default(500),
  cancelRetryMaxMs: ms(100, 600_000).default(5_000),
  deadManTimeoutSec: z.number().int().min(0).max(86_399).default(600),
  deadManRefreshSec: z.number().int().min(1).max(3_600).default(90),
  retireAfterMs: ms(1_000, 86_400_000).default(3_600_000),
  shutdownCancels: z.boolean().default(true),
})

const limits = z.strictObject({
  orderNotionalMax: positiveDecimal.default('2000'),
  orderNotionalMin: positiveDecimal.default('20'),
  totalExposureMax: positiveDecimal.default('10000'),
  dailyNotionalMax: positiveDecimal.default('1000000'),
  totalAtRiskRatioMax: ratio.default(0.15),
  positionRatioMax: ratio.default(0.05),
  assetRatioMax: ratio.default(0.05),
  strategyRatioMax: z.record(name, ratio).default({ 'trend-following': 0.4 }),
  marketConcentrationRatioMax: ratio.default(0.3),
  openPositionsMax: z.number().int().min(1).max(1_000).default(10),
  priceDeviationBpsMax: z.number().min(0).max(1_000).default(100),
  onCapExceeded: z.enum(['downsize', 'block']).default('downsize'),
  reducingUnderKillSwitch: z.boolean().default(true),
  cancelAllCommand: z.boolean().default(true),
  emergencyDeadlineMs: ms(100, 600_000).default(10_000),
  policy: policyName,
  ...moreLimits,
})

const breakers = z.strictObject({
  dailyLossRatio: ratio.default(0.05),
  consecutiveLosses: z.number().int().min(1).max(100).default(3),
  consecutiveLossPauseMs: ms(1_000, 604_800_000).default(86_400_000),
  quoteStaleMs: ms(500, 600_000).default(5_000),
  barStaleMs: ms(1_000, 3_600_000).default(90_000),
  stalenessCoolDownMs: ms(0, 600_000).default(5_000),
  botDrawdownRatio: ratio.default(0.25),
  portfolioDrawdownRatio: ratio.default(0.4),
  dailyDrawdownRatio: ratio.default(0.1),
  maxDrawdownRatio: ratio.default(0.2),
  maxDrawdownWindowMs: ms(60_000, 1_209_600_000).nullable().default(604_800_000),
  killSwitchOnDrift: z.boolean().default(true),
  venueLosses: z.number().int().min(1).max(1_000).default(3),
  venueLossWindowMs: ms(1_000, 3_600_000).default(60_000),
  venueAwayMs: ms(1_000, 86_400_000).default(60_000),
  venueCoolDownMs: ms(0, 3_600_000).default(30_000),
  criticalErrors: z.number().int().min(1).max(1_000).default(5),
  criticalErrorWindowMs: ms(1_000, 3_600_000).default(60_000),
  marketErrors: z.number().int().min(1).max(1_000).default(10),
  marketErrorWindowMs: ms(1_000, 3_600_000).default(60_000),
  marketErrorPauseMs: ms(0, 86_400_000).default(300_000),
})

const { quoteStaleMs, barStaleMs } = breakers.shape
/** What a policy may state: every limit of an order. How the company halts, and what scales everything at once, is no limit of one. */
const policy = policySchemaOf(
  limits
    .omit({
      cancelAllCommand: true,
      emergencyDeadlineMs: true,
      policy: true,
      regime: true,
      regimeMultipliers: true,
      rolloutRatio: true,
      canaryRatio: true,
    })
    .extend({ quoteStaleMs, barStaleMs }).shape,
)

const supervision = z.strictObject({
  botRestartMax: z.number().int().min(0).max(100).default(3),
  botRestartWindowMs: ms(1_000, 86_400_000).default(60_000),
  botBackoffMs: ms(10, 600_000).default(1_000),
  backoffMaxMs: ms(10, 600_000).default(8_000),
  stopDeadlineMs: ms(100, 60_000).default(5_000),
})

const api = z.strictObject({
  enabled: z.boolean().default(true),
  host: z.string().default('127.0.0.1'),
  port: z.number().int().min(0).max(65_535).default(8_080),
  auth: z.boolean().default(false),
  readOnly: z.boolean().default(false),
  killSwitchClearable: z.boolean().default(true),
  commandsPerMinute: z.number().int().min(1).max(100_000).default(100),
  inspect: z.boolean().default(true),
})

const valuation = z.strictObject({
  pairOverrides: z.record(asset, asset).default({}),
  includedAssets: z.array(asset).max(1_000).default([]),
  excludedAssets: z.array(asset).max(1_000).default([]),
})

const USERREF = /^-?[1-9]\d{0,9}$/

/** Strategies by the number that an order bears at the venue: 32 bits, signed, and not 0, which stands for none. */
const userrefs = z
  .record(
    z.string(),
    name.refine((text) => text !== 'manual', '"manual" is what bears no known number; choose another name'),
  )
  .superRefine((map, context) => {
    for (const key of Object.keys(map)) {
      if (USERREF.test(key) && Number(key) === (Number(key) | 0)) continue
      context.addIssue({ code: 'custom', path: [key], message: 'its key must be a whole number of 32 bits other than 0, such as "1001"' })
    }
  })

const portfolio = z.strictObject({
  costBasis: z.enum(['wac', 'fifo']).default('wac'),
  userrefs: userrefs.default({}),
  trackManualTrades: z.boolean().default(true),
  externalActivityRatio: z.number().min(0.0001).max(1).default(0.05),
  snapshotEverySec: z.number().int().min(10).max(86_400).default(300),
  snapshotRetentionDays: z.number().int().min(1).max(3_650).default(30),
  closeDust: z.boolean().default(true),
  driftSettleMs: ms(0, 600_000).default(10_000),
})

const sandbox = z.strictObject({
  seed: z.number().int().min(0).max(4_294_967_295).default(42),
  idleExitMs: ms(1_000, 86_400_000).default(60_000),
})

interface Drawdowns {
  readonly bots: readonly { readonly drawdownRatio: number | null }[]
  readonly breakers: z.infer<typeof breakers>
}

/** A softer drawdown limit above the harder one that follows it would never act; a bot's own limit is there to be lower. */
function drawdownContradictions({ bots, breakers }: Drawdowns) {
  const found: { readonly path: readonly (string | number)[]; readonly message: string }[] = []
  const { botDrawdownRatio, dailyDrawdownRatio, maxDrawdownRatio, portfolioDrawdownRatio } = breakers
  for (const [index, { drawdownRatio }] of bots.entries())
    if (drawdownRatio !== null && drawdownRatio > botDrawdownRatio)
      found.push({ path: ['bots', index, 'drawdownRatio'], message: `must not exceed breakers.botDrawdownRatio (${botDrawdownRatio})` })
  if (dailyDrawdownRatio > maxDrawdownRatio)
    found.push({ path: ['breakers', 'dailyDrawdownRatio'], message: `must not exceed breakers.maxDrawdownRatio (${maxDrawdownRatio})` })
  if (maxDrawdownRatio > portfolioDrawdownRatio)
    found.push({
      path: ['breakers', 'maxDrawdownRatio'],
      message: `must not exceed breakers.portfolioDrawdownRatio (${portfolioDrawdownRatio})`,
    })
  return found
}

const alerts = z.strictObject({
  webhookFormat: z.enum(['json', 'slack', 'discord']).default('json'),
  webhookSeverityMin: z.enum(['LOW', 'MEDIUM', 'HIGH', 'CRITICAL']).default('HIGH'),
})

/** Every key of `config/*.yaml`. An unknown key is an error, so that a typing mistake never passes as a default. */
export const configSchema = z
  .strictObject({
    mode: mode.default('sandbox'),
    account: name.default('main'),
    durability: z.enum(['process', 'power']).nullable().default(null),
    cycleJitterRatio: z.number().min(0).max(0.1).default(0),
    portfolioSyncSec: z.number().int().min(1).max(3_600).default(30),
    driftToleranceValue: positiveDecimal.default('1'),
    markRefreshMs: ms(100, 60_000).default(10_000),
    killSwitchPollMs: ms(100, 3_000).default(500),
    clockDriftMsMax: ms(1, 10_000).default(150),
    clockServers: z.array(timeServer).max(10).default(['time.cloudflare.com', 'time.google.com', 'pool.ntp.org']),
    clockTimeoutMs: ms(100, 30_000).default(2_000),
    logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
    venues: z.strictObject({ kraken: kraken.prefault({}) }).prefault({}),
    bots: z.array(bot).max(200).default([]),
    universe: universe.prefault({}),
    desk: desk.prefault({}),
    risk: limits.prefault({}),
    policies: z.record(name, policy).default({}),
    valuation: valuation.prefault({}),
    portfolio: portfolio.prefault({}),
    breakers: breakers.prefault({}),
    supervision: supervision.prefault({}),
    alerts: alerts.prefault({}),
    api: api.prefault({}),
    sandbox: sandbox.prefault({}),
    paper: paper.prefault({}),
    trading: trading.prefault({}),
  })
  .superRefine((config, context) => {
    const seen = new Set<string>()
    for (const [index, entry] of config.bots.entries()) {
      if (seen.has(entry.id))
        context.addIssue({ code: 'custom', path: ['bots', index, 'id'], message: `"${entry.id}" is used twice; bot ids must be unique` })
      seen.add(entry.id)
    }
    for (const { key, message } of limitContradictions(config.risk)) context.addIssue({ code: 'custom', path: ['risk', key], message })
    const both = config.valuation.includedAssets.find((code) => config.valuation.excludedAssets.includes(code))
    if (both !== undefined) {
      const message = `has ${both}, which valuation.excludedAssets leaves out`
      context.addIssue({ code: 'custom', path: ['valuation', 'includedAssets'], message })
    }
    if (config.desk.deadManTimeoutSec > 0 && config.desk.deadManRefreshSec * 2 > config.desk.deadManTimeoutSec) {
      context.addIssue({
        code: 'custom',
        path: ['desk', 'deadManRefreshSec'],
        message: 'must be at most half of desk.deadManTimeoutSec, or one lost refresh cancels every order',
      })
    }
    const bots = config.bots.map((entry) => ({ ...entry, instruments: instrumentsOf(config.universe, entry) }))
    for (const { path, message } of [...policyProblems({ ...config, bots }), ...universeProblems(config)])
      context.addIssue({ code: 'custom', path: [...path], message })
    for (const { path, message } of modeContradictions(config)) context.addIssue({ code: 'custom', path: [...path], message })
    for (const { path, message } of drawdownContradictions(config)) context.addIssue({ code: 'custom', path: [...path], message })
  })

export type TroupeConfig = z.infer<typeof configSchema>
export type BotConfig = TroupeConfig['bots'][number]
export type PolicyConfig = TroupeConfig['policies'][string]
export type Mode = TroupeConfig['mode']
