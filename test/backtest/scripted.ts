import { type Decimal, decimal } from '#domain/decimal'
import { mustExist } from '#domain/errors'
import { intentId, strategyId } from '#domain/ids'
import type { Intent, IntentRouting } from '#domain/intent'
import type { Fill } from '#domain/order'
import { type BarColumns, createColumns } from '#sim/backtest/columns'
import { dataOfBars } from '#sim/backtest/data'
import { type BacktestPlan, planBacktest } from '#sim/backtest/plan'
import { type BacktestResult, runBacktest } from '#sim/backtest/run'
import { barsOfTicks } from '#sim/backtest/tick-bars'
import { createQuotes, createTrades, type Ticks } from '#sim/backtest/ticks'
import type { JournalEntry } from '#ports/journal'
import { type ConfiguredStrategy, NO_STUDY, type StrategyContext } from '#strategies/types'

/** Caps of `risk` that are out of a script's way. */
export const OPEN_CAPS = {
  orderNotionalMin: '1',
  orderNotionalMax: '100000',
  totalExposureMax: '100000',
  totalAtRiskRatioMax: 1,
  positionRatioMax: 1,
  assetRatioMax: 1,
  marketConcentrationRatioMax: 1,
  priceDeviationBpsMax: 1000,
  riskPerTradeRatioMax: null,
  portfolioRiskRatioMax: null,
}

/** Midnight of 1 January 2022, UTC: the first bar opens here. */
export const T0 = Date.UTC(2022, 0, 1)
export const MINUTE = 60_000

/** Bars of one minute from rows of open, high, low, close and (else 100) volume. */
export function barsOf(rows: readonly (readonly number[])[]): BarColumns {
  const columns = createColumns(rows.length, '1m')
  rows.forEach(([open = 0, high = 0, low = 0, close = 0, volume = 100], index) => {
    columns.openAtMs[index] = T0 + index * MINUTE
    columns.closeAtMs[index] = T0 + (index + 1) * MINUTE
    Object.assign(columns.open, { [index]: open })
    Object.assign(columns.high, { [index]: high })
    Object.assign(columns.low, { [index]: low })
    Object.assign(columns.close, { [index]: close })
    Object.assign(columns.volume, { [index]: volume })
  })
  return columns
}

/** Flat bars at a price. */
export function flatBars(count: number, price = 100): BarColumns {
  return barsOf(Array.from({ length: count }, () => [price, price, price, price]))
}

/** Ticks from rows: quotes of ms, bid, ask, bid size, ask size; trades of ms, side (1 bought, −1 sold), price, size. Times from `T0`. */
export function ticksOf(quoteRows: readonly (readonly number[])[], tradeRows: readonly (readonly number[])[]): Ticks {
  const quotes = createQuotes(quoteRows.length)
  quoteRows.forEach(([ms = 0, bid = 0, ask = 0, bidSize = Number.NaN, askSize = Number.NaN], index) => {
    quotes.atMs[index] = T0 + ms
    quotes.bid[index] = bid
    quotes.ask[index] = ask
    quotes.bidSize[index] = bidSize
    quotes.askSize[index] = askSize
  })
  const trades = createTrades(tradeRows.length)
  tradeRows.forEach(([ms = 0, side = 1, price = 0, size = 0], index) => {
    trades.atMs[index] = T0 + ms
    trades.side[index] = side
    trades.price[index] = price
    trades.size[index] = size
  })
  return { quotes, trades }
}

/** What a script wants at the close of a bar: a position in base, and how. */
export interface Wish {
  readonly quantity: string
  readonly limit?: string
  readonly postOnly?: boolean
  /** What is stated of the position. */
  readonly stop?: string
  readonly target?: string
  readonly trailing?: string
}

/** A strategy that wants what it is told, by the number of the bar it decides on (0 is the first). `onDecide` sees each question. */
export function scripted(
  wishes: Readonly<Record<number, Wish>>,
  onDecide: (context: StrategyContext) => void = () => undefined,
): ConfiguredStrategy {
  return {
    strategyId: strategyId('scripted'),
    title: 'a script',
    parameters: {},
    decidesOn: '1m',
    warmUpBars: { '1m': 1 },
    settleBars: 1,
    entriesPerCycleMax: null,
    study: () => NO_STUDY,
    decide: (context) => {
      onDecide(context)
      const wish = wishes[mustExist(context.bars['1m'], 'no bars').count - 1]
      return wish === undefined ? [] : [intentOf(context, wish)]
    },
  }
}

function intentOf(context: StrategyContext, { quantity, limit, postOnly, stop, target, trailing }: Wish): Intent {
  const wanted = decimal(quantity)
  const isFlat = wanted === '0'
  const routing: IntentRouting | null =
    limit === undefined ? null : { kind: 'limit', limitPrice: decimal(limit), postOnly: postOnly === true }
  return {
    intentId: intentId(`${context.botId}:${context.nowMs}`),
    botId: context.botId,
    strategyId: strategyId('scripted'),
    instrumentId: context.instrumentId,
    kind: isFlat ? 'exit' : 'enter',
    target: isFlat ? { kind: 'flat' } : { kind: 'quantity', quantity: wanted },
    stopPrice: stop === undefined ? null : decimal(stop),
    takeProfitPrice: target === undefined ? null : decimal(target),
    ...(trailing === undefined ? {} : { trailingRatio: decimal(trailing) }),
    conviction: 1,
    timeframe: context.timeframe,
    decidedOnMs: context.nowMs,
    routing,
    metadata: {},
  }
}

/** An execution as a test names it. Times in ms from `T0`. */
export interface SeenFill {
  readonly side: string
  readonly quantity: string
  readonly price: string
  readonly fee: string
  readonly liquidity: string | null
  /** At the venue. */
  readonly atMs: number
  /** When the company heard of it. */
  readonly heardAtMs: number
}

export interface ScriptRun {
  readonly result: BacktestResult
  readonly fills: readonly SeenFill[]
  /** Kinds of order events in order, with their reason where they have one. */
  readonly events: readonly string[]
}

type Entry = Omit<JournalEntry, 'previousHash' | 'hash'>

/** Runs a script over bars (F0) or ticks (F1) and returns what became of its orders. */
export function runScript(
  data: BarColumns | Ticks,
  wishes: Readonly<Record<number, Wish>> | ConfiguredStrategy,
  plan: Partial<BacktestPlan> = {},
): ScriptRun {
  const fills: SeenFill[] = []
  const events: string[] = []
  const onEntry = ({ kind, payload, atMs }: Entry): void => {
    if (!kind.startsWith('order.')) return
    const reason = payload['reason']
    events.push(typeof reason === 'string' ? `${kind}: ${reason}` : kind)
    if (kind !== 'order.filled') return
    const { side, quantity, price, feeQuantity, liquidity, venueAtMs } = payload['fill'] as Fill
    fills.push({ side, quantity, price, fee: feeQuantity, liquidity, atMs: venueAtMs - T0, heardAtMs: atMs - T0 })
  }
  const strategy =
    'decide' in wishes && typeof wishes.decide === 'function' ? (wishes as ConfiguredStrategy) : scripted(wishes as Record<number, Wish>)
  const result = runBacktest(planBacktest({ data: dataOf(data), strategy, onEntry, ...plan }))
  return { result, fills, events }
}

function dataOf(data: BarColumns | Ticks) {
  if ('open' in data) return dataOfBars('script', data)
  const bars = barsOfTicks(data, '1m')
  return { ...dataOfBars('script', bars), ticks: data }
}

/** Shortens a price list for expectations. */
export const d = (text: string): Decimal => decimal(text)
