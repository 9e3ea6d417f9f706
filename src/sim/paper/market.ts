import { add, applyBps, compare, type Decimal, decimalFromNumber, maximum, multiply, roundToScale, toNumber, ZERO } from '#domain/decimal'
import type { Instrument } from '#domain/instrument'
import type { BookView, Quote, Trade } from '#domain/market'
import type { Side } from '#domain/order'
import type { RandomPort } from '#ports/random'
import { decimalOfPrice } from '#sim/fills/prices'
import { slippedPrice } from '#sim/fills/slippage'
import { TouchMatcher } from '#sim/fills/touch-matcher'
import type { OrderBookKeeper, SimulatedOrder } from '#sim/fills/types'
import type { PaperSettings } from './settings'

/** Digits after the point of a drawn slippage, basis points. */
const BPS_SCALE = 6

export interface PaperMarketDeps {
  readonly settings: PaperSettings
  readonly random: RandomPort
  /** As it stands now. */
  instrument(): Instrument
  keeper(): OrderBookKeeper
}

/** One live market as a paper account meets it: its touch, its book, and what they do to the account's orders. */
export class PaperMarket {
  readonly #deps: PaperMarketDeps
  readonly #matcher: TouchMatcher
  #touch = { bid: Number.NaN, ask: Number.NaN, bidSize: Number.NaN, askSize: Number.NaN }
  #book: BookView | null = null
  #isOpen = false

  constructor(deps: PaperMarketDeps) {
    this.#deps = deps
    const { settings, random } = deps
    this.#matcher = new TouchMatcher({
      instrument: () => deps.instrument(),
      touch: () => this.#touch,
      keeper: () => deps.keeper(),
      slippage: () => ({ kind: 'bps', bps: this.#drawnBps() }),
      rule: ({ terms }) => (terms.postOnly ? (settings.postOnlyFills === 'queue' ? 'queue' : 'through') : settings.restingFills),
      volumeShareMax: null,
      hasQuotes: true,
      depth: (side, worst) => this.#depth(side, worst),
      queueAhead: (order) => this.#queueAhead(order),
      isServed: ({ terms }) => !terms.postOnly || settings.postOnlyFills === 'queue' || random.next() < settings.postOnlyChance,
    })
  }

  /** True once a quote came, until the stream is lost: nothing is traded on what is not known. */
  get isOpen(): boolean {
    return this.#isOpen
  }

  crosses(side: Side, limit: number): boolean {
    return this.#matcher.crosses(side, limit)
  }

  arrive(order: SimulatedOrder): void {
    this.#matcher.arrive(order)
  }

  onQuote({ bidPrice, askPrice, bidQuantity, askQuantity }: Quote): void {
    this.#touch = { bid: toNumber(bidPrice), ask: toNumber(askPrice), bidSize: toNumber(bidQuantity), askSize: toNumber(askQuantity) }
    this.#isOpen = true
    this.#matcher.onQuote()
  }

  onBook(book: BookView | null): void {
    this.#book = book
  }

  onTrade({ price, quantity, side }: Trade): void {
    if (this.#isOpen) this.#matcher.onPrint(toNumber(price), toNumber(quantity), side === 'buy' ? 1 : -1)
  }

  /** The stream is lost: what stood is not known to stand any more. */
  close(): void {
    this.#isOpen = false
    this.#book = null
  }

  /**
   * Returns what so much of an order can cost at most, fee included: quote of a buy, base of a sell. The price is its limit; of a market
   * order the touch with the most slippage.
   */
  worstCost(side: Side, quantity: Decimal, limitPrice: Decimal | null): Decimal {
    if (side === 'sell') return quantity
    const { tickSize, costScale, takerFeeBps, makerFeeBps } = this.#deps.instrument()
    const most = decimalFromNumber(this.#deps.settings.slippageBpsMax, BPS_SCALE)
    const price = limitPrice ?? slippedPrice({ kind: 'bps', bps: most }, side, decimalOfPrice(this.#touch.ask), ZERO, tickSize)
    const cost = multiply(price, quantity)
    return roundToScale(add(cost, applyBps(cost, maximum(ZERO, maximum(takerFeeBps, makerFeeBps)))), costScale, 'ceil')
  }

  /** Draws a slippage between nothing and the most, whose mean is the one asked for: small ones are common, large ones rare. */
  #drawnBps(): Decimal {
    const { slippageBpsMean: mean, slippageBpsMax: most } = this.#deps.settings
    if (!(mean > 0)) return ZERO
    // The mean of u^k for u uniform over 0 to 1 is 1 / (k + 1).
    return decimalFromNumber(most * this.#deps.random.next() ** (most / mean - 1), BPS_SCALE)
  }

  /** Base that the far side of the book has down to a price. */
  #depth(side: Side, worst: Decimal): number | null {
    if (this.#book === null) return null
    let total = 0
    for (const { price, quantity } of side === 'buy' ? this.#book.asks : this.#book.bids) {
      if (side === 'buy' ? compare(price, worst) > 0 : compare(price, worst) < 0) break
      total += toNumber(quantity)
    }
    return total
  }

  /** Base that stands at an order's own price before it comes. */
  #queueAhead({ terms: { side }, limitPrice, limit }: SimulatedOrder): number {
    const levels = side === 'buy' ? this.#book?.bids : this.#book?.asks
    const level = levels?.find(({ price }) => price === limitPrice)
    if (level !== undefined) return toNumber(level.quantity)
    const { bid, ask, bidSize, askSize } = this.#touch
    if (side === 'buy') return limit === bid ? bidSize : 0
    return limit === ask ? askSize : 0
  }
}
