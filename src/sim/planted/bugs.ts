import { NotFoundError } from '#domain/errors'
import { DESK_BUGS } from './desk'
import type { PlantedBug } from './types'

/** Every planted bug, by area. */
export const PLANTED_BUGS: readonly PlantedBug[] = [...DESK_BUGS]

/** Returns the bug of a name. @throws {NotFoundError} when there is none. */
export function plantedBug(name: string): PlantedBug {
  const bug = PLANTED_BUGS.find((candidate) => candidate.name === name)
  if (bug === undefined) throw new NotFoundError(`No planted bug is called "${name}".`)
  return bug
}
