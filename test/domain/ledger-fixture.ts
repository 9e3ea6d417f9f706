import { type Decimal, decimal, multiply } from '#domain/decimal'
import { accountId, assetCode, botId, instrumentId, strategyId, tradeId, venueId, venueOrderId } from '#domain/ids'
import { createLedger, type Ledger } from '#domain/ledger'
import { type FillOwner, fillPosting, type RateOf } from '#domain/ledger-postings'
import type { Fill } from '#domain/order'
import type { RealizedRecord } from '#domain/posting'
import { subAccountOf } from '#domain/sub-account'
import type { PriceLookup } from '#domain/valuation'

/** One account at one venue, two bots, and the pairs that the ledger's tests trade. */
export const ACCOUNT = accountId('main@kraken')
export const USD = assetCode('USD')
export const EUR = assetCode('EUR')
export const BTC = assetCode('BTC')
export const ETH = assetCode('ETH')
export const KFEE = assetCode('KFEE')
export const ALPHA = botId('alpha')
export const ALPHA_SUB = subAccountOf(ALPHA)
export const BTC_USD = { instrumentId: instrumentId('BTC-USD@kraken'), baseAsset: BTC, quoteAsset: USD }
export const ETH_EUR = { instrumentId: instrumentId('ETH-EUR@kraken'), baseAsset: ETH, quoteAsset: EUR }
export const ETH_BTC = { instrumentId: instrumentId('ETH-BTC@kraken'), baseAsset: ETH, quoteAsset: BTC }

/** Rates of the valuation asset by asset; what is missing has no price. */
export function rates(table: Readonly<Record<string, string>>): RateOf {
  return (asset) => (asset === USD ? decimal(1) : table[asset] === undefined ? null : decimal(table[asset]))
}

/** A lookup that lists exactly these pairs, `BTC/USD` to price. */
export function prices(pairs: Readonly<Record<string, string>>, stale: readonly string[] = []): PriceLookup {
  return (base, quote) => {
    const name = `${base}/${quote}`
    const price = pairs[name]
    return price === undefined ? null : { price: decimal(price), source: name, isStale: stale.includes(name) }
  }
}

let serial = 0

export interface Trading {
  readonly side: 'buy' | 'sell'
  readonly quantity: string
  readonly price: string
  readonly cost?: string
  readonly fee?: string
  readonly feeAsset?: string
  readonly tradeId?: string
  readonly instrument?: typeof BTC_USD
}

/** A fill with a trade id of its own unless one is given. */
export function fill(trading: Trading): Fill {
  const instrument = trading.instrument ?? BTC_USD
  const price = decimal(trading.price)
  const quantity = decimal(trading.quantity)
  return {
    tradeId: tradeId(trading.tradeId ?? `T${++serial}`),
    venueId: venueId('kraken'),
    instrumentId: instrument.instrumentId,
    venueOrderId: venueOrderId('O1'),
    clientOrderId: null,
    side: trading.side,
    quantity,
    price,
    cost: trading.cost === undefined ? multiply(quantity, price) : decimal(trading.cost),
    feeAsset: trading.feeAsset ?? instrument.quoteAsset,
    feeQuantity: decimal(trading.fee ?? '0'),
    liquidity: 'taker',
    venueAtMs: 1_700_000_000_000 + serial,
  }
}

export const ALPHA_OWNS: FillOwner = { accountId: ACCOUNT, botId: ALPHA, strategyId: strategyId('trend-following') }

/** Books trades of the bot `alpha` and returns the ledger with the trades' records. */
export function traded(
  trades: readonly Trading[],
  rateOf: RateOf = rates({}),
  ledger: Ledger = createLedger(USD),
): { readonly ledger: Ledger; readonly records: readonly RealizedRecord[] } {
  const records = trades.flatMap((trading) => {
    const applied = ledger.apply(fillPosting(fill(trading), trading.instrument ?? BTC_USD, ALPHA_OWNS, rateOf))
    return applied?.realized == null ? [] : [applied.realized]
  })
  return { ledger, records }
}

export function alphaPosition(
  ledger: Ledger,
  instrument = BTC_USD,
): { readonly netQuantity: Decimal; readonly cost: Decimal; readonly entryPrice: Decimal | null } | null {
  const position = ledger.position(ALPHA_SUB, instrument.instrumentId)
  return position === null ? null : { netQuantity: position.netQuantity, cost: position.cost, entryPrice: position.entryPrice }
}
