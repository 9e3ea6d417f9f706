/** A bench that trades: what the cases about orders share. */
import { expect } from 'bun:test'
import { type Decimal, maximum, multiply, roundToStep, subtract } from '#domain/decimal'
import { mustExist } from '#domain/errors'
import type { Instrument } from '#domain/instrument'
import type { Approved, Fill } from '#domain/order'
import type { AmendOutcome, CancelOutcome, SubmitOutcome } from '#domain/outcome'
import { connected } from './conformance-market'
import { DEADLINE_MS, leastQuantity, type OrderWish, orderOf, refOf, settled, type VenueBench } from './venue-bench'

const d = (text: string): Decimal => text as Decimal

/** A bench with orders within reach: connected, and with what orders of one instrument need. */
export class OrderBench {
  readonly bench: VenueBench
  readonly instrument: Instrument

  constructor(open: () => VenueBench) {
    this.bench = connected(open)
    const instruments = settled(this.bench.clock, this.bench.venue.instruments())
    this.instrument = mustExist(
      instruments.find(({ instrumentId }) => instrumentId === this.bench.instrumentId),
      'the venue does not list its own instrument',
    )
  }

  /** Twenty times the least quantity. */
  get quantity(): Decimal {
    return multiply(this.least, d('20'))
  }

  get least(): Decimal {
    return leastQuantity(this.instrument, this.bench.touch(this.bench.instrumentId).bid)
  }

  /** A price on the tick this many steps below the bid (or above, when negative). A step is the tick, or 1.5 millionths where that is less. */
  below(steps: string): Decimal {
    const { tickSize } = this.instrument
    const { bid } = this.bench.touch(this.bench.instrumentId)
    const step = maximum(tickSize, roundToStep(multiply(bid, d('0.0000015')), tickSize, 'down'))
    return subtract(bid, multiply(step, d(steps)))
  }

  order(wish: Partial<OrderWish>): Approved {
    const { instrumentId } = this.bench
    return orderOf(this.bench.venue, { instrumentId, side: 'buy', quantity: this.quantity, price: this.below('200'), ...wish })
  }

  submit(order: Approved): SubmitOutcome {
    const { clock, venue } = this.bench
    return settled(clock, venue.submit(order, { deadlineAtMs: clock.now() + DEADLINE_MS }))
  }

  cancel(order: Approved): CancelOutcome {
    return settled(this.bench.clock, this.bench.venue.cancel(refOf(order)))
  }

  amend(order: Approved, changed: Approved): AmendOutcome {
    const { clock, venue } = this.bench
    return settled(clock, venue.amend({ ...refOf(order), approved: changed, deadlineAtMs: clock.now() + DEADLINE_MS }))
  }

  /** Lets what is under way arrive. */
  rest(ms = 200): void {
    this.bench.clock.advance(ms)
  }

  kindsOf(order: Approved): readonly string[] {
    return this.bench.heard.reportsOf(order.clientOrderId).map(({ kind }) => kind)
  }

  /** Lets answered cancels take effect. */
  restForCancels(): void {
    this.rest(this.bench.traits.cancelsWithinMs)
  }

  /** That the fills heard of an order are those of the venue, to the last digit, once they may be late no more. */
  expectFillsAsRecorded(order: Approved): void {
    const { heard, traits } = this.bench
    const isHeard = (): boolean => this.bench.truth().fills.every(({ tradeId }) => heard.fills.some((fill) => fill.tradeId === tradeId))
    for (let ms = 0; ms < traits.fillsWithinMs && !isHeard(); ms += 50) this.rest(50)
    const ours = this.bench.truth().fills.filter((fill) => fill.clientOrderId === order.clientOrderId)
    expect(byTradeId(this.bench.heard.fillsOf(order.clientOrderId))).toEqual(byTradeId(ours))
  }

  expectBalancesAsRecorded(): void {
    const { clock, venue } = this.bench
    expect(settled(clock, venue.balances())).toEqual(this.bench.truth().balances)
  }
}

/** Fills in an order of their own: what is made good after a loss comes in any order, and fills of one instant have none. */
export function byTradeId(fills: readonly Fill[]): readonly Fill[] {
  return fills.toSorted((a, b) => (a.tradeId < b.tradeId ? -1 : 1))
}
