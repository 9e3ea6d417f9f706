import { type Decimal, decimal } from '#domain/decimal'
import { refuse, refuseArgument } from './refusal'
import { isWireObject, NumberToken, readJson, type WireJson, type WireObject } from './wire-json'

const PLAIN_NUMBER = /^-?\d+(\.\d+)?$/
const FORM_NESTED = /^(\w+)\[(\w+)\]$/

function readForm(body: string): WireObject {
  const fields: Record<string, WireJson> = {}
  for (const [key, value] of new URLSearchParams(body)) {
    const nested = FORM_NESTED.exec(key)
    if (nested?.[1] === undefined || nested[2] === undefined) fields[key] = value
    else fields[nested[1]] = { ...(fields[nested[1]] as WireObject | undefined), [nested[2]]: value }
  }
  return fields
}

/**
 * Arguments of one REST call, whether they came as a query, a form or JSON: numbers and booleans of JSON read like their text.
 * Readers return null for an absent field and refuse one that cannot be read with `EGeneral:Invalid arguments:<field>`.
 */
export class RestParams {
  readonly #fields: WireObject

  constructor(fields: WireObject) {
    this.#fields = fields
  }

  /** Reads a query or form body. */
  static ofForm(text: string): RestParams {
    return new RestParams(readForm(text))
  }

  /** Reads a JSON body. @throws {KrakenRefusal} `EAPI:Bad request` when it is no JSON object. */
  static ofJson(text: string): RestParams {
    let value: WireJson
    try {
      value = readJson(text)
    } catch {
      return refuse('EAPI:Bad request') // the syntax error itself is of no use to the caller: the venue says no more than this
    }
    return isWireObject(value) ? new RestParams(value) : refuse('EAPI:Bad request')
  }

  text(name: string): string | null {
    const value = this.#fields[name]
    if (value === undefined || value === null) return null
    if (typeof value === 'string') return value === '' ? null : value
    if (value instanceof NumberToken) return value.text
    if (typeof value === 'boolean') return String(value)
    return refuseArgument(name)
  }

  required(name: string): string {
    return this.text(name) ?? refuseArgument(name)
  }

  flag(name: string, fallback = false): boolean {
    const text = this.text(name)?.toLowerCase()
    if (text === undefined) return fallback
    if (text === 'true' || text === '1') return true
    if (text === 'false' || text === '0') return false
    return refuseArgument(name)
  }

  /** Reads plain decimal text; exponent notation is refused, as the venue does. */
  decimal(name: string): Decimal | null {
    const text = this.text(name)
    if (text === null) return null
    return PLAIN_NUMBER.test(text) ? decimal(text) : refuseArgument(name)
  }

  integer(name: string, min: number, max: number): number | null {
    const text = this.text(name)
    if (text === null) return null
    const value = /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN
    return value >= min && value <= max ? value : refuseArgument(name)
  }

  /** Reads a comma list, or a JSON list of texts; empty when absent. */
  list(name: string): readonly string[] {
    const value = this.#fields[name]
    if (Array.isArray(value)) return value.map((item: WireJson) => itemText(item) ?? refuseArgument(name))
    const text = this.text(name)
    return text === null ? [] : text.split(',').map((item) => item.trim())
  }

  /** Reads a nested object; null when absent. */
  object(name: string): RestParams | null {
    const value = this.#fields[name]
    if (value === undefined || value === null) return null
    return isWireObject(value) ? new RestParams(value) : refuseArgument(name)
  }

  /** Reads a list of objects; null when absent. */
  objects(name: string): readonly RestParams[] | null {
    const value = this.#fields[name]
    if (value === undefined || value === null) return null
    if (!Array.isArray(value)) return refuseArgument(name)
    return value.map((item: WireJson) => (isWireObject(item) ? new RestParams(item) : refuseArgument(name)))
  }
}

function itemText(item: WireJson): string | null {
  if (typeof item === 'string') return item
  return item instanceof NumberToken ? item.text : null
}
