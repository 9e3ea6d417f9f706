import type { JsonObject } from '#domain/json'
import { EmulatorState, type StateOrigin } from '#sim/emulator/state'
import { NORMAL_FLAGS, type Product, type ProductFlags } from './products'

export type CounterName =
  | 'badToken'
  | 'missingScope'
  | 'privateRateLimit'
  | 'publicRateLimit'
  | 'socketRateLimit'
  | 'duplicateClientId'
  | 'failedOrders'

export const COUNTERS: readonly CounterName[] = [
  'badToken',
  'missingScope',
  'privateRateLimit',
  'publicRateLimit',
  'socketRateLimit',
  'duplicateClientId',
  'failedOrders',
]

/** A change that was accepted and has not happened yet. `price` and `size` are those asked for; `stopPrice` empty where none is. */
export interface PendingEdit {
  readonly orderId: string
  readonly dueAtMs: number
  readonly price: string
  readonly size: string
  readonly stopPrice: string
}

/** One change that happened. */
export interface EditRow {
  readonly price: string
  readonly size: string
  readonly atMs: number
}

const EDITS_KEPT = 5
const ORDER_IDS_MAX = 200_000
const HISTORIES_MAX = 20_000
const STATUSES = ['online', 'offline', 'internal', 'delisted'] as const

function textOf(row: JsonObject | null, field: string): string {
  const value = row?.[field]
  return typeof value === 'string' ? value : ''
}

function numberOf(row: JsonObject | null, field: string): number {
  const value = row?.[field]
  return typeof value === 'number' ? value : 0
}

/**
 * What this face must not forget over a restart: which order a client id stands for, cancels and edits under way, edit histories,
 * and the flags of products.
 */
export class CoinbaseState extends EmulatorState {
  constructor(origin: StateOrigin) {
    super('coinbase', origin)
  }

  /** Id of the order that an account's client id was accepted for; null when it never was. */
  orderIdOf(accountId: string, clientOrderId: string): string | null {
    return textOf(this.get('order', `${accountId} ${clientOrderId}`), 'orderId') || null
  }

  /** Ids are remembered for good, up to 200,000 of them. */
  noteOrderId(accountId: string, clientOrderId: string, orderId: string): void {
    this.put('order', `${accountId} ${clientOrderId}`, { orderId })
    this.#forget('order', ORDER_IDS_MAX)
  }

  /** When an accepted cancel takes effect, UTC ms; null without one. */
  cancelDueOf(orderId: string): number | null {
    const row = this.get('cancel', orderId)
    return row === null ? null : numberOf(row, 'dueAtMs')
  }

  setCancelDue(orderId: string, dueAtMs: number | null): void {
    this.put('cancel', orderId, dueAtMs === null ? null : { dueAtMs })
  }

  cancelsDue(): readonly (readonly [orderId: string, dueAtMs: number])[] {
    return [...this.bucket('cancel')].map(([orderId, row]) => [orderId, numberOf(row, 'dueAtMs')] as const)
  }

  editOf(orderId: string): PendingEdit | null {
    const row = this.get('edit', orderId)
    if (row === null) return null
    const text = (field: string): string => textOf(row, field)
    return { orderId, dueAtMs: numberOf(row, 'dueAtMs'), price: text('price'), size: text('size'), stopPrice: text('stopPrice') }
  }

  setEdit(orderId: string, edit: PendingEdit | null): void {
    this.put('edit', orderId, edit === null ? null : { ...edit })
  }

  edits(): readonly PendingEdit[] {
    return [...this.bucket('edit').keys()].flatMap((orderId) => this.editOf(orderId) ?? [])
  }

  /** The last five changes of an order, oldest first. */
  editHistory(orderId: string): readonly EditRow[] {
    const rows = this.get('history', orderId)?.['rows']
    if (!Array.isArray(rows)) return []
    return (rows as readonly JsonObject[]).map((row) => ({
      price: textOf(row, 'price'),
      size: textOf(row, 'size'),
      atMs: numberOf(row, 'atMs'),
    }))
  }

  noteEdit(orderId: string, row: EditRow): void {
    const rows = [...this.editHistory(orderId), row].slice(-EDITS_KEPT)
    this.put('history', orderId, { rows: rows.map((one) => ({ ...one })) })
    this.#forget('history', HISTORIES_MAX)
  }

  flagsOf(product: Product): ProductFlags {
    const row = this.get('product', product.id)
    if (row === null) return product.flags
    const flag = (field: keyof ProductFlags): boolean => row[field] === true
    return {
      status: STATUSES.find((status) => status === row['status']) ?? 'online',
      isDisabled: flag('isDisabled'),
      tradingDisabled: flag('tradingDisabled'),
      cancelOnly: flag('cancelOnly'),
      limitOnly: flag('limitOnly'),
      postOnly: flag('postOnly'),
      auctionMode: flag('auctionMode'),
      viewOnly: flag('viewOnly'),
    }
  }

  /** Sets the flags of a product: those that are not named are as in normal trading. */
  setFlags(product: Product, flags: Partial<ProductFlags>): void {
    this.put('product', product.id, { ...NORMAL_FLAGS, ...flags })
  }

  count(name: CounterName): void {
    this.addCount(name)
  }

  counterOf(name: CounterName): number {
    return this.countOf(name)
  }

  /** Drops the oldest row beyond a bound; called for each that is added. */
  #forget(bucket: string, most: number): void {
    const rows = this.bucket(bucket)
    const [oldest] = rows.size > most ? rows.keys() : []
    if (oldest !== undefined) this.put(bucket, oldest, null)
  }
}
