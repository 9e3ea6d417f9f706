import { exactUnits } from '#sim/engine/scaled'
import type { RandomState, SeededRandom } from '#sim/random'
import { PAST_BARS } from './recording'
import type { MarketInstrument, Recording } from './types'

/** One minute of a price path. Prices in whole price units on the tick grid, volume in lots (a whole double). */
export interface MinuteBar {
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly volume: number
}

/** Minutes of an instrument one after another, from the start minute on, and its past. */
export interface BarSource {
  /** Returns the next minute, or null when a recording has ended. */
  next(): MinuteBar | null
  /** Returns the minute `back` minutes before the start (1 is the last one), or null beyond the past. */
  past(back: number): MinuteBar | null
  /** Minutes of the past. */
  readonly pastCount: number
  /** Position to be stored, and set again after a restart. */
  position: SourcePosition
  /** Multiplies every price to come, as news does in a moment. */
  shift(factor: number): void
}

export interface SourcePosition {
  readonly minutes: number
  readonly random: RandomState
  /** Price by the start price; for a recording what it was multiplied by. */
  readonly level: number
  readonly drift: number
  readonly regimeLeft: number
}

/** The lowest that a path falls to, by its start price. */
const LEVEL_MIN = 0.01
const PAST_MINUTES = 30 * 1_440
/** Mean reversion to the start price: half of a distance is gone after about two days. */
const PULL = 1 / 4_000
/** A jump every 8 hours on average. */
const JUMP_CHANCE = 1 / 480

/**
 * A multiplicative random walk with regimes: a drift that holds for 3 to 11 minutes and mostly turns round, noise, rare jumps.
 * Only the four operations are used, so that a seed gives the same path on every machine.
 */
class Walk {
  readonly random: SeededRandom
  readonly #sigma: number
  level = 1
  drift = 0
  regimeLeft = 0

  constructor(random: SeededRandom, volatilityBps: number) {
    this.random = random
    this.#sigma = volatilityBps / 10_000
  }

  /** Moves one minute on and returns how far the extremes lie beyond open and close. */
  step(): { readonly above: number; readonly below: number; readonly activity: number } {
    const { random } = this
    const sigma = this.#sigma
    if (this.regimeLeft <= 0) {
      this.regimeLeft = 3 + random.integer(9)
      const strength = sigma * (0.3 + 0.6 * random.next())
      const turns = random.next() < 0.75
      const isUp = this.drift === 0 ? random.next() < 0.5 : turns !== this.drift > 0
      this.drift = isUp ? strength : -strength
    }
    this.regimeLeft--
    const jump = random.next() < JUMP_CHANCE ? random.normal() * sigma * 10 : 0
    const change = this.drift + random.normal() * sigma * 0.75 + jump - (this.level - 1) * PULL
    this.level = Math.max(LEVEL_MIN, this.level * (1 + change))
    const above = Math.abs(random.normal()) * sigma * 0.35
    const below = Math.abs(random.normal()) * sigma * 0.35
    const draw = random.next()
    const activity = (0.3 + 1.5 * draw * draw) * (0.7 + (0.4 * Math.abs(change)) / sigma)
    return { above, below, activity }
  }
}

/** The grid of an instrument as the path needs it. */
interface PathGrid {
  readonly tick: number
  readonly lot: number
  readonly startUnits: number
  readonly lotsPerMinute: number
}

function gridOf(market: MarketInstrument): PathGrid {
  const { instrument } = market
  return {
    tick: Number(exactUnits(instrument.tickSize, instrument.priceScale)),
    lot: 10 ** instrument.quantityScale,
    startUnits: Number(exactUnits(market.startPrice, instrument.priceScale)),
    lotsPerMinute: (market.volumePerMinute / Number(market.startPrice)) * 10 ** instrument.quantityScale,
  }
}

const onTick = (units: number, tick: number): number => Math.max(tick, Math.round(units / tick) * tick)

/** Minutes of a seeded path. The past is a second walk, from the start price backwards, made only as far as somebody asks. */
export class SeededBars implements BarSource {
  readonly pastCount = PAST_MINUTES
  readonly #grid: PathGrid
  readonly #walk: Walk
  readonly #pastWalk: Walk
  readonly #past: MinuteBar[] = []
  #minutes = 0
  #lastClose: number

  constructor(market: MarketInstrument, random: SeededRandom) {
    this.#grid = gridOf(market)
    this.#walk = new Walk(random.split('path'), market.volatilityBps)
    this.#pastWalk = new Walk(random.split('past'), market.volatilityBps)
    this.#lastClose = onTick(this.#grid.startUnits, this.#grid.tick)
  }

  next(): MinuteBar {
    const open = this.#lastClose
    const { above, below, activity } = this.#walk.step()
    const close = onTick(this.#grid.startUnits * this.#walk.level, this.#grid.tick)
    this.#minutes++
    this.#lastClose = close
    return this.#bar(open, close, above, below, activity)
  }

  past(back: number): MinuteBar | null {
    if (back > PAST_MINUTES) return null
    while (this.#past.length < back) {
      const close = this.#past[this.#past.length - 1]?.open ?? onTick(this.#grid.startUnits, this.#grid.tick)
      const { above, below, activity } = this.#pastWalk.step()
      const open = onTick(this.#grid.startUnits * this.#pastWalk.level, this.#grid.tick)
      this.#past.push(this.#bar(open, close, above, below, activity))
    }
    return this.#past[back - 1] ?? null
  }

  get position(): SourcePosition {
    const { level, drift, regimeLeft } = this.#walk
    return { minutes: this.#minutes, random: this.#walk.random.state, level, drift, regimeLeft }
  }

  set position(position: SourcePosition) {
    this.#minutes = position.minutes
    this.#walk.random.state = position.random
    this.#walk.level = position.level
    this.#walk.drift = position.drift
    this.#walk.regimeLeft = position.regimeLeft
    this.#lastClose = onTick(this.#grid.startUnits * position.level, this.#grid.tick)
  }

  shift(factor: number): void {
    this.#walk.level = Math.max(LEVEL_MIN, this.#walk.level * factor)
    this.#lastClose = onTick(this.#grid.startUnits * this.#walk.level, this.#grid.tick)
  }

  #bar(open: number, close: number, above: number, below: number, activity: number): MinuteBar {
    const { tick, lotsPerMinute } = this.#grid
    return {
      open,
      high: Math.max(open, close, onTick(Math.max(open, close) * (1 + above), tick)),
      low: Math.min(open, close, onTick(Math.min(open, close) * (1 - below), tick)),
      close,
      volume: Math.max(1, Math.round(lotsPerMinute * activity)),
    }
  }
}

/** Minutes of a recording: the first day is the past, the rest is played. Prices are brought to the tick grid, half up. */
export class RecordedBars implements BarSource {
  readonly pastCount = PAST_BARS
  readonly #recording: Recording
  readonly #tick: number
  readonly #unit: number
  readonly #lot: number
  readonly #idle: RandomState
  #minutes = 0
  #factor = 1

  constructor(market: MarketInstrument, recording: Recording, random: SeededRandom) {
    const { tick, lot } = gridOf(market)
    this.#recording = recording
    this.#tick = tick
    this.#lot = lot
    this.#unit = 10 ** market.instrument.priceScale
    this.#idle = random.split('path').state
  }

  next(): MinuteBar | null {
    const bar = this.#at(PAST_BARS + this.#minutes, this.#factor)
    if (bar !== null) this.#minutes++
    return bar
  }

  past(back: number): MinuteBar | null {
    return this.#at(PAST_BARS - back, 1)
  }

  get position(): SourcePosition {
    return { minutes: this.#minutes, random: this.#idle, level: this.#factor, drift: 0, regimeLeft: 0 }
  }

  set position(position: SourcePosition) {
    this.#minutes = position.minutes
    this.#factor = position.level
  }

  shift(factor: number): void {
    this.#factor *= factor
  }

  #at(index: number, factor: number): MinuteBar | null {
    const { open, high, low, close, volume, barCount } = this.#recording
    if (index < 0 || index >= barCount) return null
    const units = (column: Float64Array): number => onTick((column[index] as number) * factor * this.#unit, this.#tick)
    return {
      open: units(open),
      high: units(high),
      low: units(low),
      close: units(close),
      volume: Math.round((volume[index] as number) * this.#lot),
    }
  }
}
