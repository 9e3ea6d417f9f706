import { InvariantError } from './errors'

/** Plain JSON, as it stands in journal payloads, machine contexts and API bodies. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }
export type JsonObject = { readonly [key: string]: Json }

/**
 * Returns canonical JSON text: keys sorted by UTF-16 code unit, no white space, so that equal values have equal bytes and hashes.
 * @throws {InvariantError} on undefined, a function, a bigint, NaN or an infinity.
 */
export function canonicalJson(value: Json): string {
  // A sorted copy in the engine's own JSON.stringify takes half the time of spelling it out, and this runs for each journal entry.
  const copy = sortedCopy(value)
  return copy === undefined ? spelledOut(value) : JSON.stringify(copy)
}

/** Returns the value with the keys of its objects in order, or undefined when an object could not keep them in order. */
function sortedCopy(value: Json): Json | undefined {
  if (typeof value !== 'object' || value === null) return checkedScalar(value)
  if (Array.isArray(value)) {
    const items: Json[] = []
    for (const item of value) {
      const copy = sortedCopy(item)
      if (copy === undefined) return undefined
      items.push(copy)
    }
    return items
  }
  const object = value as JsonObject
  const sorted: Record<string, Json> = {}
  for (const key of sortedKeys(object)) {
    if (!isKeptInPlace(key)) return undefined
    const copy = sortedCopy(object[key] as Json)
    if (copy === undefined) return undefined
    sorted[key] = copy
  }
  return sorted
}

function checkedScalar(value: Json): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value !== 'number') throw new InvariantError(`canonicalJson(): a ${typeof value} has no JSON form`)
  if (!Number.isFinite(value)) throw new InvariantError(`canonicalJson(): ${value} has no JSON form`)
  return value
}

function sortedKeys(object: JsonObject): string[] {
  const keys = Object.keys(object)
  for (let index = 1; index < keys.length; index++) if ((keys[index - 1] as string) > (keys[index] as string)) return keys.sort()
  return keys
}

/** Engines move keys that look like array indices to the front, and `__proto__` is no key at all in an assignment. */
function isKeptInPlace(key: string): boolean {
  const first = key.charCodeAt(0)
  return !(first >= 48 && first <= 57) && key !== '__proto__'
}

function spelledOut(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(checkedScalar(value))
  if (Array.isArray(value)) return `[${Array.from(value, spelledOut).join(',')}]`
  const object = value as JsonObject
  const parts = sortedKeys(object).map((key) => `${JSON.stringify(key)}:${spelledOut(object[key] as Json)}`)
  return `{${parts.join(',')}}`
}
