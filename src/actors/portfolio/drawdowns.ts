import { add, type Decimal, isLess, subtract, ZERO } from '#domain/decimal'
import { type Peak, trackPeak } from '#domain/drawdown'
import type { AssetCode, BotId } from '#domain/ids'
import type { Json, JsonObject } from '#domain/json'
import { readArray, readDecimal, readInteger, readNullable, readObject, readText } from '#domain/json-read'
import { RollingPeak } from '#domain/rolling-peak'
import { utcDayOf } from '#domain/time'
import type { JournalEntry } from '#ports/journal'
import type { Fall } from '#risk/breakers/fall'
import type { Worth } from './worth'

export interface DrawdownsDeps {
  readonly bots: readonly BotId[]
  /** Length of the rolling window, ms; null for the session. */
  readonly windowMs: number | null
  /** What a bot is worth now, or (null) the company, which is valued anew. */
  worthOf(botId: BotId | null): Worth
  /** Changes with every posting and every price. */
  revision(): number
  /** True for an asset that has no price yet, and is to have one. */
  isAwaited(asset: AssetCode): boolean
}

/** How long an asset that had a price, or is to have one, may lack it before it counts as worth nothing, ms. */
const PRICELESS_MS_MAX = 600_000

/**
 * How far equity has fallen: the company's since the highest, within the UTC day, and within the window or session; each bot's since its
 * highest. All of them begin anew when an operator signs the breaker off that watches them. What is highest is a fold of the journal's
 * marks and of the breakers' transitions; after a restart nothing of it is judged by an asset whose price is not known again yet.
 */
export class Drawdowns {
  readonly #deps: DrawdownsDeps
  readonly #bots = new Map<BotId, Peak>()
  #company: Peak | null = null
  #session: Peak | null = null
  #day: { readonly startMs: number; readonly peak: Peak | null } = { startMs: 0, peak: null }
  /** Of equity less flows, which no deposit and no withdrawal moves. */
  readonly #window: RollingPeak | null
  /** The highest of that since the last mark. */
  #high: Decimal | null = null
  /** Assets that had a price while they were held. */
  readonly #priced = new Set<AssetCode>()
  readonly #equity = new Map<BotId | null, Decimal>()
  #flows: Decimal = ZERO
  /** When it was first seen that the price of an asset is missing, UTC ms. */
  readonly #pricelessSinceMs = new Map<AssetCode, number>()
  /** Assets whose price nobody waits for any more. */
  readonly #givenUp = new Set<AssetCode>()
  /** Books and prices at the last look at every bot. */
  #seenRevision: number | null = null
  /** The window's highest with the flows of now: the sum is kept, for it is asked for with each look. */
  #windowPeak: { readonly highest: Decimal; readonly flows: Decimal; readonly peak: Decimal } | null = null

  constructor(deps: DrawdownsDeps) {
    this.#deps = deps
    this.#window = deps.windowMs === null ? null : new RollingPeak(deps.windowMs)
  }

  /** Values the company, and the bot of a fill or (null) every bot; again only where something moved. */
  look(nowMs: number, botId: BotId | null): void {
    const worth = this.#deps.worthOf(null)
    const revision = this.#deps.revision()
    this.#lookAtCompany(worth, nowMs)
    if (botId !== null) return this.#lookAtBot(botId)
    if (this.#seenRevision === revision && this.#pricelessSinceMs.size === 0) return
    for (const bot of this.#deps.bots) this.#lookAtBot(bot)
    this.#seenRevision = revision
  }

  /** The company's fall since its highest; null where that cannot be told. */
  get company(): Fall | null {
    return this.#fallOf(this.#company, null)
  }

  get day(): Fall | null {
    return this.#fallOf(this.#day.peak, null)
  }

  /** The fall within the window that ends at `nowMs`, or within the session. */
  recent(nowMs: number): Fall | null {
    if (this.#window === null) return this.#fallOf(this.#session, null)
    const highest = this.#window.highest(nowMs)
    if (highest === null) return null
    if (this.#windowPeak?.highest !== highest || this.#windowPeak.flows !== this.#flows)
      this.#windowPeak = { highest, flows: this.#flows, peak: add(highest, this.#flows) }
    return this.#fallOf(this.#windowPeak, null)
  }

  bot(botId: BotId): Fall | null {
    return this.#fallOf(this.#bots.get(botId) ?? null, botId)
  }

  /** What a mark of the journal keeps. */
  marked(): JsonObject {
    const high = this.#high
    this.#high = null
    return { ...this.#fold(), high }
  }

  /** Takes in one entry of a replay: marks, and what `onEntry` takes. */
  replay(entry: Pick<JournalEntry, 'kind' | 'payload' | 'correlationId' | 'atMs'>): void {
    if (entry.kind === 'portfolio.marked' && entry.payload['drawdowns'] !== undefined) {
      const mark = readObject(entry.payload['drawdowns'], 'drawdowns')
      this.#take(mark)
      const high = readNullable(mark['high'], 'high', readDecimal)
      if (high !== null) this.#window?.add(entry.atMs, high)
    }
    this.onEntry(entry)
  }

  /** Takes in one entry, of a replay or as it is journaled: a breaker that re-arms begins anew from where equity is then. */
  onEntry({ kind, payload, correlationId }: Pick<JournalEntry, 'kind' | 'payload' | 'correlationId'>): void {
    if (kind !== 'breaker.transition' || payload['to'] !== 'ARMED' || correlationId === null) return
    const [watched = '', botId = ''] = correlationId.split(':')
    this.#seenRevision = null
    if (watched === 'botDrawdown') this.#bots.delete(botId as BotId)
    if (watched === 'portfolioDrawdown') this.#company = null
    if (watched === 'dailyDrawdown') this.#day = { ...this.#day, peak: null }
    if (watched !== 'maxDrawdown') return
    this.#window?.clear()
    this.#high = null
    this.#session = null
  }

  snapshot(): JsonObject {
    return { ...this.#fold(), window: this.#window?.points().map((point) => ({ ...point })) ?? [] }
  }

  /** Takes the place of a fold up to the snapshot's sequence. @throws {AppError} `REPLAY_INVALID` for other JSON. */
  restore(json: Json): void {
    const fold = readObject(json, 'drawdowns')
    this.#take(fold)
    const points = readArray(fold['window'], 'window').map((item, index) => {
      const point = readObject(item, `window.${index}`)
      return { startMs: readInteger(point['startMs'], 'startMs'), value: readDecimal(point['value'], 'value') }
    })
    this.#window?.restore(points)
  }

  #fold(): JsonObject {
    return {
      company: this.#company,
      day: { ...this.#day },
      bots: Object.fromEntries(this.#bots),
      priced: [...this.#priced],
    }
  }

  #take(fold: JsonObject): void {
    this.#company = readNullable(fold['company'], 'company', peakOf)
    const day = readObject(fold['day'], 'day')
    this.#day = { startMs: readInteger(day['startMs'], 'startMs'), peak: readNullable(day['peak'], 'peak', peakOf) }
    this.#bots.clear()
    for (const [botId, peak] of Object.entries(readObject(fold['bots'], 'bots'))) this.#bots.set(botId as BotId, peakOf(peak, botId))
    for (const asset of readArray(fold['priced'], 'priced')) this.#priced.add(readText(asset, 'priced') as AssetCode)
  }

  #lookAtCompany(worth: Worth, nowMs: number): void {
    if (!this.#isKnown(worth, nowMs)) {
      this.#equity.delete(null)
      return
    }
    const { equity, flows } = worth
    for (const asset of worth.priced) {
      this.#priced.add(asset)
      this.#givenUp.delete(asset)
    }
    this.#equity.set(null, equity)
    this.#flows = flows
    this.#company = trackPeak(this.#company, equity, flows)
    this.#session = trackPeak(this.#session, equity, flows)
    const startMs = Math.max(this.#day.startMs, utcDayOf(nowMs)) // days never go back
    const dayPeak = trackPeak(startMs === this.#day.startMs ? this.#day.peak : null, equity, flows)
    if (dayPeak !== this.#day.peak || startMs !== this.#day.startMs) this.#day = { startMs, peak: dayPeak }
    const gain = subtract(equity, flows)
    this.#window?.add(nowMs, gain)
    if (this.#high === null || isLess(this.#high, gain)) this.#high = gain
  }

  #lookAtBot(botId: BotId): void {
    const { equity, flows, unpriced } = this.#deps.worthOf(botId)
    if (unpriced.some((asset) => this.#isMissing(asset))) {
      this.#equity.delete(botId)
      return
    }
    this.#equity.set(botId, equity)
    this.#bots.set(botId, trackPeak(this.#bots.get(botId) ?? null, equity, flows))
  }

  /**
   * False while an asset that had a price, or is to have one, has none yet: what it is worth would look like a loss. Not for ever: then it
   * is one.
   */
  #isKnown({ unpriced }: Worth, nowMs: number): boolean {
    if (unpriced.length === 0 && this.#pricelessSinceMs.size === 0) return true
    const missing = unpriced.filter((asset) => this.#isMissing(asset))
    for (const asset of this.#pricelessSinceMs.keys()) if (!missing.includes(asset)) this.#pricelessSinceMs.delete(asset)
    let isKnown = true
    for (const asset of missing) {
      const sinceMs = this.#pricelessSinceMs.get(asset) ?? nowMs
      this.#pricelessSinceMs.set(asset, sinceMs)
      if (nowMs - sinceMs < PRICELESS_MS_MAX) isKnown = false
    }
    if (!isKnown) return false
    for (const asset of missing) {
      this.#priced.delete(asset)
      this.#givenUp.add(asset)
      this.#pricelessSinceMs.delete(asset)
    }
    return true
  }

  /** True for an asset without a price that is waited for. */
  #isMissing(asset: AssetCode): boolean {
    return this.#priced.has(asset) || (!this.#givenUp.has(asset) && this.#deps.isAwaited(asset))
  }

  #fallOf(peak: Peak | null, botId: BotId | null): Fall | null {
    const equity = this.#equity.get(botId)
    return peak === null || equity === undefined ? null : { peak: peak.peak, equity }
  }
}

function peakOf(json: Json, path: string): Peak {
  const peak = readObject(json, path)
  return { peak: readDecimal(peak['peak'], `${path}.peak`), flows: readDecimal(peak['flows'], `${path}.flows`) }
}
