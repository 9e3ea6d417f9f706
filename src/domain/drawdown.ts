import { add, type Decimal, isLess, isPositive, maximum, subtract, toNumber } from './decimal'
import type { Json } from './json'
import { readDecimal, readObject } from './json-read'

/** The highest equity of some time. Plain JSON; survives restarts. */
export type Peak = {
  /** Valuation asset, as if all later flows had been there then. */
  readonly peak: Decimal
  readonly flows: Decimal
}

/** Returns the peak after new figures; null begins with them. Money that came or went moves it along, so that a withdrawal is no loss. */
export function trackPeak(before: Peak | null, equity: Decimal, flows: Decimal): Peak {
  if (before === null) return { peak: equity, flows }
  if (flows === before.flows) return isLess(before.peak, equity) ? { peak: equity, flows } : before
  return { peak: maximum(add(before.peak, subtract(flows, before.flows)), equity), flows }
}

/** The highest equity so far, with the flows it was reached at. Plain JSON; survives restarts. */
export type Drawdown = Peak & {
  /** Present: `(peak − equity) / peak`, from 0; above 1 when equity is negative; 0 while there is no positive peak. */
  readonly ratio: number
  /** The worst ratio seen. */
  readonly ratioMax: number
}

/** Returns the tracker at its first figures. */
export function startDrawdown(equity: Decimal, flows: Decimal): Drawdown {
  return { peak: equity, flows, ratio: 0, ratioMax: 0 }
}

/** Returns the tracker after new figures. */
export function trackDrawdown(drawdown: Drawdown, equity: Decimal, flows: Decimal): Drawdown {
  const { peak } = trackPeak(drawdown, equity, flows)
  const ratio = peak !== equity && isPositive(peak) ? (toNumber(peak) - toNumber(equity)) / toNumber(peak) : 0
  return { peak, flows, ratio, ratioMax: Math.max(ratio, drawdown.ratioMax) }
}

/** Reads a tracker back. @throws {AppError} `REPLAY_INVALID` for other JSON. */
export function readDrawdown(json: Json, path: string): Drawdown {
  const row = readObject(json, path)
  const ratio = (name: 'ratio' | 'ratioMax') => {
    const value = row[name]
    return typeof value === 'number' ? value : 0
  }
  return {
    peak: readDecimal(row['peak'], `${path}.peak`),
    flows: readDecimal(row['flows'], `${path}.flows`),
    ratio: ratio('ratio'),
    ratioMax: ratio('ratioMax'),
  }
}
