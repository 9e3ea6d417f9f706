// A company at rest in virtual time, and what is said of the books that it trades by.
import { describe, expect, test } from 'bun:test'
import { decimal } from '#domain/decimal'
import { instrumentId, venueId } from '#domain/ids'
import { marketFindings } from '#sim/world/market'
import { atRest } from '#test/company/rest'
import { World } from '#test/company/world'

const BTC = instrumentId('BTC-USD@kraken')
const NO_BOOK = 'BTC-USD@kraken has no book, and its market is traded on'
const KRAKEN = venueId('kraken')
/** Longer than a stream may be silent unnoticed, ms. */
const NOTICED_MS = 10_000

function rested(seed: string, stepMs = 1_000): World {
  const world = new World({ seed, emulator: { stepMs, tradeEveryMs: 15_000 } }).start()
  atRest(world.trading().run(60_000))
  expect(marketFindings(world)).toEqual([])
  return world
}

describe('I4 at rest the books are the venue’s', () => {
  test('a book that is gone for good, or shows another market, is found', () => {
    const world = rested('gone')
    const { market } = world.company
    const book = market.book.bind(market)
    market.book = () => null
    expect(marketFindings(world)).toEqual([NO_BOOK])
    const old = book(BTC)
    market.book = () => old
    world.run(60_000)
    expect(marketFindings(world)).toEqual([expect.stringContaining('the book of BTC-USD@kraken is')])
    world.close()
  })

  test('a venue that is lost meanwhile is not traded on and shows no book; back again it is judged again', () => {
    const world = rested('lost')
    world.network.setUp('kraken.sim', false)
    world.network.cutSockets()
    world.run(5_000)
    expect(world.company.venues.get(KRAKEN)?.isTradable).toBe(false)
    expect(world.company.market.book(BTC)).toBeNull()
    expect(marketFindings(world)).toEqual([])
    world.network.setUp('kraken.sim', true)
    world.until('the venue is back', () => world.company.venues.get(KRAKEN)?.isTradable === true)
    expect(marketFindings(world)).toEqual([])
    world.company.market.book = () => null
    expect(marketFindings(world)).toEqual([NO_BOOK])
    world.close()
  })

  test('a stream that has just fallen silent has its time to be found out', () => {
    const world = rested('silent')
    world.fate = ({ carrier, direction }) =>
      carrier === 'socket' && direction === 'down' ? { kind: 'drop' } : { kind: 'carry', extraMs: 0 }
    world.run(1_500)
    expect(world.company.market.book(BTC)).not.toBeNull()
    expect(marketFindings(world)).toEqual([])
    expect(world.company.venues.get(KRAKEN)?.isTradable).toBe(false)
    world.close()
  })

  test('a market in which nobody quotes, as after a change of the price step while it was closed, has no book to show', () => {
    const world = rested('unquoted', 15_000)
    world.until('just after a step of the market', () => world.clock.now() % 15_000 < 1_000, 20_000, 500)
    world.emulator.setPairStatus('BTC/USD', 'cancelOnly')
    world.emulator.setTickSize('BTC/USD', decimal('0.5'))
    world.run(1_000)
    world.emulator.setPairStatus('BTC/USD', 'online')
    world.run(1_000)
    expect(world.emulator.book('BTC/USD', 1)).toMatchObject({ bids: [], asks: [] })
    expect(world.company.venues.get(KRAKEN)?.isTradable).toBe(true)
    expect(world.company.market.book(BTC)).toBeNull()
    expect(marketFindings(world)).toEqual([])
    world.run(NOTICED_MS + 15_000)
    expect(world.company.market.book(BTC)).not.toBeNull()
    expect(marketFindings(world)).toEqual([])
    world.close()
  })
})
