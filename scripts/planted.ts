// Looks for the first seed of the profile `ci` that finds each planted bug, and writes src/sim/planted/seeds.ts. Only seeds count whose
// run without a bug finds nothing. Names after the command choose bugs, `--from N` and `--max N` the seeds; exit 1 when a bug stays unfound.
import { RealClock } from '#ops/real-clock'
import { openPool, requestOf } from '#cli/simulate-workers'
import { PLANTED_BUGS } from '#sim/planted/bugs'
import { FIRST_SEEDS } from '#sim/planted/seeds'
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

const pools = new Map<string | null, WorkerPool>()

/** Runs one seed with a bug, or (null) without. */
async function run(planted: string | null, seed: number): Promise<SeedOutcome> {
  const pool = pools.get(planted) ?? openPool(1, clock, planted)
  pools.set(planted, pool)
  const request = requestOf({ profile, faults: FAULT_NAMES, without: [] }, seed)
  const outcomes: SeedOutcome[] = []
  await pool.run([request].values(), (outcome) => outcomes.push(outcome), new AbortController().signal)
  const [outcome] = outcomes
  if (outcome === undefined) throw new Error(`seed ${seed} gave no outcome`)
  return outcome
}

const clean = new Map<number, boolean>()

/** True when the run of a seed without any bug finds nothing: then what a bug's run finds is the bug. */
async function isClean(seed: number): Promise<boolean> {
  const known = clean.get(seed)
  if (known !== undefined) return known
  const objections = objectionsOf(await run(null, seed))
  if (objections.length > 0)
    console.log(`seed ${seed} is not clean without a bug: ${objections[0]?.invariant} ${objections[0]?.text.slice(0, 160)}`)
  clean.set(seed, objections.length === 0)
  return objections.length === 0
}

const found: Record<string, number> = { ...FIRST_SEEDS }
const missed: string[] = []
for (const bug of bugs) {
  let objections: ReturnType<typeof objectionsOf> = []
  let seed = fromSeed - 1
  while (objections.length === 0 && seed < maxSeed) {
    objections = objectionsOf(await run(bug.name, ++seed))
    if (objections.length > 0 && !(await isClean(seed))) objections = []
  }
  await pools.get(bug.name)?.close()
  pools.delete(bug.name)
  const [first] = objections
  if (first === undefined) {
    missed.push(bug.name)
    console.log(`${bug.name}: not found within ${maxSeed} seeds`)
    continue
  }
  found[bug.name] = seed
  const invariants = [...new Set(objections.map(({ invariant }) => invariant))].join(' ')
  console.log(`${bug.name}: seed ${seed}, ${invariants} (${bug.breaks.join(' ')} expected): ${first.text.slice(0, 160)}`)
}
for (const pool of pools.values()) await pool.close()

const rows = PLANTED_BUGS.map(({ name }) => `  '${name}': ${found[name]},`).join('\n')
const head = (await Bun.file(PATH).text()).split('{\n')[0]
await Bun.write(PATH, `${head}{\n${rows}\n}\n`)
console.log(`${bugs.length - missed.length} of ${bugs.length} found`)
process.exit(missed.length === 0 ? 0 : 1)
