import type { OrderState } from '#machines/order.machine'
import type { MonitoredCompany, MonitoredOrder } from './company'
import { isInDoubt, isOver, type SeenFact } from './facts'
import type { Judge } from './judge'
import type { VenueEvent } from './venue-watch'

/** How long nothing was done for the end of an order that could have been canceled, monotonic µs. */
interface Drive {
  readonly instrumentId: string
  /** Before it was in doubt, the last time. */
  spentUs: number
  /** Since something was done, or it can be canceled (again); null while it cannot. */
  sinceUs: number | null
  /** A cancel has left. */
  hasLeft: boolean
}

/**
 * I8: what worked when the company, or its bot, was halted gets a cancel within its budget of time, and another as long as the venue's
 * evidence of its end is out; so does every order that is being canceled. A wait for the instrument's rate budget counts as going on, and
 * a question to the venue once a cancel has left. An order in doubt, or not answered yet, cannot be canceled: that time does not count, and
 * that it is asked for is I7's. The stop that protects a position stays where a bot alone is halted (ADR 0018): the bot holds it still.
 */
export class Cancels {
  readonly #judge: Judge
  readonly #company: MonitoredCompany
  /** Orders that a halt found, by what halted them. */
  readonly #due = new Map<string, string>()
  /** Orders that are to end, by our id. */
  readonly #drives = new Map<string, Drive>()

  constructor(judge: Judge, company: MonitoredCompany) {
    this.#judge = judge
    this.#company = company
  }

  onFact({ entry, after }: SeenFact): void {
    const { correlationId: id } = entry
    if (after !== null && id !== null && entry.kind.startsWith('order.')) return this.#onState(id, after)
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
        if (entry.payload['to'] === 'HALTED')
          this.#halt(botId, (order) => order.proposal.botId === botId && !order.isForeign && !isProtecting(order))
        else this.#release(botId)
      }
    }
  }

  onVenue(event: VenueEvent): void {
    switch (event.kind) {
      case 'cancel': {
        const { clientOrderId, instrumentId } = event.ref
        this.#judgeAt(clientOrderId, this.#driveOf(clientOrderId, instrumentId))
        return this.#done(clientOrderId, instrumentId)
      }
      case 'cancelAll':
        for (const { clientOrderId, state, proposal } of this.#company.liveOrders())
          if (proposal.venueId === event.venueId && !isInDoubt(state)) this.#done(clientOrderId, proposal.instrumentId)
        return
      case 'cancelWaits':
        for (const drive of this.#drives.values()) if (drive.instrumentId === event.instrumentId) this.#restart(drive)
        return
      case 'asked': {
        const drive = this.#drives.get(event.clientOrderId ?? '')
        if (drive?.hasLeft === true) this.#restart(drive)
        return
      }
      case 'submit':
      case 'submitAnswered':
      case 'amend':
      case 'amendAnswered':
      case 'connect':
      case 'lookedUp':
      case 'openOrders':
      case 'fills':
      case 'balances':
      case 'report':
        return
    }
  }

  /** A company whose journal failed halts, and cannot write that it does. */
  onJournalFailed(): void {
    this.#halt('the company', (order) => !order.isForeign)
  }

  sweep(): void {
    const live = new Set<string>()
    for (const { clientOrderId: id, state, proposal } of this.#company.liveOrders()) {
      live.add(id)
      const isWorking = state === 'open' || state === 'partiallyFilled'
      if (state === 'canceling' || (isWorking && this.#due.has(id))) this.#judgeAt(id, this.#driveOf(id, proposal.instrumentId))
      else if (isWorking) this.#drives.delete(id)
      else this.#pause(id)
    }
    for (const id of this.#drives.keys()) if (!live.has(id)) this.#drives.delete(id)
    for (const id of this.#due.keys()) if (!live.has(id)) this.#due.delete(id)
  }

  #onState(id: string, state: OrderState): void {
    if (isOver(state)) this.#drives.delete(id)
    else if (state === 'canceling') {
      const order = this.#company.order(id)
      if (order !== null) this.#driveOf(id, order.proposal.instrumentId)
    } else if (isInDoubt(state)) this.#pause(id)
  }

  /** The count of an order that can be canceled now. */
  #driveOf(id: string, instrumentId: string): Drive {
    const known = this.#drives.get(id) ?? { instrumentId, spentUs: 0, sinceUs: null, hasLeft: false }
    known.sinceUs ??= this.#company.monotonicUs()
    this.#drives.set(id, known)
    return known
  }

  #pause(id: string): void {
    const drive = this.#drives.get(id)
    if (drive === undefined || drive.sinceUs === null) return
    drive.spentUs += this.#company.monotonicUs() - drive.sinceUs
    drive.sinceUs = null
  }

  #done(id: string, instrumentId: string): void {
    const drive = this.#driveOf(id, instrumentId)
    drive.hasLeft = true
    this.#restart(drive)
  }

  #restart(drive: Drive): void {
    drive.spentUs = 0
    if (drive.sinceUs !== null) drive.sinceUs = this.#company.monotonicUs()
  }

  #judgeAt(id: string, { spentUs, sinceUs }: Drive): void {
    const { cancelBudgetMs } = this.#company.limits
    const idleUs = spentUs + (sinceUs === null ? 0 : this.#company.monotonicUs() - sinceUs)
    const halted = this.#due.get(id)
    const why = halted === undefined ? 'is being canceled' : `is to be canceled since ${halted} was halted`
    const isLate = idleUs > cancelBudgetMs * 1_000
    this.#judge.that('I8', isLate ? `${id} ${why}, and no cancel left within ${cancelBudgetMs} ms` : null)
  }

  #halt(who: string, concerns: (order: MonitoredOrder) => boolean): void {
    for (const order of this.#company.liveOrders()) if (concerns(order)) this.#due.set(order.clientOrderId, who)
  }

  #release(who: string): void {
    for (const [id, halted] of this.#due) if (halted === who) this.#due.delete(id)
  }
}

function isProtecting({ proposal }: MonitoredOrder): boolean {
  return proposal.type === 'stop' && proposal.reduceOnly
}
