import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { capabilityPage, capabilityRows } from '#cli/capability-matrix'
import { COINBASE_CAPABILITIES } from '#venues/coinbase/capabilities'
import { KRAKEN_CAPABILITIES } from '#venues/kraken/capabilities'

const supportOf = (capabilities = KRAKEN_CAPABILITIES) =>
  Object.fromEntries(capabilityRows(capabilities).map(({ feature, support }) => [feature, support]))

describe('the capability matrix', () => {
  test('EXE-14 every order type, time in force and flag has a row that says native, emulated or not', () => {
    expect(supportOf()).toEqual({
      'market order': 'native',
      'limit order': 'native',
      'stop-loss': 'native',
      'stop-limit': 'emulated',
      'take-profit': 'emulated',
      'trailing stop': 'emulated',
      'time in force gtc': 'native',
      'time in force ioc': 'native',
      'time in force fok': 'not',
      'time in force gtd': 'native',
      'post-only': 'native',
      'reduce-only': 'emulated',
      amend: 'native',
    })
  })

  test('EXE-14 it follows the capabilities of a venue', () => {
    const other = { ...KRAKEN_CAPABILITIES, amend: false, orderTypes: ['limit', 'stop'] as const, postOnly: false, reduceOnly: true }
    expect(supportOf(other)).toMatchObject({
      'market order': 'not',
      'stop-loss': 'native',
      'post-only': 'not',
      'reduce-only': 'native',
      amend: 'emulated',
    })
  })

  test('EXE-14 docs/capabilities.md is generated from the adapters as they are (else run: bun scripts/capabilities.ts)', () => {
    expect(readFileSync('docs/capabilities.md', 'utf8')).toBe(
      capabilityPage({ kraken: KRAKEN_CAPABILITIES, coinbase: COINBASE_CAPABILITIES }),
    )
  })
})
