import { InvariantError } from '#domain/errors'

/**
 * A JSON number as its own text. Prices and quantities cross the wire with the fixed decimals of their pair, which a double
 * cannot carry (protocol sheet §4.6), so they are neither written from nor read into a `number`.
 */
export class NumberToken {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** What an emulator's answer is made of. A plain `number` must be a safe integer; an absent field is `undefined`. */
export type WireJson = string | number | boolean | null | NumberToken | readonly WireJson[] | WireObject
export type WireObject = { readonly [key: string]: WireJson | undefined }

const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/

/** Returns a number token of decimal text, digits kept as they stand. @throws {InvariantError} when it is no JSON number. */
export function numberToken(text: string): NumberToken {
  if (!NUMBER.test(text)) throw new InvariantError(`"${text}" is no JSON number`)
  return new NumberToken(text)
}

/**
 * Returns JSON text, keys in their given order, number tokens unchanged.
 * @throws {InvariantError} on a number that is not a safe integer: such figures must be tokens.
 */
export function writeJson(value: WireJson): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new InvariantError(`writeJson(): ${value} must be a number token`)
    return String(value)
  }
  if (value instanceof NumberToken) return value.text
  if (Array.isArray(value)) return `[${value.map(writeJson).join(',')}]`
  const parts: string[] = []
  for (const [key, field] of Object.entries(value as WireObject)) {
    if (field !== undefined) parts.push(`${JSON.stringify(key)}:${writeJson(field)}`)
  }
  return `{${parts.join(',')}}`
}

/** Reads JSON text with every number kept as a token. @throws {SyntaxError} when the text is no JSON. */
export function readJson(text: string): WireJson {
  return JSON.parse(text, (_key, value: unknown, context?: { readonly source?: string }) =>
    typeof value === 'number' ? new NumberToken(context?.source ?? String(value)) : value,
  ) as WireJson
}

/** True for a JSON object: no array, no token, not null. */
export function isWireObject(value: WireJson | undefined): value is WireObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof NumberToken)
}
