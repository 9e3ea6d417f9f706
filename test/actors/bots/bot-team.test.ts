import { describe, expect, test } from 'bun:test'
import { botSpecsOf } from '#actors/bots/bot-specs'
import { readConfig } from '#config/load'
import { venueId } from '#domain/ids'

const ORDINARY = { id: 'tester', capital: '1000', orderNotional: '250' }
const MEMBERS = [
  { strategy: 'rules', enabled: true, parameters: { timeframe: '1m' }, convictionMin: 0.7, budget: { tradesPerCycleMax: 2 } },
  { strategy: 'donchian-breakout', enabled: true, parameters: { timeframe: '1m' }, budget: { atRiskRatioMax: 0.05, allocationRatio: 0.4 } },
  { strategy: 'rsi-reversion' },
]
const UNIVERSE = {
  exclude: ['DOGE'],
  tiers: [
    { name: 'core', include: ['BTC', 'ETH-USD@kraken'], orderNotional: '900' },
    { name: 'small', include: ['SOL', 'DOGE', 'XRP'], exclude: ['XRP-USD@kraken'] },
  ],
}

function specOf(bot: object, more: object = {}) {
  const { config, problems } = readConfig({ bots: [{ ...ORDINARY, ...bot }], ...more })
  if (config === null) throw new Error(problems.join('; '))
  const [spec] = botSpecsOf(config, new Set([venueId('kraken')]))
  if (spec === undefined) throw new Error('no bot')
  return spec
}

describe('what a bot runs', () => {
  const instruments = ['BTC-USD@kraken']

  test('STR-03 one strategy is one member, whose wishes go as they are', () => {
    const spec = specOf({ strategy: 'busy', instruments })
    expect(spec).toMatchObject({ aggregation: null, universe: null })
    expect(spec.members).toEqual([
      {
        strategyId: 'busy' as (typeof spec.members)[number]['strategyId'],
        isEnabled: true,
        convictionMin: 0,
        entriesPerCycleMax: null,
        budget: { atRiskRatioMax: null, allocationRatio: null },
      },
    ])
  })

  test('STR-06 a strategy that bounds its entries by cycle is counted even alone', () => {
    const spec = specOf({ strategy: 'rules', instruments, parameters: { maxTriggersPerCycle: 3 } })
    expect([spec.aggregation, spec.members[0]?.entriesPerCycleMax]).toEqual(['highestConviction', 3])
  })

  test('STR-03 STR-04 several are one list by name, each with its terms; a new one is not enabled', () => {
    const spec = specOf({ strategies: MEMBERS, instruments })
    expect(spec.strategy).toMatchObject({ strategyId: 'ensemble', decidesOn: '1m' })
    expect(Object.keys(spec.strategy.parameters)).toEqual(['donchian-breakout', 'rules'])
    expect(spec.aggregation).toBe('highestConviction')
    expect(spec.members as readonly object[]).toEqual([
      {
        strategyId: 'donchian-breakout',
        isEnabled: true,
        convictionMin: 0,
        entriesPerCycleMax: null,
        budget: { atRiskRatioMax: '0.05', allocationRatio: '0.4' },
      },
      {
        strategyId: 'rsi-reversion',
        isEnabled: false,
        convictionMin: 0,
        entriesPerCycleMax: null,
        budget: { atRiskRatioMax: null, allocationRatio: null },
      },
      {
        strategyId: 'rules',
        isEnabled: true,
        convictionMin: 0.7,
        entriesPerCycleMax: 2, // the smaller of the bot's and the strategy's own
        budget: { atRiskRatioMax: null, allocationRatio: null },
      },
    ])
  })

  test('STR-02 bounds of what entries state hold for one strategy too', () => {
    const spec = specOf({ strategy: 'busy', instruments, proposals: { stopRatios: [0.01, 0.05] } })
    expect(spec.aggregation).toBe('highestConviction')
    expect(spec.bounds as object).toEqual({ stop: { least: '0.01', most: '0.05' }, target: null })
    expect(() => specOf({ strategy: 'busy', instruments, proposals: { targetRatios: [0.2, 0.1] } })).toThrow(
      'must be the least and the most',
    )
  })

  test('RUN-09 refuses both forms, neither, and what cannot run together, by name', () => {
    const cases: readonly (readonly [object, string])[] = [
      [{ instruments }, 'bots.0.strategy = "missing": must name a strategy, or strategies must list some'.replace('"missing"', 'missing')],
      [{ instruments, strategy: 'busy', strategies: MEMBERS }, 'must be left out where strategy names one'],
      [{ instruments, strategies: MEMBERS, parameters: { a: 1 } }, 'belong to each entry of strategies'],
      [{ instruments, strategies: [{ strategy: 'rules' }] }, 'bot tester: strategies: none is enabled'],
      [
        { instruments, strategies: [MEMBERS[0], { strategy: 'ema-cross', enabled: true }] },
        'give them the same timeframe, or bots of their own',
      ],
      [{ instruments, strategies: [MEMBERS[0], MEMBERS[0]] }, 'bot tester: strategies: rules is named twice'],
      [
        { instruments, strategies: [{ strategy: 'rules', enabled: true, parameters: { stopRatio: 9 } }] },
        'bot tester: parameters of strategy rules',
      ],
      [{ instruments, strategies: [{ strategy: 'nope', enabled: true }] }, 'bot tester: strategy: "nope" is not known'],
    ]
    for (const [bot, message] of cases) expect(() => specOf(bot), message).toThrow(message)
  })
})

describe('the universe of a bot', () => {
  const bot = { strategy: 'busy', universe: { tiers: ['small', 'core'] } }

  test('MKT-01 its instruments are the candidates of its tiers: included, and not excluded by asset or by name', () => {
    const spec = specOf(bot, { universe: UNIVERSE })
    expect(spec.instruments.map(String)).toEqual(['BTC-USD@kraken', 'ETH-USD@kraken', 'SOL-USD@kraken'])
    expect(spec.universe).toEqual({ tiers: ['small', 'core'], topByVolume: null })
  })

  test('STR-02 a tier’s base size takes the place of the bot’s', () => {
    const spec = specOf(bot, { universe: UNIVERSE })
    expect([...spec.tierSizing].map(([id, sizing]) => [String(id), sizing.method === 'fixed' ? String(sizing.orderNotional) : ''])).toEqual(
      [
        ['BTC-USD@kraken', '900'],
        ['ETH-USD@kraken', '900'],
      ],
    )
    expect(specOf({ ...bot, sizing: { method: 'atr' } }, { universe: UNIVERSE }).tierSizing.size).toBe(0)
  })

  test('RUN-09 refuses a universe that it cannot get, by name', () => {
    const cases: readonly (readonly [object, object, string])[] = [
      [{ strategy: 'busy' }, {}, 'must name one at least, or universe must name tiers'],
      [{ ...bot, instruments: ['BTC-USD@kraken'] }, { universe: UNIVERSE }, 'must be left out where universe names tiers'],
      [bot, {}, 'there is no tier "small"; universe.tiers has none'],
      [{ ...bot, universe: { tiers: ['big'] } }, { universe: UNIVERSE }, 'there is no tier "big"; universe.tiers has core, small'],
      [bot, { universe: { tiers: [UNIVERSE.tiers[0], { ...UNIVERSE.tiers[1], include: ['BTC'] }] } }, 'which is of the tier core already'],
      [bot, { universe: { ...UNIVERSE, exclude: ['BTC', 'ETH'] } }, 'names nothing that is not excluded'],
      [bot, { universe: { tiers: [UNIVERSE.tiers[0], UNIVERSE.tiers[0]] } }, '"core" is used twice'],
    ]
    for (const [own, more, message] of cases) expect(() => specOf(own, more), message).toThrow(message)
  })
})
