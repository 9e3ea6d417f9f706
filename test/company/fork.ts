import { mustExist } from '#domain/errors'
import type { InstrumentId } from '#domain/ids'
import type { Json, JsonObject } from '#domain/json'
import type { Bar } from '#domain/market'
import { TIMEFRAMES, type Timeframe } from '#domain/time'
import type { JournalEntry } from '#ports/journal'
import type { BarStorePort, MarkPort } from '#ports/store'
import type { SimStore } from '#sim/engine/store'
import type { Persistent, RowChange } from '#sim/engine/types'
import { TearingDisk } from '#sim/world/disk'
import { entryOf, GENESIS_HASH, hashOf, type JournalRecord } from '#store/journal-chain'
import { MemoryBars } from '#store/memory-bars'
import { MemorySnapshots } from '#store/memory-store'

/** Where the knife falls at an entry: before it is durable, after it and before anything else happens, or once the turn that wrote it is over. */
export type CrashPoint = 'before' | 'after' | 'sent'

/** A disk that begins with what another held, and that can be cut at an entry. */
export class ForkDisk extends TearingDisk {
  readonly #entries: JournalEntry[]
  /** Orders whose submission is durable. */
  readonly submitted = new Set<string>()
  #headHash: string
  #cutSeq = Number.POSITIVE_INFINITY
  #point: CrashPoint = 'before'
  #onCut: () => void = () => undefined

  constructor(entries: readonly JournalEntry[]) {
    super()
    this.#entries = [...entries]
    this.#headHash = entries.at(-1)?.hash ?? GENESIS_HASH
  }

  override get headSeq(): number {
    return this.#entries.length
  }

  get headHash(): string {
    return this.#headHash
  }

  /** Calls `onCut` in the step of the write that brings entry `seq`; of its group only what the point allows is kept. */
  cutAt(seq: number, point: CrashPoint, onCut: () => void): void {
    this.#cutSeq = seq
    this.#point = point
    this.#onCut = onCut
  }

  override write(records: readonly JournalRecord[]): void {
    const isHit = (records.at(-1)?.seq ?? 0) >= this.#cutSeq
    const keptSeq = !isHit || this.#point === 'sent' ? Number.POSITIVE_INFINITY : this.#cutSeq - (this.#point === 'before' ? 1 : 0)
    for (const record of records) if (record.seq <= keptSeq) this.#push(record)
    if (!isHit) return
    this.#cutSeq = Number.POSITIVE_INFINITY
    this.#onCut()
  }

  override read(afterSeq: number, limit: number): readonly JournalEntry[] {
    return this.#entries.slice(afterSeq, afterSeq + limit)
  }

  override entries(): readonly JournalEntry[] {
    return this.#entries
  }

  #push(record: JournalRecord): void {
    const hash = hashOf(this.#headHash, record)
    this.#entries.push(entryOf(record, JSON.parse(record.payloadText) as JsonObject, this.#headHash, hash))
    this.#headHash = hash
    if (record.kind === 'order.submitting' && record.correlationId !== null) this.submitted.add(record.correlationId)
  }
}

type PartRows = ReadonlyMap<string, readonly RowChange[]>

/** An emulator's rows that can be handed to many emulators, frozen; a store that keeps them collects the changes of its own, too. */
export class ForkStore implements SimStore {
  readonly #given: PartRows
  readonly #keeps: boolean
  readonly #rows = new Map<string, Map<string, RowChange>>()
  #parts: readonly Persistent[] = []

  constructor(given: PartRows, keeps: boolean) {
    this.#given = given
    this.#keeps = keeps
  }

  attach(parts: readonly Persistent[]): boolean {
    this.#parts = parts
    for (const part of parts) {
      const rows = this.#given.get(part.part) ?? []
      part.load(rows)
      if (this.#keeps) this.#write(part.part, this.#given.size === 0 ? part.rows() : rows)
    }
    return this.#given.size > 0
  }

  commit(): void {
    if (this.#keeps) for (const part of this.#parts) this.#write(part.part, part.drain())
  }

  close(): void {}

  /** Everything kept so far, in the order of its making. */
  rows(): PartRows {
    const sorted = (rows: Map<string, RowChange>) => [...rows.values()].sort((a, b) => a.ordinal - b.ordinal)
    return new Map([...this.#rows].map(([part, rows]) => [part, sorted(rows)]))
  }

  #write(part: string, changes: readonly RowChange[]): void {
    const rows = this.#rows.get(part) ?? new Map<string, RowChange>()
    this.#rows.set(part, rows)
    for (const row of changes) {
      const key = `${row.bucket}\u0000${row.key}`
      if (row.value === null) rows.delete(key)
      else rows.set(key, Object.isFrozen(row) ? row : frozen({ ...row, value: JSON.parse(JSON.stringify(row.value)) as JsonObject }))
    }
  }
}

/** Marks that can be copied. */
export class ForkMarks implements MarkPort {
  readonly #values: Map<string, string>

  constructor(values: ReadonlyMap<string, string> = new Map()) {
    this.#values = new Map(values)
  }

  get values(): ReadonlyMap<string, string> {
    return this.#values
  }

  get(key: string): string | null {
    return this.#values.get(key) ?? null
  }

  put(key: string, value: string): void {
    this.#values.set(key, value)
  }
}

/** Snapshots that can be copied. */
export class ForkSnapshots extends MemorySnapshots {
  readonly #saved: { readonly name: string; readonly version: number; readonly seq: number; readonly data: Json }[] = []

  override save(name: string, version: number, seq: number, data: Json): void {
    super.save(name, version, seq, data)
    this.#saved.push({ name, version, seq, data })
  }

  copy(): ForkSnapshots {
    const copy = new ForkSnapshots()
    const newest = new Map(this.#saved.map((row) => [`${row.name}@${row.version}`, row]))
    for (const { name, version, seq, data } of newest.values()) copy.save(name, version, seq, data)
    return copy
  }
}

/** Copies the bars of some instruments. */
export function copyOfBars(bars: BarStorePort, instruments: readonly InstrumentId[]): MemoryBars {
  const copy = new MemoryBars()
  for (const instrumentId of instruments)
    for (const timeframe of TIMEFRAMES satisfies readonly Timeframe[]) {
      const series: readonly Bar[] = bars.read(instrumentId, timeframe, 0, 1_000_000)
      if (series.length > 0) copy.append(instrumentId, timeframe, series)
    }
  return copy
}

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  for (const inner of Object.values(value)) frozen(inner)
  return Object.freeze(mustExist(value, 'no value'))
}
