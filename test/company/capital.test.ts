// The whole company in virtual time against the emulator: several strategies on one account, each with a sub-account of its own.
import { afterEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { add, type Decimal, decimal, sum, ZERO } from '#domain/decimal'
import { CommandRefusedError, NotFoundError } from '#domain/errors'
import { bookedBalances, subAccountFindings, venueBalances } from '#sim/world/books'
import { expectAgreement } from './agree'
import { done, place, priceAt, rest } from './intents'
import { expectReplayEqual } from './replayed'
import { atRest } from './rest'
import { busyBot, OPERATOR, quietBot, World } from './world'

setDefaultTimeout(60_000)

let world: World
afterEach(() => world.close())

/** Two strategies on one pair and a third on another, all on one account. */
const BOTS = [
  busyBot('maker', 'BTC-USD@kraken', {
    cycleMs: 2_000,
    parameters: { stepMs: 2_000, awayBps: 0.5, notionalSmall: 120, notionalLarge: 260 },
  }),
  { ...quietBot('swing', 'BTC-USD@kraken'), capital: '5000' },
  busyBot('ether', 'ETH-USD@kraken', {
    cycleMs: 3_000,
    parameters: { stepMs: 3_000, awayBps: 0.5, notionalSmall: 120, notionalLarge: 260 },
  }),
]

const LOOSE = (config: World['config']): World['config'] => ({
  ...config,
  risk: { ...config.risk, dailyNotionalMax: '100000000', assetRatioMax: 0.3, positionRatioMax: 0.3, strategyRatioMax: {} },
  breakers: { ...config.breakers, consecutiveLosses: 1_000_000, dailyLossRatio: 0.9 },
})

function ready(): World {
  world = new World({ seed: 'parts', bots: BOTS, config: LOOSE }).start().trading()
  return world
}

const equities = () => Object.fromEntries(world.control.books.subAccounts().map(({ name, equity }) => [name, equity as Decimal]))
const move = (from: string, to: string, amount: string) => world.control.books.moveCapital({ from, to, amount, reason: 'a test' }, OPERATOR)

describe('several strategies on one account', () => {
  test('PAIN-19 I12 the sub-accounts add up to the account at every posting, and to the venue’s balances whenever they are compared', () => {
    ready()
    let postings = 0
    const wrong: string[] = []
    const follow = () =>
      world.company.portfolio.onPosting(() => {
        postings++
        wrong.push(...subAccountFindings(world))
      })
    follow()
    for (let round = 0; round < 6; round++) {
      const record = place(world, { bot: 'swing', target: round % 2 === 0 ? '0.02' : '0' })
      world.until('swing is done', () => world.company.orders.isTerminal(record), 20_000)
      move('treasury', 'swing', '100')
      world.run(30_000)
      move('swing', 'treasury', '50.25')
      if (round === 3) {
        world.crash().start().trading()
        follow()
      }
    }
    expect(wrong).toEqual([])
    expect(postings).toBeGreaterThan(30)
    atRest(world)
    expectAgreement(world, true)
    expect(bookedBalances(world)).toEqual(venueBalances(world))
    const parts = world.control.books.subAccounts()
    expect(parts.map(({ name }) => name).sort()).toEqual(['ether', 'maker', 'swing', 'treasury'])
    expect(sum(Object.values(equities()))).toBe(world.company.portfolio.performance(null).equity)
    expectReplayEqual(world)
    expect(world.runtime.monitors.breaches).toEqual([])
  }, 60_000)

  test('PAIN-19 each has its own position on the pair that they share, and sells only what is its own', () => {
    ready()
    const bought = place(world, { bot: 'swing', target: '0.02' })
    world.until('bought', () => world.statusOf(bought.clientOrderId) === 'FILLED', 20_000)
    world.run(20_000)
    const held = world.control.positions().filter(({ instrumentId }) => instrumentId === 'BTC-USD@kraken')
    expect(held.find(({ botId }) => botId === 'swing')?.netQuantity).toBe('0.02')
    expect(held.map(({ botId }) => botId).sort()).toEqual(['maker', 'swing'])
  })
})

describe('capital', () => {
  test('PAIN-19 is lent and recalled: equity moves, the account’s does not, and neither side made a profit', () => {
    ready().company.pause('operator', 'for the figures')
    world.run(1_000)
    const before = equities()
    const whole = world.company.portfolio.performance(null)
    move('treasury', 'swing', '1234.5')
    move('maker', 'swing', '100')
    expect(equities()).toMatchObject({
      treasury: add(before['treasury'] ?? ZERO, decimal('-1234.5')),
      maker: add(before['maker'] ?? ZERO, decimal('-100')),
      swing: decimal('6334.5'),
    })
    expect(world.company.portfolio.performance(null)).toEqual(whole)
    expect(world.control.bots().find(({ botId }) => botId === 'swing')).toMatchObject({ equity: '6334.5', realizedPnl: '0' })
    expect(world.control.books.flows(3).map(({ kind, subAccount, amount }) => [kind, subAccount, amount])).toContainEqual([
      'allocation',
      'swing',
      '100',
    ])
    world.run(100)
    expect(world.entries('capital.moved').map(({ payload }) => payload['operator'])).toEqual(['test', 'test'])
    move('swing', 'treasury', '6334.5')
    expect(equities()['swing']).toBe(ZERO)
    world.run(100).crash().start().run(5_000)
    expect(equities()['swing']).toBe(ZERO)
  })

  test('PFL-01 PAIN-19 what working orders may still take is reserved and not free to recall, and comes free with them', () => {
    ready()
    const bid = rest(world, '0.02', { bot: 'swing', price: priceAt(world, -300, 'swing') })
    const free = () => world.control.books.subAccounts().find(({ name }) => name === 'swing')?.free ?? '0'
    const reserved = 5_000 - Number(free())
    expect(reserved).toBeGreaterThan(1_000)
    expect(() => move('swing', 'treasury', '4000')).toThrow(CommandRefusedError)
    world.control.cancelOrder(bid.clientOrderId, OPERATOR)
    world.until('it is canceled', () => world.company.orders.isTerminal(bid))
    expect(free()).toBe('5000')
    move('swing', 'treasury', '4000')
  })

  test('PAIN-19 nobody lends to himself, more than he has, or to somebody who is not there', () => {
    ready()
    expect(() => move('treasury', 'treasury', '1')).toThrow(CommandRefusedError)
    expect(() => move('swing', 'treasury', '5000.01')).toThrow(CommandRefusedError)
    expect(() => move('treasury', 'nobody', '1')).toThrow(NotFoundError)
    expect(() => move('external', 'swing', '1')).toThrow(NotFoundError)
    expect(() => move('treasury', 'swing', '0')).toThrow(CommandRefusedError)
    expect(world.entries('capital.moved')).toEqual([])
  })

  test('PAIN-19 a bot that was lent more may buy more at once: the gate reads its sub-account', () => {
    ready()
    const big = { bot: 'swing', target: '0.02' } as const
    move('swing', 'treasury', '4900')
    expect(done(world, big)?.results[0]).toMatchObject({ kind: 'blocked', code: 'insufficient_balance' })
    move('treasury', 'swing', '4900')
    expect(done(world, big)?.results[0]).toMatchObject({ kind: 'sent' })
  })
})
