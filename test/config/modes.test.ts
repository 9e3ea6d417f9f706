import { describe, expect, test } from 'bun:test'
import { loadConfig, parseConfig } from '#config/load'
import { refusePlainSecrets } from '#config/plain-secrets'

const BTC = {
  id: 'a',
  strategy: 'trend-following',
  enabled: true,
  instruments: ['BTC-USD@kraken'],
  capital: '1',
  orderNotional: '1',
  policy: null,
}
const live = (over: object) =>
  parseConfig({ mode: 'live', bots: [BTC], trading: { tierOne: ['BTC-USD@kraken'] }, risk: { canaryRatio: 0.5 }, ...over }, 'test')

describe('modes', () => {
  test('RUN-10 RUN-11 dry_run, paper and live hold as they come, with jitter on and live read-only, a canary with auth', () => {
    for (const mode of ['dry_run', 'paper', 'live'])
      expect(loadConfig({ configDir: 'config', file: null, options: { mode } }).cycleJitterRatio).toBeGreaterThan(0)
    const config = loadConfig({ configDir: 'config', file: null, options: { mode: 'live' } })
    expect([config.trading.readOnly, config.trading.canary, config.api.auth, config.risk.canaryRatio]).toEqual([true, true, true, 0.5])
  })

  test('RUN-10 a canary is half the caps at most, one instrument, of the first tier', () => {
    expect(live({}).trading.canary).toBe(true)
    expect(() => live({ risk: { canaryRatio: 0.6 } })).toThrow('risk.canaryRatio = 0.6: must not exceed 0.5')
    expect(() => live({ bots: [{ ...BTC, instruments: ['BTC-USD@kraken', 'ETH-USD@kraken'] }] })).toThrow(
      'a canary (trading.canary) trades one',
    )
    expect(() => live({ trading: { tierOne: [] } })).toThrow('lacks BTC-USD@kraken')
  })

  test('SEC-03 a secret in plain text is refused by its key or its looks, and never shown', () => {
    const looks = `${'A'.repeat(86)}==`
    for (const tree of [{ venues: { kraken: { apiKey: 'abc' } } }, { a: [{ x: looks }] }, { wallet: { privateKey: 'z' } }]) {
      expect(() => refusePlainSecrets(tree, 'own.yaml')).toThrow('looks like a secret')
      expect(() => refusePlainSecrets(tree, 'own.yaml')).not.toThrow(looks)
    }
    expect(() => refusePlainSecrets({ bots: [{ id: 'key-bot', strategy: 'busy' }] }, 'own.yaml')).not.toThrow()
  })
})
