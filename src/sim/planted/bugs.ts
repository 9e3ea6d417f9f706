import { mustExist, NotFoundError } from '#domain/errors'
import { ADAPTER_BUGS } from './adapter'
import { DESK_BUGS } from './desk'
import { LEDGER_BUGS } from './ledger'
import { LIFECYCLE_BUGS } from './lifecycle'
import { MACHINE_BUGS } from './machines'
import { PROTECTION_BUGS } from './protection'
import { RISK_BUGS } from './risk'
import { FIRST_SEEDS } from './seeds'
import { STORE_BUGS } from './store'
import type { PlantedBug } from './types'

/** What a search must have looked through at least, and how many times over it may take what it took, before a bug counts as missed. */
const BUDGET_MIN = 20
const BUDGET_FACTOR = 3

/** Every planted bug, by area. */
export const PLANTED_BUGS: readonly PlantedBug[] = [
  ...DESK_BUGS,
  ...RISK_BUGS,
  ...LEDGER_BUGS,
  ...ADAPTER_BUGS,
  ...LIFECYCLE_BUGS,
  ...STORE_BUGS,
  ...MACHINE_BUGS,
  ...PROTECTION_BUGS,
].map((mistake) => {
  const seed = mustExist(FIRST_SEEDS[mistake.name], `no seed is known that finds the planted bug ${mistake.name}`)
  return { ...mistake, seed, budget: Math.max(BUDGET_MIN, BUDGET_FACTOR * seed) }
})

/** Returns the bug of a name. @throws {NotFoundError} when there is none. */
export function plantedBug(name: string): PlantedBug {
  const bug = PLANTED_BUGS.find((candidate) => candidate.name === name)
  if (bug === undefined) throw new NotFoundError(`No planted bug is called "${name}".`)
  return bug
}
