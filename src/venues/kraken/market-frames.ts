import { AppError } from '#domain/errors'
import { JsonScanner } from './numbers'

/** One change of a level as written on the wire. */
export interface RawLevel {
  price: string
  quantity: string
}

/** A book message, numbers as written. */
export interface BookFrame {
  readonly kind: 'book'
  readonly isSnapshot: boolean
  readonly symbol: string
  readonly bids: readonly RawLevel[]
  readonly asks: readonly RawLevel[]
  readonly checksum: number
  /** RFC 3339; null when absent. */
  readonly timestamp: string | null
}

/** A ticker message, as far as a quote needs it. */
export interface TickerFrame {
  readonly kind: 'ticker'
  readonly isSnapshot: boolean
  readonly symbol: string
  /** Number tokens; empty when absent. */
  readonly bid: string
  readonly bidQuantity: string
  readonly ask: string
  readonly askQuantity: string
  /** Price of the last trade. */
  readonly last: string
  /** Of the last 24 hours. */
  readonly volume: string
  readonly timestamp: string | null
}

/** A frame by its channel; `other` is for the slower, checked readers. */
export type MarketFrame =
  | BookFrame
  | TickerFrame
  | { readonly kind: 'heartbeat' }
  | { readonly kind: 'other'; readonly channel: string | null }

const HEARTBEAT: MarketFrame = { kind: 'heartbeat' }

/**
 * Reads a frame of the public stream. The two hot channels are pulled straight from the text; for all others only the name of
 * the channel is read.
 * @throws {AppError} `VENUE_PROTOCOL` when the text is no JSON object or a book or ticker lacks a field.
 */
export function readMarketFrame(text: string): readonly MarketFrame[] {
  const scanner = new JsonScanner(text)
  scanner.enterObject()
  let channel: string | null = null
  let isSnapshot: boolean | null = null
  let dataAt = -1
  for (let key = scanner.nextKey(); key !== null; key = scanner.nextKey()) {
    if (key === 'channel') channel = scanner.string()
    else if (key === 'type') isSnapshot = scanner.string() === 'snapshot'
    else if (key === 'data' && isHot(channel) && isSnapshot !== null) {
      const frames = channel === 'book' ? readBooks(scanner, isSnapshot) : readTickers(scanner, isSnapshot)
      return frames
    } else if (key === 'data' && (channel === null || isHot(channel))) {
      // Keys in another order than usual: come back when the channel is known.
      dataAt = scanner.position
      scanner.skip()
    } else if (channel !== null && !isHot(channel)) break
    else scanner.skip()
  }
  if (channel === 'heartbeat') return [HEARTBEAT]
  if (isHot(channel) && dataAt >= 0) {
    scanner.seek(dataAt)
    return channel === 'book' ? readBooks(scanner, isSnapshot === true) : readTickers(scanner, isSnapshot === true)
  }
  return [{ kind: 'other', channel }]
}

function isHot(channel: string | null): boolean {
  return channel === 'book' || channel === 'ticker'
}

function readBooks(scanner: JsonScanner, isSnapshot: boolean): readonly BookFrame[] {
  const frames: BookFrame[] = []
  scanner.enterArray()
  while (scanner.nextItem()) frames.push(readBook(scanner, isSnapshot))
  return frames
}

function readBook(scanner: JsonScanner, isSnapshot: boolean): BookFrame {
  let symbol = ''
  let bids: readonly RawLevel[] = []
  let asks: readonly RawLevel[] = []
  let checksum = ''
  let timestamp: string | null = null
  scanner.enterObject()
  for (let key = scanner.nextKey(); key !== null; key = scanner.nextKey()) {
    if (key === 'symbol') symbol = scanner.string()
    else if (key === 'bids') bids = readLevels(scanner)
    else if (key === 'asks') asks = readLevels(scanner)
    else if (key === 'checksum') checksum = scanner.number()
    else if (key === 'timestamp') timestamp = scanner.string()
    else scanner.skip()
  }
  if (symbol === '' || checksum === '') throw lacking('book')
  return { kind: 'book', isSnapshot, symbol, bids, asks, checksum: Number(checksum), timestamp }
}

function readLevels(scanner: JsonScanner): readonly RawLevel[] {
  const levels: RawLevel[] = []
  scanner.enterArray()
  while (scanner.nextItem()) {
    const level: RawLevel = { price: '', quantity: '' }
    scanner.enterObject()
    for (let key = scanner.nextKey(); key !== null; key = scanner.nextKey()) {
      if (key === 'price') level.price = scanner.number()
      else if (key === 'qty') level.quantity = scanner.number()
      else scanner.skip()
    }
    if (level.price === '' || level.quantity === '') throw lacking('book')
    levels.push(level)
  }
  return levels
}

function readTickers(scanner: JsonScanner, isSnapshot: boolean): readonly TickerFrame[] {
  const frames: TickerFrame[] = []
  scanner.enterArray()
  while (scanner.nextItem()) frames.push(readTicker(scanner, isSnapshot))
  return frames
}

function readTicker(scanner: JsonScanner, isSnapshot: boolean): TickerFrame {
  let symbol = ''
  let bid = ''
  let bidQuantity = ''
  let ask = ''
  let askQuantity = ''
  let last = ''
  let volume = ''
  let timestamp: string | null = null
  scanner.enterObject()
  for (let key = scanner.nextKey(); key !== null; key = scanner.nextKey()) {
    if (key === 'symbol') symbol = scanner.string()
    else if (key === 'bid') bid = nullableNumber(scanner)
    else if (key === 'bid_qty') bidQuantity = nullableNumber(scanner)
    else if (key === 'ask') ask = nullableNumber(scanner)
    else if (key === 'ask_qty') askQuantity = nullableNumber(scanner)
    else if (key === 'last') last = nullableNumber(scanner)
    else if (key === 'volume') volume = nullableNumber(scanner)
    else if (key === 'timestamp') timestamp = scanner.string()
    else scanner.skip()
  }
  if (symbol === '') throw lacking('ticker')
  return { kind: 'ticker', isSnapshot, symbol, bid, bidQuantity, ask, askQuantity, last, volume, timestamp }
}

/** An empty side is absent, zero or null, by what was seen and what may come. */
function nullableNumber(scanner: JsonScanner): string {
  const value = scanner.value(0)
  return typeof value === 'string' ? value : ''
}

function lacking(channel: string): AppError {
  return new AppError(`A ${channel} frame of Kraken lacks a field`, { code: 'VENUE_PROTOCOL', severity: 'LOW' })
}
