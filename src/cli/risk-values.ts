import { CHANGEABLE_SECTIONS } from '#config/changeable'
import { configSchema } from '#config/schema'
import { isDecimalText } from '#domain/decimal'
import type { Json, JsonObject } from '#domain/json'
import { UsageError } from './command'

/** Returns what `KEY=VALUE` words change: `positionRatioMax=0.02` of `risk`, `policies.careful.orderNotionalMax=200`. @throws {UsageError} */
export function patchOf(words: readonly string[]): JsonObject {
  const patch: Record<string, Json> = {}
  for (const word of words) {
    const at = word.indexOf('=')
    if (at < 1) throw new UsageError(`"${word}": say KEY=VALUE, such as positionRatioMax=0.02 (see: bun run troupe risk --help)`)
    const path = pathOf(word.slice(0, at))
    put(patch, path, readValue(path, word.slice(at + 1)))
  }
  return patch
}

/** A key without a section is one of `risk`. */
function pathOf(key: string): readonly string[] {
  const names = key.split('.')
  if (names.some((name) => name === '')) throw new UsageError(`"${key}" is no key: names are parted by single dots`)
  return CHANGEABLE_SECTIONS.some((section) => section === names[0]) && names.length > 1 ? names : ['risk', ...names]
}

/** Reads a value as JSON, else as text; money stays text, as in the configuration. */
function readValue(path: readonly string[], text: string): Json {
  if (isDecimalText(text) && isMoney(path)) return text
  try {
    return JSON.parse(text) as Json
  } catch (error) {
    if (error instanceof SyntaxError) return text
    throw error
  }
}

function isMoney([section, ...names]: readonly string[]): boolean {
  const [key, ...more] = section === 'policies' ? names.slice(1) : names
  if (key === undefined || (section !== 'risk' && section !== 'policies')) return false
  if (key === 'gasMax') return more.length > 1
  const fields: Readonly<Record<string, { safeParse(value: unknown): { success: boolean } }>> = configSchema.shape.risk.unwrap().shape
  const field = Object.hasOwn(fields, key) ? fields[key] : undefined
  return field?.safeParse('1').success === true && !field.safeParse(1).success
}

function put(patch: Record<string, Json>, path: readonly string[], value: Json): void {
  let here = patch
  for (const name of path.slice(0, -1)) {
    const next = Object.hasOwn(here, name) ? here[name] : undefined
    const inner: Record<string, Json> = typeof next === 'object' && next !== null && !Array.isArray(next) ? { ...(next as JsonObject) } : {}
    Object.defineProperty(here, name, { value: inner, enumerable: true, writable: true, configurable: true })
    here = inner
  }
  Object.defineProperty(here, path.at(-1) ?? '', { value, enumerable: true, writable: true, configurable: true })
}
