import { expect, test } from 'bun:test'
import { fixedReason } from '#config/changeable'
import { loadConfig } from '#config/load'

test('RSK-14 a key that bears the name of what every object has is no fixed key', () => {
  const config = loadConfig({ configDir: 'config', file: null, options: {} })
  for (const key of ['toString', 'constructor', 'hasOwnProperty', '__proto__'])
    expect(fixedReason(key, config)).toBe(
      'cannot change while the company runs, only risk, policies, breakers, bots, venues can; change it in the configuration file and restart',
    )
})
