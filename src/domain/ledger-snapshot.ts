import { type BookedSnapshot, readBooked } from './booked-ids'
import { type Basis, basisOf, type CostBasisMethod } from './cost-basis'
import type { Decimal } from './decimal'
import { AppError } from './errors'
import { type AccountId, type AssetCode, accountId, assetCode, type InstrumentId, instrumentId } from './ids'
import type { Json } from './json'
import { readArray, readDecimal, readObject, readOneOf, readText } from './json-read'
import { LEDGER_ACCOUNTS, type LedgerAccount } from './posting'
import { readSubAccount, type SubAccountId } from './sub-account'

/** Raised with every change of the form; a snapshot of another version is thrown away and the journal replayed. */
export const SNAPSHOT_VERSION = 3

/** The ledger's whole state as plain JSON. */
export type LedgerSnapshot = {
  readonly version: number
  readonly valuationAsset: AssetCode
  readonly method: CostBasisMethod
  readonly balances: readonly {
    readonly account: LedgerAccount
    readonly accountId: AccountId
    readonly subAccount: SubAccountId
    readonly asset: AssetCode
    readonly amount: Decimal
  }[]
  readonly positions: readonly {
    readonly subAccount: SubAccountId
    readonly accountId: AccountId
    readonly instrumentId: InstrumentId
    readonly baseAsset: AssetCode
    readonly quoteAsset: AssetCode
    readonly basis: Basis
    readonly valueBasis: Basis
    readonly realizedPnl: Decimal
    readonly realizedValue: Decimal
    readonly feeValue: Decimal
  }[]
  readonly holdings: readonly { readonly subAccount: SubAccountId; readonly asset: AssetCode; readonly basis: Basis }[]
  readonly totals: readonly {
    readonly subAccount: SubAccountId
    readonly flows: Decimal
    readonly realized: Decimal
    readonly holdingRealized: Decimal
    readonly fees: Decimal
    readonly gas: Decimal
  }[]
  readonly fees: readonly {
    readonly subAccount: SubAccountId
    readonly instrumentId: InstrumentId
    readonly asset: AssetCode
    readonly quantity: Decimal
    readonly value: Decimal
  }[]
  readonly booked: BookedSnapshot
}

/**
 * Reads a snapshot back.
 * @throws {AppError} `REPLAY_INVALID` for another version or form.
 */
export function readLedgerSnapshot(json: Json): LedgerSnapshot {
  const root = readObject(json, 'ledger snapshot')
  if (root['version'] !== SNAPSHOT_VERSION) {
    throw new AppError(`ledger snapshot has version ${JSON.stringify(root['version'] ?? null)}, not ${SNAPSHOT_VERSION}`, {
      code: 'REPLAY_INVALID',
    })
  }
  return {
    version: SNAPSHOT_VERSION,
    valuationAsset: readAsset(root['valuationAsset'], 'valuationAsset'),
    method: readOneOf(root['method'], 'method', ['weightedAverage', 'fifo'] as const),
    balances: rows(root['balances'], 'balances', (row, path) => ({
      account: readOneOf(row['account'], `${path}.account`, LEDGER_ACCOUNTS),
      accountId: accountId(readText(row['accountId'], `${path}.accountId`)),
      subAccount: readSubAccount(row['subAccount'], `${path}.subAccount`),
      asset: readAsset(row['asset'], `${path}.asset`),
      amount: readDecimal(row['amount'], `${path}.amount`),
    })),
    positions: rows(root['positions'], 'positions', (row, path) => ({
      subAccount: readSubAccount(row['subAccount'], `${path}.subAccount`),
      accountId: accountId(readText(row['accountId'], `${path}.accountId`)),
      instrumentId: instrumentId(readText(row['instrumentId'], `${path}.instrumentId`)),
      baseAsset: readAsset(row['baseAsset'], `${path}.baseAsset`),
      quoteAsset: readAsset(row['quoteAsset'], `${path}.quoteAsset`),
      basis: readBasis(row['basis'], `${path}.basis`),
      valueBasis: readBasis(row['valueBasis'], `${path}.valueBasis`),
      realizedPnl: readDecimal(row['realizedPnl'], `${path}.realizedPnl`),
      realizedValue: readDecimal(row['realizedValue'], `${path}.realizedValue`),
      feeValue: readDecimal(row['feeValue'], `${path}.feeValue`),
    })),
    holdings: rows(root['holdings'], 'holdings', (row, path) => ({
      subAccount: readSubAccount(row['subAccount'], `${path}.subAccount`),
      asset: readAsset(row['asset'], `${path}.asset`),
      basis: readBasis(row['basis'], `${path}.basis`),
    })),
    totals: rows(root['totals'], 'totals', (row, path) => ({
      subAccount: readSubAccount(row['subAccount'], `${path}.subAccount`),
      flows: readDecimal(row['flows'], `${path}.flows`),
      realized: readDecimal(row['realized'], `${path}.realized`),
      holdingRealized: readDecimal(row['holdingRealized'], `${path}.holdingRealized`),
      fees: readDecimal(row['fees'], `${path}.fees`),
      gas: readDecimal(row['gas'], `${path}.gas`),
    })),
    fees: rows(root['fees'], 'fees', (row, path) => ({
      subAccount: readSubAccount(row['subAccount'], `${path}.subAccount`),
      instrumentId: instrumentId(readText(row['instrumentId'], `${path}.instrumentId`)),
      asset: readAsset(row['asset'], `${path}.asset`),
      quantity: readDecimal(row['quantity'], `${path}.quantity`),
      value: readDecimal(row['value'], `${path}.value`),
    })),
    booked: readBooked(root['booked'], 'booked'),
  }
}

function rows<T>(value: Json | undefined, path: string, read: (row: Readonly<Record<string, Json>>, path: string) => T): readonly T[] {
  return readArray(value, path).map((row, index) => read(readObject(row, `${path}.${index}`), `${path}.${index}`))
}

function readAsset(value: Json | undefined, path: string): AssetCode {
  return assetCode(readText(value, path))
}

function readBasis(value: Json | undefined, path: string): Basis {
  return basisOf(
    rows(value, path, (row, at) => ({
      quantity: readDecimal(row['quantity'], `${at}.quantity`),
      cost: readDecimal(row['cost'], `${at}.cost`),
    })),
  )
}
