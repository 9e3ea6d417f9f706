import type { Protections } from '#actors/protection/protections'
import type { BotSpec } from '#actors/bots/bot-spec'
import { type Decimal, isNegative, maximum, minimum, roundToStep, toNumber } from '#domain/decimal'
import { mustExist } from '#domain/errors'
import type { Instrument } from '#domain/instrument'

/**
 * From which prices on the company must look at the position that it protects: what lets a market pass over the rest of its data. It decides
 * nothing: where a price is reached the market shows it, and the company's own protection says what follows.
 */
export class ExitWatch {
  readonly #instrument: Instrument
  #protections: Protections | null = null
  #spec: BotSpec | null = null
  #isOn = false
  #isExiting = false
  #isLong = true
  #low = Number.NEGATIVE_INFINITY
  #high = Number.POSITIVE_INFINITY
  #stop = Number.NaN
  #target = Number.NaN
  #revision = 0

  constructor(instrument: Instrument) {
    this.#instrument = instrument
  }

  /** True while the company watches a position: then prices must be shown to it. */
  get isOn(): boolean {
    return this.#isOn
  }

  /** True while a protective exit closes the position. */
  get isExiting(): boolean {
    return this.#isExiting
  }

  get isLong(): boolean {
    return this.#isLong
  }

  /** The nearer of stop and trailing stop, on the tick at which it is reached first; NaN without one. */
  get stop(): number {
    return this.#stop
  }

  /** On the tick at which it is reached first; NaN without one. */
  get target(): number {
    return this.#target
  }

  /** The company must see a price at or below `low`, and one at or above `high`: a level, or a price that a trailing stop follows. */
  get low(): number {
    return this.#low
  }

  get high(): number {
    return this.#high
  }

  /** Rises with each change of what is watched. */
  get revision(): number {
    return this.#revision
  }

  /** True once anything of the run is protected. */
  get isStarted(): boolean {
    return this.#protections?.isOpen === true
  }

  /** Binds it to the company, which is made after its market. */
  attach(protections: Protections, spec: BotSpec): void {
    this.#protections = protections
    this.#spec = spec
  }

  /** Reads anew what is held; called wherever the company may have acted. */
  refresh(): void {
    if (!this.isStarted) return
    const { botId } = mustExist(this.#spec, 'the watch has no bot')
    const protection = this.#protections?.find(botId, this.#instrument.instrumentId) ?? null
    this.#isExiting = protection?.isExiting ?? false
    const quantity = protection?.line.quantity ?? null
    if (protection === null || quantity === null || !protection.isProtecting) return this.#set(false, null, null, null, null)
    const { stopPrice, targetPrice } = protection.line
    this.#isLong = !isNegative(quantity)
    this.#set(true, stopPrice, protection.trail, targetPrice, protection.best)
  }

  /** True where prices from `low` to `high` reach what is watched. */
  isReached(low: number, high: number): boolean {
    return low <= this.#low || high >= this.#high
  }

  #set(isOn: boolean, stopPrice: Decimal | null, trail: Decimal | null, targetPrice: Decimal | null, best: Decimal | null): void {
    const { tickSize } = this.#instrument
    const isLong = this.#isLong
    const loss =
      stopPrice === null || trail === null ? (stopPrice ?? trail) : isLong ? maximum(stopPrice, trail) : minimum(stopPrice, trail)
    const won =
      targetPrice === null || best === null ? (targetPrice ?? best) : isLong ? minimum(targetPrice, best) : maximum(targetPrice, best)
    const [below, above] = isLong ? [loss, won] : [won, loss]
    const low = below === null ? Number.NEGATIVE_INFINITY : toNumber(below)
    const high = above === null ? Number.POSITIVE_INFINITY : toNumber(above)
    if (isOn !== this.#isOn || low !== this.#low || high !== this.#high) this.#revision++
    this.#isOn = isOn
    this.#low = low
    this.#high = high
    this.#stop = loss === null ? Number.NaN : toNumber(roundToStep(loss, tickSize, isLong ? 'floor' : 'ceil'))
    this.#target = targetPrice === null ? Number.NaN : toNumber(roundToStep(targetPrice, tickSize, isLong ? 'ceil' : 'floor'))
  }
}
