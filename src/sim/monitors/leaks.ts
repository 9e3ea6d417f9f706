import type { MonitoredCompany } from './company'
import { isOver, type SeenFact } from './facts'
import type { Judge } from './judge'

/** Sweeps in a row that find too much of something before that is a breach: a burst passes, a leak does not. */
const SWEEPS_MAX = 3
/** Timers that run whatever the company does, and for each bot and order: several times what was seen of each. */
const TIMERS = 20
const TIMERS_OF_BOT = 4
const TIMERS_OF_ORDER = 4
/** For so long an order that ended may still have timers, of fills that are missing, ms. */
const RECENT_MS = 300_000
/** Streams of a venue, twice: an old one may take its time to close. */
const SOCKETS_OF_VENUE = 4

/**
 * I13 while the company runs: an order that ended is given up in its time, with its actor; timers and sockets are no more than what lives
 * can need, so that one left behind by each order, or each connection, is seen in time.
 */
export class Leaks {
  readonly #judge: Judge
  readonly #company: MonitoredCompany
  readonly #openSockets: () => number
  /** Monotonic ms of the last change of orders that ended, in the order in which they did, while the company knows them. */
  readonly #ended = new Map<string, number>()
  readonly #excess = new Map<string, { count: number; text: string }>()

  /** @param openSockets how many sockets of this life are not closed yet. */
  constructor(judge: Judge, company: MonitoredCompany, openSockets: () => number) {
    this.#judge = judge
    this.#company = company
    this.#openSockets = openSockets
    const bornMs = company.monotonicUs() / 1_000
    for (const { clientOrderId } of company.endedOrders()) this.#ended.set(clientOrderId, bornMs)
  }

  onFact({ entry, before, after }: SeenFact): void {
    const id = entry.correlationId
    if (id === null || after === null || !entry.kind.startsWith('order.')) return
    if (!isOver(after) || !isOver(before)) this.#ended.delete(id)
    if (isOver(after)) this.#ended.set(id, this.#nowMs())
  }

  sweep(): void {
    for (const id of this.#ended.keys()) if (this.#company.stateOf(id) === null) this.#ended.delete(id)
    const { actors, timers, bots, venues } = this.#company.counts()
    const live = [...this.#company.liveOrders()].length
    const orders = live + this.#ended.size
    this.#judgeThat('actors', actors > orders, `${actors} actors are kept of ${live} live orders and ${this.#ended.size} that ended`)
    const overdue = this.#overdue()
    this.#judgeThat('orders', overdue !== null, `${overdue} ended long ago, and was not given up`)
    const most = TIMERS + TIMERS_OF_BOT * bots + TIMERS_OF_ORDER * (live + this.#recent())
    if (timers !== null) this.#judgeThat('timers', timers > most, `${timers} timers run for ${live} live orders and ${bots} bots`)
    const sockets = this.#openSockets()
    this.#judgeThat('sockets', sockets > SOCKETS_OF_VENUE * venues, `${sockets} sockets are open to ${venues} venues`)
  }

  /** Finished orders are looked for every so often, and the oldest holds up those behind it. */
  #keptForMs(): number {
    const { retireAfterMs, retireEveryMs } = this.#company.limits
    return retireAfterMs + 2 * retireEveryMs
  }

  #nowMs(): number {
    return this.#company.monotonicUs() / 1_000
  }

  /** The oldest order that should be gone; null when there is none. */
  #overdue(): string | null {
    const dueMs = this.#nowMs() - this.#keptForMs()
    for (const [id, atMs] of this.#ended) {
      if (atMs > dueMs) return null
      if (!this.#company.missesFills(id)) return id
    }
    return null
  }

  #recent(): number {
    const sinceMs = this.#nowMs() - RECENT_MS
    let count = 0
    for (const atMs of this.#ended.values()) if (atMs > sinceMs) count++
    return count
  }

  /** The text stays as it was when it was found, so that a leak that grows is told once. */
  #judgeThat(what: string, isTooMuch: boolean, text: string): void {
    const excess = isTooMuch ? (this.#excess.get(what) ?? { count: 0, text }) : null
    if (excess === null) this.#excess.delete(what)
    else {
      excess.count++
      this.#excess.set(what, excess)
    }
    this.#judge.that('I13', excess !== null && excess.count >= SWEEPS_MAX ? excess.text : null)
  }
}
