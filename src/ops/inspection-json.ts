import { Secret } from '#domain/secret'

/** Bounds of one inspected value. */
export interface JsonBounds {
  readonly depthMax: number
  readonly entriesMax: number
  readonly textMax: number
  /** Nodes of the whole value; beyond it the rest shows as `[more]`. */
  readonly nodesMax: number
}

/** Bounds of a context or an event. */
export const CONTEXT_BOUNDS: JsonBounds = { depthMax: 8, entriesMax: 100, textMax: 1_000, nodesMax: 2_000 }
/** Bounds of a machine's definition: deeper, since a state nests a level a region. */
export const DEFINITION_BOUNDS: JsonBounds = { depthMax: 40, entriesMax: 500, textMax: 1_000, nodesMax: 20_000 }

const SECRET_KEY = /secret|token|passw|api_?key|private_?key|signature|mnemonic|authorization|credential|passphrase/i

interface Budget {
  nodes: number
}

function isActor(value: object): value is { readonly id: unknown; readonly sessionId: unknown } {
  return 'sessionId' in value && 'getSnapshot' in value
}

function copyObject(value: object, bounds: JsonBounds, budget: Budget, depth: number): unknown {
  if (value instanceof Secret) return '[secret]'
  // A reference to another actor would drag its whole system along.
  if (isActor(value)) return { id: value.id, sessionId: value.sessionId }
  if (value instanceof Error) return { name: value.name, message: value.message.slice(0, bounds.textMax) }
  if (value instanceof Map) return copyObject(Object.fromEntries([...value].slice(0, bounds.entriesMax)), bounds, budget, depth)
  const items = Array.isArray(value) ? value : value instanceof Set ? [...value] : null
  if (items !== null) {
    const shown = items.slice(0, bounds.entriesMax).map((item) => copy(item, bounds, budget, depth + 1))
    return items.length > shown.length ? [...shown, `[${items.length - shown.length} more]`] : shown
  }
  const result: Record<string, unknown> = {}
  const keys = Object.keys(value)
  for (const key of keys.slice(0, bounds.entriesMax)) {
    const item: unknown = Reflect.get(value, key)
    if (item !== undefined)
      result[key] = SECRET_KEY.test(key) && typeof item !== 'function' ? '[secret]' : copy(item, bounds, budget, depth + 1)
  }
  if (keys.length > bounds.entriesMax) result['[more]'] = keys.length - bounds.entriesMax
  return result
}

function copy(value: unknown, bounds: JsonBounds, budget: Budget, depth: number): unknown {
  if (--budget.nodes < 0 || depth > bounds.depthMax) return '[more]'
  switch (typeof value) {
    case 'string':
      return value.length > bounds.textMax ? `${value.slice(0, bounds.textMax)}…` : value
    case 'bigint':
      return String(value)
    case 'function':
      return { type: value.name === '' ? 'inline' : value.name }
    case 'object':
      return value === null ? null : copyObject(value, bounds, budget, depth)
    case 'boolean':
    case 'number':
      return value
    case 'symbol':
    case 'undefined':
      return null
  }
}

/** Returns a plain JSON copy of any value: secrets hidden by type and by key name, actors by id, everything bounded. */
export function inspectionJson(value: unknown, bounds: JsonBounds = CONTEXT_BOUNDS): unknown {
  return copy(value, bounds, { nodes: bounds.nodesMax }, 0)
}
