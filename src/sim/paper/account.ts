import { add, compare, type Decimal, isNegative, isPositive, isZero, subtract, ZERO } from '#domain/decimal'
import { invariant } from '#domain/errors'
import type { AssetCode, VenueOrderId } from '#domain/ids'
import type { VenueBalance } from '#ports/venue'

interface Hold {
  readonly asset: AssetCode
  readonly amount: Decimal
}

/** The money of a paper account: what it holds, and how much of that open orders have reserved. Nothing is lent. */
export class PaperAccount {
  readonly #totals = new Map<AssetCode, Decimal>()
  readonly #holds = new Map<VenueOrderId, Hold>()

  /** Puts the opening balances in. */
  open(balances: Iterable<readonly [AssetCode, Decimal]>): void {
    for (const [asset, amount] of balances) this.#totals.set(asset, amount)
  }

  total(asset: AssetCode): Decimal {
    return this.#totals.get(asset) ?? ZERO
  }

  reserved(asset: AssetCode): Decimal {
    let total = ZERO
    for (const hold of this.#holds.values()) if (hold.asset === asset) total = add(total, hold.amount)
    return total
  }

  available(asset: AssetCode): Decimal {
    return subtract(this.total(asset), this.reserved(asset))
  }

  /** What an order has reserved. */
  heldBy(order: VenueOrderId): Decimal {
    return this.#holds.get(order)?.amount ?? ZERO
  }

  /** Reserves for an order, in place of what it reserved before. Returns false, and changes nothing, where so much is not free. */
  hold(order: VenueOrderId, asset: AssetCode, amount: Decimal): boolean {
    const free = add(this.available(asset), this.#holds.get(order)?.asset === asset ? this.heldBy(order) : ZERO)
    if (compare(amount, free) > 0) return false
    this.#holds.set(order, { asset, amount })
    return true
  }

  /** Lets go of part of what an order reserved. */
  lessen(order: VenueOrderId, by: Decimal): void {
    const hold = this.#holds.get(order)
    if (hold === undefined) return
    const amount = subtract(hold.amount, by)
    if (isPositive(amount)) this.#holds.set(order, { ...hold, amount })
    else this.#holds.delete(order)
  }

  release(order: VenueOrderId): void {
    this.#holds.delete(order)
  }

  /** Moves money. @throws {InvariantError} when less than nothing would be left. */
  move(asset: AssetCode, amount: Decimal): void {
    const after = add(this.total(asset), amount)
    invariant(!isNegative(after), `the paper account would hold ${after} ${asset}`)
    this.#totals.set(asset, after)
  }

  balances(): readonly VenueBalance[] {
    const shown = [...this.#totals].filter(([asset, total]) => !isZero(total) || !isZero(this.reserved(asset)))
    return shown.map(([asset, total]) => ({ asset, total, reserved: this.reserved(asset) }))
  }
}
