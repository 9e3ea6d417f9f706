// The whole company in virtual time against an emulator that shows wrong balances.
import { afterEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { assetsInFlight } from '#actors/desk/in-flight'
import { venueId } from '#domain/ids'
import { place, priceAt, rest, wish } from './intents'
import { expectReplayEqual } from './replayed'
import { OPERATOR, quietBot, World } from './world'

const KRAKEN = venueId('kraken')

setDefaultTimeout(60_000)

let world: World
afterEach(() => world.close())

/** A company that holds bitcoin and ether. */
function ready(): World {
  world = new World({ bots: [quietBot('tester'), quietBot('other', 'ETH-USD@kraken')] }).start().trading().run(20_000)
  for (const [bot, target] of [
    ['tester', '0.01'],
    ['other', '0.2'],
  ] as const) {
    const record = place(world, { bot, target })
    world.until('it is bought', () => world.statusOf(record.clientOrderId) === 'FILLED')
  }
  return world.run(31_000)
}

function wrong(asset: string, delta: string): void {
  world.emulator.faults.add({ kind: 'wrongBalance', id: `wrong ${asset}`, asset, delta })
}

const hasDrift = () => world.company.synchroniser.hasDrift
const drifting = () => world.company.synchroniser.driftLines.map(({ asset }) => asset as string).sort()
const hitsOf = (id: string) => world.emulator.faults.list().find((fault) => fault.id === id)?.hits ?? 0

describe('drift', () => {
  test('PFL-08 two readings a settle time apart must agree: the second is asked for by itself, and the asset is told', () => {
    ready()
    wrong('USD', '-50')
    world.until('it was read', () => hitsOf('wrong USD') > 0, 60_000)
    const firstMs = world.clock.timeLineMs
    expect(hasDrift()).toBe(false)
    world.until('drift is found', hasDrift, 60_000)
    expect(world.clock.timeLineMs - firstMs).toBeGreaterThanOrEqual(10_000)
    expect(world.clock.timeLineMs - firstMs).toBeLessThan(13_000)
    const [entry] = world.entries('drift.found')
    expect(entry?.payload['lines']).toMatchObject([{ asset: 'USD', value: '50' }])
    expect(world.logged.filter(({ message }) => message === 'books and venue differ')).toHaveLength(1)
    expect(drifting()).toEqual(['USD'])
    expectReplayEqual(world)
  })

  test('PFL-08 a difference that is gone at the second reading was none', () => {
    ready()
    wrong('USD', '-50')
    world.until('it was read', () => hitsOf('wrong USD') > 0, 60_000)
    world.emulator.faults.clear('all')
    world.run(120_000)
    expect(world.entries('drift.found')).toEqual([])
    expect(world.alertCodes()).not.toContain('DRIFT')
  })

  test('PFL-08 a reading says nothing of assets with an order in doubt, and all of the others', () => {
    ready()
    const { orders, market } = world.company
    const flying = () => [...assetsInFlight(orders, KRAKEN, (instrumentId) => market.findInstrument(instrumentId))].map(String).sort()
    const bid = rest(world, '0.4', { bot: 'other' })
    expect(flying()).toEqual([]) // what merely rests is not in flight
    world.control.cancelOrder(bid.clientOrderId, OPERATOR)
    world.until('it is canceled', () => world.company.orders.isTerminal(bid))
    world.emulator.faults.add({ kind: 'lostReply', id: 'lost', methods: ['add_order'], withholdEvents: true })
    const methods = ['OpenOrders', 'ClosedOrders', 'TradesHistory', 'QueryOrders']
    world.emulator.faults.add({ kind: 'apiError', id: 'mute', methods, text: 'EService:Busy' })
    wish(world, { target: '0.02', price: priceAt(world, -100), postOnly: true })
    world.until('the order is in doubt', () => flying().length > 0)
    wrong('BTC', '0.3')
    world.run(120_000)
    expect([flying(), drifting()]).toEqual([['BTC', 'USD'], []])
    world.emulator.faults.clear(['wrong BTC'])
    wrong('ETH', '0.5')
    world.run(60_000)
    expect([flying(), drifting()]).toEqual([['BTC', 'USD'], ['ETH']])
    world.emulator.faults.clear(['lost', 'mute', 'wrong ETH'])
    world.until('the doubt is over', () => flying().length === 0, 120_000)
    wrong('BTC', '0.3')
    world.run(60_000)
    expect(drifting()).toEqual(['BTC'])
    expect(world.runtime.monitors.breaches).toEqual([])
  })

  test('PFL-08 what was believed before a crash is believed after it, until a reading shows it gone', () => {
    ready()
    wrong('USD', '-50')
    world.until('drift is found', hasDrift, 60_000)
    world.crash().start()
    expect(hasDrift()).toBe(true)
    world.run(5_000)
    expect(world.control.portfolio()).toMatchObject({ hasDrift: true, driftDetails: [{ asset: 'USD' }] })
    world.emulator.faults.clear('all')
    world.until('drift is gone', () => !hasDrift(), 60_000)
    expect(world.entries('drift.gone')).toHaveLength(1)
    world.crash().start()
    expect(hasDrift()).toBe(false)
  })
})
