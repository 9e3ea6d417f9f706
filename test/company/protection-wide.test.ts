// In virtual time, against the Kraken emulator, whose market can be made as wide as a test wants it.
import { expect, test } from 'bun:test'
import type { TroupeConfig } from '#config/schema'
import { mustExist } from '#domain/errors'
import { botId, instrumentId } from '#domain/ids'
import { krakenUniverse } from '#sim/market/universe'
import { place, priceAt, wish } from './intents'
import { expectReplayEqual } from './replayed'
import { type BotConfig, quietBot, World } from './world'

const BTC = instrumentId('BTC-USD@kraken')

const LEVELS: NonNullable<BotConfig['protection']> = {
  stopLossRatio: 0.02,
  takeProfitRatio: null,
  trailingRatio: null,
  collarBps: 10,
  escalateAfterMs: 1_000,
  retryMs: 250,
  native: false,
}

const held = (world: World) => world.company.portfolio.positionOf(botId('tester'), BTC)
const works = (world: World) => world.entries('protection.released').map(({ payload }) => String(payload['name']))
const resting = (world: World) => world.account().openOrders.filter(({ side }) => side === 'sell')

/** Holds a position in a market that falls through its stop and is suddenly so many basis points wide. */
function gapped(spreadBps: number, over: Partial<TroupeConfig['risk']> = {}): { readonly world: World; widen(bps: number): void } {
  const universe = krakenUniverse()
  const btc = mustExist(
    universe.instruments.find(({ instrument }) => instrument.symbol === 'BTC/USD'),
    'no BTC',
  )
  const widen = (bps: number) => void Object.assign(btc, { spreadBps: bps })
  const bots = [{ ...quietBot('tester'), protection: LEVELS }, quietBot('b')]
  const config = (given: TroupeConfig) => ({ ...given, risk: { ...given.risk, ...over } })
  const world = new World({ bots, config, emulator: { universe } }).start().trading().run(20_000)
  const record = place(world, { target: '0.01' })
  world.until('it is bought', () => world.statusOf(record.clientOrderId) === 'FILLED', 10_000)
  world.run(2_000)
  widen(spreadBps)
  world.emulator.shiftPrice('BTC/USD', 0.95)
  world.until('the last step is reached', () => works(world).includes('resting'), 20_000)
  return { world, widen }
}

const told = (world: World) =>
  world.alerts.filter(({ code, text }) => code === 'PROTECTION_ESCALATED' && text.includes('risk.priceDeviationBpsMax'))

function closed(world: World): void {
  world.run(5_000)
  expect(world.account().openOrders).toEqual([])
  expect(world.entries('verdict.blocked')).toEqual([])
  expect(told(world)).toMatchObject([{ severity: 'HIGH', details: { step: 'resting' } }])
  expect(world.runtime.monitors.breaches).toEqual([])
  expectReplayEqual(world)
  world.close()
}

test('EXE-14 PAIN-11 in a market wider than any order may reach, an order rests at that bound and goes nearer by amends', () => {
  const { world } = gapped(600)
  let unworked = 0
  for (let turn = 0; turn < 240 && held(world) === '0.01'; turn++) {
    world.run(250)
    const [order] = resting(world)
    if (order !== undefined) expect(order).toMatchObject({ type: 'limit', quantity: '0.01' })
    else if (held(world) === '0.01') unworked++
  }
  expect(held(world) as string).toBe('0')
  expect(unworked).toBeLessThan(2)
  expect([...new Set(works(world))]).toEqual(['limit', 'nearer', 'ioc', 'wideIoc', 'resting'])
  closed(world)
}, 60_000)

test('EXE-14 PAIN-11 a market that is wide for a moment alone costs no more than the bound', () => {
  const { world, widen } = gapped(2_000)
  world.run(500)
  expect(resting(world)).toHaveLength(1)
  widen(1.5)
  world.emulator.shiftPrice('BTC/USD', 1)
  world.until('the position is closed', () => held(world) === '0', 20_000)
  const [sold] = world.account().fills.filter(({ side }) => side === 'sell')
  expect(Number(sold?.price)).toBeGreaterThan(64_000 * 0.95 * 0.98)
  closed(world)
}, 60_000)

test('EXE-13 EXE-14 another bot that quotes between the resting exit and the touch is out of the way before the next amend', () => {
  const { world } = gapped(600, { outlierSigmaMax: null, spreadBpsMax: null })
  const again = () => void wish(world, { bot: 'b', target: '0.005', price: priceAt(world, -30, 'b'), postOnly: true })
  const quotes = () => world.account().openOrders.filter(({ side }) => side === 'buy')
  world.run(200)
  again()
  world.until('the other bot quotes', () => quotes().length === 1, 2_000)
  let turns = 0
  for (; turns < 600 && held(world) === '0.01'; turns++) {
    world.run(100)
    if (quotes().length === 0) again()
  }
  expect(held(world) as string).toBe('0')
  expect(world.entries('flatten.wayCleared').length).toBeGreaterThan(0)
  console.log(
    turns,
    works(world),
    world.entries('plan.made').filter(({ payload }) => payload['isBlocked']).length,
    world.entries('flatten.wayCleared').length,
  )
  expect(world.runtime.monitors.breaches).toEqual([])
  world.close()
}, 60_000)
