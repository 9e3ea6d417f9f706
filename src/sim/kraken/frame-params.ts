import { type Decimal, decimal } from '#domain/decimal'
import { refuse, refuseArgument } from './refusal'
import { isWireObject, NumberToken, type WireJson, type WireObject } from './wire-json'

function titled(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1)
}

/**
 * Parameters of one WebSocket v2 message. Unlike REST the types are strict: a figure must be a JSON number
 * (`Limit_price field must be a number_float`), a name a string. Readers return null for an absent field.
 */
export class FrameParams {
  readonly #fields: WireObject

  constructor(fields: WireObject) {
    this.#fields = fields
  }

  names(): readonly string[] {
    return Object.keys(this.#fields)
  }

  has(name: string): boolean {
    return this.#fields[name] !== undefined && this.#fields[name] !== null
  }

  text(name: string): string | null {
    const value = this.#fields[name]
    if (value === undefined || value === null) return null
    return typeof value === 'string' ? value : refuse(`EGeneral:Invalid arguments:${titled(name)} field must be a string`)
  }

  required(name: string): string {
    return this.text(name) ?? refuseArgument(name)
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.#fields[name]
    if (value === undefined || value === null) return fallback
    return typeof value === 'boolean' ? value : refuse(`EGeneral:Invalid arguments:${titled(name)} field must be a bool`)
  }

  /** Reads a JSON number, digits kept; a string is refused with the venue's own text. */
  decimal(name: string): Decimal | null {
    const value = this.#fields[name]
    if (value === undefined || value === null) return null
    return value instanceof NumberToken ? decimal(value.text) : refuse(`${titled(name)} field must be a number_float`)
  }

  integer(name: string, min: number, max: number): number | null {
    const value = this.#fields[name]
    if (value === undefined || value === null) return null
    const number = value instanceof NumberToken && /^-?\d{1,15}$/.test(value.text) ? Number(value.text) : Number.NaN
    return number >= min && number <= max ? number : refuse(`${titled(name)} field must be an integer`)
  }

  /** Reads a list of texts and integers as texts; empty when absent. */
  list(name: string): readonly string[] {
    const value = this.#fields[name]
    if (value === undefined || value === null) return []
    if (!Array.isArray(value)) return refuseArgument(name)
    return value.map((item: WireJson) => {
      if (typeof item === 'string') return item
      return item instanceof NumberToken ? item.text : refuseArgument(name)
    })
  }

  object(name: string): FrameParams | null {
    const value = this.#fields[name]
    if (value === undefined || value === null) return null
    return isWireObject(value) ? new FrameParams(value) : refuseArgument(name)
  }

  objects(name: string): readonly FrameParams[] {
    const value = this.#fields[name]
    if (!Array.isArray(value)) return refuseArgument(name)
    return value.map((item: WireJson) => (isWireObject(item) ? new FrameParams(item) : refuseArgument(name)))
  }
}
