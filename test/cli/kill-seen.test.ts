import { expect, test } from 'bun:test'
import { hasSeenFile, wasTripped } from '#cli/kill-seen'

const tripped = { kind: 'killSwitch.tripped', seq: 10 }
const cleared = { kind: 'killSwitch.cleared', seq: 15 }
const flagged = { kind: 'killSwitch.flagged', seq: 25 }

test('RSK-09 a trip from before the flag file does not tell that the company saw it', () => {
  expect(hasSeenFile([tripped], [tripped])).toBe(false)
  expect(wasTripped([tripped])).toBe(true) // so that a health of HALTED tells nothing either
  expect(hasSeenFile([tripped, flagged], [tripped])).toBe(true)
  expect(hasSeenFile([tripped, flagged], [tripped, flagged])).toBe(false)
  expect(wasTripped([tripped, flagged])).toBe(true)
  expect(hasSeenFile([tripped], [])).toBe(true)
  expect(hasSeenFile([], [])).toBe(false)
})

test('RSK-09 a switch that was cleared before the flag file, or never pulled, leaves the word to the health', () => {
  expect(wasTripped([tripped, cleared])).toBe(false)
  expect(wasTripped([])).toBe(false)
  expect(hasSeenFile([tripped, cleared], [tripped])).toBe(false)
})
