import type { Decimal } from '#domain/decimal'
import { invariant } from '#domain/errors'
import { divideHalfUp, divideUp, exactUnits, fixedText, fromUnits, pow10, rescale, rescaleUp } from './scaled'
import type { FeeTier } from './fee-tier'
import type { EngineAsset, EngineInstrument, EngineLevel } from './types'

/** A fee tier in inner figures: percent in millionths. */
interface ScaledTier {
  readonly tier: FeeTier
  readonly volumeMin: bigint
  readonly maker: bigint
  readonly taker: bigint
}

/** Digits after the point at which 30-day volumes are kept. */
export const VOLUME_SCALE = 8
const RATE_SCALE = 6
const PERCENT_UNITS = pow10(RATE_SCALE + 2)

/**
 * The scales of one instrument. Prices are counts of 10^−priceScale (`units`, safe integers), quantities counts of 10^−quantityScale
 * (`lots`; of 10^−fillScale where the instrument has one), costs counts of 10^−costScale.
 */
export class Grid {
  #instrument: EngineInstrument
  #tick: number
  readonly baseScale: number
  readonly quoteScale: number
  /** Digits after the point of `lots`. */
  readonly lotScale: number
  /** Lots in one step of `quantityScale`. */
  readonly lotsPerStep: bigint
  readonly minLots: bigint
  readonly minCost: bigint
  readonly #tiers: readonly ScaledTier[]
  readonly #costDivisor: bigint
  readonly #costFactor: bigint

  constructor(instrument: EngineInstrument, assets: ReadonlyMap<string, EngineAsset>) {
    this.#instrument = instrument
    const base = assets.get(instrument.base)
    const quote = assets.get(instrument.quote)
    invariant(base !== undefined && quote !== undefined, `${instrument.symbol}: base or quote is not among the engine's assets`)
    this.baseScale = base.scale
    this.quoteScale = quote.scale
    this.#tick = tickOf(instrument)
    this.lotScale = instrument.fillScale ?? instrument.quantityScale
    this.lotsPerStep = pow10(this.lotScale - instrument.quantityScale)
    this.minLots = exactUnits(instrument.quantityMin, this.lotScale)
    this.minCost = exactUnits(instrument.costMin, instrument.costScale)
    const shift = instrument.priceScale + this.lotScale - instrument.costScale
    this.#costDivisor = shift > 0 ? pow10(shift) : 1n
    this.#costFactor = shift < 0 ? pow10(-shift) : 1n
    this.#tiers = instrument.feeTiers.map((tier) => ({
      tier,
      volumeMin: exactUnits(tier.volumeMin, VOLUME_SCALE),
      maker: exactUnits(tier.makerPercent, RATE_SCALE),
      taker: exactUnits(tier.takerPercent, RATE_SCALE),
    }))
    invariant(this.#tiers.length > 0, `${instrument.symbol}: the fee schedule is empty`)
  }

  get instrument(): EngineInstrument {
    return this.#instrument
  }

  /** The tick in price units. */
  get tick(): number {
    return this.#tick
  }

  /** Changes the price step; digits stay as they are. @throws {InvariantError} when it has more digits than prices have. */
  retick(tickSize: Decimal): void {
    const instrument = { ...this.#instrument, tickSize }
    this.#tick = tickOf(instrument)
    this.#instrument = instrument
  }

  /** Cost of a fill: price × quantity at the cost scale, half up. */
  cost(units: number, lots: bigint): bigint {
    return divideHalfUp(BigInt(units) * lots * this.#costFactor, this.#costDivisor)
  }

  /** Like `cost`, up: what a reservation needs. */
  costUp(units: number, lots: bigint): bigint {
    return divideUp(BigInt(units) * lots * this.#costFactor, this.#costDivisor)
  }

  /** Returns how many lots a cost buys at a price, rounded down. */
  lotsFor(cost: bigint, units: number): bigint {
    return (cost * this.#costDivisor) / (BigInt(units) * this.#costFactor)
  }

  /** Fee on an amount at the amount's own scale, half up; `rate` as in `rates`. */
  fee(amount: bigint, rate: bigint): bigint {
    return divideHalfUp(amount * rate, PERCENT_UNITS)
  }

  /** Like `fee`, up, and never negative. */
  feeUp(amount: bigint, rate: bigint): bigint {
    return rate <= 0n ? 0n : divideUp(amount * rate, PERCENT_UNITS)
  }

  /** Brings a cost or a fee in quote to the quote asset's ledger scale. */
  toQuote(cost: bigint): bigint {
    return rescale(cost, this.#instrument.costScale, this.quoteScale)
  }

  toQuoteUp(cost: bigint): bigint {
    return rescaleUp(cost, this.#instrument.costScale, this.quoteScale)
  }

  /** Brings lots to the base asset's ledger scale. */
  toBase(lots: bigint): bigint {
    return rescale(lots, this.lotScale, this.baseScale)
  }

  toBaseUp(lots: bigint): bigint {
    return rescaleUp(lots, this.lotScale, this.baseScale)
  }

  /** Returns the tier of a 30-day volume with its rates, and the next tier. */
  rates(volume: bigint): { readonly tier: FeeTier; readonly next: FeeTier | null; readonly maker: bigint; readonly taker: bigint } {
    let index = 0
    while (index + 1 < this.#tiers.length && volume >= (this.#tiers[index + 1] as ScaledTier).volumeMin) index++
    const found = this.#tiers[index] as ScaledTier
    return { tier: found.tier, next: this.#tiers[index + 1]?.tier ?? null, maker: found.maker, taker: found.taker }
  }

  price(units: number): Decimal {
    return fromUnits(BigInt(units), this.#instrument.priceScale)
  }

  quantity(lots: bigint): Decimal {
    return fromUnits(lots, this.lotScale)
  }

  costText(cost: bigint): Decimal {
    return fromUnits(cost, this.#instrument.costScale)
  }

  level(units: number, lots: bigint): EngineLevel {
    const { priceScale } = this.#instrument
    return {
      price: this.price(units),
      quantity: this.quantity(lots),
      priceText: fixedText(BigInt(units), priceScale),
      quantityText: fixedText(lots, this.lotScale),
    }
  }
}

function tickOf({ symbol, tickSize, priceScale }: EngineInstrument): number {
  const tick = Number(exactUnits(tickSize, priceScale))
  invariant(tick > 0, `${symbol}: tick size must be positive`)
  return tick
}
