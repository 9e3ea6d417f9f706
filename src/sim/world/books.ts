import { add, type Decimal, divide, isGreater, isZero, multiply, subtract, sum, ZERO } from '#domain/decimal'
import { isClientOrderId, venueId } from '#domain/ids'
import { EXTERNAL, externalOf, subAccountOf, TREASURY } from '#domain/sub-account'
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

/** What an execution at the emulator, or dust that left a position, did to what is held of a symbol. */
interface Move {
  readonly symbol: string
  readonly isIn: boolean
  readonly quantity: Decimal
  readonly cost: Decimal
}

/** Dust that the journal says left a bot's position for the treasury, with where it stands in the journal. */
function dustMoves(world: World): readonly { readonly seq: number; readonly move: Move }[] {
  return world.entries('ledger.posted').flatMap((entry) => {
    const { kind, dust } = entry.payload['posting'] as { kind: string; dust?: { instrumentId: string; quantity: Decimal } }
    if (kind !== 'dust' || dust === undefined) return []
    return [{ seq: entry.seq, move: { symbol: symbolOf(dust.instrumentId), isIn: false, quantity: dust.quantity, cost: ZERO } }]
  })
}

/** The emulator's own list of fills, oldest first, and between them the dust that was swept. */
function movesOf(world: World): readonly Move[] {
  const fills = world.account().fills.toSorted((a, b) => a.ordinal - b.ordinal)
  const moveOf = ({ symbol, side, quantity, cost }: EngineFill): Move => ({ symbol, isIn: side === 'buy', quantity, cost })
  const dust = dustMoves(world)
  if (dust.length === 0) return fills.map(moveOf)
  const bookedAt = new Map(world.entries().map(({ seq, payload }) => [(payload['fill'] as { tradeId?: string } | null)?.tradeId, seq]))
  const all = fills.map((fill) => ({ seq: bookedAt.get(fill.fillId) ?? Number.POSITIVE_INFINITY, move: moveOf(fill) }))
  return [...all, ...dust].toSorted((a, b) => a.seq - b.seq).map(({ move }) => move)
}

function symbolOf(instrumentId: string): string {
  return instrumentId.replace('@kraken', '').replace('-', '/')
}

/**
 * Net position and average entry price by symbol, folded from the emulator's own list of fills by the method that the books are kept by.
 * Long only, as the account is.
 */
function venuePositions(world: World): Readonly<Record<string, Held>> {
  const isFifo = world.config.portfolio.costBasis === 'fifo'
  const lots: Record<string, Pick<Move, 'quantity' | 'cost'>[]> = {}
  for (const { symbol, isIn, quantity, cost } of movesOf(world)) {
    const held = lots[symbol] ?? []
    lots[symbol] = isIn ? [...held, { quantity, cost }] : without(held, quantity)
    if (!isFifo) lots[symbol] = merged(lots[symbol])
  }
  return Object.fromEntries(
    Object.entries(lots).flatMap(([symbol, held]) => {
      const [{ quantity, cost } = { quantity: ZERO, cost: ZERO }] = merged(held)
      return isZero(quantity) ? [] : [[symbol, { quantity, averagePrice: divide(cost, quantity) }]]
    }),
  )
}

/** Takes a quantity from the oldest lots. */
function without(lots: readonly Pick<Move, 'quantity' | 'cost'>[], quantity: Decimal): Pick<Move, 'quantity' | 'cost'>[] {
  const [first, ...rest] = lots
  if (first === undefined) return []
  if (isGreater(quantity, first.quantity)) return without(rest, subtract(quantity, first.quantity))
  const left = subtract(first.quantity, quantity)
  return isZero(left) ? rest : [{ quantity: left, cost: divide(multiply(first.cost, left), first.quantity) }, ...rest]
}

function merged(lots: readonly Pick<Move, 'quantity' | 'cost'>[]): Pick<Move, 'quantity' | 'cost'>[] {
  return lots.length < 2 ? [...lots] : [{ quantity: sum(lots.map((lot) => lot.quantity)), cost: sum(lots.map((lot) => lot.cost)) }]
}

/** Live orders at the emulator that carry an id of ours: client id, filled and total quantity, price. */
export function venueOpenOrders(world: World): readonly string[] {
  return world
    .account()
    .openOrders.filter((order) => order.clientId !== null && isClientOrderId(order.clientId))
    .map((order) => `${order.clientId} ${order.side} ${order.filledQuantity}/${order.quantity} @ ${order.limitPrice ?? order.triggerPrice}`)
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
function positionFindings(world: World): readonly string[] {
  const expected = venuePositions(world)
  const booked: Record<string, { net: Decimal; holders: number; entryPrice: Decimal | null }> = {}
  for (const position of world.company.portfolio.ledger.positions()) {
    const symbol = symbolOf(position.instrumentId)
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
  const claimed = [...company.deps.settings.portfolio.userrefs.values()].map(externalOf)
  const names = new Set([TREASURY, EXTERNAL, ...claimed, ...company.deps.bots.map((bot) => subAccountOf(bot.botId))])
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
