/** One level of a book as it goes over the wire: price and quantity text with the fixed decimals of the pair. */
export interface WireLevel {
  readonly price: string
  readonly quantity: string
}

const CHECKSUM_LEVELS = 10

const ZERO_CODE = 48
const POINT_CODE = 46

/** The digits of fixed decimal text without its point and its leading zeros; by hand, for this runs ten times a book frame and side. */
function digits(text: string): string {
  const point = text.indexOf('.')
  let start = 0
  while (start < text.length) {
    const code = text.charCodeAt(start)
    if (code !== ZERO_CODE && code !== POINT_CODE) break
    start++
  }
  return point < start ? text.slice(start) : text.slice(start, point) + text.slice(point + 1)
}

function sideText(levels: readonly WireLevel[]): string {
  let text = ''
  for (const level of levels.slice(0, CHECKSUM_LEVELS)) text += digits(level.price) + digits(level.quantity)
  return text
}

/**
 * Returns the CRC-32 of a book: its ten best asks from the lowest up, then its ten best bids from the highest down, points and
 * leading zeros taken off (protocol sheet §4.6). Both sides must be given best first.
 */
export function bookChecksum(asks: readonly WireLevel[], bids: readonly WireLevel[]): number {
  return Bun.hash.crc32(sideText(asks) + sideText(bids))
}
