import { add, type Decimal, ZERO } from './decimal'
import { type InstrumentId, instrumentId, type StrategyId, strategyId } from './ids'
import type { Json } from './json'
import { readArray, readDecimal, readInteger, readNullable, readObject, readText } from './json-read'
import { readSubAccount, type SubAccountId } from './sub-account'
import { utcDayOf } from './time'

/** Whose, by what, on what and when something was earned. Aliases, not interfaces: all of it is `Json`. */
export type AttributionKey = {
  /** Start of the UTC day; null for the days that are not kept apart any more. */
  readonly dayMs: number | null
  readonly subAccount: SubAccountId
  /** Null is a manual trade. */
  readonly strategyId: StrategyId | null
  /** Null for gas that belongs to none. */
  readonly instrumentId: InstrumentId | null
}

/** Sums in the valuation asset. */
export type AttributionSums = {
  readonly trades: number
  /** Realised before fees and gas. */
  readonly gross: Decimal
  readonly fees: Decimal
  readonly gas: Decimal
  /** `gross − fees − gas`. */
  readonly realized: Decimal
  /** What changed hands. */
  readonly notional: Decimal
  /** What was paid beyond the price at which the orders were planned; negative is better than planned. */
  readonly slippage: Decimal
  /** What changed hands, at the prices at which the orders were planned: slippage is a share of it. */
  readonly arrival: Decimal
}

export type AttributionCell = AttributionKey & AttributionSums

export const NO_SUMS: AttributionSums = {
  trades: 0,
  gross: ZERO,
  fees: ZERO,
  gas: ZERO,
  realized: ZERO,
  notional: ZERO,
  slippage: ZERO,
  arrival: ZERO,
}

interface Cell {
  readonly key: AttributionKey
  sums: AttributionSums
}

/** What cells can be grouped by. */
export const DIMENSIONS = ['bot', 'strategy', 'instrument', 'day'] as const
export type Dimension = (typeof DIMENSIONS)[number]

/** One group; of what it is not grouped by it is null. */
export type AttributionGroup = AttributionSums & {
  readonly bot: string | null
  readonly strategy: string | null
  readonly instrument: string | null
  readonly dayMs: number | null
}

/** How a trade that no strategy claims is shown (PFL-10). */
export const MANUAL = 'manual'

/** Cells kept apart: fifty bots with one instrument each for more than a year. */
const CELLS_MAX = 20_000

/**
 * What was realised, by bot, strategy, instrument and UTC day (PFL-12): cells that add up to the ledger's own totals, whatever they are
 * grouped by. Beyond a number of cells the oldest day is added to what lies before the days.
 */
export class Attribution {
  readonly #cells = new Map<string, Cell>()
  #last: Cell | null = null
  readonly #cellsMax: number

  constructor(cellsMax = CELLS_MAX) {
    this.#cellsMax = cellsMax
  }

  get cells(): readonly AttributionCell[] {
    return [...this.#cells.values()].map(({ key, sums }) => ({ ...key, ...sums }))
  }

  /** Adds to the cell of a moment. */
  add(atMs: number, key: Omit<AttributionKey, 'dayMs'>, sums: AttributionSums): void {
    const { subAccount, strategyId: strategy, instrumentId: instrument } = key
    this.#put({ dayMs: utcDayOf(atMs), subAccount, strategyId: strategy, instrumentId: instrument }, sums)
    while (this.#cells.size > this.#cellsMax && this.#foldOldestDay());
  }

  snapshot(): Json {
    return [...this.cells]
  }

  /** Takes the place of what was added so far. @throws {AppError} `REPLAY_INVALID` for other JSON. */
  restore(json: Json): void {
    this.#cells.clear()
    this.#last = null
    for (const [index, item] of readArray(json, 'attribution').entries()) {
      const cell = readCell(item, `attribution.${index}`)
      this.#put(cell, cell)
    }
  }

  #put(key: AttributionKey, sums: AttributionSums): void {
    // Trades come in runs of one day, bot and instrument: the cell of the last one is found without its key.
    if (this.#last === null || !isSame(this.#last.key, key)) this.#last = this.#cellOf(key)
    this.#last.sums = plusSums(this.#last.sums, sums)
  }

  #cellOf({ dayMs, subAccount, strategyId: strategy, instrumentId: instrument }: AttributionKey): Cell {
    const name = `${dayMs}|${subAccount}|${strategy}|${instrument}`
    const known = this.#cells.get(name)
    if (known !== undefined) return known
    const cell = { key: { dayMs, subAccount, strategyId: strategy, instrumentId: instrument }, sums: NO_SUMS }
    this.#cells.set(name, cell)
    return cell
  }

  /** Returns false when one day is left: then there are as many cells as things to tell apart. */
  #foldOldestDay(): boolean {
    const days = new Set<number>()
    for (const { key } of this.#cells.values()) if (key.dayMs !== null) days.add(key.dayMs)
    if (days.size < 2) return false
    const oldest = Math.min(...days)
    for (const [name, { key, sums }] of [...this.#cells]) {
      if (key.dayMs !== oldest) continue
      this.#cells.delete(name)
      this.#last = null
      this.#put({ ...key, dayMs: null }, sums)
    }
    return true
  }
}

function isSame(a: AttributionKey, b: AttributionKey): boolean {
  return a.dayMs === b.dayMs && a.subAccount === b.subAccount && a.strategyId === b.strategyId && a.instrumentId === b.instrumentId
}

/** Returns both sums together. */
export function plusSums(a: AttributionSums, b: AttributionSums): AttributionSums {
  return {
    trades: a.trades + b.trades,
    gross: add(a.gross, b.gross),
    fees: add(a.fees, b.fees),
    gas: add(a.gas, b.gas),
    realized: add(a.realized, b.realized),
    notional: add(a.notional, b.notional),
    slippage: add(a.slippage, b.slippage),
    arrival: add(a.arrival, b.arrival),
  }
}

/** Returns the sums of cells, in order of the names of what they are grouped by; one group of everything for no dimension. */
export function groupCells(cells: readonly AttributionCell[], by: readonly Dimension[]): readonly AttributionGroup[] {
  const groups = new Map<string, AttributionGroup>()
  for (const cell of cells) {
    const names = {
      bot: by.includes('bot') ? cell.subAccount : null,
      strategy: by.includes('strategy') ? (cell.strategyId ?? MANUAL) : null,
      instrument: by.includes('instrument') ? cell.instrumentId : null,
      dayMs: by.includes('day') ? cell.dayMs : null,
    }
    const key = [names.dayMs ?? '', names.bot, names.strategy, names.instrument].join('|')
    groups.set(key, { ...names, ...plusSums(groups.get(key) ?? NO_SUMS, cell) })
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group)
}

function readCell(json: Json, path: string): AttributionCell {
  const row = readObject(json, path)
  const amount = (key: keyof AttributionSums) => readDecimal(row[key], `${path}.${key}`)
  const named = <T>(key: string, mint: (name: string) => T) =>
    readNullable(row[key], `${path}.${key}`, (value, at) => mint(readText(value, at)))
  return {
    dayMs: readNullable(row['dayMs'], `${path}.dayMs`, readInteger),
    subAccount: readSubAccount(row['subAccount'], `${path}.subAccount`),
    strategyId: named('strategyId', strategyId),
    instrumentId: named('instrumentId', instrumentId),
    trades: readInteger(row['trades'], `${path}.trades`),
    gross: amount('gross'),
    fees: amount('fees'),
    gas: amount('gas'),
    realized: amount('realized'),
    notional: amount('notional'),
    slippage: amount('slippage'),
    arrival: amount('arrival'),
  }
}
