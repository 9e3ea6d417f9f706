import { add, type Decimal, divide, isZero, multiply, subtract, ZERO } from '#domain/decimal'
import { isClientOrderId, venueId } from '#domain/ids'
import { EXTERNAL, subAccountOf, TREASURY } from '#domain/sub-account'
import type { EngineFill } from '#sim/engine/types'
import type { World } from './world'

/** The greatest difference that rounding of single ledger rows may leave until the next check takes it over, in units of an asset. */
const ROUNDING = 1e-3
/** Relative; what two ways of averaging the same fills may differ by. */
const AVERAGE_TOLERANCE = 1e-9

type Amounts = Readonly<Record<string, string>>

/** Balances by asset as the emulator has them, zeros left out. */
export function venueBalances(world: World): Amounts {
  return Object.fromEntries(
    world
      .account()
      .balances.filter((row) => !isZero(row.total))
      .map((row) => [row.asset, row.total] as const)
      .sort(),
  )
}

/** Balances by asset as the company's ledger has them, zeros left out. */
export function bookedBalances(world: World): Amounts {
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

/**
 * Compares the company's books with the emulator's own record: open orders, executions, positions, average prices, sub-accounts; balances
 * to the last digit where `isExact` (after a check of balances), else but for the rounding of the venue's ledger rows. Returns one line
 * a difference.
 */
export function bookFindings(world: World, isExact: boolean): readonly string[] {
  return [
    ...openOrderFindings(world),
    ...fillFindings(world),
    ...balanceFindings(world, isExact),
    ...positionFindings(world),
    ...subAccountFindings(world),
  ]
}

function openOrderFindings(world: World): readonly string[] {
  const booked = bookedOpenOrders(world)
  const venue = venueOpenOrders(world)
  return [
    ...booked.filter((order) => !venue.includes(order)).map((order) => `open order ${order}: in the books, not at the venue`),
    ...venue.filter((order) => !booked.includes(order)).map((order) => `open order ${order}: at the venue, not in the books`),
  ]
}

function fillFindings(world: World): readonly string[] {
  const { ledger } = world.company.portfolio
  const isBooked = ({ fillId, atMs }: EngineFill) => ledger.hasBooked(`fill:kraken:${fillId}`) || ledger.isSettled(venueId('kraken'), atMs)
  const unbooked = world.account().fills.filter((fill) => !isBooked(fill))
  if (unbooked.length === 0) return []
  // Executions that the opening balances held are known, not booked.
  const known = new Set(world.entries('ledger.opened').flatMap((entry) => entry.payload['known'] as readonly string[]))
  return unbooked.filter((fill) => !known.has(fill.fillId)).map((fill) => `fill ${fill.fillId} of ${fill.symbol} is not booked`)
}

function balanceFindings(world: World, isExact: boolean): readonly string[] {
  const booked = bookedBalances(world)
  const venue = venueBalances(world)
  const found: string[] = []
  for (const asset of new Set([...Object.keys(booked), ...Object.keys(venue)])) {
    const ours = booked[asset] ?? '0'
    const theirs = venue[asset] ?? '0'
    const isEqual = isExact ? ours === theirs : Math.abs(Number(ours) - Number(theirs)) < ROUNDING
    if (!isEqual) found.push(`balance of ${asset}: ${ours} in the books, ${theirs} at the venue`)
  }
  return found
}

/** Positions and, where one sub-account alone has ever held an instrument, its average entry price against the emulator's fills. */
export function positionFindings(world: World): readonly string[] {
  const expected = venuePositions(world.account().fills)
  const booked: Record<string, { net: Decimal; holders: number; entryPrice: Decimal | null }> = {}
  for (const position of world.company.portfolio.ledger.positions()) {
    const symbol = (position.instrumentId as string).replace('@kraken', '').replace('-', '/')
    const at = booked[symbol] ?? { net: ZERO, holders: 0, entryPrice: null }
    booked[symbol] = { net: add(at.net, position.netQuantity), holders: at.holders + 1, entryPrice: position.entryPrice }
  }
  const found: string[] = []
  for (const symbol of new Set([...Object.keys(booked), ...Object.keys(expected)])) {
    const ours = booked[symbol]
    const theirs = expected[symbol]
    const isEqual = ours !== undefined && theirs !== undefined ? ours.net === theirs.quantity : (ours?.net ?? ZERO) === ZERO && !theirs
    if (!isEqual) found.push(`position in ${symbol}: ${ours?.net ?? '0'} in the books, ${theirs?.quantity ?? '0'} by the venue's fills`)
    if (ours?.holders !== 1 || ours.entryPrice === null || theirs === undefined || theirs.averagePrice === null) continue
    if (Math.abs(Number(ours.entryPrice) / Number(theirs.averagePrice) - 1) >= AVERAGE_TOLERANCE)
      found.push(`average entry price of ${symbol}: ${ours.entryPrice} in the books, ${theirs.averagePrice} by the venue's fills`)
  }
  return found
}

/** I12: the bots' sub-accounts, treasury and external add up to what the ledger says of the account. */
export function subAccountFindings(world: World): readonly string[] {
  const { company } = world
  const { ledger } = company.portfolio
  const whole = new Map(ledger.holdingsOf({ accountId: null, subAccount: null }).map((row) => [row.asset as string, row.quantity]))
  const names = [TREASURY, EXTERNAL, ...company.deps.bots.map((bot) => subAccountOf(bot.botId))]
  const sums = new Map<string, Decimal>()
  for (const subAccount of names)
    for (const row of ledger.holdingsOf({ accountId: null, subAccount }))
      sums.set(row.asset, add(sums.get(row.asset) ?? ZERO, row.quantity))
  const found: string[] = []
  for (const asset of new Set([...whole.keys(), ...sums.keys()])) {
    const sum = sums.get(asset) ?? ZERO
    const total = whole.get(asset) ?? ZERO
    if (sum !== total) found.push(`I12 ${asset}: the sub-accounts add up to ${sum}, the account has ${total}`)
  }
  return found
}
