import { add, compare, type Decimal, isPositive, subtract, ZERO } from './decimal'
import { InvariantError } from './errors'
import type { AccountId, AssetCode, ClientOrderId } from './ids'
import type { SubAccountId } from './sub-account'

/** What one live order may still take from a sub-account: quote for a buy, base for a sell. */
export interface Reservation {
  readonly clientOrderId: ClientOrderId
  readonly accountId: AccountId
  readonly subAccount: SubAccountId
  readonly asset: AssetCode
  /** Positive. */
  readonly amount: Decimal
}

/**
 * Capital set aside for live orders (PFL-01): placed with an order, lowered by its fills, released when it ends. One writer.
 * Not part of the ledger: it is rebuilt from the open orders.
 */
export class Reservations {
  readonly #byOrder = new Map<ClientOrderId, Reservation>()

  /** Count of orders that hold something. */
  get size(): number {
    return this.#byOrder.size
  }

  /**
   * Sets aside what a new order, or an amended one, may take.
   * @throws {InvariantError} when the amount is not positive.
   */
  reserve(reservation: Reservation): void {
    if (!isPositive(reservation.amount)) {
      throw new InvariantError(`reserve(): ${reservation.amount} ${reservation.asset} for ${reservation.clientOrderId} is not positive`)
    }
    this.#byOrder.set(reservation.clientOrderId, reservation)
  }

  /** Takes off what a fill used up; the rest of a complete fill is none. Unknown orders hold nothing: no-op. */
  use(clientOrderId: ClientOrderId, amount: Decimal): void {
    const held = this.#byOrder.get(clientOrderId)
    if (held === undefined) return
    if (compare(amount, held.amount) >= 0) this.#byOrder.delete(clientOrderId)
    else this.#byOrder.set(clientOrderId, { ...held, amount: subtract(held.amount, amount) })
  }

  /** Releases what an order that ended (rejected, canceled, expired, filled) still held. A repeat changes nothing. */
  release(clientOrderId: ClientOrderId): void {
    this.#byOrder.delete(clientOrderId)
  }

  /** Returns what is set aside of an asset; null for all sub-accounts. */
  reserved(accountId: AccountId, subAccount: SubAccountId | null, asset: AssetCode): Decimal {
    let total = ZERO
    for (const held of this.#byOrder.values()) {
      if (held.accountId !== accountId || held.asset !== asset) continue
      if (subAccount === null || held.subAccount === subAccount) total = add(total, held.amount)
    }
    return total
  }
}
