/** One level of a book as it goes over the wire: price and quantity text with the fixed decimals of the pair. */
export interface WireLevel {
  readonly price: string
  readonly quantity: string
}

const CHECKSUM_LEVELS = 10

function digits(text: string): string {
  return text.replace('.', '').replace(/^0+/, '')
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
