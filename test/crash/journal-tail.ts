import { Database } from 'bun:sqlite'
import { join } from 'node:path'
import { absolute, type Decimal, decimal } from '#domain/decimal'
import { STORE_FILE } from '#store/open-store'

interface Row {
  readonly seq: number
  readonly kind: string
  readonly correlation_id: string | null
  readonly payload: string
}

/** An execution as the journal has it. */
export interface BookedFill {
  readonly tradeId: string
  readonly venueOrderId: string
  readonly side: string
  readonly price: string
  readonly quantity: string
  readonly cost: string
  readonly feeQuantity: string
}

interface Payload {
  readonly fill?: BookedFill
  readonly posting?: { readonly postingId: string; readonly lines: readonly { readonly amount: string }[] }
}

/** Follows a company's journal from outside, as far as the drills need it. */
export class JournalTail {
  readonly file: string
  /** Ids of orders whose submission was journaled. */
  readonly submitted = new Set<string>()
  /** Executions as booked, by id, each with how often. */
  readonly fills = new Map<string, { readonly fill: BookedFill; times: number }>()
  /** Executions booked to nobody's order. */
  readonly external = new Set<string>()
  /** Absolute amounts by which the books took over what the venue rounded away. */
  readonly adjustments: Decimal[] = []
  /** Executions booked since the last of them. */
  unadjusted = 0
  readonly kinds = new Map<string, number>()
  #seq = 0

  constructor(dataDir: string) {
    this.file = join(dataDir, STORE_FILE)
  }

  /** Reads what was added since the last call. */
  read(): void {
    const database = new Database(this.file, { readonly: true })
    try {
      const rows = database.query<Row, [number]>('SELECT seq, kind, correlation_id, payload FROM journal WHERE seq > ? ORDER BY seq')
      for (const row of rows.iterate(this.#seq)) this.#take(row)
    } finally {
      database.close()
    }
  }

  #take(row: Row): void {
    this.#seq = row.seq
    this.kinds.set(row.kind, (this.kinds.get(row.kind) ?? 0) + 1)
    if (row.kind === 'order.submitting' && row.correlation_id !== null) this.submitted.add(row.correlation_id)
    const { fill, posting } = JSON.parse(row.payload) as Payload
    if (fill !== undefined) {
      const known = this.fills.get(fill.tradeId)
      if (known === undefined) this.fills.set(fill.tradeId, { fill, times: 1 })
      else known.times++
      this.unadjusted++
      if (row.kind === 'fill.external') this.external.add(fill.tradeId)
    }
    if (posting?.postingId.includes('rounding:') !== true) return
    this.unadjusted = 0
    this.adjustments.push(absolute(decimal(posting.lines[0]?.amount ?? '0')))
  }
}
