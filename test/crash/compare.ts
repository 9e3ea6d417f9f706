import { absolute, add, type Decimal, decimal, isGreater, isZero, multiply, subtract, ZERO } from '#domain/decimal'
import type { OrderView } from '#ports/control'
import type { EngineFill } from '#sim/engine/types'
import type { AccountRecord } from '#sim/emulator/record'
import type { EmulatorRecord } from '#sim/kraken/record'
import type { Api, EmulatorContact } from './contact'
import type { BookedFill, JournalTail } from './journal-tail'

/** States in which the desk waits for the venue's word on an order. */
const IN_FLIGHT: readonly string[] = ['PENDING', 'SUBMITTING', 'CANCELING', 'AMENDING', 'UNKNOWN']

/** What runtime and venue say of the same account at one quiet moment. */
export interface Comparison {
  /** One line a difference; empty when both agree to the last digit. */
  readonly differences: readonly string[]
  readonly openOrders: number
  readonly fills: number
}

function accountOf(record: EmulatorRecord): AccountRecord {
  const account = record.accounts[0]
  if (account === undefined) throw new Error('the emulator has no account')
  return account
}

function instrumentOf(symbol: string): string {
  return `${symbol.replace('/', '-')}@kraken`
}

/** Names a moment of the venue: equal marks mean that nothing happened to the account in between. */
function markOf(record: EmulatorRecord): string {
  const { openOrders, closedOrders, fills, ledger } = accountOf(record)
  const orders = openOrders.map((order) => `${order.orderId} ${order.quantity} ${order.limitPrice} ${order.filledQuantity}`)
  return `${orders.join()} | ${closedOrders.length} ${fills.length} ${ledger.length}`
}

function bothWays(what: string, ours: ReadonlyMap<string, string>, theirs: ReadonlyMap<string, string>): string[] {
  const names = [...new Set([...ours.keys(), ...theirs.keys()])].sort()
  return names
    .filter((name) => ours.get(name) !== theirs.get(name))
    .map((name) => `${what} ${name}: runtime ${ours.get(name) ?? 'none'}, venue ${theirs.get(name) ?? 'none'}`)
}

function summed(entries: readonly (readonly [string, Decimal])[]): Map<string, string> {
  const sums = new Map<string, Decimal>()
  for (const [name, value] of entries) sums.set(name, add(sums.get(name) ?? ZERO, value))
  return new Map([...sums].filter(([, value]) => !isZero(value)))
}

function openOrders(ours: readonly OrderView[], account: AccountRecord): string[] {
  const shown = (side: string, quantity: string, filled: string, price: string | null) =>
    `${side} ${quantity} (${filled} filled) at ${price}`
  return bothWays(
    'open order',
    new Map(
      ours.map((order) => [
        order.venueOrderId ?? order.clientOrderId,
        shown(order.side, order.quantity, order.filledQuantity, order.limitPrice),
      ]),
    ),
    new Map(account.openOrders.map((order) => [order.orderId, shown(order.side, order.quantity, order.filledQuantity, order.limitPrice)])),
  )
}

function isSame(ours: BookedFill, theirs: EngineFill): boolean {
  const { venueOrderId, side, price, quantity, cost, feeQuantity } = ours
  return (
    venueOrderId === theirs.orderId &&
    side === theirs.side &&
    price === theirs.price &&
    quantity === theirs.quantity &&
    cost === theirs.cost &&
    feeQuantity === theirs.fee
  )
}

/** Cost and fee of an execution have five digits, the venue's USD four: so much it may round away an execution. */
const ROUNDED_MAX = decimal('0.0001')

/** Cash agrees to the last digit, but for what the venue rounded since the books last took that over. */
function cash(ours: Decimal, theirs: Decimal, journal: JournalTail): string[] {
  const found: string[] = []
  const allowed = multiply(ROUNDED_MAX, decimal(String(journal.unadjusted)))
  if (isGreater(absolute(subtract(ours, theirs)), allowed)) found.push(`USD: runtime ${ours}, venue ${theirs}`)
  const taken = journal.adjustments.reduce((total, amount) => add(total, amount), ZERO)
  if (isGreater(taken, multiply(ROUNDED_MAX, decimal(String(journal.fills.size)))))
    found.push(`the books took ${taken} over from the venue`)
  return found
}

/** Every order and execution of the venue stands in the journal, executions once; every order that ended there has ended here. */
function accepted(account: AccountRecord, recent: readonly OrderView[], journal: JournalTail): string[] {
  const found: string[] = []
  const known = new Map(recent.map((order) => [order.clientOrderId, order]))
  for (const order of [...account.openOrders, ...account.closedOrders]) {
    if (order.clientId === null || !journal.submitted.has(order.clientId)) found.push(`order ${order.orderId} of the venue was forgotten`)
    const ours = order.clientId === null ? undefined : known.get(order.clientId)
    if (order.closedAtMs !== null && ours !== undefined && ours.venueOrderId === order.orderId) {
      if (!ours.isTerminal) found.push(`order ${order.orderId} ended at the venue and is ${ours.status} here`)
      if (ours.filledQuantity !== order.filledQuantity)
        found.push(`order ${order.orderId}: ${ours.filledQuantity} filled here, ${order.filledQuantity} at the venue`)
    }
  }
  for (const fill of account.fills) {
    const booked = journal.fills.get(fill.fillId)
    if (booked?.times !== 1) found.push(`execution ${fill.fillId} is booked ${booked?.times ?? 0} times`)
    else if (!isSame(booked.fill, fill)) found.push(`execution ${fill.fillId} is booked as ${JSON.stringify(booked.fill)}`)
    if (journal.external.has(fill.fillId)) found.push(`execution ${fill.fillId} of our order is booked to external`)
  }
  return found
}

interface Holding {
  readonly asset: string
  readonly total: string
}

function isCoin({ asset }: Holding): boolean {
  return asset !== 'USD'
}

function totalOf(holdings: readonly Holding[]): Decimal {
  return decimal(holdings.find((holding) => !isCoin(holding))?.total ?? '0')
}

/** Compares a paused company with the emulator's own record, at a moment in which nothing is in flight. Null while there is none yet. */
export async function compare(api: Api, emulator: EmulatorContact, journal: JournalTail): Promise<Comparison | null> {
  const before = await emulator.state()
  const [open, recent, positions, portfolio] = await Promise.all([api.orders('open'), api.orders('all'), api.positions(), api.portfolio()])
  const after = await emulator.state()
  if (open.some((order) => IN_FLIGHT.includes(order.status)) || markOf(before) !== markOf(after)) return null
  journal.read()
  const account = accountOf(after)
  const bought = account.fills.map(
    (fill) => [instrumentOf(fill.symbol), fill.side === 'buy' ? fill.quantity : subtract(ZERO, fill.quantity)] as const,
  )
  const differences = [
    ...openOrders(open, account),
    ...bothWays('position', summed(positions.map((position) => [position.instrumentId, decimal(position.netQuantity)])), summed(bought)),
    ...bothWays(
      'asset',
      summed(portfolio.assets.filter(isCoin).map((asset) => [asset.asset, decimal(asset.total)])),
      summed(account.balances.filter(isCoin).map((balance) => [balance.asset, balance.total])),
    ),
    ...cash(totalOf(portfolio.assets), totalOf(account.balances), journal),
    ...accepted(account, recent, journal),
    ...(after.clientIds.liveMax > 1 ? [`a client order id had ${after.clientIds.liveMax} live orders at once`] : []),
    ...(portfolio.hasDrift ? ['the runtime reports drift'] : []),
  ]
  return { differences, openOrders: account.openOrders.length, fills: account.fills.length }
}
