import type { Orders } from '#actors/desk/orders'
import { venueOrderId as venueOrderIdOf } from '#domain/ids'
import type { JsonObject } from '#domain/json'
import type { JournalEntry } from '#ports/journal'
import type { Passage } from '#sim/wire'
import { type Command, commandIn } from './order-frame'

/** What departures are compared with, and who is told. */
export interface DepartureDeps {
  /** What would be left after a crash in this very step: the disk's own word, not the journal's. */
  readonly disk: { read(afterSeq: number, limit: number): readonly JournalEntry[] }
  /** The orders of the present life; null while there is none. */
  orders(): Orders | null
  /** Returns the client order id under which the venue itself has an order; null where it has none. */
  ownerOf(venueOrderId: string): string | null
  /** Takes a judgement; null when nothing is wrong. */
  judge(invariant: 'I1' | 'I2', objection: string | null): void
}

/** What the disk says of one order: its newest terms, and how many commands it accounts for. */
interface Recorded {
  readonly terms: JsonObject
  readonly submissions: number
  readonly amend: JsonObject | null
  readonly amends: number
}

const ENTRIES_AT_ONCE = 1_000

/**
 * Compares each order, amend and cancel, in the step in which its bytes leave the process, with what is on the disk by then (I1, I2): whatever
 * the company believes it has sent, this is what the venue will read.
 */
export class Departures {
  readonly #deps: DepartureDeps
  readonly #recorded = new Map<string, Recorded>()
  readonly #left = new Map<string, number>()
  #readSeq = 0

  constructor(deps: DepartureDeps) {
    this.#deps = deps
  }

  onPassage(passage: Passage): void {
    const orders = this.#deps.orders()
    if (passage.direction !== 'up' || orders === null) return
    const command = commandIn(passage)
    if (command === null) return
    this.#catchUp()
    switch (command.kind) {
      case 'add':
        return this.#judgeAdd(command)
      case 'amend':
        return this.#judgeAmend(command)
      case 'cancel':
        return this.#judgeCancel(command, orders)
      case 'cancels':
        for (const named of command.orders) this.#judgeCancel(named, orders)
        return
      case 'other':
        return this.#deps.judge('I1', `${command.method} left: nothing of this company sends orders that way`)
    }
  }

  #judgeAdd(command: Extract<Command, { readonly kind: 'add' }>): void {
    const { clientOrderId, terms } = command
    const recorded = this.#recorded.get(clientOrderId)
    const count = this.#count(`add ${clientOrderId}`)
    if (!this.#isDurable(`order ${clientOrderId}`, count, recorded?.submissions ?? 0) || recorded === undefined) return
    const type = recorded.terms['type']
    const isLimit = type === 'limit'
    const isStop = type === 'stop'
    const expected = {
      side: recorded.terms['side'],
      type: isStop ? 'stop-loss' : type,
      symbol: symbolOf(recorded.terms),
      quantity: recorded.terms['quantity'],
      limitPrice: isLimit ? recorded.terms['limitPrice'] : null,
      triggerPrice: isStop ? recorded.terms['limitPrice'] : null,
      postOnly: recorded.terms['postOnly'],
      // A market order has none.
      timeInForce: isLimit ? recorded.terms['timeInForce'] : null,
    }
    this.#judgeTerms(`order ${clientOrderId}`, expected, terms)
  }

  #judgeAmend(command: Extract<Command, { readonly kind: 'amend' }>): void {
    const id = this.#ownerOf(command)
    const recorded = this.#recorded.get(id)
    const count = this.#count(`amend ${id}`)
    if (!this.#isDurable(`amend of ${id}`, count, recorded?.amends ?? 0) || !recorded?.amend) return
    const { quantity, limitPrice } = recorded.amend
    const price = recorded.terms['type'] === 'stop' ? { limitPrice: null, triggerPrice: limitPrice } : { limitPrice, triggerPrice: null }
    this.#judgeTerms(`amend of ${id}`, { quantity, ...price, postOnly: recorded.terms['postOnly'] }, command.terms)
  }

  /** A cancel needs no entry on the disk (it must go when nothing can be written), yet somebody must have wanted it, of this order. */
  #judgeCancel(command: Pick<Extract<Command, { readonly kind: 'cancel' }>, 'clientOrderId' | 'venueOrderId'>, orders: Orders): void {
    const id = this.#ownerOf(command)
    const record = orders.find(id) ?? (command.venueOrderId === null ? null : orders.findByVenueId(venueOrderIdOf(command.venueOrderId)))
    if (record === null) return this.#deps.judge('I1', `a cancel left for ${id}, an order that the company does not know`)
    const isWanted = orders.contextOf(record).isCancelRequested || orders.stateOf(record) === 'canceling'
    this.#deps.judge('I1', isWanted ? null : `a cancel left for ${record.clientOrderId}, and nobody has asked for its end`)
  }

  /** The venue knows best whose an order is; one that it does not know by an id of ours goes by the venue's id. */
  #ownerOf({ clientOrderId, venueOrderId }: { readonly clientOrderId: string | null; readonly venueOrderId: string | null }): string {
    if (clientOrderId !== null) return clientOrderId
    return (venueOrderId === null ? null : this.#deps.ownerOf(venueOrderId)) ?? venueOrderId ?? 'no order'
  }

  #count(what: string): number {
    const count = (this.#left.get(what) ?? 0) + 1
    this.#left.set(what, count)
    return count
  }

  /** As many entries must be on the disk as commands have left. */
  #isDurable(what: string, left: number, recorded: number): boolean {
    const isDurable = left <= recorded
    this.#deps.judge('I2', isDurable ? null : `${what} left the process ${left} times, with ${recorded} entries of it on the disk`)
    return isDurable
  }

  #judgeTerms(what: string, expected: Readonly<Record<string, unknown>>, sent: Readonly<Record<string, unknown>>): void {
    const apart = Object.keys(expected).filter((name) => (expected[name] ?? null) !== (sent[name] ?? null))
    const told = apart.map((name) => `${name} ${shown(sent[name])} and not ${shown(expected[name])}`)
    this.#deps.judge('I1', apart.length === 0 ? null : `${what} left with ${told.join(', ')} as recorded`)
  }

  #catchUp(): void {
    for (;;) {
      const entries = this.#deps.disk.read(this.#readSeq, ENTRIES_AT_ONCE)
      for (const entry of entries) this.#take(entry)
      if (entries.length < ENTRIES_AT_ONCE) return
    }
  }

  #take({ seq, kind, payload, correlationId }: JournalEntry): void {
    this.#readSeq = seq
    if (correlationId === null) return
    const before = this.#recorded.get(correlationId)
    if (kind === 'order.submitting') {
      const terms = payload['proposal'] as JsonObject
      this.#recorded.set(correlationId, { terms, submissions: (before?.submissions ?? 0) + 1, amend: null, amends: before?.amends ?? 0 })
    } else if (kind === 'order.amend' && before !== undefined) {
      this.#recorded.set(correlationId, { ...before, amend: payload, amends: before.amends + 1 })
    }
  }
}

function symbolOf(terms: JsonObject): string {
  return String(terms['instrumentId']).replace(/@.*$/, '').replace('-', '')
}

function shown(value: unknown): string {
  return value === undefined || value === null ? 'none' : String(value)
}
