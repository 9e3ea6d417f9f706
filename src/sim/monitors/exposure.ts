import { assetsOf } from './facts'

/** What an order can still do, in doubles: an estimate that is never above the truth. The exact figures are the gate's. */
export interface Working {
  readonly key: string
  /** Null for a foreign order, as is the strategy. */
  readonly botId: string | null
  readonly strategyId: string | null
  readonly instrumentId: string
  readonly side: 'buy' | 'sell'
  /** Base, the whole order. */
  readonly quantity: number
  readonly filled: number
  /** Account currency per base at the worst price, fee included. */
  readonly unit: number
}

/** Terms of an amend that is not answered. */
interface Pending {
  readonly quantity: number
  readonly unit: number
}

interface Row {
  order: Working
  pending: Pending | null
  /** The most that the whole order can be: above `order.quantity` once it is not known which terms of an amend hold. */
  quantityMost: number
}

/** Orders of one bot and side on one instrument: what opposes a position of the bot reduces first. */
interface Line {
  readonly botId: string | null
  readonly strategyId: string | null
  readonly instrumentId: string
  readonly base: string
  readonly side: 'buy' | 'sell'
  readonly rows: Map<string, Row>
}

/** A position of one sub-account; a bot's bears its name. */
interface Held {
  readonly subAccount: string
  readonly strategyId: string | null
  readonly instrumentId: string
  readonly base: string
  quantity: number
}

/** Figures of one scope, account currency. */
export interface ExposureOf {
  readonly total: number
  readonly instrument: number
  readonly asset: number
  readonly strategy: number
  /** `total` and `instrument` without what no strategy holds or wants, where budgets ignore that (RSK-12). */
  readonly budgetTotal: number
  readonly budgetInstrument: number
}

/** Less than the least lot of anything. */
const EPSILON = 1e-12

/** Folds positions and working orders into exposure, independently of the gate and its book (I6). */
export class Exposure {
  readonly #lines = new Map<string, Line>()
  readonly #lineOf = new Map<string, Line>()
  readonly #held = new Map<string, Held>()

  /** Takes in a position as it stands. */
  hold(subAccount: string, instrumentId: string, strategyId: string | null, quantity: number): void {
    const key = `${subAccount}|${instrumentId}`
    if (Math.abs(quantity) < EPSILON) this.#held.delete(key)
    else this.#held.set(key, { subAccount, strategyId, instrumentId, base: assetsOf(instrumentId).base, quantity })
  }

  /** True when the price of an asset counts in what is held. */
  isPricedBy(asset: string): boolean {
    for (const { base } of this.#held.values()) if (base === asset) return true
    return false
  }

  positionOf(subAccount: string, instrumentId: string): number {
    return this.#held.get(`${subAccount}|${instrumentId}`)?.quantity ?? 0
  }

  /** Adds an order. `quantityMost` where the whole of it may be more than its terms say. */
  put(order: Working, quantityMost: number = order.quantity): void {
    this.drop(order.key)
    const { botId, strategyId, instrumentId, side } = order
    const key = `${botId ?? ''}|${instrumentId}|${side}`
    const line = this.#lines.get(key) ?? {
      botId,
      strategyId,
      instrumentId,
      side,
      base: assetsOf(instrumentId).base,
      rows: new Map<string, Row>(),
    }
    this.#lines.set(key, line)
    line.rows.set(order.key, { order, pending: null, quantityMost })
    this.#lineOf.set(order.key, line)
  }

  /** Holds the larger of old and new until `settle`. */
  amend(key: string, quantity: number, unit: number): void {
    const row = this.#rowOf(key)
    if (row !== null) row.pending = { quantity, unit }
  }

  /** The amend was answered: its terms hold or the earlier ones; where that is not known, the smaller of both. */
  settle(key: string, outcome: 'taken' | 'refused' | 'unclear'): void {
    const row = this.#rowOf(key)
    if (row === null || row.pending === null) return
    const { order, pending } = row
    row.pending = null
    if (outcome === 'refused') return
    const isTaken = outcome === 'taken'
    const quantity = isTaken ? pending.quantity : Math.min(order.quantity, pending.quantity)
    row.order = { ...order, quantity, unit: isTaken ? pending.unit : Math.min(order.unit, pending.unit) }
    row.quantityMost = isTaken ? quantity : Math.max(order.quantity, pending.quantity)
  }

  /** The venue told the terms that hold; null for a price that it did not tell. */
  agree(key: string, quantity: number, unit: number | null): void {
    const row = this.#rowOf(key)
    if (row === null) return
    row.order = { ...row.order, quantity, unit: unit ?? row.order.unit }
    row.quantityMost = quantity
  }

  fill(key: string, quantity: number): void {
    const row = this.#rowOf(key)
    if (row !== null) row.order = { ...row.order, filled: row.order.filled + quantity }
  }

  /** Forgets an order; returns it as it was, with the most that the whole of it may be, or null. */
  drop(key: string): { readonly order: Working; readonly quantityMost: number } | null {
    const line = this.#lineOf.get(key)
    const row = line?.rows.get(key)
    if (line === undefined || row === undefined) return null
    this.#lineOf.delete(key)
    line.rows.delete(key)
    if (line.rows.size === 0) this.#lines.delete(`${line.botId ?? ''}|${line.instrumentId}|${line.side}`)
    return row
  }

  /** What of an order is still to be filled, base: the least and the most that it can be; null for an order that does not work. */
  leavesOf(key: string): { readonly least: number; readonly most: number } | null {
    const row = this.#rowOf(key)
    if (row === null) return null
    const { quantity, filled } = row.order
    const other = row.pending?.quantity ?? quantity
    return {
      least: Math.max(0, Math.max(quantity, other) - filled),
      most: Math.max(0, Math.max(row.quantityMost, other) - filled),
    }
  }

  /** Worst case of the line of an order, account currency. */
  lineWorst(key: string): number {
    const line = this.#lineOf.get(key)
    return line === undefined ? 0 : this.#worst(line)
  }

  /** What is held and may be added, by the scopes that an order on the instrument belongs to. */
  of(instrumentId: string, strategyId: string, rateOf: (asset: string) => number, isManualIgnored: boolean): ExposureOf {
    const { base } = assetsOf(instrumentId)
    const sums = { total: 0, instrument: 0, asset: 0, strategy: 0, budgetTotal: 0, budgetInstrument: 0 }
    const count = (part: { instrumentId: string; base: string; strategyId: string | null }, value: number): void => {
      sums.total += value
      if (part.instrumentId === instrumentId) sums.instrument += value
      if (part.base === base) sums.asset += value
      if (part.strategyId === strategyId) sums.strategy += value
      if (isManualIgnored && part.strategyId === null) return
      sums.budgetTotal += value
      if (part.instrumentId === instrumentId) sums.budgetInstrument += value
    }
    for (const held of this.#held.values()) count(held, Math.abs(held.quantity) * rateOf(held.base))
    for (const line of this.#lines.values()) count(line, this.#worst(line))
    return sums
  }

  /**
   * What a line's orders add at worst: as much as exceeds the position that they may reduce, at the cheapest of their prices, for which of
   * them reduce is not known.
   */
  #worst(line: Line): number {
    const held = line.botId === null ? this.positionOf('external', line.instrumentId) : this.positionOf(line.botId, line.instrumentId)
    let reducing = Math.max(0, line.side === 'sell' ? held : -held)
    const parts = [...line.rows.values()].map(partOf).sort((a, b) => b.unit - a.unit)
    let worst = 0
    for (const { leaves, unit } of parts) {
      const free = Math.min(reducing, leaves)
      reducing -= free
      const adding = leaves - free
      if (adding > EPSILON) worst += adding * unit
    }
    return worst
  }

  #rowOf(key: string): Row | null {
    return this.#lineOf.get(key)?.rows.get(key) ?? null
  }
}

/** What a row may still add; of an amend that is not answered the dearer of old and new, for one of the two it is as a whole. */
function partOf({ order, pending }: Row): { readonly leaves: number; readonly unit: number } {
  const leaves = Math.max(0, order.quantity - order.filled)
  if (pending === null) return { leaves, unit: order.unit }
  const amended = Math.max(0, pending.quantity - order.filled)
  const most = Math.max(leaves, amended)
  return { leaves: most, unit: most === 0 ? 0 : Math.max(leaves * order.unit, amended * pending.unit) / most }
}
