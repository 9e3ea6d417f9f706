import type { Decimal } from '#domain/decimal'
import { messageOf } from '#domain/errors'
import type { VenueId } from '#domain/ids'
import type { AlerterPort, LogPort } from '#ports/alerter'
import type { ClockPort } from '#ports/clock'
import type { JournalPort } from '#ports/journal'
import type { VenuePort } from '#ports/venue'
import type { OrderDesk } from '../desk/desk'
import { type DriftLine, isDrift } from '../portfolio/drift'
import type { Portfolio } from '../portfolio/portfolio'

export interface SynchroniserDeps {
  readonly clock: ClockPort
  readonly journal: JournalPort
  readonly log: LogPort
  readonly alerter: AlerterPort
  readonly portfolio: Portfolio
  readonly desk: OrderDesk
  readonly tolerance: Decimal
  readonly intervalMs: number
  isTradable(venueId: VenueId): boolean
  /** The drift flag changed: no new risk while it is set. */
  onDrift(hasDrift: boolean): void
}

/** A difference counts once two checks in a row show it: between fill and booking the two may differ for a moment. */
const CHECKS_FOR_DRIFT = 2
/** What happened this long before the books were opened is asked for, to know what the opening balances hold already. */
const BEFORE_OPENING_MS = 600_000
/** Flows are asked for from the last agreement of books and balances on, less this: the venue's list may lag and its clock differ. */
const OVERLAP_MS = 120_000

/**
 * Keeps books and venues in step: opens the books, brings in what was missed, and compares balances (PFL-07, PFL-08). Differences
 * worth less than the tolerance are the venue's rounding and are booked as such; others set the drift flag.
 */
export class Synchroniser {
  readonly #deps: SynchroniserDeps
  readonly #seen = new Map<VenueId, number>()
  #drift = new Map<VenueId, readonly DriftLine[]>()
  #timer: unknown = null

  constructor(deps: SynchroniserDeps) {
    this.#deps = deps
  }

  get driftLines(): readonly DriftLine[] {
    return [...this.#drift.values()].flat()
  }

  get hasDrift(): boolean {
    return this.#drift.size > 0
  }

  /** All that must stand before a venue may be traded on. */
  async synchronise(venue: VenuePort): Promise<void> {
    const { portfolio, desk, log } = this.#deps
    if (!portfolio.isOpened(venue.venueId)) await this.#open(venue)
    portfolio.allocate(venue.venueId)
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
   * Compares books and balances. No difference is believed while orders are in flight or something is in doubt. The venue's ledger is
   * asked for flows that the stream did not bring only where balances differ: history questions are dear at its limiter, and a company
   * that is started again and again must not starve on them. Under a drift that is known already they are asked for anew after a
   * reconnect only.
   */
  async check(venue: VenuePort, isAfterConnect = false): Promise<void> {
    const { portfolio, tolerance } = this.#deps
    const { venueId } = venue
    let lines = await this.#differences(venue)
    if (lines?.some((line) => isDrift(line, tolerance)) === true && (isAfterConnect || !this.#drift.has(venueId))) {
      const since = portfolio.agreedAtMs(venueId) - OVERLAP_MS
      for (const change of await venue.cashFlows(since)) portfolio.onBalanceChange(venueId, change)
      lines = await this.#differences(venue)
    }
    if (lines === null) return
    const drifting = lines.filter((line) => isDrift(line, tolerance))
    for (const line of lines) if (!drifting.includes(line)) portfolio.adjust(venueId, line)
    if (drifting.length === 0) portfolio.noteAgreed(venueId)
    this.#conclude(venueId, drifting)
  }

  /** Returns where books and balances differ now; null when that cannot be told. */
  async #differences(venue: VenuePort): Promise<readonly DriftLine[] | null> {
    const { portfolio, desk } = this.#deps
    const before = portfolio.ledgerRevision
    const balances = await venue.balances()
    if (portfolio.ledgerRevision !== before) return null
    const lines = portfolio.differences(venue.venueId, balances)
    return lines.length > 0 && (desk.inFlight > 0 || desk.lookups > 0) ? null : lines
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
    this.#deps.clock.clearTimeout(this.#timer)
    this.#timer = null
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
    portfolio.open(venue.venueId, await venue.balances(), [...fills.map((fill) => fill.tradeId), ...flows.map((flow) => flow.ledgerId)])
  }

  #conclude(venueId: VenueId, drifting: readonly DriftLine[]): void {
    const had = this.hasDrift
    const seen = drifting.length === 0 ? 0 : (this.#seen.get(venueId) ?? 0) + 1
    this.#seen.set(venueId, seen)
    if (seen >= CHECKS_FOR_DRIFT) this.#drift.set(venueId, drifting)
    else if (seen === 0) this.#drift.delete(venueId)
    if (this.hasDrift === had) return
    // First: the breaker's transition outlives a crash.
    this.#deps.onDrift(this.hasDrift)
    const text = drifting.map((line) => `${line.asset}: ledger ${line.ledger}, venue ${line.venue}`).join('; ')
    this.#deps.journal.append({
      actor: 'ledger',
      kind: this.hasDrift ? 'drift.found' : 'drift.gone',
      payload: { venueId, text },
      correlationId: venueId,
      causationSeq: null,
    })
    if (this.hasDrift)
      this.#deps.alerter.raise({ severity: 'CRITICAL', code: 'DRIFT', text: `books and ${venueId} differ: ${text}`, details: { venueId } })
  }
}
