import type { Brand } from './brand'
import { InvariantError } from './errors'

/** A venue's short name: `kraken`. */
export type VenueId = Brand<string, 'VenueId'>
/** Our identity at a venue: `main@kraken`. */
export type AccountId = Brand<string, 'AccountId'>
/** One tradable at one venue: `BTC-USD@kraken`. */
export type InstrumentId = Brand<string, 'InstrumentId'>
/** An asset in canonical spelling: `BTC`, `USD` (never XBT or ZUSD). */
export type AssetCode = Brand<string, 'AssetCode'>
export type BotId = Brand<string, 'BotId'>
export type StrategyId = Brand<string, 'StrategyId'>
/** What a bot decided, named by what it was decided on, so that the same decision after a crash has the same id. */
export type IntentId = Brand<string, 'IntentId'>
/** Ours, minted before sending, the idempotency key: 32 lower-case hex digits, the first 6 the tag of the data directory. */
export type ClientOrderId = Brand<string, 'ClientOrderId'>
/** Theirs, known after acceptance. */
export type VenueOrderId = Brand<string, 'VenueOrderId'>
/** The venue's id of one execution. */
export type TradeId = Brand<string, 'TradeId'>

const NAME = /^[a-z0-9][a-z0-9-]{0,47}$/
const ASSET = /^[A-Z0-9][A-Z0-9.]{0,19}$/
const INSTRUMENT = /^[A-Z0-9.]{1,20}-[A-Z0-9.]{1,20}@[a-z0-9-]{1,48}$/
const ACCOUNT = /^[a-z0-9-]{1,48}@[a-z0-9-]{1,48}$/
const CLIENT_ORDER = /^[0-9a-f]{32}$/

function minted<T extends string>(value: string, pattern: RegExp, what: string): T {
  if (!pattern.test(value)) throw new InvariantError(`"${value.slice(0, 80)}" is not a valid ${what}`)
  return value as T
}

export const venueId = (value: string): VenueId => minted(value, NAME, 'venue id')
export const botId = (value: string): BotId => minted(value, NAME, 'bot id')
export const strategyId = (value: string): StrategyId => minted(value, NAME, 'strategy id')
export const assetCode = (value: string): AssetCode => minted(value, ASSET, 'asset code')
export const accountId = (value: string): AccountId => minted(value, ACCOUNT, 'account id')
export const clientOrderId = (value: string): ClientOrderId => minted(value, CLIENT_ORDER, 'client order id')

/** Reads an instrument id such as `BTC-USD@kraken`. */
export const instrumentId = (value: string): InstrumentId => minted(value, INSTRUMENT, 'instrument id')

/** Returns the id of a base and a quote asset at a venue. */
export function instrumentIdOf(base: AssetCode, quote: AssetCode, venue: VenueId): InstrumentId {
  return instrumentId(`${base}-${quote}@${venue}`)
}

/** Returns the venue of an instrument, by its id. */
export function venueOf(instrument: InstrumentId): VenueId {
  return instrument.slice(instrument.indexOf('@') + 1) as VenueId
}

/** Ids that a venue mints are opaque: any text of 1 to 128 printable characters. Read with each message, so without a pattern. */
function opaque<T extends string>(value: string, what: string): T {
  const end = value.length
  let isValid = end > 0 && end <= 128
  for (let index = 0; isValid && index < end; index++) {
    const code = value.charCodeAt(index)
    isValid = code >= 0x21 && code <= 0x7e
  }
  if (!isValid) throw new InvariantError(`"${value.slice(0, 80)}" is not a valid ${what}`)
  return value as T
}

export const venueOrderId = (value: string): VenueOrderId => opaque(value, 'venue order id')
export const tradeId = (value: string): TradeId => opaque(value, 'trade id')
export const intentId = (value: string): IntentId => minted(value, /^[\x20-\x7e]{1,200}$/, 'intent id')

/** True for an id of our own form; a foreign order's client id is not. */
export function isClientOrderId(value: string): value is ClientOrderId {
  return CLIENT_ORDER.test(value)
}
