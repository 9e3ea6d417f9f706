import { mustExist } from '#domain/errors'
import type { Instrument } from '#domain/instrument'
import type { VirtualClock } from '#sim/virtual-clock'
import { at, type BarColumns } from '../columns'
import type { ExitWatch } from '../exit-watch'
import type { Ticks } from '../ticks'
import { decimalOfPrice } from '#sim/fills/prices'
import { PLAIN_MATCHING, TouchMatcher } from '#sim/fills/touch-matcher'
import type { FillRules, SimulatedOrder } from '#sim/fills/types'
import type { RecordedKeeper, RecordedMarket } from './recorded-market'
import { TickCursor } from './tick-cursor'

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
  readonly #matcher: TouchMatcher
  #keeper: RecordedKeeper | null = null
  /** Venue time up to which the company sees ticks. */
  #seenMs = Number.NEGATIVE_INFINITY
  /** The next tick that the company must look at, −1 for none, as of a revision of its watch and up to an instant of the venue. */
  #lookAt = -1
  #lookOf = -1
  #lookUntilMs = Number.NEGATIVE_INFINITY

  constructor(options: TickMarketOptions) {
    this.#options = options
    const { ticks, rules } = options
    this.#there = new TickCursor(ticks)
    this.#seen = new TickCursor(ticks)
    const hasQuotes = ticks.quotes.count > 0
    this.#matcher = new TouchMatcher({
      ...PLAIN_MATCHING,
      instrument: () => options.instrument,
      touch: () => this.#there,
      keeper: () => this.#keeperOf,
      slippage: () => rules.slippage,
      rule: () => rules.touch,
      volumeShareMax: rules.volumeShareMax,
      hasQuotes,
    })
    this.hasStops = hasQuotes && ticks.trades.count > 0
    this.exits = `set off by the first ${hasQuotes ? 'quote' : 'print'} that reaches the level${this.hasStops ? '; stops that rest at the venue by the first print' : ''}`
    const source = hasQuotes ? `${ticks.trades.count > 0 ? 'quotes and trades' : 'quotes'}: the opposite quote` : 'trades: the next trade'
    const cap = rules.volumeShareMax === null ? '' : `, at most ${rules.volumeShareMax} of a print`
    this.name = `${source}, limits where prints ${rules.touch === 'touch' ? 'touch' : 'go through'} them${cap}`
  }

  attach(keeper: RecordedKeeper): void {
    this.#keeper = keeper
  }

  crosses(side: 'buy' | 'sell', limit: number): boolean {
    this.#catchUp(this.#options.clock.timeLineMs)
    return this.#matcher.crosses(side, limit)
  }

  arrive(order: SimulatedOrder): void {
    this.#catchUp(this.#options.clock.timeLineMs)
    this.#matcher.arrive(order, this.#there.last)
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

  get #keeperOf(): RecordedKeeper {
    return mustExist(this.#keeper, 'the market has no venue')
  }

  get #working(): readonly SimulatedOrder[] {
    return this.#keeperOf.working
  }

  /**
   * Moves the venue's market on to what it was when an order arrives at `ms`: all ticks before that instant, and those that the company
   * has seen. A tick of the very instant comes after the order, because it may be what the order did.
   */
  #catchUp(ms: number): void {
    const before = this.#there.quotesPassed
    this.#there.moveTo(Math.max(ms - JUST_BEFORE_MS, this.#seenMs))
    if (this.#there.quotesPassed !== before) this.#matcher.refill()
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
      this.#matcher.onPrint(print.price, print.size, print.side)
    } else {
      this.#there.passQuote()
      this.#matcher.onQuote()
    }
    if (this.#there.nextMs > ms) this.#matcher.releaseStops()
  }
}
