import { type Decimal, isLess } from '#domain/decimal'
import type { BotId, InstrumentId, VenueId } from '#domain/ids'
import type { AlerterPort } from '#ports/alerter'
import type { ClockPort } from '#ports/clock'
import { evaluateBotDrawdown } from '#risk/breakers/bot-drawdown'
import { evaluateConsecutiveLosses } from '#risk/breakers/consecutive-losses'
import { dailyDrawdownEndsAtMs, evaluateDailyDrawdown } from '#risk/breakers/daily-drawdown'
import { evaluateDailyLoss, ratioOfDayLoss } from '#risk/breakers/daily-loss'
import { evaluateDrift } from '#risk/breakers/drift'
import { evaluateErrorRate } from '#risk/breakers/error-rate'
import { type Fall, ratioOfFall } from '#risk/breakers/fall'
import type { BreakerLimits } from '#risk/breakers/limits'
import { evaluateMarketErrors } from '#risk/breakers/market-errors'
import { evaluateMaxDrawdown } from '#risk/breakers/max-drawdown'
import { evaluatePortfolioDrawdown } from '#risk/breakers/portfolio-drawdown'
import { evaluateStaleness, quoteAgeMs } from '#risk/breakers/staleness'
import { evaluateVenueHealth } from '#risk/breakers/venue-health'
import type { MarketCache } from '../market-cache'
import type { DriftLine } from '../portfolio/drift'
import type { Drawdowns } from '../portfolio/drawdowns'
import type { Portfolio } from '../portfolio/portfolio'
import type { Breaker, BreakerBoard } from './breaker-board'
import type { BreakerSubjects } from './breaker-list'
import { type ErrorSource, type ErrorTally, VENUE_LOST } from './error-tally'

export interface BreakerWatchDeps {
  readonly clock: ClockPort
  readonly alerter: AlerterPort
  readonly board: BreakerBoard
  readonly market: MarketCache
  readonly portfolio: Portfolio
  readonly drawdowns: Drawdowns
  readonly errors: ErrorTally
  /** Those in force. */
  readonly limits: BreakerLimits
  /** Account currency. */
  readonly driftTolerance: Decimal
  readonly subjects: BreakerSubjects
  /** How often data and venues are looked at, ms: what ages is noticed within its limit and this. Null for never. */
  readonly watchMs: number | null
  /** What books and venues differ by, beyond the tolerance and twice in a row. */
  driftLines(): readonly DriftLine[]
}

/** Equity is looked at every so many looks: an alert is due within 5 s of a fall (RSK-08). */
const LOOKS_PER_EQUITY = 8
/** States of a venue's session in which it works, and those into which it falls when it is lost. */
const WORKING: readonly string[] = ['ONLINE', 'DEGRADED']
const LOST: readonly string[] = ['BACKING_OFF', 'FAILED']

/** Watches the figures of every breaker and hands what the rules say to the board. */
export class BreakerWatch {
  readonly #deps: BreakerWatchDeps
  readonly #venueStates = new Map<VenueId, string>()
  /** Since when a venue does not work, monotonic µs. */
  readonly #awayUs = new Map<VenueId, number>()
  /** By breaker, the lowest equity under the present highest that did not trip it. */
  readonly #harmless = new Map<string, Fall & { readonly limits: BreakerLimits }>()
  readonly #ofBot: ReadonlyMap<BotId, string>
  #looks = 0
  #isRunning = false
  #timer: unknown = null
  /** Goes off when the day ends for which something holds. */
  #dayTimer: unknown = null

  constructor(deps: BreakerWatchDeps) {
    this.#deps = deps
    this.#ofBot = new Map(deps.subjects.bots.map((botId) => [botId, `botDrawdown:${botId}`]))
  }

  /** Judges what the journal left, for a crash may have come between a limit and its trip, and begins to watch. */
  start(): void {
    this.#isRunning = true
    this.judge()
    this.#plan()
  }

  /** Judges everything that may stand beyond a threshold already. */
  judge(): void {
    if (!this.#isRunning) return
    for (const botId of this.#deps.subjects.bots) this.#judgeLosses(botId)
    this.afterMark()
    const sources: ErrorSource[] = [
      'critical',
      ...this.#deps.subjects.venues.map((venueId) => `venue:${venueId}` as const),
      ...this.#deps.subjects.instruments.map((instrumentId) => `market:${instrumentId}` as const),
    ]
    this.afterErrors(sources)
  }

  stop(): void {
    this.#isRunning = false
    for (const timer of [this.#timer, this.#dayTimer]) this.#deps.clock.clearTimeout(timer)
    this.#timer = null
    this.#dayTimer = null
  }

  /** Values the books and looks at the figures that a fill changes; null for a fill of no bot. */
  afterFill(botId: BotId | null): void {
    if (!this.#judgeEquity(botId)) return
    if (botId !== null) this.#judgeLosses(botId)
  }

  /** Values the books and looks at everything that prices change. */
  afterMark(): void {
    this.#judgeEquity(null)
  }

  /** Errors were counted: looks at the rates of their sources. */
  afterErrors(sources: readonly ErrorSource[]): void {
    if (!this.#isRunning) return
    for (const source of sources) this.#judgeErrors(source)
  }

  /** Books and venue differ, or agree again. */
  onDrift(hasDrift: boolean): void {
    const { board, driftLines, driftTolerance } = this.#deps
    if (hasDrift) board.trip(DRIFT, evaluateDrift(driftLines(), driftTolerance))
    else board.clear(DRIFT, '0')
  }

  /** A venue's session changed: one that was lost is a critical error (OBS-06). */
  onVenue(venueId: VenueId, state: string, note: string): void {
    const before = this.#venueStates.get(venueId) ?? ''
    this.#venueStates.set(venueId, state)
    if (WORKING.includes(state)) this.#awayUs.delete(venueId)
    else if (!this.#awayUs.has(venueId)) this.#awayUs.set(venueId, this.#deps.clock.monotonicUs())
    if (!this.#isRunning || !WORKING.includes(before) || !LOST.includes(state)) return
    const text = `${venueId} was lost${note === '' ? '' : `: ${note}`}`
    this.#deps.alerter.raise({ severity: 'CRITICAL', code: VENUE_LOST, text, details: { venueId } })
  }

  /** The figure that a breaker watches, as it is now; empty while there is none. */
  figureOf({ plan: { kind }, scope }: Breaker): string {
    const { portfolio, drawdowns, errors, market, limits, clock } = this.#deps
    const nowMs = clock.now()
    switch (kind) {
      case 'dailyLoss':
        return ratioOfDayLoss(portfolio.dayFigures)
      case 'portfolioDrawdown':
        return shown(drawdowns.company)
      case 'dailyDrawdown':
        return shown(drawdowns.day)
      case 'maxDrawdown':
        return shown(drawdowns.recent(nowMs))
      case 'botDrawdown':
        return scope.kind === 'bot' ? shown(drawdowns.bot(scope.botId)) : ''
      case 'consecutiveLosses':
        return scope.kind === 'bot' ? String(portfolio.statsOf(scope.botId).streak.losses) : ''
      case 'staleness':
        return scope.kind === 'instrument' ? String(quoteAgeMs(market.timesOf(scope.instrumentId), nowMs)) : ''
      case 'marketErrors':
        return scope.kind === 'instrument' ? String(errors.count(`market:${scope.instrumentId}`, nowMs, limits.marketErrorWindowMs)) : ''
      case 'venueHealth':
        return scope.kind === 'venue' ? String(errors.count(`venue:${scope.venueId}`, nowMs, limits.venueLossWindowMs)) : ''
      case 'errorRate':
        return String(errors.count('critical', nowMs, limits.criticalErrorWindowMs))
      case 'drift':
        return '0'
    }
  }

  #plan(): void {
    if (this.#deps.watchMs === null) return
    this.#timer = this.#deps.clock.setTimeout(() => {
      for (const instrumentId of this.#deps.subjects.instruments) this.#watchData(instrumentId)
      for (const venueId of this.#deps.subjects.venues) this.#watchVenue(venueId)
      this.#watchDrift()
      if (++this.#looks % LOOKS_PER_EQUITY === 0) this.afterMark()
      if (this.#isRunning) this.#plan()
    }, this.#deps.watchMs)
  }

  /** Values the books; judges their fall, and returns true, while it runs. */
  #judgeEquity(botId: BotId | null): boolean {
    const { board, portfolio, drawdowns, limits, clock, subjects } = this.#deps
    const nowMs = clock.now()
    if (!this.#isRunning) {
      portfolio.refresh()
      return false
    }
    this.#endDay(nowMs)
    drawdowns.look(nowMs, botId)
    board.trip('dailyLoss:company', evaluateDailyLoss(portfolio.dayFigures, limits))
    this.#judgeFall('portfolioDrawdown:company', drawdowns.company, evaluatePortfolioDrawdown)
    this.#judgeFall('maxDrawdown:company', drawdowns.recent(nowMs), evaluateMaxDrawdown)
    this.#judgeFall('dailyDrawdown:company', drawdowns.day, evaluateDailyDrawdown)
    if (botId === null) for (const bot of subjects.bots) this.#judgeBot(bot)
    else this.#judgeBot(botId)
    this.#planDayEnd(nowMs)
    return true
  }

  #judgeBot(botId: BotId): void {
    const { drawdowns, limits } = this.#deps
    const breakerId = this.#ofBot.get(botId)
    if (breakerId !== undefined) this.#judgeFall(breakerId, drawdowns.bot(botId), (fall) => evaluateBotDrawdown(botId, fall, limits))
  }

  #judgeFall(breakerId: string, fall: Fall | null, evaluate: typeof evaluateMaxDrawdown): void {
    const { board, limits } = this.#deps
    if (fall === null) return
    // An equity that is no lower than one that did not trip does not either.
    const low = this.#harmless.get(breakerId)
    if (low?.limits === limits && low.peak === fall.peak && !isLess(fall.equity, low.equity)) return
    // One that holds already has its figure: that of its trip.
    if (board.isHolding(breakerId)) return
    const trip = evaluate(fall, limits)
    if (trip === null) this.#harmless.set(breakerId, { ...fall, limits })
    else board.trip(breakerId, trip)
  }

  /** Ends what holds for the day in the moment in which it is over, however rarely somebody looks. */
  #planDayEnd(nowMs: number): void {
    const { board, clock } = this.#deps
    if (this.#dayTimer !== null || !board.isHolding(DAILY_DRAWDOWN)) return
    const { trippedAtMs } = board.find(DAILY_DRAWDOWN).chart.actor.getSnapshot().context
    this.#dayTimer = clock.setTimeout(
      () => {
        this.#dayTimer = null
        this.#endDay(clock.now())
      },
      Math.max(0, dailyDrawdownEndsAtMs(trippedAtMs ?? nowMs) - nowMs),
    )
  }

  /** What held for a day ends with it. */
  #endDay(nowMs: number): void {
    const { board } = this.#deps
    if (!board.isHolding(DAILY_DRAWDOWN)) return
    const { context, value } = board.find(DAILY_DRAWDOWN).chart.actor.getSnapshot()
    if (value === 'tripped' && nowMs >= dailyDrawdownEndsAtMs(context.trippedAtMs ?? 0)) board.clear(DAILY_DRAWDOWN, '0')
  }

  #judgeLosses(botId: BotId): void {
    const { board, portfolio, limits } = this.#deps
    const breakerId = `consecutiveLosses:${botId}`
    if (!board.has(breakerId)) return
    const trip = evaluateConsecutiveLosses(botId, portfolio.statsOf(botId).streak, limits)
    if (trip === null) return
    // The run itself is over at once; what remains is its cool-down.
    portfolio.forgetLosses(botId)
    board.trip(breakerId, trip)
  }

  #judgeErrors(source: ErrorSource): void {
    const { board, errors, limits, clock } = this.#deps
    const nowMs = clock.now()
    if (source === 'critical') {
      const count = errors.count(source, nowMs, limits.criticalErrorWindowMs)
      if (!board.isHolding('errorRate:company')) board.trip('errorRate:company', evaluateErrorRate(count, limits))
      return
    }
    const [kind = '', id = ''] = [source.slice(0, source.indexOf(':')), source.slice(source.indexOf(':') + 1)]
    if (kind === 'venue') {
      const losses = errors.count(source, nowMs, limits.venueLossWindowMs)
      const venueId = id as VenueId
      return board.trip(`venueHealth:${venueId}`, evaluateVenueHealth({ venueId, losses, awayMs: 0 }, limits))
    }
    const instrumentId = id as InstrumentId
    if (!board.has(`marketErrors:${instrumentId}`)) return // of a market that no bot trades
    const failures = errors.count(source, nowMs, limits.marketErrorWindowMs)
    board.trip(`marketErrors:${instrumentId}`, evaluateMarketErrors(instrumentId, failures, limits))
  }

  #watchData(instrumentId: InstrumentId): void {
    const { board, market, clock, limits } = this.#deps
    const breakerId = `staleness:${instrumentId}`
    const state = board.find(breakerId).chart.actor.getSnapshot().value
    const trip = evaluateStaleness(market.timesOf(instrumentId), clock.now(), limits)
    if (trip !== null && state !== 'tripped') board.trip(breakerId, trip)
    else if (trip === null && state === 'tripped') board.clear(breakerId, '0')
  }

  #watchVenue(venueId: VenueId): void {
    const { board, clock, limits } = this.#deps
    const breakerId = `venueHealth:${venueId}`
    const sinceUs = this.#awayUs.get(venueId)
    const state = board.find(breakerId).chart.actor.getSnapshot().value
    if (sinceUs === undefined) {
      if (state === 'tripped') board.clear(breakerId, '0')
      return
    }
    const awayMs = Math.floor((clock.monotonicUs() - sinceUs) / 1_000)
    if (state !== 'tripped') board.trip(breakerId, evaluateVenueHealth({ venueId, losses: 0, awayMs }, limits))
  }

  /** A drift from before a restart ends once books and venues have been found to agree since. */
  #watchDrift(): void {
    const { board, portfolio, subjects, driftLines } = this.#deps
    if (!board.isHolding(DRIFT) || driftLines().length > 0) return
    const { context, value } = board.find(DRIFT).chart.actor.getSnapshot()
    const sinceMs = context.trippedAtMs ?? 0
    if (value === 'tripped' && subjects.venues.every((venueId) => portfolio.agreedAtMs(venueId) >= sinceMs)) board.clear(DRIFT, '0')
  }
}

const DRIFT = 'drift:company'
const DAILY_DRAWDOWN = 'dailyDrawdown:company'

function shown(fall: Fall | null): string {
  return fall === null ? '' : ratioOfFall(fall)
}
