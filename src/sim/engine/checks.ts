import { invariant } from '#domain/errors'
import type { InstrumentStatus } from '#domain/instrument'
import type { Core, Pit } from './core'
import { needFor } from './money'
import { type OrderRecord, readPrice } from './order-record'
import { exactUnits, larger, smaller, toUnits } from './scaled'
import { isStop } from './stops'
import type { EngineRefusal, EngineRefusalCode, OrderRequest, Trailing } from './types'

/** A request that passed every check, in inner figures. */
export interface CheckedOrder {
  readonly kind: 'checked'
  readonly pit: Pit
  /** For `quantityIn: 'quote'` the estimate. */
  readonly lots: bigint
  /** Quote to spend at the cost scale; null when the quantity is in base. */
  readonly quoteUnits: bigint | null
  readonly limitUnits: number | null
  /** Null for a trailing stop: its trigger follows from the last price. */
  readonly triggerUnits: number | null
  readonly makerCap: bigint
  readonly takerCap: bigint
}

/** Makes a refusal. */
export function refuse(code: EngineRefusalCode, text: string, status: InstrumentStatus | null = null): EngineRefusal {
  return { kind: 'refused', code, status, text }
}

/** True when the limit is a price of its own and does not follow a trigger. */
function needsLimit({ type, trailing }: OrderRequest): boolean {
  if (type === 'trailingStopLimit') return trailing !== null && trailing.limitOffset === null
  return type === 'limit' || type === 'stopLossLimit' || type === 'takeProfitLimit'
}

function isTrailing(request: OrderRequest): boolean {
  return request.type === 'trailingStop' || request.type === 'trailingStopLimit'
}

/** Checks that the fields fit together, whatever the market. */
function checkCombination(request: OrderRequest): string | null {
  const isLimit = request.type === 'limit'
  if (needsLimit(request) !== (request.limitPrice !== null)) return 'a limit price goes with limit types alone'
  if ((isStop(request.type) && !isTrailing(request)) !== (request.triggerPrice !== null))
    return 'a trigger price goes with stop types alone'
  if (isTrailing(request) !== (request.trailing !== null)) return 'a trailing distance goes with trailing types alone'
  const hasLimitOffset = request.trailing !== null && request.trailing.limitOffset !== null
  if (hasLimitOffset && request.type !== 'trailingStopLimit') return 'a limit offset goes with a trailing stop limit alone'
  if (request.postOnly && !(isLimit && (request.timeInForce === 'gtc' || request.timeInForce === 'gtd'))) {
    return 'post-only goes with resting limit orders alone'
  }
  if (request.timeInForce === 'fok' && !isLimit) return 'fill-or-kill goes with limit orders alone'
  if ((request.timeInForce === 'gtd') !== (request.expiresAtMs !== null)) return 'an expiry goes with gtd alone'
  if (request.quantityIn === 'quote' && !(request.type === 'market' && request.side === 'buy')) {
    return 'a quantity in quote goes with market buys alone'
  }
  return null
}

function checkStatus(pit: Pit, request: OrderRequest): EngineRefusal | null {
  const { status } = pit
  const isCrossing = request.type === 'market' || request.timeInForce === 'ioc' || request.timeInForce === 'fok' || request.postOnly
  if (pit.isCollecting && isCrossing) return refuse('instrumentStatus', `${pit.symbol} collects orders`, status)
  const isAllowed =
    status === 'online' ||
    (status === 'postOnly' && request.postOnly) ||
    (status === 'limitOnly' && request.type === 'limit') ||
    (status === 'reduceOnly' && request.side === 'sell')
  return isAllowed ? null : refuse('instrumentStatus', `${pit.symbol} is ${status}`, status)
}

/**
 * Returns the worst price of a market order: the protection band from the best price; or where the instrument has a guard, its band
 * from the middle of the book, or from the best price where the order's own side is empty.
 */
export function protectionBound(core: Core, pit: Pit, side: 'buy' | 'sell', bestUnits: number): number {
  const { guardPercent } = pit.grid.instrument
  const percent = Number(guardPercent ?? core.options.protectionPercent)
  const own = guardPercent === undefined ? null : pit.book.own(side).bestUnits()
  const from = own === null ? bestUnits : (bestUnits + own) / 2
  if (guardPercent !== undefined)
    return side === 'buy' ? Math.floor((from * (100 + percent)) / 100) : Math.ceil((from * (100 - percent)) / 100)
  return side === 'buy' ? Math.ceil((from * (100 + percent)) / 100) : Math.floor((from * (100 - percent)) / 100)
}

interface MarketEstimate {
  readonly bestUnits: number
  readonly lots: bigint
  /** What it takes of the asset given, fee included, at that asset's scale. */
  readonly need: bigint
}

/** Walks the book as the market order would; null when there is nothing to take. */
function estimateMarket(
  core: Core,
  pit: Pit,
  request: OrderRequest,
  lots: bigint,
  quote: bigint | null,
  rate: bigint,
): MarketEstimate | null {
  const opposite = pit.book.opposite(request.side)
  const bestUnits = opposite.bestUnits()
  if (bestUnits === null) return null
  let wanted = lots
  let money = quote
  let taken = 0n
  let need = 0n
  opposite.walk(protectionBound(core, pit, request.side, bestUnits), (units, resting) => {
    if (resting.owner?.accountId === request.accountId) return true
    let step = smaller(resting.lots, wanted)
    if (money !== null) step = smaller(resting.lots, pit.grid.lotsFor(money, units))
    if (step === 0n) return false
    taken += step
    wanted -= step
    if (money !== null) money -= pit.grid.cost(units, step)
    need += needFor(pit.grid, request, step, units, rate)
    return money !== null || wanted > 0n
  })
  return { bestUnits, lots: taken, need }
}

interface Figures {
  readonly lots: bigint
  readonly quoteUnits: bigint | null
  readonly limitUnits: number | null
  readonly triggerUnits: number | null
}

/** Reads quantity and prices onto the instrument's grid. */
function readFigures(pit: Pit, request: OrderRequest): Figures | EngineRefusal {
  const { instrument } = pit.grid
  const scale = request.quantityIn === 'quote' ? instrument.costScale : pit.grid.lotScale
  const units = toUnits(request.quantity, scale)
  if (units === null || units <= 0n) return refuse('quantityInvalid', `quantity ${request.quantity} is not positive within ${scale} digits`)
  let limitUnits: number | null = null
  if (needsLimit(request)) {
    const read = readPrice(request.limitPrice, pit.grid)
    if (typeof read === 'string') return refuse(read, `limit price ${request.limitPrice} is not on the grid`)
    limitUnits = read
  }
  let triggerUnits: number | null = null
  if (request.triggerPrice !== null) {
    const read = readPrice(request.triggerPrice, pit.grid)
    if (read === 'priceInvalid') return refuse('triggerInvalid', `trigger price ${request.triggerPrice} is not positive`)
    if (typeof read === 'string') return refuse(read, `trigger price ${request.triggerPrice} is not on the grid`)
    triggerUnits = read
  }
  const badDistance = checkTrailing(pit, request.trailing)
  if (badDistance !== null) return badDistance
  const isQuote = request.quantityIn === 'quote'
  return { lots: isQuote ? 0n : units, quoteUnits: isQuote ? units : null, limitUnits, triggerUnits }
}

/** Returns the refusal of a trailing distance that is not positive, or of one finer than prices are written (percent: 12 digits). */
export function checkTrailing({ grid }: Pit, trailing: Trailing | null): EngineRefusal | null {
  if (trailing === null) return null
  const unitsOf = (value: Trailing['offset'], unit: Trailing['unit']): bigint | null =>
    toUnits(value, unit === 'quote' ? grid.instrument.priceScale : 12)
  const offset = unitsOf(trailing.offset, trailing.unit)
  const isFine =
    offset !== null && offset > 0n && (trailing.limitOffset === null || unitsOf(trailing.limitOffset, trailing.limitUnit) !== null)
  return isFine ? null : refuse('triggerInvalid', `trailing distance ${trailing.offset} is not positive within the grid's digits`)
}

/** Returns the refusal of an order below the instrument's minimums. */
export function checkMinimums(pit: Pit, lots: bigint, units: number): EngineRefusal | null {
  const { grid } = pit
  if (lots < grid.minLots) return refuse('quantityMin', `the minimum is ${grid.instrument.quantityMin}`)
  if (grid.cost(units, lots) < grid.minCost) return refuse('costMin', `the minimum cost is ${grid.instrument.costMin}`)
  return null
}

/**
 * Checks a request in the venue's order: arguments, status, grid and minimums, funds, post-only. Changes nothing.
 */
export function checkOrder(core: Core, request: OrderRequest): CheckedOrder | EngineRefusal {
  const pit = core.pits.get(request.symbol)
  if (pit === undefined) return refuse('unknownInstrument', `${request.symbol} is not traded here`)
  const mismatch = checkCombination(request)
  if (mismatch !== null) return refuse('combinationInvalid', mismatch)
  if (request.expiresAtMs !== null && request.expiresAtMs <= core.clock.now()) return refuse('expiryInvalid', 'the expiry has passed')
  const figures = readFigures(pit, request)
  if ('kind' in figures) return figures
  const barred = checkStatus(pit, request)
  if (barred !== null) return barred
  const account = core.account(request.accountId)
  const rates = pit.grid.rates(account.volume(core.clock.now()))
  const caps = { makerCap: rates.maker, takerCap: rates.taker }
  const rate = larger(rates.maker, rates.taker)
  const settled = request.settleIn ?? pit.grid.instrument.quote
  invariant(core.asset(settled).scale === pit.grid.quoteScale, `${pit.symbol} cannot be settled in ${settled}: other digits`)
  const available = account.available(request.side === 'buy' ? settled : pit.grid.instrument.base)
  if (request.type === 'market') {
    const estimate = estimateMarket(core, pit, request, figures.lots, figures.quoteUnits, rates.taker)
    if (estimate === null) return refuse('noLiquidity', `${pit.symbol}: nothing to trade with`)
    const lots = figures.quoteUnits === null ? figures.lots : estimate.lots
    const small = checkMinimums(pit, lots, estimate.bestUnits)
    if (small !== null) return small
    const need = request.side === 'sell' ? needFor(pit.grid, request, lots, estimate.bestUnits, rate) : estimate.need
    if (need > available) return refuse('insufficientFunds', 'the account has too little free')
    return { kind: 'checked', pit, ...figures, lots, ...caps }
  }
  const priced = figures.limitUnits ?? figures.triggerUnits ?? pit.lastUnits
  if (priced === null || (isTrailing(request) && pit.lastUnits === null))
    return refuse('noLiquidity', `${pit.symbol}: no last price to trail`)
  const small = checkMinimums(pit, figures.lots, priced)
  if (small !== null) return small
  const worst = request.trailing === null || figures.limitUnits !== null ? priced : trailingWorst(request, pit, priced)
  if (needFor(pit.grid, request, figures.lots, worst, rate) > available)
    return refuse('insufficientFunds', 'the account has too little free')
  if (request.postOnly && core.options.postOnlyCross === 'refuse' && pit.book.crosses(request.side, priced)) {
    return refuse('postOnlyWouldCross', 'the order would take liquidity')
  }
  return { kind: 'checked', pit, ...figures, ...caps }
}

/** An upper bound of the price at which a trailing stop reserves: last price, distance and limit offset. */
function trailingWorst(request: OrderRequest, pit: Pit, lastUnits: number): number {
  const { trailing } = request
  if (trailing === null || request.side === 'sell') return lastUnits
  const toPrice = (value: OrderRequest['quantity'], unit: Trailing['unit'], at: number): number =>
    unit === 'quote' ? Math.abs(Number(exactUnits(value, pit.grid.instrument.priceScale))) : Math.ceil((Math.abs(Number(value)) * at) / 100)
  const trigger = lastUnits + toPrice(trailing.offset, trailing.unit, lastUnits) + pit.grid.tick
  return trailing.limitOffset === null ? trigger : trigger + toPrice(trailing.limitOffset, trailing.limitUnit, trigger) + pit.grid.tick
}

/** Returns how much a fill-or-kill order could take now, by the policy for orders of its own account. */
export function takeable(pit: Pit, record: OrderRecord): bigint {
  let total = 0n
  pit.book.opposite(record.request.side).walk(record.limitUnits, (_units, resting) => {
    if (resting.owner?.accountId === record.accountId) return record.request.selfTrade === 'cancelOldest'
    total += resting.lots
    return total < record.lots
  })
  return total
}
