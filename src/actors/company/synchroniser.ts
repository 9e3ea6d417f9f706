import type { Decimal } from '#domain/decimal'
import { messageOf } from '#domain/errors'
import type { AccountId, AssetCode, VenueId } from '#domain/ids'
import type { AlerterPort, LogPort } from '#ports/alerter'
import type { ClockPort } from '#ports/clock'
import type { JournalPort } from '#ports/journal'
import type { VenuePort } from '#ports/venue'
import type { OrderDesk } from '../desk/desk'
import { assetsInFlight } from '../desk/in-flight'
import type { Orders } from '../desk/orders'
import type { MarketCache } from '../market-cache'
import { type DriftLine, isDrift } from '../portfolio/drift'
import type { Portfolio } from '../portfolio/portfolio'

export interface SynchroniserDeps {
  readonly clock: ClockPort
  readonly journal: JournalPort
  readonly log: LogPort
  readonly alerter: AlerterPort
  readonly portfolio: Portfolio
  readonly desk: OrderDesk
  readonly orders: Orders
  readonly market: MarketCache
  readonly tolerance: Decimal
  readonly intervalMs: number
  /** After a first sign of drift the balances are asked for again so much later, ms. */
  readonly settleMs: number
  isTradable(venueId: VenueId): boolean
  accountOf(venueId: VenueId): AccountId
  /** The drift flag changed: no new risk while it is set. */
  onDrift(hasDrift: boolean): void
}

/** What happened this long before the books were opened is asked for, to know what the opening balances hold already. */
const BEFORE_OPENING_MS = 600_000
/** Flows are asked for from the last agreement of books and balances on, less this: the venue's list may lag and its clock differ. */
const OVERLAP_MS = 120_000

/** What one comparison of books and balances shows. */
interface Reading {
  readonly lines: readonly DriftLine[]
  readonly inFlight: ReadonlySet<AssetCode>
}

/**
 * Keeps books and venues in step: opens the books, brings in what was missed, and compares balances (PFL-07, PFL-08). Differences
 * worth less than the tolerance, all of an asset and UTC day together, are the venue's rounding and are booked as such; others set the drift
 * flag once two readings agree.
 */
export class Synchroniser {
  readonly #deps: SynchroniserDeps
  readonly #rereads = new Map<VenueId, unknown>()
  #timer: unknown = null

  constructor(deps: SynchroniserDeps) {
    this.#deps = deps
  }

  get driftLines(): readonly DriftLine[] {
    return this.#deps.portfolio.drift.lines
  }

  get hasDrift(): boolean {
    return this.#deps.portfolio.drift.isDrifting(null)
  }

  /** All that must stand before a venue may be traded on. */
  async synchronise(venue: VenuePort): Promise<void> {
    const { portfolio, desk, log } = this.#deps
    if (!portfolio.isOpened(venue.venueId)) await this.#open(venue)
    portfolio.cash.allocate(venue.venueId)
    portfolio.refresh()
    desk.restore(venue.venueId)
    // Not from the newest fill on: the stream may have brought that one after an outage, ahead of those that the outage hid.
    const found = await desk.reconcile(venue, portfolio.agreedAtMs(venue.venueId))
    log.info('reconciled', {
      venueId: venue.venueId,
      openAtVenue: found.openAtVenue,
      adopted: found.adopted,
      doubtful: found.doubtful.length,
    })
    this.#deps.journal.append({
      actor: `venue:${venue.venueId}`,
      kind: 'venue.reconciled',
      payload: {
        openAtVenue: found.openAtVenue,
        adopted: found.adopted,
        fillsSeen: found.fillsSeen,
        doubtful: found.doubtful.map((record) => record.clientOrderId),
      },
      correlationId: venue.venueId,
      causationSeq: null,
    })
    await this.check(venue, true)
  }

  /**
   * Compares books and balances. A difference in an asset of which something is in flight says nothing and is passed over. The venue's
   * ledger is asked for flows that the stream did not bring only where balances differ: history questions are dear at its limiter, and a
   * company that is started again and again must not starve on them. Under a drift that is known already they are asked for anew after
   * a reconnect only.
   */
  async check(venue: VenuePort, isAfterConnect = false): Promise<void> {
    const { portfolio, clock } = this.#deps
    const { venueId } = venue
    let reading = await this.#read(venue)
    if (reading?.lines.some((line) => this.#isDrift(venueId, line)) === true && (isAfterConnect || !portfolio.drift.isDrifting(venueId))) {
      const since = portfolio.agreedAtMs(venueId) - OVERLAP_MS
      for (const change of await venue.cashFlows(since)) portfolio.cash.onBalanceChange(venueId, change)
      reading = await this.#read(venue)
    }
    if (reading === null) return
    const { inFlight } = reading
    const lines = reading.lines.filter(({ asset }) => !inFlight.has(asset))
    const drifting = lines.filter((line) => this.#isDrift(venueId, line))
    for (const line of lines) if (!drifting.includes(line)) portfolio.cash.adjust(venueId, line)
    if (drifting.length === 0 && lines.length === reading.lines.length) portfolio.noteAgreed(venueId)
    const had = { company: this.hasDrift, assets: this.#assetsOf(venueId) }
    const wantsSecond = portfolio.drift.read(venueId, { lines: drifting, inFlight, atUs: clock.monotonicUs() })
    if (wantsSecond) this.#readAgain(venue)
    this.#conclude(venueId, had)
  }

  /** True for what is more than the venue's rounding: at once, or with what the day has booked away of the asset already. */
  #isDrift(venueId: VenueId, line: DriftLine): boolean {
    const { portfolio, tolerance, clock, accountOf } = this.#deps
    return isDrift(line, tolerance) || !portfolio.drift.roundings.fits(accountOf(venueId), line, clock.now())
  }

  /** Returns where books and balances differ now; null when that cannot be told. */
  async #read(venue: VenuePort): Promise<Reading | null> {
    const { portfolio, orders, market } = this.#deps
    const before = portfolio.ledgerRevision
    // Both before and after: what is in flight at either end may be in the balances and not in the books.
    const early = assetsInFlight(orders, venue.venueId, (instrumentId) => market.findInstrument(instrumentId))
    const balances = await venue.balances()
    if (portfolio.ledgerRevision !== before) return null
    const late = assetsInFlight(orders, venue.venueId, (instrumentId) => market.findInstrument(instrumentId))
    return { lines: portfolio.differences(venue.venueId, balances), inFlight: early.union(late) }
  }

  /** Compares once more after the settle time, unless that is planned already. */
  #readAgain(venue: VenuePort): void {
    const { clock, settleMs, isTradable } = this.#deps
    const { venueId } = venue
    if (this.#rereads.has(venueId)) return
    const timer = clock.setTimeout(() => {
      this.#rereads.delete(venueId)
      if (isTradable(venueId)) void this.tryCheck(venue)
    }, settleMs)
    this.#rereads.set(venueId, timer)
  }

  /** Like `check`, where a venue that does not answer is no failure of whoever asks. */
  async tryCheck(venue: VenuePort): Promise<void> {
    try {
      await this.check(venue)
    } catch (error) {
      this.#deps.log.warn('balances could not be compared', { venueId: venue.venueId, error: messageOf(error) })
    }
  }

  /** Checks every so often, as long as the venue is there. */
  start(venues: readonly VenuePort[]): void {
    this.#timer = this.#deps.clock.setTimeout(() => {
      void this.#checkAll(venues).then(() => {
        if (this.#timer !== null) this.start(venues)
      })
    }, this.#deps.intervalMs)
  }

  stop(): void {
    const { clock } = this.#deps
    clock.clearTimeout(this.#timer)
    this.#timer = null
    for (const timer of this.#rereads.values()) clock.clearTimeout(timer)
    this.#rereads.clear()
  }

  async #checkAll(venues: readonly VenuePort[]): Promise<void> {
    for (const venue of venues) {
      if (this.#deps.isTradable(venue.venueId)) await this.tryCheck(venue)
    }
  }

  /** A foreign execution between the two questions would show as drift: rare, and then an operator looks. */
  async #open(venue: VenuePort): Promise<void> {
    const { portfolio, clock } = this.#deps
    const since = clock.now() - BEFORE_OPENING_MS
    const fills = await venue.fills(since)
    const flows = await venue.cashFlows(since)
    portfolio.cash.open(venue.venueId, await venue.balances(), [
      ...fills.map((fill) => fill.tradeId),
      ...flows.map((flow) => flow.ledgerId),
    ])
  }

  #assetsOf(venueId: VenueId): string {
    return this.#deps.portfolio.drift
      .linesOf(venueId)
      .map(({ asset }) => asset)
      .sort()
      .join()
  }

  /** Journals, logs and alerts what is believed anew or no more (PFL-08). */
  #conclude(venueId: VenueId, had: { readonly company: boolean; readonly assets: string }): void {
    const { portfolio, journal, alerter, log, onDrift } = this.#deps
    const lines = portfolio.drift.linesOf(venueId)
    // First: the breaker's transition outlives a crash.
    if (this.hasDrift !== had.company) onDrift(this.hasDrift)
    if (this.#assetsOf(venueId) === had.assets) return
    const text = lines.map((line) => `${line.asset}: ledger ${line.ledger}, venue ${line.venue}`).join('; ')
    journal.append({
      actor: 'ledger',
      kind: lines.length > 0 ? 'drift.found' : 'drift.gone',
      payload: { venueId, text, lines: lines.map((line) => ({ ...line })) },
      correlationId: venueId,
      causationSeq: null,
    })
    for (const { asset, ledger, venue, value } of lines) log.warn('books and venue differ', { venueId, asset, ledger, venue, value })
    if (lines.length > 0)
      alerter.raise({ severity: 'CRITICAL', code: 'DRIFT', text: `books and ${venueId} differ: ${text}`, details: { venueId } })
  }
}
