import { messageOf } from '#domain/errors'
import type { InstrumentId } from '#domain/ids'
import type { Intent } from '#domain/intent'
import { TIMEFRAME_MS } from '#domain/time'
import type { ClockPort } from '#ports/clock'
import type { RandomPort } from '#ports/random'
import type { StrategyContext } from '#strategies/types'
import type { BarFeed } from './bar-feed'
import type { BotSpec } from './bot-spec'
import { withRange } from './ranged-intents'

export interface RunnerDeps {
  readonly clock: ClockPort
  readonly random: RandomPort
  /** The bot's own position and what it may do, read now. */
  positionOf(instrumentId: InstrumentId): StrategyContext['position']
  openPositions(): number
  readonly shorts: boolean
  /** True when the decision of that moment (the close of a bar, or of the cycle) has led to an order: it is not to be taken again (EXE-12). */
  hasActedOn(instrumentId: InstrumentId, atMs: number): boolean
  /** Receives what a decision on an instrument wants; the desk takes it from there. Nothing where it wants nothing. */
  onIntents(intents: readonly Intent[]): void
  /** The strategy threw: the one boundary that turns it into this bot's failure, which XState would not see. */
  onCrash(error: string): void
}

/**
 * Lets a strategy hear its market while its bot is ACTIVE: at once on the last closed bar unless that led to an order before, then on
 * each close of its timeframe and, where configured, on a fixed cycle. Stopped by leaving the state; nothing is decided afterwards.
 */
export class StrategyRunner {
  readonly #spec: BotSpec
  readonly #feed: BarFeed
  readonly #deps: RunnerDeps
  readonly #timers = new Set<unknown>()
  #isRunning = false

  constructor(spec: BotSpec, feed: BarFeed, deps: RunnerDeps) {
    this.#spec = spec
    this.#feed = feed
    this.#deps = deps
  }

  start(): void {
    this.#isRunning = true
    for (const instrumentId of this.#spec.instruments) {
      const closeAtMs = this.#feed.newestCloseAtMs(instrumentId, this.#spec.strategy.decidesOn)
      if (closeAtMs !== null) this.#decide(instrumentId, closeAtMs)
    }
    if (this.#spec.cycleMs !== null) this.#planCycle(this.#spec.cycleMs)
  }

  stop(): void {
    this.#isRunning = false
    for (const timer of this.#timers) this.#deps.clock.clearTimeout(timer)
    this.#timers.clear()
  }

  /** A bar of the deciding timeframe closed. */
  onClose(instrumentId: InstrumentId, closeAtMs: number): void {
    if (!this.#isRunning) return
    const spreadMs = this.#spec.jitterRatio * TIMEFRAME_MS[this.#spec.strategy.decidesOn]
    if (spreadMs === 0) this.#decide(instrumentId, closeAtMs)
    else this.#later(() => this.#decide(instrumentId, closeAtMs), Math.floor(this.#deps.random.next() * spreadMs))
  }

  #planCycle(cycleMs: number): void {
    const nowMs = this.#deps.clock.now()
    const nextMs = (Math.floor(nowMs / cycleMs) + 1) * cycleMs
    this.#later(() => {
      for (const instrumentId of this.#spec.instruments) this.#decide(instrumentId, nextMs)
      if (this.#isRunning) this.#planCycle(cycleMs)
    }, nextMs - nowMs)
  }

  #later(fn: () => void, delayMs: number): void {
    const timer = this.#deps.clock.setTimeout(() => {
      this.#timers.delete(timer)
      if (this.#isRunning) fn()
    }, delayMs)
    this.#timers.add(timer)
  }

  #decide(instrumentId: InstrumentId, atMs: number): void {
    // A start comes back to the last bar, and a clock that is set back to old ones.
    if (!this.#isRunning || this.#deps.hasActedOn(instrumentId, atMs)) return
    const { strategy, botId } = this.#spec
    let intents: readonly Intent[]
    try {
      intents = strategy.decide(
        Object.freeze({
          botId,
          instrumentId,
          timeframe: strategy.decidesOn,
          nowMs: atMs,
          bars: Object.freeze(this.#feed.viewsOf(instrumentId)),
          position: Object.freeze(this.#deps.positionOf(instrumentId)),
          openPositions: this.#deps.openPositions(),
          capabilities: Object.freeze({ shorts: this.#deps.shorts }),
          readings: this.#feed.readingsOf(instrumentId),
        }),
      )
    } catch (error) {
      this.stop()
      return this.#deps.onCrash(messageOf(error))
    }
    const bars = this.#spec.sizing.method === 'atr' ? this.#feed.viewsOf(instrumentId)[strategy.decidesOn] : undefined
    if (intents.length > 0) this.#deps.onIntents(withRange(this.#spec, bars, atMs, intents))
  }
}
