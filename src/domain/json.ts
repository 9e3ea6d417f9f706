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
  const sorted = inOrder(value)
  return sorted === undefined ? spelledOut(value) : JSON.stringify(sorted)
}

/**
 * Returns the value with the keys of its objects in order: the value itself where they are, else a copy of what they are not in.
 * Undefined when a copy could not keep them in order.
 */
function inOrder(value: Json): Json | undefined {
  if (typeof value !== 'object' || value === null) return checkedScalar(value)
  return Array.isArray(value) ? itemsInOrder(value) : objectInOrder(value as JsonObject)
}

function itemsInOrder(items: readonly Json[]): readonly Json[] | undefined {
  let copy: Json[] | null = null
  for (let index = 0; index < items.length; index++) {
    const item = items[index] as Json
    const sorted = typeof item === 'string' ? item : inOrder(item)
    if (sorted === undefined) return undefined
    if (copy === null && sorted !== item) copy = items.slice(0, index)
    if (copy !== null) copy.push(sorted)
  }
  return copy ?? items
}

function objectInOrder(object: JsonObject): JsonObject | undefined {
  const keys = Object.keys(object)
  const order = orderOf(keys)
  // An object with a prototype of its own may have a toJSON, which canonical text never asks.
  let copy = order === keys && Object.getPrototypeOf(object) === Object.prototype ? null : copyOf(object, order, 0)
  for (let index = 0; index < order.length; index++) {
    const key = order[index] as string
    const item = object[key] as Json
    const sorted = typeof item === 'string' ? item : inOrder(item)
    if (sorted === undefined) return undefined
    if (copy === null && sorted !== item) copy = copyOf(object, order, index)
    if (copy === undefined) return undefined
    if (copy === null) continue
    if (!isKeptInPlace(key)) return undefined
    copy[key] = sorted
  }
  return copy ?? object
}

/** Returns the first `count` keys of an object as an object of their own; undefined when it could not keep them in order. */
function copyOf(object: JsonObject, order: readonly string[], count: number): Record<string, Json> | undefined {
  const copy: Record<string, Json> = {}
  for (let index = 0; index < count; index++) {
    const key = order[index] as string
    if (!isKeptInPlace(key)) return undefined
    copy[key] = object[key] as Json
  }
  return copy
}

function checkedScalar(value: Json): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value !== 'number') throw new InvariantError(`canonicalJson(): a ${typeof value} has no JSON form`)
  if (!Number.isFinite(value)) throw new InvariantError(`canonicalJson(): ${value} has no JSON form`)
  return value
}

interface Shape {
  readonly keys: readonly string[]
  /** The same list when it is in order. */
  readonly order: readonly string[]
}

/** Shapes remembered, how many of them may begin alike, and their keys: objects come from a few dozen places in the code. */
const SHAPES_MAX = 1_000
const ALIKE_MAX = 16
const KEYS_MAX = 64
const shapes = new Map<string, Shape[]>()
let shapeCount = 0

/** Returns the keys in order: the list itself when they are. Sorting costs ten times the look-up of a shape that was met before. */
function orderOf(keys: string[]): readonly string[] {
  const [first] = keys
  if (first === undefined) return keys
  const alike = shapes.get(first)
  const known = alike === undefined ? null : knownOf(alike, keys)
  if (known !== null) return known.order === known.keys ? keys : known.order
  const order = isSorted(keys) ? keys : keys.toSorted()
  if (shapeCount < SHAPES_MAX && keys.length <= KEYS_MAX && (alike?.length ?? 0) < ALIKE_MAX) {
    shapeCount++
    if (alike === undefined) shapes.set(first, [{ keys, order }])
    else alike.push({ keys, order })
  }
  return order
}

function knownOf(alike: readonly Shape[], keys: readonly string[]): Shape | null {
  for (const shape of alike) if (isSame(shape.keys, keys)) return shape
  return null
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  if (one.length !== other.length) return false
  for (let index = 0; index < one.length; index++) if (one[index] !== other[index]) return false
  return true
}

function isSorted(keys: readonly string[]): boolean {
  for (let index = 1; index < keys.length; index++) if ((keys[index - 1] as string) > (keys[index] as string)) return false
  return true
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
  const parts = orderOf(Object.keys(object)).map((key) => `${JSON.stringify(key)}:${spelledOut(object[key] as Json)}`)
  return `{${parts.join(',')}}`
}
