import { expect } from 'bun:test'
import { add, type Decimal, decimal, divide, isZero, multiply, subtract } from '#domain/decimal'
import { isClientOrderId } from '#domain/ids'
import type { EngineFill } from '#sim/engine/types'
import type { World } from './world'

const ZERO = decimal('0')

/** Balances by asset as the emulator has them, zeros left out. */
export function venueBalances(world: World): Readonly<Record<string, string>> {
  return Object.fromEntries(
    world
      .account()
      .balances.filter((row) => !isZero(row.total))
      .map((row) => [row.asset, row.total] as const)
      .sort(),
  )
}

/** Balances by asset as the company's ledger has them, zeros left out. */
export function bookedBalances(world: World): Readonly<Record<string, string>> {
  const { ledger } = world.company.portfolio
  return Object.fromEntries(
    ledger
      .holdingsOf({ accountId: null, subAccount: null })
      .filter((row) => !isZero(row.quantity))
      .map((row) => [row.asset as string, row.quantity as string] as const)
      .sort(),
  )
}

interface Held {
  readonly quantity: Decimal
  readonly averagePrice: Decimal | null
}

/** Net position and weighted-average entry price by symbol, folded from the emulator's own list of fills. Long only, as the account is. */
export function venuePositions(fills: readonly EngineFill[]): Readonly<Record<string, Held>> {
  const held: Record<string, { quantity: Decimal; cost: Decimal }> = {}
  for (const fill of fills.toSorted((a, b) => a.ordinal - b.ordinal)) {
    const at = held[fill.symbol] ?? { quantity: ZERO, cost: ZERO }
    if (fill.side === 'buy') held[fill.symbol] = { quantity: add(at.quantity, fill.quantity), cost: add(at.cost, fill.cost) }
    else {
      const quantity = subtract(at.quantity, fill.quantity)
      held[fill.symbol] = { quantity, cost: isZero(quantity) ? ZERO : divide(multiply(at.cost, quantity), at.quantity) }
    }
  }
  return Object.fromEntries(
    Object.entries(held)
      .filter(([, { quantity }]) => !isZero(quantity))
      .map(([symbol, { quantity, cost }]) => [symbol, { quantity, averagePrice: divide(cost, quantity) }]),
  )
}

/** Live orders at the emulator that carry an id of ours: client id, filled and total quantity, price. */
export function venueOpenOrders(world: World): readonly string[] {
  return world
    .account()
    .openOrders.filter((order) => order.clientId !== null && isClientOrderId(order.clientId))
    .map((order) => `${order.clientId} ${order.side} ${order.filledQuantity}/${order.quantity} @ ${order.limitPrice}`)
    .sort()
}

/** The company's own live orders in the same words. */
export function bookedOpenOrders(world: World): readonly string[] {
  const { orders } = world.company
  return [...orders.live()]
    .filter((record) => !record.isForeign)
    .map((record) => {
      const { filledQuantity, quantity, limitPrice } = orders.contextOf(record)
      return `${record.clientOrderId} ${record.proposal.side} ${filledQuantity}/${quantity} @ ${limitPrice}`
    })
    .sort()
}

/** The greatest difference that rounding of single ledger rows may leave until the next check takes it over, in units of an asset. */
const ROUNDING = 1e-3

/**
 * Compares the company's books with the emulator's own record: open orders, executions, positions, average prices; balances to the
 * last digit where `exact` (after a check of balances), else but for the rounding of the venue's ledger rows.
 */
export function expectAgreement(world: World, exact = false): void {
  const { company } = world
  expect(bookedOpenOrders(world), 'open orders').toEqual([...venueOpenOrders(world)])
  const { fills } = world.account()
  const { ledger } = company.portfolio
  for (const fill of fills)
    expect(
      ledger.hasBooked(`fill:kraken:${fill.fillId}`) || isKnown(world, fill.fillId),
      `fill ${fill.fillId} of ${fill.symbol} is booked`,
    ).toBe(true)
  const booked = bookedBalances(world)
  const venue = venueBalances(world)
  if (exact) expect(booked, 'balances').toEqual(venue)
  else
    for (const asset of new Set([...Object.keys(booked), ...Object.keys(venue)]))
      expect(Math.abs(Number(booked[asset] ?? 0) - Number(venue[asset] ?? 0)), `balance of ${asset}`).toBeLessThan(ROUNDING)
  expectPositions(world)
  expectSubAccountsAddUp(world)
}

/** True for an execution that the opening balances held. */
function isKnown(world: World, fillId: string): boolean {
  return world.entries('ledger.opened').some((entry) => (entry.payload['known'] as readonly string[]).includes(fillId))
}

/** Positions and, where one bot alone holds an instrument, its average entry price against the emulator's fills. */
export function expectPositions(world: World): void {
  const { company } = world
  const expected = venuePositions(world.account().fills)
  const net: Record<string, Decimal> = {}
  const entry: Record<string, { count: number; price: Decimal | null }> = {}
  for (const position of company.portfolio.ledger.positions()) {
    if (isZero(position.netQuantity)) continue
    const symbol = (position.instrumentId as string).replace('@kraken', '').replace('-', '/')
    net[symbol] = add(net[symbol] ?? ZERO, position.netQuantity)
    entry[symbol] = { count: (entry[symbol]?.count ?? 0) + 1, price: position.entryPrice }
  }
  expect(net, 'positions').toEqual(Object.fromEntries(Object.entries(expected).map(([symbol, held]) => [symbol, held.quantity])))
  for (const [symbol, held] of Object.entries(expected)) {
    const own = entry[symbol]
    if (own === undefined || own.count !== 1 || own.price === null || held.averagePrice === null) continue
    const difference = Math.abs(Number(own.price) / Number(held.averagePrice) - 1)
    expect(difference, `average entry price of ${symbol}: ${own.price} against ${held.averagePrice}`).toBeLessThan(1e-9)
  }
}

/** I12: the bots' sub-accounts, treasury and external add up to what the ledger says of the account. */
export function expectSubAccountsAddUp(world: World): void {
  const { ledger } = world.company.portfolio
  const whole = new Map(ledger.holdingsOf({ accountId: null, subAccount: null }).map((row) => [row.asset as string, row.quantity]))
  const names = new Set(['treasury', 'external', ...[...world.company.bots.keys()]])
  const sums = new Map<string, Decimal>()
  for (const subAccount of names)
    for (const row of ledger.holdingsOf({ accountId: null, subAccount: subAccount as never }))
      sums.set(row.asset, add(sums.get(row.asset) ?? ZERO, row.quantity))
  for (const [asset, quantity] of sums) expect(quantity, `I12 ${asset}`).toBe(whole.get(asset) ?? ZERO)
  for (const [asset, quantity] of whole) expect(sums.get(asset) ?? ZERO, `I12 ${asset}`).toBe(quantity)
}
