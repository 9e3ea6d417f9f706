import { createHash } from 'node:crypto'
import type { EngineIdKind } from '#sim/engine/types'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const FIRST = { order: 'O', fill: 'T', ledger: 'L', amend: 'T', transfer: 'F' } as const satisfies Record<EngineIdKind, string>

/**
 * Returns the function that mints the venue's ids: 17 upper-case letters and digits in groups of 6, 5 and 6, the first letter that
 * of the kind (protocol sheet §3.4). Pure in seed, kind and number, so that a replay mints the same ids.
 */
export function idMint(seed: string): (kind: EngineIdKind, ordinal: number) => string {
  return (kind, ordinal) => {
    const bytes = createHash('sha256').update(`${seed} ${kind} ${ordinal}`).digest()
    let text: string = FIRST[kind]
    for (let index = 0; index < 16; index++) text += ALPHABET.charAt((bytes[index] ?? 0) & 31)
    return `${text.slice(0, 6)}-${text.slice(6, 11)}-${text.slice(11, 17)}`
  }
}
