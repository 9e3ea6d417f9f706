import { createHash } from 'node:crypto'
import type { EngineIdKind } from '#sim/engine/types'

/** Returns the uuid that a text names; the same text gives the same one. */
export function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** Returns the function that mints the venue's ids. Pure in seed, kind and number, so that a replay mints the same ids. */
export function idMint(seed: string): (kind: EngineIdKind, ordinal: number) => string {
  return (kind, ordinal) => uuidOf(`${seed} ${kind} ${ordinal}`)
}

/** Returns the 64 hex digits by which a fill's row is known. */
export function entryId(fillId: string): string {
  return createHash('sha256').update(`entry ${fillId}`).digest('hex')
}
