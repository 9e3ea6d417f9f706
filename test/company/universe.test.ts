// In virtual time, against the Kraken emulator.
import { expect, setDefaultTimeout, test } from 'bun:test'
import type { TroupeConfig } from '#config/schema'
import { botId, instrumentId } from '#domain/ids'
import { universeView } from '#actors/control/universe-view'
import { expectAgreement } from './agree'
import { expectReplayEqual } from './replayed'
import { type BotConfig, quietBot, World } from './world'

setDefaultTimeout(60_000)

const BOT = botId('tiers')
const [BTC, ETH] = ['BTC', 'ETH'].map((asset) => instrumentId(`${asset}-USD@kraken`))
const TIER = {
  name: 'core',
  venue: 'kraken',
  quote: 'USD',
  include: ['BTC', 'ETH', 'SOL'],
  exclude: ['SOL-USD@kraken'],
  volume24hMin: null,
  spreadBpsMax: 50,
  allocationRatioMax: 0.2,
  orderNotional: null,
}

const bot: BotConfig = {
  ...quietBot('tiers'),
  instruments: [],
  universe: { tiers: ['core'], topByVolume: null },
  strategy: 'busy',
  cycleMs: 5_000,
  parameters: { stepMs: 5_000, awayBps: 5, notionalSmall: 100, notionalLarge: 200 },
}

function worldOf(
  tier: Partial<typeof TIER> | { readonly volume24hMin: string },
  over: Partial<BotConfig> = {},
  risk: Partial<TroupeConfig['risk']> = {},
  refreshSec = 5,
): World {
  const universe = { refreshSec, exclude: [], tiers: [{ ...TIER, ...tier }] }
  const world = new World({
    bots: [{ ...bot, ...over }],
    config: (config) => ({ ...config, universe, risk: { ...config.risk, riskPerTradeRatioMax: null, ...risk } }),
  })
  return world.start().trading()
}

const told = (world: World) =>
  [...world.entries('universe.excluded'), ...world.entries('universe.admitted')]
    .toSorted((a, b) => a.seq - b.seq)
    .map(({ kind, payload }) => [kind, payload['symbol'], payload['tier'], payload['exclusion_reason']])
const traded = (world: World) =>
  new Set([...world.company.orders.ended(), ...world.company.orders.live()].map(({ proposal }) => proposal.instrumentId))

test('MKT-01 a bot of a tier trades what the tier admits, and the universe is told over the API', () => {
  const world = worldOf({}).run(120_000)
  expect(traded(world)).toEqual(new Set([BTC, ETH].filter((id) => id !== undefined)))
  expect(told(world)).toEqual([])
  const view = world.control.universe()
  expect(view).toMatchObject({ currency: 'USD', refreshMs: 5_000 })
  expect(view.tiers[0]).toMatchObject({ name: 'core', instruments: 2, admitted: 2, allocationRatioMax: '0.2' })
  expect(Number(view.tiers[0]?.exposureMax)).toBeCloseTo(0.2 * Number(world.control.portfolio().equity), -2)
  expect(view.instruments.map(({ instrumentId: id, isAdmitted, bots }) => [id, isAdmitted, bots])).toEqual([
    [`${BTC}`, true, ['tiers']],
    [`${ETH}`, true, ['tiers']],
  ])
  expect(universeView(world.company)).toEqual(view)
  expect(world.runtime.monitors.breaches).toEqual([])
  expectReplayEqual(world)
  expectAgreement(world)
  world.close()
})

test('MKT-01 too little volume keeps out from the first decision on: told once, with tier, reason and figures', () => {
  const world = worldOf({ volume24hMin: '100000000000000' }).run(60_000)
  expect(traded(world).size).toBe(0)
  expect(told(world)).toEqual([
    ['universe.excluded', `${BTC}`, 'core', 'volume_min'],
    ['universe.excluded', `${ETH}`, 'core', 'volume_min'],
  ])
  expect(world.entries('universe.excluded')[0]?.payload).toMatchObject({ limit: '100000000000000' })
  expect(Number(world.entries('universe.excluded')[0]?.payload['current'])).toBeGreaterThan(0)
  const strategy = world.control.bots()[0]?.strategies[0]
  expect(strategy?.dropped['universe_excluded']).toBeGreaterThan(3)
  expect(strategy?.proposals).toBeGreaterThan(strategy?.dropped['universe_excluded'] ?? 0)
  world.close()
})

test('MKT-01 MKT-07 a jump keeps out while it is one, and each change is told once', () => {
  const world = worldOf({}, {}, { outlierSigmaMax: 6, outlierBpsMin: 100 }, 1).run(90_000)
  world.emulator.shiftPrice('BTC/USD', 1.05)
  world.until('it is kept out', () => told(world).length > 0, 20_000)
  expect(told(world)).toEqual([['universe.excluded', `${BTC}`, 'core', 'outlier']])
  world.until('it is back', () => told(world).length > 1, 120_000)
  world.run(30_000)
  expect(told(world).slice(1)).toEqual([['universe.admitted', `${BTC}`, 'core', null]])
  world.close()
})

test('STR-03 the top by volume alone is traded', () => {
  const world = worldOf({}, { universe: { tiers: ['core'], topByVolume: 1 } }).run(60_000)
  expect(traded(world).size).toBe(1)
  const view = world.control.universe()
  const [top] = view.instruments.toSorted((a, b) => Number(b.volume24h) - Number(a.volume24h))
  expect([...traded(world)].map(String)).toEqual([top?.instrumentId ?? ''])
  expect(view.instruments.filter(({ bots }) => bots.length > 0).map(({ instrumentId: id }) => id)).toEqual([top?.instrumentId ?? ''])
  world.close()
})

test('MKT-01 the cap of a tier holds over all its instruments, by gate and figure', () => {
  const world = worldOf({ allocationRatioMax: 0.0001 }).run(60_000)
  const limits = world.control.gate.limits(String(BOT)).limits.filter(({ check }) => check === 'tier_cap')
  expect(limits[0]).toMatchObject({ scope: 'tier:core', configured: '0.0001' })
  expect(Number(limits[0]?.limit)).toBeCloseTo(0.0001 * Number(world.control.portfolio().equity), 1)
  expect(world.control.bots()[0]?.strategies[0]?.blocked['tier_cap']).toBeGreaterThan(0)
  expect(traded(world).size).toBe(0)
  world.close()
})
