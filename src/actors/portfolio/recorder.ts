import type { AssetCode } from '#domain/ids'
import { type PortfolioSnapshot, snapshotOf } from '#domain/portfolio-snapshot'
import { DAY_MS } from '#domain/time'
import type { ValuationRules } from '#domain/valuation'
import type { LogPort } from '#ports/alerter'
import type { ClockPort } from '#ports/clock'
import type { JournalPort } from '#ports/journal'
import type { PortfolioHistoryPort } from '#ports/store'
import type { Portfolio } from './portfolio'

export interface RecorderDeps {
  readonly clock: ClockPort
  readonly journal: JournalPort
  readonly log: LogPort
  readonly history: PortfolioHistoryPort
  readonly portfolio: Portfolio
  readonly rules: ValuationRules
  readonly everyMs: number
  readonly retentionMs: number
}

/** How often what is too old is looked for, ms. */
const PRUNE_EVERY_MS = DAY_MS / 24

/** Keeps the portfolio as it stands, every so often and for so long (PFL-11), and warns of what cannot be valued (PFL-05). */
export class PortfolioRecorder {
  readonly #deps: RecorderDeps
  readonly #warned = new Set<AssetCode>()
  #takenAtMs: number
  #prunedAtMs = 0

  constructor(deps: RecorderDeps) {
    this.#deps = deps
    this.#takenAtMs = deps.history.read(0, Number.MAX_SAFE_INTEGER, 1)[0]?.atMs ?? 0
  }

  /** Takes a snapshot when one is due, and forgets those that are too old. Called at each mark. */
  tick(): void {
    const nowMs = this.#deps.clock.now()
    // A clock that was set back begins anew: the schedule must not wait until it has caught up.
    if (nowMs >= this.#takenAtMs && nowMs - this.#takenAtMs < this.#deps.everyMs) return
    this.take()
    if (nowMs >= this.#prunedAtMs && nowMs - this.#prunedAtMs < PRUNE_EVERY_MS) return
    this.#prunedAtMs = nowMs
    this.#deps.history.prune(nowMs - this.#deps.retentionMs)
  }

  /** Takes a snapshot now. */
  take(): PortfolioSnapshot {
    const { clock, journal, history, portfolio, rules } = this.#deps
    const snapshot = snapshotOf(portfolio.ledger, portfolio.lookup, rules, { atMs: clock.now(), seq: journal.headSeq })
    this.#takenAtMs = snapshot.atMs
    history.save(snapshot)
    this.#warn(snapshot)
    return snapshot
  }

  /** Returns the newest `limit` snapshots with `sinceMs <= atMs < untilMs`, ascending. */
  read(sinceMs: number, untilMs: number, limit: number): readonly PortfolioSnapshot[] {
    return this.#deps.history.read(sinceMs, untilMs, limit)
  }

  /** Once for each asset, and again when it had a price meanwhile. */
  #warn({ assets }: PortfolioSnapshot): void {
    for (const { asset, quantity, isUnvalued } of assets) {
      if (!isUnvalued) this.#warned.delete(asset)
      else if (!this.#warned.has(asset)) {
        this.#warned.add(asset)
        this.#deps.log.warn('an asset has no price and counts as nothing', { asset, quantity })
      }
    }
  }
}
