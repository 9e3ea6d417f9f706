import type { VirtualClock } from '#sim/virtual-clock'
import { at, type BarColumns } from './columns'
import type { EquityMeter } from './equity-meter'
import type { ExitWatch } from './exit-watch'
import type { RecordedKeeper, RecordedMarket } from './fills/recorded-market'
import type { BotLine } from './line'

/** Bars between two calls of `onProgress`. */
const PROGRESS_EVERY = 65_536

export interface BarLoopOptions {
  readonly clock: VirtualClock
  readonly columns: BarColumns
  readonly market: RecordedMarket
  readonly keeper: Pick<RecordedKeeper, 'working'>
  readonly lines: readonly BotLine[]
  /** What the company protects. */
  readonly watch: ExitWatch
  readonly meter: EquityMeter
  /** Index of the first bar to play; those before it have been heard. */
  readonly first: number
  onProgress(done: number, total: number): void
}

/**
 * The bar loop of a backtest. It knows no chart and allocates nothing a bar: company code runs only where an order works, a timer is
 * due, a price reaches what the company protects, or a strategy wants something. Then virtual time goes to that instant and everything that is due there is run.
 */
export class BarLoop {
  readonly #options: BarLoopOptions

  constructor(options: BarLoopOptions) {
    this.#options = options
  }

  /** Plays every bar; the clock ends at the last one's close. */
  run(): void {
    const { clock, columns, keeper, lines, meter, market, watch, first } = this.#options
    const { closeAtMs, knownAtMs, close, count } = columns
    let nextDueMs = clock.nextDueMs
    for (let index = first; index < count; index++) {
      const endMs = knownAtMs[index] as number
      if (keeper.working.length > 0 || nextDueMs <= endMs || (watch.isOn && market.isWatched(index))) {
        market.through(index)
        if (clock.nextDueMs <= endMs) {
          market.settle(index)
          clock.runUntil(endMs)
        }
        watch.refresh()
        nextDueMs = clock.nextDueMs
      }
      meter.onClose(index, close[index] as number)
      for (let number = 0; number < lines.length; number++) {
        const act = this.#ask(lines[number] as BotLine, closeAtMs[index] as number)
        if (act === null) continue
        market.settle(index)
        clock.skipTo(endMs) // nothing is due by then any more
        act()
        clock.runUntil(endMs)
        watch.refresh()
        nextDueMs = clock.nextDueMs
      }
      if ((index & (PROGRESS_EVERY - 1)) === 0) this.#options.onProgress(index, count)
    }
    market.settle(count - 1)
    clock.runUntil(knownAtMs[count - 1] ?? clock.timeLineMs)
    if (count > first) meter.onEnd(at(close, count - 1))
    this.#options.onProgress(count, count)
  }

  /** Lets a bot hear a close; returns what the company must do about it, null as a rule. */
  #ask(line: BotLine, closeAtMs: number): (() => void) | null {
    try {
      const intents = line.hear(closeAtMs)
      return intents.length === 0 ? null : () => line.propose(intents)
    } catch (error) {
      return () => line.fail(error)
    }
  }
}
