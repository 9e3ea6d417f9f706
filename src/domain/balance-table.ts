import { add, type Decimal, ZERO } from './decimal'
import type { AccountId, AssetCode } from './ids'
import type { LedgerAccount, PostingLine } from './posting'
import type { SubAccountId } from './sub-account'

/** One running balance of the double entry. */
export interface Balance {
  readonly account: LedgerAccount
  readonly accountId: AccountId
  readonly subAccount: SubAccountId
  readonly asset: AssetCode
  amount: Decimal
}

type ByAsset = Map<AssetCode, Balance>

const NONE: readonly Balance[] = []

/**
 * The balances of a ledger. Found by maps within maps: a key put together of four names would be built and hashed anew for each line of
 * each posting. What all sub-accounts hold of an asset is kept beside, for whoever values often.
 */
export class BalanceTable {
  /** In order of their first line. */
  readonly rows: Balance[] = []
  readonly #heldOfAccount = new Map<AccountId, Map<AssetCode, Decimal>>()
  readonly #index: Readonly<Record<LedgerAccount, Map<AccountId, Map<SubAccountId, ByAsset>>>> = {
    held: new Map(),
    traded: new Map(),
    fees: new Map(),
    flows: new Map(),
  }

  /** Adds a line to its balance. */
  add(line: PostingLine): void {
    const { account, accountId, subAccount, asset, amount } = line
    const balance = this.find(account, accountId, subAccount, asset)
    if (balance === undefined) this.#insert(line)
    else balance.amount = add(balance.amount, amount)
    if (account !== 'held') return
    const held = this.#heldOfAccount.get(accountId) ?? new Map<AssetCode, Decimal>()
    this.#heldOfAccount.set(accountId, held)
    held.set(asset, add(held.get(asset) ?? ZERO, amount))
  }

  find(account: LedgerAccount, accountId: AccountId, subAccount: SubAccountId, asset: AssetCode): Balance | undefined {
    return this.#index[account].get(accountId)?.get(subAccount)?.get(asset)
  }

  /** What all sub-accounts of a venue account hold of an asset. */
  heldOf(accountId: AccountId, asset: AssetCode): Decimal {
    return this.#heldOfAccount.get(accountId)?.get(asset) ?? ZERO
  }

  /** What is held, a map by asset for each venue account. */
  heldOfAll(): Iterable<ReadonlyMap<AssetCode, Decimal>> {
    return this.#heldOfAccount.values()
  }

  /** Calls `visit` with each asset that a sub-account (null for all) holds, once for each venue account. */
  eachHeld(subAccount: SubAccountId | null, visit: (asset: AssetCode, quantity: Decimal) => void): void {
    if (subAccount === null) {
      for (const held of this.#heldOfAccount.values()) for (const [asset, quantity] of held) visit(asset, quantity)
      return
    }
    for (const subAccounts of this.#index.held.values())
      for (const balance of subAccounts.get(subAccount)?.values() ?? NONE) visit(balance.asset, balance.amount)
  }

  #insert(line: PostingLine): void {
    const { account, accountId, subAccount, asset } = line
    const accounts = this.#index[account]
    const subAccounts = accounts.get(accountId) ?? new Map<SubAccountId, ByAsset>()
    const assets: ByAsset = subAccounts.get(subAccount) ?? new Map()
    accounts.set(accountId, subAccounts)
    subAccounts.set(subAccount, assets)
    const balance = { ...line }
    assets.set(asset, balance)
    this.rows.push(balance)
  }
}
