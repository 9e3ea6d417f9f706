import { AppError } from '#domain/errors'
import type { JsonObject } from '#domain/json'
import type { Persistent, RowChange } from '#sim/engine/types'

/** What an emulator's market is made from: state of one is no use to another. */
export interface StateOrigin {
  readonly seed: string
  readonly source: string
}

/** What became of one client id: orders accepted under it ever, and the most of them that were live at one time. */
export interface ClientIdUse {
  readonly accepted: number
  readonly live: number
  readonly liveMax: number
}

const CLIENT_IDS_MAX = 200_000

/**
 * What every face must not forget over a restart: the use of client ids, counts, and what the emulator was made with. A venue's own
 * state extends it with buckets of its own.
 */
export class EmulatorState implements Persistent {
  readonly part: string
  readonly #buckets = new Map<string, Map<string, JsonObject>>()
  readonly #origin: StateOrigin
  readonly #changed = new Map<string, readonly [bucket: string, key: string]>()
  #liveMax = 0

  /**
   * @param part name of the part in a store; the venue's.
   * @param origin what the emulator is made with; stored state of another origin is refused.
   */
  constructor(part: string, origin: StateOrigin) {
    this.part = part
    this.#origin = origin
    this.put('system', 'origin', { ...origin })
  }

  drain(): readonly RowChange[] {
    const rows = [...this.#changed.values()].map(([bucket, key]) => ({ bucket, key, ordinal: 0, value: this.get(bucket, key) }))
    this.#changed.clear()
    return rows
  }

  rows(): readonly RowChange[] {
    return [...this.#buckets].flatMap(([bucket, rows]) => [...rows].map(([key, value]) => ({ bucket, key, ordinal: 0, value })))
  }

  /** @throws {AppError} `DATA_DIR_MISMATCH` when the rows were made with another seed or price source. */
  load(rows: readonly RowChange[]): void {
    if (rows.length === 0) return // a new store: what the constructor noted stays
    this.#buckets.clear()
    this.#changed.clear()
    for (const row of rows) if (row.value !== null) this.bucket(row.bucket).set(row.key, row.value)
    this.#checkOrigin()
    this.#liveMax = this.clientIds().reduce((max, [, use]) => Math.max(max, use.liveMax), 0)
  }

  /** Counts a start and returns how many there were, this one included. */
  countBoot(): number {
    const boots = this.get('system', 'boots')?.['count']
    const count = (typeof boots === 'number' ? boots : 0) + 1
    this.put('system', 'boots', { count })
    return count
  }

  clientIdUse(clientId: string): ClientIdUse {
    const row = this.get('clientId', clientId)
    const count = (name: string): number => (typeof row?.[name] === 'number' ? (row[name] as number) : 0)
    return { accepted: count('accepted'), live: count('live'), liveMax: count('liveMax') }
  }

  /** Notes that an order of that client id was accepted (+1) or ended (−1). */
  noteClientId(clientId: string, delta: 1 | -1): void {
    const use = this.clientIdUse(clientId)
    const live = Math.max(0, use.live + delta)
    const liveMax = Math.max(use.liveMax, live)
    this.#liveMax = Math.max(this.#liveMax, liveMax)
    this.put('clientId', clientId, { accepted: use.accepted + (delta === 1 ? 1 : 0), live, liveMax })
    this.#forgetOldClientIds()
  }

  /** The most orders that were ever live at one time under one client id. */
  get clientIdLiveMax(): number {
    return this.#liveMax
  }

  /** Every client id seen, oldest first; the oldest unremarkable ones are forgotten beyond 200,000. */
  clientIds(): readonly (readonly [clientId: string, use: ClientIdUse])[] {
    return [...this.bucket('clientId').keys()].map((clientId) => [clientId, this.clientIdUse(clientId)] as const)
  }

  /** Adds one to a named count. */
  protected addCount(name: string): void {
    this.put('counter', name, { count: this.countOf(name) + 1 })
  }

  protected countOf(name: string): number {
    const count = this.get('counter', name)?.['count']
    return typeof count === 'number' ? count : 0
  }

  protected bucket(name: string): Map<string, JsonObject> {
    const rows = this.#buckets.get(name) ?? new Map<string, JsonObject>()
    this.#buckets.set(name, rows)
    return rows
  }

  protected get(bucket: string, key: string): JsonObject | null {
    return this.bucket(bucket).get(key) ?? null
  }

  /** Sets a row, or with null removes it. */
  protected put(bucket: string, key: string, value: JsonObject | null): void {
    if (value === null) this.bucket(bucket).delete(key)
    else this.bucket(bucket).set(key, value)
    this.#changed.set(`${bucket} ${key}`, [bucket, key])
  }

  #checkOrigin(): void {
    const stored = this.get('system', 'origin')
    const asked = this.#origin
    if (stored?.['seed'] === asked.seed && stored['source'] === asked.source) return
    throw new AppError(
      `the emulator's state was made with seed "${stored?.['seed']}" and prices "${stored?.['source']}", not with seed "${asked.seed}" ` +
        `and prices "${asked.source}": use those again, or another data directory`,
      { code: 'DATA_DIR_MISMATCH', severity: 'HIGH', details: { stored, asked } },
    )
  }

  #forgetOldClientIds(): void {
    const rows = this.bucket('clientId')
    if (rows.size <= CLIENT_IDS_MAX) return
    for (const [clientId, row] of rows) {
      if (row['live'] !== 0 || row['accepted'] !== 1) continue
      this.put('clientId', clientId, null)
      return
    }
  }
}
