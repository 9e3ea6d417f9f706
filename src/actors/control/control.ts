import { COMPANY_COMMAND_STATES, commandRefusal } from '#domain/command-states'
import type { EmergencyScope } from '#domain/emergency-scope'
import { CommandRefusedError, NotFoundError } from '#domain/errors'
import type { Json } from '#domain/json'
import type {
  BotCommand,
  CompanyCommand,
  ControlPort,
  EmergencyView,
  EquityPoint,
  HealthView,
  JournalPage,
  Operator,
  OrderView,
  PortfolioView,
  PositionView,
  PushEvent,
  RiskView,
} from '#ports/control'
import type { BotView, ActorView } from '#ports/control'
import type { UniverseView } from '#ports/universe'
import type { AlertLogPort } from '#ports/alerter'
import { isResettable } from '#machines/holds'
import type { BotHost } from '../bots/bot-host'
import type { Company } from '../company/company'
import type { OrderRecord } from '../desk/order-record'
import { actorTree } from './actor-tree'
import { booksControl } from './books-control'
import { botView } from './bot-view'
import { gateControl } from './gate-control'
import { type HealthFacts, healthView, type MonitorCounts } from './health-view'
import { orderView } from './order-view'
import { portfolioView, positionViews } from './portfolio-view'
import { Pushes } from './pushes'
import { configInForce, riskConfigControl } from './risk-config-control'
import { riskView } from './risk-view'
import { universeView } from './universe-view'

export interface ControlOptions {
  readonly facts: HealthFacts
  readonly alerts: AlertLogPort
  readonly monitors: MonitorCounts
  readonly killSwitchClearable: boolean
  /** The redacted configuration. */
  readonly config: Json
  /** Keys of the limits that need a restart, with the reason. */
  readonly fixedKeys: Readonly<Record<string, string>>
}

/** What API and command line read and ask of the running company. Every accepted command is journaled with its operator. */
export class CompanyControl implements ControlPort {
  readonly books: ControlPort['books']
  readonly gate: ControlPort['gate']
  readonly riskConfig: ControlPort['riskConfig']
  readonly #company: Company
  readonly #options: ControlOptions
  readonly #pushes: Pushes

  constructor(company: Company, options: ControlOptions) {
    this.#company = company
    this.#options = options
    this.books = booksControl(company)
    this.gate = gateControl(company)
    this.riskConfig = riskConfigControl(company, { mode: options.facts.mode, fixedKeys: options.fixedKeys })
    this.#pushes = new Pushes(company, options.alerts, () => this.health())
  }

  health(): HealthView {
    return healthView(this.#company, this.#options)
  }

  bots(): readonly BotView[] {
    return [...this.#company.bots.values()].map((host) => botView(this.#company, host))
  }

  commandBot(botId: string, command: BotCommand, operator: Operator, reason: string): void {
    const host = this.#company.botOf(botId)
    if (host === null) throw new NotFoundError(`there is no bot "${botId}"`)
    if (command === 'reset' && host.isHalted) this.#signOff(host, operator)
    host.command(command, operator.name, reason)
  }

  commandCompany(command: CompanyCommand, operator: Operator, reason: string): void {
    const { state } = this.#company.director
    const refusal = commandRefusal(COMPANY_COMMAND_STATES, command, state)
    if (refusal !== null) throw new CommandRefusedError(`the company is ${state}: ${refusal}`, { command, state })
    this.#audit('company.command', { command, reason }, operator)
    const text = reason === '' ? `by ${operator.name}` : `${reason} (${operator.name})`
    switch (command) {
      case 'pause':
        return this.#company.pause('operator', text)
      case 'resume':
        return this.#company.resume('operator')
      case 'halt':
        return this.#company.halt('operator', text)
      case 'reset':
        return this.#reset(operator)
    }
  }

  orders(filter: Parameters<ControlPort['orders']>[0]): readonly OrderView[] {
    const { orders } = this.#company
    const open = filter.status === 'closed' ? [] : [...orders.live()]
    const closed = filter.status === 'open' ? [] : orders.ended()
    const chosen = [...closed, ...open].filter((record) => filter.botId === null || record.proposal.botId === filter.botId)
    const newest = chosen.toSorted((a, b) => b.createdAtMs - a.createdAtMs).slice(0, filter.limit)
    return newest.map((record) => orderView(orders, record))
  }

  order(clientOrderId: string): OrderView {
    return orderView(this.#company.orders, this.#recordOf(clientOrderId))
  }

  cancelOrder(clientOrderId: string, operator: Operator): void {
    const record = this.#recordOf(clientOrderId)
    if (this.#company.orders.isTerminal(record)) {
      throw new CommandRefusedError(
        `order ${clientOrderId} is ${orderView(this.#company.orders, record).status}: there is nothing to cancel`,
      )
    }
    this.#audit('order.cancelAsked', { clientOrderId }, operator)
    this.#company.desk.cancel(record)
  }

  cancelAll(botId: string | null, operator: Operator): number {
    if (botId !== null && this.#company.botOf(botId) === null) throw new NotFoundError(`there is no bot "${botId}"`)
    this.#audit('order.cancelAllAsked', { botId }, operator)
    if (botId !== null) return this.#company.desk.cancelWhere((proposal) => proposal.botId === botId, true)
    let count = 0
    for (const venueId of this.#company.venues.keys()) count += this.#company.desk.cancelAllAt(venueId, true)
    return count
  }

  positions(): readonly PositionView[] {
    return positionViews(this.#company)
  }

  portfolio(includeManual: boolean | null = null): PortfolioView {
    return portfolioView(this.#company, includeManual)
  }

  equityCurve(limit: number): readonly EquityPoint[] {
    return this.#company.portfolio.equityCurve(limit)
  }

  risk(): RiskView {
    return riskView(this.#company, this.#options.killSwitchClearable)
  }

  universe(): UniverseView {
    return universeView(this.#company)
  }

  tripKillSwitch(reason: string, operator: Operator): void {
    this.#company.killSwitch.trip(reason, 'api', operator)
  }

  emergencyHalt(scope: EmergencyScope, shouldFlatten: boolean, reason: string, operator: Operator): EmergencyView {
    return this.#company.emergencies.begin({ scope, shouldFlatten, reason }, 'api', operator)
  }

  emergencies(): readonly EmergencyView[] {
    return this.#company.emergencies.views()
  }

  clearKillSwitch(operator: Operator): void {
    this.#company.killSwitch.clear(operator)
    // A tripped breaker is signed off by a reset of its own; with nothing else holding, the company goes on.
    if (this.#company.director.state === 'HALTED') this.#company.reset(operator)
  }

  resetBreaker(breakerId: string, operator: Operator, reason: string): void {
    this.#company.board.requireResettable(breakerId)
    this.#audit('breaker.reset', { breakerId, reason }, operator)
    this.#company.resetBreaker(breakerId, operator.name)
  }

  actors(): ActorView {
    return actorTree(this.#company, this.#options.facts.startedAtMs)
  }

  journal(after: number, limit: number): JournalPage {
    const { journal } = this.#company.deps
    const entries = journal.read(after, limit)
    const last = entries.at(-1)
    return { entries, nextAfter: last !== undefined && entries.length === limit ? last.seq : null, headSeq: journal.headSeq }
  }

  config(): Json {
    return configInForce(this.#company, this.#options.config)
  }

  watch(listener: (event: PushEvent) => void): () => void {
    return this.#pushes.watch(listener)
  }

  shutdown(operator: Operator): void {
    this.#audit('company.shutdownAsked', {}, operator)
    this.#company.stop(`asked by ${operator.name}`)
  }

  /** Re-arms a bot's own breakers that wait for an operator, where nothing else would keep the bot from its reset. */
  #signOff({ spec, context }: BotHost, operator: Operator): void {
    const { board } = this.#company
    const own = [...board.holding()].filter(
      ({ scope, plan }) => scope.kind === 'bot' && scope.botId === spec.botId && plan.rearm === 'operator',
    )
    const sources = own.map(({ breakerId }) => `breaker:${breakerId}`)
    if (isResettable(context.reasons.filter(({ source }) => !sources.includes(source))))
      for (const { breakerId } of own) this.#company.resetBreaker(breakerId, operator.name)
  }

  /** Signs off the company's breakers and its halt, or, where something else holds it, neither. */
  #reset(operator: Operator): void {
    const { board, director } = this.#company
    const reasons = () => director.actor.getSnapshot().context.reasons
    const sources = [...board.holding()].filter(({ plan }) => plan.rearm === 'operator').map(({ breakerId }) => `breaker:${breakerId}`)
    if (isResettable(reasons().filter(({ source }) => !sources.includes(source)))) {
      this.#company.resetBreakers(operator.name)
      this.#company.reset(operator)
    }
    if (director.state === 'HALTED')
      throw new CommandRefusedError(
        `the company stays HALTED: ${reasons()
          .map(({ text }) => text)
          .join('; ')}`,
      )
  }

  #recordOf(clientOrderId: string): OrderRecord {
    const record = this.#company.orders.find(clientOrderId)
    if (record === null) throw new NotFoundError(`there is no order "${clientOrderId}" in the tracker; older ones are in the journal`)
    return record
  }

  #audit(kind: string, payload: Record<string, Json>, operator: Operator): void {
    this.#company.deps.journal.append({
      actor: 'operator',
      kind,
      payload: { ...payload, operator: operator.name, address: operator.address },
      correlationId: null,
      causationSeq: null,
    })
  }
}
