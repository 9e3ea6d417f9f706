import type { Decimal } from '#domain/decimal'
import type { Approved, Proposal } from '#domain/order'

const minted = new WeakSet<object>()

/**
 * Mints the approval of a proposal with the quantity that passed: a frozen copy. The gate alone calls it (a test reads the imports),
 * and a venue that doubts an order asks `isMinted`.
 */
export function mintApproved(proposal: Proposal, quantity: Decimal): Approved {
  const approved = Object.freeze({ ...proposal, quantity }) as Approved
  minted.add(approved)
  return approved
}

/** True when this very object came from the gate; a copy or a look-alike did not. */
export function isMinted(order: Proposal): order is Approved {
  return minted.has(order)
}
