import { absolute, add, compare, type Decimal, decimal, divide, isNegative, isZero, multiply, negate, subtract, sum, ZERO } from './decimal'
import { invariant } from './errors'

/** How the cost of what is closed is found (PFL-03): the weighted average of all that is open, or the oldest first. */
export type CostBasisMethod = 'weightedAverage' | 'fifo'

/** An open quantity with what it cost. Both are signed and agree in sign, or nearly: long positive, short negative (received). */
export type Lot = { readonly quantity: Decimal; readonly cost: Decimal }

/** Open lots, oldest first, all of one direction. Empty is flat; under the weighted average there is at most one. */
export type Basis = readonly Lot[]

export const FLAT: Basis = []

/** Digits after the point that a released cost is rounded to. What rounding takes from it stays in the rest: nothing is lost. */
const COST_SCALE = 24

export interface BasisChange {
  readonly basis: Basis
  /** Positive: how much was closed. */
  readonly closedQuantity: Decimal
  /** Signed like the lots: the cost of what was closed. */
  readonly releasedCost: Decimal
  /** Signed profit on what was closed. */
  readonly realized: Decimal
}

export function quantityOf(basis: Basis): Decimal {
  if (basis.length > 1) return sum(basis.map((lot) => lot.quantity))
  return basis[0] === undefined ? ZERO : basis[0].quantity
}

export function costOf(basis: Basis): Decimal {
  if (basis.length > 1) return sum(basis.map((lot) => lot.cost))
  return basis[0] === undefined ? ZERO : basis[0].cost
}

/** Returns the average price of what is open, rounded to 18 digits after the point; null when flat. The cost itself stays exact. */
export function entryPriceOf(basis: Basis): Decimal | null {
  const quantity = quantityOf(basis)
  return isZero(quantity) ? null : divide(costOf(basis), quantity)
}

/** Returns profit on the open part at `markPrice`. */
export function unrealizedOf(basis: Basis, markPrice: Decimal): Decimal {
  return subtract(multiply(quantityOf(basis), markPrice), costOf(basis))
}

/**
 * Books a trade: `quantity` signed (bought positive), `cost` signed alike (spent positive, received negative).
 * What opposes the open lots closes them and realises; what goes beyond zero opens at exactly `price`, so that the closed part
 * bears whatever the venue rounded. Cost is conserved: old + `cost` = new − `realized` to the last digit.
 */
export function applyToBasis(basis: Basis, quantity: Decimal, cost: Decimal, price: Decimal, method: CostBasisMethod): BasisChange {
  const held = quantityOf(basis)
  if (isZero(quantity)) return { basis, closedQuantity: ZERO, releasedCost: ZERO, realized: negate(cost) }
  if (isZero(held) || isNegative(held) === isNegative(quantity)) {
    return { basis: opened(basis, { quantity, cost }, method), closedQuantity: ZERO, releasedCost: ZERO, realized: ZERO }
  }
  const beyond = add(held, quantity)
  if (!isZero(beyond) && isNegative(beyond) !== isNegative(held)) {
    const openedCost = multiply(beyond, price)
    const releasedCost = costOf(basis)
    const realized = negate(add(subtract(cost, openedCost), releasedCost))
    return { basis: [{ quantity: beyond, cost: openedCost }], closedQuantity: absolute(held), releasedCost, realized }
  }
  const { rest, releasedCost } = released(basis, absolute(quantity))
  return { basis: rest, closedQuantity: absolute(quantity), releasedCost, realized: negate(add(cost, releasedCost)) }
}

function opened(basis: Basis, lot: Lot, method: CostBasisMethod): Basis {
  switch (method) {
    case 'weightedAverage':
      return [{ quantity: add(quantityOf(basis), lot.quantity), cost: add(costOf(basis), lot.cost) }]
    case 'fifo':
      return [...basis, lot]
  }
}

/** Takes `quantity` (positive, at most what is open) from the oldest lots. */
function released(basis: Basis, quantity: Decimal): { readonly rest: Basis; readonly releasedCost: Decimal } {
  let wanted = quantity
  let releasedCost = ZERO
  for (const [index, lot] of basis.entries()) {
    const size = absolute(lot.quantity)
    const order = compare(wanted, size)
    if (order < 0) {
      const part = divide(multiply(lot.cost, wanted), size, COST_SCALE)
      const signed = isNegative(lot.quantity) ? negate(wanted) : wanted
      const left = { quantity: subtract(lot.quantity, signed), cost: subtract(lot.cost, part) }
      return { rest: [left, ...basis.slice(index + 1)], releasedCost: add(releasedCost, part) }
    }
    releasedCost = add(releasedCost, lot.cost)
    wanted = subtract(wanted, size)
    if (isZero(wanted)) return { rest: basis.slice(index + 1), releasedCost }
  }
  invariant(false, 'released(): asked for more than is open', { quantity, left: wanted })
}

/** Reads lots from a snapshot. @throws {InvariantError} when a figure is no number. */
export function basisOf(lots: readonly { readonly quantity: string; readonly cost: string }[]): Basis {
  return lots.map((lot) => ({ quantity: decimal(lot.quantity), cost: decimal(lot.cost) }))
}
