import { fromPromise } from 'xstate'
import { AppError, messageOf } from '#domain/errors'
import type { VenueId } from '#domain/ids'
import { readInteger, readObject } from '#domain/json-read'
import type { HoldReason } from '#domain/reasons'
import { orchestratorMachine } from '#machines/orchestrator.machine'
import type { BotHost } from '../bots/bot-host'
import { isNativeStop } from '../protection/native-stop'
import type { Company } from './company'
import { sweepDust } from './dust'
import type { ErrorSource } from './error-tally'
import { isLasting } from './memory'

/** Entries read at once in a replay. */
const REPLAY_PAGE = 5_000
/** Name and version of the snapshot; with another version the journal is folded from its start. */
const SNAPSHOT = 'company'
const SNAPSHOT_VERSION = 7
/** How often a wait looks whether it is over. */
const POLL_MS = 20
/** Marks are refreshed as configured, and journaled this often: points of the equity curve. */
const JOURNAL_MARK_MS = 60_000

/** Sources of the kill switch behind which no operator stands. */
const BY_ITSELF: readonly string[] = ['internal', 'breaker']

/** What the states of the director's chart demand: boot, check, stop, and holding or releasing everyone. */
export class Lifecycle {
  readonly #company: Company
  #markTimer: unknown = null
  #markedAtMs = 0
  #snapshotSeq = 0
  #areVenuesStarted = false
  #isChecked = false
  #areBotsStarted = false
  #isStopping = false

  constructor(company: Company) {
    this.#company = company
  }

  /** The director's chart with the company's effects. */
  machine() {
    return orchestratorMachine.provide({
      actors: {
        boot: fromPromise(() => this.#boot()),
        check: fromPromise(() => this.#check()),
        stop: fromPromise(() => this.#stop()),
      },
      actions: {
        haltAll: ({ context }) => this.#haltAll(context.reasons.at(-1)?.text ?? 'halted'),
        pauseAll: ({ context }) => this.#pauseAll(context.reasons.at(-1)?.text ?? 'paused'),
        releaseAll: () => this.#releaseAll(),
      },
    })
  }

  /**
   * Folds the journal into orders, books and memory (I10). Synchronous, before anything is started. Books and memory begin at their
   * snapshot where there is one; orders at the first fact of one that was still tracked then.
   */
  replay(): void {
    const { deps, portfolio, memory, orders, drawdowns, errors } = this.#company
    const kept = deps.snapshots.load(SNAPSHOT, SNAPSHOT_VERSION)
    // One that stands ahead of the journal is of a tail that was lost; one of books kept otherwise must be made anew.
    const isCurrent = kept !== null && kept.seq <= deps.journal.headSeq
    const snapshot = isCurrent && portfolio.canRestore(readObject(kept.data, SNAPSHOT)['portfolio'] ?? null) ? kept : null
    const fold = snapshot === null ? null : readObject(snapshot.data, SNAPSHOT)
    if (fold !== null) {
      portfolio.restore(fold['portfolio'] ?? null)
      memory.restore(fold['memory'] ?? null)
      drawdowns.restore(fold['drawdowns'] ?? null)
      errors.restore(fold['errors'] ?? null)
    }
    const foldedSeq = snapshot?.seq ?? 0
    let after = fold === null ? 0 : readInteger(fold['ordersFrom'], 'ordersFrom') - 1
    for (;;) {
      const page = deps.journal.read(after, REPLAY_PAGE)
      for (const entry of page) {
        if (entry.seq > foldedSeq) {
          portfolio.replay(entry)
          memory.replay(entry)
          drawdowns.replay(entry)
        }
        orders.replay(entry, fold !== null)
        if (entry.seq > foldedSeq) this.#company.countErrors(entry)
        after = entry.seq
      }
      if (page.length < REPLAY_PAGE) break
    }
    orders.endReplay()
    this.#snapshotSeq = foldedSeq
    deps.journal.subscribe((entry) => {
      memory.replay(entry)
      drawdowns.onEntry(entry)
      this.#onErrors(this.#company.countErrors(entry))
    })
  }

  /** In the next turn: an error is counted in the middle of the step that met it, and a trip may stop whoever that was. */
  #onErrors(sources: readonly ErrorSource[]): void {
    if (sources.length > 0) this.#company.deps.clock.defer(() => this.#company.breakerWatch.afterErrors(sources))
  }

  /** Keeps books and memory as they stand, so that the next start replays only what follows. */
  async #snapshot(): Promise<void> {
    const { deps, portfolio, memory, orders, drawdowns, errors } = this.#company
    const seq = deps.journal.headSeq
    const data = {
      portfolio: portfolio.snapshot(),
      memory: memory.snapshot(),
      drawdowns: drawdowns.snapshot(),
      errors: errors.snapshot(),
      ordersFrom: orders.firstSeq,
    }
    this.#snapshotSeq = seq
    // Not before its facts are durable: a snapshot must never know more than the journal.
    await deps.journal.settled()
    deps.snapshots.save(SNAPSHOT, SNAPSHOT_VERSION, seq, data)
  }

  /** Starts what needs no venue. Run again when a halt cut the start short. */
  async #boot(): Promise<void> {
    this.#company.killSwitch.restore(this.#company.memory.killSwitch)
    this.#company.emergencies.resume()
    this.#company.orders.start()
  }

  /** Brings the venues up and waits until each is reconciled; a refusal of our credentials ends the start. Can be run again. */
  async #check(): Promise<void> {
    const { board, breakerWatch, memory, synchroniser, deps } = this.#company
    await this.#startVenues()
    await this.#venuesReady()
    if (this.#isChecked || this.#isStopping) return
    this.#requireListed()
    requireFunds(this.#company)
    this.#isChecked = true
    board.start(memory)
    breakerWatch.start()
    this.#company.universe.start()
    synchroniser.start(deps.venues)
    if (deps.settings.protects) this.#company.protections.start()
    this.#mark()
    this.#planMark()
  }

  async #startVenues(): Promise<void> {
    if (this.#areVenuesStarted) return
    this.#areVenuesStarted = true
    await this.#company.venueSupervisor.start()
  }

  /** @throws {AppError} `UNKNOWN_INSTRUMENT` when an enabled bot wants what its venue does not list (RUN-09). */
  #requireListed(): void {
    const { deps, market } = this.#company
    for (const spec of deps.bots) {
      const unlisted = spec.instruments.find((instrumentId) => spec.isEnabled && market.findInstrument(instrumentId) === null)
      if (unlisted === undefined) continue
      const text = `bot ${spec.botId}: instruments = "${unlisted}": its venue does not list it; correct the name or disable the bot`
      throw new AppError(text, { code: 'UNKNOWN_INSTRUMENT', severity: 'CRITICAL' })
    }
  }

  async #venuesReady(): Promise<void> {
    while (!this.#isStopping) {
      const waiting = [...this.#company.venues.values()].filter((host) => !host.isTradable)
      const failed = waiting.find((host) => host.state === 'FAILED')
      if (failed !== undefined) {
        const { error, note } = failed.context
        const code = error === null || error.code === 'UNKNOWN' ? 'VENUE_UNAVAILABLE' : error.code
        throw new AppError(`${failed.venue.venueId}: ${error?.message ?? note}`, { code, severity: 'CRITICAL' })
      }
      if (waiting.length === 0) return
      await this.#wait()
    }
  }

  async #stop(): Promise<void> {
    const { deps, desk, botDesk, botSupervisor, venueSupervisor, synchroniser, recorder, breakerWatch, board, registry, venues } =
      this.#company
    this.#isStopping = true
    this.#company.emergencies.stop()
    this.#company.protections.stop()
    desk.closeIntake('the company is stopping')
    await botSupervisor.stop()
    botDesk.close()
    if (deps.settings.shutdownCancels) await this.#cancelEverything()
    synchroniser.stop()
    deps.clock.clearTimeout(this.#markTimer)
    for (const venue of deps.venues) if (venues.get(venue.venueId)?.isTradable) await this.#atMost(synchroniser.tryCheck(venue))
    this.#mark()
    recorder.take()
    breakerWatch.stop()
    this.#company.universe.stop()
    board.stop()
    desk.close()
    await venueSupervisor.stop()
    registry.stop()
    if (deps.journal.failure === null) await this.#snapshot()
  }

  /**
   * Cancels what works and waits for the venue's evidence, as long as the deadline allows. The stops of positions that are kept go on resting: it is
   * while nobody is here that they are needed.
   */
  async #cancelEverything(): Promise<void> {
    const { deps, desk, orders } = this.#company
    const { clock, settings, log } = deps
    // By batches: the venues' command for all reaches orders of others, and is for a halt alone.
    const own = [...orders.live()].filter((record) => !record.isForeign && !isNativeStop(record))
    desk.endCancelAll()
    desk.cancelRecords(own, () => true)
    const deadlineUs = clock.monotonicUs() + settings.stopDeadlineMs * 1_000
    while (this.#ownLive() > 0 && clock.monotonicUs() < deadlineUs) await this.#wait()
    const left = this.#ownLive()
    if (left === 0) await this.#atMost(desk.disarmDeadMen())
    else log.warn('stopped with orders still working; the next start reconciles them', { count: left })
  }

  /** Waits for a step of the stop, but no longer than a step may take: a venue that is gone must not keep the process. */
  #atMost(work: Promise<void>): Promise<void> {
    const { clock, settings } = this.#company.deps
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = clock.setTimeout(resolve, settings.stopDeadlineMs)
    return Promise.race([work, promise]).finally(() => clock.clearTimeout(timer))
  }

  #ownLive(): number {
    let count = 0
    for (const record of this.#company.orders.live()) if (!record.isForeign && !isNativeStop(record)) count++
    return count
  }

  #wait(): Promise<void> {
    return new Promise((resolve) => this.#company.deps.clock.setTimeout(resolve, POLL_MS))
  }

  /** Starts the bots once the company has been checked, after the transition that let them: their first decision may then be acted on. */
  #startBots(): void {
    if (this.#areBotsStarted || !this.#isChecked) return
    this.#areBotsStarted = true
    this.#company.deps.clock.defer(() => {
      if (!this.#isStopping) void this.#company.botSupervisor.start()
    })
  }

  #haltAll(text: string): void {
    const { deps, epochs, bots, desk, killSwitch, emergencies } = this.#company
    this.#startBots()
    // A halt that comes before the start has come to the venues stops the start, and what is left at them must end all the same.
    if (!this.#isStopping)
      this.#startVenues().catch((error: unknown) => deps.log.error('the venues did not start', { error: messageOf(error) }))
    const atMs = deps.clock.now()
    epochs.bump({ kind: 'company' })
    const reason: HoldReason = { source: 'parent', text, sinceMs: atMs }
    // Before the bots, each of which would cancel its own one by one. Foreign orders are an operator's affair; by the kill switch he asked
    // for all of them, unless the company pulled it by itself; by an emergency halt he did, whoever pulled it first.
    const isPulled = killSwitch.state !== null && !BY_ITSELF.includes(killSwitch.state.source)
    const byOperator = isPulled || emergencies.isOfAll
    for (const { venueId } of deps.venues) desk.cancelAllAt(venueId, byOperator)
    for (const bot of bots.values()) bot.send({ type: 'system.halt', reason, atMs })
  }

  #pauseAll(text: string): void {
    const { deps, epochs, bots, desk } = this.#company
    desk.endCancelAll()
    this.#startBots()
    const atMs = deps.clock.now()
    epochs.bump({ kind: 'company' })
    for (const bot of bots.values()) bot.send({ type: 'bot.pause', reason: { source: 'parent', text, sinceMs: atMs }, atMs })
  }

  /** Ends the parent's hold. A bot that was halted with the company starts again; one that has a halt of its own stays. */
  #releaseAll(): void {
    const { deps, epochs, bots, desk } = this.#company
    desk.endCancelAll()
    const atMs = deps.clock.now()
    epochs.bump({ kind: 'company' })
    this.#startBots()
    for (const bot of bots.values()) {
      bot.send({ type: 'bot.resume', source: 'parent', atMs })
      if (bot.isHalted && !hasOwnHalt(bot)) bot.leaveHalt('parent')
    }
  }

  #keepPortfolio(): void {
    const { deps, recorder, venues, market, orders, portfolio } = this.#company
    const isTradable = (venueId: VenueId) => venues.get(venueId)?.isTradable ?? false
    if (deps.settings.portfolio.closesDust && deps.journal.failure === null)
      sweepDust({ log: deps.log, market, orders, portfolio, isTradable })
    recorder.tick()
  }

  /** Journals what everything is worth, and from where the breakers count a fall. */
  #mark(): void {
    const { portfolio, drawdowns } = this.#company
    portfolio.mark({ drawdowns: drawdowns.marked() })
  }

  #planMark(): void {
    const { deps, breakerWatch } = this.#company
    this.#markTimer = deps.clock.setTimeout(() => {
      breakerWatch.afterMark()
      if (deps.clock.now() - this.#markedAtMs >= JOURNAL_MARK_MS) {
        this.#markedAtMs = deps.clock.now()
        this.#mark()
      }
      this.#keepPortfolio()
      if (deps.journal.failure === null && deps.journal.headSeq - this.#snapshotSeq >= deps.settings.snapshotEvery)
        this.#snapshot().catch((error: unknown) => deps.log.error('no snapshot was taken', { error: messageOf(error) }))
      this.#planMark()
    }, deps.settings.markEveryMs)
  }
}

/** @throws {AppError} `CAPITAL_UNFUNDED` when bots that were lent nothing yet are to have more than the treasury of their account holds. */
function requireFunds({ deps, portfolio }: Company): void {
  const asset = deps.settings.rules.valuationAsset
  for (const { venueId } of deps.venues) {
    const short = portfolio.cash.shortageOf(venueId)
    if (short === null) continue
    const { accountId, bots, wanted, held } = short
    const text = `bots ${bots.join(', ')}: capital = ${wanted} ${asset} together, but the treasury of ${accountId} holds ${held} ${asset}`
    const remedy = `lower their capital, deposit ${asset}, or recall capital of other bots, and start again`
    throw new AppError(`${text}; ${remedy}`, { code: 'CAPITAL_UNFUNDED', severity: 'CRITICAL', details: { ...short } })
  }
}

/** True for a bot whose halt is its own affair: an operator's or the supervisor's hold outlives the company's. */
function hasOwnHalt(bot: BotHost): boolean {
  return bot.context.reasons.some(({ source }) => isLasting(source))
}
