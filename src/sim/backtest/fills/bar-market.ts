import { compare, type Decimal, decimalFromNumber, maximum, minimum, roundToStep, subtract, ZERO } from '#domain/decimal'
import { mustExist } from '#domain/errors'
import type { Instrument } from '#domain/instrument'
import type { VirtualClock } from '#sim/virtual-clock'
import { at, type BarColumns } from '../columns'
import { decimalOfPrice } from '#sim/fills/prices'
import { slippedPrice } from '#sim/fills/slippage'
import type { FillRules, SimulatedOrder } from '#sim/fills/types'
import type { RecordedKeeper, RecordedMarket } from './recorded-market'

export interface BarMarketOptions {
  readonly clock: VirtualClock
  readonly columns: BarColumns
  readonly instrument: Instrument
  readonly rules: FillRules
}

/**
 * F0: fills from bars alone. An order works from the first bar whose close lies after its arrival, so a decision on the close of bar i
 * works on bar i + 1. At that bar's open a market order fills, and a limit order where the open is as good as its price or better; a
 * resting one fills at its own price where high or low reaches it. When within the bar it does is not known: its middle is taken.
 */
export class BarMarket implements RecordedMarket {
  readonly level = 'F0'
  readonly name: string
  readonly #options: BarMarketOptions
  #keeper: RecordedKeeper | null = null
  /** The bar that is being played; −1 between bars. */
  #playing = -1
  /** True once the playing bar's middle is past. */
  #isPastMiddle = false
  /** Base that the playing bar has left for our orders. */
  #budget = ZERO
  #next = 0
  /** The price that the company sees, and the bar whose open was shown last. */
  #shown = Number.NaN
  #shownOf = -1

  constructor(options: BarMarketOptions) {
    this.#options = options
    const { touch, volumeShareMax } = options.rules
    const cap = volumeShareMax === null ? '' : `, at most ${volumeShareMax} of a bar's volume`
    this.name = `bars: next open, limits where the bar ${touch === 'touch' ? 'touches' : 'trades through'} them${cap}`
  }

  attach(keeper: RecordedKeeper): void {
    this.#keeper = keeper
  }

  /** At an instant that lies in the next bar the market stands at that bar's open; else at the last close. */
  crosses(side: 'buy' | 'sell', limit: number): boolean {
    const price = this.#priceNow()
    return side === 'buy' ? limit >= price : limit <= price
  }

  arrive(order: SimulatedOrder): void {
    if (this.#playing < 0) return // its first bar has not begun
    this.#workOpen(order)
    if (this.#isPastMiddle) this.#workRange(order)
  }

  through(index: number): void {
    const { columns } = this.#options
    const [openAtMs, closeAtMs] = [at(columns.openAtMs, index), at(columns.closeAtMs, index)]
    this.#next = index
    this.#runTo(openAtMs, index - 1)
    this.#playing = index
    this.#isPastMiddle = false
    this.#allow(at(columns.volume, index))
    if (this.#working.length > 0) {
      this.#showOpen()
      for (const order of [...this.#working]) this.#workOpen(order)
    }
    this.#runTo(Math.floor((openAtMs + closeAtMs) / 2), index)
    this.#isPastMiddle = true
    if (this.#working.length > 0) for (const order of [...this.#working]) this.#workRange(order)
    this.#runTo(closeAtMs - 1, index)
    this.#playing = -1
    this.#next = index + 1
  }

  settle(index: number): void {
    const { columns, clock } = this.#options
    this.#next = index + 1
    if (index < 0) this.#show(at(columns.open, 0), clock.now())
    else this.#show(at(columns.close, index), Math.max(clock.now(), at(columns.closeAtMs, index)))
  }

  /** Runs what is due by an instant of the playing bar, or (`index` behind it) before it; the company sees a price of then. */
  #runTo(ms: number, index: number): void {
    const { clock, columns } = this.#options
    if (clock.nextDueMs <= ms) {
      if (this.#playing < 0) this.#show(index < 0 ? at(columns.open, 0) : at(columns.close, index), clock.now())
      else if (this.#shownOf !== index) this.#showOpen()
    }
    clock.runUntil(ms)
  }

  /** What the bar has for our orders. */
  #allow(volume: number): void {
    const { rules, instrument } = this.#options
    if (rules.volumeShareMax === null) return
    this.#budget = roundToStep(decimalFromNumber(volume * rules.volumeShareMax, 12), instrument.lotSize, 'down')
  }

  get #working(): readonly SimulatedOrder[] {
    return this.#required.working
  }

  get #required(): RecordedKeeper {
    return mustExist(this.#keeper, 'the market has no venue')
  }

  #showOpen(): void {
    const { columns, clock } = this.#options
    this.#shownOf = this.#playing
    this.#show(at(columns.open, this.#playing), clock.now())
  }

  /** Shows a price; one that is shown already is not shown again. */
  #show(price: number, atMs: number): void {
    if (price === this.#shown) return
    this.#shown = price
    const text = decimalOfPrice(price)
    this.#required.show(text, text, atMs)
  }

  #priceNow(): number {
    const { clock, columns } = this.#options
    if (this.#playing >= 0) return at(columns.open, this.#playing)
    const isWithinNext = this.#next < columns.count && at(columns.openAtMs, this.#next) <= clock.now()
    return isWithinNext || this.#next === 0 ? at(columns.open, this.#next) : at(columns.close, this.#next - 1)
  }

  /** The open of the playing bar: what is marketable there fills, what may not rest ends. */
  #workOpen(order: SimulatedOrder): void {
    const { columns } = this.#options
    const open = at(columns.open, this.#playing)
    const { side, timeInForce, postOnly } = order.terms
    const isMarket = order.limitPrice === null
    if (isMarket || (side === 'buy' ? open <= order.limit : open >= order.limit)) {
      const isMaker = order.hasRested || postOnly
      // A post-only order never takes: where the market opens beyond it, it was traded with at its own price.
      this.#fill(order, postOnly ? order.limitPrice : isMaker ? decimalOfPrice(open) : this.#takerPrice(order), isMaker ? 'maker' : 'taker')
    }
    order.hasRested = true
    if (order.leaves !== ZERO && timeInForce !== 'gtc') this.#required.expire(order, 'not fillable at once')
  }

  #takerPrice(order: SimulatedOrder): Decimal {
    const { columns, instrument, rules } = this.#options
    const { side } = order.terms
    const price = decimalOfPrice(at(columns.open, this.#playing))
    if (rules.slippage.kind === 'none') return price
    const range = subtract(decimalOfPrice(at(columns.high, this.#playing)), decimalOfPrice(at(columns.low, this.#playing)))
    const slipped = slippedPrice(rules.slippage, side, price, range, instrument.tickSize)
    if (order.limitPrice === null) return slipped
    return side === 'buy' ? minimum(slipped, order.limitPrice) : maximum(slipped, order.limitPrice)
  }

  /** The rest of the bar: a resting limit fills where the bar reaches it. */
  #workRange(order: SimulatedOrder): void {
    const { limit, limitPrice, leaves } = order
    if (limitPrice === null || leaves === ZERO) return
    const { columns, rules, clock } = this.#options
    const isBuy = order.terms.side === 'buy'
    const reach = isBuy ? at(columns.low, this.#playing) : at(columns.high, this.#playing)
    const isThrough = isBuy ? reach < limit : reach > limit
    if (!isThrough && !(rules.touch === 'touch' && reach === limit)) return
    this.#show(limit, clock.now())
    this.#fill(order, limitPrice, 'maker')
  }

  #fill(order: SimulatedOrder, price: Decimal | null, liquidity: 'maker' | 'taker'): void {
    if (price === null) return
    const isCapped = this.#options.rules.volumeShareMax !== null
    const quantity = isCapped ? minimum(order.leaves, this.#budget) : order.leaves
    if (compare(quantity, ZERO) <= 0) return
    if (isCapped) this.#budget = subtract(this.#budget, quantity)
    this.#required.execute(order, price, quantity, liquidity)
  }
}
