import { canonicalJson, type Json } from '#domain/json'
import { type PortfolioSnapshot, readPortfolioSnapshot } from '#domain/portfolio-snapshot'
import type { MarkPort, PortfolioHistoryPort, SnapshotPort } from '#ports/store'

/** Marks in memory, for worlds in virtual time. */
export class MemoryMarks implements MarkPort {
  readonly #values = new Map<string, string>()

  get(key: string): string | null {
    return this.#values.get(key) ?? null
  }

  put(key: string, value: string): void {
    this.#values.set(key, value)
  }
}

/** Snapshots in memory, for worlds in virtual time. Kept as text, so that no reader shares an object with the writer. */
export class MemorySnapshots implements SnapshotPort {
  readonly #rows = new Map<string, { readonly seq: number; readonly text: string }>()

  save(name: string, version: number, seq: number, data: Json): void {
    this.#rows.set(`${name}@${version}`, { seq, text: canonicalJson(data) })
  }

  load(name: string, version: number): { readonly seq: number; readonly data: Json } | null {
    const row = this.#rows.get(`${name}@${version}`)
    return row === undefined ? null : { seq: row.seq, data: JSON.parse(row.text) as Json }
  }
}

/** The portfolio's past in memory, for worlds in virtual time. Kept as text, so that no reader shares an object with the writer. */
export class MemoryHistory implements PortfolioHistoryPort {
  readonly #rows = new Map<number, string>()

  save(snapshot: PortfolioSnapshot): void {
    this.#rows.set(snapshot.atMs, canonicalJson(snapshot))
  }

  read(sinceMs: number, untilMs: number, limit: number): readonly PortfolioSnapshot[] {
    const meant = [...this.#rows].filter(([atMs]) => atMs >= sinceMs && atMs < untilMs).sort(([a], [b]) => a - b)
    return meant.slice(Math.max(0, meant.length - limit)).map(([, text]) => readPortfolioSnapshot(JSON.parse(text) as Json))
  }

  prune(beforeMs: number): number {
    const old = [...this.#rows.keys()].filter((atMs) => atMs < beforeMs)
    for (const atMs of old) this.#rows.delete(atMs)
    return old.length
  }
}
