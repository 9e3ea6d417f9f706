import type { Decimal } from '#domain/decimal'
import type { AccountId, AssetCode, BotId, VenueId } from '#domain/ids'
import type { Ledger } from '#domain/ledger'
import {
  adjustmentPosting,
  allocationPosting,
  dustPosting,
  flowPosting,
  gasPosting,
  openingPostings,
  type RateOf,
} from '#domain/ledger-postings'
import type { DustDetail, GasDetail, Posting } from '#domain/posting'
import { type SubAccountId, subAccountOf, TREASURY } from '#domain/sub-account'
import type { ClockPort } from '#ports/clock'
import type { JournalPort } from '#ports/journal'
import type { BalanceChange, VenueBalance } from '#ports/venue'
import type { DriftLine } from './drift'

export interface CashBookDeps {
  readonly clock: ClockPort
  readonly journal: JournalPort
  readonly valuationAsset: AssetCode
  /** Capital that a bot gets from the treasury at its first start, valuation asset. */
  readonly capital: ReadonlyMap<BotId, Decimal>
  accountOf(venueId: VenueId): AccountId
  readonly rateOf: RateOf
  ledger(): Ledger
  isOpened(venueId: VenueId): boolean
  /** True for a ledger entry of the venue's that the opening balances hold already. */
  isKnown(ledgerId: string): boolean
  /** The books of a venue are open; `known` are the ids that its balances hold already. */
  onOpened(venueId: VenueId, known: readonly string[], atMs: number): void
  /** Books a posting whose journal entry has been appended. */
  post(posting: Posting): void
}

/** Books whatever is no trade: opening balances, flows, capital that moves between sub-accounts, the venue's roundings, gas and dust. */
export class CashBook {
  readonly #deps: CashBookDeps

  constructor(deps: CashBookDeps) {
    this.#deps = deps
  }

  /**
   * Opens the books at the first sight of a venue's balances: deposits of the treasury. `known` are the ids of executions and ledger
   * entries that those balances already hold.
   */
  open(venueId: VenueId, balances: readonly VenueBalance[], known: readonly string[]): void {
    const { clock, journal, rateOf, accountOf } = this.#deps
    const atMs = clock.now()
    const postings = openingPostings(accountOf(venueId), balances, atMs, rateOf)
    // One entry: books are opened whole or not at all, wherever a journal ends.
    journal.append({
      actor: 'ledger',
      kind: 'ledger.opened',
      payload: { venueId, known: [...known], postings: [...postings] },
      correlationId: venueId,
      causationSeq: null,
    })
    this.#deps.onOpened(venueId, known, atMs)
    for (const posting of postings) this.#deps.post(posting)
  }

  /** Gives each bot that has had none yet its capital from the treasury. */
  allocate(venueId: VenueId): void {
    const { capital, accountOf, clock, rateOf } = this.#deps
    for (const [botId, amount] of capital) {
      const allocation = { from: TREASURY, to: subAccountOf(botId), asset: this.#deps.valuationAsset, amount, atMs: clock.now() }
      this.#once(allocationPosting({ allocationId: `capital:${botId}`, accountId: accountOf(venueId), ...allocation }, rateOf))
    }
  }

  /** Lends capital to a sub-account, or recalls it (PAIN-19): the valuation asset moves, and no total with it. Who may is asked before. */
  transfer(accountId: AccountId, from: SubAccountId, to: SubAccountId, amount: Decimal): void {
    const { clock, journal, rateOf, valuationAsset } = this.#deps
    const allocation = {
      allocationId: `transfer:${journal.headSeq + 1}`,
      accountId,
      from,
      to,
      asset: valuationAsset,
      amount,
      atMs: clock.now(),
    }
    this.#journaled(allocationPosting(allocation, rateOf))
  }

  /** Books a deposit, withdrawal, reward or adjustment that the venue's own ledger shows. */
  onBalanceChange(venueId: VenueId, change: BalanceChange): void {
    const { isOpened, isKnown, accountOf, rateOf } = this.#deps
    // A trade's fill is the evidence; its balance lines are the same money. Before the opening the balances hold it already.
    if (change.kind === 'trade' || !isOpened(venueId) || isKnown(change.ledgerId)) return
    const flow = { flowId: change.ledgerId, flow: change.kind, accountId: accountOf(venueId), subAccount: TREASURY, atMs: change.venueAtMs }
    this.#once(flowPosting({ ...flow, legs: [{ asset: change.asset, amount: change.amount, fee: change.fee }] }, rateOf))
  }

  /** Takes over what the venue rounded away: a difference below the tolerance, booked as an adjustment of the treasury. */
  adjust(venueId: VenueId, line: DriftLine): void {
    const { clock, journal, accountOf, rateOf } = this.#deps
    const flowId = `rounding:${line.asset}:${journal.headSeq}`
    const flow = { flowId, accountId: accountOf(venueId), subAccount: TREASURY, atMs: clock.now() }
    const posting = adjustmentPosting(flow, { asset: line.asset, ledger: line.ledger, venue: line.venue }, rateOf)
    if (posting !== null) this.#journaled(posting)
  }

  /** Books what a transaction cost; a repeat of its id changes nothing. */
  payGas(gasId: string, gas: GasDetail): void {
    this.#once(gasPosting(gasId, gas, this.#deps.clock.now(), this.#deps.rateOf))
  }

  /** Closes a position's last dust (PAIN-10). */
  sweep(dust: DustDetail): void {
    const { clock, journal, rateOf } = this.#deps
    this.#journaled(dustPosting(`${dust.instrumentId}:${dust.subAccount}:${journal.headSeq + 1}`, dust, clock.now(), rateOf))
  }

  #once(posting: Posting): void {
    if (!this.#deps.ledger().hasBooked(posting.postingId)) this.#journaled(posting)
  }

  #journaled(posting: Posting): void {
    const { journal, post } = this.#deps
    journal.append({
      actor: 'ledger',
      kind: 'ledger.posted',
      payload: { posting },
      correlationId: posting.postingId,
      causationSeq: null,
    })
    post(posting)
  }
}
