import { compare, type Decimal, decimalFromNumber, maximum, minimum, roundToStep, subtract, ZERO } from '#domain/decimal'
import { mustExist } from '#domain/errors'
import type { Instrument } from '#domain/instrument'
import type { VirtualClock } from '#sim/virtual-clock'
import { at, type BarColumns } from '../columns'
import type { ExitWatch } from '../exit-watch'
import { decimalOfPrice } from '#sim/fills/prices'
import { slippedPrice } from '#sim/fills/slippage'
import type { FillRules, SimulatedOrder } from '#sim/fills/types'
import type { RecordedKeeper, RecordedMarket } from './recorded-market'

export interface BarMarketOptions {
  readonly clock: VirtualClock
  readonly columns: BarColumns
  readonly instrument: Instrument
  readonly rules: FillRules
  /** One way, ms. */
  readonly latencyMs: number
  /** What the company protects. */
  readonly watch: ExitWatch
}

/**
 * F0: fills from bars alone. An order works from the first bar whose close lies after its arrival, so a decision on the close of bar i
 * works on bar i + 1. At that bar's open a market order fills, and a limit order where the open is as good as its price or better; a
 * resting one fills at its own price where high or low reaches it. When within the bar it does is not known: its middle is taken.
 *
 * While the company protects a position, the bar is a path: the open at its beginning; then, in its middle, the extreme that is worse for the
 * position, the better one, and the close. Every price on the way that a level or a resting order waits for is stood at in turn, and the
 * bar stands still there until an exit that this sets off has ended. Of a position that a resting order opened within the bar it is not
 * known whether the better extreme came after it: its path goes on to the worse one and the close.
 */
export class BarMarket implements RecordedMarket {
  readonly level = 'F0'
  readonly name: string
  readonly hasStops = false
  readonly exits = 'at the level, or at the open of a bar that opens beyond it; within a bar the worse extreme comes first'
  readonly #options: BarMarketOptions
  #keeper: RecordedKeeper | null = null
  /** The bar that is being played; −1 between bars. */
  #playing = -1
  /** True once the playing bar's middle is past, and once its path has been walked. */
  #isPastMiddle = false
  #isWalked = false
  /** Where the playing bar stands: at its open, or on its path. */
  #standing = Number.NaN
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
    if (this.#isPastMiddle && !this.#isWalked) this.#workRange(order)
  }

  isWatched(index: number): boolean {
    const { columns, watch } = this.#options
    return watch.isReached(at(columns.low, index), at(columns.high, index))
  }

  through(index: number): void {
    const { columns, watch } = this.#options
    const [openAtMs, closeAtMs] = [at(columns.openAtMs, index), at(columns.closeAtMs, index)]
    this.#next = index
    this.#runTo(openAtMs, index - 1)
    this.#playing = index
    this.#isPastMiddle = false
    this.#isWalked = false
    this.#standing = at(columns.open, index)
    this.#allow(at(columns.volume, index))
    watch.refresh()
    this.#open()
    this.#runTo(Math.floor((openAtMs + closeAtMs) / 2), index)
    this.#isPastMiddle = true
    watch.refresh()
    if (watch.isOn) this.#walk(index, true)
    else this.#middle(index)
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

  /** The beginning of the bar: the orders that wait for it, and what its open reaches of what is protected. */
  #open(): void {
    const { watch } = this.#options
    // What a strategy ordered at the last close is at the venue before anybody sees this open.
    const isProtected = watch.isOn
    if (this.#working.length > 0) {
      if (!isProtected) this.#showOpen()
      for (const order of [...this.#working]) this.#workOpen(order)
      if (isProtected) this.#pause(0)
    }
    if (!isProtected || !watch.isOn) return
    this.#showOpen()
    this.#pause(0)
  }

  /** The middle of a bar in which nothing is protected: resting orders fill where it reaches them, and what they open is protected from there on. */
  #middle(index: number): void {
    const { watch, latencyMs } = this.#options
    if (this.#working.length === 0) return
    for (const order of [...this.#working]) this.#workRange(order)
    if (!watch.isStarted) return
    this.#standing = this.#shown
    this.#pause(latencyMs)
    if (watch.isOn) this.#walk(index, false)
    else if (!watch.isExiting) this.#standing = at(this.#options.columns.open, index)
  }

  /** @param isWhole the position was held before the bar's middle, so that its better extreme counts. */
  #walk(index: number, isWhole: boolean): void {
    const { columns, watch } = this.#options
    const [low, high] = [at(columns.low, index), at(columns.high, index)]
    this.#isWalked = true
    const [worse, better] = watch.isLong ? [low, high] : [high, low]
    this.#goTo(worse)
    if (isWhole) this.#goTo(better)
    this.#goTo(at(columns.close, index))
  }

  /** Goes from where the bar stands to another price of it, and stands at what waits for a price between them. */
  #goTo(goal: number): void {
    const { watch, latencyMs } = this.#options
    const isDown = goal < this.#standing
    let isDeaf = false
    for (;;) {
      const level = isDeaf ? Number.NaN : this.#levelBefore(goal, isDown)
      const order = this.#restingBefore(goal, isDown)
      if (order !== null && !(isDown ? order.limit < level : order.limit > level)) {
        this.#standing = order.limit
        this.#workRange(order)
        this.#pause(latencyMs)
      } else if (Number.isNaN(level)) break
      else {
        this.#stand(level)
        // It was shown and set nothing off: it is not stood at again.
        isDeaf = watch.isOn
      }
    }
    if (watch.isOn) this.#stand(goal)
    this.#standing = goal
  }

  /** The level that is reached first on the way to a price; NaN for none. */
  #levelBefore(goal: number, isDown: boolean): number {
    const { watch } = this.#options
    if (!watch.isOn) return Number.NaN
    const level = watch.isLong === isDown ? watch.stop : watch.target
    const isBetween = isDown ? goal <= level && level <= this.#standing : goal >= level && level >= this.#standing
    return isBetween ? level : Number.NaN
  }

  /** The resting order that is reached first on the way to a price; null for none, and where the bar has nothing left for any. */
  #restingBefore(goal: number, isDown: boolean): SimulatedOrder | null {
    const { rules } = this.#options
    if (this.#isUsedUp) return null
    let first: SimulatedOrder | null = null
    for (const order of this.#working) {
      const { limit, leaves, terms } = order
      if ((terms.side === 'buy') !== isDown || leaves === ZERO || !(isDown ? limit <= this.#standing : limit >= this.#standing)) continue
      const isThrough = isDown ? goal < limit : goal > limit
      if (!isThrough && !(rules.touch === 'touch' && goal === limit)) continue
      if (first === null || (isDown ? limit > first.limit : limit < first.limit)) first = order
    }
    return first
  }

  #stand(price: number): void {
    this.#standing = price
    this.#show(price, this.#options.clock.now())
    this.#pause(0)
  }

  /** Lets the company act while the bar stands still: for so long, and until an exit has ended, but never beyond the bar. */
  #pause(ms: number): void {
    const { clock, columns, watch } = this.#options
    const endMs = at(columns.closeAtMs, this.#playing) - 1
    clock.runUntil(Math.min(endMs, clock.timeLineMs + ms))
    watch.refresh()
    while (watch.isExiting && clock.nextDueMs <= endMs) {
      if (this.#isUsedUp) return
      clock.runUntil(clock.nextDueMs)
      watch.refresh()
    }
  }

  /** Runs what is due by an instant of the playing bar, or (`index` behind it) before it; the company sees a price of then. */
  #runTo(ms: number, index: number): void {
    const { clock, columns, watch } = this.#options
    if (clock.nextDueMs <= ms) {
      if (this.#playing < 0) this.#show(index < 0 ? at(columns.open, 0) : at(columns.close, index), clock.now())
      else if (this.#shownOf !== index) this.#showOpen()
    }
    if (watch.isExiting) this.#passOver(ms)
    clock.runUntil(ms)
  }

  /**
   * Runs what an exit under way does. While there is nobody to trade with, between bars and in one that has nothing left for us, time is passed over:
   * else it would try again every few seconds of a day in which nothing can come of it.
   */
  #passOver(ms: number): void {
    const { clock, watch } = this.#options
    while (watch.isExiting && clock.nextDueMs <= ms) {
      if (this.#playing < 0 || this.#isUsedUp) return clock.skipTo(ms)
      clock.runUntil(clock.nextDueMs)
      watch.refresh()
    }
  }

  /** True once the playing bar has nothing left for our orders. */
  get #isUsedUp(): boolean {
    return this.#options.rules.volumeShareMax !== null && this.#budget === ZERO
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
    this.#required.show(text, text, atMs, null)
  }

  #priceNow(): number {
    const { clock, columns } = this.#options
    if (this.#playing >= 0) return this.#standing
    const isWithinNext = this.#next < columns.count && at(columns.openAtMs, this.#next) <= clock.now()
    return isWithinNext || this.#next === 0 ? at(columns.open, this.#next) : at(columns.close, this.#next - 1)
  }

  /** Where the playing bar stands, which is its open as a rule: what is marketable there fills, what may not rest ends. */
  #workOpen(order: SimulatedOrder): void {
    const open = this.#standing
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
    const price = decimalOfPrice(this.#standing)
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
