import type { JsonObject } from '#domain/json'
import type { Side } from '#domain/order'
import type { HouseDesk } from '#sim/engine/house-types'
import type { RowReader } from '#sim/engine/rows'
import { exactUnits } from '#sim/engine/scaled'
import { randomState, type SeededRandom } from '#sim/random'
import type { BarSource, MinuteBar, SourcePosition } from './bars'
import { Quoter } from './quoter'
import type { MarketInstrument } from './types'

const MINUTE_MS = 60_000
/** A trade never takes more than this share of the touch, so that it prints at one price. */
const TOUCH_FACTOR = 2

export interface AgentSettings {
  readonly stepMs: number
  readonly tradeEveryMs: number
}

/** A price of the minute that must trade at its time: open, the two extremes, close. */
interface Waypoint {
  readonly offsetMs: number
  readonly units: number
}

/**
 * All agents of one instrument. Market makers quote around the path inside the present minute, noise traders take; at the minute's
 * open, extremes and close a taker trades at exactly that price, and no agent trades outside high and low, so that the candle of
 * what traded is the minute of the path (or the recording) unless an account's own orders added to it.
 */
export class InstrumentAgents {
  readonly symbol: string
  readonly #desk: HouseDesk
  readonly #source: BarSource
  readonly #settings: AgentSettings
  readonly #quoterRandom: SeededRandom
  readonly #noise: SeededRandom
  readonly #market: MarketInstrument
  #half: number
  readonly #lotsPerMinute: number
  #quoter: Quoter
  #bar: MinuteBar | null = null
  #minute = 0
  #waypoints: readonly Waypoint[] = []
  #done = 0
  /** Lots that the agents have traded in this minute. */
  #printed = 0
  #hasEnded = false

  constructor(market: MarketInstrument, desk: HouseDesk, source: BarSource, random: SeededRandom, settings: AgentSettings) {
    this.symbol = market.instrument.symbol
    this.#market = market
    this.#desk = desk
    this.#source = source
    this.#settings = settings
    this.#quoterRandom = random.split('quoter')
    this.#noise = random.split('noise')
    this.#half = this.#halfSpread()
    this.#lotsPerMinute = (market.volumePerMinute / Number(market.startPrice)) * 10 ** market.instrument.quantityScale
    this.#quoter = this.#newQuoter()
  }

  get hasEnded(): boolean {
    return this.#hasEnded
  }

  get minute(): number {
    return this.#minute
  }

  /** Begins at an instant: the first minute is the one that contains it, and what of it has gone by does not trade. */
  begin(nowMs: number): void {
    this.#open(Math.floor(nowMs / MINUTE_MS))
    const offsetMs = nowMs - this.#minute * MINUTE_MS
    this.#done = this.#waypoints.filter((point) => point.offsetMs < offsetMs).length
    this.#desk.setReference(this.#bar?.open ?? this.#startUnits)
  }

  /** Quotes anew after a restart: the old quotes were not kept. */
  resume(): void {
    this.#desk.clear()
    this.#quoter = this.#newQuoter()
  }

  /** Takes every quote away: the price step is about to change. */
  withdraw(): void {
    this.#desk.clear()
  }

  /** Goes on with the price step as it is now: the rest of the minute is brought onto the new grid. */
  regrid(): void {
    this.#half = this.#halfSpread()
    this.#quoter = this.#newQuoter()
    if (this.#bar !== null) this.#bar = onGrid(this.#bar, this.#desk.tick)
    this.#waypoints = this.#waypoints.map((point) => ({ ...point, units: nearest(point.units, this.#desk.tick) }))
  }

  /** Multiplies the rest of the minute and every price to come; `withdraw` before it, `regrid` after it. */
  shift(factor: number): void {
    this.#source.shift(factor)
    const { tick } = this.#desk
    if (this.#bar !== null) this.#bar = scaled(this.#bar, factor, tick)
    this.#waypoints = this.#waypoints.map((point) => ({ ...point, units: nearest(point.units * factor, tick) }))
  }

  /** One step of all agents at `nowMs`. A minute that was missed (the process slept) is not made up for: the next bar follows. */
  step(nowMs: number): void {
    const minute = Math.floor(nowMs / MINUTE_MS)
    if (minute > this.#minute && !this.#hasEnded) this.#open(minute)
    const bar = this.#bar
    if (bar === null || this.#hasEnded) return
    const offsetMs = Math.max(0, nowMs - this.#minute * MINUTE_MS)
    let touched = false
    for (let point = this.#waypoints[this.#done]; point !== undefined && point.offsetMs <= offsetMs; point = this.#waypoints[this.#done]) {
      this.#done++
      this.#touch(bar, point, this.#done === this.#waypoints.length)
      touched = true
    }
    if (!touched) this.#wander(bar, offsetMs)
  }

  /** State that brings the agents back: path position, present minute, random states. */
  row(): JsonObject {
    return {
      symbol: this.symbol,
      minute: this.#minute,
      bar: this.#bar === null ? null : { ...this.#bar },
      waypoints: this.#waypoints.map((point) => ({ ...point })),
      done: this.#done,
      printed: this.#printed,
      hasEnded: this.#hasEnded,
      position: { ...this.#source.position },
      quoter: this.#quoterRandom.state,
      noise: this.#noise.state,
    }
  }

  load(row: RowReader): void {
    this.#minute = row.number('minute')
    this.#bar = row.isNull('bar') ? null : readBar(row.reader('bar'))
    this.#waypoints = row.readers('waypoints').map((point) => ({ offsetMs: point.number('offsetMs'), units: point.number('units') }))
    this.#done = row.number('done')
    this.#printed = row.number('printed')
    this.#hasEnded = row.flag('hasEnded')
    this.#source.position = readPosition(row.reader('position'))
    this.#quoterRandom.state = randomState(row.json('quoter'))
    this.#noise.state = randomState(row.json('noise'))
    this.#half = this.#halfSpread()
  }

  get #startUnits(): number {
    const { instrument, startPrice } = this.#market
    return Number(exactUnits(startPrice, instrument.priceScale))
  }

  #halfSpread(): number {
    const { tick } = this.#desk
    return Math.max(1, Math.round((this.#startUnits * this.#market.spreadBps) / 20_000 / tick)) * tick
  }

  #newQuoter(): Quoter {
    return new Quoter(this.#desk, this.#quoterRandom, this.#startUnits, this.#lotsPerMinute * 0.06)
  }

  #open(minute: number): void {
    const next = this.#source.next()
    this.#minute = minute
    if (next === null) {
      this.#hasEnded = true
      return
    }
    const bar = onGrid(next, this.#desk.tick)
    this.#bar = bar
    this.#done = 0
    this.#printed = 0
    const lastMs = MINUTE_MS - this.#settings.stepMs
    const first = (0.1 + 0.35 * this.#noise.next()) * lastMs
    const second = (0.55 + 0.35 * this.#noise.next()) * lastMs
    // A rising minute usually falls first: low before high; a falling one the other way round.
    const lowFirst = bar.close >= bar.open
    this.#waypoints = [
      { offsetMs: 0, units: bar.open },
      { offsetMs: Math.round(first), units: lowFirst ? bar.low : bar.high },
      { offsetMs: Math.round(second), units: lowFirst ? bar.high : bar.low },
      { offsetMs: lastMs, units: bar.close },
    ]
  }

  /** Trades at exactly a waypoint's price. The last one of a minute brings its volume to what the path says. */
  #touch(bar: MinuteBar, point: Waypoint, isLast: boolean): void {
    if (!this.#desk.isOpen()) return
    const left = Math.max(0, bar.volume - this.#printed)
    // Never all that is left before the last one: the close must trade too.
    const lots = isLast ? left : Math.min(Math.floor(left / 2), this.#tradeLots(bar))
    const side = this.#sideOf(bar, point.units)
    const bid = side === 'sell' ? point.units : point.units - 2 * this.#half
    const ask = side === 'sell' ? point.units + 2 * this.#half : point.units
    this.#quote(bid, ask, lots)
    this.#trade(side, lots, point.units)
  }

  /** The taker's side at a waypoint: sellers make the low, buyers the high. */
  #sideOf(bar: MinuteBar, units: number): Side {
    const draw = this.#noise.next() < 0.5 ? 'buy' : 'sell'
    if (units === bar.low) return units === bar.high ? draw : 'sell'
    return units === bar.high ? 'buy' : draw
  }

  /** Between waypoints: quotes around the path, and now and then a noise trader. */
  #wander(bar: MinuteBar, offsetMs: number): void {
    const { tick } = this.#desk
    const { stepMs, tradeEveryMs } = this.#settings
    const jitter = (this.#noise.next() - 0.5) * this.#half
    const middle = Math.min(bar.high, Math.max(bar.low, this.#pathAt(offsetMs) + jitter))
    const trades = this.#noise.next() < stepMs / tradeEveryMs
    const wished: Side = this.#noise.next() < 0.5 ? 'buy' : 'sell'
    const size = this.#tradeLots(bar)
    if (!this.#desk.isOpen()) return
    const bid = Math.max(tick, Math.floor((middle - this.#half) / tick) * tick)
    const ask = bid + 2 * this.#half
    const lots = trades ? Math.min(size, Math.max(0, bar.volume - this.#printed) / 2) : 0
    this.#quote(bid, ask, Math.round(lots))
    if (!trades) return
    const isInside = (side: Side): boolean => (side === 'buy' ? ask <= bar.high : bid >= bar.low)
    const side: Side = isInside(wished) ? wished : wished === 'buy' ? 'sell' : 'buy'
    if (isInside(side)) this.#trade(side, Math.round(lots), side === 'buy' ? ask : bid)
  }

  #quote(bid: number, ask: number, lots: number): void {
    const typical = this.#lotsPerMinute * 0.05
    const size = (): bigint =>
      BigInt(Math.max(1, Math.round(Math.max(lots * TOUCH_FACTOR, typical * (0.4 + 1.2 * this.#quoterRandom.next())))))
    const floor = Math.max(this.#desk.tick, bid)
    this.#quoter.quote(floor, size(), Math.max(floor + this.#desk.tick, ask), size())
  }

  #trade(side: Side, lots: number, units: number): void {
    if (lots < 1) return
    this.#printed += Number(this.#desk.take(side, BigInt(lots), units))
  }

  #tradeLots(bar: MinuteBar): number {
    const count = Math.max(4, MINUTE_MS / this.#settings.tradeEveryMs)
    return Math.max(1, Math.round((bar.volume / count) * (0.4 + 1.2 * this.#noise.next())))
  }

  /** The path's price between two waypoints: the straight line. */
  #pathAt(offsetMs: number): number {
    const to = this.#waypoints[this.#done]
    const from = this.#waypoints[this.#done - 1]
    if (to === undefined || from === undefined) return (to ?? from)?.units ?? this.#startUnits
    const span = Math.max(1, to.offsetMs - from.offsetMs)
    return from.units + ((to.units - from.units) * Math.min(span, offsetMs - from.offsetMs)) / span
  }
}

/** The price on the grid that is nearest to a price, at least one step. */
function nearest(units: number, tick: number): number {
  return tick === 1 && Number.isInteger(units) ? units : Math.max(tick, Math.round(units / tick) * tick)
}

/** A minute of the path, whose price step may be finer than the instrument's is now. */
function onGrid(bar: MinuteBar, tick: number): MinuteBar {
  if (tick === 1) return bar
  const { open, high, low, close, volume } = bar
  return { open: nearest(open, tick), high: nearest(high, tick), low: nearest(low, tick), close: nearest(close, tick), volume }
}

/** A minute of the path at so many times its prices. */
function scaled({ open, high, low, close, volume }: MinuteBar, factor: number, tick: number): MinuteBar {
  const at = (units: number) => nearest(units * factor, tick)
  return { open: at(open), high: at(high), low: at(low), close: at(close), volume }
}

function readBar(row: RowReader): MinuteBar {
  return {
    open: row.number('open'),
    high: row.number('high'),
    low: row.number('low'),
    close: row.number('close'),
    volume: row.number('volume'),
  }
}

function readPosition(row: RowReader): SourcePosition {
  return {
    minutes: row.number('minutes'),
    random: randomState(row.json('random')),
    level: row.number('level'),
    drift: row.number('drift'),
    regimeLeft: row.number('regimeLeft'),
  }
}
