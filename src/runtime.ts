import type { InspectionEvent } from 'xstate'
import type { MakeRunner } from '#actors/bots/bot-runner'
import type { BotSpec } from '#actors/bots/bot-spec'
import { botSpecsOf } from '#actors/bots/bot-specs'
import { universeConfigOf } from '#actors/bots/universe-settings'
import { Company } from '#actors/company/company'
import type { CompanySettings, PortfolioSettings } from '#actors/company/settings'
import { Escalation } from '#actors/company/escalation'
import { CompanyControl } from '#actors/control/control'
import { measureLatency } from '#actors/control/latency'
import { Session, type SessionReport } from '#actors/control/session'
import { FIXED_KEYS } from '#config/changeable'
import type { TroupeConfig } from '#config/schema'
import { type Decimal, decimal, decimalFromNumber } from '#domain/decimal'
import { accountId, assetCode, strategyId, type VenueId, venueId } from '#domain/ids'
import type { Json } from '#domain/json'
import { DAY_MS, TIMEFRAMES } from '#domain/time'
import type { ValuationRules } from '#domain/valuation'
import type { AlerterPort, AlertLogPort, LogPort } from '#ports/alerter'
import type { ClockPort } from '#ports/clock'
import type { ControlPort } from '#ports/control'
import type { JournalPort } from '#ports/journal'
import type { RandomPort } from '#ports/random'
import type { SecretsPort } from '#ports/secrets'
import type { BarStorePort, MarkPort, PortfolioHistoryPort, SnapshotPort } from '#ports/store'
import type { TransportPort } from '#ports/transport'
import type { MarketSubscription, VenuePort } from '#ports/venue'
import { createMonitors } from '#sim/monitors/monitors'
import type { Monitors } from '#sim/monitors/types'
import type { WarmUp } from '#strategies/types'
import { KRAKEN_DEFAULTS } from '#venues/kraken/config'
import { createKrakenVenue } from '#venues/kraken/venue'
import { configPlanner } from '#change-plan'
import { breakerLimitsOf } from '#breaker-limits'
import { limitPlanOf } from '#limits'
import { asModeHasIt, sidesOf } from './mode-venue'
import { type Watch, watchCompany, watchedLog, watchedSecrets } from './monitoring'

/** How often ages of market data are looked at, ms. */
const DATA_WATCH_MS = 500
/** How often finished orders are looked at for retirement, ms. */
const SWEEP_MS = 60_000
/** Journal entries between two snapshots of the books. */
const SNAPSHOT_EVERY = 10_000

/** The world outside, as this process has it: real, in the sandbox, or virtual. */
export interface RuntimePorts {
  readonly clock: ClockPort
  readonly random: RandomPort
  readonly transport: TransportPort
  readonly journal: JournalPort
  readonly marks: MarkPort
  readonly bars: BarStorePort
  readonly snapshots: SnapshotPort
  readonly history: PortfolioHistoryPort
  readonly secrets: SecretsPort
  readonly alerter: AlerterPort & AlertLogPort
  readonly log: LogPort
  readonly inspect: ((event: InspectionEvent) => void) | null
}

/** What a backtest puts in place of the venues' wire, of the configured bots and of the streams that wake strategies. */
export interface StandIns {
  readonly venues: readonly VenuePort[]
  readonly bots: readonly BotSpec[]
  readonly makeRunner: MakeRunner
  /** Has the last word on the settings that the configuration gives: habits that only suit a real clock are taken out. */
  settings(configured: CompanySettings): CompanySettings
}

export interface RuntimeOptions {
  readonly config: TroupeConfig
  readonly ports: RuntimePorts
  /** 6 hex digits of the data directory. */
  readonly tag: string
  readonly version: string
  readonly schemaVersion: number
  /** The redacted configuration, for the API. */
  readonly shownConfig: Json
  /** Left out by every world that has venues to talk to. */
  readonly standIns?: StandIns
}

/** A company that can be started once. */
export interface Runtime {
  readonly company: Company
  readonly control: ControlPort
  /** What watches the invariants of this life; with stand-ins nothing is watched. */
  readonly monitors: Monitors
  start(): void
  /** Begins an orderly stop. */
  stop(reason: string): void
  readonly done: Promise<{ readonly exitCode: 0 | 1; readonly error: string | null }>
  /** What the session did, so far or in the end. */
  report(): SessionReport
}

/** Composes a company of a configuration and ports: the only place, beside the worlds, that knows every part. @throws {ConfigError} */
export function createRuntime(options: RuntimeOptions): Runtime {
  const { config, tag, standIns } = options
  const monitors = createMonitors()
  const ports = standIns === undefined ? watchedPorts(options.ports, monitors) : options.ports
  const venues = standIns?.venues ?? venuesOf(config, ports, monitors)
  const bots = standIns?.bots ?? botSpecsOf(config, new Set(venues.map((venue) => venue.venueId)))
  const settings = settingsOf(config, tag)
  const company = new Company({
    ...ports,
    venues,
    bots,
    settings: standIns?.settings(settings) ?? settings,
    planner: standIns === undefined ? configPlanner(config) : null,
    subscriptionsOf: (venue) => subscriptionsOf(bots, venue),
    makeRunner: standIns?.makeRunner ?? null,
  })
  const watch: Watch | null = standIns === undefined ? watchCompany(company, monitors, ports.alerter) : null
  const facts = { mode: config.mode, version: options.version, schemaVersion: options.schemaVersion, startedAtMs: ports.clock.now() }
  const { board, killSwitch } = company
  const { clock, journal, alerter } = ports
  const escalation = standIns === undefined ? new Escalation({ clock, journal, alerter, board, killSwitch }) : null
  const session = new Session(company, facts.startedAtMs)
  const control = new CompanyControl(company, {
    facts,
    alerts: ports.alerter,
    monitors,
    killSwitchClearable: config.api.killSwitchClearable,
    config: options.shownConfig,
    fixedKeys: FIXED_KEYS,
  })
  return {
    company,
    control,
    monitors,
    start: () => {
      // In worlds that rehearse or trade: a simulation's journals stay what they were.
      if (config.mode === 'paper' || config.mode === 'live') measureLatency(company)
      watch?.start()
      company.start()
      escalation?.start()
      void company.done.then(() => escalation?.stop())
    },
    stop: (reason) => company.stop(reason),
    done: company.done,
    report: () => session.report(),
  }
}

function watchedPorts(ports: RuntimePorts, monitors: Monitors): RuntimePorts {
  return {
    ...ports,
    log: watchedLog(ports.log, monitors),
    secrets: watchedSecrets(ports.secrets, monitors),
    transport: monitors.watchTransport(ports.transport),
  }
}

function venuesOf(config: TroupeConfig, ports: RuntimePorts, monitors: Monitors): readonly VenuePort[] {
  const { kraken } = config.venues
  if (!kraken.enabled) return []
  const { region, requestTimeoutMs, restUrl, publicStreamUrl, privateStreamUrl, tier } = kraken
  const venues = [
    createKrakenVenue({
      ...ports,
      onToken: (token) => monitors.keepToken(token),
      accountId: accountId(`${config.account}@kraken`),
      config: {
        ...KRAKEN_DEFAULTS,
        ...sidesOf(config, ports.secrets, venueId('kraken')),
        restUrl,
        publicStreamUrl,
        privateStreamUrl,
        tier,
        requestTimeoutMs,
        region: { ...region, defaultQuote: assetCode(region.defaultQuote) },
      },
    }),
  ]
  return venues.map((venue) => monitors.watchVenue(asModeHasIt(venue, config, ports)))
}

function subscriptionsOf(bots: ReturnType<typeof botSpecsOf>, venue: VenueId): readonly MarketSubscription[] {
  const wanted = new Map<string, MarketSubscription>()
  for (const bot of bots) {
    for (const instrumentId of bot.instruments) {
      if (!instrumentId.endsWith(`@${venue}`)) continue
      const frames = new Set([...(wanted.get(instrumentId)?.timeframes ?? []), ...timeframesOf(bot.strategy.warmUpBars)])
      wanted.set(instrumentId, { instrumentId, channels: ['quote', 'book'], timeframes: [...frames] })
    }
  }
  return [...wanted.values()]
}

function timeframesOf(warmUp: WarmUp): MarketSubscription['timeframes'] {
  return TIMEFRAMES.filter((timeframe) => warmUp[timeframe] !== undefined)
}

function ratio(value: number): Decimal {
  return decimalFromNumber(value, 9)
}

function valuationOf({ valuation }: TroupeConfig): Omit<ValuationRules, 'valuationAsset'> {
  const overrides = Object.entries(valuation.pairOverrides).map(([asset, over]) => [assetCode(asset), assetCode(over)] as const)
  const included = valuation.includedAssets.map((asset) => assetCode(asset))
  return {
    pairOverrides: Object.fromEntries(overrides),
    includedAssets: included.length === 0 ? null : included,
    excludedAssets: valuation.excludedAssets.map((asset) => assetCode(asset)),
  }
}

function portfolioOf({ portfolio }: TroupeConfig): PortfolioSettings {
  return {
    method: portfolio.costBasis === 'fifo' ? 'fifo' : 'weightedAverage',
    userrefs: new Map(Object.entries(portfolio.userrefs).map(([userref, strategy]) => [Number(userref), strategyId(strategy)])),
    tracksManualTrades: portfolio.trackManualTrades,
    externalActivityRatio: ratio(portfolio.externalActivityRatio),
    snapshotEveryMs: portfolio.snapshotEverySec * 1_000,
    snapshotRetentionMs: portfolio.snapshotRetentionDays * DAY_MS,
    closesDust: portfolio.closeDust,
    driftSettleMs: portfolio.driftSettleMs,
  }
}

function settingsOf(config: TroupeConfig, tag: string): CompanySettings {
  const { desk, supervision } = config
  return {
    tag,
    protects: true,
    desk: { ...desk, handsOver: config.mode !== 'dry_run' },
    retireAfterMs: desk.retireAfterMs,
    sweepMs: SWEEP_MS,
    shutdownCancels: desk.shutdownCancels,
    limits: limitPlanOf(config, () => 'config'),
    breakers: breakerLimitsOf(config),
    regions: { kraken: config.venues.kraken.region },
    botBudget: {
      restartMax: supervision.botRestartMax,
      restartWindowMs: supervision.botRestartWindowMs,
      backoffMs: supervision.botBackoffMs,
      backoffMaxMs: supervision.backoffMaxMs,
    },
    venueBudget: { restartMax: 3, restartWindowMs: 300_000, backoffMs: 1_000, backoffMaxMs: supervision.backoffMaxMs },
    session: {
      streams: ['public', 'private'],
      backoffMs: 1_000,
      backoffMaxMs: supervision.backoffMaxMs,
      attemptMax: 0,
      connectTimeoutMs: 20_000,
      syncTimeoutMs: 60_000,
      silentTimeoutMs: 10_000,
      stableMs: 30_000,
    },
    stopDeadlineMs: supervision.stopDeadlineMs,
    portfolioSyncMs: config.portfolioSyncSec * 1_000,
    markEveryMs: config.markRefreshMs,
    driftTolerance: decimal(config.driftToleranceValue),
    dataWatchMs: DATA_WATCH_MS,
    snapshotEvery: SNAPSHOT_EVERY,
    cancelAllCommand: config.risk.cancelAllCommand,
    universe: universeConfigOf(config.universe),
    emergencyDeadlineMs: config.risk.emergencyDeadlineMs,
    rules: { valuationAsset: assetCode(config.venues.kraken.region.defaultQuote), ...valuationOf(config) },
    portfolio: portfolioOf(config),
  }
}
