import { expect } from 'bun:test'
import { replayFindings } from '#sim/world/replayed'
import type { World } from './world'

/** I10: a replay of the journal, from empty and from its newest snapshot, equals the state that is live. */
export function expectReplayEqual(world: World): void {
  expect(replayFindings(world)).toEqual([])
}
