import { messageOf } from '#domain/errors'
import type { Instrument } from '#domain/instrument'
import type { ClockPort } from '#ports/clock'
import type { Reference } from './reference'

/** What the watch asks and whom it tells. */
export interface ProductWatchDeps {
  readonly clock: ClockPort
  readonly reference: Reference
  readonly intervalMs: number
  /** Names of the products that somebody wants. */
  wanted(): readonly string[]
  onInstrument(instrument: Instrument): void
  onFault(code: string, text: string): void
}

/**
 * The states of the wanted products (VEN-16). No stream tells whether one takes limit or post-only orders alone, so that they are asked for every
 * so often, and at once when the status channel shows another word than ours.
 */
export class ProductWatch {
  readonly #deps: ProductWatchDeps
  #timer: unknown = null
  #isRunning = false
  #isAsking = false

  constructor(deps: ProductWatchDeps) {
    this.#deps = deps
  }

  start(): void {
    this.stop()
    this.#isRunning = true
    this.#plan()
  }

  stop(): void {
    this.#isRunning = false
    if (this.#timer !== null) this.#deps.clock.clearTimeout(this.#timer)
    this.#timer = null
  }

  /** The status channel told of a product: asks when it says something else than we hold. */
  onStatus(productId: string, status: string): void {
    const product = this.#deps.reference.isLoaded ? this.#deps.reference.table.byId(productId) : null
    if (product !== null && status !== '' && product.row.status !== status) void this.#ask()
  }

  #plan(): void {
    this.#timer = this.#deps.clock.setTimeout(() => {
      void this.#ask().then(() => {
        if (this.#isRunning) this.#plan()
      })
    }, this.#deps.intervalMs)
  }

  async #ask(): Promise<void> {
    const { reference, wanted, onInstrument, onFault } = this.#deps
    const products = wanted()
    if (this.#isAsking || products.length === 0) return
    this.#isAsking = true
    try {
      const changed = await reference.refresh(products)
      if (this.#isRunning) for (const instrument of changed) onInstrument(instrument)
    } catch (error) {
      if (this.#isRunning) onFault('PRODUCT_STATES', `the states of the products are not known: ${messageOf(error)}`)
    } finally {
      this.#isAsking = false
    }
  }
}
