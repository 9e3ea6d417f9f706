import { type Decimal, decimalFromNumber, isPositive, maximum, minimum, roundToStep, ZERO } from '#domain/decimal'
import { mustExist } from '#domain/errors'
import type { Instrument } from '#domain/instrument'
import type { VirtualClock } from '#sim/virtual-clock'
import { at, type BarColumns } from '../columns'
import type { ExitWatch } from '../exit-watch'
import type { Ticks } from '../ticks'
import { decimalOfPrice } from './prices'
import { slippedPrice } from './slippage'
import { TickCursor } from './tick-cursor'
import type { FillRules, OrderBookKeeper, RecordedMarket, RecordedOrder } from './types'

export interface TickMarketOptions {
  readonly clock: VirtualClock
  readonly columns: BarColumns
  readonly ticks: Ticks
  readonly instrument: Instrument
  readonly rules: FillRules
  /** One way, ms: how much later than the venue the company sees a tick. */
  readonly latencyMs: number
  /** What the company protects. */
  readonly watch: ExitWatch
}

/** Digits after the point of a quantity that a recorded size allows. */
const SIZE_SCALE = 12
/** Recorded times are whole ms. */
const JUST_BEFORE_MS = 0.5

/**
 * F1: fills from quotes and trades. What is marketable at its arrival takes the opposite quote, as far as the quoted size goes; a resting
 * limit makes where a quote crosses it or a trade prints at or through its price, as far as the print goes. Without quotes a marketable
 * order takes the next trade's price. At one instant orders come first, then prints, then quotes; orders queue behind nobody.
 *
 * While the company protects a position, it sees each quote (without quotes: each print) that reaches what it watches, at the instant at
 * which it would; the others are passed over. With quotes and trades the venue has stops of its own: one goes off when a print reaches its
 * trigger, and takes the opposite quote as it stands behind all that the instant brings.
 */
export class TickMarket implements RecordedMarket {
  readonly level = 'F1'
  readonly name: string
  readonly exits: string
  readonly hasStops: boolean
  readonly #options: TickMarketOptions
  /** Where the venue stands, and where the company, which sees ticks later. */
  readonly #there: TickCursor
  readonly #seen: TickCursor
  readonly #hasQuotes: boolean
  /** Stops that a print of the present instant has reached. */
  readonly #reached: RecordedOrder[] = []
  #keeper: OrderBookKeeper | null = null
  /** Venue time up to which the company sees ticks. */
  #seenMs = Number.NEGATIVE_INFINITY
  /** Base that our orders took of the present quote's sides. */
  #takenOfBid = 0
  #takenOfAsk = 0
  /** The next tick that the company must look at, −1 for none, as of a revision of its watch and up to an instant of the venue. */
  #lookAt = -1
  #lookOf = -1
  #lookUntilMs = Number.NEGATIVE_INFINITY

  constructor(options: TickMarketOptions) {
    this.#options = options
    const { ticks, rules } = options
    this.#there = new TickCursor(ticks)
    this.#seen = new TickCursor(ticks)
    this.#hasQuotes = ticks.quotes.count > 0
    this.hasStops = this.#hasQuotes && ticks.trades.count > 0
    this.exits = `set off by the first ${this.#hasQuotes ? 'quote' : 'print'} that reaches the level${this.hasStops ? '; stops that rest at the venue by the first print' : ''}`
    const source = this.#hasQuotes
      ? `${ticks.trades.count > 0 ? 'quotes and trades' : 'quotes'}: the opposite quote`
      : 'trades: the next trade'
    const cap = rules.volumeShareMax === null ? '' : `, at most ${rules.volumeShareMax} of a print`
    this.name = `${source}, limits where prints ${rules.touch === 'touch' ? 'touch' : 'go through'} them${cap}`
  }

  attach(keeper: OrderBookKeeper): void {
    this.#keeper = keeper
  }

  crosses(side: 'buy' | 'sell', limit: number): boolean {
    this.#catchUp(this.#options.clock.timeLineMs)
    return side === 'buy' ? limit >= this.#there.ask : limit <= this.#there.bid
  }

  arrive(order: RecordedOrder): void {
    this.#catchUp(this.#options.clock.timeLineMs)
    if (!Number.isNaN(order.trigger)) {
      order.hasRested = true
      if (isMet(order, this.#there.last)) this.#goOff(order)
      return
    }
    if (!this.#hasQuotes && this.#isMarketable(order)) return // the next print says at what price
    if (this.#isMarketable(order)) this.#take(order)
    order.hasRested = true
    this.#endUnlessResting(order)
  }

  /** Quotes may lie outside of a bar of trades: the ticks themselves are looked through. */
  isWatched(): boolean {
    return true
  }

  through(index: number): void {
    const { clock, columns, watch } = this.#options
    const endMs = at(columns.knownAtMs, index)
    for (;;) {
      const clockMs = clock.nextDueMs
      const marketMs = this.#working.length > 0 ? this.#there.nextMs : Number.POSITIVE_INFINITY
      const lookMs = watch.isOn ? this.#nextLookMs(endMs) : Number.POSITIVE_INFINITY
      if (clockMs < endMs && clockMs <= marketMs && clockMs <= lookMs) {
        this.#catchUp(clockMs)
        // A protection may act on what it is shown. As live, what was due before the quote of an instant set out comes before it.
        if (watch.isOn) clock.skipTo(clockMs)
        this.#showAt(watch.isOn ? clockMs - JUST_BEFORE_MS : clockMs)
        clock.runUntil(clockMs)
      } else if (marketMs <= endMs && marketMs <= lookMs) {
        this.#tick(marketMs)
        if (watch.isStarted) clock.runUntil(marketMs)
      } else if (lookMs <= endMs) this.#look(lookMs)
      else return
      watch.refresh()
    }
  }

  settle(index: number): void {
    const { clock, columns } = this.#options
    if (index >= 0) return this.#showAt(Math.max(clock.timeLineMs, at(columns.knownAtMs, index)))
    this.#keeperOf.show(decimalOfPrice(this.#there.firstBid), decimalOfPrice(this.#there.firstAsk), clock.now(), null)
  }

  get #keeperOf(): OrderBookKeeper {
    return mustExist(this.#keeper, 'the market has no venue')
  }

  get #working(): readonly RecordedOrder[] {
    return this.#keeperOf.working
  }

  /**
   * Moves the venue's market on to what it was when an order arrives at `ms`: all ticks before that instant, and those that the company
   * has seen. A tick of the very instant comes after the order, because it may be what the order did.
   */
  #catchUp(ms: number): void {
    const before = this.#there.quotesPassed
    this.#there.moveTo(Math.max(ms - JUST_BEFORE_MS, this.#seenMs))
    if (this.#there.quotesPassed !== before) this.#refill()
  }

  #refill(): void {
    this.#takenOfBid = 0
    this.#takenOfAsk = 0
  }

  /** Shows the company what it sees at an instant. */
  #showAt(ms: number): void {
    const { latencyMs } = this.#options
    this.#seenMs = ms - latencyMs
    if (this.#seen.moveTo(this.#seenMs)) this.#showSeen()
  }

  /** When the company sees the next tick that reaches what it watches, by `endMs`; Infinity for none. */
  #nextLookMs(endMs: number): number {
    const { watch, latencyMs } = this.#options
    const isSame = this.#lookOf === watch.revision
    const isKnown = isSame && (this.#lookAt < 0 ? this.#lookUntilMs >= endMs : !this.#seen.hasPassed(this.#lookAt))
    if (!isKnown) {
      // What was looked through in vain is not looked through again.
      const afterMs = isSame && this.#lookAt < 0 ? this.#lookUntilMs - latencyMs : Number.NEGATIVE_INFINITY
      this.#lookOf = watch.revision
      this.#lookUntilMs = endMs
      this.#lookAt = this.#seen.reaching(watch.low, watch.high, watch.isLong, afterMs, endMs - latencyMs)
    }
    return this.#lookAt < 0 ? Number.POSITIVE_INFINITY : this.#seen.msOf(this.#lookAt) + latencyMs
  }

  /** Shows the company the tick that it must look at, and lets it act. */
  #look(ms: number): void {
    const { clock, latencyMs } = this.#options
    clock.skipTo(ms)
    this.#seenMs = ms - latencyMs
    this.#seen.passTo(this.#lookAt)
    this.#showSeen()
    clock.runUntil(ms)
  }

  #showSeen(): void {
    const { bid, ask, last, lastMs } = this.#seen
    const lastPrice = this.hasStops && !Number.isNaN(last) ? decimalOfPrice(last) : null
    this.#keeperOf.show(decimalOfPrice(bid), decimalOfPrice(ask), Math.floor(lastMs + this.#options.latencyMs), lastPrice)
  }

  /** Plays the next tick of the venue, while orders work. */
  #tick(ms: number): void {
    const { clock } = this.#options
    clock.skipTo(ms)
    this.#showAt(ms)
    if (this.#there.isTradeNext) {
      const print = this.#there.passTrade()
      this.#onPrint(print.price, print.size, print.side)
    } else this.#passQuote()
    if (this.#reached.length > 0 && this.#there.nextMs > ms)
      for (const order of this.#reached.splice(0)) if (this.#working.includes(order)) this.#goOff(order)
  }

  /** A stop has become a market order. */
  #goOff(order: RecordedOrder): void {
    order.trigger = Number.NaN
    this.#take(order)
    this.#endUnlessResting(order)
  }

  #passQuote(): void {
    this.#there.passQuote()
    this.#refill()
    for (const order of [...this.#working]) {
      const { limit } = order
      const isCrossed = order.approved.side === 'buy' ? limit >= this.#there.ask : limit <= this.#there.bid
      if (isCrossed && order.limitPrice !== null) this.#takeQuoted(order, order.limitPrice, 'maker')
    }
  }

  #onPrint(price: number, size: number, side: number): void {
    const { rules } = this.#options
    let left = rules.volumeShareMax === null ? size : size * rules.volumeShareMax
    for (const order of [...this.#working]) {
      const isBuy = order.approved.side === 'buy'
      if (!Number.isNaN(order.trigger)) {
        if (isMet(order, price) && !this.#reached.includes(order)) this.#reached.push(order)
        continue
      }
      if (!order.hasRested) {
        // A marketable order that waits for a price: there are no quotes.
        this.#execute(order, this.#takerPrice(order, price), rules.volumeShareMax === null ? Number.NaN : left, 'taker')
        order.hasRested = true
        this.#endUnlessResting(order)
        continue
      }
      const { limit, limitPrice } = order
      const isThrough = isBuy ? price < limit : price > limit
      const isAt = rules.touch === 'touch' && price === limit && side === (isBuy ? -1 : 1)
      if (limitPrice === null || !(isThrough || isAt) || left <= 0) continue
      left -= this.#execute(order, limitPrice, left, 'maker')
    }
  }

  #isMarketable(order: RecordedOrder): boolean {
    if (order.limitPrice === null) return true
    return order.approved.side === 'buy' ? order.limit >= this.#there.ask : order.limit <= this.#there.bid
  }

  #take(order: RecordedOrder): void {
    const isBuy = order.approved.side === 'buy'
    this.#takeQuoted(order, this.#takerPrice(order, isBuy ? this.#there.ask : this.#there.bid), 'taker')
  }

  /** Fills an order as far as the opposite quote goes; what it takes is not there for the next one. */
  #takeQuoted(order: RecordedOrder, price: Decimal, liquidity: 'maker' | 'taker'): void {
    const done = this.#execute(order, price, this.#quoted(order), liquidity)
    if (order.approved.side === 'buy') this.#takenOfAsk += done
    else this.#takenOfBid += done
  }

  /** What the quote still has for an order, base; NaN where sizes are not known. */
  #quoted(order: RecordedOrder): number {
    return order.approved.side === 'buy' ? this.#there.askSize - this.#takenOfAsk : this.#there.bidSize - this.#takenOfBid
  }

  #takerPrice(order: RecordedOrder, price: number): Decimal {
    const { instrument, rules } = this.#options
    const { side } = order.approved
    const slipped = slippedPrice(rules.slippage, side, decimalOfPrice(price), ZERO, instrument.tickSize)
    if (order.limitPrice === null) return slipped
    return side === 'buy' ? minimum(slipped, order.limitPrice) : maximum(slipped, order.limitPrice)
  }

  /** Fills as much as `available` allows (NaN: all) and returns how much that was, base. */
  #execute(order: RecordedOrder, price: Decimal, available: number, liquidity: 'maker' | 'taker'): number {
    const { lotSize } = this.#options.instrument
    const room = Number.isNaN(available)
      ? order.leaves
      : roundToStep(decimalFromNumber(Math.max(0, available), SIZE_SCALE), lotSize, 'down')
    const quantity = minimum(order.leaves, room)
    if (!isPositive(quantity)) return 0
    this.#keeperOf.execute(order, price, quantity, liquidity)
    return Number(quantity)
  }

  #endUnlessResting(order: RecordedOrder): void {
    const isResting = order.limitPrice !== null && order.approved.timeInForce === 'gtc'
    if (isPositive(order.leaves) && !isResting) this.#keeperOf.expire(order, 'not fillable at once')
  }
}

/** True when the last trade has reached the trigger of a stop; never before anything was traded. */
function isMet({ approved, trigger }: RecordedOrder, last: number): boolean {
  return approved.side === 'buy' ? last >= trigger : last <= trigger
}
