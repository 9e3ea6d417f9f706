import { describe, expect, test } from 'bun:test'
import type { Decimal } from '#domain/decimal'
import { botId } from '#domain/ids'
import type { MonitoredProtection } from '#sim/monitors/company'
import { BTC, Rig } from './rig'

const POSITION: MonitoredProtection = {
  botId: botId('tester'),
  instrumentId: BTC,
  quantity: '1' as Decimal,
  state: 'none',
  isBeyond: false,
  nativeMs: 0,
}

function watched(...states: readonly Partial<MonitoredProtection>[]): readonly string[] {
  const at = new Rig().attach()
  for (const state of states) {
    at.company.toProtect = [{ ...POSITION, ...state }]
    at.sweep()
    at.run(6_000)
  }
  at.sweep()
  return at.broken('I14')
}

describe('I14 (virtual clock, fake company): an open position that there are levels for is protected or exiting', () => {
  test('I14 breaks for one that is neither for too long, and not for a moment', () => {
    expect(watched({}, {})).toEqual(['I14'])
    expect(watched({}, { state: 'protected' }, {})).toEqual([])
    expect(watched({ state: 'protected' }, { state: 'exiting' }, { state: 'protected' })).toEqual([])
  })

  test('I14 breaks for one whose price is beyond its trigger for too long while no exit runs', () => {
    expect(watched({ state: 'protected', isBeyond: true }, { state: 'protected', isBeyond: true })).toEqual(['I14'])
    expect(
      watched({ state: 'protected', isBeyond: true }, { state: 'exiting', isBeyond: true }, { state: 'exiting', isBeyond: true }),
    ).toEqual([])
  })

  test('I14 gives a stop that rests at the venue its time, and no more', () => {
    const beyond = { state: 'protected', isBeyond: true, nativeMs: 5_000 } as const
    expect(watched(beyond, beyond)).toEqual([])
    expect(watched(beyond, beyond, beyond)).toEqual(['I14'])
  })

  test('I14 counts anew for a position that was closed meanwhile, and judges nothing while the company does not run', () => {
    const at = new Rig().attach()
    for (const positions of [[POSITION], [], [POSITION], null, [POSITION]]) {
      at.company.toProtect = positions
      at.sweep()
      at.run(9_000)
    }
    at.sweep()
    expect(at.broken('I14')).toEqual([])
  })
})
