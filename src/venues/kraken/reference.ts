import { ZERO } from '#domain/decimal'
import { InvariantError } from '#domain/errors'
import type { InstrumentId, VenueId } from '#domain/ids'
import type { Instrument } from '#domain/instrument'
import type { LogPort } from '#ports/alerter'
import type { ClockPort } from '#ports/clock'
import type { KrakenConfig } from './config'
import { KrakenError } from './errors'
import { countryCodeOf } from './region'
import type { KrakenRest } from './rest'
import type { KrakenPublicRest } from './rest-public'
import type { TradeVolume } from './schema-rest'
import type { InstrumentPair } from './schema-stream'
import { type FeePercent, instrumentOf, type Pair, SymbolTable, scheduledFees, statusOf } from './symbols'

/** What the tables are loaded with. */
export interface ReferenceDeps {
  readonly venueId: VenueId
  readonly config: KrakenConfig
  readonly clock: ClockPort
  readonly publicRest: KrakenPublicRest
  /** Null without keys: fees are then those of the first tier. */
  readonly rest: KrakenRest | null
  readonly log: LogPort
}

const VOLUME_PAIRS_MAX = 50
/** Tables and fees this young are not asked for again: statuses and grids come by the instrument channel meanwhile. */
const FRESH_US = 600_000_000

/** Kraken's tables of assets and pairs, the account's fees, and the instruments made of them; kept up by the instrument channel. */
export class Reference {
  readonly #deps: ReferenceDeps
  #symbols: SymbolTable | null = null
  #instruments = new Map<InstrumentId, Instrument>()
  #tradable: ReadonlySet<string> | null = null
  /** When the tables were loaded, and whose exact fees came with them. */
  #loaded: { readonly atUs: number; readonly wanted: string } | null = null

  constructor(deps: ReferenceDeps) {
    this.#deps = deps
  }

  get isLoaded(): boolean {
    return this.#symbols !== null
  }

  /** @throws {InvariantError} before the first load. */
  get symbols(): SymbolTable {
    if (this.#symbols === null) throw new InvariantError('Kraken symbols were asked for before they were loaded; connect first')
    return this.#symbols
  }

  /** Raw ids of the pairs offered in our region; null when the venue did not say. */
  get tradable(): ReadonlySet<string> | null {
    return this.#tradable
  }

  instrument(instrumentId: InstrumentId): Instrument | null {
    return this.#instruments.get(instrumentId) ?? null
  }

  /** Loads the tables unless they are there. @throws {KrakenError} when the venue cannot be asked. */
  async ensure(wanted: readonly InstrumentId[] = []): Promise<void> {
    if (this.#symbols === null) await this.load(wanted)
  }

  /**
   * Returns the instruments with the exact fees of those named, from tables of the last ten minutes where there are such: a start asks
   * for them once, and a session that comes back does not wait for the budget of public calls.
   */
  async instruments(wanted: readonly InstrumentId[]): Promise<readonly Instrument[]> {
    const isFresh =
      this.#loaded !== null && this.#loaded.wanted === wanted.join() && this.#deps.clock.monotonicUs() - this.#loaded.atUs < FRESH_US
    return isFresh ? [...this.#instruments.values()] : this.load(wanted)
  }

  /** Loads the tables anew; exact fees are asked for the instruments named, the others take the schedule at our volume. */
  async load(wanted: readonly InstrumentId[]): Promise<readonly Instrument[]> {
    const { publicRest, venueId, log } = this.#deps
    const assets = await publicRest.assets()
    const rows = await publicRest.assetPairs(null)
    const symbols = new SymbolTable(venueId, assets, rows)
    if (symbols.skipped.length > 0) log.debug('pairs without a name of ours', { venue: venueId, pairs: symbols.skipped.slice(0, 20) })
    this.#tradable = await this.#loadTradable()
    const volume = await this.#loadVolume(wanted.flatMap((id) => symbols.pairOf(id) ?? []).map((pair) => pair.rest))
    const instruments = new Map<InstrumentId, Instrument>()
    for (const pair of symbols.pairs) instruments.set(pair.instrumentId, instrumentOf(pair, venueId, feesOf(pair, volume)))
    this.#symbols = symbols
    this.#instruments = instruments
    this.#loaded = { atUs: this.#deps.clock.monotonicUs(), wanted: wanted.join() }
    return [...instruments.values()]
  }

  /**
   * Takes a row of the instrument channel. Returns the instrument when something of it changed, and whether the scale of its
   * wire numbers did, which a running book does not survive.
   */
  onStreamPair(row: InstrumentPair): { readonly instrument: Instrument; readonly isRescaled: boolean } | null {
    const pair = this.#symbols?.pair(row.symbol) ?? null
    const instrument = pair === null ? undefined : this.#instruments.get(pair.instrumentId)
    if (pair === null || instrument === undefined) return null
    const changed: Instrument = {
      ...instrument,
      status: statusOf(row.status),
      tickSize: row.price_increment,
      lotSize: row.qty_increment,
      quantityMin: row.qty_min,
      notionalMin: row.cost_min ?? instrument.notionalMin,
    }
    const isRescaled = this.symbols.rescale(pair.instrumentId, row.price_precision, row.qty_precision)
    const isSame = (Object.keys(changed) as (keyof Instrument)[]).every((key) => changed[key] === instrument[key])
    if (isSame && !isRescaled) return null
    this.#instruments.set(pair.instrumentId, changed)
    return { instrument: changed, isRescaled }
  }

  async #loadTradable(): Promise<ReadonlySet<string> | null> {
    const { publicRest, config, log } = this.#deps
    try {
      return new Set(Object.keys(await publicRest.assetPairs(countryCodeOf(config.region))))
    } catch (error) {
      if (!(error instanceof KrakenError) || error.code !== 'VENUE_REJECTED') throw error
      // A region that the venue has no list for: its own check of each order stays, with its own error.
      log.warn('Kraken has no list of pairs for the region', { region: config.region.code, reason: error.message })
      return null
    }
  }

  async #loadVolume(pairs: readonly string[]): Promise<TradeVolume | null> {
    const { rest } = this.#deps
    if (rest === null) return null
    const first = await rest.tradeVolume(pairs.slice(0, VOLUME_PAIRS_MAX))
    const fees = { ...first.fees }
    const makerFees = { ...first.fees_maker }
    for (let at = VOLUME_PAIRS_MAX; at < pairs.length; at += VOLUME_PAIRS_MAX) {
      const more = await rest.tradeVolume(pairs.slice(at, at + VOLUME_PAIRS_MAX))
      Object.assign(fees, more.fees)
      Object.assign(makerFees, more.fees_maker)
    }
    return { ...first, fees, fees_maker: makerFees }
  }
}

/** Returns what the account pays on a pair: as the venue states it for the pair, else by the schedule at the account's volume. */
function feesOf(pair: Pair, volume: TradeVolume | null): FeePercent {
  const scheduled = scheduledFees(pair.row, volume?.volume ?? ZERO)
  const names = [pair.raw, pair.rest, pair.stream]
  const taker = names.map((name) => volume?.fees?.[name]?.fee).find((fee) => fee !== undefined)
  const maker = names.map((name) => volume?.fees_maker?.[name]?.fee).find((fee) => fee !== undefined)
  return { taker: taker ?? scheduled.taker, maker: maker ?? scheduled.maker }
}
