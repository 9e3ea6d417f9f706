import type { Json, JsonObject } from '#domain/json'
import { readArray, readInteger, readNullable, readObject, readText } from '#domain/json-read'
import type { JournalEntry } from '#ports/journal'
import type { ChangedKey } from '#ports/risk-config'
import type { Overlaid } from './config-planner'

/** The kind of journal entry that a change is. */
export const CONFIG_CHANGED = 'config.changed'
/** Changes that are remembered; older ones are in the journal. */
const HISTORY_MAX = 1_000

/** One change as the journal tells it. Plain JSON. */
export type ConfigChange = {
  readonly version: number
  readonly atMs: number
  readonly operator: string
  readonly address: string
  readonly reason: string
  readonly rollbackTo: number | null
  readonly changes: readonly ChangedKey[]
  readonly loosened: readonly string[]
  /** All keys that were not as the configuration had them, from this change on. */
  readonly overlay: readonly Overlaid[]
}

/** What was changed while the company ran: a fold of the journal. */
export class ConfigMemory {
  #history: ConfigChange[] = []

  /** Oldest first. */
  get history(): readonly ConfigChange[] {
    return this.#history
  }

  /** Of the newest change; 0 before the first. */
  get version(): number {
    return this.#history.at(-1)?.version ?? 0
  }

  get overlay(): readonly Overlaid[] {
    return this.#history.at(-1)?.overlay ?? []
  }

  /** Returns what lay over the configuration from a version on, 0 for nothing; null for a version that is not remembered. */
  overlayOf(version: number): readonly Overlaid[] | null {
    if (version === 0) return []
    return this.#history.find((change) => change.version === version)?.overlay ?? null
  }

  replay({ kind, payload, atMs }: Pick<JournalEntry, 'kind' | 'payload' | 'atMs'>): void {
    if (kind !== CONFIG_CHANGED) return
    this.#history.push(readChange({ ...payload, atMs }))
    if (this.#history.length > HISTORY_MAX) this.#history.shift()
  }

  fold(): readonly ConfigChange[] {
    return [...this.#history]
  }

  restore(json: Json): void {
    this.#history = readArray(json, 'config').map((item) => readChange(readObject(item, 'config')))
  }
}

function readChange(change: JsonObject): ConfigChange {
  return {
    version: readInteger(change['version'], 'version'),
    atMs: readInteger(change['atMs'], 'atMs'),
    operator: readText(change['operator'], 'operator'),
    address: readText(change['address'], 'address'),
    reason: readText(change['reason'], 'reason'),
    rollbackTo: readNullable(change['rollbackTo'], 'rollbackTo', readInteger),
    changes: readArray(change['changes'], 'changes').map((item) => {
      const { path, from, to } = readObject(item, 'changes')
      return { path: readText(path, 'path'), from: from ?? null, to: to ?? null }
    }),
    loosened: readArray(change['loosened'], 'loosened').map((item) => readText(item, 'loosened')),
    overlay: readArray(change['overlay'], 'overlay').map((item) => {
      const { path, value, over, version } = readObject(item, 'overlay')
      return { path: readText(path, 'path'), value: value ?? null, over: over ?? null, version: readInteger(version, 'version') }
    }),
  }
}
