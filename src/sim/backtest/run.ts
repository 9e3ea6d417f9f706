import type { BotSpec } from '#actors/bots/bot-spec'
import { soleTeam } from '#actors/bots/bot-team'
import { ONE, toNumber } from '#domain/decimal'
import { AppError, ConfigError, InvariantError, mustExist } from '#domain/errors'
import { accountId, botId, venueId } from '#domain/ids'
import type { JournalPort } from '#ports/journal'
import type { BarStorePort, PortfolioHistoryPort, SnapshotPort } from '#ports/store'
import { createRuntime, type Runtime } from '#runtime'
import type { ProtectionConfig } from '#risk/protection'
import { SeededRandom } from '#sim/random'
import { VirtualClock } from '#sim/virtual-clock'
import { openJournal } from '#store/journal'
import { openMemoryJournal } from '#store/memory-journal'
import { MemoryMarks } from '#store/memory-store'
import { openStore } from '#store/open-store'
import type { Intent } from '#domain/intent'
import { at } from './columns'
import { CountingJournal } from './counting-journal'
import { EquityMeter } from './equity-meter'
import { ExitWatch } from './exit-watch'
import { BarMarket } from './fills/bar-market'
import { TickMarket } from './fills/tick-market'
import type { RecordedMarket } from './fills/recorded-market'
import { BotLine } from './line'
import { BarLoop } from './loop'
import type { BacktestOptions } from './options'
import { backtestSettings } from './policy'
import { type BacktestReport, reportOf } from './report'
import { RunTally } from './tally'
import { TradeBook } from './trade-book'
import { BacktestVenue } from './venue'

/** Virtual time before the first bar opens, for the company's start. */
const LEAD_MS = 60_000
/** Virtual time that the orderly stop may take. */
const STOP_MS = 600_000
const STEP_MS = 10

/** What a backtest leaves: its report, and the company as it ended. */
export interface BacktestResult {
  readonly report: BacktestReport
  readonly runtime: Runtime
  /** Warnings and errors of the company's log, the first of them. */
  readonly log: readonly string[]
}

const NO_SNAPSHOTS: SnapshotPort = { save: () => undefined, load: () => null }
const NO_HISTORY: PortfolioHistoryPort = { save: () => undefined, read: () => [], prune: () => 0 }
const NO_BARS: BarStorePort = { append: () => undefined, read: () => [] }

/**
 * Runs a strategy over recorded data: the whole company in virtual time, with a venue that fills from the data. Synchronous: when it
 * returns the company has stopped. The same options give the same journal and the same report.
 * @throws {AppError} for data without bars, a strategy that the data cannot feed, a journal that cannot be written.
 */
export function runBacktest(options: BacktestOptions): BacktestResult {
  const { data, instrument, capital } = options
  if (data.bars.count === 0) {
    const { timeframe } = data.bars
    throw new ConfigError(
      `${data.name}: there is no bar to run on: it covers no whole ${timeframe}; give it more data, or a shorter timeframe`,
    )
  }
  const first = firstOf(options)
  const clock = new VirtualClock(first === 0 ? at(data.bars.openAtMs, 0) - LEAD_MS : at(data.bars.knownAtMs, first - 1))
  const watch = new ExitWatch(instrument)
  const market = marketOf(options, clock, watch)
  const venue = new BacktestVenue({
    clock,
    instrument,
    accountId: accountId(`${options.config.account}@${instrument.venueId}`),
    capital,
    shorts: options.shorts,
    latencyMs: options.latencyMs,
    market,
    first,
  })
  const spec = specOf(options, venue)
  const journal = journalOf(options, clock)
  const tally = new RunTally()
  journal.port.subscribe(tally.onEntry)
  if (options.onEntry !== null) journal.port.subscribe(options.onEntry)
  const line = new BotLine(spec, data.bars, (intents) => beforeProposing(runtime, intents))
  const runtime = makeRuntime(options, clock, venue, line, journal.port, tally)
  watch.attach(runtime.company.protections, spec)
  const meter = new EquityMeter(data.bars, first, toNumber(capital))
  const trades = watchBooks(runtime, options, line, meter)
  try {
    for (let index = 0; index < first; index++) line.hear(at(data.bars.closeAtMs, index))
    startUp(runtime, clock, options)
    const { onProgress } = options
    new BarLoop({ clock, columns: data.bars, market, keeper: venue, lines: [line], watch, meter, first, onProgress }).run()
    const report = reportOf({ options, market, runtime, meter, trades, tally })
    stop(runtime, clock)
    return { report, runtime, log: [...coldLines(line), ...tally.lines] }
  } finally {
    journal.close()
  }
}

/**
 * Marks the books at the price that was decided on, and lets the breakers see it. The first decision that states a level has positions
 * protected from here on: a run in which nothing does never pays for it.
 */
function beforeProposing({ company }: Runtime, intents: readonly Intent[]): void {
  company.breakerWatch.afterMark()
  if (!company.protections.isOpen && intents.some(statesLevel)) company.protections.start()
}

function statesLevel({ stopPrice, takeProfitPrice, trailingRatio }: Intent): boolean {
  return stopPrice !== null || takeProfitPrice !== null || trailingRatio !== undefined
}

/** True where the bot's own ratios protect its positions, whatever its strategy says. */
function hasRatios({ stopLossRatio, takeProfitRatio, trailingRatio }: ProtectionConfig): boolean {
  return stopLossRatio !== null || takeProfitRatio !== null || trailingRatio !== null
}

/** Says where a strategy was never asked because the data is too short for it: no trades then mean nothing. */
function coldLines({ lacking, spec }: BotLine): readonly string[] {
  if (lacking.length === 0) return []
  const lacks = lacking.map(({ timeframe, needed, heard }) => `${needed} bars of ${timeframe} and heard ${heard}`)
  const remedy = 'give it more data, or a shorter timeframe among its parameters'
  return [`warn: strategy ${spec.strategy.strategyId} was never asked: it needs ${lacks.join(', ')}; ${remedy}`]
}

/** Returns the index of the first bar to play. @throws {ConfigError} where none is left. */
function firstOf({ data: { bars, name }, fromMs }: BacktestOptions): number {
  if (fromMs === null) return 0
  let first = 0
  while (first < bars.count && at(bars.closeAtMs, first) <= fromMs) first++
  if (first === bars.count) throw new ConfigError(`${name}: no bar closes after ${new Date(fromMs).toISOString()}`)
  return first
}

function marketOf({ data, instrument, fills, latencyMs }: BacktestOptions, clock: VirtualClock, watch: ExitWatch): RecordedMarket {
  const { bars, ticks } = data
  const options = { clock, columns: bars, instrument, rules: fills, latencyMs, watch }
  return ticks === null ? new BarMarket(options) : new TickMarket({ ...options, ticks })
}

function specOf(options: BacktestOptions, venue: BacktestVenue): BotSpec {
  const { strategy, team, instrument, size, config } = options
  const orderNotionalMin = (options.policy === 'open' ? '0' : config.risk.orderNotionalMin) as BotSpec['sizing']['orderNotionalMin']
  return {
    botId: botId(options.botId),
    accountId: venue.accountId,
    ...(team === null ? soleTeam(strategy) : { strategy, ...team }),
    instruments: [instrument.instrumentId],
    universe: null,
    tierSizing: new Map(),
    isEnabled: true,
    cycleMs: options.cycleMs,
    jitterRatio: 0,
    capital: options.capital,
    routing: options.routing,
    sizing:
      size.kind === 'quantity'
        ? { method: 'quantity', quantity: size.quantity, orderNotionalMin, scale: ONE }
        : { method: 'fixed', orderNotional: size.notional, orderNotionalMin, scale: ONE },
    shouldPreview: false,
    onStop: 'keep',
    protection: options.protection,
  }
}

function journalOf({ journal }: BacktestOptions, clock: VirtualClock): { readonly port: JournalPort; close(): void } {
  switch (journal.kind) {
    case 'none':
      return { port: new CountingJournal(() => clock.now()), close: () => undefined }
    case 'memory':
      return { port: openMemoryJournal(journal.disk, clock), close: () => undefined }
    case 'file': {
      const store = openStore({ dataDir: journal.dataDir, durability: 'process' })
      const port = openJournal(store, clock)
      const close = () => {
        void port.close() // writes what waits before it returns
        store.close()
      }
      return { port, close }
    }
  }
}

function makeRuntime(
  options: BacktestOptions,
  clock: VirtualClock,
  venue: BacktestVenue,
  line: BotLine,
  journal: JournalPort,
  tally: RunTally,
): Runtime {
  const unreachable = (what: string) => () => {
    throw new InvariantError(`a backtest has no ${what}`)
  }
  return createRuntime({
    config: options.config,
    tag: options.tag,
    version: 'backtest',
    schemaVersion: 0,
    shownConfig: null,
    ports: {
      clock,
      random: new SeededRandom(`${options.seed}/backtest`),
      transport: { request: unreachable('network'), openSocket: unreachable('network') },
      journal,
      marks: new MemoryMarks(),
      bars: NO_BARS,
      snapshots: NO_SNAPSHOTS,
      history: NO_HISTORY,
      secrets: { credentials: unreachable('credentials') },
      alerter: tally,
      log: tally.log,
      inspect: null,
    },
    standIns: {
      venues: [venue],
      bots: [line.spec],
      makeRunner: (_, deps) => line.runner(deps),
      settings: (configured) => backtestSettings(configured, options.policy, options.instrument.quoteAsset, hasRatios(options.protection)),
    },
  })
}

/** Keeps trades, equity and the line's position in step with the books. */
function watchBooks(runtime: Runtime, { instrument }: BacktestOptions, line: BotLine, meter: EquityMeter): TradeBook {
  const { portfolio } = runtime.company
  const trades = new TradeBook()
  const { botId: bot } = line.spec
  const account = runtime.company.accountOf(venueId(instrument.venueId))
  portfolio.onPosting((posting, realized) => {
    if (posting.kind !== 'fill') return
    const netQuantity = portfolio.positionOf(bot, instrument.instrumentId)
    trades.add(posting, mustExist(realized, 'a fill without a record'), netQuantity)
    line.forgetPosition()
    meter.hold(toNumber(portfolio.heldOf(account, instrument.quoteAsset)), toNumber(netQuantity))
  })
  return trades
}

/** Brings the company to trading: before the first bar of the data opens, or in the first moments of the bar that is traded first. */
function startUp(runtime: Runtime, clock: VirtualClock, options: BacktestOptions): void {
  const { company } = runtime
  const endMs = clock.timeLineMs + LEAD_MS - 1
  runtime.start()
  const isReady = () => company.director.state === 'TRADING' && (company.botOf(options.botId)?.isTrading ?? false)
  while (!isReady()) {
    if (clock.timeLineMs >= endMs) {
      const state = `${company.director.state}, bot ${company.botOf(options.botId)?.state ?? 'unknown'}`
      throw new AppError(`the company of the backtest did not start: it is ${state}`, { code: 'INTERNAL' })
    }
    clock.advance(STEP_MS)
  }
}

/** Stops the company in order; what still works is canceled, positions stay. */
function stop(runtime: Runtime, clock: VirtualClock): void {
  let isDone = false
  void runtime.done.then(() => {
    isDone = true
  })
  runtime.stop('the data has ended')
  const endMs = clock.timeLineMs + STOP_MS
  while (!isDone && clock.timeLineMs < endMs) clock.advance(STEP_MS)
  if (!isDone) throw new AppError('the company of the backtest did not stop in order', { code: 'INTERNAL' })
}
