import { invariant } from '#domain/errors'
import type { JsonObject } from '#domain/json'
import type { Changes, RowReader } from '#sim/engine/rows'
import { divideHalfUp, exactUnits, fromUnits, pow10 } from '#sim/engine/scaled'
import type { EngineInstrument, EnginePrint } from '#sim/engine/types'
import type { BarSource } from './bars'
import type { Candle, DayFigures, IntervalMinutes } from './types'

const MINUTE_MS = 60_000
const DAY_MINUTES = 1_440
const HOUR_MINUTES = 60
/** Sums of whole hours that are kept. */
const HOURS_MAX = 100
/** Minutes kept of what happened since the start: 60 days. */
const MINUTES_MAX = 60 * DAY_MINUTES

/** A minute or an aggregate of minutes. Prices in units, volume in lots, `value` the sum of price × lots. */
interface Sum {
  open: number
  high: number
  low: number
  close: number
  volume: bigint
  value: bigint
  count: number
}

interface LiveMinute extends Sum {
  /** Minutes since the epoch. */
  readonly minute: number
}

function silent(close: number): Sum {
  return { open: close, high: close, low: close, close, volume: 0n, value: 0n, count: 0 }
}

function addTo(total: Sum | null, next: Sum): Sum {
  if (total === null) return { ...next }
  total.high = Math.max(total.high, next.high)
  total.low = Math.min(total.low, next.low)
  total.close = next.close
  total.volume += next.volume
  total.value += next.value
  total.count += next.count
  return total
}

/** The candles of one instrument: the path's past before the start minute, and since then what really traded. */
export class CandleBook {
  readonly #instrument: EngineInstrument
  readonly #source: BarSource
  /** Trades that the agents make in a minute, on average: what a minute of the past shows as its count. */
  readonly #pastTradeCount: number
  readonly #changes: Changes
  /** The start minute, in minutes since the epoch; everything before it is past. */
  #origin = 0
  readonly #live: LiveMinute[] = []
  readonly #hours = new Map<number, Sum | null>()
  #day: { readonly minute: number; readonly today: Sum | null; readonly rolling: Sum | null } | null = null

  constructor(instrument: EngineInstrument, source: BarSource, pastTradeCount: number, changes: Changes) {
    this.#instrument = instrument
    this.#source = source
    this.#pastTradeCount = pastTradeCount
    this.#changes = changes
  }

  /** Sets the start minute, once. */
  begin(originMinute: number): void {
    this.#origin = originMinute
  }

  get origin(): number {
    return this.#origin
  }

  /** Adds a public trade. Trades come in the order of their times; a wall clock that steps back adds to the newest minute. */
  add(print: EnginePrint): void {
    const units = Number(exactUnits(print.price, this.#instrument.priceScale))
    const { fillScale, quantityScale } = this.#instrument
    // What is finer than the lot is dropped: bars count lots.
    const lots = exactUnits(print.quantity, fillScale ?? quantityScale) / pow10((fillScale ?? quantityScale) - quantityScale)
    const minute = Math.floor(print.atMs / MINUTE_MS)
    const newest = this.#live[this.#live.length - 1]
    const next: Sum = { open: units, high: units, low: units, close: units, volume: lots, value: BigInt(units) * lots, count: 1 }
    if (newest !== undefined && minute <= newest.minute) {
      addTo(newest, next)
      this.#keep(newest)
      return
    }
    const made = { minute, ...next }
    this.#live.push(made)
    if (this.#live.length > MINUTES_MAX * 1.05) this.#live.splice(0, this.#live.length - MINUTES_MAX)
    this.#keep(made)
  }

  /** Returns the minute with that number, silent ones filled; null before the past. */
  #minute(minute: number): Sum | null {
    if (minute < this.#origin) return this.#pastMinute(this.#origin - minute)
    const index = this.#liveIndex(minute)
    const found = this.#live[index]
    if (found !== undefined && found.minute === minute) return found
    const before = this.#live[index - 1]
    if (before !== undefined) return silent(before.close)
    return silent(this.#pastMinute(1)?.close ?? 0)
  }

  #pastMinute(back: number): Sum | null {
    const bar = this.#source.past(back)
    if (bar === null) return null
    const volume = BigInt(bar.volume)
    const middle = Math.round((bar.open + bar.high + bar.low + bar.close) / 4)
    const count = volume === 0n ? 0 : this.#pastTradeCount
    return { open: bar.open, high: bar.high, low: bar.low, close: bar.close, volume, value: BigInt(middle) * volume, count }
  }

  /** Index of the first kept minute that is not before `minute`. */
  #liveIndex(minute: number): number {
    let low = 0
    let high = this.#live.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#live[middle] as LiveMinute).minute < minute) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Sums minutes `[from, to)`; null when none of them exists. Whole hours that cannot change any more are summed once. */
  #sum(from: number, to: number): Sum | null {
    const newest = this.#live[this.#live.length - 1]?.minute ?? this.#origin
    let total: Sum | null = null
    for (let minute = from; minute < to; ) {
      const isWholeHour = minute % HOUR_MINUTES === 0 && minute + HOUR_MINUTES <= Math.min(to, newest)
      const next = isWholeHour ? this.#hour(minute) : this.#minute(minute)
      if (next !== null) total = addTo(total, next)
      minute += isWholeHour ? HOUR_MINUTES : 1
    }
    return total
  }

  #hour(from: number): Sum | null {
    const known = this.#hours.get(from)
    if (known !== undefined) return known
    let total: Sum | null = null
    for (let minute = from; minute < from + HOUR_MINUTES; minute++) {
      const next = this.#minute(minute)
      if (next !== null) total = addTo(total, next)
    }
    if (this.#hours.size >= HOURS_MAX) this.#hours.clear()
    this.#hours.set(from, total)
    return total
  }

  get #firstMinute(): number {
    return this.#origin - this.#source.pastCount
  }

  candles(interval: IntervalMinutes, sinceMs: number | null, limit: number, nowMs: number): readonly Candle[] {
    invariant(limit >= 0, 'candles(): the limit must not be negative')
    const nowMinute = Math.floor(nowMs / MINUTE_MS)
    const running = Math.floor(nowMinute / interval) * interval
    let first = Math.max(Math.floor(this.#firstMinute / interval) * interval, running - limit * interval)
    if (sinceMs !== null) first = Math.max(first, Math.ceil(Math.ceil(sinceMs / MINUTE_MS) / interval) * interval)
    const made: Candle[] = []
    for (let open = first; open < running; open += interval) {
      const sum = this.#sum(Math.max(open, this.#firstMinute), open + interval)
      if (sum !== null) made.push(this.#candle(open, sum))
    }
    made.push(this.running(interval, nowMs))
    return made
  }

  running(interval: IntervalMinutes, nowMs: number): Candle {
    const nowMinute = Math.floor(nowMs / MINUTE_MS)
    const open = Math.floor(nowMinute / interval) * interval
    const sum = this.#sum(Math.max(open, this.#firstMinute), nowMinute + 1)
    return this.#candle(open, sum ?? silent(0))
  }

  /** Figures of the UTC day so far and of the last 24 hours; closed minutes are summed once a minute. */
  days(nowMs: number): { readonly today: DayFigures; readonly day24h: DayFigures } {
    const now = Math.floor(nowMs / MINUTE_MS)
    if (this.#day?.minute !== now) {
      const midnight = Math.floor(now / DAY_MINUTES) * DAY_MINUTES
      this.#day = { minute: now, today: this.#sum(midnight, now), rolling: this.#sum(now - DAY_MINUTES + 1, now) }
    }
    const running = this.#minute(now) ?? silent(0)
    const figures = (closed: Sum | null | undefined): DayFigures => {
      const sum = addTo(closed === null || closed === undefined ? null : { ...closed }, running)
      const { open, high, low, volume, vwap, count } = this.#candle(0, sum)
      return { open, high, low, volume, vwap, count }
    }
    return { today: figures(this.#day?.today), day24h: figures(this.#day?.rolling) }
  }

  #candle(openMinute: number, sum: Sum): Candle {
    const { priceScale, quantityScale } = this.#instrument
    const price = (units: number): ReturnType<typeof fromUnits> => fromUnits(BigInt(units), priceScale)
    return {
      openAtMs: openMinute * MINUTE_MS,
      open: price(sum.open),
      high: price(sum.high),
      low: price(sum.low),
      close: price(sum.close),
      vwap: fromUnits(sum.volume === 0n ? 0n : divideHalfUp(sum.value, sum.volume), priceScale),
      volume: fromUnits(sum.volume, quantityScale),
      count: sum.count,
    }
  }

  #keep(minute: LiveMinute): void {
    const key = `${this.#instrument.symbol} ${minute.minute % MINUTES_MAX}`
    this.#changes.put('minute', key, minute.minute, () => this.#row(minute))
  }

  #row(minute: LiveMinute): JsonObject {
    return { ...minute, symbol: this.#instrument.symbol, volume: `${minute.volume}`, value: `${minute.value}` }
  }

  rows(): readonly { readonly bucket: string; readonly key: string; readonly ordinal: number; readonly value: JsonObject }[] {
    const symbol = this.#instrument.symbol
    return this.#live.slice(-MINUTES_MAX).map((minute) => ({
      bucket: 'minute',
      key: `${symbol} ${minute.minute % MINUTES_MAX}`,
      ordinal: minute.minute,
      value: this.#row(minute),
    }))
  }

  /** Takes back a stored minute; they come ascending. */
  load(row: RowReader): void {
    this.#live.push({
      minute: row.number('minute'),
      open: row.number('open'),
      high: row.number('high'),
      low: row.number('low'),
      close: row.number('close'),
      volume: row.whole('volume'),
      value: row.whole('value'),
      count: row.number('count'),
    })
  }

  clear(): void {
    this.#live.length = 0
    this.#hours.clear()
    this.#day = null
  }
}
