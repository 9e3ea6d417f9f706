// The whole company in virtual time: open positions at the price of the book.
import { expect, setDefaultTimeout, test } from 'bun:test'
import { add, decimal, multiply, subtract, sum } from '#domain/decimal'
import { mustExist } from '#domain/errors'
import { place } from './intents'
import { quietBot, World } from './world'

setDefaultTimeout(60_000)

test('PFL-03 what is open is valued at the book’s price, anew within 10 s though nothing fills; exposure is the sum of size × mark', () => {
  const bots = [quietBot('tester'), quietBot('other', 'ETH-USD@kraken')]
  const world = new World({ bots, emulator: { stepMs: 1_000, tradeEveryMs: 15_000 } }).start().trading().run(5_000)
  for (const [bot, target] of [
    ['tester', '0.006'],
    ['other', '0.1'],
  ] as const) {
    const record = place(world, { bot, target })
    world.until('it is bought', () => world.statusOf(record.clientOrderId) === 'FILLED', 30_000)
  }
  const { portfolio, market } = world.company
  const markOf = (id: string) => mustExist(market.mid(id as never), `no mid of ${id}`)
  const worth = () => add(multiply(decimal('0.006'), markOf('BTC-USD@kraken')), multiply(decimal('0.1'), markOf('ETH-USD@kraken')))
  for (const factor of [0.97, 1.02]) {
    const before = { equity: portfolio.equity, worth: worth(), unrealized: portfolio.performance(null).unrealizedPnl }
    world.emulator.shiftPrice('BTC/USD', factor)
    world.run(10_000)
    const fell = subtract(worth(), before.worth)
    expect(Math.sign(Number(fell))).toBe(Math.sign(factor - 1))
    // Kept figures are at most 10 s old: nearly all of the shift is in them; what is worked out on demand has all of it.
    expect(Number(subtract(portfolio.equity, before.equity)) / Number(fell)).toBeCloseTo(1, 1)
    expect(subtract(portfolio.performance(null).unrealizedPnl, before.unrealized)).toBe(fell)
    expect(sum([...portfolio.netPositions()].map((position) => portfolio.valueOf(position) ?? decimal('0')))).toBe(worth())
  }
  world.close()
})
