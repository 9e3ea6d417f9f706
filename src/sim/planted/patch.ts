import { InvariantError } from '#domain/errors'
import type { PlantedBug } from './types'

/**
 * Returns the source with the bug in it.
 * @throws {InvariantError} unless the text to replace occurs exactly once: the product has moved on, and the bug must follow.
 */
export function patched(bug: PlantedBug, source: string): string {
  const parts = source.split(bug.find)
  if (parts.length !== 2)
    throw new InvariantError(`planted bug ${bug.name}: its text occurs ${parts.length - 1} times in ${bug.file}, not once`)
  return parts.join(bug.replace)
}
