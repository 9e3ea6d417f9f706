import { at, type BarColumns } from './columns'

/** Points of the series on a report, at most. */
const POINTS_MAX = 1_000

/** Equity at a bar's close. */
export interface EquityPoint {
  readonly atMs: number
  /** Quote. */
  readonly equity: number
  /** Base, signed. */
  readonly quantity: number
}

/**
 * Equity at each bar's close in doubles: the drawdown and the exposure that a report shows. Statistics: the books themselves are the
 * ledger's, in exact decimals. Allocates nothing a bar.
 */
export class EquityMeter {
  readonly points: EquityPoint[] = []
  readonly #columns: BarColumns
  readonly #bars: number
  readonly #stride: number
  /** Index of the bar at which the next point is taken; the last bar is one. */
  #nextPoint: number
  #cash: number
  #quantity = 0
  #peak: number
  #floor: number
  #drawdownMax = 0
  #barsHeld = 0
  #shareSum = 0
  #shareMax = 0
  /** Bars at whose close nothing was left: they have no share. */
  #barsInsolvent = 0
  #insolventAtMs: number | null = null

  /** @param first index of the first bar that is played. */
  constructor(columns: BarColumns, first: number, capital: number) {
    this.#columns = columns
    this.#bars = columns.count - first
    this.#stride = Math.max(1, Math.ceil(this.#bars / POINTS_MAX))
    this.#nextPoint = first
    this.#cash = capital
    this.#peak = capital
    this.#floor = capital
  }

  /** Largest loss from a peak, as a share of the peak, by closes. */
  get drawdownMax(): number {
    return this.#drawdownMax
  }

  /** Share of the bars at whose close something was held. */
  get timeInMarket(): number {
    return this.#bars === 0 ? 0 : this.#barsHeld / this.#bars
  }

  /** Mean and greatest share of |position at close| in equity, over all bars that left any. */
  get exposure(): { readonly average: number; readonly maximum: number } {
    const bars = this.#bars - this.#barsInsolvent
    return { average: bars === 0 ? 0 : this.#shareSum / bars, maximum: this.#shareMax }
  }

  /** The first close at which nothing was left, UTC ms; null where there was none. */
  get insolventAtMs(): number | null {
    return this.#insolventAtMs
  }

  /** Notes what is held after a booking. */
  hold(cash: number, quantity: number): void {
    this.#cash = cash
    this.#quantity = quantity
  }

  /** Takes the close of bar `index`. */
  onClose(index: number, close: number): void {
    let equity = this.#cash
    if (this.#quantity !== 0) {
      const value = this.#quantity * close
      equity += value
      this.#barsHeld++
      if (equity > 0) {
        const share = Math.abs(value) / equity
        this.#shareSum += share
        if (share > this.#shareMax) this.#shareMax = share
      }
    }
    if (equity <= 0) {
      this.#barsInsolvent++
      this.#insolventAtMs ??= at(this.#columns.closeAtMs, index)
    }
    this.#follow(equity)
    if (index < this.#nextPoint) return
    this.#nextPoint = Math.min(index + this.#stride, Math.max(index + 1, this.#columns.count - 1))
    this.points.push({ atMs: at(this.#columns.closeAtMs, index), equity, quantity: this.#quantity })
  }

  /** Takes the end of the run: what was executed at the last close itself belongs to the last point too. */
  onEnd(close: number): void {
    const last = this.points.pop()
    if (last === undefined) return
    const equity = this.#cash + this.#quantity * close
    this.#follow(equity)
    this.points.push({ atMs: last.atMs, equity, quantity: this.#quantity })
  }

  #follow(equity: number): void {
    if (equity > this.#peak) {
      this.#peak = equity
      this.#floor = equity * (1 - this.#drawdownMax)
    } else if (equity < this.#floor) {
      this.#drawdownMax = (this.#peak - equity) / this.#peak
      this.#floor = equity
    }
  }
}
