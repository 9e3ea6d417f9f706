import { InvariantError } from '#domain/errors'
import type { InstrumentId, VenueId } from '#domain/ids'
import type { Instrument } from '#domain/instrument'
import type { LogPort } from '#ports/alerter'
import type { ClockPort } from '#ports/clock'
import { type FeeBps, FEES_UNTOLD, feeBpsOf, instrumentOf, type Product, ProductTable } from './products'
import type { CoinbaseRest } from './rest'
import type { CoinbasePublicRest } from './rest-public'
import { productRow } from './schema-rest'

/** What the table is loaded with. */
export interface ReferenceDeps {
  readonly venueId: VenueId
  readonly clock: ClockPort
  readonly publicRest: CoinbasePublicRest
  /** Null without keys: fees are then those of the dearest tier, and nobody tells what the account may trade. */
  readonly rest: CoinbaseRest | null
  readonly log: LogPort
}

/** A table this young is not asked for again: states come by questions for the wanted products meanwhile. */
const FRESH_US = 600_000_000

/** Coinbase's spot products, the account's fees, and the instruments made of them. */
export class Reference {
  readonly #deps: ReferenceDeps
  #table: ProductTable | null = null
  #instruments = new Map<InstrumentId, Instrument>()
  #fees: FeeBps = FEES_UNTOLD
  #loadedUs: number | null = null

  constructor(deps: ReferenceDeps) {
    this.#deps = deps
  }

  get isLoaded(): boolean {
    return this.#table !== null
  }

  /** @throws {InvariantError} before the first load. */
  get table(): ProductTable {
    if (this.#table === null) throw new InvariantError('Coinbase products were asked for before they were loaded; connect first')
    return this.#table
  }

  instrument(instrumentId: InstrumentId): Instrument | null {
    return this.#instruments.get(instrumentId) ?? null
  }

  /** Returns the product of an instrument; null while it is not known. */
  product(instrumentId: InstrumentId): Product | null {
    return this.#table?.of(instrumentId) ?? null
  }

  /** Loads the table unless it is there. @throws {CoinbaseError} when the venue cannot be asked. */
  async ensure(): Promise<void> {
    if (this.#table === null) await this.load()
  }

  /** Returns the instruments, from a table of the last ten minutes where there is one: a session that comes back does not wait for it. */
  async instruments(): Promise<readonly Instrument[]> {
    const isFresh = this.#loadedUs !== null && this.#deps.clock.monotonicUs() - this.#loadedUs < FRESH_US
    return isFresh ? [...this.#instruments.values()] : this.load()
  }

  /** Loads products and fees anew. */
  async load(): Promise<readonly Instrument[]> {
    const { rest, publicRest, venueId, log, clock } = this.#deps
    const rows = await (rest ?? publicRest).products([])
    const tier = (await rest?.feeTier()) ?? null
    const table = new ProductTable(venueId, rows)
    if (table.skipped.length > 0) log.debug('products that are no instruments', { venue: venueId, products: table.skipped.slice(0, 20) })
    this.#fees = tier === null ? FEES_UNTOLD : feeBpsOf(tier.makerRate, tier.takerRate)
    this.#instruments = new Map([...table.products].map((product) => [product.instrumentId, instrumentOf(product, venueId, this.#fees)]))
    this.#table = table
    this.#loadedUs = clock.monotonicUs()
    return [...this.#instruments.values()]
  }

  /** Asks for the rows of some products and takes them; returns the instruments of which something changed. */
  async refresh(productIds: readonly string[]): Promise<readonly Instrument[]> {
    const { rest, publicRest } = this.#deps
    const rows = await (rest ?? publicRest).products(productIds)
    return rows.flatMap((row) => this.#take(row) ?? [])
  }

  #take(raw: unknown): Instrument | null {
    const { venueId } = this.#deps
    const row = productRow.safeParse(raw)
    const product = row.success ? this.table.replace(row.data, venueId) : null
    const known = product === null ? undefined : this.#instruments.get(product.instrumentId)
    if (product === null || known === undefined) return null
    const changed = instrumentOf(product, venueId, this.#fees)
    const isSame = (Object.keys(changed) as (keyof Instrument)[]).every((key) => key === 'venueSymbols' || changed[key] === known[key])
    if (isSame) return null
    this.#instruments.set(product.instrumentId, changed)
    return changed
  }
}
