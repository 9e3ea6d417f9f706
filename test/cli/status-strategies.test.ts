import { expect, test } from 'bun:test'
import { strategyLines, universeLines } from '#cli/status-strategies'
import { fakeBots } from '#test/api/fake-company'

const [BOT] = fakeBots()
const strategy = {
  enabled: true,
  proposals: 9,
  approved: 4,
  dropped: { lower_conviction: 3 },
  blocked: { theme_cap: 2 },
  realizedPnl: '12.345',
  fees: '1',
  trades: 4,
}

test('STR-03 status tells what each of several strategies did, and nothing where a bot has one', () => {
  if (BOT === undefined) throw new Error('no bot')
  expect(strategyLines([BOT])).toEqual([])
  const several = {
    ...BOT,
    strategies: [
      { ...strategy, strategyId: 'rules' },
      { ...strategy, strategyId: 'busy', enabled: false, dropped: {}, blocked: {} },
    ],
  }
  const text = strategyLines([several]).join('\n')
  expect(text).toContain('Strategies')
  expect(text).toMatch(/rules +enabled +9 +4 +12\.3[45] +lower_conviction 3; theme_cap 2/)
  expect(text).toMatch(/busy +disabled/)
})

test('MKT-01 status tells the tiers and what they keep out, and nothing without tiers', () => {
  const nothing = { currency: 'USD', refreshMs: 60_000, lookedAtMs: null, tiers: [], instruments: [] }
  expect(universeLines(nothing)).toEqual([])
  const tier = {
    name: 'core',
    volume24hMin: '1',
    spreadBpsMax: null,
    allocationRatioMax: '0.1',
    orderNotional: null,
    exposure: '150',
    exposureMax: '1000',
    instruments: 2,
    admitted: 1,
  }
  const instrument = {
    instrumentId: 'BTC-USD@kraken',
    tier: 'core',
    themes: [],
    isAdmitted: false,
    exclusionReason: 'spread_max',
    text: 'BTC-USD@kraken has a spread of 30 bps, above 20',
    current: '30',
    limit: '20',
    volume24h: '5',
    spreadBps: '30',
    sinceMs: 0,
    bots: [],
  }
  const text = universeLines({ ...nothing, tiers: [tier], instruments: [instrument] }).join('\n')
  expect(text).toMatch(/core +1 +2 +150\.00 +1000\.00/)
  expect(text).toContain('  ! spread_max: BTC-USD@kraken has a spread of 30 bps, above 20')
})
