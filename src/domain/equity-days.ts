import { add, type Decimal, isPositive, maximum, subtract, toNumber, ZERO } from './decimal'
import type { Json, JsonObject } from './json'
import { readArray, readDecimal, readInteger, readObject } from './json-read'
import { utcDayOf } from './time'

/** Equity and flows at the last mark of a UTC day. Valuation asset. */
export type DayMark = {
  readonly dayMs: number
  readonly equity: Decimal
  readonly flows: Decimal
}

/** What a UTC day earned. */
export interface DayResult {
  readonly dayMs: number
  readonly openingEquity: Decimal
  readonly closingEquity: Decimal
  /** Money that came (or went, negative) in the day. */
  readonly flows: Decimal
  /** `closingEquity − openingEquity − flows`: realised and unrealised together. */
  readonly pnl: Decimal
  /** `pnl` of what was there to earn it: the opening equity and what came in. Null when that is not positive. */
  readonly ratio: number | null
}

/** Days kept: a year and a month. */
const DAYS_MAX = 400

/**
 * How much there was at the end of each UTC day, and the most that was ever put in. A day ends with its last mark, and the next one opens
 * with what it ended with: days without a mark (nobody was running) are part of the first day after them.
 */
export class EquityDays {
  /** What the first day kept opened with. */
  #opening: DayMark | null = null
  #days: DayMark[] = []
  #capital: Decimal = ZERO

  /** The most that flows ever summed up to: what ROI is measured against. */
  get capital(): Decimal {
    return this.#capital
  }

  /** Takes a mark. Days never go back: one of an earlier day (a clock that was set back) counts to the last. */
  note(atMs: number, equity: Decimal, flows: Decimal): void {
    this.#capital = maximum(this.#capital, flows)
    const last = this.#days.at(-1)
    const dayMs = Math.max(utcDayOf(atMs), last?.dayMs ?? 0)
    const mark = { dayMs, equity, flows }
    this.#opening ??= mark
    if (last?.dayMs === dayMs) this.#days[this.#days.length - 1] = mark
    else this.#days.push(mark)
    if (this.#days.length > DAYS_MAX) this.#opening = this.#days.shift() ?? this.#opening
  }

  /** Returns what each day earned, ascending. */
  results(): readonly DayResult[] {
    let before = this.#opening
    return this.#days.map((day) => {
      const opening = before ?? day
      before = day
      const flows = subtract(day.flows, opening.flows)
      const pnl = subtract(subtract(day.equity, opening.equity), flows)
      const base = add(opening.equity, maximum(flows, ZERO))
      return {
        dayMs: day.dayMs,
        openingEquity: opening.equity,
        closingEquity: day.equity,
        flows,
        pnl,
        ratio: isPositive(base) ? toNumber(pnl) / toNumber(base) : null,
      }
    })
  }

  snapshot(): JsonObject {
    return {
      opening: this.#opening === null ? null : { ...this.#opening },
      days: this.#days.map((day) => ({ ...day })),
      capital: this.#capital,
    }
  }

  /** @throws {AppError} `REPLAY_INVALID` for other JSON. */
  static of(json: Json): EquityDays {
    const days = new EquityDays()
    const row = readObject(json, 'days')
    days.#opening = row['opening'] === null ? null : markOf(row['opening'], 'days.opening')
    days.#days = readArray(row['days'], 'days.days').map((item, index) => markOf(item, `days.${index}`))
    days.#capital = readDecimal(row['capital'], 'days.capital')
    return days
  }
}

function markOf(json: Json | undefined, path: string): DayMark {
  const row = readObject(json, path)
  return {
    dayMs: readInteger(row['dayMs'], `${path}.dayMs`),
    equity: readDecimal(row['equity'], `${path}.equity`),
    flows: readDecimal(row['flows'], `${path}.flows`),
  }
}
