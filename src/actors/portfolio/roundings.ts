import { absolute, add, type Decimal, isGreater, isNegative, multiply, subtract, ZERO } from '#domain/decimal'
import type { AccountId } from '#domain/ids'
import type { Json, JsonObject } from '#domain/json'
import { readDecimal, readInteger, readObject } from '#domain/json-read'
import { pairKey } from '#domain/pair-key'
import type { Posting } from '#domain/posting'
import { utcDayOf } from '#domain/time'
import type { DriftLine } from './drift'

/** Begins the id of a flow that takes over what a venue rounded away. */
export const ROUNDING = 'rounding'

/**
 * What was booked away as the venues' rounding (PFL-07): no more of an asset within a UTC day than the tolerance, for a difference that
 * comes back again and again is none of rounding. A fold of the postings.
 */
export class Roundings {
  /** Valuation asset. */
  readonly #tolerance: Decimal
  #dayStartMs = 0
  /** Worth of what the day booked away, absolute, by account and asset. */
  readonly #ofDay = new Map<string, Decimal>()
  #lost: Decimal = ZERO

  constructor(tolerance: Decimal) {
    this.#tolerance = tolerance
  }

  /** Worth of all that was booked away to our cost, positive: equity that fell, and that nobody withdrew. */
  get lost(): Decimal {
    return this.#lost
  }

  /** True while a difference fits into what its UTC day has left. */
  fits(accountId: AccountId, { asset, value }: DriftLine, nowMs: number): boolean {
    const booked = utcDayOf(nowMs) > this.#dayStartMs ? ZERO : (this.#ofDay.get(pairKey(accountId, asset)) ?? ZERO)
    return !isGreater(add(booked, value), this.#tolerance)
  }

  /** Takes in each posting that was booked. */
  onPosting(posting: Posting): void {
    if (posting.kind !== 'flow' || posting.flow !== 'adjustment') return
    for (const { account, accountId, asset, amount } of posting.lines) {
      if (account !== 'held' || !posting.postingId.startsWith(`flow:${accountId}:${ROUNDING}:`)) continue
      const value = multiply(amount, posting.rates[asset] ?? ZERO)
      if (isNegative(value)) this.#lost = subtract(this.#lost, value)
      const dayMs = utcDayOf(posting.atMs)
      if (dayMs > this.#dayStartMs) {
        this.#dayStartMs = dayMs
        this.#ofDay.clear()
      }
      const key = pairKey(accountId, asset)
      this.#ofDay.set(key, add(this.#ofDay.get(key) ?? ZERO, absolute(value)))
    }
  }

  snapshot(): JsonObject {
    return { dayStartMs: this.#dayStartMs, ofDay: Object.fromEntries(this.#ofDay), lost: this.#lost }
  }

  /** Takes the place of a fold up to the snapshot's sequence. @throws {AppError} `REPLAY_INVALID` for other JSON. */
  restore(json: Json): void {
    const fold = readObject(json, 'roundings')
    this.#dayStartMs = readInteger(fold['dayStartMs'], 'dayStartMs')
    this.#lost = readDecimal(fold['lost'], 'lost')
    for (const [key, value] of Object.entries(readObject(fold['ofDay'], 'ofDay'))) this.#ofDay.set(key, readDecimal(value, key))
  }
}
