import { type Decimal, decimalFromNumber, isPositive, maximum, minimum, roundToStep, ZERO } from '#domain/decimal'
import type { Instrument } from '#domain/instrument'
import { decimalOfPrice } from './prices'
import { type SlippageModel, slippedPrice } from './slippage'
import type { OrderBookKeeper, SimulatedOrder } from './types'

/** Best prices of a market and how much is there, quote per base and base; NaN for what is not known. */
export interface Touch {
  readonly bid: number
  readonly ask: number
  readonly bidSize: number
  readonly askSize: number
}

/** When a print at a resting limit's own price fills it: always, never, or once those who were there before it are served. */
export type TouchRule = 'touch' | 'through' | 'queue'

/** What the matcher asks of whoever knows market and account. */
export interface MatcherOptions {
  /** Of the instrument that all the orders are of, as it is now. */
  instrument(): Instrument
  /** Where the market stands now. */
  touch(): Touch
  keeper(): OrderBookKeeper
  /** What the next order that takes gives away beyond the touch. */
  slippage(): SlippageModel
  /** When a print at the limit of a resting order fills it. */
  rule(order: SimulatedOrder): TouchRule
  /** Largest share of a print that our orders get, 0 to 1; null for no cap. */
  readonly volumeShareMax: number | null
  /** False where prices are known by prints alone: what is marketable waits for the next one. */
  readonly hasQuotes: boolean
  /** Base that is to be had on the far side down to a price; null where nothing deeper than the touch is known. */
  depth(side: 'buy' | 'sell', worst: Decimal): number | null
  /** Base that stands before an order which begins to rest; read under the rule `queue` alone. */
  queueAhead(order: SimulatedOrder): number
  /** False where an order is passed over by an event that would fill it while it rests. */
  isServed(order: SimulatedOrder, isThrough: boolean): boolean
}

/** What fill models without depth, queues and chance have of them. */
export const PLAIN_MATCHING: Pick<MatcherOptions, 'depth' | 'queueAhead' | 'isServed'> = {
  depth: () => null,
  queueAhead: () => 0,
  isServed: () => true,
}

/** Digits after the point of a quantity that a size of the market allows. */
const SIZE_SCALE = 12

/**
 * Fills of simulated orders from quotes and prints, recorded or live. What is marketable at its arrival takes the opposite quote, as far
 * as the quoted size goes; a resting limit makes where a quote crosses it or a trade prints through its price (or at it, by the rule), as
 * far as the print goes. Our orders move no price; what they take of a quote is gone until the next.
 */
export class TouchMatcher {
  readonly #options: MatcherOptions
  /** Base that our orders took of the present quote's sides. */
  #takenOfBid = 0
  #takenOfAsk = 0
  /** Base that stands before resting orders, under the rule `queue`; one that rested before a restart queues anew at the first print. */
  readonly #ahead = new WeakMap<SimulatedOrder, number>()
  /** Stops that a print of the present instant has reached. */
  readonly #reached: SimulatedOrder[] = []

  constructor(options: MatcherOptions) {
    this.#options = options
  }

  /** True when a limit price would take at this instant. */
  crosses(side: 'buy' | 'sell', limit: number): boolean {
    const { bid, ask } = this.#options.touch()
    return side === 'buy' ? limit >= ask : limit <= bid
  }

  /**
   * An order has reached the venue, or its amended terms have: it fills at once as far as the market allows now. A stop waits.
   * @param last price of the last trade, by which stops go off; NaN before the first.
   */
  arrive(order: SimulatedOrder, last = Number.NaN): void {
    if (isWaiting(order)) {
      order.hasRested = true
      if (isMet(order, last)) this.#goOff(order)
      return
    }
    const isMarketable = order.limitPrice === null || this.crosses(order.terms.side, order.limit)
    if (!this.#options.hasQuotes && isMarketable) return // the next print says at what price
    if (isMarketable) this.#take(order)
    this.#rest(order)
  }

  /** The quote has changed: its sizes are whole again. */
  refill(): void {
    this.#takenOfBid = 0
    this.#takenOfAsk = 0
  }

  /** A new quote stands: resting orders that it crosses make. */
  onQuote(): void {
    this.refill()
    for (const order of [...this.#working]) {
      if (order.limitPrice === null || isWaiting(order) || !this.crosses(order.terms.side, order.limit)) continue
      if (this.#options.isServed(order, true)) this.#takeQuoted(order, order.limitPrice, 'maker')
    }
  }

  /** A trade of somebody else's printed. @param side the taker's: 1 bought, −1 sold. */
  onPrint(price: number, size: number, side: number): void {
    const { volumeShareMax } = this.#options
    let left = volumeShareMax === null ? size : size * volumeShareMax
    for (const order of [...this.#working]) {
      if (isWaiting(order)) {
        if (isMet(order, price) && !this.#reached.includes(order)) this.#reached.push(order)
        continue
      }
      if (!order.hasRested) {
        // A marketable order that waits for a price: there are no quotes.
        this.#execute(order, this.#takerPrice(order, price), volumeShareMax === null ? Number.NaN : left, 'taker')
        this.#rest(order)
        continue
      }
      left -= this.#make(order, price, left, side)
    }
  }

  /** Lets the stops go off that prints have reached: called behind all that an instant brings. */
  releaseStops(): void {
    for (const order of this.#reached.splice(0)) if (this.#working.includes(order)) this.#goOff(order)
  }

  get #working(): readonly SimulatedOrder[] {
    return this.#options.keeper().working
  }

  /** Fills a resting order by a print; returns how much of the print it took, with what went to those before it. */
  #make(order: SimulatedOrder, price: number, left: number, side: number): number {
    const { limit, limitPrice, terms } = order
    const isBuy = terms.side === 'buy'
    const isThrough = isBuy ? price < limit : price > limit
    const isAt = price === limit && side === (isBuy ? -1 : 1)
    if (limitPrice === null || left <= 0 || !(isThrough || isAt)) return 0
    if (isThrough) return this.#options.isServed(order, true) ? this.#execute(order, limitPrice, left, 'maker') : 0
    switch (this.#options.rule(order)) {
      case 'through':
        return 0
      case 'touch':
        return this.#options.isServed(order, false) ? this.#execute(order, limitPrice, left, 'maker') : 0
      case 'queue': {
        const ahead = this.#ahead.get(order) ?? this.#options.queueAhead(order)
        const before = Math.min(left, ahead)
        this.#ahead.set(order, ahead - before)
        if (left > before && this.#options.isServed(order, false)) this.#execute(order, limitPrice, left - before, 'maker')
        return 0 // another of ours at this price stands in the same queue: the print is told to each
      }
    }
  }

  /** A stop has become a market order. */
  #goOff(order: SimulatedOrder): void {
    order.trigger = Number.NaN
    this.#take(order)
    this.#rest(order)
  }

  #take(order: SimulatedOrder): void {
    const { bid, ask } = this.#options.touch()
    const { side } = order.terms
    const price = this.#takerPrice(order, side === 'buy' ? ask : bid)
    this.#takeQuoted(order, price, 'taker')
  }

  /** Fills an order as far as the opposite quote goes; what it takes is not there for the next one. */
  #takeQuoted(order: SimulatedOrder, price: Decimal, liquidity: 'maker' | 'taker'): void {
    const done = this.#execute(order, price, this.#quoted(order, price), liquidity)
    if (order.terms.side === 'buy') this.#takenOfAsk += done
    else this.#takenOfBid += done
  }

  /** What the market still has for an order at a price, base; NaN where sizes are not known. */
  #quoted(order: SimulatedOrder, price: Decimal): number {
    const { side } = order.terms
    const { bidSize, askSize } = this.#options.touch()
    const there = this.#options.depth(side, price) ?? (side === 'buy' ? askSize : bidSize)
    return there - (side === 'buy' ? this.#takenOfAsk : this.#takenOfBid)
  }

  #takerPrice(order: SimulatedOrder, price: number): Decimal {
    const { side } = order.terms
    const slipped = slippedPrice(this.#options.slippage(), side, decimalOfPrice(price), ZERO, this.#options.instrument().tickSize)
    if (order.limitPrice === null) return slipped
    return side === 'buy' ? minimum(slipped, order.limitPrice) : maximum(slipped, order.limitPrice)
  }

  /** Fills as much as `available` allows (NaN: all) and returns how much that was, base. */
  #execute(order: SimulatedOrder, price: Decimal, available: number, liquidity: 'maker' | 'taker'): number {
    const room = Number.isNaN(available)
      ? order.leaves
      : roundToStep(decimalFromNumber(Math.max(0, available), SIZE_SCALE), this.#options.instrument().lotSize, 'down')
    const quantity = minimum(order.leaves, room)
    if (!isPositive(quantity)) return 0
    this.#options.keeper().execute(order, price, quantity, liquidity)
    return Number(quantity)
  }

  /** What is left of an order rests from now on, or ends. */
  #rest(order: SimulatedOrder): void {
    order.hasRested = true
    if (!isPositive(order.leaves)) return
    const { timeInForce } = order.terms
    const isResting = order.limitPrice !== null && (timeInForce === 'gtc' || timeInForce === 'gtd')
    if (!isResting) return this.#options.keeper().expire(order, 'not fillable at once')
    if (this.#options.rule(order) === 'queue') this.#ahead.set(order, this.#options.queueAhead(order))
  }
}

/** True for a stop that has not gone off. */
function isWaiting({ trigger }: SimulatedOrder): boolean {
  return !Number.isNaN(trigger)
}

/** True when the last trade has reached the trigger of a stop; never before anything was traded. */
function isMet({ terms, trigger }: SimulatedOrder, last: number): boolean {
  return terms.side === 'buy' ? last >= trigger : last <= trigger
}
