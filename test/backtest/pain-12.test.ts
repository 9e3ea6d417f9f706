import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { loadConfig } from '#config/load'
import type { BotConfig } from '#config/schema'
import { decimal } from '#domain/decimal'
import { mustExist } from '#domain/errors'
import { instrumentId } from '#domain/ids'
import type { Json, JsonObject } from '#domain/json'
import type { JournalEntry } from '#ports/journal'
import { digestOf } from '#sim/backtest/data'
import { planBacktest } from '#sim/backtest/plan'
import { readQuotes, readTrades } from '#sim/backtest/read-ticks'
import { type BacktestResult, runBacktest } from '#sim/backtest/run'
import { START_MS, World } from '#sim/world/world'
import { configureStrategy } from '#strategies/registry'
import { IS_LONG } from '#test/company/profile'
import { LATENCY_MS, Recorder } from './recorder'

/*
 * A session in the sandbox is recorded, quotes and trades, by a listener on the venue's public stream; then the recording is run as a
 * backtest with the same bot. Both in virtual time, 5 ms each way. What must be the same: each order with its side, quantity and the
 * instant of its decision and submission, and each fill with its price, quantity, fee and instant.
 */

setDefaultTimeout(120_000)

const BTC = instrumentId('BTC-USD@kraken')
const BOT = 'cross-btc'
const HOURS = IS_LONG ? 24 : 1
const PARAMETERS = { timeframe: '1m', fastPeriod: 2, slowPeriod: 5 }

type Entry = Pick<JournalEntry, 'kind' | 'payload' | 'atMs' | 'correlationId'>

interface Outcome {
  readonly orders: readonly Json[]
  readonly fills: readonly Json[]
  /** What protected positions: held, trailed, triggered, released, withdrawn. */
  readonly exits: readonly Json[]
}

function outcomeOf(entries: readonly Entry[]): Outcome {
  const object = (value: Json | undefined) => value as JsonObject
  const orders = entries
    .filter(({ kind }) => kind === 'order.submitting')
    .map(({ payload, atMs, correlationId }) => {
      const { side, quantity, type, limitPrice, effect, arrivalMid, intentId } = object(payload['proposal'])
      return { correlationId, side, quantity, type, limitPrice, effect, arrivalMid, intentId, atMs } as Json
    })
  const fills = entries
    .filter(({ kind }) => kind === 'order.filled')
    .map(({ payload, atMs, correlationId }) => {
      const { side, quantity, price, cost, feeQuantity, liquidity, venueAtMs } = object(payload['fill'])
      return { correlationId, side, quantity, price, cost, feeQuantity, liquidity, venueAtMs, atMs } as Json
    })
  const exits = entries
    .filter(({ kind }) => kind.startsWith('protection.'))
    .map(({ kind: entry, payload, atMs }) => ({ entry, ...payload, atMs }) as Json)
  return { orders, fills, exits }
}

type Style = BotConfig['routing']['style']

/** Exits of the company's own, as a venue without stops has them. */
const UNPROTECTED: NonNullable<BotConfig['protection']> = {
  stopLossRatio: null,
  takeProfitRatio: null,
  trailingRatio: null,
  collarBps: 25,
  escalateAfterMs: 5_000,
  retryMs: 250,
  native: false,
}

/** Caps that leave room for orders of any size. */
const ROOM = {
  orderNotionalMax: '1000000',
  totalExposureMax: '1000000',
  totalAtRiskRatioMax: 1,
  positionRatioMax: 1,
  assetRatioMax: 1,
  riskPerTradeRatioMax: null,
  portfolioRiskRatioMax: null,
}

function record(seed: string, style: Style, orderNotional: string, capital = '10000', protection: BotConfig['protection'] = null) {
  const defaults = loadConfig({ configDir: 'config', file: null, options: {} })
  const bot = {
    ...mustExist(defaults.bots[0], 'the defaults have no bot'),
    id: BOT,
    strategy: 'ema-cross',
    instruments: [BTC],
    parameters: PARAMETERS,
    capital,
    orderNotional,
    protection,
    routing: { style, slippageBpsMax: 50, timeInForce: style === 'postOnly' || style === 'limit' ? ('gtc' as const) : ('ioc' as const) },
  }
  const breakers = { ...defaults.breakers, consecutiveLosses: 100 }
  const risk = { ...defaults.risk, ...ROOM, marketConcentrationRatioMax: 1 }
  const config = { ...defaults, breakers, risk, bots: [bot] }
  const world = new World({ seed, config, latencyMs: LATENCY_MS })
  world.start()
  const recorder = new Recorder(world, 'BTC/USD', BTC)
  world.trading()
  const instrument = world.company.market.instrument(BTC)
  world.run(HOURS * 3_600_000)
  return { config, world, recorder, instrument, spec: mustExist(world.company.deps.bots[0], 'no bot'), orderNotional, capital }
}

function replay({ config, recorder, instrument, spec, orderNotional, capital }: ReturnType<typeof record>): {
  outcome: Outcome
  result: BacktestResult
} {
  const ticks = {
    quotes: readQuotes('quotes.csv', new TextEncoder().encode(recorder.quotesCsv)),
    trades: readTrades('trades.csv', new TextEncoder().encode(recorder.tradesCsv)),
  }
  const bars = recorder.bars()
  const entries: Entry[] = []
  const { tickSize, lotSize, quantityMin, notionalMin, costScale, makerFeeBps, takerFeeBps } = instrument
  const result = runBacktest(
    planBacktest({
      data: { name: 'recorded', bars, ticks, gaps: [], silence: null, notes: [], digest: digestOf(bars, ticks) },
      strategy: configureStrategy('ema-cross', PARAMETERS),
      instrument: { symbol: BTC, tickSize, lotSize, quantityMin, notionalMin, costScale, makerFeeBps, takerFeeBps },
      botId: BOT,
      size: { kind: 'notional', notional: decimal(orderNotional) },
      capital: decimal(capital),
      policy: 'config',
      config,
      routing: spec.routing,
      protection: spec.protection,
      latencyMs: LATENCY_MS,
      fromMs: START_MS,
      tag: 'abc123',
      onEntry: (entry) => entries.push({ ...entry, payload: structuredClone(entry.payload) }),
    }),
  )
  return { outcome: outcomeOf(entries), result }
}

describe('PAIN-12 a recorded session, replayed', () => {
  test.each(['market', 'marketable', 'limit', 'postOnly'] as const)('PAIN-12 %s: the same orders and fills, event by event', (style) => {
    const session = record(`pain-12-${style}`, style, '250')
    const lived = outcomeOf(session.world.entries())
    const { outcome, result } = replay(session)
    expect(lived.orders.length).toBeGreaterThan(4)
    expect(lived.fills.length).toBeGreaterThan(1)
    expect(outcome.orders).toEqual(lived.orders)
    expect(outcome.fills).toEqual(lived.fills)
    expect(result.report.metadata.level).toBe('F1')
    expect(result.log).toEqual([])
  })

  test.each([
    ['stop and target', { stopLossRatio: 0.0003, takeProfitRatio: 0.0006 }, ['stop', 'target']],
    ['trailing stop', { trailingRatio: 0.0008 }, ['trailing']],
  ] as const)('EXE-13 PAIN-12 %s: the same exits at the same instants, with the same orders and fills', (name, levels, kinds) => {
    const session = record(`pain-12-${name}`, 'market', '250', '10000', { ...UNPROTECTED, ...levels })
    const lived = outcomeOf(session.world.entries())
    const { outcome, result } = replay(session)
    const triggered = lived.exits.filter((exit) => (exit as JsonObject)['entry'] === 'protection.triggered')
    expect(triggered.length).toBeGreaterThan(1)
    expect(outcome.exits).toEqual(lived.exits)
    expect(outcome.orders).toEqual(lived.orders)
    expect(outcome.fills).toEqual(lived.fills)
    expect(Object.keys(result.report.events.exits ?? {}).sort()).toEqual([...kinds])
    expect(result.log).toEqual([])
  })

  test.each([
    ['a stop', 'fuzz-c', { stopLossRatio: 0.0004, takeProfitRatio: 0.0008 }, 'stop'],
    ['a trailing stop', 'fuzz-b', { stopLossRatio: 0.0008, trailingRatio: 0.0006 }, 'trailing'],
  ] as const)('EXE-13 PAIN-12 %s that rests at the venue: placed, amended, set off and canceled alike', (_, seed, levels, kind) => {
    const session = record(seed, 'market', '250', '10000', { ...UNPROTECTED, ...levels, native: true })
    const lived = outcomeOf(session.world.entries())
    const { outcome, result } = replay(session)
    const stops = new Set(
      lived.orders.map((order) => order as JsonObject).flatMap((order) => (order['type'] === 'stop' ? [order['correlationId']] : [])),
    )
    expect(lived.fills.filter((fill) => stops.has((fill as JsonObject)['correlationId'])).length).toBeGreaterThan(0)
    expect(outcome.exits).toEqual(lived.exits)
    expect(outcome.orders).toEqual(lived.orders)
    expect(outcome.fills).toEqual(lived.fills)
    expect(result.report.events.exits?.[kind]).toBeGreaterThan(1)
    expect(result.log).toEqual([])
  })

  test('PAIN-12 what F1 cannot know: what stands behind the best quote, and a fee tier that moves with the volume', () => {
    const session = record('pain-12-market', 'market', '80000', '90000')
    const lived = outcomeOf(session.world.entries())
    const { outcome } = replay(session)
    const first = lived.orders[0] as JsonObject
    const fillsOf = ({ fills }: Outcome) => fills.filter((fill) => (fill as JsonObject)['correlationId'] === first['correlationId'])
    // The venue has more than one level, the recording only the first: the same price, as much of the order as stood there.
    expect(outcome.orders[0]).toEqual(first)
    expect(fillsOf(lived).length).toBeGreaterThan(1)
    expect(fillsOf(outcome)).toEqual(fillsOf(lived).slice(0, 1))
    // The venue charged less for what came after so much volume; a backtest has the rates that the instrument had.
    const [before, after] = [lived, outcome].map(({ fills }) => fills.at(-1) as JsonObject)
    const rateOf = (fill: JsonObject | undefined) => Number(fill?.['feeQuantity']) / Number(fill?.['cost'])
    expect(rateOf(before)).toBeLessThan(0.003)
    expect(rateOf(after)).toBeCloseTo(Number(session.instrument.takerFeeBps) / 10_000, 6)
  })
})
