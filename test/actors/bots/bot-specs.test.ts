import { expect, test } from 'bun:test'
import { botSpecsOf } from '#actors/bots/bot-specs'
import { parseConfig } from '#config/load'
import { venueId } from '#domain/ids'

function specOf(over: object) {
  const bot = { id: 'tester', strategy: 'busy', instruments: ['BTC-USD@kraken'], capital: '1000', orderNotional: '250', ...over }
  const [spec] = botSpecsOf(parseConfig({ bots: [bot] }, 'test'), new Set([venueId('kraken')]))
  if (spec === undefined) throw new Error('no bot')
  return spec
}

test('RSK-04 RSK-07 a bot is sized as its configuration says', () => {
  const ends = { orderNotionalMin: '20', scale: '1' }
  const cases: readonly (readonly [object | null, object])[] = [
    [null, { method: 'fixed', orderNotional: '250' }],
    [{ method: 'fixed' }, { method: 'fixed', orderNotional: '250' }],
    [
      { method: 'atr', riskRatio: 0.005 },
      { method: 'atr', riskRatio: '0.005', atrMultiple: '2', bars: 20 },
    ],
    [
      { method: 'proportional', ratio: 0.25 },
      { method: 'proportional', ratio: '0.25', of: 'capital' },
    ],
    [
      { method: 'cappedProportional', ratio: 0.5, cap: '25' },
      { method: 'cappedProportional', ratio: '0.5', of: 'source', cap: '25' },
    ],
    [
      { method: 'kelly', fraction: 'fifth' },
      { method: 'kelly', fraction: 'fifth' },
    ],
  ]
  for (const [sizing, expected] of cases) expect(specOf({ sizing }).sizing).toEqual({ ...expected, ...ends } as never)
  expect(specOf({ canaryRatio: 0.5 }).sizing.scale as string).toBe('0.5')
})

test('RSK-04 a bot that sizes by ranges warms up for them too', () => {
  const plain = specOf({}).strategy
  expect(plain.warmUpBars).toEqual({ '1m': 1 })
  const ranged = specOf({ sizing: { method: 'atr' } }).strategy
  expect(ranged.warmUpBars).toEqual({ '1m': 21 })
  expect(ranged.settleBars).toBeGreaterThanOrEqual(21)
  const wide = specOf({ strategy: 'ema-cross', parameters: { timeframe: '1h' }, sizing: { method: 'atr', bars: 5 } }).strategy
  expect(wide.warmUpBars).toEqual(specOf({ strategy: 'ema-cross', parameters: { timeframe: '1h' } }).strategy.warmUpBars)
})
