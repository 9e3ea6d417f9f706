import { type CheckedOrder, checkMinimums, checkOrder, checkTrailing, protectionBound, refuse, takeable } from './checks'
import type { Core, Pit } from './core'
import { armExpiry, finish, unrest } from './lifecycle'
import { type MatchEnd, match, type Taker } from './match'
import { needFor, needOf, setHold } from './money'
import { amendRecord, givenAsset, isDone, type OrderRecord, readPrice, remainingOf, viewOf } from './order-record'
import { larger, toUnits } from './scaled'
import { isStop, noteStop, trail, trailedFrom } from './stops'
import type {
  AmendChange,
  AmendResult,
  CancelResult,
  DoneReason,
  EngineOrder,
  EngineRefusal,
  OrderRequest,
  PlaceResult,
  Trailing,
} from './types'

function makeRecord(core: Core, request: OrderRequest, checked: CheckedOrder): OrderRecord {
  const { id: orderId, ordinal } = core.id('order')
  const nowMs = core.clock.now()
  const record: OrderRecord = {
    orderId,
    ordinal,
    accountId: request.accountId,
    grid: checked.pit.grid,
    request,
    openedAtMs: nowMs,
    makerCap: checked.makerCap,
    takerCap: checked.takerCap,
    lots: checked.lots,
    filledLots: 0n,
    filledCost: 0n,
    fee: 0n,
    quoteLeft: checked.quoteUnits,
    limitUnits: checked.limitUnits,
    triggerUnits: checked.triggerUnits,
    peakUnits: null,
    status: isStop(request.type) ? 'untriggered' : 'open',
    reason: null,
    updatedAtMs: nowMs,
    closedAtMs: null,
    triggeredAtMs: null,
    ageFromMs: nowMs,
    place: core.next('place'),
    hold: 0n,
    resting: null,
    amends: [],
    fillIds: [],
    view: null,
  }
  if (request.trailing !== null && checked.pit.lastUnits !== null) trail(record, checked.pit.lastUnits)
  record.amends.push(amendRecord(record, core.id('amend').id, 'original', nowMs))
  return record
}

/** Places an order: checks, reserves, tells `orderPending` and `orderNew`, then matches or rests it. */
export function place(core: Core, request: OrderRequest): PlaceResult {
  const checked = checkOrder(core, request)
  if (checked.kind === 'refused') return checked
  const { pit } = checked
  const record = makeRecord(core, request, checked)
  core.orders.set(record.orderId, record)
  core.account(record.accountId).addOpen(record)
  setHold(core, record, needOf(record))
  core.touchOrder(record)
  core.emit({ kind: 'orderPending', order: viewOf(record) })
  core.emit({ kind: 'orderNew', order: viewOf(record) })
  if (record.status === 'untriggered') {
    pit.stops.add(record)
    if (pit.lastUnits !== null) noteStop(core, pit, record, pit.lastUnits)
  } else activate(core, pit, record)
  armExpiry(core, record)
  runTriggered(core)
  return { kind: 'accepted', order: viewOf(record) }
}

/** Puts what is left of a limit order at the end of its price's queue. */
function rest(core: Core, pit: Pit, record: OrderRecord): void {
  if (record.limitUnits === null) return
  const { side } = record.request
  record.resting = { owner: record, lots: remainingOf(record) }
  pit.book.own(side).add(record.limitUnits, record.resting)
  core.touch(pit, side, record.limitUnits)
}

/** Lets the orders that were collected trade, in time priority, once the instrument matches again. */
export function uncross(core: Core, pit: Pit): void {
  const resting = [...core.orders.values()].filter((record) => record.resting !== null && core.pit(record.request.symbol) === pit)
  for (const record of resting.sort((a, b) => a.place - b.place)) {
    if (record.resting === null || record.limitUnits === null || !pit.book.crosses(record.request.side, record.limitUnits)) continue
    unrest(core, pit, record)
    activate(core, pit, record)
  }
  runTriggered(core)
}

/** Returns the worst price at which an order may fill now; null is any. */
function boundOf(core: Core, pit: Pit, { request, limitUnits }: OrderRecord): number | null {
  const best = pit.book.opposite(request.side).bestUnits()
  const isGuarded = pit.grid.instrument.guardPercent !== undefined || limitUnits === null
  if (best === null || !isGuarded) return limitUnits
  const guard = protectionBound(core, pit, request.side, best)
  if (limitUnits === null) return guard
  return request.side === 'buy' ? Math.min(guard, limitUnits) : Math.max(guard, limitUnits)
}

/** Lets a live order trade, then rests, completes or cancels what is left of it. */
function activate(core: Core, pit: Pit, record: OrderRecord): void {
  const { request } = record
  if (pit.isCollecting && record.limitUnits !== null) {
    rest(core, pit, record)
    return
  }
  if (request.postOnly && record.limitUnits !== null && pit.book.crosses(request.side, record.limitUnits)) {
    finish(core, record, 'canceled', 'postOnly')
    return
  }
  if (request.timeInForce === 'fok' && takeable(pit, record) < record.lots) {
    finish(core, record, 'canceled', 'fillOrKill')
    return
  }
  const taker: Taker = {
    record,
    side: request.side,
    boundUnits: boundOf(core, pit, record),
    type: record.limitUnits === null ? 'market' : 'limit',
    lots: remainingOf(record),
    isQuote: false,
  }
  settleRest(core, pit, record, match(core, pit, taker))
}

/** Decides what becomes of an order after its match. */
function settleRest(core: Core, pit: Pit, record: OrderRecord, matched: MatchEnd): void {
  const end = matched === 'complete' && isCutShort(pit, record) ? 'bound' : matched
  if (end === 'complete') {
    if (record.quoteLeft !== null) record.lots = record.filledLots
    finish(core, record, 'filled', null)
    return
  }
  const reason = endReason(pit, record, end)
  if (reason !== null) {
    finish(core, record, 'canceled', reason)
    return
  }
  rest(core, pit, record)
}

/** True for an order sized in quote that a guard has kept from spending it: what it took was all that lay within. */
function isCutShort({ grid, book }: Pit, { quoteLeft, request }: OrderRecord): boolean {
  const best = book.opposite(request.side).bestUnits()
  return grid.instrument.guardPercent !== undefined && quoteLeft !== null && best !== null && grid.lotsFor(quoteLeft, best) > 0n
}

/** Returns why the rest of an order is canceled, or null when it may rest in the book. */
function endReason(pit: Pit, record: OrderRecord, end: Exclude<MatchEnd, 'complete'>): DoneReason | null {
  switch (end) {
    case 'selfTrade':
      return 'selfTrade'
    case 'funds':
      return 'insufficientFunds'
    case 'bound':
    case 'empty':
      if (record.limitUnits === null) return end === 'bound' ? 'priceProtection' : 'noLiquidity'
      if (pit.book.crosses(record.request.side, record.limitUnits)) return 'priceProtection' // what it could still take lies beyond the guard
      return record.request.timeInForce === 'ioc' || record.request.timeInForce === 'fok' ? 'immediateOrCancel' : null
  }
}

/** Activates the stops that trades have reached, and those that their own trades reach, until none is left. */
export function runTriggered(core: Core): void {
  for (const pit of core.pits.values()) {
    for (let record = pit.triggered.shift(); record !== undefined; record = pit.triggered.shift()) {
      if (isDone(record)) continue
      record.status = 'open'
      record.triggeredAtMs = core.clock.now()
      record.updatedAtMs = record.triggeredAtMs
      record.place = core.next('place')
      setHold(core, record, needOf(record))
      core.touchOrder(record)
      core.emit({ kind: 'orderTriggered', order: viewOf(record), lastPrice: core.lastPrice(pit) })
      activate(core, pit, record)
    }
  }
}

interface AmendedFigures {
  readonly lots: bigint
  readonly limitUnits: number | null
  readonly triggerUnits: number | null
}

/** Reads the new figures of an amend; what is null in the change stays. */
function readAmend(pit: Pit, record: OrderRecord, change: AmendChange): AmendedFigures | EngineRefusal {
  let { lots, limitUnits, triggerUnits } = record
  if (change.quantity !== null) {
    const units = toUnits(change.quantity, pit.grid.lotScale)
    if (units === null || units <= 0n) return refuse('quantityInvalid', `quantity ${change.quantity} is not on the grid`)
    lots = units
  }
  if (change.limitPrice !== null) {
    const isFollowing = record.status === 'untriggered' && (record.request.trailing?.limitOffset ?? null) !== null
    if (limitUnits === null || isFollowing) return refuse('notAmendable', 'the order has no fixed limit price')
    const read = readPrice(change.limitPrice, pit.grid)
    if (typeof read === 'string') return refuse(read, `limit price ${change.limitPrice} is not on the grid`)
    limitUnits = read
  }
  if (change.triggerPrice !== null) {
    const isFixed = record.status === 'untriggered' && record.request.trailing === null
    if (!isFixed) return refuse('notAmendable', 'the order has no trigger price to change')
    const read = readPrice(change.triggerPrice, pit.grid)
    if (typeof read === 'string') return refuse(read === 'priceInvalid' ? 'triggerInvalid' : read, 'the trigger price is not on the grid')
    triggerUnits = read
  }
  const { trailing } = change
  if (trailing === null) return { lots, limitUnits, triggerUnits }
  const trailed = readTrailing(pit, record, trailing)
  return 'kind' in trailed ? trailed : { lots, limitUnits: trailed.limitUnits ?? limitUnits, triggerUnits: trailed.triggerUnits }
}

/** Works out trigger and limit of a trailing stop at its present peak with other distances. */
function readTrailing(pit: Pit, record: OrderRecord, trailing: Trailing): ReturnType<typeof trailedFrom> | EngineRefusal {
  const present = record.request.trailing
  if (record.status !== 'untriggered' || present === null || record.peakUnits === null)
    return refuse('notAmendable', 'the order does not trail')
  if ((present.limitOffset === null) !== (trailing.limitOffset === null))
    return refuse('notAmendable', 'a limit cannot begin or cease to follow')
  return checkTrailing(pit, trailing) ?? trailedFrom(pit.grid, record.request.side, trailing, record.peakUnits)
}

/**
 * Amends an order in place. Less quantity keeps its place in the queue, more goes to the back, another limit price to the back of
 * that price's queue; a quantity at or below what is filled ends the order.
 */
export function amend(core: Core, orderId: string, change: AmendChange): AmendResult {
  const record = core.orders.get(orderId)
  if (record === undefined || isDone(record)) return refuse('unknownOrder', `no open order ${orderId}`)
  const pit = core.pit(record.request.symbol)
  if (pit.status === 'cancelOnly' || pit.status === 'offline')
    return refuse('instrumentStatus', `${pit.symbol} is ${pit.status}`, pit.status)
  const figures = readAmend(pit, record, change)
  if ('kind' in figures) return figures
  const priced = figures.limitUnits ?? figures.triggerUnits
  if (priced === null) return refuse('notAmendable', 'the order has no price')
  const left = figures.lots - record.filledLots
  if (left > 0n) {
    const small = checkMinimums(pit, figures.lots, priced)
    if (small !== null) return small
    const need = needFor(pit.grid, record.request, left, priced, larger(record.makerCap, record.takerCap))
    const free = core.account(record.accountId).available(givenAsset(record)) + record.hold
    if (need > free && need > record.hold) return refuse('insufficientFunds', 'the account has too little free')
    const isPostOnly = change.postOnly ?? record.request.postOnly
    if (isPostOnly && record.status === 'open' && pit.book.crosses(record.request.side, priced)) {
      return refuse('postOnlyWouldCross', 'the amended order would take liquidity')
    }
  }
  const { trailing, extra } = change
  record.request = { ...record.request, trailing: trailing ?? record.request.trailing, extra: extra ?? record.request.extra }
  const amendId = applyAmend(core, pit, record, figures)
  runTriggered(core)
  return { kind: 'amended', amendId, order: viewOf(record) }
}

function applyAmend(core: Core, pit: Pit, record: OrderRecord, figures: AmendedFigures): string {
  const before = { lots: record.lots, limitUnits: record.limitUnits, resting: record.resting }
  const isEnding = figures.lots <= record.filledLots
  const keptPlace = figures.limitUnits === before.limitUnits && figures.lots <= before.lots
  const { side } = record.request
  if (before.resting !== null && before.limitUnits !== null && !isEnding) {
    const own = pit.book.own(side)
    const level = own.level(before.limitUnits)
    if (!keptPlace) unrest(core, pit, record)
    else if (figures.lots < before.lots && level !== null) {
      own.reduce(level, before.resting, before.lots - figures.lots)
      core.touch(pit, side, before.limitUnits)
    }
  }
  const nowMs = core.clock.now()
  if (!isEnding || figures.lots === record.filledLots) record.lots = figures.lots
  if (!isEnding) {
    record.limitUnits = figures.limitUnits
    record.triggerUnits = figures.triggerUnits
  }
  record.ageFromMs = nowMs
  record.updatedAtMs = nowMs
  if (!keptPlace) record.place = core.next('place')
  if (!keptPlace && pit.stops.delete(record)) pit.stops.add(record)
  if (!isEnding) setHold(core, record, needOf(record))
  const amendId = core.id('amend').id
  record.amends.push(amendRecord(record, amendId, 'user', nowMs))
  core.touchOrder(record)
  core.emit({ kind: 'orderAmended', order: viewOf(record), amendId, keptPlace })
  if (isEnding && figures.lots === record.filledLots) finish(core, record, 'filled', null)
  else if (isEnding) finish(core, record, 'canceled', 'amendBelowFilled')
  else if (record.status === 'untriggered') {
    if (pit.lastUnits !== null) noteStop(core, pit, record, pit.lastUnits)
  } else if (record.resting === null) activate(core, pit, record)
  return amendId
}

/** Cancels one open order. */
export function cancel(core: Core, orderId: string, reason: DoneReason): CancelResult {
  const record = core.orders.get(orderId)
  if (record === undefined || isDone(record)) return refuse('unknownOrder', `no open order ${orderId}`)
  const { status, symbol } = core.pit(record.request.symbol)
  if (status === 'offline') return refuse('instrumentStatus', `${symbol} is ${status}`, status)
  finish(core, record, 'canceled', reason)
  return { kind: 'canceled', order: viewOf(record) }
}

/** Cancels every open order of an account whose instrument is not offline, oldest first. */
export function cancelAll(core: Core, accountId: string, reason: DoneReason): readonly EngineOrder[] {
  const ended: EngineOrder[] = []
  for (const record of [...core.account(accountId).open.values()]) {
    const result = cancel(core, record.orderId, reason)
    if (result.kind === 'canceled') ended.push(result.order)
  }
  return ended
}
