import { describe, expect, test } from 'bun:test'
import { type EmergencyScope, reaches, readScope, scopeText } from '#domain/emergency-scope'

const SCOPES: readonly EmergencyScope[] = [
  { kind: 'all' },
  { kind: 'venue', venueId: 'kraken' },
  { kind: 'market', instrumentId: 'BTC-USD@kraken' },
  { kind: 'strategy', strategyId: 'ema-cross' },
  { kind: 'bot', botId: 'trend-btc' },
  { kind: 'order', clientOrderId: 'a1b2c300000000000000000000000001' },
]

describe('RUN-12 scopes of an emergency', () => {
  test('each is read back as it was written', () => {
    for (const scope of SCOPES) expect(readScope(scopeText(scope))).toEqual(scope)
    expect(SCOPES.map(scopeText)).toEqual([
      'all',
      'venue:kraken',
      'market:BTC-USD@kraken',
      'strategy:ema-cross',
      'bot:trend-btc',
      'order:a1b2c300000000000000000000000001',
    ])
  })

  test('anything else is none', () => {
    for (const text of ['', 'ALL', 'bot', 'bot:', 'bot: x', 'bots:x', 'venue:a b', 'all:x', `bot:${'x'.repeat(129)}`])
      expect(readScope(text)).toBeNull()
  })

  test('what each reaches', () => {
    const things = [
      { botId: 'trend-btc', strategyId: 'ema-cross', instrumentId: 'BTC-USD@kraken' },
      { botId: 'trend-eth', strategyId: 'trend', instrumentId: 'ETH-USD@kraken' },
      { botId: null, strategyId: null, instrumentId: 'BTC-USD@other' },
    ]
    const reached = SCOPES.map((scope) => things.map((thing) => reaches(scope, thing)))
    expect(reached).toEqual([
      [true, true, true],
      [true, true, false],
      [true, false, false],
      [true, false, false],
      [true, false, false],
      [false, false, false],
    ])
    expect(reaches({ kind: 'venue', venueId: 'aken' }, { botId: null, strategyId: null, instrumentId: 'BTC-USD@kraken' })).toBe(false)
  })
})
