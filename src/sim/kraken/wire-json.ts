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

/** A key or text that stands in JSON as it is. */
const PLAIN = /^[\w .:/+@-]*$/

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
  if (typeof value === 'string') return PLAIN.test(value) ? `"${value}"` : JSON.stringify(value)
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new InvariantError(`writeJson(): ${value} must be a number token`)
    return String(value)
  }
  if (value instanceof NumberToken) return value.text
  if (Array.isArray(value)) return `[${value.map(writeJson).join(',')}]`
  let text = ''
  for (const key of Object.keys(value)) {
    const field = (value as WireObject)[key]
    if (field === undefined) continue
    const name = PLAIN.test(key) ? `"${key}"` : JSON.stringify(key)
    text += text === '' ? `${name}:${writeJson(field)}` : `,${name}:${writeJson(field)}`
  }
  return `{${text}}`
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
