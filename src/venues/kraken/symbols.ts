import { compare, type Decimal, decimal, multiply, stepOfScale } from '#domain/decimal'
import { type AssetCode, assetCode, type InstrumentId, instrumentIdOf, type VenueId } from '#domain/ids'
import type { Instrument, InstrumentStatus } from '#domain/instrument'
import type { AssetRow, PairRow } from './schema-rest'

/** An asset as our books know it, and whether an amount under that key can be traded with. */
export interface AssetName {
  readonly asset: AssetCode
  readonly isTradable: boolean
}

/** One pair with every spelling of its name and the scales of its wire numbers. */
export interface Pair {
  readonly instrumentId: InstrumentId
  readonly baseAsset: AssetCode
  readonly quoteAsset: AssetCode
  /** Key in AssetPairs and TradesHistory: `XXBTZUSD`. */
  readonly raw: string
  /** What requests name: `XBTUSD`. */
  readonly rest: string
  /** WebSocket v2: `BTC/USD`. */
  readonly stream: string
  /** Decimals of the stream's numbers, which the checksum of a book needs. */
  readonly pricePrecision: number
  readonly quantityPrecision: number
  readonly row: PairRow
}

/** Kraken's old tickers and what everybody else calls them. */
const RENAMED: Readonly<Record<string, string>> = { XBT: 'BTC', XDG: 'DOGE' }
/** Wallets of one asset, folded into it. `.F` (auto-earn) trades through the base asset, the others must be released first. */
const FOLDED: Readonly<Record<string, boolean>> = { F: true, S: false, M: false, P: false, B: false, HOLD: false }
/** Fee credits: not money. */
const FEE_CREDITS = new Set(['KFEE', 'FEE'])
const ASSET_FORM = /^[A-Z0-9][A-Z0-9.]{0,19}$/

/**
 * Kraken's names for assets and pairs, from its own tables. Nothing is guessed from spelling: XTZ and ZRX keep their first letter.
 */
export class SymbolTable {
  readonly #venueId: VenueId
  readonly #altnames: ReadonlyMap<string, string>
  readonly #byName = new Map<string, Pair>()
  readonly #byInstrument = new Map<InstrumentId, Pair>()
  /** Keys of pairs that our own forms cannot hold: logged once, not traded. */
  readonly skipped: readonly string[]

  constructor(venueId: VenueId, assets: Readonly<Record<string, AssetRow>>, pairs: Readonly<Record<string, PairRow>>) {
    this.#venueId = venueId
    this.#altnames = new Map(Object.entries(assets).map(([id, row]) => [id, row.altname]))
    const skipped: string[] = []
    for (const [raw, row] of Object.entries(pairs)) {
      // Spot class only (VEN-03); tokenised stocks go by other rules.
      if (row.aclass_base !== 'currency' || row.aclass_quote !== 'currency') continue
      if (!this.#addPair(raw, row)) skipped.push(raw)
    }
    this.skipped = skipped
  }

  get pairs(): Iterable<Pair> {
    return this.#byInstrument.values()
  }

  /** Returns a pair by any of its spellings, or null. */
  pair(name: string): Pair | null {
    return this.#byName.get(name) ?? null
  }

  pairOf(instrumentId: InstrumentId): Pair | null {
    return this.#byInstrument.get(instrumentId) ?? null
  }

  /** Sets the scale of a pair's stream numbers. Returns whether it changed. */
  rescale(instrumentId: InstrumentId, pricePrecision: number, quantityPrecision: number): boolean {
    const pair = this.#byInstrument.get(instrumentId)
    if (pair === undefined || (pair.pricePrecision === pricePrecision && pair.quantityPrecision === quantityPrecision)) return false
    const rescaled = { ...pair, pricePrecision, quantityPrecision }
    this.#byInstrument.set(instrumentId, rescaled)
    for (const [name, held] of this.#byName) if (held === pair) this.#byName.set(name, rescaled)
    return true
  }

  /** Returns our name for an asset key of Balance or Ledgers, `XXBT` or `USD.M`; null for fee credits and unspeakable names. */
  asset(key: string): AssetName | null {
    const exact = this.#altnames.get(key)
    const point = key.indexOf('.')
    const suffix = point < 0 ? null : key.slice(point + 1)
    const isFolded = suffix !== null && suffix in FOLDED
    const stem = isFolded ? key.slice(0, point) : key
    const altname = isFolded ? (this.#altnames.get(stem) ?? stem) : (exact ?? key)
    if (FEE_CREDITS.has(altname) || FEE_CREDITS.has(key)) return null
    const name = RENAMED[altname] ?? altname
    if (!ASSET_FORM.test(name)) return null
    return { asset: assetCode(name), isTradable: suffix === null || FOLDED[suffix] === true }
  }

  #addPair(raw: string, row: PairRow): boolean {
    const base = this.asset(row.base)
    const quote = this.asset(row.quote)
    if (base === null || quote === null) return false
    const stream = `${base.asset}/${quote.asset}`
    const instrumentId = instrumentIdOf(base.asset, quote.asset, this.#venueId)
    // Two pairs under one name: the first is the ordinary one.
    if (this.#byInstrument.has(instrumentId)) return false
    const pair: Pair = {
      instrumentId,
      baseAsset: base.asset,
      quoteAsset: quote.asset,
      raw,
      rest: row.altname,
      stream,
      pricePrecision: row.pair_decimals,
      quantityPrecision: row.lot_decimals,
      row,
    }
    this.#byInstrument.set(instrumentId, pair)
    for (const name of [raw, row.altname, row.wsname ?? raw, stream]) {
      if (!this.#byName.has(name)) this.#byName.set(name, pair)
    }
    return true
  }
}

const STATUSES: Readonly<Record<string, InstrumentStatus>> = {
  online: 'online',
  post_only: 'postOnly',
  limit_only: 'limitOnly',
  reduce_only: 'reduceOnly',
  cancel_only: 'cancelOnly',
}

/** Returns our word for a pair's status; anything unknown is `offline`. */
export function statusOf(text: string): InstrumentStatus {
  return STATUSES[text] ?? 'offline'
}

/** Fees of a pair in percent, as the account pays them. */
export interface FeePercent {
  readonly maker: Decimal
  readonly taker: Decimal
}

const BPS_PER_PERCENT = '100' as Decimal
const NO_NOTIONAL_MIN = '0' as Decimal

/** Returns the fee of a schedule at a 30-day volume in USD. */
export function feeAtVolume(schedule: readonly (readonly [Decimal, Decimal])[], volume: Decimal): Decimal {
  let percent = schedule[0]?.[1] ?? decimal('0')
  for (const [threshold, step] of schedule) if (compare(volume, threshold) >= 0) percent = step
  return percent
}

/** Returns the fees of a pair by its own schedule; `fees` applies to makers where no maker schedule is given. */
export function scheduledFees(row: PairRow, volume: Decimal): FeePercent {
  return { taker: feeAtVolume(row.fees, volume), maker: feeAtVolume(row.fees_maker ?? row.fees, volume) }
}

/** Returns the instrument of a pair (MKT-02). */
export function instrumentOf(pair: Pair, venueId: VenueId, fees: FeePercent): Instrument {
  const { row } = pair
  const lotSize = stepOfScale(row.lot_decimals)
  return {
    instrumentId: pair.instrumentId,
    venueId,
    baseAsset: pair.baseAsset,
    quoteAsset: pair.quoteAsset,
    venueSymbols: { raw: pair.raw, rest: pair.rest, stream: pair.stream },
    status: statusOf(row.status),
    tickSize: row.tick_size ?? stepOfScale(row.pair_decimals),
    lotSize,
    quantityMin: row.ordermin ?? lotSize,
    notionalMin: row.costmin ?? NO_NOTIONAL_MIN,
    costScale: row.cost_decimals,
    makerFeeBps: multiply(fees.maker, BPS_PER_PERCENT),
    takerFeeBps: multiply(fees.taker, BPS_PER_PERCENT),
    marginable: row.leverage_buy.length > 0 || row.leverage_sell.length > 0,
  }
}

/** Returns the universe (VEN-03): spot pairs in the quote asset that are online. Pairs with leverage stay in; margin is never used. */
export function universeOf(instruments: readonly Instrument[], quoteAsset: AssetCode): readonly Instrument[] {
  return instruments.filter((instrument) => instrument.quoteAsset === quoteAsset && instrument.status === 'online')
}
