// The whole company in virtual time: somebody trades by hand on the account, on markets that no bot of ours trades.
import { expect, setDefaultTimeout, test } from 'bun:test'
import { decimal, divide } from '#domain/decimal'
import { mustExist } from '#domain/errors'
import { assetCode, instrumentId } from '#domain/ids'
import { done, place } from './intents'
import { quietBot, World } from './world'

setDefaultTimeout(60_000)

const BTC_USD = instrumentId('BTC-USD@kraken')
const ETH_USD = instrumentId('ETH-USD@kraken')
const buyEth = (world: World, quantity = '14') => {
  const answer = world.placeByHand({ pair: 'ETHUSD', side: 'buy', quantity, price: '3500', postOnly: false })
  expect(answer).toContain('"error":[]')
}
const holding = (world: World) => [...world.company.board.holding()].map(({ breakerId }) => breakerId)
const valueHeld = (world: World) => Number(world.control.risk().exposures.find(({ scope }) => scope === 'held')?.current)

test('RSK-12 RSK-08 a buy by hand on a market that no bot trades is no loss, and the caps see it', () => {
  const world = new World({ bots: [quietBot('tester')] }).start().trading().run(10_000)
  const before = Number(world.company.portfolio.equity)
  buyEth(world)
  world.run(60_000)
  expect(world.account().fills.length).toBeGreaterThan(0)
  expect(world.company.market.mid(ETH_USD)).not.toBeNull()
  // Only the fee, the spread and what the market did since are gone.
  expect(Number(world.company.portfolio.refresh().equity) / before).toBeGreaterThan(0.98)
  expect(holding(world)).toEqual([])
  expect(world.company.killSwitch.isActive).toBe(false)
  expect(world.company.portfolio.drawdown?.ratioMax).toBeLessThan(0.02)
  expect(valueHeld(world)).toBeGreaterThan(30_000)
  const [order] = done(world, { target: '0.01' })?.results ?? []
  expect(order).toMatchObject({ kind: 'blocked', code: 'total_at_risk' })
  world.close()
})

test('RSK-12 what was bought by hand is priced after a restart too, before anything trades', () => {
  const world = new World({ bots: [quietBot('tester')] }).start().trading().run(10_000)
  buyEth(world)
  world.run(60_000)
  const before = Number(world.company.portfolio.refresh().equity)
  world.crash()
  world.start().trading()
  expect(Number(world.company.portfolio.refresh().equity) / before).toBeGreaterThan(0.98)
  world.run(30_000)
  expect(holding(world)).toEqual([])
  expect(valueHeld(world)).toBeGreaterThan(30_000)
  world.close()
})

test('RSK-12 MKT-05 while no price comes, drawdowns are not judged, the caps count what was paid, and health says so', () => {
  const world = new World({ bots: [quietBot('tester')] }).start().trading().run(10_000)
  world.company.market.onQuote = ((onQuote) => (quote) => {
    if (quote.instrumentId !== ETH_USD) onQuote.call(world.company.market, quote)
  })(world.company.market.onQuote)
  buyEth(world)
  world.run(60_000)
  expect(world.company.prices.priceless()).toEqual([assetCode('ETH')])
  expect(world.company.drawdowns.company).toBeNull()
  expect(holding(world)).toEqual([])
  expect(world.company.portfolio.drawdown?.ratioMax).toBeLessThan(0.02)
  expect(valueHeld(world)).toBeGreaterThan(30_000)
  expect(done(world, { target: '0.01' })?.results[0]).toMatchObject({ kind: 'blocked', code: 'total_at_risk' })
  expect(world.control.health().problems.join()).toContain('ETH is held and has no price')
  world.close()
})

test('RSK-08 a bot’s fall is judged though books and company equity are what they were: prices alone make it', () => {
  const world = new World({ bots: [quietBot('tester')] }).start().trading().run(10_000)
  const { spec } = mustExist(world.company.botOf('tester'), 'no bot')
  place(world, { target: '0.02' })
  world.run(10_000)
  const { portfolio, drawdowns, market } = world.company
  const still = portfolio.refresh()
  portfolio.refresh = () => still // somebody else won what this bot loses
  const look = () => {
    drawdowns.look(world.clock.now(), null)
    return mustExist(drawdowns.bot(spec.botId), 'not judged').equity
  }
  const before = look()
  const quote = mustExist(market.quote(BTC_USD), 'no quote')
  market.onQuote({ ...quote, bidPrice: divide(quote.bidPrice, decimal('2')), askPrice: divide(quote.askPrice, decimal('2')) })
  expect(Number(look())).toBeLessThan(Number(before) - 100)
  world.close()
})

test('RSK-12 MKT-05 an order in a currency without a price is blocked, one that only reduces is not', () => {
  const world = new World({ bots: [quietBot('tester')] }).start().trading().run(10_000)
  place(world, { target: '0.002' })
  world.run(10_000)
  const { portfolio } = world.company
  const rateOf = portfolio.rateOf.bind(portfolio)
  portfolio.rateOf = (asset) => (asset === 'USD' ? null : rateOf(asset))
  expect(done(world, { target: '0.004' })?.results[0]).toMatchObject({ kind: 'blocked', code: 'market_data_unavailable' })
  expect(done(world, { target: '0' })?.results[0]).toMatchObject({ kind: 'sent' })
  world.close()
})
