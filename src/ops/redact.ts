import { AppError } from '#domain/errors'

const HIDDEN = '[secret]'
const DEPTH_MAX = 8
const ITEMS_MAX = 200
const TEXT_MAX = 8_192

/** Names of values that are never shown, whatever they hold. */
const SECRET_NAME =
  /(^|[-_.])(api[-_]?(key|secret|sign)|secret|token|password|passphrase|authorization|cookie|otp|private[-_]?key|signature)s?$/i
const SECRET_CAMEL = /(apiKey|apiSecret|apiSign|Secret|Token|Password|Passphrase|Authorization|PrivateKey|Signature)s?$/
/** The same names where they stand inside a text: a frame, a form body, a header line. */
const SECRET_IN_TEXT =
  /((?:api[-_]?(?:key|secret|sign)|secret|token|password|passphrase|authorization|private[-_]?key|signature)\\?["']?\s*[:=]\s*\\?["']?(?:Bearer\s+)?)[^\s"'\\,;&}]+/gi

/** True when a field of this name must not be shown. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name) || SECRET_CAMEL.test(name)
}

/**
 * Returns what may be shown of any value (I9): secrets by name and inside texts replaced, errors as plain objects, bigints as
 * text, cycles and excess cut off.
 */
export function redacted(value: unknown): unknown {
  return shown(value, 0, new Set())
}

/** Returns the text with everything replaced that is named as a secret in it. */
export function redactedText(text: string): string {
  const cut = text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}… (${text.length} characters)` : text
  return cut.replace(SECRET_IN_TEXT, `$1${HIDDEN}`)
}

function shown(value: unknown, depth: number, above: Set<object>): unknown {
  switch (typeof value) {
    case 'string':
      return redactedText(value)
    case 'bigint':
      return value.toString()
    case 'function':
    case 'symbol':
      return `[${typeof value}]`
    case 'object':
      return value === null ? null : shownObject(value, depth, above)
    case 'number':
    case 'boolean':
    case 'undefined':
      return value
  }
}

function shownObject(value: object, depth: number, above: Set<object>): unknown {
  if (above.has(value)) return '[circular]'
  if (depth >= DEPTH_MAX) return '[deep]'
  above.add(value)
  try {
    if (value instanceof Error) return shownError(value, depth, above)
    if ('toJSON' in value && typeof value.toJSON === 'function') return shown(value.toJSON(), depth + 1, above)
    if (Array.isArray(value)) return value.slice(0, ITEMS_MAX).map((item) => shown(item, depth + 1, above))
    const entries = value instanceof Map ? [...value].map(([key, item]) => [String(key), item] as const) : Object.entries(value)
    return Object.fromEntries(
      entries.slice(0, ITEMS_MAX).map(([name, item]) => [name, isHidden(name, item) ? HIDDEN : shown(item, depth + 1, above)]),
    )
  } finally {
    above.delete(value)
  }
}

function isHidden(name: string, item: unknown): boolean {
  return item !== null && item !== undefined && typeof item !== 'boolean' && isSecretName(name)
}

function shownError(error: Error, depth: number, above: Set<object>): Record<string, unknown> {
  const base: Record<string, unknown> = { name: error.name, message: redactedText(error.message) }
  if (error instanceof AppError) {
    base['code'] = error.code
    base['severity'] = error.severity
    base['details'] = shown(error.details, depth + 1, above)
  } else if ('code' in error) base['code'] = String(error.code)
  if (error.stack !== undefined) base['stack'] = redactedText(error.stack)
  if (error.cause !== undefined) base['cause'] = shown(error.cause, depth + 1, above)
  return base
}
