import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { hasLapsed, ScopeEpochs } from '#risk/epoch'
import { RiskGate } from '#risk/gate'
import { DEFAULT_RISK_LIMITS, type Scope } from '#risk/types'
import { BOT, BTC, ETH, KRAKEN, NOW_MS, OTHER_BOT, proposalOf, viewOf } from './fixtures'

const mine = (epochs: ScopeEpochs) => epochs.epochOf(BOT, KRAKEN, BTC.instrumentId)
const own: readonly Scope[] = [
  { kind: 'company' },
  { kind: 'venue', venueId: KRAKEN },
  { kind: 'instrument', instrumentId: BTC.instrumentId },
  { kind: 'bot', botId: BOT },
]
const foreign: readonly Scope[] = [
  { kind: 'instrument', instrumentId: ETH.instrumentId },
  { kind: 'bot', botId: OTHER_BOT },
]

describe('scope epochs', () => {
  test('RSK-01 changes the number of an order after a bump of any scope it belongs to, and after no other', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...own, ...foreign), { maxLength: 40 }), (bumps) => {
        const epochs = new ScopeEpochs()
        const seen = new Set([mine(epochs)])
        for (const scope of bumps) {
          const before = mine(epochs)
          epochs.bump(scope)
          if (own.includes(scope)) expect(seen.has(mine(epochs))).toBe(false)
          else expect(mine(epochs)).toBe(before)
          seen.add(mine(epochs))
        }
      }),
    )
  })
})

describe('a verdict ages', () => {
  const verdict = new RiskGate(DEFAULT_RISK_LIMITS).judge(proposalOf(), viewOf())

  test('RSK-01 holds for one second and lapses after it', () => {
    expect(hasLapsed(verdict, NOW_MS, 7)).toBe(false)
    expect(hasLapsed(verdict, NOW_MS + 1_000, 7)).toBe(false)
    expect(hasLapsed(verdict, NOW_MS + 1_001, 7)).toBe(true)
    expect(hasLapsed(verdict, NOW_MS + 200, 7, 100)).toBe(true)
  })

  test('RSK-01 lapses at once when its scope changed', () => {
    expect(hasLapsed(verdict, NOW_MS, 8)).toBe(true)
  })

  test('RSK-01 lapses when the clock went back, for its age is then in doubt', () => {
    expect(hasLapsed(verdict, NOW_MS - 1, 7)).toBe(true)
  })
})
