import type { MonitoredCompany, MonitoredOrder } from './company'
import type { SeenFact } from './facts'
import type { Judge } from './judge'
import type { VenueEvent } from './venue-watch'

/**
 * I8: what worked when the company, or its bot, was halted gets a cancel within its budget of time, and another as long as the venue's
 * evidence of its end is out; so does every order that is being canceled. A wait for rate budget and a question to the venue count as
 * going on. An order in doubt, or not answered yet, cannot be canceled: that it is asked for is I7's.
 */
export class Cancels {
  readonly #judge: Judge
  readonly #company: MonitoredCompany
  /** Orders that a halt found, by what halted them. */
  readonly #due = new Map<string, string>()
  /** When an order that is to end was last canceled or asked for, or first found so, monotonic µs. */
  readonly #driven = new Map<string, number>()
  /** The same of all orders of a venue, by a command that concerns them all. */
  readonly #drivenAll = new Map<string, number>()

  constructor(judge: Judge, company: MonitoredCompany) {
    this.#judge = judge
    this.#company = company
  }

  onFact({ entry }: SeenFact): void {
    switch (entry.kind) {
      case 'company.transition':
        if (entry.payload['to'] === 'HALTED') this.#halt('the company', (order) => !order.isForeign)
        else this.#release('the company')
        return
      case 'killSwitch.tripped':
        // By an operator's hand it concerns the orders that are not ours too.
        return this.#halt('the company', (order) => !order.isForeign || entry.payload['source'] !== 'internal')
      case 'bot.transition': {
        const botId = entry.correlationId ?? ''
        if (entry.payload['to'] === 'HALTED') this.#halt(botId, (order) => order.proposal.botId === botId && !order.isForeign)
        else this.#release(botId)
      }
    }
  }

  onVenue(event: VenueEvent): void {
    const nowUs = this.#company.monotonicUs()
    if (event.kind === 'cancel') {
      this.#judgeAt(event.ref.clientOrderId, event.venueId, nowUs)
      this.#driven.set(event.ref.clientOrderId, nowUs)
    } else if (event.kind === 'cancelAll' || event.kind === 'cancelWaits') this.#drivenAll.set(event.venueId, nowUs)
    else if (event.kind === 'asked' && event.clientOrderId !== null) this.#driven.set(event.clientOrderId, nowUs)
  }

  /** A company whose journal failed halts, and cannot write that it does. */
  onJournalFailed(): void {
    this.#halt('the company', (order) => !order.isForeign)
  }

  sweep(): void {
    const nowUs = this.#company.monotonicUs()
    const live = new Set<string>()
    for (const { clientOrderId: id, state, proposal } of this.#company.liveOrders()) {
      live.add(id)
      const halted = this.#due.get(id)
      const isWorking = state === 'open' || state === 'partiallyFilled'
      if (!(state === 'canceling' || (isWorking && halted !== undefined))) {
        this.#driven.delete(id)
        continue
      }
      if (!this.#driven.has(id)) this.#driven.set(id, nowUs)
      this.#judgeAt(id, proposal.venueId, nowUs)
    }
    for (const id of this.#driven.keys()) if (!live.has(id)) this.#driven.delete(id)
    for (const id of this.#due.keys()) if (!live.has(id)) this.#due.delete(id)
  }

  #judgeAt(id: string, venueId: string, nowUs: number): void {
    const { cancelBudgetMs } = this.#company.limits
    const sinceUs = Math.max(this.#driven.get(id) ?? nowUs, this.#drivenAll.get(venueId) ?? 0)
    const halted = this.#due.get(id)
    const why = halted === undefined ? 'is being canceled' : `is to be canceled since ${halted} was halted`
    const isLate = nowUs - sinceUs > cancelBudgetMs * 1_000
    this.#judge.that('I8', isLate ? `${id} ${why}, and no cancel left within ${cancelBudgetMs} ms` : null)
  }

  #halt(who: string, concerns: (order: MonitoredOrder) => boolean): void {
    for (const order of this.#company.liveOrders()) if (concerns(order)) this.#due.set(order.clientOrderId, who)
  }

  #release(who: string): void {
    for (const [id, halted] of this.#due) if (halted === who) this.#due.delete(id)
  }
}
