import {
  add,
  applyBps,
  type Decimal,
  isLess,
  isPositive,
  isZero,
  maximum,
  minimum,
  multiply,
  negate,
  ONE,
  roundToScale,
  scaleOf,
  subtract,
  ZERO,
} from '#domain/decimal'
import type { Instrument } from '#domain/instrument'
import type { Side } from '#domain/order'
import type { GateQuote } from './types'

/** What one unit of the base asset costs at worst. */
export interface UnitCost {
  /** Quote per base, before the fee. */
  readonly price: Decimal
  /** Account currency per base, fee included: what exposure is counted in. */
  readonly notional: Decimal
  /** Quote per base that a buy takes, fee included; zero for a sell. */
  readonly cash: Decimal
}

/** The figures of an order that its worst case follows from. */
export interface PricedOrder {
  readonly side: Side
  readonly limitPrice: Decimal | null
  readonly referencePrice: Decimal
  readonly postOnly: boolean
}

/** The highest fee of an order as factors of its price. */
interface FeeFactors {
  /** 1 + fee. */
  readonly paid: Decimal
  /** 1 − fee. */
  readonly kept: Decimal
}

interface InstrumentFees {
  readonly post: FeeFactors
  readonly any: FeeFactors
}

const feesOfInstruments = new WeakMap<Instrument, InstrumentFees>()

/** Fee factors are asked for on every judgement and change only with the instrument, so each instrument's are kept. */
function feeFactorsOf(instrument: Instrument, postOnly: boolean): FeeFactors {
  let fees = feesOfInstruments.get(instrument)
  if (fees === undefined) {
    const maker = maximum(instrument.makerFeeBps, ZERO)
    fees = { post: factorsOf(maker), any: factorsOf(maximum(maker, instrument.takerFeeBps)) }
    feesOfInstruments.set(instrument, fees)
  }
  return postOnly ? fees.post : fees.any
}

/** A rebate counts as no fee. */
function factorsOf(feeBps: Decimal): FeeFactors {
  const fee = applyBps(ONE, feeBps)
  return { paid: add(ONE, fee), kept: subtract(ONE, fee) }
}

/**
 * Returns the price at which an order can cost most: a buy's limit, or the far side with the buffer on top for a market order; a sell
 * fills at its limit or better, so the bid counts when it is higher.
 */
function worstPriceOf(order: PricedOrder, quote: GateQuote | null, marketOrderBufferBps: Decimal): Decimal {
  if (order.side === 'sell') {
    const floor = order.limitPrice ?? order.referencePrice
    return quote === null ? floor : maximum(floor, quote.bidPrice)
  }
  if (order.limitPrice !== null) return order.limitPrice
  const far = quote === null ? order.referencePrice : maximum(order.referencePrice, quote.askPrice)
  return add(far, applyBps(far, marketOrderBufferBps))
}

/** Returns the worst cost a unit; the fee is the highest that may be charged. `quoteRate` is account currency per quote. */
export function unitCostOf(
  order: PricedOrder,
  instrument: Instrument,
  quote: GateQuote | null,
  quoteRate: Decimal,
  bufferBps: Decimal,
): UnitCost {
  const price = worstPriceOf(order, quote, bufferBps)
  const cost = multiply(price, feeFactorsOf(instrument, order.postOnly).paid)
  return { price, notional: quoteRate === ONE ? cost : multiply(cost, quoteRate), cash: order.side === 'buy' ? cost : ZERO }
}

/** Digits of an exposure after the point. Longer ones tell nothing and would make every sum of a judgement slow (measured: three times). */
export const EXPOSURE_SCALE = 8

/** Returns what `quantity` costs at `perUnit`, rounded up to eight digits after the point: a worst case is never too low. */
export function worstCostOf(quantity: Decimal, perUnit: Decimal): Decimal {
  if (isZero(quantity) || isZero(perUnit)) return ZERO
  const cost = multiply(quantity, perUnit)
  return scaleOf(cost) > EXPOSURE_SCALE ? roundToScale(cost, EXPOSURE_SCALE, 'up') : cost
}

/** Returns the mid of a quote, quote per base: the one meaning of "latest price" in risk (MKT-05). */
export function midOf(quote: GateQuote): Decimal {
  return quote.midPrice ?? multiply(add(quote.bidPrice, quote.askPrice), '0.5' as Decimal)
}

/** Returns the price that minimums are checked at: the limit, or for a market order the lower of its reference and the mid. */
export function valuePriceOf(order: PricedOrder, quote: GateQuote | null): Decimal {
  if (order.limitPrice !== null) return order.limitPrice
  return quote === null ? order.referencePrice : minimum(order.referencePrice, midOf(quote))
}

/** Returns `value` with the highest fee that the order can be charged. */
export function withFee(value: Decimal, instrument: Instrument, postOnly: boolean): Decimal {
  return multiply(value, feeFactorsOf(instrument, postOnly).paid)
}

/** Returns `value` less the highest fee that the order can be charged. */
export function afterFee(value: Decimal, instrument: Instrument, postOnly: boolean): Decimal {
  return multiply(value, feeFactorsOf(instrument, postOnly).kept)
}

/**
 * Returns how much of an order only lowers the bot's position: what opposes it, less what other working orders of that side already claim.
 * @param claimed leaves of the bot's other working orders of the same side and instrument, base.
 */
export function reducingPartOf(side: Side, quantity: Decimal, position: Decimal, claimed: Decimal): Decimal {
  const opposing = side === 'sell' ? position : negate(position)
  if (!isPositive(opposing)) return ZERO
  const free = subtract(opposing, claimed)
  if (!isPositive(free)) return ZERO
  return isLess(free, quantity) ? free : quantity
}
