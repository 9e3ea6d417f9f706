import { DRILLS } from '#sim/drills/list'
import { NO_ORDER, playDrill } from '#sim/drills/play'
import type { DrillLine } from '#sim/drills/stage'
import type { Drill } from '#sim/drills/types'
import { EVIDENCE_DIR, keepEvidence } from './evidence'
import { type Command, UsageError } from './command'
import { left, tableLines } from './table'

/** `troupe drill`: causes a breaker in a throw-away company in virtual time, and shows what it does. */
export const drillCommand: Command = {
  name: 'drill',
  summary: 'trip a breaker or the kill switch in a throw-away company and show that it does what it must; without a name list the drills',
  usage: '[NAME…]',
  options: [
    { name: 'all', value: null, text: 'play every drill, one after the other' },
    { name: 'evidence-dir', value: 'DIR', text: 'where the result is kept for "troupe gate live"; default data/evidence' },
  ],
  run: async (args) => {
    const chosen = args.flag('all') ? allOf(args.positionals) : args.positionals.map(drillNamed)
    if (chosen.length === 0) {
      console.log(
        [
          'Drills',
          ...tableLines(
            [left('name'), left('what it shows')],
            DRILLS.map(({ name, summary }) => [name, summary]),
          ),
        ].join('\n'),
      )
      return 0
    }
    const failed: Drill[] = []
    for (const drill of chosen) {
      const { failures, canceledMs } = play(drill)
      if (failures > 0) failed.push(drill)
      await keepEvidence(args.text('evidence-dir') ?? EVIDENCE_DIR, `drill.played.${drill.name}`, { failures, canceledMs })
    }
    if (chosen.length > 1) console.log(`${chosen.length - failed.length} of ${chosen.length} drills held`)
    return failed.length === 0 ? 0 : 1
  },
}

function allOf(positionals: readonly string[]): readonly Drill[] {
  if (positionals.length > 0) throw new UsageError(`--all plays every drill: "${positionals[0]}" is not expected besides`)
  return DRILLS
}

/** @throws {UsageError} for a name that is none. */
function drillNamed(name: string): Drill {
  const drill = DRILLS.find((candidate) => candidate.name === name)
  if (drill === undefined) throw new UsageError(`there is no drill "${name}"; choose of ${DRILLS.map((known) => known.name).join(', ')}`)
  return drill
}

/** Plays one drill line by line; returns how much did not hold, and how long after the halt the last order was gone, market ms. */
function play(drill: Drill): { readonly failures: number; readonly canceledMs: number | null } {
  console.log(`drill ${drill.name}: ${drill.summary}`)
  let startedAtMs: number | null = null
  let haltedAtMs: number | null = null
  let canceledMs: number | null = null
  const failures = playDrill(drill, (line) => {
    startedAtMs ??= line.atMs
    if (line.text.includes('HALTED') && line.holds === true) haltedAtMs ??= line.atMs
    if (line.text.includes(NO_ORDER) && line.holds === true && haltedAtMs !== null) canceledMs ??= line.atMs - haltedAtMs
    console.log(lineOf(line, startedAtMs))
  })
  console.log(failures === 0 ? `drill ${drill.name}: held\n` : `drill ${drill.name}: FAILED, ${failures} of what must hold did not\n`)
  return { failures, canceledMs }
}

/** `  0:00:13.010  ok    text`: market time since the start, and whether what must hold does. */
function lineOf({ atMs, text, holds }: DrillLine, startedAtMs: number): string {
  const mark = holds === null ? '' : holds ? 'ok' : 'FAIL'
  return `${elapsed(atMs - startedAtMs).padStart(13)}  ${mark.padEnd(4)}  ${text}`
}

function elapsed(ms: number): string {
  const two = (value: number) => String(value).padStart(2, '0')
  const seconds = Math.floor(ms / 1_000)
  const clock = `${Math.floor(seconds / 3_600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
  return `${clock}.${String(ms % 1_000).padStart(3, '0')}`
}
