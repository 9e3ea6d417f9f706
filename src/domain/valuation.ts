import { add, type Decimal, divide, isPositive, isZero, multiply, ONE, sum, ZERO } from './decimal'
import { type AssetCode, assetCode } from './ids'
import type { SubAccountId } from './sub-account'

const USD = assetCode('USD')

/** A price of one pair, with where it came from. */
export interface PricePoint {
  /** Quote per base, positive. */
  readonly price: Decimal
  /** For a person: `BTC-USD@kraken mid`. */
  readonly source: string
  readonly isStale: boolean
}

/** Returns the price of the pair `base`/`quote` as listed, or null. It is asked for both directions; it inverts nothing itself. */
export type PriceLookup = (base: AssetCode, quote: AssetCode) => PricePoint | null

export interface ValuationRules {
  /** What everything is counted in: `USD`. */
  readonly valuationAsset: AssetCode
  /** Quote asset through which an asset is priced, before any other way (PFL-05). Keyed by asset. */
  readonly pairOverrides: Readonly<Record<string, AssetCode>>
  /** The only assets that count, the valuation asset apart; null or absent for all (PFL-01). */
  readonly includedAssets?: readonly AssetCode[] | null
  /** Assets left out of every sum (PFL-01). */
  readonly excludedAssets: readonly AssetCode[]
}

export interface AssetValue {
  readonly asset: AssetCode
  readonly quantity: Decimal
  /** Valuation asset per unit; null when no way to a price was found. */
  readonly price: Decimal | null
  /** Valuation asset; zero when unvalued. */
  readonly value: Decimal
  /** How the price was found; empty when it was not. */
  readonly source: string
  readonly isUnvalued: boolean
  readonly isStale: boolean
}

export interface Valuation {
  readonly total: Decimal
  readonly assets: readonly AssetValue[]
  /** True when an asset is unvalued or a price stale: the total is then a part or a guess (PFL-05). */
  readonly isPartial: boolean
}

export interface AssetAmount {
  readonly asset: AssetCode
  readonly quantity: Decimal
}

/** The rules that Troupe starts from: dollars, no overrides, nothing excluded. */
export const USD_RULES: ValuationRules = { valuationAsset: USD, pairOverrides: {}, excludedAssets: [] }

/** True for an asset that the rules leave out of every sum. */
export function isExcluded(asset: AssetCode, { valuationAsset, includedAssets, excludedAssets }: ValuationRules): boolean {
  if (excludedAssets.includes(asset)) return true
  return includedAssets !== null && includedAssets !== undefined && asset !== valuationAsset && !includedAssets.includes(asset)
}

/**
 * Returns the price of one unit of `asset` in the valuation asset: the override's pair if there is one, else the direct pair, its
 * inverse, or (when something else is counted in) over USD. Null when no way leads there, and for an excluded asset.
 * A price over two pairs is stale when either is.
 */
export function valuationPrice(asset: AssetCode, lookup: PriceLookup, rules: ValuationRules): PricePoint | null {
  const { valuationAsset, pairOverrides } = rules
  if (asset === valuationAsset) return { price: ONE, source: asset, isStale: false }
  if (isExcluded(asset, rules)) return null
  const override = pairOverrides[asset]
  if (override !== undefined) return overAsset(asset, override, valuationAsset, lookup)
  return eitherWay(asset, valuationAsset, lookup) ?? overAsset(asset, USD, valuationAsset, lookup)
}

/** Returns the rate that postings keep: the valuation price without its origin. */
export function rateOfAsset(lookup: PriceLookup, rules: ValuationRules): (asset: AssetCode) => Decimal | null {
  return (asset) => valuationPrice(asset, lookup, rules)?.price ?? null
}

/** Values balances (PFL-05). Zero balances and excluded assets are left out; an unvalued asset counts 0, is flagged and makes the result partial. */
export function valueAssets(balances: readonly AssetAmount[], lookup: PriceLookup, rules: ValuationRules): Valuation {
  const assets: AssetValue[] = []
  for (const { asset, quantity } of balances) {
    if (isZero(quantity) || isExcluded(asset, rules)) continue
    const point = valuationPrice(asset, lookup, rules)
    assets.push({
      asset,
      quantity,
      price: point?.price ?? null,
      value: point === null ? ZERO : multiply(quantity, point.price),
      source: point?.source ?? '',
      isUnvalued: point === null,
      isStale: point?.isStale ?? false,
    })
  }
  const total = sum(assets.map((entry) => entry.value))
  return { total, assets, isPartial: assets.some((entry) => entry.isUnvalued || entry.isStale) }
}

/** Returns what each sub-account's holdings are worth, in order of their first row: equities that add up to `totalValueOf`. */
export function valuesOf(
  rows: Iterable<{ readonly subAccount: SubAccountId; readonly asset: AssetCode; readonly amount: Decimal }>,
  rateOf: (asset: AssetCode) => Decimal | null,
  rules: ValuationRules,
): ReadonlyMap<SubAccountId, Decimal> {
  const rates = new Map<AssetCode, Decimal>()
  const values = new Map<SubAccountId, Decimal>()
  for (const { subAccount, asset, amount } of rows) {
    const isCounted = !isZero(amount) && !isExcluded(asset, rules)
    const rate = isCounted ? (rates.get(asset) ?? rateOf(asset) ?? ZERO) : ZERO
    if (isCounted) rates.set(asset, rate)
    values.set(subAccount, add(values.get(subAccount) ?? ZERO, multiply(amount, rate)))
  }
  return values
}

/** A pair as it may be listed, in either direction. */
export type PricingPair = readonly [AssetCode, AssetCode]

/** Returns the ways on which `valuationPrice` looks for a price, best first, each as the pairs that it leads over. */
export function pricingWays(asset: AssetCode, rules: ValuationRules): readonly (readonly PricingPair[])[] {
  const { valuationAsset, pairOverrides } = rules
  if (asset === valuationAsset || isExcluded(asset, rules)) return []
  const over = (middle: AssetCode): readonly PricingPair[] =>
    [[asset, middle] as const, [middle, valuationAsset] as const].filter(([base, quote]) => base !== quote)
  const override = pairOverrides[asset]
  if (override !== undefined) return [over(override)]
  return valuationAsset === USD ? [over(USD)] : [over(valuationAsset), over(USD)]
}

function eitherWay(base: AssetCode, quote: AssetCode, lookup: PriceLookup): PricePoint | null {
  if (base === quote) return { price: ONE, source: base, isStale: false }
  const direct = lookup(base, quote)
  if (direct !== null) return direct
  const inverse = lookup(quote, base)
  if (inverse === null || !isPositive(inverse.price)) return null
  return { price: divide(ONE, inverse.price), source: `1 / ${inverse.source}`, isStale: inverse.isStale }
}

function overAsset(asset: AssetCode, over: AssetCode, valuationAsset: AssetCode, lookup: PriceLookup): PricePoint | null {
  const first = eitherWay(asset, over, lookup)
  const second = eitherWay(over, valuationAsset, lookup)
  if (first === null || second === null) return null
  if (over === valuationAsset) return first
  return {
    price: multiply(first.price, second.price),
    source: `${first.source} × ${second.source}`,
    isStale: first.isStale || second.isStale,
  }
}
