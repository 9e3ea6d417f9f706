import type { OrderRecord } from '#actors/desk/order-record'
import type { OrderState } from '#machines/order.machine'
import { add, decimal, isZero } from '#domain/decimal'
import type { JournalEntry } from '#ports/journal'
import type { Passage } from '#sim/wire'
import type { World } from './world'

const UNKNOWN: readonly OrderState[] = ['reconciling', 'unresolved']
const OVER: readonly OrderState[] = ['filled', 'canceled', 'rejected', 'expired', 'error']
/** What only a venue can have said: the events that may lead an order out of UNKNOWN. */
const EVIDENCE: readonly string[] = [
  'order.accepted',
  'order.filled',
  'order.reported',
  'order.canceled',
  'order.expired',
  'order.refused',
  'order.amended',
]

interface Lines {
  readonly lines: readonly { readonly asset: string; readonly amount: string }[]
}

/**
 * Watches a world from its first byte: I1, I2, I3, I4 and I7 at each message and each change of an order, I5 and the rest of I1 over
 * the journal at the end. Violations are collected, so that a test fails with all of them.
 */
export class Observer {
  readonly violations: string[] = []
  /** Frames of orders that were handed to the network, by client order id. */
  readonly submissions = new Map<string, number>()
  readonly cancels = new Map<string, number>()
  readonly #world: World
  readonly #states = new Map<string, OrderState>()

  constructor(world: World) {
    this.#world = world
    const before = world.onPassage
    world.onPassage = (passage) => {
      before(passage)
      this.#onPassage(passage)
    }
  }

  /** Watches the orders of the present life; call after each start. */
  attach(): this {
    const { orders } = this.#world.company
    this.#states.clear()
    for (const record of this.#world.orders()) this.#states.set(record.clientOrderId, orders.stateOf(record))
    orders.onChange((record, event) => this.#onChange(record, event.type, 'status' in event ? String(event.status) : ''))
    return this
  }

  /** Judges the journal and hands over everything that was wrong. */
  findings(): readonly string[] {
    const entries = this.#world.entries()
    this.#judgeVerdicts(entries)
    this.#judgePostings(entries)
    if (this.#world.emulator.clientIdLiveMax > 1) this.violations.push('I3: two live orders under one client order id')
    return this.violations
  }

  #onPassage({ direction, carrier, text }: Passage): void {
    if (direction !== 'up' || carrier !== 'socket' || !this.#world.isAlive) return
    if (text.includes('"add_order"')) this.#onSubmission(idIn(text))
    if (text.includes('"cancel_order"')) {
      const id = idIn(text)
      this.cancels.set(id, (this.cancels.get(id) ?? 0) + 1)
    }
  }

  #onSubmission(id: string): void {
    this.submissions.set(id, (this.submissions.get(id) ?? 0) + 1)
    const { company } = this.#world
    const isDurable = this.#world.disk.entries().some((entry) => entry.kind === 'order.submitting' && entry.correlationId === id)
    if (!isDurable) this.violations.push(`I2: the bytes of ${id} left before its journal entry was durable`)
    const record = company.orders.find(id)
    if (record === null) return void this.violations.push(`I1: ${id} is no order of the desk`)
    const { botId, effect } = record.proposal
    if (effect === 'reduce' || effect === 'close') return
    const bot = company.bots.get(botId)
    if (company.director.state !== 'TRADING') this.violations.push(`I4: ${id} left while the company was ${company.director.state}`)
    if (bot?.isTrading !== true) this.violations.push(`I4: ${id} left while ${botId} was ${bot?.state}`)
    for (const host of company.venues.values())
      if (!host.isTradable) this.violations.push(`I4: ${id} left while the venue was ${host.state}`)
    if (company.synchroniser.hasDrift) this.violations.push(`I4: ${id} left while books and venue differed`)
  }

  #onChange(record: OrderRecord, type: string, status: string): void {
    if (!this.#world.isAlive) return // the step in which a crash struck runs to its end; nothing of it gets out
    const { orders } = this.#world.company
    const id = record.clientOrderId
    const before = this.#states.get(id) ?? 'pending'
    const after = orders.stateOf(record)
    this.#states.set(id, after)
    if (UNKNOWN.includes(before) && !UNKNOWN.includes(after)) {
      const isEvidence = EVIDENCE.includes(type) && !(type === 'order.reported' && status === 'unanswered')
      if (!isEvidence) this.violations.push(`I7: ${id} left ${before} for ${after} by ${type}`)
      if (status === 'absent' && this.#world.clock.now() < (record.deadlineAtMs ?? 0))
        this.violations.push(`I7: ${id} was absent before its deadline`)
    }
    if (OVER.includes(before) && after !== before) {
      const isCorrected = type === 'order.filled' || type === 'order.reported' || type === 'order.accepted'
      if (!isCorrected) this.violations.push(`I7: terminal ${id} went from ${before} to ${after} by ${type}`)
    }
  }

  /** I1: each submission in the journal follows from a passing verdict of the same order, recorded before it. */
  #judgeVerdicts(entries: readonly JournalEntry[]): void {
    const used = new Set<number>()
    for (const entry of entries) {
      if (entry.kind !== 'order.submitting') continue
      const verdict = entries[(entry.causationSeq ?? 0) - 1]
      const isFit = verdict?.kind === 'verdict.passed' && verdict.correlationId === entry.correlationId && verdict.seq < entry.seq
      if (!isFit) this.violations.push(`I1: submission ${entry.seq} of ${entry.correlationId} has no passing verdict`)
      else if (used.has(verdict.seq)) this.violations.push(`I1: verdict ${verdict.seq} was used twice`)
      if (verdict !== undefined) used.add(verdict.seq)
    }
  }

  /** I5: every posting balances to zero by asset. */
  #judgePostings(entries: readonly JournalEntry[]): void {
    for (const entry of entries) {
      const { posting, postings } = entry.payload as { readonly posting?: Lines; readonly postings?: readonly Lines[] }
      for (const { lines } of [...(posting === undefined ? [] : [posting]), ...(postings ?? [])]) {
        const sums = new Map<string, string>()
        for (const { asset, amount } of lines) sums.set(asset, add(decimal(sums.get(asset) ?? '0'), decimal(amount)))
        for (const [asset, sum] of sums) if (!isZero(decimal(sum))) this.violations.push(`I5: entry ${entry.seq} leaves ${sum} ${asset}`)
      }
    }
  }
}

function idIn(text: string): string {
  const params = (JSON.parse(text) as { readonly params: { readonly cl_ord_id?: string | readonly string[] } }).params
  return typeof params.cl_ord_id === 'string' ? params.cl_ord_id : (params.cl_ord_id?.[0] ?? '')
}
