import { add, type Decimal, divide, isGreater, isPositive, isZero, multiply, negate, subtract, ZERO } from './decimal'
import { mustExist } from './errors'
import type { Json, JsonObject } from './json'
import { readDecimal, readInteger, readNullable, readObject, readOneOf } from './json-read'
import type { Side } from './order'

/** One trade, from flat to flat, counted in one money. Prices are averages over its executions. */
export interface RoundTrip {
  readonly openedAtMs: number
  readonly closedAtMs: number
  readonly side: 'long' | 'short'
  /** Base, all that was opened. */
  readonly quantity: Decimal
  /** Money per base. */
  readonly entryPrice: Decimal
  readonly exitPrice: Decimal
  readonly fee: Decimal
  /** Net of fees. */
  readonly pnl: Decimal
}

/** An execution as a line of round trips hears it, with what the ledger made of it. Amounts in the line's money. */
export interface Execution {
  readonly atMs: number
  readonly side: Side
  /** Base, positive. */
  readonly quantity: Decimal
  /** Money per base. */
  readonly price: Decimal
  readonly cost: Decimal
  readonly fee: Decimal
  /** Base, positive: what of a position it closed. */
  readonly closedQuantity: Decimal
  /** Realised before fees. */
  readonly gross: Decimal
  /** True when nothing is held after it. */
  readonly isFlat: boolean
}

/** Digits after the point of an average price. */
const PRICE_SCALE = 12
/** Digits after the point of the part of an amount that belongs to the closing part of an execution. */
const SHARE_SCALE = 18

/** What of an execution belongs to one trade. */
interface Part {
  readonly quantity: Decimal
  readonly cost: Decimal
  readonly fee: Decimal
  readonly pnl: Decimal
}

/** The executions of one direction of a trade. */
interface Leg {
  fills: number
  quantity: Decimal
  cost: Decimal
  /** Of the last execution. */
  price: Decimal
}

interface Running {
  readonly openedAtMs: number
  readonly side: 'long' | 'short'
  readonly entry: Leg
  readonly exit: Leg
  fee: Decimal
  pnl: Decimal
}

/** Puts the executions of one position together to round trips, as the ledger books them. */
export class RoundTripLine {
  #running: Running | null = null

  /** True while a trade is open. */
  get isOpen(): boolean {
    return this.#running !== null
  }

  /** Realised so far by the trade that is still open: its fees, and parts that were closed. */
  get pnlOfOpen(): Decimal {
    return this.#running?.pnl ?? ZERO
  }

  /**
   * Takes a booked execution and returns the trade that it closed; null when it closed none. One that turns the position closes a trade
   * with one part and opens the next with the other.
   */
  add(execution: Execution): RoundTrip | null {
    const { quantity, cost, fee, gross, closedQuantity: closed } = execution
    if (!isPositive(closed) || !isGreater(quantity, closed)) {
      this.#take(execution, isPositive(closed), { quantity, cost, fee, pnl: subtract(gross, fee) })
      return execution.isFlat ? this.#close(execution.atMs) : null
    }
    const shareOf = (amount: Decimal) => divide(multiply(amount, closed), quantity, SHARE_SCALE)
    const closing = { quantity: closed, cost: shareOf(cost), fee: shareOf(fee) }
    this.#take(execution, true, { ...closing, pnl: subtract(gross, closing.fee) })
    const trip = this.#close(execution.atMs)
    const rest = subtract(fee, closing.fee)
    const opening = { quantity: subtract(quantity, closed), cost: subtract(cost, closing.cost), fee: rest }
    this.#take(execution, false, { ...opening, pnl: negate(rest) })
    return trip
  }

  /** The open trade as plain JSON; null when there is none. */
  snapshot(): JsonObject | null {
    if (this.#running === null) return null
    const { entry, exit, ...rest } = this.#running
    return { ...rest, entry: { ...entry }, exit: { ...exit } }
  }

  /** @throws {AppError} `REPLAY_INVALID` for other JSON. */
  static of(json: Json): RoundTripLine {
    const line = new RoundTripLine()
    const row = readObject(json, 'trip')
    line.#running = {
      openedAtMs: readInteger(row['openedAtMs'], 'trip.openedAtMs'),
      side: readOneOf(row['side'], 'trip.side', ['long', 'short'] as const),
      entry: legOf(row['entry'], 'trip.entry'),
      exit: legOf(row['exit'], 'trip.exit'),
      fee: readDecimal(row['fee'], 'trip.fee'),
      pnl: readDecimal(row['pnl'], 'trip.pnl'),
    }
    return line
  }

  #take({ atMs, side, price }: Execution, isClosing: boolean, { quantity, cost, fee, pnl }: Part): void {
    this.#running ??= {
      openedAtMs: atMs,
      side: side === 'buy' ? 'long' : 'short',
      entry: { fills: 0, quantity: ZERO, cost: ZERO, price: ZERO },
      exit: { fills: 0, quantity: ZERO, cost: ZERO, price: ZERO },
      fee: ZERO,
      pnl: ZERO,
    }
    const running = this.#running
    const leg = isClosing ? running.exit : running.entry
    leg.fills++
    leg.quantity = add(leg.quantity, quantity)
    leg.cost = add(leg.cost, cost)
    leg.price = price
    running.fee = add(running.fee, fee)
    running.pnl = add(running.pnl, pnl)
  }

  #close(atMs: number): RoundTrip {
    const { openedAtMs, side, entry, exit, fee, pnl } = mustExist(this.#running, 'no trade is open')
    this.#running = null
    const prices = { entryPrice: averageOf(entry), exitPrice: averageOf(exit) }
    return { openedAtMs, closedAtMs: atMs, side, quantity: entry.quantity, ...prices, fee, pnl }
  }
}

/** Most legs are one execution, whose price needs no division. */
function averageOf({ fills, quantity, cost, price }: Leg): Decimal {
  return fills === 1 ? price : isZero(quantity) ? ZERO : divide(cost, quantity, PRICE_SCALE)
}

function legOf(json: Json | undefined, path: string): Leg {
  const row = readObject(json, path)
  return {
    fills: readInteger(row['fills'], `${path}.fills`),
    quantity: readDecimal(row['quantity'], `${path}.quantity`),
    cost: readDecimal(row['cost'], `${path}.cost`),
    price: readDecimal(row['price'], `${path}.price`),
  }
}

/** Reads a line back; one without an open trade for null. @throws {AppError} `REPLAY_INVALID` for other JSON. */
export function readRoundTripLine(json: Json | undefined, path: string): RoundTripLine {
  return readNullable(json, path, RoundTripLine.of) ?? new RoundTripLine()
}
