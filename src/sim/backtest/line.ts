import type { BotSpec } from '#actors/bots/bot-spec'
import type { BotRunner } from '#actors/bots/bot-runner'
import { withRange } from '#actors/bots/ranged-intents'
import type { RunnerDeps } from '#actors/bots/strategy-runner'
import { ConfigError, messageOf, mustExist } from '#domain/errors'
import type { InstrumentId } from '#domain/ids'
import type { Intent } from '#domain/intent'
import { TIMEFRAME_MS, type Timeframe } from '#domain/time'
import type { BarsView, StrategyContext, StrategyPosition, Study } from '#strategies/types'
import { at, type BarColumns, ColumnsView, resampleColumns } from './columns'

const NONE: readonly Intent[] = []

/** What a bot's runner is to the loop while the bot is ACTIVE. */
interface Hearing {
  readonly deps: RunnerDeps
  readonly capabilities: StrategyContext['capabilities']
  /** The next decision between bars, of a bot that has a cycle. */
  cycle: unknown
}

/** One timeframe of a bot. */
interface Frame {
  readonly timeframe: Timeframe
  readonly needed: number
  readonly bars: ColumnsView
}

/**
 * One bot in the bar loop: its bars of each timeframe, its study, and one context that shows where they stand. The study hears every bar,
 * as a live bot's does while it is paused; decisions are asked for only while a runner is there, which is while the bot is ACTIVE.
 */
export class BotLine {
  readonly spec: BotSpec
  readonly context: StrategyContext
  readonly #instrumentId: InstrumentId
  readonly #study: Study<unknown>
  readonly #deciding: Frame
  readonly #others: readonly Frame[]
  readonly #beforeProposing: (intents: readonly Intent[]) => void
  #hearing: Hearing | null = null
  #position: StrategyPosition | null = null
  #nowMs = 0
  #isWarm = false

  /**
   * @param beforeProposing called before intents are handed on.
   * @throws {ConfigError} where the strategy wants bars that are shorter than the data's.
   */
  constructor(spec: BotSpec, base: BarColumns, beforeProposing: (intents: readonly Intent[]) => void) {
    this.spec = spec
    this.#beforeProposing = beforeProposing
    this.#instrumentId = mustExist(spec.instruments[0], `bot ${spec.botId} has no instrument`)
    const { strategy } = spec
    const frames = (Object.entries(strategy.warmUpBars) as [Timeframe, number][]).map(([timeframe, needed]) => ({
      timeframe,
      needed,
      bars: new ColumnsView(resampleColumns(base, requireReachable(spec, base.timeframe, timeframe))),
    }))
    this.#deciding = mustExist(
      frames.find((frame) => frame.timeframe === strategy.decidesOn),
      `strategy ${strategy.strategyId} needs no bars of ${strategy.decidesOn}, on which it decides`,
    )
    this.#others = frames.filter((frame) => frame !== this.#deciding)
    this.#study = strategy.study()
    this.context = this.#makeContext(Object.fromEntries(frames.map((frame) => [frame.timeframe, frame.bars.view])))
  }

  /** True once every timeframe holds what the strategy needs, as of the last decision that was asked for. */
  get isWarm(): boolean {
    return this.#isWarm
  }

  /** Timeframes of which fewer bars were heard than the strategy needs to decide. */
  get lacking(): readonly { readonly timeframe: Timeframe; readonly needed: number; readonly heard: number }[] {
    return [this.#deciding, ...this.#others]
      .filter(({ bars, needed }) => bars.end < needed)
      .map(({ timeframe, needed, bars }) => ({ timeframe, needed, heard: bars.end }))
  }

  /** Bars of the deciding timeframe heard so far. */
  get heard(): number {
    return this.#deciding.bars.end
  }

  /** Close time of the bar that was decided on last, UTC ms. */
  get nowMs(): number {
    return this.#nowMs
  }

  /**
   * Makes the bot's runner: it hears the loop from its start to its stop. Like a live one it decides at once on the last closed
   * bar, unless that led to an order before.
   */
  runner(deps: RunnerDeps): BotRunner {
    const hearing: Hearing = { deps, capabilities: Object.freeze({ shorts: deps.shorts }), cycle: null }
    return {
      start: () => {
        this.#hearing = hearing
        this.#position = null
        this.#decideOnLast(deps)
        if (this.spec.cycleMs !== null) this.#planCycle(hearing, this.spec.cycleMs)
      },
      stop: () => {
        deps.clock.clearTimeout(hearing.cycle)
        if (this.#hearing === hearing) this.#hearing = null
      },
    }
  }

  /** Something was booked: the position is to be read anew. */
  forgetPosition(): void {
    this.#position = null
  }

  /**
   * Takes the bars that have closed by `closeAtMs` and returns what the strategy wants; none while nobody asks or the warm-up lasts.
   * @throws whatever the strategy throws: the caller brings the company to this instant and calls `fail`.
   */
  hear(closeAtMs: number): readonly Intent[] {
    if (this.#others.length > 0) for (const { bars } of this.#others) advance(bars, closeAtMs)
    const { bars } = this.#deciding
    const { columns } = bars
    const from = bars.end
    while (bars.end < columns.count && (columns.closeAtMs[bars.end] as number) <= closeAtMs) this.#take(bars.end++)
    return bars.end === from || this.#hearing === null ? NONE : this.#decide()
  }

  #take(index: number): void {
    const { open, high, low, close, volume, closeAtMs } = this.#deciding.bars.columns
    this.#study.push(open[index] as number, high[index] as number, low[index] as number, close[index] as number, volume[index] as number)
    this.#nowMs = closeAtMs[index] as number
  }

  /** Hands intents to the desk, as long as the bot may propose. */
  propose(intents: readonly Intent[]): void {
    if (intents.length === 0) return
    this.#beforeProposing(intents)
    this.#hearing?.deps.onIntents(intents)
  }

  /** The strategy threw: that is the bot's failure, and it is not asked any more until it has a new runner. */
  fail(error: unknown): void {
    const deps = this.#hearing?.deps
    this.#hearing = null
    deps?.onCrash(messageOf(error))
  }

  #decideOnLast(deps: RunnerDeps): void {
    const { columns, end } = this.#deciding.bars
    if (end === 0) return
    const closeAtMs = at(columns.closeAtMs, end - 1)
    if (deps.hasActedOn(this.#instrumentId, closeAtMs)) return
    this.#nowMs = closeAtMs
    this.#decideNow()
  }

  /** Decides in the company's own time: at the bot's start, and on its cycle. */
  #decideNow(): void {
    let intents: readonly Intent[]
    try {
      intents = this.#decide()
    } catch (error) {
      return this.fail(error)
    }
    this.propose(intents)
  }

  #decide(): readonly Intent[] {
    if (this.#hearing === null || !(this.#isWarm || this.#warmsUp())) return NONE
    const intents = this.spec.strategy.decide(this.context)
    return intents.length === 0 ? intents : withRange(this.spec, this.#deciding.bars.view, this.#nowMs, intents)
  }

  /** Decides between bars too, on multiples of the cycle, as the live runner does. */
  #planCycle(hearing: Hearing, cycleMs: number): void {
    const { clock } = hearing.deps
    const nextMs = (Math.floor(clock.now() / cycleMs) + 1) * cycleMs
    hearing.cycle = clock.setTimeout(() => {
      if (this.#hearing !== hearing) return
      if (this.#deciding.bars.end > 0) {
        this.#nowMs = nextMs
        this.#decideNow()
      }
      this.#planCycle(hearing, cycleMs)
    }, nextMs - clock.now())
  }

  #warmsUp(): boolean {
    this.#isWarm = [this.#deciding, ...this.#others].every(({ bars, needed }) => bars.end >= needed)
    return this.#isWarm
  }

  #readPosition(): StrategyPosition {
    this.#position ??= Object.freeze(mustExist(this.#hearing, 'nobody asks').deps.positionOf(this.#instrumentId))
    return this.#position
  }

  /** One object for all decisions: it reads where the line stands when it is asked. */
  #makeContext(bars: Partial<Record<Timeframe, BarsView>>): StrategyContext {
    const { botId, strategy } = this.spec
    const nowMs = () => this.#nowMs
    const position = () => this.#readPosition()
    const hearing = () => mustExist(this.#hearing, 'nobody asks')
    return Object.freeze({
      botId,
      instrumentId: this.#instrumentId,
      timeframe: strategy.decidesOn,
      bars: Object.freeze(bars),
      readings: this.#study.readings,
      get nowMs() {
        return nowMs()
      },
      get position() {
        return position()
      },
      get openPositions() {
        return hearing().deps.openPositions()
      },
      get capabilities() {
        return hearing().capabilities
      },
    })
  }
}

function advance(bars: ColumnsView, closeAtMs: number): void {
  const { columns } = bars
  while (bars.end < columns.count && at(columns.closeAtMs, bars.end) <= closeAtMs) bars.end++
}

function requireReachable(spec: BotSpec, base: Timeframe, wanted: Timeframe): Timeframe {
  if (TIMEFRAME_MS[wanted] >= TIMEFRAME_MS[base]) return wanted
  const { strategyId } = spec.strategy
  throw new ConfigError(
    `strategy ${strategyId}: it wants bars of ${wanted}, the data has bars of ${base}; give it a longer timeframe among its parameters`,
    { strategyId, wanted, base },
  )
}
