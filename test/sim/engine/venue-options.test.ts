import { describe, expect, test } from 'bun:test'
import { createEngine } from '#sim/engine/engine'
import type { EngineInstrument } from '#sim/engine/types'
import { VirtualClock } from '#sim/virtual-clock'
import { type Bench, balance, codeOf, d, OPTIONS, openBench, PAIR, placed, request, START_MS } from './fixture'

// Virtual time; what only some venues need of the engine: two wallets on one book, finer fills, price guards, auctions.

const FINE: EngineInstrument = { ...PAIR, fillScale: 12, costScale: 12, feeTiers: PAIR.feeTiers.slice(0, 1) }
const ASSETS = [
  { code: 'USD', scale: 12 },
  { code: 'USDC', scale: 12 },
  { code: 'AAA', scale: 12 },
]

function fineBench(instrument: Partial<EngineInstrument> = {}): Bench {
  return openBench({ assets: ASSETS, instruments: [{ ...FINE, ...instrument }] })
}

describe('settlement in another asset', () => {
  test('SIM-01 an order names its wallet: cost, fee and hold are of that asset, the book is the same', () => {
    const { engine } = fineBench()
    engine.deposit('alice', 'USDC', d('1000'))
    const buy = placed(engine, { limit: '400', volume: '2', settleIn: 'USDC' })
    // Hold: 2 × 400 × 1.002 (the dearer of both rates).
    expect(balance(engine, 'alice', 'USDC')).toEqual({ total: '1000', held: '801.6' })
    expect(balance(engine, 'alice', 'USD')).toEqual({ total: '10000', held: '0' })
    placed(engine, { accountId: 'bob', side: 'sell', limit: '400', volume: '2' })
    expect(engine.order(buy.orderId)?.status).toBe('filled')
    // Maker 0.1 % of 800 is 0.8 in USDC; bob gets his 800 less 1.6 in USD.
    expect(balance(engine, 'alice', 'USDC')).toEqual({ total: '199.2', held: '0' })
    expect(balance(engine, 'bob', 'USD')).toEqual({ total: '10798.4', held: '0' })
    for (const { accounts, house, fees, paidIn } of engine.totals()) {
      expect(Number(accounts) + Number(house) + Number(fees)).toBeCloseTo(Number(paidIn), 9)
    }
    expect(codeOf(engine.place(request({ limit: '400', volume: '1', settleIn: 'USDC' })))).toBe('insufficientFunds')
  })

  test('SIM-01 the wallet of an open order survives a restart', () => {
    const { engine } = fineBench()
    engine.deposit('alice', 'USDC', d('1000'))
    placed(engine, { limit: '400', volume: '2', settleIn: 'USDC' })
    const again = createEngine({ ...OPTIONS, assets: ASSETS, instruments: [FINE] }, new VirtualClock(START_MS))
    again.restore(engine.snapshot())
    expect(balance(again, 'alice', 'USDC')).toEqual({ total: '1000', held: '801.6' })
  })
})

describe('finer fills', () => {
  test('SIM-01 a buy sized in quote executes below the lot, the house quotes in lots', () => {
    const { engine } = fineBench()
    const desk = engine.house('AAA/USD')
    desk.quote('sell', 3_000, 1_000n)
    const order = placed(engine, { type: 'market', quantityIn: 'quote', volume: '100' })
    // 100 / 300 at twelve digits, down.
    expect(order.filledQuantity).toBe(d('0.333333333333'))
    expect(order.filledCost).toBe(d('99.9999999999'))
    expect(order.status).toBe('filled')
    expect(desk.quoted('sell', 3_000)).toBe(666n)
    expect(engine.bestAsk('AAA/USD')?.quantity).toBe(d('0.666666666667'))
  })
})

describe('price guard', () => {
  test('SIM-01 market and limit orders stop at the guard from the middle; the rest is canceled', () => {
    const { engine } = fineBench({ guardPercent: d('2') })
    const desk = engine.house('AAA/USD')
    desk.quote('buy', 990, 5_000n)
    desk.quote('sell', 1_010, 1_000n)
    desk.quote('sell', 1_020, 1_000n)
    desk.quote('sell', 1_040, 5_000n)
    // The middle is 100, and 100.5 once the first ask is gone: 2 % above it is 102.51.
    const market = placed(engine, { type: 'market', volume: '1.5' })
    expect([market.status, market.filledQuantity]).toEqual(['filled', d('1.5')])
    const limit = placed(engine, { limit: '105', volume: '2' })
    expect([limit.status, limit.reason, limit.filledQuantity]).toEqual(['canceled', 'priceProtection', d('0.5')])
    const within = placed(engine, { limit: '101', volume: '1' })
    expect([within.status, within.filledQuantity]).toEqual(['open', d('0')])
  })
})

describe('self-trade by decrement', () => {
  test('SIM-01 takes the smaller from both and ends what is spent', () => {
    const { engine } = openBench()
    const resting = placed(engine, { side: 'sell', limit: '100', volume: '3' })
    const taker = placed(engine, { limit: '100', volume: '1', selfTrade: 'decrement' })
    expect([taker.status, taker.reason]).toEqual(['canceled', 'selfTrade'])
    expect(engine.order(resting.orderId)?.quantity).toBe(d('2'))
    expect(balance(engine, 'alice', 'AAA').held).toBe('2')
    const bigger = placed(engine, { limit: '100', volume: '5', selfTrade: 'decrement' })
    expect([bigger.status, bigger.quantity]).toEqual(['open', d('3')])
    expect(engine.order(resting.orderId)).toMatchObject({ status: 'canceled', reason: 'selfTrade' })
    expect(engine.fills('alice')).toHaveLength(0)
    expect(balance(engine, 'alice', 'USD').held).toBe('300.6')
  })
})

describe('auction', () => {
  test('SIM-01 collects crossing limits, refuses what takes, and trades in time priority at the opening', () => {
    const { engine } = openBench()
    engine.setCollecting('AAA/USD', true)
    const sell = placed(engine, { accountId: 'bob', side: 'sell', limit: '100', volume: '2' })
    const buy = placed(engine, { limit: '101', volume: '3' })
    expect([engine.order(sell.orderId)?.status, engine.order(buy.orderId)?.status]).toEqual(['open', 'open'])
    expect(engine.fills('alice')).toHaveLength(0)
    expect(codeOf(engine.place(request({ type: 'market', volume: '1' })))).toBe('instrumentStatus')
    expect(codeOf(engine.place(request({ limit: '90', volume: '1', postOnly: true })))).toBe('instrumentStatus')
    expect(engine.house('AAA/USD').isOpen()).toBe(false)
    engine.setCollecting('AAA/USD', false)
    expect(engine.order(sell.orderId)?.status).toBe('filled')
    expect(engine.order(buy.orderId)).toMatchObject({ status: 'open', filledQuantity: d('2') })
  })
})
