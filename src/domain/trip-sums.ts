import { add, type Decimal, isNegative, isPositive, ZERO } from './decimal'
import type { Json, JsonObject } from './json'
import { readDecimal, readInteger, readObject } from './json-read'
import type { RoundTrip } from './round-trip'

/** Sums over round trips that ended; valuation asset. */
export type TripSums = {
  readonly closed: number
  readonly wins: number
  readonly losses: number
  /** Net of fees. */
  readonly pnl: Decimal
  /** Time from the first execution to the last, ms. */
  readonly holdMs: number
}

export const NO_TRIPS: TripSums = { closed: 0, wins: 0, losses: 0, pnl: ZERO, holdMs: 0 }

/** Returns the sums with one more. */
export function addTrip(sums: TripSums, { openedAtMs, closedAtMs, pnl }: RoundTrip): TripSums {
  return {
    closed: sums.closed + 1,
    wins: sums.wins + (isPositive(pnl) ? 1 : 0),
    losses: sums.losses + (isNegative(pnl) ? 1 : 0),
    pnl: add(sums.pnl, pnl),
    // Executions are dated by the venue: one that comes out of order takes no time away.
    holdMs: sums.holdMs + Math.max(0, closedAtMs - openedAtMs),
  }
}

/** Returns both sums together. */
export function plusTrips(a: TripSums, b: TripSums): TripSums {
  return {
    closed: a.closed + b.closed,
    wins: a.wins + b.wins,
    losses: a.losses + b.losses,
    pnl: add(a.pnl, b.pnl),
    holdMs: a.holdMs + b.holdMs,
  }
}

/** Reads sums back. @throws {AppError} `REPLAY_INVALID` for other JSON. */
export function readTripSums(json: Json | JsonObject, path: string): TripSums {
  const row = readObject(json, path)
  return {
    closed: readInteger(row['closed'], `${path}.closed`),
    wins: readInteger(row['wins'], `${path}.wins`),
    losses: readInteger(row['losses'], `${path}.losses`),
    pnl: readDecimal(row['pnl'], `${path}.pnl`),
    holdMs: readInteger(row['holdMs'], `${path}.holdMs`),
  }
}
