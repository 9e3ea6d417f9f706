import { absolute, type Decimal, isLess, isZero } from '#domain/decimal'
import { type EmergencyScope, reaches, scopeText } from '#domain/emergency-scope'
import type { BotId, InstrumentId, VenueId } from '#domain/ids'
import { orderStatusOf } from '#machines/order.machine'
import type { EmergencyView } from '#ports/control'
import { type BotSpec, strategiesOf } from '../bots/bot-spec'
import type { OrderRecord } from '../desk/order-record'
import { EMERGENCY_MARK } from './bot-desk'
import { whyOf } from './bot-drain'
import type { Company } from './company'
import type { EmergencyFacts } from './emergency-memory'

/** First and greatest pause before a position that could not be closed is tried again, ms. */
const RETRY_MS = 100
const RETRY_MAX_MS = 5_000
/** A closing order rests nowhere: one that still does after so long is asked for by cancelling it, ms. */
const CLOSING_MS = 2_000
/** Survivors that are shown and journaled; of more the count is told. */
const SHOWN_MAX = 1_000

/** A position that an emergency is to close. */
interface Line {
  readonly botId: BotId | null
  readonly instrumentId: InstrumentId
  isBusy: boolean
  attempts: number
  /** Size at the last attempt: a smaller one since is progress. */
  triedQuantity: Decimal | null
  notBeforeUs: number
  /** Why it is not closed yet. */
  why: string
  /** True when nothing that the company may do closes it: too small for the venue, or nobody's of ours. */
  isFinal: boolean
}

type State = 'RUNNING' | 'OVERDUE' | 'ENDED' | 'RELEASED'

/**
 * One emergency halt on its way: follows what is to end until the venue has shown the end of it, and closes positions, each by itself,
 * through desk and gate. It owns no order; who holds whom is its begetter's affair.
 */
export class EmergencyRun {
  facts: EmergencyFacts
  readonly #company: Company
  /** Orders that were to end. */
  readonly #orders = new Set<OrderRecord>()
  readonly #lines = new Map<string, Line>()
  /** When a closing order was first seen. */
  readonly #closingUs = new WeakMap<OrderRecord, number>()
  readonly #deadlineUs: number
  /** Bots that it holds. */
  readonly #held: ReadonlySet<BotId>
  #state: State = 'RUNNING'
  #endedAtMs: number | null = null

  constructor(company: Company, facts: EmergencyFacts) {
    this.#company = company
    this.facts = facts
    const { clock, settings, bots } = company.deps
    this.#held = new Set(bots.filter((bot) => holds(facts.scope, bot)).map((bot) => bot.botId))
    this.#deadlineUs = clock.monotonicUs() + settings.emergencyDeadlineMs * 1_000
  }

  get isOver(): boolean {
    return this.#state === 'ENDED' || this.#state === 'RELEASED'
  }

  /** Takes up the live orders of its scope and returns those that it did not know. The orders that close positions are not among them. */
  survey(): readonly OrderRecord[] {
    const found: OrderRecord[] = []
    for (const record of this.#company.orders.live()) {
      if (this.#orders.has(record) || !this.#isReached(record) || isClosing(record)) continue
      this.#orders.add(record)
      found.push(record)
    }
    return found
  }

  /** Returns closing orders that are not over although they should be: what told of their end may have been lost. */
  overstayed(): readonly OrderRecord[] {
    const nowUs = this.#company.deps.clock.monotonicUs()
    const late: OrderRecord[] = []
    for (const record of this.#company.orders.live()) {
      if (record.chart === null || !isClosing(record) || !this.#isReached(record)) continue
      const sinceUs = this.#closingUs.get(record) ?? nowUs
      this.#closingUs.set(record, sinceUs)
      if (nowUs - sinceUs >= CLOSING_MS * 1_000 && !this.#company.orders.isCancelRequested(record)) late.push(record)
    }
    return late
  }

  /** Orders that were to end and have not. */
  unended(): readonly OrderRecord[] {
    return [...this.#orders].filter((record) => !record.isOver)
  }

  /** Does what can be done now; true once it is over. */
  step(): boolean {
    if (this.#isReleased()) return this.#end('RELEASED')
    if (this.facts.shouldFlatten) this.#flatten()
    if (this.#openOrders().length === 0 && this.#openLines().every(({ isFinal }) => isFinal)) return this.#end('ENDED')
    if (this.#state === 'RUNNING' && this.#company.deps.clock.monotonicUs() >= this.#deadlineUs) this.#onOverdue()
    return false
  }

  view(): EmergencyView {
    const { facts } = this
    const orders = this.#openOrders()
    const lines = this.#openLines()
    return {
      emergencyId: facts.emergencyId,
      scope: scopeText(facts.scope),
      shouldFlatten: facts.shouldFlatten,
      reason: facts.reason,
      operator: facts.operator,
      state: this.#state,
      beganAtMs: facts.beganAtMs,
      endedAtMs: this.#endedAtMs,
      deadlineMs: this.#company.deps.settings.emergencyDeadlineMs,
      ordersEnded: this.#orders.size - orders.filter((record) => this.#orders.has(record)).length,
      ordersLeftCount: orders.length,
      ordersLeft: orders.slice(0, SHOWN_MAX).map((record) => ({
        clientOrderId: record.clientOrderId,
        instrumentId: record.proposal.instrumentId,
        botId: record.proposal.botId,
        status: record.isOver ? 'FILLS MISSING' : statusOf(this.#company, record),
      })),
      positionsClosed: this.#lines.size - lines.length,
      positionsLeftCount: lines.length,
      positionsLeft: lines.slice(0, SHOWN_MAX).map(({ botId, instrumentId, why }) => ({
        botId: botId ?? 'external',
        instrumentId,
        netQuantity: this.#company.portfolio.positionOf(botId, instrumentId),
        why,
      })),
    }
  }

  #isReached(record: OrderRecord): boolean {
    const { scope } = this.facts
    if (scope.kind === 'order') return record.clientOrderId === scope.clientOrderId
    if (scope.kind === 'all') return true
    // Others' orders end with the whole company's halt alone. A bot that is held ends its orders wherever they are.
    return !record.isForeign && (reaches(scope, record.proposal) || this.#held.has(record.proposal.botId))
  }

  /** Orders whose end the venue has not shown. Where positions are closed, all that was executed must be known too. */
  #openOrders(): readonly OrderRecord[] {
    const { orders } = this.#company
    const open = [...this.#orders].filter((record) => !record.isOver || (this.facts.shouldFlatten && orders.missesFills(record)))
    for (const record of orders.live()) if (!this.#orders.has(record) && isClosing(record) && this.#isReached(record)) open.push(record)
    return open
  }

  #openLines(): readonly Line[] {
    const { portfolio } = this.#company
    return [...this.#lines.values()].filter(({ botId, instrumentId }) => !isZero(portfolio.positionOf(botId, instrumentId)))
  }

  /** True when an operator has let go what it holds: the whole company, or each of its bots. */
  #isReleased(): boolean {
    return this.facts.scope.kind === 'all' && !this.#company.killSwitch.isActive
  }

  /** True for a bot that an operator has reset since: what it holds now is its own affair again. */
  #isLetGo(botId: BotId | null): boolean {
    if (botId === null || this.facts.scope.kind === 'all') return false
    const host = this.#company.bots.get(botId)
    return this.#company.memory.emergencies.isReleased(this.facts.emergencyId, botId) || (host !== undefined && !host.isHalted)
  }

  #flatten(): void {
    const { portfolio } = this.#company
    for (const { botId, strategyId, instrumentId } of portfolio.netPositions()) {
      const key = `${botId ?? ''} ${instrumentId}`
      if (this.#lines.has(key) || !reaches(this.facts.scope, { botId, strategyId, instrumentId })) continue
      this.#lines.set(key, {
        botId,
        instrumentId,
        isBusy: false,
        attempts: 0,
        triedQuantity: null,
        notBeforeUs: 0,
        why: 'not tried yet',
        isFinal: false,
      })
    }
    for (const [key, line] of this.#lines) {
      if (this.#isLetGo(line.botId)) this.#lines.delete(key)
      else if (!line.isBusy) this.#close(line)
    }
  }

  /** Sends the order that closes a position, unless something stands in its way. */
  #close(line: Line): void {
    const { portfolio, deps, botDesk } = this.#company
    const { botId, instrumentId } = line
    const quantity = absolute(portfolio.positionOf(botId, instrumentId))
    if (isZero(quantity)) return
    const spec = botId === null ? undefined : deps.bots.find((bot) => bot.botId === botId)
    if (spec === undefined) return giveUp(line, botId === null ? 'external: it belongs to no bot' : 'its bot is not configured')
    const obstacle = this.#obstacle(spec.botId, instrumentId)
    if (obstacle !== null) {
      line.why = obstacle
      line.isFinal = false
      return
    }
    if (line.triedQuantity !== null && isLess(quantity, line.triedQuantity)) line.attempts = 0
    else if (deps.clock.monotonicUs() < line.notBeforeUs) return
    line.triedQuantity = quantity
    line.isFinal = false
    line.isBusy = true
    line.attempts++
    const id = `${this.facts.emergencyId}:${deps.clock.now()}:${line.attempts}`
    void botDesk.closeAtMarket(spec, instrumentId, id).then((result) => {
      line.isBusy = false
      line.notBeforeUs = deps.clock.monotonicUs() + Math.min(RETRY_MS * 2 ** Math.min(line.attempts - 1, 16), RETRY_MAX_MS) * 1_000
      if (result?.plan.reason === 'dust') giveUp(line, `dust: ${result.plan.text}`)
      else line.why = whyOf(result)
    })
  }

  /** What keeps an order from being sent at all; null when the gate is to judge. */
  #obstacle(botId: BotId, instrumentId: InstrumentId): string | null {
    const company = this.#company
    const { orders, deps, venues } = company
    if (deps.journal.failure !== null) return 'journal_failed: nothing that is not a cancel is sent without a journal'
    const [live] = orders.liveOf(botId, instrumentId)
    if (live !== undefined) return `order ${live.clientOrderId} is ${statusOf(company, live)}`
    const venueId = instrumentId.slice(instrumentId.indexOf('@') + 1) as VenueId
    const host = venues.get(venueId)
    if (host?.isTradable !== true) return `venue_state: ${venueId} is ${host?.state ?? 'not there yet'}`
    const waitMs = company.venueOf(venueId).orderWaitMs(instrumentId, 'submit')
    return waitMs > 0 ? `rate_limited: the venue's rate budget is spent; ${Math.ceil(waitMs / 1_000)} s until it takes an order` : null
  }

  #onOverdue(): void {
    this.#state = 'OVERDUE'
    const view = this.view()
    this.#journal('emergency.overdue', view)
    this.#company.deps.alerter.raise({
      severity: 'CRITICAL',
      code: 'EMERGENCY_OVERDUE',
      text: `emergency halt (${view.scope}): after ${view.deadlineMs} ms ${leftText(view)}; it goes on trying`,
      details: { emergencyId: view.emergencyId, orders: view.ordersLeftCount, positions: view.positionsLeftCount },
    })
  }

  #end(state: 'ENDED' | 'RELEASED'): true {
    const { clock, alerter, log } = this.#company.deps
    this.#state = state
    this.#endedAtMs = clock.now()
    const view = this.view()
    this.#journal('emergency.ended', view)
    log.info(`emergency halt (${view.scope}): ${state === 'ENDED' ? 'done' : 'let go by an operator'}`, { emergencyId: view.emergencyId })
    if (view.ordersLeftCount + view.positionsLeftCount > 0 && state === 'ENDED')
      alerter.raise({
        severity: 'CRITICAL',
        code: 'EMERGENCY_LEFT',
        text: `emergency halt (${view.scope}): ${leftText(view)}; nothing more can be done about it here`,
        details: { emergencyId: view.emergencyId, positions: view.positionsLeftCount },
      })
    return true
  }

  #journal(
    kind: string,
    { state, ordersEnded, ordersLeft, ordersLeftCount, positionsClosed, positionsLeft, positionsLeftCount }: EmergencyView,
  ): void {
    this.#company.deps.journal.append({
      actor: 'emergency',
      kind,
      payload: {
        state,
        ordersEnded,
        ordersLeftCount,
        ordersLeft: ordersLeft.map((order) => ({ ...order })),
        positionsClosed,
        positionsLeftCount,
        positionsLeft: positionsLeft.map((position) => ({ ...position })),
      },
      correlationId: this.facts.emergencyId,
      causationSeq: null,
    })
  }
}

/** True when a scope holds a bot: it trades there. */
export function holds(scope: EmergencyScope, spec: BotSpec): boolean {
  const { botId, instruments } = spec
  return strategiesOf(spec).some((strategyId) => instruments.some((instrumentId) => reaches(scope, { botId, strategyId, instrumentId })))
}

/** True for an order that an emergency placed to close a position, in this life or before. */
function isClosing({ proposal }: OrderRecord): boolean {
  return proposal.intentId.includes(EMERGENCY_MARK)
}

/** The status as it is shown; an order whose chart has crashed has none, and is cancelled at the venue like the others. */
function statusOf({ orders }: Company, record: OrderRecord): string {
  const state = orders.stateOrNull(record)
  return state === null ? 'CRASHED' : orderStatusOf(state)
}

/** Notes that nothing here closes the position. */
function giveUp(line: Line, why: string): void {
  line.why = why
  line.isFinal = true
}

/** What is left, in words. */
function leftText({ ordersLeft, ordersLeftCount, positionsLeft, positionsLeftCount }: EmergencyView): string {
  const orders = ordersLeft.slice(0, 5).map(({ clientOrderId, status }) => `${clientOrderId} ${status}`)
  const positions = positionsLeft
    .slice(0, 5)
    .map(({ botId, instrumentId, netQuantity, why }) => `${netQuantity} ${instrumentId} of ${botId} (${why})`)
  const parts = [
    ...(ordersLeftCount > 0 ? [`${ordersLeftCount} orders without evidence of their end: ${orders.join(', ')}`] : []),
    ...(positionsLeftCount > 0 ? [`${positionsLeftCount} positions left: ${positions.join(', ')}`] : []),
  ]
  return parts.join('; ')
}
