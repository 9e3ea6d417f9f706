// The whole company in virtual time against the emulator: manual trades, other programs, dust, lots, drift, snapshots.
import { afterEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { absolute, add, decimal, divide, multiply, subtract, sum, ZERO } from '#domain/decimal'
import { mustExist } from '#domain/errors'
import { botId, instrumentId, strategyId } from '#domain/ids'
import { EXTERNAL, externalOf, subAccountOf, TREASURY } from '#domain/sub-account'
import { bookedBalances, venueBalances } from '#sim/world/books'
import { expectAgreement } from './agree'
import { place, priceAt } from './intents'
import { expectRecomputed } from './recomputed'
import { expectReplayEqual } from './replayed'
import { atRest, check } from './rest'
import { type BotConfig, OPERATOR, quietBot, World, type WorldOptions } from './world'

const BTC = instrumentId('BTC-USD@kraken')
const TESTER = subAccountOf(botId('tester'))

setDefaultTimeout(60_000)

let world: World
afterEach(() => world.close())

function ready(options: WorldOptions = {}): World {
  world = new World(options).start().trading().run(20_000)
  return world
}

function withPortfolio(change: Partial<World['config']['portfolio']>): WorldOptions {
  return { config: (config) => ({ ...config, portfolio: { ...config.portfolio, ...change } }) }
}

/** Moves a bot's position to a target and runs until the order is filled. */
function trade(target: string, bot = 'tester'): void {
  const record = place(world, { target, bot })
  world.until(`${bot} holds ${target}`, () => world.statusOf(record.clientOrderId) === 'FILLED', 20_000)
  world.run(3_000)
}

function byHand(change: Partial<Parameters<World['placeByHand']>[0]> = {}): void {
  const answer = world.placeByHand({
    pair: 'XBTUSD',
    side: 'buy',
    quantity: '0.01',
    price: String(priceAt(world, 100)),
    postOnly: false,
    ...change,
  })
  expect(answer).toContain('"error":[]')
  world.run(3_000)
}

describe('manual trades and other programs', () => {
  test('PFL-10 a trade by hand is manual: in balances, positions and cost basis, and a part of its own', () => {
    ready()
    byHand()
    const { ledger, scores } = world.company.portfolio
    expect(ledger.netQuantityOf(EXTERNAL, BTC)).toBe(decimal('0.01'))
    expect(scores.trades[0]).toMatchObject({ strategyId: null, botId: null, userref: null, subAccount: EXTERNAL, side: 'buy' })
    expect(scores.cells({ subAccount: null, includesManual: false })).toEqual([])
    expect(scores.cells({ subAccount: null, includesManual: true }).map(({ trades }) => trades)).toEqual([1])
    check(world)
    expect(bookedBalances(world)).toEqual(venueBalances(world))
    expectReplayEqual(world)
  })

  test('PFL-10 VEN-04 what bears a known number is of the strategy that it stands for, told by the stream or found after an outage', () => {
    ready(withPortfolio({ userrefs: { '1001': 'grid' } }))
    const grid = externalOf(strategyId('grid'))
    const held = () => [EXTERNAL, grid].map((part) => world.company.portfolio.ledger.netQuantityOf(part, BTC))
    byHand({ userref: 1001 })
    byHand({ userref: 2002, quantity: '0.02' })
    expect(held()).toEqual([decimal('0.02'), decimal('0.01')])
    world.crash()
    whileAway({ userref: 1001, quantity: '0.003' })
    world.run(10_000).start().trading().run(5_000)
    expect(held()).toEqual([decimal('0.02'), decimal('0.013')])
    expect(world.company.portfolio.scores.trades.map(({ userref, strategyId: tag }) => [userref, tag])).toEqual([
      [1001, 'grid'],
      [2002, null],
      [1001, 'grid'],
    ] as never)
    check(world)
    expect(bookedBalances(world)).toEqual(venueBalances(world))
    expectReplayEqual(world)
  })

  test('PFL-10 an open order of another program is shown under its strategy', () => {
    ready(withPortfolio({ userrefs: { '1001': 'grid' } }))
    byHand({ userref: 1001, price: String(priceAt(world, -200)), postOnly: true })
    world.run(10_000)
    expect(world.control.orders({ status: 'open', botId: null, limit: 10 }).map((order) => order.strategyId)).toEqual(['grid'])
  })

  test('PFL-10 OBS-04 transfers and manual trades that move the portfolio notably are told of, small ones together; rewards and our own trades are not', () => {
    ready(withPortfolio({ externalActivityRatio: 0.05 }))
    const told = () => world.alerts.filter(({ code }) => code === 'EXTERNAL_ACTIVITY').map(({ text }) => text)
    trade('0.01')
    const equity = Number(world.control.portfolio().equity)
    const deposit = (share: number) => {
      world.emulator.deposit('main', 'USD', decimal((equity * share).toFixed(2)))
      world.run(2_000)
    }
    deposit(0.03)
    expect(told()).toEqual([])
    deposit(0.03)
    expect(told()).toEqual([
      expect.stringMatching(/^external activity changed the portfolio by 6\.0 %: a deposit of .* USD, a deposit of /),
    ])
    deposit(0.03)
    world.run(3_700_000)
    deposit(0.03)
    expect(told()).toHaveLength(1)
    byHand({ quantity: '0.2' })
    expect(told()).toHaveLength(2)
    expect(told()[1]).toContain('a manual buy of')
    expect(world.entries('portfolio.externalActivity')).toHaveLength(2)
  })
})

/** By hand while the company is away: nothing can be asked of it. */
function whileAway(change: Partial<Parameters<World['placeByHand']>[0]>): void {
  const best = mustExist(world.emulator.record().accounts[0]?.fills[0], 'no fill yet').price
  const price = (Number(best) * 1.01).toFixed(1)
  expect(world.placeByHand({ pair: 'XBTUSD', side: 'buy', quantity: '0.01', price, postOnly: false, ...change })).toContain('"error":[]')
}

describe('fees and dust', () => {
  test('PAIN-10 a fee that the venue takes in base comes off the position, and books and venue agree to the last digit', () => {
    ready()
    byHand({ feeInBase: true })
    const fill = mustExist(world.account().fills[0], 'nothing was bought')
    expect(fill.feeAsset).toBe('BTC')
    const { ledger } = world.company.portfolio
    expect(ledger.netQuantityOf(EXTERNAL, BTC)).toBe(
      subtract(sum(world.account().fills.map((one) => one.quantity)), sum(world.account().fills.map((one) => one.fee))),
    )
    check(world)
    expect(bookedBalances(world)).toEqual(venueBalances(world))
  })

  test('PAIN-10 a remainder below the minimum closes the position as dust: realised at mark, its trade over, the coins the treasury’s', () => {
    ready()
    trade('0.02')
    trade('0.00002') // less than an order may be for: 0.00005
    const { portfolio } = world.company
    expect(portfolio.positionOf(botId('tester'), BTC)).toBe(decimal('0.00002'))
    const before = portfolio.performance(null)
    world.until(
      'the dust is swept',
      () => world.entries('ledger.posted').some((entry) => JSON.stringify(entry.payload).includes('"kind":"dust"')),
      30_000,
    )
    expect([...portfolio.netPositions()]).toEqual([])
    expect(portfolio.ledger.held(world.company.accountOf('kraken' as never), TREASURY, 'BTC' as never)).toBe(decimal('0.00002'))
    expect(portfolio.scores.trips({ subAccount: TESTER, includesManual: false })).toMatchObject({ closed: 1 })
    expect(portfolio.ledger.position(TESTER, BTC)).toMatchObject({ netQuantity: ZERO, cost: ZERO, costValue: ZERO })
    const after = portfolio.performance(null)
    expect(after.fees).toBe(before.fees)
    expect(sum([after.flows, after.realizedPnl, after.unrealizedPnl])).toBe(after.equity)
    atRest(world)
    expectAgreement(world, true)
    expectReplayEqual(world)
    world.crash().start().run(20_000)
    expect([...world.company.portfolio.netPositions()]).toEqual([])
    expect(world.runtime.monitors.breaches).toEqual([])
  })

  test('PAIN-10 nothing is dust while an order works on its line, nor where it is switched off', () => {
    ready()
    const dust = decimal('0.00002')
    const position = () => world.company.portfolio.positionOf(botId('tester'), BTC)
    trade('0.02')
    const sold = place(world, { target: '0.00002' })
    world.until('sold', () => world.statusOf(sold.clientOrderId) === 'FILLED')
    const bid = place(world, { target: '0.01', price: priceAt(world, -300), postOnly: true })
    world.run(60_000)
    expect([world.statusOf(bid.clientOrderId), position()]).toEqual(['OPEN', dust])
    world.control.cancelOrder(bid.clientOrderId, OPERATOR)
    world.until('the dust is swept', () => position() === ZERO, 30_000)
    world.close()
    ready(withPortfolio({ closeDust: false }))
    trade('0.02')
    trade('0.00002')
    world.run(60_000)
    expect(position()).toBe(dust)
  })
})

describe('first in, first out', () => {
  function tradeInLots(): void {
    trade('0.005')
    world.run(600_000)
    trade('0.01')
    world.run(600_000)
    trade('0.004')
  }

  test('PFL-03 the company keeps its books by FIFO where it is told to, and over crash, stop and restart', () => {
    ready(withPortfolio({ costBasis: 'fifo' }))
    tradeInLots()
    expectRecomputed(world)
    world.crash().start().trading()
    expectRecomputed(world)
    trade('0.002')
    atRest(world)
    expectAgreement(world, true)
    expectReplayEqual(world)
    expect(world.stop()).toEqual({ exitCode: 0, error: null })
    world.start()
    expect(world.company.portfolio.ledger.method).toBe('fifo')
    expectRecomputed(world)
    expect(world.runtime.monitors.breaches).toEqual([])
  })

  test('PFL-03 a change of the method re-books the whole journal, snapshot or not, and back again', () => {
    ready()
    tradeInLots()
    const average = world.company.portfolio.ledger.position(TESTER, BTC)
    world.stop()
    const kept = world.config
    const restart = (costBasis: 'wac' | 'fifo') => {
      Object.assign(world, { config: { ...kept, portfolio: { ...kept.portfolio, costBasis } } })
      world.start().trading()
    }
    restart('fifo')
    expectRecomputed(world)
    expect(world.company.portfolio.ledger.position(TESTER, BTC)?.cost).not.toBe(mustExist(average, 'no position').cost)
    expectReplayEqual(world)
    world.stop()
    restart('wac')
    expect(world.company.portfolio.ledger.position(TESTER, BTC)).toEqual(average)
  })
})

describe('attribution', () => {
  test('PFL-12 PFL-03 what is attributed adds up to the books to the last digit, with slippage from the mid that was planned on', () => {
    const bots: BotConfig[] = [quietBot('tester'), quietBot('other', 'ETH-USD@kraken')]
    ready({ bots })
    trade('0.01')
    trade('0.5', 'other')
    trade('0.004')
    trade('0', 'other')
    byHand()
    const { ledger, scores } = world.company.portfolio
    const cells = scores.cells({ subAccount: null, includesManual: true })
    expect(sum(cells.map(({ realized }) => realized))).toBe(ledger.totals(null).realized)
    expect(sum(cells.map(({ fees }) => fees))).toBe(ledger.totals(null).fees)
    expect(sum(cells.map(({ notional }) => notional))).toBe(sum(world.account().fills.map(({ cost }) => cost)))
    expect(cells.reduce((count, { trades }) => count + trades, 0)).toBe(world.account().fills.length)
    const own = scores.cells({ subAccount: TESTER, includesManual: false })
    let slippage = ZERO
    for (const entry of world.entries('order.filled')) {
      const { trade: one } = entry.payload['posting'] as {
        trade: { subAccount: string; side: string; price: never; quantity: never; arrivalMid: never }
      }
      if (one.subAccount !== TESTER) continue
      const beyond = one.side === 'buy' ? subtract(one.price, one.arrivalMid) : subtract(one.arrivalMid, one.price)
      slippage = add(slippage, multiply(beyond, one.quantity))
    }
    expect(sum(own.map((cell) => cell.slippage))).toBe(slippage)
    expect(Number(divide(absolute(slippage), sum(own.map((cell) => cell.arrival))))).toBeLessThan(0.02)
    expect(scores.trips({ subAccount: subAccountOf(botId('other')), includesManual: false }).closed).toBe(1)
  })
})
