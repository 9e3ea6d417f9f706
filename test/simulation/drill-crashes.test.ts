import { describe, expect, test } from 'bun:test'
import { InvariantError } from '#domain/errors'
import type { JournalEntry } from '#ports/journal'
import { DRILLS } from '#sim/drills/list'
import { DrillStage } from '#sim/drills/stage'
import type { Drill } from '#sim/drills/types'
import { replayFindings } from '#sim/world/replayed'
import { IS_LONG } from '../company/profile'

// Whole companies in virtual time, killed in the middle of what a breaker does.
const LASTING = DRILLS.filter(({ outlivesRestart }) => outlivesRestart)
/** What of the halt's own work (cancels, their evidence, marks) is torn besides the trip itself, ms. */
const AFTER_MS = 5_000
/** Offsets of a drill in the short profile, spread over its entries; each of them in the long one. */
const SOME = 3

/** How soon it must stand again; drift is believed at the second look only. */
const HELD_MS = 120_000

interface Recorded {
  /** First entry by which it holds. */
  readonly first: number
  readonly last: number
}

/** Plays a drill until it stands, without a crash. */
function record(drill: Drill): Recorded {
  const stage = new DrillStage(drill, () => undefined)
  try {
    stage.open()
    drill.cause(stage)
    stage.world.until('it stands', () => stage.stands)
    stage.world.run(AFTER_MS)
    const isTrip = ({ kind, payload, correlationId }: JournalEntry) =>
      drill.breakerId === null ? kind === 'killSwitch.tripped' : correlationId === drill.breakerId && payload['to'] === 'TRIPPED'
    const trip = stage.world.entries().find(isTrip)
    if (trip === undefined) throw new Error(`${drill.name} never tripped`)
    return { first: trip.seq, last: stage.world.disk.headSeq }
  } finally {
    stage.close()
  }
}

/**
 * From the first trip on; and half an entry before it: the write that begins with the trip is lost whole, and the limit is passed by what
 * the journal held before. What an operator asked for and was not written, nobody was told was done.
 */
function offsetsOf({ first, last }: Recorded, isByHand: boolean): readonly number[] {
  const before = isByHand ? [] : [first - 0.5]
  const all = Array.from({ length: last - first + 1 }, (_, index) => first + index)
  if (IS_LONG || all.length <= SOME + 1) return [...before, ...all]
  const spread = Array.from({ length: SOME }, (_, index) => first + Math.round(((last - first) * (index + 1)) / SOME))
  return [...before, first, ...spread]
}

/** Lets the cause run into the crash. */
function crashAt(stage: DrillStage, offset: number): void {
  stage.world.disk.tearAt(offset, () => stage.world.crash())
  try {
    stage.open()
    stage.drill.cause(stage)
    while (stage.world.isAlive) stage.world.step()
  } catch (error) {
    if (stage.world.isAlive || !(error instanceof InvariantError)) throw error
  }
  expect(stage.world.disk.headSeq).toBe(Math.floor(offset))
}

function expectHeld(stage: DrillStage): void {
  stage.world.until(`it stands again: ${JSON.stringify(stage.standing())}`, () => stage.stands, HELD_MS, 20)
  // Nobody whom it holds has traded meanwhile, by the product's own monitors, and a replay gives the same.
  stage.world.run(1_000)
  expect(stage.world.life.runtime.monitors.breaches).toEqual([])
  expect(replayFindings(stage.world)).toEqual([])
}

describe('RUN-05 a breaker outlives a crash', () => {
  for (const drill of LASTING)
    test(`RUN-05 RSK-08 RSK-09 RSK-10 ${drill.name} at ${IS_LONG ? 'every' : 'some'} journal offset from the trip on, twice over`, () => {
      const recorded = record(drill)
      for (const offset of offsetsOf(recorded, drill.name === 'kill-switch')) {
        const stage = new DrillStage(drill, () => undefined)
        try {
          crashAt(stage, offset)
          stage.restart()
          expectHeld(stage)
          stage.world.crash().run(200)
          stage.restart()
          expectHeld(stage)
        } catch (error) {
          const at = `${drill.name}, offset ${offset} of ${recorded.first}..${recorded.last}`
          throw new Error(`${at}: ${error instanceof Error ? error.message : String(error)}\n${stage.world.describe()}`, { cause: error })
        } finally {
          stage.close()
        }
      }
    }, 600_000)

  test('RUN-05 RSK-10 MKT-05 stale-data: a start into the silence trades nothing until data is there, wherever the crash fell', () => {
    const drill = DRILLS.find(({ outlivesRestart }) => !outlivesRestart)
    if (drill === undefined) throw new Error('no drill')
    for (const offset of offsetsOf(record(drill), false)) {
      const stage = new DrillStage(drill, () => undefined)
      const { world } = stage
      crashAt(stage, offset)
      const before = world.entries('order.submitting').length
      world.start().run(30_000)
      expect([offset, world.isTrading, world.entries('order.submitting').length]).toEqual([offset, false, before])
      drill.rearm(stage)
      world.until('it trades again', () => world.isTrading && stage.standing().breakers.length === 0, HELD_MS)
      world.run(5_000)
      expect(Object.values(stage.standing().bots)).toEqual(['ACTIVE', 'ACTIVE'])
      expect(world.life.runtime.monitors.breaches).toEqual([])
      expect(replayFindings(world)).toEqual([])
      stage.close()
    }
  }, 120_000)

  test('RUN-05 RSK-08 after a crash it ends as it would have: an operator resets, and nothing trips it anew', () => {
    for (const name of ['daily-loss', 'portfolio-drawdown', 'max-drawdown', 'error-rate', 'drift', 'kill-switch']) {
      const lines: string[] = []
      const drill = DRILLS.find((one) => one.name === name)
      if (drill === undefined) throw new Error(`no drill ${name}`)
      const stage = new DrillStage(drill, ({ holds, text }) => {
        if (holds === false) lines.push(`${name}: ${text}`)
      })
      stage.open()
      drill.cause(stage)
      stage.world.until('it stands', () => stage.stands)
      stage.world.run(1_000).crash().run(3_000)
      stage.restart()
      stage.world.until('it stands again', () => stage.stands)
      drill.rearm(stage)
      stage.mustTradeAgain()
      stage.world.run(120_000)
      stage.must('and goes on trading', stage.standing().company === 'TRADING')
      expect(lines).toEqual([])
      stage.close()
    }
  }, 120_000)

  test('RSK-08 a bot paused for its losses resumes 24 h after the trip, however often the company was started meanwhile', () => {
    const drill = DRILLS.find(({ name }) => name === 'three-losses')
    if (drill === undefined) throw new Error('no drill')
    const hours = IS_LONG ? 24 : 2
    const stage = new DrillStage({ ...drill, breakers: { consecutiveLossPauseMs: hours * 3_600_000 } }, () => undefined)
    stage.open()
    drill.cause(stage)
    stage.world.until('it stands', () => stage.stands)
    const trippedAtMs = stage.world.clock.now()
    for (let restart = 0; restart < 3; restart++) {
      stage.world.run(1_200_000).crash().run(60_000)
      stage.restart()
      stage.world.until('it stands again', () => stage.stands)
    }
    const rearmsAtMs = stage.world.control.risk().breakers.find(({ breakerId }) => breakerId === 'consecutiveLosses:loser')?.rearmsAtMs
    expect(Math.abs((rearmsAtMs ?? 0) - trippedAtMs - hours * 3_600_000)).toBeLessThan(1_000)
    stage.world.run(trippedAtMs + hours * 3_600_000 - 60_000 - stage.world.clock.now())
    expect(stage.stateOf('loser')).toBe('PAUSED')
    stage.world.run(70_000)
    expect(stage.stateOf('loser')).toBe('ACTIVE')
    stage.close()
  }, 120_000)
})
