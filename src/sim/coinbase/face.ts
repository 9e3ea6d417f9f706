import { type Decimal, ZERO } from '#domain/decimal'
import { mustExist } from '#domain/errors'
import type { ClockPort } from '#ports/clock'
import type { FaultBoard } from '#sim/emulator/fault-board'
import type { HouseEngine } from '#sim/engine/house-types'
import type { EngineBalance, EngineOrder } from '#sim/engine/types'
import type { SimMarket } from '#sim/market/types'
import type { Asynchrony } from './asynchrony'
import type { CoinbaseState } from './face-state'
import type { FaultInput, FaultRule } from './fault-rules'
import { uuidOf } from './ids'
import type { KnownKey, TokenJudge } from './jwt'
import { type Product, type ProductFlags, type ProductTable, type TradingState, tradingState } from './products'
import type { NamedTier } from './universe'

/** What is open about the venue and therefore can be chosen (protocol sheet §10). */
export interface Choices {
  /** What an edit's `size` means: the new total, or what is to be left. */
  readonly editSize: 'total' | 'remaining'
  /** What becomes of a fill-or-kill order that cannot be filled. */
  readonly fokUnfillable: 'cancel' | 'refuse'
  /** False refuses cancels while trading is disabled. */
  readonly cancelsWhileDisabled: boolean
  /** False refuses stop-limit orders, which spot may not have. */
  readonly hasStopLimits: boolean
  /** User frames name the product that was ordered, or its canonical book. */
  readonly userProductId: 'ordered' | 'canonical'
  /** Whether the acknowledgement of a subscription comes before its snapshot. */
  readonly acknowledges: 'first' | 'last'
  /** Body of a 429 that a limit gives. */
  readonly rateLimitBody: 'json' | 'empty'
  /** Form of an edit's answer: as captured, one object as in older captures, or as the newest documentation has it. */
  readonly editAnswer: 'captured' | 'object' | 'documented'
  /** True lists the fills of orders sized in quote by their value, with `size_in_quote`. */
  readonly fillsInQuote: boolean
  /** Quote assets of which the accounts have no wallet. */
  readonly walletless: readonly string[]
  /** Empty wallets that every account has beside those of the universe; they sort before them. */
  readonly emptyWallets: number
  /** Futures stand among the products of a list that asks for no type. */
  readonly mixesFutures: boolean
}

/** What all parts of the emulator's face work on. */
export interface Face {
  readonly clock: ClockPort
  readonly seed: string
  readonly engine: HouseEngine
  readonly market: SimMarket
  readonly products: ProductTable
  readonly state: CoinbaseState
  readonly faults: FaultBoard<FaultRule, FaultInput>
  readonly keys: ReadonlyMap<string, KnownKey>
  readonly judge: TokenJudge
  readonly tiers: readonly NamedTier[]
  readonly choices: Choices
  /** False switches every rate limit off. */
  readonly hasLimits: boolean
  /** Host that tokens must name; null takes the one that the request itself names. */
  readonly host: string | null
  asynchrony: Asynchrony
}

/** Digits and letters by which the wire knows an account's owner and portfolio. */
export function userIdOf(face: Face, accountId: string): string {
  return uuidOf(`${face.seed} user ${accountId}`)
}

export function portfolioIdOf(face: Face, accountId: string): string {
  return uuidOf(`${face.seed} portfolio ${accountId}`)
}

/** Returns the product that an order names; the face kept it with the order. */
export function productOfOrder(face: Face, order: EngineOrder): Product {
  const id = order.extra['productId']
  return mustExist(face.products.find(typeof id === 'string' ? id : order.symbol), `no product ${order.symbol}`)
}

/** Returns the flags of a product, those of its canonical book included. */
export function flagsOf(face: Face, product: Product): ProductFlags {
  const own = face.state.flagsOf(product)
  const canonical = product.alias === '' ? null : face.products.find(product.alias)
  if (canonical === null) return own
  const book = face.state.flagsOf(canonical)
  return {
    status: own.status === 'online' ? book.status : own.status,
    isDisabled: own.isDisabled || book.isDisabled,
    tradingDisabled: own.tradingDisabled || book.tradingDisabled,
    cancelOnly: own.cancelOnly || book.cancelOnly,
    limitOnly: own.limitOnly || book.limitOnly,
    postOnly: own.postOnly || book.postOnly,
    auctionMode: own.auctionMode || book.auctionMode,
    viewOnly: own.viewOnly || book.viewOnly,
  }
}

export function stateOfProduct(face: Face, product: Product): TradingState {
  return tradingState(flagsOf(face, product))
}

/** Returns what an account has of an asset; nothing of one that it never had. */
export function balanceOf(face: Face, accountId: string, asset: string): EngineBalance {
  return face.engine.balances(accountId).find((one) => one.asset === asset) ?? { asset, total: ZERO, held: ZERO }
}

/** True when the account has a wallet of an asset, empty or not. */
export function hasWallet(face: Face, asset: string): boolean {
  return !face.choices.walletless.includes(asset)
}

/** Returns the price step of a product as it is now. */
export function priceIncrementOf(face: Face, product: Product): Decimal {
  return mustExist(face.engine.instrument(product.book), `no book ${product.book}`).tickSize
}
