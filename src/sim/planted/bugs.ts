import { NotFoundError } from '#domain/errors'
import { ADAPTER_BUGS } from './adapter'
import { DESK_BUGS } from './desk'
import { LEDGER_BUGS } from './ledger'
import { LIFECYCLE_BUGS } from './lifecycle'
import { MACHINE_BUGS } from './machines'
import { RISK_BUGS } from './risk'
import { STORE_BUGS } from './store'
import type { PlantedBug } from './types'

/** Every planted bug, by area. */
export const PLANTED_BUGS: readonly PlantedBug[] = [
  ...DESK_BUGS,
  ...RISK_BUGS,
  ...LEDGER_BUGS,
  ...ADAPTER_BUGS,
  ...LIFECYCLE_BUGS,
  ...STORE_BUGS,
  ...MACHINE_BUGS,
]

/** Returns the bug of a name. @throws {NotFoundError} when there is none. */
export function plantedBug(name: string): PlantedBug {
  const bug = PLANTED_BUGS.find((candidate) => candidate.name === name)
  if (bug === undefined) throw new NotFoundError(`No planted bug is called "${name}".`)
  return bug
}
