import { describe, expect, test } from 'bun:test'
import { createActor } from 'xstate'
import { type ProtectionEvent, protectionMachine } from '#machines/protection.machine'
import { VirtualClock } from '#sim/virtual-clock'

const HOLD: ProtectionEvent = { type: 'protection.hold', atMs: 1 }
const WITHDRAW: ProtectionEvent = { type: 'protection.withdraw', reason: 'closed', atMs: 2 }
const TRIGGER: ProtectionEvent = { type: 'protection.trigger', atMs: 3 }
const SENT: ProtectionEvent = { type: 'exit.sent', atMs: 4 }
const WAITS: ProtectionEvent = { type: 'exit.waits', reason: 'a cancel', atMs: 5 }
const REFUSED: ProtectionEvent = { type: 'exit.refused', reason: 'blocked', atMs: 6 }
const ENDED: ProtectionEvent = { type: 'exit.ended', isCanceled: false, atMs: 7 }
const CANCELED: ProtectionEvent = { type: 'exit.ended', isCanceled: true, atMs: 8 }
const ALL = { HOLD, WITHDRAW, TRIGGER, SENT, WAITS, REFUSED, ENDED, CANCELED }
type Name = keyof typeof ALL

/** A chart on a fake clock, and what it did. */
function chart(restored: 'idle' | 'holding' | 'exiting' = 'idle', step = 0) {
  const clock = new VirtualClock(1_000)
  const did: string[] = []
  const machine = protectionMachine.provide({
    actions: {
      watch: () => void did.push('watch'),
      unwatch: () => void did.push('unwatch'),
      release: ({ context }) => void did.push(`release ${context.step}`),
    },
  })
  const input = { lineId: 'a', lastStep: 2, escalateAfterMs: 5_000, retryMs: 100, retryMaxMs: 1_000 }
  const actor = createActor(machine, { input, clock })
  actor.start()
  if (restored !== 'idle') actor.send({ type: 'protection.restored', state: restored, step, atMs: 1 })
  const say = (...names: readonly Name[]) => {
    for (const name of names) actor.send(ALL[name])
  }
  const at = () => {
    const { value } = actor.getSnapshot()
    return typeof value === 'string' ? value : `exiting.${value.exiting}`
  }
  return { clock, did, say, at, step: () => actor.getSnapshot().context.step }
}

/** Paths to each state, and where each event leads from there; what is left out changes nothing. */
const TABLE: readonly [string, readonly Name[], Partial<Record<Name, string>>][] = [
  ['idle', [], { HOLD: 'holding' }],
  ['holding', ['HOLD'], { WITHDRAW: 'idle', TRIGGER: 'exiting.releasing' }],
  [
    'exiting.releasing',
    ['HOLD', 'TRIGGER'],
    { WITHDRAW: 'idle', SENT: 'exiting.working', WAITS: 'exiting.waiting', REFUSED: 'exiting.waiting' },
  ],
  ['exiting.working', ['HOLD', 'TRIGGER', 'SENT'], { WITHDRAW: 'idle', ENDED: 'exiting.releasing', CANCELED: 'exiting.waiting' }],
  ['exiting.waiting', ['HOLD', 'TRIGGER', 'WAITS'], { WITHDRAW: 'idle' }],
]

describe('EXE-13 the chart of a protection, on a fake clock', () => {
  for (const [state, path, answers] of TABLE)
    test(`EXE-13 ${state}: where every event leads`, () => {
      for (const name of Object.keys(ALL) as Name[]) {
        const { say, at } = chart()
        say(...path)
        expect(at()).toBe(state)
        say(name)
        expect([name, at()]).toEqual([name, answers[name] ?? state])
      }
    })

  test('EXE-13 it watches while it holds, and at no other time', () => {
    const { say, did } = chart()
    say('HOLD', 'HOLD', 'TRIGGER', 'WITHDRAW', 'HOLD', 'WITHDRAW')
    expect(did).toEqual(['watch', 'unwatch', 'release 0', 'watch', 'unwatch'])
  })

  test('PAIN-11 an order that is not filled in time leads to the next step; the last is repeated behind growing pauses', () => {
    const { say, did, clock, at, step } = chart()
    say('HOLD', 'TRIGGER', 'SENT')
    clock.advance(4_999)
    expect(did.at(-1)).toBe('release 0')
    clock.advance(1)
    expect(did.at(-1)).toBe('release 1')
    say('SENT', 'ENDED')
    expect(did.at(-1)).toBe('release 2')
    const before = did.length
    for (const pauseMs of [200, 400, 800, 1_000, 1_000]) {
      say('SENT', 'ENDED')
      expect(at()).toBe('exiting.waiting')
      clock.advance(pauseMs - 1)
      expect(at()).toBe('exiting.waiting')
      clock.advance(1)
      expect(at()).toBe('exiting.releasing')
    }
    expect(did.slice(before)).toEqual(Array(5).fill('release 2'))
    expect(step()).toBe(2)
  })

  test('PAIN-11 what gate or desk refuse, and what somebody cancels, is tried again at the same step', () => {
    const { say, did, clock } = chart()
    say('HOLD', 'TRIGGER', 'REFUSED')
    clock.advance(200)
    say('SENT', 'CANCELED')
    clock.advance(200)
    say('WAITS')
    clock.advance(200)
    expect(did).toEqual(['watch', 'unwatch', 'release 0', 'release 0', 'release 0', 'release 0'])
  })

  test('PAIN-11 a desk that does not answer is asked again', () => {
    const { say, did, clock } = chart()
    say('HOLD', 'TRIGGER')
    clock.advance(5_000 + 100)
    expect(did).toEqual(['watch', 'unwatch', 'release 0', 'release 0'])
  })

  test('EXE-13 a restart takes up what the journal tells: idle, holding, or an exit at its step', () => {
    expect(chart('idle').at()).toBe('idle')
    expect(chart('holding').did).toEqual(['watch'])
    const exiting = chart('exiting', 1)
    expect(exiting.at()).toBe('exiting.waiting')
    exiting.clock.advance(100)
    expect(exiting.did).toEqual(['release 1'])
  })
})
