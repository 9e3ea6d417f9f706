import { type NumberToken, numberToken } from './wire-json'

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

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
