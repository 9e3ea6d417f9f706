import { type Decimal, multiply } from '#domain/decimal'
import type { BotId, InstrumentId } from '#domain/ids'
import type { LogPort } from '#ports/alerter'
import type { ClockPort } from '#ports/clock'
import type { JournalPort } from '#ports/journal'
import type { Admission } from '#risk/guard-facts'
import type { TierFacts } from '#risk/tier-facts'
import {
  type Exclusion,
  type MarketFacts,
  type OutlierBounds,
  rankByVolume,
  selectUniverse,
  type UniverseConfig,
  type UniverseRow,
} from '#risk/universe'
import type { BotSpec } from '../bots/bot-spec'
import type { MarketCache } from '../market-cache'
import type { Portfolio } from '../portfolio/portfolio'

export interface UniverseDeps {
  readonly clock: ClockPort
  readonly journal: JournalPort
  readonly log: LogPort
  readonly market: MarketCache
  readonly portfolio: Pick<Portfolio, 'rateOf'>
  readonly config: UniverseConfig
  readonly bots: readonly Pick<BotSpec, 'botId' | 'universe' | 'instruments'>[]
  /** Those of the company that are in force. */
  bounds(): OutlierBounds
}

/** An instrument as it stood at the last look. */
export interface WatchedRow extends UniverseRow {
  /** Since when it is excluded for this reason, or admitted, UTC ms. */
  readonly sinceMs: number
}

const ADMITTED: Admission = Object.freeze({ exclusion: null })

/**
 * Keeps what may be entered of the universe (MKT-01): looks at every market of it anew on a fixed beat, tells of each change once, and
 * answers for bots and gate from the last look. What comes to be excluded is not closed; it is not opened.
 */
export class UniverseWatch {
  readonly #deps: UniverseDeps
  readonly #tiers = new Map<InstrumentId, TierFacts>()
  readonly #filters = new Map<BotId, NonNullable<BotSpec['universe']>>()
  #rows = new Map<InstrumentId, WatchedRow>()
  /** What each bot of the universe is kept from, by instrument. */
  #admissions = new Map<BotId, Map<InstrumentId, Admission>>()
  #lookedAtMs: number | null = null
  #timer: unknown = null
  #isStopped = true

  constructor(deps: UniverseDeps) {
    this.#deps = deps
    for (const { name, candidates, allocationRatioMax: ratioMax } of deps.config.tiers) {
      if (ratioMax === null) continue
      const facts = { name, ratioMax, members: new Set(candidates) }
      for (const instrumentId of candidates) this.#tiers.set(instrumentId, facts)
    }
    for (const { botId, universe } of deps.bots) if (universe !== null) this.#filters.set(botId, universe)
  }

  /** Begins to look on the beat; without tiers there is nothing to look at. */
  start(): void {
    if (!this.#isStopped || this.#deps.config.tiers.length === 0) return
    this.#isStopped = false
    this.#beat()
  }

  stop(): void {
    this.#isStopped = true
    this.#deps.clock.clearTimeout(this.#timer)
    this.#timer = null
  }

  /** The tier that an instrument is of; null where that has no cap. */
  tierOf(instrumentId: InstrumentId): TierFacts | null {
    return this.#tiers.get(instrumentId) ?? null
  }

  /** Whether a bot may enter an instrument now; null for a bot that names its instruments. */
  admissionOf(botId: BotId, instrumentId: InstrumentId): Admission | null {
    if (!this.#filters.has(botId)) return null
    if (this.#lookedAtMs === null) this.#look()
    return this.#admissions.get(botId)?.get(instrumentId) ?? ADMITTED
  }

  get refreshMs(): number {
    return this.#deps.config.refreshMs
  }

  get config(): UniverseConfig {
    return this.#deps.config
  }

  /** When it last looked, UTC ms; null before the first look. */
  get lookedAtMs(): number | null {
    return this.#lookedAtMs
  }

  /** Every instrument as of the last look, by tier in the order of the configuration. */
  rows(): readonly WatchedRow[] {
    return [...this.#rows.values()]
  }

  #beat(): void {
    this.#look()
    this.#timer = this.#deps.clock.setTimeout(() => {
      if (!this.#isStopped) this.#beat()
    }, this.#deps.config.refreshMs)
  }

  #look(): void {
    const { clock, config, bots } = this.#deps
    const atMs = clock.now()
    const isFirst = this.#lookedAtMs === null
    this.#lookedAtMs = atMs
    const rows = new Map<InstrumentId, WatchedRow>()
    for (const row of selectUniverse(config, (instrumentId) => this.#factsOf(instrumentId), this.#deps.bounds())) {
      const known = this.#rows.get(row.instrumentId)
      const isSame = known !== undefined && known.exclusion?.reason === row.exclusion?.reason
      rows.set(row.instrumentId, { ...row, sinceMs: isSame ? known.sinceMs : atMs })
      // At the first look only what is kept out is news.
      if (!isSame && (!isFirst || row.exclusion !== null)) this.#tell(row)
    }
    this.#rows = rows
    this.#admissions = new Map(bots.flatMap((bot) => (bot.universe === null ? [] : [[bot.botId, this.#admissionsOf(bot, bot.universe)]])))
  }

  #admissionsOf({ instruments }: UniverseDeps['bots'][number], filter: NonNullable<BotSpec['universe']>): Map<InstrumentId, Admission> {
    const { topByVolume } = filter
    const top = topByVolume === null ? null : rankByVolume([...this.#rows.values()], filter.tiers).slice(0, topByVolume)
    const admissions = new Map<InstrumentId, Admission>()
    for (const instrumentId of instruments) {
      const own = this.#rows.get(instrumentId)?.exclusion ?? null
      const exclusion = own ?? (top === null || top.includes(instrumentId) ? null : notInTop(instrumentId, top.length))
      if (exclusion !== null) admissions.set(instrumentId, { exclusion })
    }
    return admissions
  }

  #factsOf(instrumentId: InstrumentId): MarketFacts {
    const { market, portfolio } = this.#deps
    const instrument = market.findInstrument(instrumentId)
    if (instrument === null) return { status: null, quote: null, volume24h: null, jump: null }
    const quote = market.isSound(instrumentId) ? market.quote(instrumentId) : null
    const rate = portfolio.rateOf(instrument.quoteAsset)
    return {
      status: instrument.status,
      quote,
      volume24h: quote?.volume24h === undefined ? null : volumeOf(quote.volume24h, market.mid(instrumentId), rate),
      jump: market.jumpOf(instrumentId),
    }
  }

  #tell({ instrumentId, tier, exclusion, volume24h, spreadBps }: UniverseRow): void {
    const { journal, log } = this.#deps
    const facts = {
      symbol: instrumentId,
      tier,
      exclusion_reason: exclusion?.reason ?? null,
      current: exclusion?.current ?? null,
      limit: exclusion?.limit ?? null,
      volume24h,
      spreadBps,
    }
    journal.append({
      actor: 'universe',
      kind: exclusion === null ? 'universe.admitted' : 'universe.excluded',
      payload: { ...facts, text: exclusion?.text ?? '' },
      correlationId: instrumentId,
      causationSeq: null,
    })
    log.info(exclusion === null ? `universe: ${instrumentId} is admitted` : `universe: ${exclusion.text}`, facts)
  }
}

function volumeOf(base: Decimal, mid: Decimal | null, rate: Decimal | null): Decimal | null {
  return mid === null || rate === null ? null : multiply(multiply(base, mid), rate)
}

function notInTop(instrumentId: InstrumentId, count: number): Exclusion {
  return {
    reason: 'not_in_top',
    text: `${instrumentId} is not among the ${count} with the greatest volume`,
    current: null,
    limit: String(count),
  }
}
