// A backtest through the whole company: the EMA 10/20 cross over more than five million bars, beside a bare loop of the same arithmetic in the
// same process; then where the time of an order goes. Nothing is left out but the journal's bytes: entries are made, told and forgotten.
import { GateFacts } from '#actors/company/gate-facts'
import { OrderDesk } from '#actors/desk/desk'
import { Orders } from '#actors/desk/orders'
import { Portfolio } from '#actors/portfolio/portfolio'
import { decimal } from '#domain/decimal'
import { RiskGate } from '#risk/gate'
import { type BarColumns, createColumns, repeatColumns } from '#sim/backtest/columns'
import { CountingJournal } from '#sim/backtest/counting-journal'
import { BarMarket } from '#sim/backtest/fills/bar-market'
import { BotLine } from '#sim/backtest/line'
import { planBacktest } from '#sim/backtest/plan'
import { runBacktest } from '#sim/backtest/run'
import { BacktestVenue } from '#sim/backtest/venue'
import { SeededRandom } from '#sim/random'
import { VirtualClock } from '#sim/virtual-clock'
import { configureStrategy } from '#strategies/registry'
import { Layers } from './layers'
import { type Figure, nowUs, report } from './report'

const ROWS = 45_031
const ROUNDS = 112
const LAYER_ROUNDS = 30
const MINUTE_MS = 60_000
const COLLECT_EVERY = 1 << 22

/** A seeded month of minutes; each opens where the one before closed. */
function seededMonth(): BarColumns {
  const random = new SeededRandom('bench/backtest')
  const columns = createColumns(ROWS, '1m')
  const tick = (price: number) => Math.round(price * 10) / 10
  let price = 46_000
  for (let index = 0; index < ROWS; index++) {
    const close = tick(Math.max(1_000, price + random.normal() * 25))
    columns.openAtMs[index] = Date.UTC(2022, 0, 1) + index * MINUTE_MS
    columns.closeAtMs[index] = Date.UTC(2022, 0, 1) + (index + 1) * MINUTE_MS
    columns.open[index] = price
    columns.high[index] = tick(Math.max(price, close) + random.next() * 10)
    columns.low[index] = tick(Math.min(price, close) - random.next() * 10)
    columns.close[index] = close
    columns.volume[index] = 10
    price = close
  }
  return columns
}

/** The cross as a loop of doubles: averages, signals, fills at the next open, profit. Returns trades. */
function bareLoop({ open, close, count }: BarColumns): number {
  const [fastWeight, slowWeight] = [2 / 11, 2 / 21]
  let [fast, slow, trades, entry, pnl] = [close[0] as number, close[0] as number, 0, 0, 0]
  for (let index = 1; index < count - 1; index++) {
    const price = close[index] as number
    const wasAbove = fast > slow
    fast += fastWeight * (price - fast)
    slow += slowWeight * (price - slow)
    if (index < 20) continue
    if (entry === 0 && fast > slow && !wasAbove) entry = open[index + 1] as number
    else if (entry !== 0 && fast < slow) {
      pnl += ((open[index + 1] as number) - entry) * 0.01
      entry = 0
      trades++
    }
  }
  return Number.isNaN(pnl) ? 0 : trades
}

/** As the command does. */
const collect = (done: number): void => {
  if (done > 0 && (done & (COLLECT_EVERY - 1)) === 0) Bun.gc(true)
}

const run = (columns: BarColumns, onProgress: (done: number, total: number) => void = collect) =>
  runBacktest(
    planBacktest({
      columns,
      strategy: configureStrategy('ema-cross', { timeframe: '1m' }),
      size: { kind: 'quantity', quantity: decimal('0.01') },
      capital: decimal('100000'),
      onProgress,
    }),
  ).report

function seconds(act: () => void): number {
  const startUs = nowUs()
  act()
  return (nowUs() - startUs) / 1e6
}

function whole(columns: BarColumns): readonly Figure[] {
  bareLoop(columns) // warms up
  let trades = 0
  const bare = seconds(() => {
    trades = bareLoop(columns)
  })
  let orders = 0
  const engine = seconds(() => {
    const { summary } = run(columns)
    orders = summary.orders
    if (summary.trades !== trades) throw new Error(`the engine made ${summary.trades} trades, the bare loop ${trades}`)
  })
  return [
    { name: 'backtest: bars through the whole company, EMA 10/20', value: columns.count / engine, unit: '/s' },
    { name: 'backtest: bars through a bare loop of the same arithmetic', value: columns.count / bare, unit: '/s' },
    { name: 'backtest: bars an order', value: columns.count / orders, unit: '' },
    { name: 'backtest: time an order, all told', value: (engine * 1e6) / orders, unit: 'us' },
    { name: 'backtest: memory of the process behind it', value: process.memoryUsage.rss() / 1e6, unit: 'MB' },
  ]
}

function byLayer(columns: BarColumns): readonly Figure[] {
  const layers = new Layers('loop, study, decide')
  layers.wrap('plan, desk, promises', BotLine, ['propose'])
  layers.wrap('plan, desk, promises', OrderDesk, ['execute', 'onFill'])
  layers.wrap('plan, desk, promises', VirtualClock, ['runUntil'])
  layers.wrap('gate', RiskGate, ['judge'])
  layers.wrap('gate', GateFacts, ['gateView'])
  layers.wrap('order chart and its facts', Orders, ['open', 'tell', 'apply'])
  layers.wrap('journal', CountingJournal, ['append', 'durable'])
  layers.wrap('market and venue', BacktestVenue, ['submit', 'execute'])
  layers.wrap('market and venue', BarMarket, ['through', 'settle'])
  layers.wrap('books', Portfolio, ['post', 'postingOf', 'has', 'refresh'])
  let isCounting = false
  const { summary } = run(columns, (done, total) => {
    // From the middle on: everything is compiled by then.
    if (isCounting || done < total / 2) return
    isCounting = true
    layers.start()
  })
  const orders = summary.orders / 2
  return [...layers.stop()].map(([name, us]) => ({ name: `backtest: of an order, ${name}`, value: us / orders, unit: 'us' }))
}

const month = seededMonth()
const figures = whole(repeatColumns(month, ROUNDS))
report([...figures, ...byLayer(repeatColumns(month, LAYER_ROUNDS))])
process.exit(0)
