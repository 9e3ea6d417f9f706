import { add, type Decimal, isPositive, minimum, subtract } from '#domain/decimal'
import {
  type AccountId,
  type AssetCode,
  assetCode,
  type TradeId,
  tradeId,
  type VenueId,
  type VenueOrderId,
  venueOrderId,
} from '#domain/ids'
import type { Json, JsonObject } from '#domain/json'
import { readArray, readInteger, readObject } from '#domain/json-read'
import type { Fill } from '#domain/order'
import type { JournalEntry, JournalPort } from '#ports/journal'
import type { SnapshotPort } from '#ports/store'
import { type EndStatus, movementOf, OrderShelf } from '#sim/fills/order-shelf'
import type { SimulatedOrder } from '#sim/fills/types'
import { PaperAccount } from './account'
import { amendment, amounts, ending, factOf, fillFact, type OrderFact, orderFact, orderOf } from './codec'

/** Entries of the journal read at once. */
const PAGE = 1_000
/** A start that had to read more entries than this keeps its fold, so that the next one does not. */
const SNAPSHOT_AFTER = 5_000
const SNAPSHOT_VERSION = 1

export interface PaperBooksDeps {
  readonly journal: JournalPort
  readonly snapshots: SnapshotPort
  readonly venueId: VenueId
  readonly accountId: AccountId
  readonly balances: ReadonlyMap<AssetCode, Decimal>
}

/**
 * What a paper venue must not forget: balances, reservations, orders and executions. Each change is a fact in the company's journal, made
 * in the step in which it happens, so that a restart folds the same account from it.
 */
export class PaperBooks {
  readonly account = new PaperAccount()
  readonly shelf = new OrderShelf()
  readonly #deps: PaperBooksDeps
  readonly #held = new Map<VenueOrderId, AssetCode>()
  #isOpened = false
  #orders = 0
  #trades = 0

  constructor(deps: PaperBooksDeps) {
    this.#deps = deps
    this.#restore()
  }

  /** Writes the opening balances down at the account's very start; later calls do nothing. */
  ensureOpened(): void {
    if (this.#isOpened) return
    const balances = Object.fromEntries(this.#deps.balances)
    this.#fact('paper.opened', null, { accountId: this.#deps.accountId, balances })
  }

  /** True while facts can be written: what cannot be written down does not happen. */
  get isWritable(): boolean {
    return this.#deps.journal.failure === null && !this.#deps.journal.isFenced
  }

  nextOrderId(): VenueOrderId {
    return venueOrderId(`PO-${this.#orders + 1}`)
  }

  nextTradeId(): TradeId {
    return tradeId(`PT-${this.#trades + 1}`)
  }

  /** Takes an order with what it reserves. Returns false, and nothing happens, where so much is not free. */
  accept(order: SimulatedOrder, asset: AssetCode, amount: Decimal): boolean {
    if (!this.account.hold(order.venueOrderId, asset, amount)) return false
    this.account.release(order.venueOrderId)
    this.#fact('paper.accepted', order.terms.clientOrderId, factOf(order, { asset, amount }), order)
    return true
  }

  /** Gives an order other terms. Returns false, and nothing happens, where what they would reserve is not free. */
  amend(
    order: SimulatedOrder,
    to: { readonly quantity: Decimal; readonly leaves: Decimal; readonly limitPrice: Decimal | null },
    amount: Decimal,
  ): boolean {
    const asset = this.#assetOf(order)
    const before = this.account.heldBy(order.venueOrderId)
    if (!this.account.hold(order.venueOrderId, asset, amount)) return false
    this.account.hold(order.venueOrderId, asset, before)
    this.#fact('paper.amended', order.terms.clientOrderId, { venueOrderId: order.venueOrderId, ...to, held: { asset, amount } })
    return true
  }

  /**
   * Books an execution. What was reserved for it pays for it, so it never costs more than that: where rounding would, the last digits are
   * the venue's loss. Returns it as booked.
   */
  fill(order: SimulatedOrder, fill: Fill, baseAsset: AssetCode): Fill {
    const booked = fill.side === 'buy' ? within(fill, this.account.heldBy(order.venueOrderId)) : fill
    this.#fact('paper.filled', order.terms.clientOrderId, { fill: { ...booked, userref: null }, baseAsset })
    return booked
  }

  /** Ends what is left of an order, and lets its reservation go. */
  end(order: SimulatedOrder, status: EndStatus, reason: string): void {
    this.#fact('paper.ended', order.terms.clientOrderId, { venueOrderId: order.venueOrderId, status, reason })
  }

  /** The whole state as plain JSON. */
  fold(): JsonObject {
    const holdOf = (order: SimulatedOrder) => ({ asset: this.#assetOf(order), amount: this.account.heldBy(order.venueOrderId) })
    return {
      isOpened: this.#isOpened,
      orders: this.#orders,
      trades: this.#trades,
      balances: Object.fromEntries(this.account.balances().map(({ asset, total }) => [asset, total])),
      working: this.shelf.working.map((order) => factOf(order, holdOf(order))),
      ended: this.shelf.ended.map(({ order, status, reason }) => ({ order: factOf(order, holdOf(order)), status, reason })),
      fills: this.shelf.fills.map((fill) => ({ ...fill, userref: null })),
    }
  }

  get #name(): string {
    return `paper.${this.#deps.venueId}`
  }

  #assetOf(order: SimulatedOrder): AssetCode {
    return this.#held.get(order.venueOrderId) ?? assetCode('NONE')
  }

  /** Writes a fact down and makes it so: one and the same code as the replay's. */
  #fact(kind: string, correlationId: string | null, payload: JsonObject, order: SimulatedOrder | null = null): void {
    this.#deps.journal.append({ actor: this.#actor, kind, payload, correlationId, causationSeq: null })
    this.#apply({ kind, payload }, order)
  }

  get #actor(): string {
    return `paper:${this.#deps.venueId}`
  }

  /** @param live the order itself where it is at hand; a replay makes it of the fact. */
  #apply({ kind, payload }: Pick<JournalEntry, 'kind' | 'payload'>, live: SimulatedOrder | null): void {
    switch (kind) {
      case 'paper.opened':
        this.account.open(amounts.parse(payload['balances']))
        this.#isOpened = true
        return
      case 'paper.accepted':
        this.#orders++
        return this.#accepted(orderFact.parse(payload), live)
      case 'paper.amended':
        return this.#amended(payload)
      case 'paper.filled':
        this.#trades++
        return this.#filled(fillFact.parse(payload['fill']), assetCode(String(payload['baseAsset'])))
      case 'paper.ended': {
        const { venueOrderId: id, status, reason } = ending.parse(payload)
        const order = this.#workingOf(id)
        if (order === null) return
        this.account.release(id)
        this.#held.delete(id)
        return this.shelf.retire(order, status, reason)
      }
    }
  }

  #accepted(fact: OrderFact, live: SimulatedOrder | null): void {
    this.#held.set(fact.venueOrderId, fact.held.asset)
    this.account.hold(fact.venueOrderId, fact.held.asset, fact.held.amount)
    this.shelf.put(live ?? orderOf(fact))
  }

  #amended(payload: JsonObject): void {
    const { venueOrderId: id, quantity, leaves, limitPrice, held } = amendment.parse(payload)
    const order = this.#workingOf(id)
    if (order === null) return
    this.account.hold(id, held.asset, held.amount)
    Object.assign(order, { quantity, leaves, limitPrice, limit: limitPrice === null ? Number.NaN : Number(limitPrice) })
  }

  #filled(fill: Fill, baseAsset: AssetCode): void {
    const order = this.#workingOf(fill.venueOrderId)
    if (order === null) return
    const { base, quote } = movementOf(fill)
    this.account.lessen(fill.venueOrderId, fill.side === 'buy' ? add(fill.cost, fill.feeQuantity) : fill.quantity)
    this.account.move(baseAsset, base)
    this.account.move(assetCode(fill.feeAsset), quote)
    this.shelf.record(order, fill)
    if (isPositive(order.leaves)) return
    this.account.release(fill.venueOrderId)
    this.#held.delete(fill.venueOrderId)
  }

  #workingOf(id: VenueOrderId): SimulatedOrder | null {
    return this.shelf.working.find((order) => order.venueOrderId === id) ?? null
  }

  #restore(): void {
    const { journal, snapshots } = this.#deps
    const snapshot = snapshots.load(this.#name, SNAPSHOT_VERSION)
    const isUsable = snapshot !== null && snapshot.seq <= journal.committedSeq
    if (isUsable) this.#unfold(snapshot.data)
    let seq = isUsable ? snapshot.seq : 0
    const from = seq
    for (;;) {
      const page = journal.read(seq, PAGE)
      for (const entry of page) if (entry.actor === this.#actor) this.#apply(entry, null)
      seq = page.at(-1)?.seq ?? seq
      if (page.length < PAGE) break
    }
    if (seq - from > SNAPSHOT_AFTER) snapshots.save(this.#name, SNAPSHOT_VERSION, seq, this.fold())
  }

  #unfold(data: Json): void {
    const fold = readObject(data, 'paper')
    this.#isOpened = fold['isOpened'] === true
    this.#orders = readInteger(fold['orders'], 'orders')
    this.#trades = readInteger(fold['trades'], 'trades')
    this.account.open(amounts.parse(fold['balances']))
    for (const item of readArray(fold['working'], 'working')) this.#accepted(orderFact.parse(item), null)
    for (const item of readArray(fold['ended'], 'ended')) {
      const { order, status, reason } = readObject(item, 'ended')
      const fact = orderFact.parse(order)
      const { status: how, reason: why } = ending.parse({ venueOrderId: fact.venueOrderId, status, reason })
      this.shelf.retire(orderOf(fact), how, why)
    }
    for (const item of readArray(fold['fills'], 'fills')) this.shelf.remember(fillFact.parse(item))
  }
}

function within(fill: Fill, held: Decimal): Fill {
  const cost = minimum(fill.cost, held)
  return { ...fill, cost, feeQuantity: minimum(fill.feeQuantity, subtract(held, cost)) }
}
