// The whole company in virtual time against the emulator: what its books tell of the past, over crashes and days.
import { afterEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { type Decimal, decimal, subtract, sum } from '#domain/decimal'
import { NotFoundError } from '#domain/errors'
import { DAY_MS } from '#domain/time'
import { place, priceAt } from './intents'
import { expectReplayEqual } from './replayed'
import { atRest } from './rest'
import { quietBot, World, type WorldOptions } from './world'

setDefaultTimeout(60_000)

let world: World
afterEach(() => world.close())

function ready(options: WorldOptions = {}): World {
  world = new World(options).start().trading().run(20_000)
  return world
}

function trade(target: string): void {
  const record = place(world, { target })
  world.until(`it holds ${target}`, () => world.statusOf(record.clientOrderId) === 'FILLED', 20_000)
  world.run(3_000)
}

function byHand(): void {
  const answer = world.placeByHand({ pair: 'XBTUSD', side: 'buy', quantity: '0.03', price: String(priceAt(world, 100)), postOnly: false })
  expect(answer).toContain('"error":[]')
  world.run(3_000)
}

const numberOf = (text: string) => Number(text)
const money = (text: string) => text as Decimal

describe('what the books tell', () => {
  test('PFL-12 the metrics of a bot are those of its trades, and stay the same over a crash', () => {
    ready()
    trade('0.02')
    world.run(600_000)
    trade('0')
    trade('0.01')
    const { books } = world.control
    const metrics = books.metrics('tester', null)
    const trades = books.trades({ botId: 'tester', strategyId: null, instrumentId: null, includeManual: null, limit: 500 })
    const bot = world.control.bots()[0]
    expect(metrics).toMatchObject({ botId: 'tester', trades: 1, capital: '10000', fees: bot?.fees, gas: '0', sharpe: null })
    expect(metrics.wins + metrics.losses).toBe(1)
    expect(metrics.winRate).toBe(metrics.wins)
    expect(metrics.holdMs).toBeGreaterThan(600_000)
    expect(metrics.holdMs).toBeLessThan(700_000)
    expect(sum(trades.map(({ feeValue }) => money(feeValue)))).toBe(money(metrics.fees))
    expect(sum(trades.map(({ realizedValue }) => money(realizedValue)))).toBe(money(metrics.realizedPnl))
    expect(metrics.roi).toBeCloseTo((numberOf(metrics.realizedPnl) + numberOf(metrics.unrealizedPnl)) / 10_000, 12)
    expect(numberOf(metrics.slippage)).toBeGreaterThan(0) // a marketable order pays the spread
    expect(metrics.slippageBps).toBeGreaterThan(0)
    expect(metrics.slippageBps).toBeLessThan(50)
    world.run(60_000)
    const stable = ({ unrealizedPnl: _, roi: __, drawdownRatio: ___, drawdownRatioMax: ____, ...rest }: typeof metrics) => rest
    const before = stable(books.metrics('tester', null))
    world.crash().start().trading()
    expect(stable(world.control.books.metrics('tester', null))).toEqual(before)
    expect(() => world.control.books.metrics('nobody', null)).toThrow(NotFoundError)
  })

  for (const tracked of [true, false]) {
    test(`PFL-10 manual trades are ${tracked ? 'counted' : 'left out of summaries of profit'} by default, and always in balances, equity and cost basis`, () => {
      ready({ config: (config) => ({ ...config, portfolio: { ...config.portfolio, trackManualTrades: tracked } }) })
      trade('0.01')
      byHand()
      const { control } = world
      const whole = control.portfolio(true)
      const own = control.portfolio(false)
      const manual = world.company.portfolio.performance(null)
      expect(control.portfolio()).toEqual(tracked ? whole : own)
      expect([own.equity, own.cash, own.exposureGross, own.assets, own.flows]).toEqual([
        whole.equity,
        whole.cash,
        whole.exposureGross,
        whole.assets,
        whole.flows,
      ])
      expect(whole.realizedPnl).toBe(manual.realizedPnl)
      const bot = control.bots()[0]
      expect([own.realizedPnl, own.unrealizedPnl, own.fees]).toEqual([bot?.realizedPnl ?? '', bot?.unrealizedPnl ?? '', bot?.fees ?? ''])
      expect(own.fees).not.toBe(whole.fees)
      const tags = (includeManual: boolean | null) => {
        const { groups } = control.books.attribution({
          by: ['strategy'],
          botId: null,
          strategyId: null,
          instrumentId: null,
          includeManual,
          fromMs: null,
          untilMs: null,
        })
        return groups.map(({ strategy }) => strategy)
      }
      expect(tags(true)).toEqual(['manual', 'trend-following'])
      expect(tags(false)).toEqual(['trend-following'])
      expect(tags(null)).toEqual(tracked ? ['manual', 'trend-following'] : ['trend-following'])
      const shown = (includeManual: boolean | null) =>
        control.books
          .trades({ botId: null, strategyId: null, instrumentId: null, includeManual, limit: 9 })
          .map(({ strategyId }) => strategyId)
      expect(shown(null).includes('manual')).toBe(tracked)
      expect(shown(true)).toContain('manual')
      expect(control.books.metrics(null, null).includesManual).toBe(tracked)
      expect(control.positions().map(({ botId }) => botId)).toContain('external')
    })
  }

  test('PFL-11 PAIN-16 days are UTC days: profit, flows and trades of each, over midnight and a crash', () => {
    const startMs = Date.UTC(2026, 2, 28, 23, 50)
    ready({ startMs, bots: [quietBot('tester')] })
    trade('0.02')
    world.emulator.deposit('main', 'USD', decimal('1000'))
    world.clock.runUntil(Date.UTC(2026, 2, 29, 0, 5))
    trade('0.01')
    world.run(300_000).crash().start().trading().run(300_000)
    const days = world.control.books.daily(null, 30)
    expect(days.map(({ dayMs, trades }) => [new Date(dayMs).toISOString().slice(0, 10), trades > 0])).toEqual([
      ['2026-03-28', true],
      ['2026-03-29', true],
    ])
    const [first, second] = days as [(typeof days)[number], (typeof days)[number]]
    expect(numberOf(first.flows)).toBeCloseTo(1_000, 2)
    expect(numberOf(second.flows)).toBeCloseTo(0, 1)
    expect(second.openingEquity).toBe(first.closingEquity)
    expect(money(second.pnl)).toBe(subtract(subtract(money(second.closingEquity), money(second.openingEquity)), money(second.flows)))
    const attributed = world.control.books.attribution({
      by: ['day'],
      botId: null,
      strategyId: null,
      instrumentId: null,
      includeManual: null,
      fromMs: null,
      untilMs: null,
    })
    expect(attributed.groups.map(({ dayMs, realized }) => [dayMs, realized])).toEqual(
      days.map(({ dayMs, realizedPnl }) => [dayMs, realizedPnl]),
    )
    const today = world.control.books.attribution({
      by: [],
      botId: 'tester',
      strategyId: null,
      instrumentId: null,
      includeManual: null,
      fromMs: second.dayMs,
      untilMs: second.dayMs + DAY_MS,
    })
    expect(today.total.realized).toBe(second.realizedPnl)
    expect(world.control.books.metrics('tester', null).sharpe).not.toBeUndefined()
    expectReplayEqual(world)
  })

  test('PFL-11 snapshots are taken on a schedule and at the stop, and survive a crash; PFL-03 fees are told by asset, pair and overall', () => {
    ready({ config: (config) => ({ ...config, portfolio: { ...config.portfolio, snapshotEverySec: 60 } }) })
    trade('0.02')
    world.run(300_000)
    const read = () => world.control.books.snapshots(0, Number.MAX_SAFE_INTEGER, 100)
    const before = read()
    expect(before.length).toBeGreaterThanOrEqual(5)
    for (let index = 1; index < before.length; index++)
      expect((before[index]?.atMs ?? 0) - (before[index - 1]?.atMs ?? 0)).toBeGreaterThanOrEqual(60_000)
    const last = before.at(-1)
    expect(last?.assets.find(({ asset }) => asset === 'BTC')).toMatchObject({ quantity: '0.02', source: 'BTC-USD@kraken mid' })
    expect(last?.pairs).toMatchObject([{ instrumentId: 'BTC-USD@kraken', netQuantity: '0.02' }])
    expect(sum([last?.flows, last?.realizedPnl, last?.unrealizedPnl].map((text) => money(text ?? '0')))).toBe(money(last?.equity ?? '0'))
    world.crash().start().trading()
    expect(read().slice(0, before.length)).toEqual([...before])
    const { books } = world.control
    const { fees } = world.control.portfolio(true)
    expect(books.fees()).toMatchObject({
      byAsset: [{ asset: 'USD', value: fees }],
      byPair: [{ instrumentId: 'BTC-USD@kraken', value: fees }],
      total: fees,
    })
    atRest(world)
    const pairs = read().at(-1)?.pairs ?? []
    world.stop()
    expect(read().at(-1)?.pairs[0]?.realized).toBe(pairs[0]?.realized ?? '')
  })
})
