import { type NumberToken, numberToken } from './wire-json'

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** Returns RFC 3339 with microseconds, as WebSocket frames carry it: `2023-09-21T14:15:07.197000Z`. */
export function microTime(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, -1)}000Z`
}

/** Returns RFC 3339 with nanoseconds, as the ohlc channel carries it. */
export function nanoTime(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, -1)}000000Z`
}

/** Returns RFC 3339 with whole seconds, rounded down. */
export function secondTime(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19)}Z`
}

/** Returns unix seconds with four decimals, the REST form of a time; zero is the integer `0`. */
export function unixTime(atMs: number): NumberToken {
  if (atMs === 0) return numberToken('0')
  return numberToken(`${Math.floor(atMs / 1_000)}.${String(atMs % 1_000).padStart(3, '0')}0`)
}

/** Returns unix nanoseconds of a time and a count below a million that keeps equal times apart. */
export function unixNanos(atMs: number, tieBreak = 0): bigint {
  return BigInt(atMs) * 1_000_000n + BigInt(tieBreak % 1_000_000)
}

/** Returns unix seconds with seven decimals from nanoseconds, as rows of Trades carry it. */
export function unixSecondsOfNanos(nanos: bigint): NumberToken {
  return numberToken(`${nanos / 1_000_000_000n}.${((nanos % 1_000_000_000n) / 100n).toString().padStart(7, '0')}`)
}

/** Returns the form of the Time method: `Thu, 06 Jul 23 18:50:48 +0000`. */
export function rfc1123Time(atMs: number): string {
  const at = new Date(atMs)
  const two = (value: number): string => String(value).padStart(2, '0')
  const date = `${two(at.getUTCDate())} ${MONTHS[at.getUTCMonth()]} ${two(at.getUTCFullYear() % 100)}`
  return `${DAYS[at.getUTCDay()]}, ${date} ${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} +0000`
}

/** Reads RFC 3339 text into UTC ms, or null when it is none. */
export function readRfc3339(text: string): number | null {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.test(text)) return null
  const atMs = Date.parse(text)
  return Number.isNaN(atMs) ? null : atMs
}
