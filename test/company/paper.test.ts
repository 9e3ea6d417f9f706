import { afterEach, expect, test } from 'bun:test'
import { decimal } from '#domain/decimal'
import type { VenueBalance } from '#ports/venue'
import { place, priceAt, rest } from './intents'
import { quietBot, World } from './world'

// Everything here runs in virtual time, against the public side of the emulator in the in-memory network.
const PRIVATE = /\/private\/|^\/auth/
const worlds: World[] = []

afterEach(() => {
  for (const world of worlds.splice(0)) world.close()
})

function paperWorld(mode: 'paper' | 'dry_run' = 'paper', over: object = {}) {
  const paths: string[] = []
  const world = new World({
    bots: [{ ...quietBot('tester'), capital: '4000' }],
    config: (config) => ({
      ...config,
      mode,
      risk: { ...config.risk, positionRatioMax: 1, assetRatioMax: 1, totalAtRiskRatioMax: 1, marketConcentrationRatioMax: 1 },
      paper: { ...config.paper, validateAtVenue: false, ...over },
    }),
  })
  worlds.push(world)
  world.onPassage = ({ path }) => paths.push(path)
  world.start().trading()
  return { world, paths }
}

function balancesOf(world: World): ReadonlyMap<string, VenueBalance> {
  let shown: readonly VenueBalance[] = []
  for (const host of world.company.venues.values())
    void host.venue.balances().then((balances) => {
      shown = balances
    })
  world.run(1)
  return new Map(shown.map((entry) => [String(entry.asset), entry]))
}

test('SIM-02 fills at the touch with slippage and fees, by public data alone (virtual time)', () => {
  const { world, paths } = paperWorld()
  expect(balancesOf(world).get('USD')?.total).toBe(decimal('5000'))
  const order = place(world, { target: '0.002' })
  world.run(2_000)
  expect(world.statusOf(order.clientOrderId)).toBe('FILLED')
  const [fill] = world
    .entries('paper.filled')
    .map(({ payload }) => payload['fill'] as { readonly price: string; readonly feeQuantity: string })
  expect(Number(fill?.price)).toBeGreaterThan(Number(order.proposal.arrivalMid))
  expect(Number(fill?.feeQuantity)).toBeGreaterThan(0)
  expect(balancesOf(world).get('BTC')?.total).toBe(decimal('0.002'))
  world.run(60_000)
  expect(world.company.synchroniser.hasDrift).toBe(false)
  expect(paths.filter((path) => PRIVATE.test(path))).toEqual([])
  expect(world.account().openOrders).toEqual([])
})

test('SIM-02 reserves what a resting order may cost, and gives it back with the cancel (virtual time)', () => {
  const { world } = paperWorld()
  const order = rest(world, '0.01')
  const held = Number(balancesOf(world).get('USD')?.reserved)
  expect(held).toBeGreaterThanOrEqual(0.01 * Number(order.proposal.limitPrice))
  world.company.desk.cancel(order)
  world.until('it is canceled', () => world.statusOf(order.clientOrderId) === 'CANCELED')
  expect(balancesOf(world).get('USD')?.reserved).toBe(decimal('0'))
})

test('SIM-02 a restart after a crash finds the same balances, reservations and open orders (virtual time)', () => {
  const { world } = paperWorld()
  place(world, { target: '0.002' })
  world.run(2_000)
  const order = place(world, { target: '0.012', price: priceAt(world, -50), postOnly: true })
  world.run(2_000)
  const before = [...balancesOf(world)]
  world.crash().start().trading()
  expect([...balancesOf(world)]).toEqual(before)
  expect(world.statusOf(order.clientOrderId)).toBe('OPEN')
  world.run(60_000)
  expect(world.company.synchroniser.hasDrift).toBe(false)
  expect(world.alertCodes()).not.toContain('DRIFT')
})

test('SIM-02 the kill switch cancels what rests on paper (virtual time)', () => {
  const { world } = paperWorld()
  const order = rest(world, '0.01')
  world.control.tripKillSwitch('test', { name: 'test', address: '127.0.0.1' })
  world.until('it is canceled', () => world.statusOf(order.clientOrderId) === 'CANCELED', 10_000)
  expect(world.company.director.state).toBe('HALTED')
})

test('RUN-10 a dry run judges each order, writes down what it would send and hands nothing over (virtual time)', () => {
  const { world, paths } = paperWorld('dry_run')
  expect(() => place(world, { target: '0.002' })).toThrow('dry run')
  world.run(2_000)
  expect(world.entries('verdict.passed')).toHaveLength(1)
  const [kept] = world.entries('order.wouldSend')
  expect(kept?.payload['proposal']).toMatchObject({ quantity: '0.002', instrumentId: 'BTC-USD@kraken' })
  expect(world.entries('paper.accepted')).toEqual([])
  expect(world.company.gate.book.all()).toEqual([])
  expect(paths.filter((path) => PRIVATE.test(path))).toEqual([])
})
