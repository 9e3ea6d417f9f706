// Looks for the first seed of the profile `ci` that finds each planted bug, and writes src/sim/planted/seeds.ts. Only seeds count whose
// run without a bug finds nothing. Names after the command choose bugs, `--from N` and `--max N` the seeds; exit 1 when a bug stays unfound.
import { RealClock } from '#ops/real-clock'
import { openPool, requestOf } from '#cli/simulate-workers'
import { PLANTED_BUGS } from '#sim/planted/bugs'
import { FIRST_SEEDS } from '#sim/planted/seeds'
import type { PlantedBug } from '#sim/planted/types'
import { FAULT_NAMES } from '#sim/simulate/faults'
import { objectionsOf, type SeedOutcome } from '#sim/simulate/outcome'
import type { WorkerPool } from '#sim/simulate/pool'
import { profileOf } from '#sim/simulate/profiles'

const PATH = 'src/sim/planted/seeds.ts'
const clock = new RealClock()
const profile = profileOf('ci')

function numberAfter(flag: string, otherwise: number): number {
  const at = process.argv.indexOf(flag)
  return at < 0 ? otherwise : Number(process.argv[at + 1])
}

const fromSeed = numberAfter('--from', 1)
const maxSeed = numberAfter('--max', 200)
const words = process.argv.slice(2)
const names = words.filter((word, index) => !word.startsWith('--') && !/^--(from|max)$/.test(words[index - 1] ?? ''))
const bugs = names.length === 0 ? PLANTED_BUGS : PLANTED_BUGS.filter((bug) => names.includes(bug.name))

/** Runs one seed in a process of a pool, with whatever bug that process carries. */
async function run(pool: WorkerPool, seed: number): Promise<SeedOutcome> {
  const request = requestOf({ profile, faults: FAULT_NAMES, without: [] }, seed)
  const outcomes: SeedOutcome[] = []
  await pool.run([request].values(), (outcome) => outcomes.push(outcome), new AbortController().signal)
  const [outcome] = outcomes
  if (outcome === undefined) throw new Error(`seed ${seed} gave no outcome`)
  return outcome
}

const clean = new Map<number, boolean>()

/** True when the run of a seed without any bug finds nothing: then what a bug's run finds is the bug. */
async function isClean(pool: WorkerPool, seed: number): Promise<boolean> {
  const known = clean.get(seed)
  if (known !== undefined) return known
  const [objection] = objectionsOf(await run(pool, seed))
  if (objection !== undefined)
    console.log(`seed ${seed} is not clean without a bug: ${objection.invariant} ${objection.text.slice(0, 160)}`)
  clean.set(seed, objection === undefined)
  return objection === undefined
}

const found: Record<string, number> = { ...FIRST_SEEDS }
const missed: string[] = []

/** Looks through the seeds for one bug, and tells how that went. */
async function search(bug: PlantedBug, sound: WorkerPool): Promise<void> {
  const pool = openPool(1, clock, bug.name)
  const others = new Set<string>()
  try {
    for (let seed = fromSeed; seed <= maxSeed; seed++) {
      const outcome = await run(pool, seed)
      if (outcome.kind === 'died') throw new Error(`${bug.name}: the process died at seed ${seed}`)
      const objections = objectionsOf(outcome)
      for (const { invariant, text } of objections) others.add(`${invariant} ${seed} ${text.slice(0, 100)}`)
      const first = objections.find(({ invariant }) => bug.breaks.includes(invariant))
      if (first === undefined || !(await isClean(sound, seed))) continue
      found[bug.name] = seed
      const invariants = [...new Set(objections.map(({ invariant }) => invariant))].join(' ')
      console.log(`${bug.name}: seed ${seed}, ${invariants} (${bug.breaks.join(' ')} expected): ${first.text.slice(0, 160)}`)
      return
    }
    missed.push(bug.name)
    console.log(
      `${bug.name}: not found within ${maxSeed} seeds; ${bug.breaks.join(' ')} expected, seen: ${[...others].slice(0, 3).join(' | ')}`,
    )
  } finally {
    await pool.close()
  }
}

const waiting = bugs.values()
const lanes = Array.from({ length: Math.min(bugs.length, navigator.hardwareConcurrency) }, async () => {
  const sound = openPool(1, clock, null)
  for (const bug of waiting) await search(bug, sound)
  await sound.close()
})
await Promise.all(lanes)

const rows = PLANTED_BUGS.map(({ name }) => `  '${name}': ${found[name]},`).join('\n')
const head = (await Bun.file(PATH).text()).split('{\n')[0]
await Bun.write(PATH, `${head}{\n${rows}\n}\n`)
console.log(`${bugs.length - missed.length} of ${bugs.length} found`)
process.exit(missed.length === 0 ? 0 : 1)
