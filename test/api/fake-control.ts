import { type EmergencyScope, scopeText } from '#domain/emergency-scope'
import { CommandRefusedError, NotFoundError } from '#domain/errors'
import type { Json } from '#domain/json'
import type { ClockPort } from '#ports/clock'
import type {
  BotCommand,
  CompanyCommand,
  ControlPort,
  EmergencyView,
  HealthView,
  Operator,
  OrderView,
  PushEvent,
  RiskView,
} from '#ports/control'
import type { JournalEntry } from '#ports/journal'
import { fakeBooks } from './fake-books'
import { fakeGate } from './fake-gate'
import { fakeRiskConfig } from './fake-risk-config'
import type { UniverseView } from '#ports/universe'
import { fakeActors, fakeBots, fakeBreakers, fakeEquity, fakeOrders, fakePositions } from './fake-company'

const NEXT: Readonly<Record<BotCommand, { readonly from: readonly string[]; readonly to: string }>> = {
  start: { from: ['IDLE', 'STOPPED', 'ERROR'], to: 'STARTING' },
  pause: { from: ['ACTIVE', 'STARTING'], to: 'PAUSED' },
  resume: { from: ['PAUSED'], to: 'ACTIVE' },
  stop: { from: ['ACTIVE', 'PAUSED', 'STARTING'], to: 'STOPPED' },
  halt: { from: ['IDLE', 'STARTING', 'ACTIVE', 'PAUSED', 'STOPPED', 'ERROR'], to: 'HALTED' },
  reset: { from: ['HALTED'], to: 'IDLE' },
}
const COMPANY: Readonly<Record<CompanyCommand, { readonly from: readonly string[]; readonly to: string }>> = {
  pause: { from: ['TRADING'], to: 'PAUSED' },
  resume: { from: ['PAUSED'], to: 'TRADING' },
  halt: { from: ['TRADING', 'PAUSED'], to: 'HALTED' },
  reset: { from: ['HALTED'], to: 'PAUSED' },
}

export interface AuditLine {
  readonly command: string
  readonly operator: Operator
  readonly reason: string
}

/** A fake company behind the real port: it refuses what the real one refuses, keeps an audit and pushes events. */
export class FakeControl implements ControlPort {
  readonly books = fakeBooks((operator, reason) => this.#accepted('capital.move', operator, reason))
  readonly gate = fakeGate((command, operator, reason) => this.#accepted(command, operator, reason))
  /** A test may put one of live in its place. */
  riskConfig = fakeRiskConfig('sandbox', (operator, reason) => this.#accepted('risk.config', operator, reason))
  readonly audit: AuditLine[] = []
  readonly #clock: ClockPort
  readonly #listeners = new Set<(event: PushEvent) => void>()
  readonly #startedAtMs: number
  #bots = fakeBots()
  #orders: OrderView[] = fakeOrders()
  #seq = 0
  readonly #emergencies: EmergencyView[] = []
  #state = 'TRADING'
  #kill: RiskView['killSwitch'] = { isActive: false, reason: null, sinceMs: null, source: null, clearableOverApi: true }
  /** Set by a test to make the health what it needs. */
  healthPatch: Partial<HealthView> = {}
  /** Set by a test to make every read fail. */
  failure: Error | null = null
  clearableOverApi = true
  equityAdjust = 0

  constructor(clock: ClockPort) {
    this.#clock = clock
    this.#startedAtMs = clock.now() - 5_400_000
  }

  health(): HealthView {
    if (this.failure !== null) throw this.failure
    return {
      status: 'DEGRADED',
      mode: 'sandbox',
      state: this.#state,
      version: '0.1.0',
      schemaVersion: 1,
      startedAtMs: this.#startedAtMs,
      nowMs: this.#clock.now(),
      uptimeMs: this.#clock.now() - this.#startedAtMs,
      sockets: { up: 2, total: 2 },
      ordersOpen: this.#orders.filter((order) => !order.isTerminal).length,
      ordersFilled24h: 171,
      positions: 2,
      exposureGross: '21111.429',
      criticalErrors1h: 0,
      highErrors1h: 1,
      recentErrors: [{ atMs: this.#clock.now() - 240_000, severity: 'HIGH', code: 'VENUE_TIMEOUT', text: 'AddOrder took longer than 5 s' }],
      ok: { marketData: true, portfolio: true, strategies: false, execution: true, journal: true },
      monitors: { checks: 12_345, breaches: 0 },
      problems: ['1 error of severity HIGH in the last hour: VENUE_TIMEOUT', 'Bot basis-test is in ERROR'],
      ...this.healthPatch,
    }
  }

  bots() {
    if (this.failure !== null) throw this.failure
    return this.#bots
  }

  commandBot(botId: string, command: BotCommand, operator: Operator, reason: string): void {
    const bot = this.#bots.find((candidate) => candidate.botId === botId)
    if (bot === undefined) throw new NotFoundError(`There is no bot "${botId}"`)
    const rule = NEXT[command]
    if (!rule.from.includes(bot.state))
      throw new CommandRefusedError(`Bot "${botId}" is ${bot.state}: cannot ${command}`, { state: bot.state })
    const holder = { source: 'operator', text: reason, sinceMs: this.#clock.now() }
    const reasons = command === 'pause' || command === 'halt' ? [...bot.reasons, holder] : []
    this.#bots = this.#bots.map((one) => (one === bot ? { ...one, state: rule.to, sinceMs: this.#clock.now(), reasons, note: '' } : one))
    this.#accepted(command, operator, reason)
    this.push('bot', { botId, state: rule.to })
    this.push('actor', { actorId: `bot:${botId}`, machine: 'bot', state: rule.to, event: `bot.${command}` })
  }

  commandCompany(command: CompanyCommand, operator: Operator, reason: string): void {
    const rule = COMPANY[command]
    if (!rule.from.includes(this.#state)) throw new CommandRefusedError(`The company is ${this.#state}: cannot ${command}`)
    this.#state = rule.to
    this.#accepted(`company.${command}`, operator, reason)
    this.push('actor', { actorId: 'orchestrator', machine: 'orchestrator', state: rule.to, event: `system.${command}` })
  }

  orders(filter: { readonly status: 'open' | 'closed' | 'all'; readonly botId: string | null; readonly limit: number }) {
    if (this.failure !== null) throw this.failure
    return this.#orders
      .filter((order) => filter.status === 'all' || order.isTerminal === (filter.status === 'closed'))
      .filter((order) => filter.botId === null || order.botId === filter.botId)
      .slice(0, filter.limit)
  }

  order(clientOrderId: string): OrderView {
    const order = this.#orders.find((candidate) => candidate.clientOrderId === clientOrderId)
    if (order === undefined) throw new NotFoundError(`There is no order "${clientOrderId}"`)
    return order
  }

  cancelOrder(clientOrderId: string, operator: Operator): void {
    const order = this.order(clientOrderId)
    if (order.isTerminal) throw new CommandRefusedError(`Order ${clientOrderId} is ${order.status} already`)
    this.#orders = this.#orders.map((one) =>
      one === order ? { ...one, status: 'CANCELED', isTerminal: true, updatedAtMs: this.#clock.now() } : one,
    )
    this.#accepted('order.cancel', operator, '')
    this.push('order', { clientOrderId, status: 'CANCELED', instrumentId: order.instrumentId, side: order.side, quantity: order.quantity })
  }

  cancelAll(botId: string | null, operator: Operator): number {
    const working = this.orders({ status: 'open', botId, limit: 500 })
    for (const order of working) this.cancelOrder(order.clientOrderId, operator)
    this.#accepted('orders.cancelAll', operator, '')
    return working.length
  }

  positions() {
    return fakePositions()
  }

  portfolio(includeManual: boolean | null = null) {
    return {
      valuationAsset: 'USD',
      equity: (60_320.18 + this.equityAdjust).toFixed(2),
      cash: '39208.75',
      realizedPnl: '276.8029',
      unrealizedPnl: '43.371',
      fees: '102.2021',
      flows: '60000',
      exposureGross: '21111.429',
      exposureNet: '21111.429',
      drawdownRatio: 0.0214,
      costBasis: 'wac',
      includesManual: includeManual ?? true,
      isPartial: true,
      hasDrift: false,
      driftDetails: [],
      assets: [
        { asset: 'USD', total: '39208.75', reserved: '5765.9', value: '39208.75', isUnvalued: false },
        { asset: 'BTC', total: '0.21', reserved: '0', value: '13256.229', isUnvalued: false },
        { asset: 'ETH', total: '2.25', reserved: '0.75', value: '7855.2', isUnvalued: false },
        { asset: 'AIR', total: '1200', reserved: '0', value: null, isUnvalued: true },
      ],
    }
  }

  equityCurve(limit: number) {
    return fakeEquity().slice(-limit)
  }

  universe(): UniverseView {
    return { currency: 'USD', refreshMs: 60_000, lookedAtMs: null, tiers: [], instruments: [] }
  }

  risk(): RiskView {
    return {
      mode: 'trading',
      killSwitch: { ...this.#kill, clearableOverApi: this.clearableOverApi },
      breakers: fakeBreakers(),
      throttles: this.gate.throttles(),
      reducing: this.gate.reducing(),
      limits: { orderNotionalMax: '5000', portfolioGrossMax: '50000', dailyLossRatioMax: 0.05 },
      exposures: [
        { scope: 'portfolio', current: '21111.429', limit: '50000' },
        { scope: 'BTC-USD@kraken', current: '13256.229', limit: '15000' },
        { scope: 'ETH-USD@kraken', current: '7855.2', limit: '15000' },
      ],
    }
  }

  tripKillSwitch(reason: string, operator: Operator): void {
    if (this.#kill.isActive) throw new CommandRefusedError('The kill switch is on already')
    this.#kill = { ...this.#kill, isActive: true, reason, sinceMs: this.#clock.now(), source: operator.name }
    this.#state = 'HALTED'
    this.#bots = this.#bots.map((one) => ({ ...one, state: 'HALTED', sinceMs: this.#clock.now() }))
    this.#accepted('killSwitch.trip', operator, reason)
    this.push('alert', { severity: 'CRITICAL', code: 'KILL_SWITCH', text: `Kill switch tripped: ${reason}` })
    this.push('risk', { killSwitch: true })
  }

  clearKillSwitch(operator: Operator): void {
    if (!this.#kill.isActive) throw new CommandRefusedError('The kill switch is off already')
    this.#kill = { ...this.#kill, isActive: false, reason: null, sinceMs: null, source: null }
    this.#accepted('killSwitch.clear', operator, '')
    this.push('risk', { killSwitch: false })
  }

  emergencyHalt(scope: EmergencyScope, shouldFlatten: boolean, reason: string, operator: Operator): EmergencyView {
    if (scope.kind === 'bot' && !this.#bots.some(({ botId }) => botId === scope.botId))
      throw new NotFoundError(`there is no bot "${scope.botId}"`)
    if (scope.kind === 'all' && !this.#kill.isActive) this.tripKillSwitch(reason, operator)
    this.#accepted(`emergency ${scopeText(scope)}${shouldFlatten ? ' flatten' : ''}`, operator, reason)
    const view: EmergencyView = {
      emergencyId: `emergency-${this.#emergencies.length + 1}`,
      scope: scopeText(scope),
      shouldFlatten,
      reason,
      operator: operator.name,
      state: 'RUNNING',
      beganAtMs: this.#clock.now(),
      endedAtMs: null,
      deadlineMs: 10_000,
      ordersEnded: 1,
      ordersLeftCount: 1,
      ordersLeft: [
        { clientOrderId: 'a1b2c300000000000000000000000001', instrumentId: 'BTC-USD@kraken', botId: 'grid-eth', status: 'UNKNOWN' },
      ],
      positionsClosed: 0,
      positionsLeftCount: 0,
      positionsLeft: [],
    }
    this.#emergencies.unshift(view)
    return view
  }

  emergencies(): readonly EmergencyView[] {
    return this.#emergencies
  }

  resetBreaker(breakerId: string, operator: Operator, reason: string): void {
    const breaker = fakeBreakers().find((one) => one.breakerId === breakerId)
    if (breaker === undefined) throw new NotFoundError(`there is no breaker "${breakerId}"`)
    if (breaker.state === 'ARMED') throw new CommandRefusedError(`breaker ${breakerId} is ARMED: there is nothing to sign off`)
    this.#accepted(`breaker.reset ${breakerId}`, operator, reason)
  }

  actors() {
    return fakeActors(this.#state, this.#bots, this.#orders)
  }

  journal(after: number, limit: number) {
    const headSeq = 250
    const entries: JournalEntry[] = []
    for (let seq = after + 1; seq <= headSeq && entries.length < limit; seq++) {
      const at = { seq, atMs: this.#clock.now() - (headSeq - seq) * 1_000, previousHash: `h${seq - 1}`, hash: `h${seq}` }
      entries.push({
        ...at,
        actor: 'ledger',
        kind: 'fill.booked',
        payload: { tradeId: `T${seq}` },
        correlationId: null,
        causationSeq: null,
      })
    }
    const last = entries.at(-1)?.seq ?? null
    return { entries, nextAfter: last === null || last === headSeq ? null : last, headSeq }
  }

  config(): Json {
    return { mode: 'sandbox', venues: { kraken: { apiKey: '[secret]', apiSecret: '[secret]' } } }
  }

  watch(listener: (event: PushEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  get watchers(): number {
    return this.#listeners.size
  }

  shutdown(operator: Operator): void {
    this.#accepted('shutdown', operator, '')
  }

  /** Pushes an event as the running company would. */
  push(topic: PushEvent['topic'], payload: Json): void {
    const event: PushEvent = { seq: ++this.#seq, atMs: this.#clock.now(), topic, payload }
    for (const listener of this.#listeners) listener(event)
  }

  #accepted(command: string, operator: Operator, reason: string): void {
    this.audit.push({ command, operator, reason })
  }
}
