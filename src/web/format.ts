/** Shown where there is no figure. */
export const NONE = '–'

const grouped = (digitsMin: number, digitsMax: number): Intl.NumberFormat =>
  new Intl.NumberFormat('en-US', { minimumFractionDigits: digitsMin, maximumFractionDigits: digitsMax })
const MONEY = grouped(2, 2)
const EXACT = grouped(0, 18)
const PRICE = grouped(0, 8)

/** Decimals are text and may have more digits than a double holds; the formatter takes them as text, exactly. */
function format(formatter: Intl.NumberFormat, value: string): string {
  return formatter.format(value as Intl.StringNumericLiteral).replace('-', '−')
}

/** Returns an amount with two digits after the point. */
export function money(value: string | null): string {
  return value === null ? NONE : format(MONEY, value)
}

/** Returns an amount with its sign, so that gain and loss differ without colour. */
export function signedMoney(value: string | null): string {
  if (value === null) return NONE
  const text = money(value)
  return signOf(value) > 0 ? `+${text}` : text
}

/** Returns a quantity with every digit it has. */
export function quantity(value: string): string {
  return format(EXACT, value)
}

/** Returns a price with at most eight digits after the point. */
export function price(value: string | null): string {
  return value === null ? NONE : format(PRICE, value)
}

/** Returns −1, 0 or 1 for the sign of a decimal. */
export function signOf(value: string | null): -1 | 0 | 1 {
  if (value === null || !/[1-9]/.test(value)) return 0
  return value.startsWith('-') ? -1 : 1
}

/** Returns a ratio as a percentage with two digits. */
export function percent(ratio: number): string {
  return `${MONEY.format(ratio * 100)} %`
}

/** Returns `2026-03-04 12:00:05 UTC`: the market's time has no zone but UTC. */
export function utcTime(atMs: number): string {
  return `${new Date(atMs).toISOString().replace('T', ' ').slice(0, 19)} UTC`
}

/** Returns `12:00:05`, UTC. */
export function utcClock(atMs: number): string {
  return new Date(atMs).toISOString().slice(11, 19)
}

/** Returns the time of the owner's own clock, for what happens to the page and not to the market. */
export function localClock(atMs: number): string {
  return new Date(atMs).toLocaleTimeString([], { hour12: false })
}

/** Returns how long ago, in the largest two units: `1 h 30 min`. Negative spans read as 0 s. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000))
  const parts: readonly (readonly [number, string])[] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ]
  const first = parts.findIndex(([count]) => count > 0)
  if (first < 0) return '0 s'
  const shown = parts.slice(first, first + 2).filter(([count]) => count > 0)
  return shown.map(([count, unit]) => `${count} ${unit}`).join(' ')
}

/** Returns the market's part of an instrument id: `BTC-USD` of `BTC-USD@kraken`. */
export function shortInstrument(instrumentId: string): string {
  return instrumentId.split('@')[0] ?? instrumentId
}

/** Returns a long id shortened in its middle; of an actor's id (`order:…`) only the part after the kind. */
export function shortId(id: string): string {
  const start = id.indexOf(':') + 1
  const key = id.slice(start)
  return key.length <= 24 ? id : `${id.slice(0, start)}${key.slice(0, 6)}…${key.slice(-5)}`
}
