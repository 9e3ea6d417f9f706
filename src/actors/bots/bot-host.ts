import { fromCallback, fromPromise, type InspectionEvent } from 'xstate'
import { BOT_COMMAND_STATES, commandRefusal } from '#domain/command-states'
import { CommandRefusedError } from '#domain/errors'
import type { InstrumentId } from '#domain/ids'
import type { Intent } from '#domain/intent'
import type { HoldReason } from '#domain/reasons'
import { type BotEvent, botMachine } from '#machines/bot.machine'
import { isResettable } from '#machines/holds'
import type { LogPort } from '#ports/alerter'
import type { ClockPort } from '#ports/clock'
import type { BotCommand } from '#ports/control'
import type { JournalPort } from '#ports/journal'
import type { RandomPort } from '#ports/random'
import type { StrategyContext } from '#strategies/types'
import { ChartActor } from '../chart-actor'
import type { ChildHandle, ChildReports } from '../supervision'
import { BarFeed, type BarFeedDeps } from './bar-feed'
import type { BotRunner, MakeRunner } from './bot-runner'
import type { BotSpec } from './bot-spec'
import { type RunnerDeps, StrategyRunner } from './strategy-runner'

export interface BotHostDeps extends BarFeedDeps {
  readonly clock: ClockPort
  readonly random: RandomPort
  readonly journal: JournalPort
  readonly log: LogPort
  readonly inspect: ((event: InspectionEvent) => void) | null
  readonly drainTimeoutMs: number
  readonly shorts: boolean
  /** Makes the runner in place of one that follows the venue's bars; null for that one. */
  readonly makeRunner: MakeRunner | null
  positionOf(spec: BotSpec, instrumentId: InstrumentId): StrategyContext['position']
  openPositions(spec: BotSpec): number
  /** True when the bot's decision on the bar that closed then has led to an order. */
  hasActedOn(spec: BotSpec, instrumentId: InstrumentId, closeAtMs: number): boolean
  onIntents(spec: BotSpec, intents: readonly Intent[]): void
  cancelOrders(spec: BotSpec): void
  /** Cancels its orders, closes its positions where asked; resolves when nothing is left. */
  drain(spec: BotSpec, shouldFlatten: boolean): Promise<void>
  /** State or holds changed: the scope's epoch moves, watchers hear of it. */
  onChange(host: BotHost): void
}

/** How a bot stood when the company last ran. */
export interface BotMemory {
  /** What an operator last asked for; null when nobody did. */
  readonly wanted: 'running' | 'stopped' | null
  /** Holds of operator and supervisor; those of breakers and venues come back by themselves. */
  readonly reasons: readonly HoldReason[]
  readonly isHalted: boolean
}

/** One bot with everything behind its chart: bars, runner, journal. It asks the desk and owns no order (design §4). */
export class BotHost implements ChildHandle {
  readonly spec: BotSpec
  readonly #deps: BotHostDeps
  readonly #reports: ChildReports
  readonly #memory: BotMemory
  readonly #chart: ChartActor<ReturnType<BotHost['machine']>>
  #feed: BarFeed
  #runner: BotRunner | null = null
  /** The runner, where it follows the venue's bars. */
  #follower: StrategyRunner | null = null
  #shown = ''
  #wanted: BotMemory['wanted']

  constructor(spec: BotSpec, deps: BotHostDeps, memory: BotMemory, reports: ChildReports) {
    this.spec = spec
    this.#deps = deps
    this.#memory = memory
    this.#wanted = memory.wanted
    this.#reports = reports
    this.#feed = this.#newFeed()
    this.#chart = new ChartActor({
      id: `bot:${spec.botId}`,
      machine: this.machine(),
      input: { botId: spec.botId, reasons: memory.reasons, drainTimeoutMs: deps.drainTimeoutMs },
      clock: deps.clock,
      inspect: deps.inspect,
      onChange: ({ from, to }) => this.#onChange(from, to),
      onCrash: (error) => reports.failed(error),
    })
  }

  /** The chart with this bot's effects. */
  machine() {
    return botMachine.provide({
      actors: {
        warmUp: fromPromise(({ signal }) => this.#warmUp(signal)),
        strategyRunner: fromCallback(() => {
          this.#runner = this.#newRunner()
          // In the next turn: a decision must not run inside the transition that made the bot ACTIVE.
          const runner = this.#runner
          this.#deps.clock.defer(() => {
            if (this.#runner === runner) runner.start()
          })
          return () => {
            runner.stop()
            this.#runner = null
            this.#follower = null
          }
        }),
      },
      actions: {
        cancelOrders: () => this.#deps.cancelOrders(this.spec),
        drain: ({ context }) => {
          void this.#deps
            .drain(this.spec, context.isFlattening)
            .then(() => this.send({ type: 'bot.drained', atMs: this.#deps.clock.now() }))
        },
      },
    })
  }

  get state(): string {
    return this.#chart.state
  }

  get sinceMs(): number {
    return this.#chart.sinceMs
  }

  get context() {
    return this.#chart.actor.getSnapshot().context
  }

  /** True while the strategy may propose. */
  get isTrading(): boolean {
    return this.#chart.actor.getSnapshot().hasTag('trading')
  }

  get isHalted(): boolean {
    return this.#chart.state === 'HALTED'
  }

  /** Leaves a halt that it only shared with the company, and runs again if it was to run. */
  leaveHalt(operator: string): void {
    const atMs = this.#deps.clock.now()
    this.send({ type: 'operator.reset', operator, atMs })
    if (!this.isHalted && this.#isWanted()) this.send({ type: 'bot.start', atMs })
  }

  send(event: BotEvent): void {
    this.#chart.actor.send(event)
  }

  start(): void {
    this.#chart.start()
    const atMs = this.#deps.clock.now()
    if (this.#memory.isHalted) {
      const reason = this.#memory.reasons[0] ?? { source: 'operator', text: 'halted before the restart', sinceMs: atMs }
      this.send({ type: 'system.halt', reason, atMs })
      return
    }
    if (this.#isWanted()) this.send({ type: 'bot.start', atMs })
    else if (!this.spec.isEnabled) this.#deps.log.info('skipped (disabled)', { botId: this.spec.botId })
    for (const { strategyId, isEnabled } of this.spec.members)
      if (!isEnabled) this.#deps.log.info('skipped (disabled)', { botId: this.spec.botId, strategyId })
  }

  /** Ends the strategy; positions and orders are the desk's affair in a shutdown. */
  stop(): void {
    this.#feed.close()
    this.#runner?.stop()
    this.#chart.stop()
  }

  readonly recover = (): boolean => {
    if (this.state !== 'ERROR') return false
    this.send({ type: 'bot.retry', atMs: this.#deps.clock.now() })
    return true
  }

  /**
   * Does what an operator asks, or refuses with what the state would allow.
   * @throws {CommandRefusedError}
   */
  command(command: BotCommand, operator: string, text: string): void {
    const refusal = commandRefusal(BOT_COMMAND_STATES, command, this.state)
    if (refusal !== null)
      throw new CommandRefusedError(`${this.spec.botId} is ${this.state}: ${refusal}`, {
        botId: this.spec.botId,
        command,
        state: this.state,
      })
    if (command === 'reset' && !isResettable(this.context.reasons))
      throw new CommandRefusedError(`${this.spec.botId} stays HALTED: ${this.context.reasons.map((held) => held.text).join('; ')}`)
    const atMs = this.#deps.clock.now()
    this.#journalCommand(command, operator, text)
    const reason = operatorHold(operator, text, atMs)
    switch (command) {
      case 'start':
        this.#wanted = 'running'
        return this.send({ type: 'bot.start', atMs })
      case 'pause':
        return this.send({ type: 'bot.pause', reason, atMs })
      case 'resume':
        return this.send({ type: 'bot.resume', source: 'operator', atMs })
      case 'stop':
        this.#wanted = 'stopped'
        return this.send({ type: 'bot.stop', shouldFlatten: this.spec.onStop === 'flatten', atMs })
      case 'halt':
        return this.send({ type: 'system.halt', reason, atMs })
      case 'reset':
        this.#wanted = 'stopped' // IDLE until somebody starts it
        return this.send({ type: 'operator.reset', operator, atMs })
    }
  }

  /** Halts it in an operator's name, whatever its state: an emergency is refused by none. Once so held it stays as it is. */
  halt(operator: string, text: string): void {
    if (this.isHalted && this.context.reasons.some(({ source }) => source === 'operator')) return
    const atMs = this.#deps.clock.now()
    this.#journalCommand('halt', operator, text)
    this.send({ type: 'system.halt', reason: operatorHold(operator, text, atMs), atMs })
  }

  #journalCommand(command: BotCommand, operator: string, text: string): void {
    this.#deps.journal.append({
      actor: `bot:${this.spec.botId}`,
      kind: 'bot.command',
      payload: { command, operator, reason: text, state: this.state },
      correlationId: this.spec.botId,
      causationSeq: null,
    })
  }

  /** True when the bot is to run: what an operator last asked for, else its configuration. */
  #isWanted(): boolean {
    return this.#wanted === null ? this.spec.isEnabled : this.#wanted === 'running'
  }

  async #warmUp(signal: AbortSignal): Promise<void> {
    if (this.#deps.makeRunner !== null) return
    this.#feed.close()
    this.#feed = this.#newFeed()
    this.#feed.open()
    await this.#feed.warmUp((note) => this.send({ type: 'bot.progress', note, atMs: this.#deps.clock.now() }), signal)
  }

  #newFeed(): BarFeed {
    const { instruments, strategy } = this.spec
    return new BarFeed(this.#deps, instruments, strategy, (instrumentId, timeframe, bar) => {
      if (timeframe === strategy.decidesOn) this.#follower?.onClose(instrumentId, bar.closeAtMs)
    })
  }

  #newRunner(): BotRunner {
    const { spec } = this
    const deps: RunnerDeps = {
      clock: this.#deps.clock,
      random: this.#deps.random,
      shorts: this.#deps.shorts,
      positionOf: (instrumentId) => this.#deps.positionOf(spec, instrumentId),
      openPositions: () => this.#deps.openPositions(spec),
      hasActedOn: (instrumentId, closeAtMs) => this.#deps.hasActedOn(spec, instrumentId, closeAtMs),
      onIntents: (intents) => this.#deps.onIntents(spec, intents),
      onCrash: (error) => this.send({ type: 'bot.crashed', error, atMs: this.#deps.clock.now() }),
    }
    if (this.#deps.makeRunner !== null) return this.#deps.makeRunner(spec, deps)
    this.#follower = new StrategyRunner(spec, this.#feed, deps)
    return this.#follower
  }

  /** Journals the transition, tells the supervisor of failures and recoveries. Progress notes alone are no fact. */
  #onChange(from: string, to: string): void {
    const { reasons, note, error } = this.context
    const shown = `${to} ${reasons.map((reason) => reason.source).join()}`
    if (shown !== this.#shown) {
      this.#shown = shown
      this.#deps.journal.append({
        actor: `bot:${this.spec.botId}`,
        kind: 'bot.transition',
        payload: { from, to, reasons: reasons.map((reason) => ({ ...reason })), note, error },
        correlationId: this.spec.botId,
        causationSeq: null,
      })
      if (from !== to && to === 'ERROR') this.#reports.failed(error ?? note)
      if (from !== to && to === 'ACTIVE') this.#reports.recovered()
    }
    this.#deps.onChange(this)
  }
}

function operatorHold(operator: string, text: string, sinceMs: number): HoldReason {
  return { source: 'operator', text: text === '' ? `by ${operator}` : `${text} (${operator})`, sinceMs }
}
