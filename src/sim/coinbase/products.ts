import { type Decimal, decimal, stepOfScale } from '#domain/decimal'
import type { EngineInstrument } from '#sim/engine/types'
import type { Universe } from '#sim/market/types'

/** State of a product as its row shows it (protocol sheet §6.1). Flags can combine. */
export interface ProductFlags {
  readonly status: 'online' | 'offline' | 'internal' | 'delisted'
  readonly isDisabled: boolean
  readonly tradingDisabled: boolean
  readonly cancelOnly: boolean
  readonly limitOnly: boolean
  readonly postOnly: boolean
  readonly auctionMode: boolean
  /** This account may not trade it. */
  readonly viewOnly: boolean
}

export const NORMAL_FLAGS: ProductFlags = {
  status: 'online',
  isDisabled: false,
  tradingDisabled: false,
  cancelOnly: false,
  limitOnly: false,
  postOnly: false,
  auctionMode: false,
  viewOnly: false,
}

/** What the flags come to, in the order in which they are judged. */
export type TradingState = 'halted' | 'cancelOnly' | 'viewOnly' | 'postOnly' | 'auction' | 'limitOnly' | 'normal'

/** Returns the one state that combined flags come to. */
export function tradingState(flags: ProductFlags): TradingState {
  if (flags.tradingDisabled || flags.isDisabled || flags.status !== 'online') return 'halted'
  if (flags.cancelOnly) return 'cancelOnly'
  if (flags.viewOnly) return 'viewOnly'
  if (flags.postOnly) return 'postOnly'
  if (flags.auctionMode) return 'auction'
  return flags.limitOnly ? 'limitOnly' : 'normal'
}

/** One tradable id. An alias has the book of its canonical product and a wallet of its own. */
export interface Product {
  readonly id: string
  /** The engine's symbol: the canonical id. */
  readonly book: string
  readonly base: string
  /** The wallet that pays and receives. */
  readonly quote: string
  readonly baseName: string
  readonly quoteName: string
  /** Canonical id of an alias; empty otherwise. */
  readonly alias: string
  readonly aliasTo: readonly string[]
  readonly baseIncrement: Decimal
  readonly quoteIncrement: Decimal
  readonly baseMin: Decimal
  readonly baseMax: Decimal
  readonly quoteMin: Decimal
  readonly quoteMax: Decimal
  /** As they are at first. */
  readonly flags: ProductFlags
}

const NAMES: Readonly<Record<string, string>> = {
  BTC: 'Bitcoin',
  ETH: 'Ethereum',
  SOL: 'Solana',
  XRP: 'XRP',
  USDT: 'Tether',
  USD: 'US Dollar',
  USDC: 'USDC',
}
/** Books of their own between stable coins; limit orders alone. */
const LIMIT_ONLY = new Set(['USDT-USDC'])

function productOf(instrument: EngineInstrument, quote: string): Product {
  const { symbol, base, priceScale, quantityScale } = instrument
  const isAlias = quote !== instrument.quote
  return {
    id: `${base}-${quote}`,
    book: symbol,
    base,
    quote,
    baseName: NAMES[base] ?? base,
    quoteName: NAMES[quote] ?? quote,
    alias: isAlias ? symbol : '',
    aliasTo: isAlias || instrument.quote !== 'USD' ? [] : [`${base}-USDC`],
    baseIncrement: stepOfScale(quantityScale),
    quoteIncrement: stepOfScale(Math.max(2, priceScale)),
    baseMin: stepOfScale(quantityScale),
    baseMax: base === 'BTC' ? decimal('3400') : decimal('10000000'),
    quoteMin: decimal('1'),
    quoteMax: decimal('150000000'),
    flags: LIMIT_ONLY.has(symbol) ? { ...NORMAL_FLAGS, limitOnly: true } : NORMAL_FLAGS,
  }
}

/** Every product that trades: the books of a universe, and a USDC alias of each that is quoted in USD. */
export class ProductTable {
  readonly #products = new Map<string, Product>()

  constructor(universe: Universe) {
    for (const { instrument } of universe.instruments) {
      this.#add(productOf(instrument, instrument.quote))
      if (instrument.quote === 'USD' && universe.assets.some(({ code }) => code === 'USDC')) this.#add(productOf(instrument, 'USDC'))
    }
  }

  get all(): readonly Product[] {
    return [...this.#products.values()]
  }

  find(id: string): Product | null {
    return this.#products.get(id) ?? null
  }

  #add(product: Product): void {
    this.#products.set(product.id, product)
  }
}
