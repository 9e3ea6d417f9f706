import type { Account } from './account'
import type { Core, Pit } from './core'
import { setHold } from './money'
import { isDone, type OrderRecord, viewOf } from './order-record'
import type { DoneReason, EngineFill, EnginePrint, LedgerEntry } from './types'

/** Longest timer that is set in one piece: a host's timers hold 24 days at most. */
const TIMER_MS_MAX = 6 * 3_600_000

/** Takes an order out of the book; what is left of it stays in the record. */
export function unrest(core: Core, pit: Pit, record: OrderRecord): void {
  if (record.resting === null || record.limitUnits === null) return
  pit.book.own(record.request.side).remove(record.limitUnits, record.resting)
  record.resting = null
  core.touch(pit, record.request.side, record.limitUnits)
}

/** Ends an order: out of the book, reservation released, event told, into the history. */
export function finish(core: Core, record: OrderRecord, status: 'filled' | 'canceled' | 'expired', reason: DoneReason | null): void {
  const pit = core.pit(record.request.symbol)
  unrest(core, pit, record)
  pit.stops.delete(record)
  setHold(core, record, 0n)
  const nowMs = core.clock.now()
  record.status = status
  record.reason = reason
  record.closedAtMs = nowMs
  record.updatedAtMs = nowMs
  record.place = core.next('place')
  const expiry = core.expiries.get(record.orderId)
  if (expiry !== undefined) core.clock.clearTimeout(expiry)
  core.expiries.delete(record.orderId)
  const account = core.account(record.accountId)
  account.close(record)
  core.touchOrder(record)
  core.emit({ kind: 'orderDone', order: viewOf(record) })
  trimHistory(core, account)
}

/** Sets the timer that ends a `gtd` order. */
export function armExpiry(core: Core, record: OrderRecord): void {
  const { expiresAtMs } = record.request
  if (expiresAtMs === null || isDone(record)) return
  const delayMs = Math.max(0, Math.min(expiresAtMs - core.clock.now(), TIMER_MS_MAX))
  const onTime = (): void => {
    if (core.clock.now() >= expiresAtMs) core.step(() => expireDue(core))
    else armExpiry(core, record)
  }
  core.expiries.set(record.orderId, core.clock.setTimeout(onTime, delayMs))
}

/** Ends every order whose time has come, oldest first, whichever timer fired: so a restart does not change their order. */
function expireDue(core: Core): void {
  const nowMs = core.clock.now()
  const waiting = [...core.expiries.keys()].flatMap((orderId) => core.orders.get(orderId) ?? [])
  const due = waiting.filter(({ request }) => request.expiresAtMs !== null && request.expiresAtMs <= nowMs)
  for (const record of due.sort((a, b) => a.ordinal - b.ordinal)) finish(core, record, 'expired', 'expired')
}

/** Drops the oldest rows of an account beyond the limits, a quarter at a time so that the cost is spread. */
function trimHistory(core: Core, account: Account): void {
  const most = core.options.closedOrdersMax
  if (account.closed.length > most * 1.25) {
    for (const old of account.closed.splice(0, account.closed.length - most)) {
      core.orders.delete(old.orderId)
      core.changes.remove('order', old.orderId)
    }
  }
  trimRows(core, account.fills, core.fills, 'fill', (fill: EngineFill) => fill.fillId)
  trimRows(core, account.ledger, core.ledger, 'ledger', (entry: LedgerEntry) => entry.ledgerId)
}

function trimRows<Row>(core: Core, rows: Row[], byId: Map<string, Row>, bucket: string, idOf: (row: Row) => string): void {
  const most = core.options.closedOrdersMax * 4
  if (rows.length <= most * 1.25) return
  for (const old of rows.splice(0, rows.length - most)) {
    byId.delete(idOf(old))
    core.changes.remove(bucket, idOf(old))
  }
}

/** Keeps a public trade and tells it. Stored in slots that are used again, so that a store never grows with it. */
export function keepPrint(core: Core, pit: Pit, print: EnginePrint): void {
  const most = core.options.printsMax
  pit.prints.push(print)
  if (pit.prints.length > most * 1.25) pit.prints.splice(0, pit.prints.length - most)
  core.changes.put('print', `${print.symbol} ${print.tradeId % most}`, print.tradeId, () => ({ ...print }))
  core.touchPit(pit)
  core.printListener(print)
  core.emit({ kind: 'print', print })
}
