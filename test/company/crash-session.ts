import { drainMicrotasks } from 'bun:jsc'
import { add, type Decimal, decimal, divide, isLess, isZero, multiply, roundToStep, subtract, ZERO } from '#domain/decimal'
import { mustExist } from '#domain/errors'
import { type InstrumentId, instrumentId } from '#domain/ids'
import type { Intent } from '#domain/intent'
import type { JournalEntry } from '#ports/journal'
import { krakenUniverse } from '#sim/market/universe'
import { SeededRandom } from '#sim/random'
import type { EngineFill } from '#sim/engine/types'
import { intentBase } from '#strategies/decision'
import type { StrategyContext } from '#strategies/types'
import { copyOfBars, ForkDisk, ForkMarks, ForkSnapshots, ForkStore } from './fork'
import { type BotConfig, quietBot, World } from './world'

/** How far apart the steps of the script are, market ms. */
const STEP_MS = 2_000
/** What the company gets to come up before the first step. */
const BOOT_MS = 1_500
/** How long a chapter lasts: over the minute after which finished orders leave the tracker. */
const CHAPTER_MS = 63_000

interface Line {
  readonly bot: string
  readonly instrumentId: InstrumentId
  /** Base; targets are multiples of it. */
  readonly unit: Decimal
}

const LINES: readonly Line[] = [
  { bot: 'one', instrumentId: instrumentId('BTC-USD@kraken'), unit: decimal('0.004') },
  { bot: 'two', instrumentId: instrumentId('ETH-USD@kraken'), unit: decimal('0.09') },
  { bot: 'three', instrumentId: instrumentId('SOL-USD@kraken'), unit: decimal('1.7') },
]

/** What a line is to come to at a step: at the market, or by an order that rests so many basis points away from it. */
interface Wanted {
  readonly units: number
  readonly awayBps: number | null
}

/** One life of the session: the company starts, follows its script and stops in order. */
export interface Chapter {
  readonly startMs: number
  readonly firstStepMs: number
  readonly endMs: number
  readonly steps: readonly (readonly Wanted[])[]
}

/** What one symbol's fills left so far. */
interface Held {
  readonly quantity: Decimal
  readonly cost: Decimal
}

/** Everything that lies between two chapters: venue, disk and memory of the company. */
export interface Station {
  readonly atMs: number
  readonly length: number
  readonly rows: ReturnType<ForkStore['rows']>
  readonly marks: ReadonlyMap<string, string>
  readonly snapshots: ForkSnapshots
  readonly bars: World['bars']
  readonly fills: number
  readonly held: Readonly<Record<string, Held>>
}

/** A session that was recorded without a crash. */
export interface Session {
  readonly entries: readonly JournalEntry[]
  readonly chapters: readonly Chapter[]
  /** Before each chapter, and after the last. */
  readonly stations: readonly Station[]
}

/** A world at a station, with the company down. */
export class SessionWorld extends World {
  readonly forkDisk: ForkDisk
  readonly forkStore: ForkStore
  readonly forkMarks: ForkMarks
  readonly forkSnapshots: ForkSnapshots
  readonly station: Station
  /** While true the script is silent: books and venue can be compared in peace. */
  isHeld = false
  /** How far the script reaches. */
  chapters: readonly Chapter[]

  constructor(station: Station, entries: readonly JournalEntry[], chapters: readonly Chapter[], keeps: boolean) {
    const store = new ForkStore(station.rows, keeps)
    super({
      seed: 'pain-03',
      startMs: station.atMs,
      bots: LINES.map(botOf),
      store,
      // Every trade of this script loses its fee: no breaker may end it.
      config: (config) => ({
        ...config,
        breakers: { ...config.breakers, consecutiveLosses: 1_000_000 },
        desk: { ...config.desk, retireAfterMs: 1_000 },
      }),
      emulator: { stepMs: 15_000, tradeEveryMs: 15_000, universe: quietUniverse(), printsMax: 50, closedOrdersMax: 300 },
    })
    this.station = station
    this.forkStore = store
    this.disk = this.forkDisk = new ForkDisk(entries.slice(0, station.length))
    this.marks = this.forkMarks = new ForkMarks(station.marks)
    this.snapshots = this.forkSnapshots = station.snapshots.copy()
    this.bars = copyOfBars(station.bars, instruments)
    this.chapters = chapters
    for (const line of LINES) this.scripts.set(line.bot, (context) => this.#decide(line, context))
  }

  /** Lives one chapter to its orderly end; returns early when a crash ends it. */
  live(chapter: Chapter): void {
    if (this.clock.timeLineMs < chapter.startMs) this.clock.runUntil(chapter.startMs)
    this.start()
    this.stepUntil(chapter.endMs)
    this.stopInOrder()
  }

  stopInOrder(): void {
    if (!this.isAlive) return
    let isOver = false
    void this.runtime.done.then(() => {
      isOver = true
    })
    this.runtime.stop('the chapter ends')
    const limitMs = this.clock.timeLineMs + 60_000
    while (this.isAlive && !isOver && this.clock.timeLineMs < limitMs) this.#tick(limitMs)
    if (this.isAlive && !isOver) throw new Error(`the company does not stop\n${this.describe()}`)
    this.stepUntil(Math.ceil(this.clock.timeLineMs / 1_000) * 1_000) // what it wrote last is on the disk then
  }

  /** Runs to an instant of the time line, or to a crash. */
  stepUntil(endMs: number): void {
    drainMicrotasks()
    while (this.isAlive && this.clock.timeLineMs < endMs && this.#tick(endMs));
    if (this.isAlive) this.clock.runUntil(endMs)
  }

  #tick(limitMs: number): boolean {
    const hasMore = this.clock.step(limitMs)
    drainMicrotasks()
    return hasMore
  }

  #decide(line: Line, context: StrategyContext): readonly Intent[] {
    const wanted = this.isHeld ? null : wantedAt(this.chapters, LINES.indexOf(line), context.nowMs)
    if (wanted === null) return []
    const { market } = this.company
    const mid = market.mid(line.instrumentId)
    if (mid === null) return []
    const { tickSize } = market.instrument(line.instrumentId)
    const away = wanted.awayBps
    // What rests would cover a target at the market: it is taken back first, by asking for the position as it is.
    const isInTheWay = away === null && [...this.company.orders.liveOf(context.botId, line.instrumentId)].length > 0
    const target = isInTheWay ? context.position.netQuantity : multiply(line.unit, decimal(wanted.units))
    const bps = 10_000 + (isLess(target, context.position.netQuantity) ? 1 : -1) * (away ?? 0)
    const price = away === null ? null : roundToStep(divide(multiply(mid, decimal(bps)), decimal(10_000)), tickSize, 'down')
    return [
      {
        ...intentBase(context),
        strategyId: mustExist(this.company.botOf(line.bot), 'no bot').spec.strategy.strategyId,
        kind: isZero(target) ? 'exit' : 'enter',
        target: isZero(target) ? { kind: 'flat' } : { kind: 'quantity', quantity: target },
        stopPrice: null,
        takeProfitPrice: null,
        conviction: 1,
        routing: price === null ? null : { kind: 'limit', limitPrice: price, postOnly: true },
        metadata: {},
      },
    ]
  }
}

const instruments = LINES.map((line) => line.instrumentId)

function botOf(line: Line): BotConfig {
  const plain = quietBot(line.bot, line.instrumentId)
  const parameters = { ...plain.parameters, timeframes: ['5m'] } // short bars: the venue's past is made anew for each run
  return { ...plain, parameters, cycleMs: STEP_MS, routing: { ...plain.routing, style: 'limit', slippageBpsMax: 50 } }
}

/** The sandbox's instruments, nearly without movement. */
function quietUniverse() {
  const universe = krakenUniverse()
  return { ...universe, instruments: universe.instruments.map((entry) => ({ ...entry, volatilityBps: 0.2 })) }
}

/** What the script wants of a line at an instant: nothing before its first step, and the last step's wish from then on. */
function wantedAt(chapters: readonly Chapter[], line: number, nowMs: number): Wanted | null {
  const chapter = chapters.findLast(({ firstStepMs }) => firstStepMs <= nowMs)
  if (chapter === undefined) return null
  const step = Math.min(Math.floor((nowMs - chapter.firstStepMs) / STEP_MS), chapter.steps.length - 1)
  return chapter.steps[step]?.[line] ?? null
}

/** A chapter's script, seeded: entries, additions, resting orders that are moved, reductions and exits, and at its end a target at the market. */
function chapterAt(startMs: number, number: number): Chapter {
  const random = new SeededRandom(`pain-03/script/${number}`)
  const steps: Wanted[][] = []
  for (let step = 0; step < 9; step++) {
    steps.push(
      LINES.map((_, line) => {
        const before = steps.at(-1)?.[line]
        // A resting order is moved once, and then mostly left behind by a target at the market.
        if (before?.awayBps != null && random.integer(2) === 0) return { units: before.units, awayBps: before.awayBps - 15 }
        const units = random.integer(4)
        return { units, awayBps: step < 8 && units > 0 && random.integer(3) === 0 ? 60 + random.integer(20) : null }
      }),
    )
  }
  const last = LINES.map((): Wanted => ({ units: random.integer(4), awayBps: null }))
  steps.push(last, last, last)
  const firstStepMs = Math.ceil((startMs + BOOT_MS) / STEP_MS) * STEP_MS
  return { startMs, firstStepMs, endMs: startMs + CHAPTER_MS, steps }
}

/** Records a session of at least so many entries. */
export function recordSession(entriesMin: number, startMs: number): Session {
  const chapters: Chapter[] = []
  const bars = new World({ seed: 'pain-03' })
  const stations: Station[] = [
    { atMs: startMs, length: 0, rows: new Map(), marks: new Map(), snapshots: new ForkSnapshots(), bars: bars.bars, fills: 0, held: {} },
  ]
  bars.close()
  let entries: readonly JournalEntry[] = []
  while (entries.length < entriesMin) {
    const station = mustExist(stations.at(-1), 'no station')
    chapters.push(chapterAt(station.atMs, chapters.length))
    const world = new SessionWorld(station, entries, chapters, true)
    world.live(mustExist(chapters.at(-1), 'no chapter'))
    entries = world.disk.entries()
    stations.push(stationOf(world))
  }
  return { entries, chapters, stations }
}

function stationOf(world: SessionWorld): Station {
  const { fills } = world.account()
  const held = heldAfter(world.station, fills)
  const atMs = world.clock.timeLineMs
  world.close()
  const { forkDisk, forkStore, forkMarks, forkSnapshots, bars } = world
  return {
    atMs,
    length: forkDisk.headSeq,
    rows: forkStore.rows(),
    marks: new Map(forkMarks.values),
    snapshots: forkSnapshots.copy(),
    bars: copyOfBars(bars, instruments),
    fills: fills.length,
    held,
  }
}

/** The books give away the cost of a part that is sold to so many digits. */
const COST_DIGITS = 24

/** Position and cost by symbol: the station's, and what the venue's own fills made of them since, by weighted average. */
export function heldAfter(station: Station, fills: readonly EngineFill[]): Readonly<Record<string, Held>> {
  const held: Record<string, Held> = { ...station.held }
  const since = fills.toSorted((a, b) => a.ordinal - b.ordinal).slice(station.fills)
  for (const fill of since) {
    const at = held[fill.symbol] ?? { quantity: ZERO, cost: ZERO }
    if (fill.side === 'buy') held[fill.symbol] = { quantity: add(at.quantity, fill.quantity), cost: add(at.cost, fill.cost) }
    else {
      const released = fill.quantity === at.quantity ? at.cost : divide(multiply(at.cost, fill.quantity), at.quantity, COST_DIGITS)
      held[fill.symbol] = { quantity: subtract(at.quantity, fill.quantity), cost: subtract(at.cost, released) }
    }
  }
  return Object.fromEntries(Object.entries(held).filter(([, { quantity }]) => !isZero(quantity)))
}

/** The session's final targets in base, by instrument, those that are flat left out. */
export function targetsOf(chapter: Chapter): Readonly<Record<string, string>> {
  const last = mustExist(chapter.steps.at(-1), 'no step')
  const rows = LINES.map((line, index) => [line.instrumentId as string, multiply(line.unit, decimal(last[index]?.units ?? 0)) as string])
  return Object.fromEntries(rows.filter(([, quantity]) => quantity !== '0'))
}
