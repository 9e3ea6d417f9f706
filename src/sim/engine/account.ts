import { InvariantError } from '#domain/errors'
import { utcDayOf } from '#domain/time'
import type { OrderRecord } from './order-record'
import { fromUnits } from './scaled'
import type { EngineBalance, EngineFill, LedgerEntry } from './types'

/** What an account has of one asset, at the asset's scale. */
export interface Holding {
  readonly asset: string
  readonly scale: number
  /** The order in which the account came by its assets, from 1. */
  readonly ordinal: number
  total: bigint
  /** Sum of the holds of the account's open orders in this asset. */
  held: bigint
}

const VOLUME_DAYS = 30
const DAY_MS = 86_400_000

/** One account: holdings, orders by life, histories and volume. */
export class Account {
  readonly accountId: string
  readonly holdings = new Map<string, Holding>()
  readonly open = new Map<string, OrderRecord>()
  /** Oldest closing first. */
  readonly closed: OrderRecord[] = []
  readonly fills: EngineFill[] = []
  readonly ledger: LedgerEntry[] = []
  /** Open orders by the client's own id, in order of placement. */
  readonly openByClientId = new Map<string, OrderRecord[]>()
  /** Traded cost by UTC day, at `VOLUME_SCALE`. */
  readonly #volumes = new Map<number, bigint>()

  constructor(accountId: string) {
    this.accountId = accountId
  }

  holding(asset: string, scale: number): Holding {
    let holding = this.holdings.get(asset)
    if (holding === undefined) {
      holding = { asset, scale, ordinal: this.holdings.size + 1, total: 0n, held: 0n }
      this.holdings.set(asset, holding)
    }
    return holding
  }

  available(asset: string): bigint {
    const holding = this.holdings.get(asset)
    return holding === undefined ? 0n : holding.total - holding.held
  }

  addOpen(record: OrderRecord): void {
    this.open.set(record.orderId, record)
    const { clientId } = record.request
    if (clientId === null) return
    const same = this.openByClientId.get(clientId)
    if (same === undefined) this.openByClientId.set(clientId, [record])
    else same.push(record)
  }

  /** Moves an order to the closed ones. */
  close(record: OrderRecord): void {
    if (!this.open.delete(record.orderId)) throw new InvariantError(`order ${record.orderId} is not open`)
    this.closed.push(record)
    const { clientId } = record.request
    if (clientId === null) return
    const rest = (this.openByClientId.get(clientId) ?? []).filter((other) => other !== record)
    if (rest.length === 0) this.openByClientId.delete(clientId)
    else this.openByClientId.set(clientId, rest)
  }

  addVolume(atMs: number, cost: bigint): void {
    const day = utcDayOf(atMs)
    this.#volumes.set(day, (this.#volumes.get(day) ?? 0n) + cost)
    for (const old of this.#volumes.keys()) if (old <= day - VOLUME_DAYS * DAY_MS) this.#volumes.delete(old)
  }

  /** Traded cost of this UTC day and the 29 before it. */
  volume(nowMs: number): bigint {
    const oldest = utcDayOf(nowMs) - (VOLUME_DAYS - 1) * DAY_MS
    let total = 0n
    for (const [day, cost] of this.#volumes) if (day >= oldest) total += cost
    return total
  }

  get volumes(): ReadonlyMap<number, bigint> {
    return this.#volumes
  }

  balances(): readonly EngineBalance[] {
    return [...this.holdings.values()].map(({ asset, scale, total, held }) => ({
      asset,
      total: fromUnits(total, scale),
      held: fromUnits(held, scale),
    }))
  }
}
