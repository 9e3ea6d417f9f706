import { type Decimal, isGreater, sum, ZERO } from '#domain/decimal'
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
import { ROUNDING } from './roundings'

/** Capital that a bot gets from the treasury at its first start, on the account that it trades on. */
export interface StartCapital {
  readonly accountId: AccountId
  /** Valuation asset. */
  readonly amount: Decimal
}

/** Capital that is still to be lent on an account, and what its treasury holds, valuation asset. */
export interface Shortage {
  readonly accountId: AccountId
  readonly bots: readonly BotId[]
  readonly wanted: Decimal
  readonly held: Decimal
}

export interface CashBookDeps {
  readonly clock: ClockPort
  readonly journal: JournalPort
  readonly valuationAsset: AssetCode
  readonly capital: ReadonlyMap<BotId, StartCapital>
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

  /** Gives each bot of the venue that has had none yet its capital from the treasury: all of them, or, where that is not enough, none. */
  allocate(venueId: VenueId): void {
    const accountId = this.#deps.accountOf(venueId)
    if (this.shortageOf(venueId) !== null) return
    for (const posting of this.#unlent(accountId).values()) this.#once(posting)
  }

  /** Returns what keeps `allocate` from lending; null where nothing does. What was lent once is a fact, however little is left of it. */
  shortageOf(venueId: VenueId): Shortage | null {
    const { accountOf, capital, ledger, valuationAsset } = this.#deps
    const accountId = accountOf(venueId)
    const bots = [...this.#unlent(accountId).keys()]
    const wanted = sum(bots.map((botId) => capital.get(botId)?.amount ?? ZERO))
    const held = ledger().held(accountId, TREASURY, valuationAsset)
    return isGreater(wanted, held) && bots.length > 0 ? { accountId, bots, wanted, held } : null
  }

  /** Capital of an account's bots that was not lent yet, as it is to be posted. */
  #unlent(accountId: AccountId): ReadonlyMap<BotId, Posting> {
    const { capital, clock, rateOf, ledger, valuationAsset } = this.#deps
    const found = new Map<BotId, Posting>()
    for (const [botId, { accountId: account, amount }] of capital) {
      if (account !== accountId) continue
      const allocation = { from: TREASURY, to: subAccountOf(botId), asset: valuationAsset, amount, atMs: clock.now() }
      const posting = allocationPosting({ allocationId: `capital:${botId}`, accountId, ...allocation }, rateOf)
      if (!ledger().hasBooked(posting.postingId)) found.set(botId, posting)
    }
    return found
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
    const flowId = `${ROUNDING}:${line.asset}:${journal.headSeq}`
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
