import { InvariantError } from './errors'

/** Plain JSON, as it stands in journal payloads, machine contexts and API bodies. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }
export type JsonObject = { readonly [key: string]: Json }

/**
 * Returns canonical JSON text: keys sorted, no white space, so that equal values have equal bytes and hashes.
 * @throws {InvariantError} on undefined, a function, a bigint, NaN or an infinity.
 */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new InvariantError(`canonicalJson(): ${value} has no JSON form`)
    return JSON.stringify(value)
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object') throw new InvariantError(`canonicalJson(): a ${typeof value} has no JSON form`)
  const object = value as JsonObject
  const parts: string[] = []
  for (const key of Object.keys(object).sort()) parts.push(`${JSON.stringify(key)}:${canonicalJson(object[key] as Json)}`)
  return `{${parts.join(',')}}`
}
