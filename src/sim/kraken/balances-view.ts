import { type Decimal, toFixedScale } from '#domain/decimal'
import type { LedgerEntry } from '#sim/engine/types'
import type { Face } from './face'
import { type NumberToken, numberToken, type WireObject } from './wire-json'
import { microTime } from '#sim/emulator/wire-time'

function amountIn(face: Face, asset: string, value: Decimal): NumberToken {
  return numberToken(toFixedScale(value, face.symbols.asset(asset)?.decimals ?? 10))
}

/** Returns the rows of a balances snapshot: one an asset, all of it in the spot wallet. */
export function balanceRows(face: Face, accountId: string): readonly WireObject[] {
  return face.engine.balances(accountId).map((row) => {
    const balance = amountIn(face, row.asset, row.total)
    return { asset: row.asset, asset_class: 'currency', balance, wallets: [{ type: 'spot', id: 'main', balance }] }
  })
}

/** Returns the row of a balances update: one ledger entry (protocol sheet §4.9). */
export function balanceUpdate(face: Face, entry: LedgerEntry): WireObject {
  const amount = (value: Decimal): NumberToken => amountIn(face, entry.asset, value)
  return {
    ledger_id: entry.ledgerId,
    ref_id: entry.refId,
    timestamp: microTime(entry.atMs),
    type: entry.kind,
    asset: entry.asset,
    asset_class: 'currency',
    category: entry.kind,
    wallet_type: 'spot',
    wallet_id: 'main',
    amount: amount(entry.amount),
    fee: amount(entry.fee),
    balance: amount(entry.balance),
  }
}
