// The whole company in virtual time: what its bots are lent at their first start, and what sizes are parts of.
import { expect, setDefaultTimeout, test } from 'bun:test'
import { accountId, botId, instrumentId, type VenueId } from '#domain/ids'
import { subAccountOf, TREASURY } from '#domain/sub-account'
import { assetCode } from '#domain/ids'
import { TwoVenues } from './two-venues'
import { OPERATOR, quietBot, World } from './world'

setDefaultTimeout(60_000)

const USD = assetCode('USD')
const A = botId('a')

test('PAIN-19 a bot is lent its capital on the account of its venue alone', () => {
  const world = new TwoVenues({ a: 'BTC-USD@kraken', c: 'BTC-USD@other' }).start()
  const { portfolio, accountOf } = { portfolio: world.company.portfolio, accountOf: (id: string) => world.company.accountOf(id as VenueId) }
  const lent = (bot: string, venue: string) => portfolio.ledger.held(accountOf(venue), subAccountOf(botId(bot)), USD) as string
  expect([lent('a', 'kraken'), lent('a', 'other'), lent('c', 'kraken'), lent('c', 'other')]).toEqual(['10000', '0', '0', '10000'])
  expect(portfolio.ledger.totals(subAccountOf(A)).flows as string).toBe('10000')
  world.close()
})

test('PAIN-19 more capital than the treasury holds is refused at the start, and nothing is lent', () => {
  const bots = ['a', 'b'].map((id) => ({ ...quietBot(id), capital: '80000' }))
  const world = new World({ bots }).start()
  world.run(30_000)
  expect(world.company.director.state).not.toBe('TRADING')
  const { note, error } = world.company.director.actor.getSnapshot().context
  expect(`${note} ${JSON.stringify(error)}`).toContain('capital = 160000 USD together, but the treasury of main@kraken holds 100000 USD')
  const { ledger } = world.company.portfolio
  expect(ledger.held(accountId('main@kraken'), TREASURY, USD) as string).toBe('100000')
  world.close()
})

test('RSK-04 RSK-07 sizes and stakes are parts of what a bot is lent now', () => {
  const world = new World({ bots: [quietBot('a')] }).start().trading().run(10_000)
  const means = () => world.company.facts.planFacts(A, instrumentId('BTC-USD@kraken')).means.capital as string
  expect(means()).toBe('10000')
  world.control.books.moveCapital({ from: 'a', to: 'treasury', amount: '9000', reason: 'a test' }, OPERATOR)
  expect(means()).toBe('1000')
  world.close()
})
