import type { Decimal } from '#domain/decimal'
import { isDecimalText } from '#domain/decimal'
import { InvariantError } from '#domain/errors'
import type { Json, JsonObject } from '#domain/json'
import type { RowChange } from './types'

/** Collects which rows changed; a row that changes often is made into JSON once, when it is drained. */
export class Changes {
  #isTracking = false
  #rows = new Map<string, () => RowChange>()

  /** Changes are forgotten until this is called, so that an engine without a store keeps none. */
  track(): void {
    this.#isTracking = true
  }

  put(bucket: string, key: string, ordinal: number, value: () => JsonObject): void {
    if (this.#isTracking) this.#rows.set(`${bucket}\u0000${key}`, () => ({ bucket, key, ordinal, value: value() }))
  }

  remove(bucket: string, key: string): void {
    if (this.#isTracking) this.#rows.set(`${bucket}\u0000${key}`, () => ({ bucket, key, ordinal: 0, value: null }))
  }

  drain(): readonly RowChange[] {
    if (this.#rows.size === 0) return []
    const rows = [...this.#rows.values()].map((make) => make())
    this.#rows = new Map()
    return rows
  }
}

/** Reads a stored row field by field. Every method throws an `InvariantError` that names the row when a field is not what was stored. */
export class RowReader {
  readonly #row: JsonObject
  readonly #name: string

  constructor(row: JsonObject, name: string) {
    this.#row = row
    this.#name = name
  }

  has(field: string): boolean {
    return this.#row[field] !== undefined
  }

  isNull(field: string): boolean {
    return this.#row[field] === null
  }

  /** Reads a field as it is, for values that check themselves. */
  json(field: string): Json {
    return this.#row[field] ?? this.#fail(field)
  }

  text(field: string): string {
    const value = this.#row[field]
    return typeof value === 'string' ? value : this.#fail(field)
  }

  textOrNull(field: string): string | null {
    return this.#row[field] === null ? null : this.text(field)
  }

  /** Reads a text that must be one of `choices`. */
  choice<T extends string>(field: string, choices: readonly T[]): T {
    const value = this.text(field)
    return choices.find((choice) => choice === value) ?? this.#fail(field)
  }

  decimal(field: string): Decimal {
    const value = this.text(field)
    return isDecimalText(value) ? (value as Decimal) : this.#fail(field)
  }

  decimalOrNull(field: string): Decimal | null {
    return this.#row[field] === null ? null : this.decimal(field)
  }

  number(field: string): number {
    const value = this.#row[field]
    return typeof value === 'number' ? value : this.#fail(field)
  }

  numberOrNull(field: string): number | null {
    return this.#row[field] === null ? null : this.number(field)
  }

  flag(field: string): boolean {
    const value = this.#row[field]
    return typeof value === 'boolean' ? value : this.#fail(field)
  }

  /** Reads a bigint that was stored as decimal text. */
  whole(field: string): bigint {
    const value = this.text(field)
    return /^-?\d+$/.test(value) ? BigInt(value) : this.#fail(field)
  }

  wholeOrNull(field: string): bigint | null {
    return this.#row[field] === null ? null : this.whole(field)
  }

  object(field: string): JsonObject {
    const value = this.#row[field]
    return isJsonObject(value) ? value : this.#fail(field)
  }

  reader(field: string): RowReader {
    return new RowReader(this.object(field), `${this.#name}.${field}`)
  }

  readers(field: string): readonly RowReader[] {
    const value = this.#row[field]
    if (!Array.isArray(value)) return this.#fail(field)
    return value.map((item: Json, index) =>
      isJsonObject(item) ? new RowReader(item, `${this.#name}.${field}[${index}]`) : this.#fail(`${field}[${index}]`),
    )
  }

  texts(field: string): readonly string[] {
    const value = this.#row[field]
    if (!Array.isArray(value)) return this.#fail(field)
    return value.map((item: Json, index) => (typeof item === 'string' ? item : this.#fail(`${field}[${index}]`)))
  }

  #fail(field: string): never {
    throw new InvariantError(`stored row ${this.#name}: field "${field}" is damaged`)
  }
}

function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
