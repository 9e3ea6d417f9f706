import { type Decimal, decimal, isDecimalText } from './decimal'
import { AppError } from './errors'
import type { Json, JsonObject } from './json'

function refuse(path: string, wanted: string, value: Json | undefined): never {
  const shown = value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 60)
  throw new AppError(`${path} should be ${wanted}, but is ${shown}`, { code: 'REPLAY_INVALID', severity: 'HIGH' })
}

/**
 * Readers for what our own code wrote as JSON (journal, snapshots). Each names the path of what it refuses.
 * @throws {AppError} `REPLAY_INVALID` when the value has another form.
 */
export function readObject(value: Json | undefined, path: string): JsonObject {
  if (value === undefined || value === null || typeof value !== 'object' || Array.isArray(value)) return refuse(path, 'an object', value)
  return value as JsonObject
}

/** Reads an array. @throws {AppError} `REPLAY_INVALID`. */
export function readArray(value: Json | undefined, path: string): readonly Json[] {
  if (!Array.isArray(value)) return refuse(path, 'an array', value)
  return value
}

/** Reads a text. @throws {AppError} `REPLAY_INVALID`. */
export function readText(value: Json | undefined, path: string): string {
  return typeof value === 'string' ? value : refuse(path, 'a text', value)
}

/** Reads an integer. @throws {AppError} `REPLAY_INVALID`. */
export function readInteger(value: Json | undefined, path: string): number {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : refuse(path, 'an integer', value)
}

/** Reads a finite number. @throws {AppError} `REPLAY_INVALID`. */
export function readNumber(value: Json | undefined, path: string): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : refuse(path, 'a number', value)
}

/** Reads a truth value. @throws {AppError} `REPLAY_INVALID`. */
export function readBoolean(value: Json | undefined, path: string): boolean {
  return typeof value === 'boolean' ? value : refuse(path, 'true or false', value)
}

/** Reads a decimal text. @throws {AppError} `REPLAY_INVALID`. */
export function readDecimal(value: Json | undefined, path: string): Decimal {
  return typeof value === 'string' && isDecimalText(value) ? decimal(value) : refuse(path, 'a decimal text', value)
}

/** Reads one of the given words. @throws {AppError} `REPLAY_INVALID`. */
export function readOneOf<T extends string>(value: Json | undefined, path: string, words: readonly T[]): T {
  return words.find((word) => word === value) ?? refuse(path, `one of ${words.join(', ')}`, value)
}

/** Reads a value that may be null. */
export function readNullable<T>(value: Json | undefined, path: string, read: (value: Json, path: string) => T): T | null {
  if (value === undefined) return refuse(path, 'there', value)
  return value === null ? null : read(value, path)
}
