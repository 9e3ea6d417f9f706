import { ZERO } from '#domain/decimal'
import { invariant, mustExist } from '#domain/errors'
import type { JsonObject } from '#domain/json'
import type { ClockPort } from '#ports/clock'
import type { HouseEngine } from '#sim/engine/house-types'
import { Changes, RowReader } from '#sim/engine/rows'
import type { RowChange } from '#sim/engine/types'
import { SeededRandom } from '#sim/random'
import { InstrumentAgents } from './agents'
import { type BarSource, RecordedBars, SeededBars } from './bars'
import { CandleBook } from './candles'
import { PAST_BARS } from './recording'
import type { Candle, IntervalMinutes, MarketInstrument, MarketOptions, MarketTicker, Recording, SimMarket } from './types'

const MINUTE_MS = 60_000
/** Market time between two agent steps when somebody watches in real time: four refreshes a second. */
export const LIVE_STEP_MS = 250
/** The same in virtual time, where four instruments must pass three days within a minute or two. */
export const VIRTUAL_STEP_MS = 1_000
/** The longest step that still lets a minute visit its open, extremes and close. */
const STEP_MS_MAX = 15_000
export const LIVE_TRADE_EVERY_MS = 1_500
export const VIRTUAL_TRADE_EVERY_MS = 5_000

interface Stall {
  readonly agents: InstrumentAgents
  readonly candles: CandleBook
  readonly source: BarSource
}

/** The market behind its interface: one timer that steps every instrument's agents in order, and the candles of what traded. */
class Market implements SimMarket {
  readonly part = 'market'
  readonly #engine: HouseEngine
  readonly #clock: ClockPort
  readonly #stepMs: number
  readonly #recording: Recording | null
  readonly #stalls = new Map<string, Stall>()
  readonly #changes = new Changes()
  #origin: number | null = null
  #isRunning = false
  #timer: unknown = null
  #steps = 0
  #endListener: () => void = () => {}
  #stepListener: () => void = () => {}
  #hasToldEnd = false

  constructor(options: MarketOptions) {
    const { engine, clock, universe, source, stepMs, tradeEveryMs } = options
    invariant(stepMs > 0 && stepMs <= STEP_MS_MAX && MINUTE_MS % stepMs === 0, `stepMs ${stepMs} must divide 60,000 and be at most 15,000`)
    invariant(tradeEveryMs >= stepMs, `tradeEveryMs ${tradeEveryMs} must not be below stepMs ${stepMs}`)
    this.#engine = engine
    this.#clock = clock
    this.#stepMs = stepMs
    this.#recording = source.kind === 'replay' ? source.recording : null
    const isPlayed = ({ instrument }: MarketInstrument): boolean => source.kind === 'seeded' || instrument.symbol === source.symbol
    for (const market of universe.instruments.filter(isPlayed)) this.#openStall(market, options)
    engine.onPrint((print) => this.#stalls.get(print.symbol)?.candles.add(print))
  }

  get endsAtMs(): number | null {
    const recording = this.#recording
    if (recording === null) return null
    if (this.#origin === null) return recording.endsAtMs
    const [stall] = this.#stalls.values()
    const left = recording.barCount - PAST_BARS - (stall?.source.position.minutes ?? 0)
    return ((stall?.agents.minute ?? 0) + 1 + left) * MINUTE_MS
  }

  get steps(): number {
    return this.#steps
  }

  onEnd(listener: () => void): void {
    this.#endListener = listener
  }

  onStep(listener: () => void): void {
    this.#stepListener = listener
  }

  start(): void {
    if (this.#isRunning) return
    this.#isRunning = true
    const nowMs = this.#clock.now()
    const isNew = this.#origin === null
    const origin = this.#origin ?? Math.floor(nowMs / MINUTE_MS)
    this.#origin = origin
    for (const { agents, candles } of this.#stalls.values()) {
      if (isNew) {
        candles.begin(origin)
        agents.begin(nowMs)
      } else agents.resume()
    }
    this.#step()
  }

  stop(): void {
    this.#isRunning = false
    if (this.#timer !== null) this.#clock.clearTimeout(this.#timer)
    this.#timer = null
  }

  candles(symbol: string, interval: IntervalMinutes, sinceMs: number | null, limit: number): readonly Candle[] {
    return this.#stall(symbol).candles.candles(interval, sinceMs, limit, this.#clock.now())
  }

  runningCandle(symbol: string, interval: IntervalMinutes): Candle {
    return this.#stall(symbol).candles.running(interval, this.#clock.now())
  }

  ticker(symbol: string): MarketTicker {
    const print = this.#engine.prints(symbol, null, 1)[0]
    const { today, day24h } = this.#stall(symbol).candles.days(this.#clock.now())
    return { symbol, last: this.#engine.lastPrice(symbol), lastQuantity: print?.quantity ?? ZERO, today, day24h }
  }

  reprice(symbol: string, change: () => void): void {
    const { agents } = this.#stall(symbol)
    this.#engine.batch(() => {
      agents.withdraw()
      change()
      agents.regrid()
      agents.step(this.#clock.now())
    })
    this.#changes.put('agents', symbol, 0, () => agents.row())
  }

  shift(symbol: string, factor: number): void {
    invariant(factor > 0 && Number.isFinite(factor), `a price of ${symbol} cannot be multiplied by ${factor}`)
    const { agents } = this.#stall(symbol)
    this.reprice(symbol, () => agents.shift(factor))
  }

  drain(): readonly RowChange[] {
    return this.#changes.drain()
  }

  rows(): readonly RowChange[] {
    const rows: RowChange[] = [{ bucket: 'state', key: 'all', ordinal: 0, value: this.#row() }]
    for (const { agents, candles } of this.#stalls.values()) {
      rows.push({ bucket: 'agents', key: agents.symbol, ordinal: 0, value: agents.row() }, ...candles.rows())
    }
    return rows
  }

  load(rows: readonly RowChange[]): void {
    this.#changes.track()
    for (const row of rows) {
      if (row.value === null) continue
      const reader = new RowReader(row.value, `market/${row.bucket}/${row.key}`)
      if (row.bucket === 'state') this.#load(reader)
    }
    for (const { candles } of this.#stalls.values()) candles.clear()
    for (const row of [...rows].sort((a, b) => a.ordinal - b.ordinal)) {
      if (row.value === null || row.bucket === 'state') continue
      const reader = new RowReader(row.value, `market/${row.bucket}/${row.key}`)
      const { agents, candles } = this.#stall(reader.text('symbol'))
      if (row.bucket === 'agents') agents.load(reader)
      else candles.load(reader)
    }
  }

  #load(reader: RowReader): void {
    this.#origin = reader.numberOrNull('origin')
    this.#steps = reader.number('steps')
    this.#hasToldEnd = reader.flag('hasToldEnd')
    for (const { candles } of this.#stalls.values()) candles.begin(this.#origin ?? 0)
  }

  #row(): JsonObject {
    return { origin: this.#origin, steps: this.#steps, hasToldEnd: this.#hasToldEnd }
  }

  #openStall(market: MarketInstrument, options: MarketOptions): void {
    const { symbol } = market.instrument
    const random = new SeededRandom(`${options.seed}/market/${symbol}`)
    const { source, tradeEveryMs, stepMs } = options
    const bars = source.kind === 'seeded' ? new SeededBars(market, random) : new RecordedBars(market, source.recording, random)
    this.#stalls.set(symbol, {
      source: bars,
      agents: new InstrumentAgents(market, options.engine.house(symbol), bars, random, { stepMs, tradeEveryMs }),
      candles: new CandleBook(market.instrument, bars, Math.max(4, Math.round(MINUTE_MS / tradeEveryMs)), this.#changes),
    })
  }

  #stall(symbol: string): Stall {
    return mustExist(this.#stalls.get(symbol), `the market has no instrument ${symbol}`)
  }

  #step(): void {
    const nowMs = this.#clock.now()
    this.#steps++
    this.#engine.batch(() => {
      for (const { agents } of this.#stalls.values()) agents.step(nowMs)
    })
    this.#changes.put('state', 'all', 0, () => this.#row())
    for (const { agents } of this.#stalls.values()) this.#changes.put('agents', agents.symbol, 0, () => agents.row())
    const delayMs = (Math.floor(nowMs / this.#stepMs) + 1) * this.#stepMs - nowMs
    if (this.#isRunning) this.#timer = this.#clock.setTimeout(() => this.#step(), delayMs)
    this.#tellEnd()
    this.#stepListener()
  }

  #tellEnd(): void {
    if (this.#hasToldEnd || ![...this.#stalls.values()].some(({ agents }) => agents.hasEnded)) return
    this.#hasToldEnd = true
    this.#endListener()
  }
}

/** Opens a market over an engine that has the same instruments. Nothing is quoted until `start`. */
export function createMarket(options: MarketOptions): SimMarket {
  return new Market(options)
}
