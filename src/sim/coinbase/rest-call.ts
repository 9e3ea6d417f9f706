import type { JsonObject } from '#domain/json'
import type { KeyScope } from './credentials'
import type { Face } from './face'
import type { OrderChanges } from './order-changes'
import type { OrderEntry } from './order-entry'
import { refuseArgument } from './refusal'

/** One request after its token was found good. */
export interface Call {
  readonly face: Face
  readonly entry: OrderEntry
  readonly changes: OrderChanges
  readonly query: Query
  readonly body: string
  /** What the path names between its fixed parts. */
  readonly named: string
  /** Account and key name of the token; empty on public paths. */
  readonly accountId: string
  readonly keyName: string
  /** Facts younger than this are not shown yet (fault `restLag`); 0 without. */
  readonly lagMs: number
}

/** One operation: where it is, who may call it, what it answers. Throws `HttpRefusal` to refuse. */
export interface Operation {
  /** What faults know it by. */
  readonly label: string
  readonly method: 'GET' | 'POST'
  /** Path below the prefix; the one group is what is `named`. */
  readonly path: RegExp
  /** Null for a public path. */
  readonly scope: KeyScope | null
  readonly run: (call: Call) => JsonObject
}

/** A query string. Names may repeat. */
export class Query {
  readonly #params: URLSearchParams

  constructor(text: string) {
    this.#params = new URLSearchParams(text)
  }

  /** The first value under a name; empty ones count as none. */
  text(name: string): string | null {
    return this.#params.get(name) || null
  }

  /** All values under a name. */
  all(name: string): readonly string[] {
    return this.#params.getAll(name).filter((value) => value !== '')
  }

  flag(name: string): boolean {
    return this.text(name) === 'true'
  }

  /** @throws {HttpRefusal} 400 for what is no count. */
  count(name: string): number | null {
    const text = this.text(name)
    if (text === null) return null
    return /^\d{1,9}$/.test(text) ? Number(text) : refuseArgument(`${name} is invalid`)
  }
}

/** Makes an opaque cursor of a place in a list. */
export function cursorOf(place: number): string {
  return Buffer.from(`place ${place}`).toString('base64')
}

/** Reads a cursor back; 0 for none. @throws {HttpRefusal} 400 for one that was never given. */
export function placeOf(cursor: string | null): number {
  if (cursor === null) return 0
  const match = /^place (\d{1,9})$/.exec(Buffer.from(cursor, 'base64').toString('utf8'))
  return match?.[1] === undefined ? refuseArgument('cursor is invalid') : Number(match[1])
}
