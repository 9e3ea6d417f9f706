import type { EngineBalance, EngineFill, EngineOrder, LedgerEntry, MatchingEngine } from '#sim/engine/types'

/** What the emulator itself knows of an account; the truth that a client's view is checked against. */
export interface AccountRecord {
  readonly accountId: string
  readonly balances: readonly EngineBalance[]
  readonly openOrders: readonly EngineOrder[]
  readonly closedOrders: readonly EngineOrder[]
  /** Newest first, as are closed orders and ledger rows. */
  readonly fills: readonly EngineFill[]
  readonly ledger: readonly LedgerEntry[]
}

/** Returns the record of each account. */
export function accountRecords(engine: MatchingEngine, accountIds: Iterable<string>): readonly AccountRecord[] {
  return [...new Set(accountIds)].map((accountId) => ({
    accountId,
    balances: engine.balances(accountId),
    openOrders: engine.openOrders(accountId),
    closedOrders: engine.closedOrders(accountId),
    fills: engine.fills(accountId),
    ledger: engine.ledger(accountId),
  }))
}
