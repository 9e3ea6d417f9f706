import { add, type Decimal, isZero, multiply, subtract, ZERO } from './decimal'
import { type AssetCode, assetCode, type InstrumentId, instrumentId } from './ids'
import type { Json } from './json'
import { readArray, readBoolean, readDecimal, readInteger, readNullable, readObject, readText } from './json-read'
import type { Ledger } from './ledger'
import { type Performance, performanceOf } from './performance'
import { type PriceLookup, type ValuationRules, valuationPrice } from './valuation'

/** One asset of a snapshot. Aliases, not interfaces: all of it is `Json`. */
export type SnapshotAsset = {
  readonly asset: AssetCode
  readonly quantity: Decimal
  /** Valuation asset; zero while it cannot be valued. */
  readonly value: Decimal
  /** Where its price was found: `BTC-USD@kraken mid`; empty when it was not. */
  readonly source: string
  readonly isUnvalued: boolean
  readonly isStale: boolean
}

/** What was earned on one instrument, over all sub-accounts. Valuation asset. */
export type SnapshotPair = {
  readonly instrumentId: InstrumentId
  /** Base, signed. */
  readonly netQuantity: Decimal
  readonly realized: Decimal
  /** Against the cost of the open part; null while the base asset has no price. */
  readonly unrealized: Decimal | null
}

/** The portfolio at one moment (PFL-11). Amounts in the valuation asset; `equity = flows + realizedPnl + unrealizedPnl`. */
export type PortfolioSnapshot = {
  readonly atMs: number
  /** The journal's sequence number that the books stood at. */
  readonly seq: number
  readonly valuationAsset: AssetCode
  readonly equity: Decimal
  readonly cash: Decimal
  readonly flows: Decimal
  readonly realizedPnl: Decimal
  readonly unrealizedPnl: Decimal
  readonly fees: Decimal
  readonly isPartial: boolean
  readonly assets: readonly SnapshotAsset[]
  readonly pairs: readonly SnapshotPair[]
}

/** Returns the portfolio as it stands at the given prices. Pairs in order of their first trade. */
export function snapshotOf(
  ledger: Ledger,
  lookup: PriceLookup,
  rules: ValuationRules,
  at: Pick<PortfolioSnapshot, 'atMs' | 'seq'>,
): PortfolioSnapshot {
  const performance: Performance = performanceOf(ledger, lookup, rules, null)
  const { equity, cash, flows, realizedPnl, unrealizedPnl, fees, isPartial } = performance
  return {
    ...at,
    valuationAsset: rules.valuationAsset,
    equity,
    cash,
    flows,
    realizedPnl,
    unrealizedPnl,
    fees,
    isPartial,
    assets: performance.assets.map(({ asset, quantity, value, source, isUnvalued, isStale }) => ({
      asset,
      quantity,
      value,
      source,
      isUnvalued,
      isStale,
    })),
    pairs: pairsOf(ledger, lookup, rules),
  }
}

function pairsOf(ledger: Ledger, lookup: PriceLookup, rules: ValuationRules): readonly SnapshotPair[] {
  const pairs = new Map<InstrumentId, SnapshotPair>()
  for (const { instrumentId: instrument, baseAsset, netQuantity, costValue, realizedValue } of ledger.positions()) {
    const known = pairs.get(instrument) ?? { instrumentId: instrument, netQuantity: ZERO, realized: ZERO, unrealized: ZERO }
    const price = isZero(netQuantity) ? ZERO : (valuationPrice(baseAsset, lookup, rules)?.price ?? null)
    const own = price === null ? null : subtract(multiply(netQuantity, price), costValue)
    pairs.set(instrument, {
      instrumentId: instrument,
      netQuantity: add(known.netQuantity, netQuantity),
      realized: add(known.realized, realizedValue),
      unrealized: own === null || known.unrealized === null ? null : add(known.unrealized, own),
    })
  }
  return [...pairs.values()]
}

/** Reads a snapshot back. @throws {AppError} `REPLAY_INVALID` for other JSON. */
export function readPortfolioSnapshot(json: Json): PortfolioSnapshot {
  const root = readObject(json, 'snapshot')
  const amount = (key: 'equity' | 'cash' | 'flows' | 'realizedPnl' | 'unrealizedPnl' | 'fees') => readDecimal(root[key], `snapshot.${key}`)
  return {
    atMs: readInteger(root['atMs'], 'snapshot.atMs'),
    seq: readInteger(root['seq'], 'snapshot.seq'),
    valuationAsset: assetCode(readText(root['valuationAsset'], 'snapshot.valuationAsset')),
    equity: amount('equity'),
    cash: amount('cash'),
    flows: amount('flows'),
    realizedPnl: amount('realizedPnl'),
    unrealizedPnl: amount('unrealizedPnl'),
    fees: amount('fees'),
    isPartial: readBoolean(root['isPartial'], 'snapshot.isPartial'),
    assets: readArray(root['assets'], 'snapshot.assets').map((item, index) => {
      const path = `snapshot.assets.${index}`
      const row = readObject(item, path)
      return {
        asset: assetCode(readText(row['asset'], `${path}.asset`)),
        quantity: readDecimal(row['quantity'], `${path}.quantity`),
        value: readDecimal(row['value'], `${path}.value`),
        source: readText(row['source'], `${path}.source`),
        isUnvalued: readBoolean(row['isUnvalued'], `${path}.isUnvalued`),
        isStale: readBoolean(row['isStale'], `${path}.isStale`),
      }
    }),
    pairs: readArray(root['pairs'], 'snapshot.pairs').map((item, index) => {
      const path = `snapshot.pairs.${index}`
      const row = readObject(item, path)
      return {
        instrumentId: instrumentId(readText(row['instrumentId'], `${path}.instrumentId`)),
        netQuantity: readDecimal(row['netQuantity'], `${path}.netQuantity`),
        realized: readDecimal(row['realized'], `${path}.realized`),
        unrealized: readNullable(row['unrealized'], `${path}.unrealized`, readDecimal),
      }
    }),
  }
}
