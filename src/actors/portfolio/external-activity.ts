import { absolute, add, type Decimal, divide, isLess, isPositive, multiply, sum, toNumber, ZERO } from '#domain/decimal'
import type { AssetCode } from '#domain/ids'
import type { Posting } from '#domain/posting'
import { EXTERNAL } from '#domain/sub-account'
import type { AlerterPort } from '#ports/alerter'
import type { ClockPort } from '#ports/clock'
import type { JournalPort } from '#ports/journal'

export interface ExternalActivityDeps {
  readonly clock: ClockPort
  readonly journal: JournalPort
  readonly alerter: AlerterPort
  /** Share of equity from which it is told of. */
  readonly ratio: Decimal
  /** Valuation asset, before the posting. */
  equity(): Decimal
  rateOf(asset: AssetCode): Decimal | null
}

/** What is moved within this time counts together, µs: many small transfers are one large one. */
const WINDOW_US = 3_600_000_000

/**
 * Tells of what somebody else does on the account (PFL-10): manual trades, deposits and withdrawals that together move a share of equity.
 * Rewards and what the venue rounds or sweeps are nobody's doing.
 */
export class ExternalActivity {
  readonly #deps: ExternalActivityDeps
  #moved: Decimal = ZERO
  #what: string[] = []
  /** Equity before the first posting of the window. */
  #base: Decimal = ZERO
  #sinceUs: number | null = null

  constructor(deps: ExternalActivityDeps) {
    this.#deps = deps
  }

  /** Takes what was booked live. */
  onPosting(posting: Posting): void {
    const moved = this.#movedBy(posting)
    if (moved === null || !isPositive(moved.value)) return
    const nowUs = this.#deps.clock.monotonicUs()
    if (this.#sinceUs === null || nowUs - this.#sinceUs > WINDOW_US) this.#begin(nowUs)
    this.#moved = add(this.#moved, moved.value)
    this.#what.push(moved.what)
    this.#judge()
  }

  #begin(nowUs: number): void {
    this.#sinceUs = nowUs
    this.#moved = ZERO
    this.#what = []
    this.#base = this.#deps.equity()
  }

  #judge(): void {
    const { ratio, journal, alerter } = this.#deps
    // Money that comes to nothing is all there is.
    const base = isPositive(this.#base) ? this.#base : this.#moved
    if (isLess(this.#moved, multiply(base, ratio))) return
    const percent = (toNumber(divide(this.#moved, base)) * 100).toFixed(1)
    const what = this.#what.slice(0, 5).join(', ') + (this.#what.length > 5 ? ` and ${this.#what.length - 5} more` : '')
    const text = `external activity changed the portfolio by ${percent} %: ${what}`
    this.#sinceUs = null
    journal.append({
      actor: 'portfolio',
      kind: 'portfolio.externalActivity',
      payload: { text, moved: this.#moved, equity: this.#base },
      correlationId: null,
      causationSeq: null,
    })
    alerter.raise({ severity: 'HIGH', code: 'EXTERNAL_ACTIVITY', text, details: { percent: Number(percent) } })
  }

  #movedBy(posting: Posting): { readonly value: Decimal; readonly what: string } | null {
    const worthOf = (asset: AssetCode, amount: Decimal): Decimal | null => {
      const rate = posting.rates[asset] ?? this.#deps.rateOf(asset)
      return rate === null ? null : absolute(multiply(amount, rate))
    }
    if (posting.kind === 'fill') {
      const { subAccount, side, quantity, instrumentId, cost, quoteAsset, baseAsset } = posting.trade
      if (subAccount !== EXTERNAL) return null
      // What has no price is no part of equity: where neither side has one, nothing of it moved.
      const value = worthOf(quoteAsset, cost) ?? worthOf(baseAsset, quantity) ?? ZERO
      return { value, what: `a manual ${side} of ${quantity} ${instrumentId}` }
    }
    if (posting.kind !== 'flow' || (posting.flow !== 'deposit' && posting.flow !== 'withdrawal')) return null
    const lines = posting.lines.filter(({ account }) => account === 'held')
    const value = sum(lines.map(({ asset, amount }) => worthOf(asset, amount) ?? ZERO))
    return { value, what: `a ${posting.flow} of ${lines.map(({ asset, amount }) => `${absolute(amount)} ${asset}`).join(', ')}` }
  }
}
