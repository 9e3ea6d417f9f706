import { add, type Decimal, isLess, maximum, ZERO } from '#domain/decimal'
import { messageOf } from '#domain/errors'
import type { Fill } from '#domain/order'
import type { ClockPort } from '#ports/clock'

/** How executions are asked for again. */
export interface FillReaderSettings {
  readonly fillsRetryMs: number
  readonly fillsRetryMaxMs: number
  readonly fillsAttemptsMax: number
  readonly knownOrdersMax: number
}

/** What the reader asks and whom it tells. */
export interface FillReaderDeps {
  readonly clock: ClockPort
  readonly config: FillReaderSettings
  /** Returns all executions of orders that the list shows by now. */
  read(venueOrderIds: readonly string[]): Promise<readonly Fill[]>
  onFill(fill: Fill): void
  onFault(code: string, text: string): void
}

interface Need {
  /** As many as the venue has counted. */
  wanted: Decimal
  attempts: number
}

/** Orders that are asked for together. */
const ORDERS_MAX = 50
/** Counts of an order that was placed by an amount of quote can differ from the sum of its executions by their last digits. */
const TOLERANCE = '0.00000001' as Decimal

/** True when executions come to less than the venue has counted for their order. */
export function areShort(executed: Decimal, counted: Decimal): boolean {
  return isLess(add(executed, TOLERANCE), counted)
}

/**
 * Turns "more was executed" into executions: the user channel counts, and the list of executions names them (docs/adr/0019). The list can lag by
 * seconds, so that it is asked until it has what was counted. Each execution is told once.
 */
export class FillReader {
  readonly #deps: FillReaderDeps
  readonly #needs = new Map<string, Need>()
  readonly #told = new Set<string>()
  readonly #sums = new Map<string, Decimal>()
  #isReading = false
  #timer: unknown = null
  #epoch = 0

  constructor(deps: FillReaderDeps) {
    this.#deps = deps
  }

  /** Notes that the venue has counted so much executed for an order, and reads at once. */
  want(venueOrderId: string, filledQuantity: Decimal): void {
    if (!isLess(this.#sums.get(venueOrderId) ?? ZERO, filledQuantity)) return
    const need = this.#needs.get(venueOrderId)
    this.#needs.set(venueOrderId, { wanted: maximum(need?.wanted ?? ZERO, filledQuantity), attempts: 0 })
    this.#read()
  }

  /** Tells of an execution that came another way; a repeat is passed over. */
  tell(fill: Fill): void {
    if (this.#told.has(fill.tradeId)) return
    remember(this.#told, fill.tradeId, this.#deps.config.knownOrdersMax)
    this.#sums.set(fill.venueOrderId, add(this.#sums.get(fill.venueOrderId) ?? ZERO, fill.quantity))
    if (this.#sums.size > this.#deps.config.knownOrdersMax) this.#forgetSum()
    this.#deps.onFill(fill)
  }

  /** Stops asking: whoever connects again asks for all executions of the time between. */
  stop(): void {
    this.#epoch++
    this.#needs.clear()
    if (this.#timer !== null) this.#deps.clock.clearTimeout(this.#timer)
    this.#timer = null
  }

  #read(): void {
    if (this.#isReading) return
    if (this.#timer !== null) this.#deps.clock.clearTimeout(this.#timer)
    this.#timer = null
    void this.#readAll()
  }

  async #readAll(): Promise<void> {
    const epoch = this.#epoch
    this.#isReading = true
    // Those asked for least come first, so that one whose executions lag holds up no other.
    const batch = [...this.#needs]
      .sort(([, a], [, b]) => a.attempts - b.attempts)
      .slice(0, ORDERS_MAX)
      .map(([id]) => id)
    try {
      const fills = await this.#deps.read(batch)
      if (epoch === this.#epoch) for (const fill of fills) this.tell(fill)
    } catch (error) {
      if (epoch === this.#epoch) this.#deps.onFault('FILLS_UNREAD', `executions could not be read: ${messageOf(error)}`)
    } finally {
      this.#isReading = false
    }
    if (epoch === this.#epoch) this.#settle(batch)
    // Asked for since the reader was stopped: a new connection has come.
    else if (this.#needs.size > 0) this.#read()
  }

  #settle(batch: readonly string[]): void {
    const { config, clock, onFault } = this.#deps
    let attempt = Number.POSITIVE_INFINITY
    for (const id of batch) {
      const need = this.#needs.get(id)
      if (need === undefined) continue
      const missing = areShort(this.#sums.get(id) ?? ZERO, need.wanted)
      if (!missing || ++need.attempts >= config.fillsAttemptsMax) this.#needs.delete(id)
      if (missing && need.attempts >= config.fillsAttemptsMax)
        onFault(
          'FILLS_MISSING',
          `order ${id}: ${need.wanted} executed by the venue's count, and its list shows ${this.#sums.get(id) ?? ZERO}`,
        )
    }
    if (this.#needs.size === 0) return
    for (const { attempts } of this.#needs.values()) attempt = Math.min(attempt, attempts)
    if (attempt === 0) return this.#read()
    const pauseMs = Math.min(config.fillsRetryMaxMs, config.fillsRetryMs * 2 ** (attempt - 1))
    this.#timer = clock.setTimeout(() => {
      this.#timer = null
      this.#read()
    }, pauseMs)
  }

  #forgetSum(): void {
    const oldest = this.#sums.keys().next()
    if (oldest.done !== true) this.#sums.delete(oldest.value)
  }
}

function remember(set: Set<string>, value: string, max: number): void {
  set.add(value)
  if (set.size <= max) return
  const oldest = set.values().next()
  if (oldest.done !== true) set.delete(oldest.value)
}
