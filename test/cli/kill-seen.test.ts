import { expect, test } from 'bun:test'
import { hasSeenFile, wasTripped } from '#cli/kill-seen'

const tripped = { kind: 'killSwitch.tripped', atMs: 1_000 }
const flagged = { kind: 'killSwitch.flagged', atMs: 2_500 }
const cleared = { kind: 'killSwitch.cleared', atMs: 1_500 }

test('RSK-09 a trip from before the flag file does not tell that the company saw it', () => {
  expect(hasSeenFile([tripped], 2_000)).toBe(false)
  expect(wasTripped([tripped], 2_000)).toBe(true) // so that a health of HALTED tells nothing either
  expect(hasSeenFile([tripped, flagged], 2_000)).toBe(true)
  expect(hasSeenFile([tripped], 1_000)).toBe(true)
  expect(hasSeenFile([], 0)).toBe(false)
})

test('RSK-09 a switch that was cleared before the flag file, or never pulled, leaves the word to the health', () => {
  expect(wasTripped([tripped, cleared], 2_000)).toBe(false)
  expect(wasTripped([tripped, cleared, { kind: 'killSwitch.tripped', atMs: 2_400 }], 2_000)).toBe(false)
  expect(wasTripped([], 2_000)).toBe(false)
  expect(hasSeenFile([tripped, { kind: 'killSwitch.cleared', atMs: 2_400 }], 2_000)).toBe(false)
})
