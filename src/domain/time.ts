import { InvariantError } from './errors'

/** Bar lengths that Troupe trades on (MKT-03). Bars open on UTC multiples of their length. */
export type Timeframe = '1m' | '5m' | '15m' | '1h' | '4h' | '1d'

/** Every timeframe, shortest first. */
export const TIMEFRAMES: readonly Timeframe[] = ['1m', '5m', '15m', '1h', '4h', '1d']

export const TIMEFRAME_MS: Readonly<Record<Timeframe, number>> = {
  '1m': 60_000,
  '5m': 300_000,
  '15m': 900_000,
  '1h': 3_600_000,
  '4h': 14_400_000,
  '1d': 86_400_000,
}

export const DAY_MS = 86_400_000

/** Returns the open time of the bar that contains `atMs`; `[openAtMs, openAtMs + length)` in UTC whatever the local zone. */
export function barOpenAt(atMs: number, timeframe: Timeframe): number {
  return Math.floor(atMs / TIMEFRAME_MS[timeframe]) * TIMEFRAME_MS[timeframe]
}

/** Returns the start of the UTC day that contains `atMs`. */
export function utcDayOf(atMs: number): number {
  return Math.floor(atMs / DAY_MS) * DAY_MS
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: DAY_MS }

/**
 * Reads a duration such as `90s`, `15m`, `6h`, `3d` or `250ms`.
 * @throws {InvariantError} when the text is not a positive number and a unit.
 */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim())
  const unit = match?.[2] === undefined ? undefined : UNIT_MS[match[2]]
  const ms = match === null || unit === undefined ? 0 : Math.round(Number(match[1]) * unit)
  if (ms <= 0) throw new InvariantError(`"${text}" is not a duration; write a number and ms, s, m, h or d, such as 90s or 3d`)
  return ms
}

/** Returns a duration in words for a person: `2 d 3 h`, `4 min 5 s`, `250 ms`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  const seconds = Math.floor(ms / 1_000)
  const parts: readonly [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ]
  const shown = parts.filter(([count]) => count > 0).slice(0, 2)
  return shown.map(([count, unit]) => `${count} ${unit}`).join(' ')
}
