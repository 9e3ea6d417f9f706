import { add, type Decimal, ZERO } from '#domain/decimal'
import { type Drawdown, readDrawdown, startDrawdown, trackDrawdown } from '#domain/drawdown'
import type { Json, JsonObject } from '#domain/json'
import { readArray, readDecimal, readInteger, readNullable, readObject } from '#domain/json-read'
import { utcDayOf } from '#domain/time'
import type { EquityPoint } from '#ports/control'

/** Points of the equity curve kept in memory: two weeks of minutes. */
const CURVE_MAX = 20_160

/** How the company's worth moves: equity, drawdown, the UTC day, and the curve of its marks. Amounts in the account currency. */
export class EquityTrack {
  #equity: Decimal = ZERO
  #drawdown: Drawdown | null = null
  #day = { startMs: 0, equity: ZERO, notional: ZERO, realized: ZERO }
  #curve: EquityPoint[] = []

  get equity(): Decimal {
    return this.#equity
  }

  get drawdown(): Drawdown | null {
    return this.#drawdown
  }

  /** Returns the newest points of the curve, ascending. */
  curve(limit: number): readonly EquityPoint[] {
    return this.#curve.slice(-limit)
  }

  /** Takes new figures; the first of a UTC day are what the day opened with. Partial ones lack a price: they tell of no fall. */
  track(atMs: number, equity: Decimal, flows: Decimal, isPartial: boolean): void {
    this.#equity = equity
    if (!isPartial) this.#drawdown = this.#drawdown === null ? startDrawdown(equity, flows) : trackDrawdown(this.#drawdown, equity, flows)
    this.#rollDay(atMs)
  }

  addPoint(atMs: number): void {
    this.#curve.push({ atMs, equity: this.#equity })
    if (this.#curve.length > 2 * CURVE_MAX) this.#curve.splice(0, this.#curve.length - CURVE_MAX)
  }

  /** Counts an execution to its UTC day. */
  addTrade(atMs: number, notional: Decimal, realized: Decimal): void {
    this.#rollDay(atMs)
    if (utcDayOf(atMs) !== this.#day.startMs) return // a late fill counts to no day
    this.#day = { ...this.#day, notional: add(this.#day.notional, notional), realized: add(this.#day.realized, realized) }
  }

  /** What the day of `nowMs` opened with, and has realised and executed since. */
  dayFigures(nowMs: number): { readonly openingEquity: Decimal; readonly realizedToday: Decimal; readonly notionalToday: Decimal } {
    const isToday = utcDayOf(nowMs) === this.#day.startMs
    return {
      openingEquity: this.#day.equity,
      realizedToday: isToday ? this.#day.realized : ZERO,
      notionalToday: isToday ? this.#day.notional : ZERO,
    }
  }

  /** Forgets what the day has lost so far: an operator signed it off, and trades on from the present equity. */
  forgetDayLoss(): void {
    this.#day = { ...this.#day, equity: this.#equity, realized: ZERO }
  }

  snapshot(): JsonObject {
    return {
      equity: this.#equity,
      drawdown: this.#drawdown,
      day: { ...this.#day },
      curve: this.curve(CURVE_MAX).map((point) => ({ ...point })),
    }
  }

  /** Takes the place of a fold up to the snapshot's sequence. @throws {AppError} `REPLAY_INVALID` for other JSON. */
  restore(json: Json): void {
    const track = readObject(json, 'equity')
    const day = readObject(track['day'], 'day')
    this.#equity = readDecimal(track['equity'], 'equity')
    this.#drawdown = readNullable(track['drawdown'], 'drawdown', readDrawdown)
    this.#day = {
      startMs: readInteger(day['startMs'], 'day.startMs'),
      equity: readDecimal(day['equity'], 'day.equity'),
      notional: readDecimal(day['notional'], 'day.notional'),
      realized: readDecimal(day['realized'], 'day.realized'),
    }
    this.#curve = readArray(track['curve'], 'curve').map((item, index) => {
      const point = readObject(item, `curve.${index}`)
      return { atMs: readInteger(point['atMs'], 'atMs'), equity: readDecimal(point['equity'], 'equity') }
    })
  }

  /** Begins a new UTC day at the first thing that happens in it. Days never go back. */
  #rollDay(atMs: number): void {
    const startMs = utcDayOf(atMs)
    if (startMs > this.#day.startMs) this.#day = { startMs, equity: this.#equity, notional: ZERO, realized: ZERO }
  }
}
