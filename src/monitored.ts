import { type BotSpec, strategiesOf } from '#actors/bots/bot-spec'
import type { Company } from '#actors/company/company'
import type { OrderRecord } from '#actors/desk/order-record'
import { type Decimal, toNumber } from '#domain/decimal'
import { assetCode, type BotId, type ClientOrderId, type InstrumentId, type VenueId, type VenueOrderId } from '#domain/ids'
import type { Fill } from '#domain/order'
import type { BreakerScope } from '#risk/breakers/types'
import type { RiskLimits } from '#risk/types'
import type {
  GatePosition,
  MonitoredCompany,
  MonitoredHolding,
  MonitoredLimits,
  MonitoredOrder,
  MonitoredPosition,
  MonitoredReservation,
} from '#sim/monitors/company'
import { protectedPositionsOf } from './monitored-protections'

/** States of a venue's session in which its orders, books and streams have been brought in step. */
const IN_STEP: readonly string[] = ['ONLINE', 'DEGRADED']
/** What a cancel may take besides the desk's own pauses: the venue's answer, its evidence, the order's turn. */
const CANCEL_SLACK_MS = 30_000

/** Returns a running company as its monitors read it. Asks the parts themselves, not the summaries that the gate judges by. */
export function monitoredCompany(company: Company): MonitoredCompany {
  return new View(company)
}

class View implements MonitoredCompany {
  readonly #company: Company
  /** By the limits that they are read from, which are the same object until they change. */
  readonly #limits = new WeakMap<RiskLimits, MonitoredLimits>()

  constructor(company: Company) {
    this.#company = company
  }

  get limits(): MonitoredLimits {
    return this.#monitored(this.#company.limits.effective(null, null).limits)
  }

  limitsOf(botId: string, venueId: string): MonitoredLimits {
    return this.#monitored(this.#company.limits.effective(botId as BotId, venueId as VenueId).limits)
  }

  now(): number {
    return this.#company.deps.clock.now()
  }

  monotonicUs(): number {
    return this.#company.deps.clock.monotonicUs()
  }

  companyBlock(): string | null {
    const { director, killSwitch, memory } = this.#company
    if (!director.actor.getSnapshot().hasTag('trading')) return `the company is ${director.state}`
    if (killSwitch.isActive || memory.killSwitch !== null) return 'the kill switch is active'
    return this.hasDrift ? 'books and venue differ' : this.#heldBy(({ kind }) => kind === 'company')
  }

  botBlock(botId: BotId): string | null {
    const host = this.#company.bots.get(botId)
    if (host === undefined) return `there is no bot ${botId}`
    if (!host.isTrading) return `${botId} is ${host.state}`
    const [reason] = host.context.reasons
    if (reason !== undefined) return `${botId} is held by ${reason.source}`
    const hold = this.#reducingOf(host.spec)
    if (hold !== null) return `${hold} is reducing`
    const latched = this.#company.memory.gate.latchOf(botId)
    if (latched !== null) return `the throttle of ${botId} has tripped`
    return this.#heldBy((scope) => scope.kind === 'bot' && scope.botId === botId)
  }

  /** The scope of the journal's fold that makes a bot reducing; that of an instrument alone is left to the gate. */
  #reducingOf(spec: BotSpec): string | null {
    const scopes = new Set<string>()
    for (const { scope } of this.#company.memory.gate.reducing().values()) scopes.add(scope)
    // One strategy of several leaves the others free.
    const strategies = strategiesOf(spec).map((strategyId) => `strategy:${strategyId}`)
    const whole = ['company', `bot:${spec.botId}`].find((scope) => scopes.has(scope))
    return whole ?? (strategies.every((scope) => scopes.has(scope)) ? (strategies[0] ?? null) : null)
  }

  venueBlock(venueId: string): string | null {
    const host = this.#company.venues.get(venueId as VenueId)
    if (host === undefined) return `${venueId} is not there`
    if (!IN_STEP.includes(host.state)) return `${venueId} is ${host.state}`
    if (host.state !== 'ONLINE' && host.context.privateStream !== 'up') return `the private stream of ${venueId} is not sound`
    return this.#heldBy((scope) => scope.kind === 'venue' && scope.venueId === venueId)
  }

  dataBlock(instrumentId: InstrumentId): string | null {
    const { market, venues, deps } = this.#company
    if (!market.isSound(instrumentId)) return `${instrumentId} has no sound quote`
    const host = venues.get(market.instrument(instrumentId).venueId)
    if (host?.context.productsDown.includes(instrumentId) === true) return `${instrumentId} is down`
    // What was fresh at the verdict may age for as long as the verdict may.
    const { quoteAgeMsMax, barAgeMsMax } = this.#company.limits.effective(null, market.instrument(instrumentId).venueId).limits
    const { quoteAtMs, barAtMs } = market.timesOf(instrumentId)
    const freshMs = deps.clock.now() - this.limits.verdictLifetimeMs
    if (quoteAtMs === null || freshMs - quoteAtMs > quoteAgeMsMax) return `the quote of ${instrumentId} is stale`
    if (barAtMs !== null && freshMs - barAtMs > barAgeMsMax) return `the bars of ${instrumentId} are stale`
    return this.#heldBy((scope) => scope.kind === 'instrument' && scope.instrumentId === instrumentId)
  }

  contradiction(): string | null {
    const { director, killSwitch, bots } = this.#company
    const snapshot = director.actor.getSnapshot()
    if (snapshot.hasTag('trading')) {
      if (killSwitch.isActive) return 'the company trades while its kill switch is active'
      const [reason] = snapshot.context.reasons
      if (reason !== undefined) return `the company trades while ${reason.source} holds it`
    }
    for (const { spec, isTrading, context } of bots.values()) {
      const [reason] = context.reasons
      if (isTrading && reason !== undefined) return `${spec.botId} trades while ${reason.source} holds it`
    }
    return null
  }

  heldBefore(): readonly string[] {
    return heldBy(this.#company.memory)
  }

  isHeld(key: string): boolean | null {
    const { director, killSwitch, bots, board } = this.#company
    const company = director.actor.getSnapshot()
    if (company.matches('booting') || company.matches('checking') || company.matches('stopping')) return null
    if (key === 'killSwitch') return killSwitch.isActive
    if (key === 'company') return company.matches('halted') || company.context.reasons.some(isByHand)
    if (!company.matches('running')) return null
    const breaker = board.all().find(({ breakerId }) => key === `breaker:${breakerId}`)
    if (breaker !== undefined) return breaker.chart.actor.getSnapshot().hasTag('holding')
    const bot = [...bots.values()].find(({ spec }) => key === `bot:${spec.botId}`)
    return bot === undefined ? null : bot.isHalted || bot.context.reasons.some(isByHand)
  }

  stateOf(clientOrderId: string) {
    const record = this.#company.orders.find(clientOrderId)
    return record === null ? null : this.#company.orders.shownStateOf(record)
  }

  order(clientOrderId: string): MonitoredOrder | null {
    const record = this.#company.orders.find(clientOrderId)
    return record === null ? null : this.#orderOf(record)
  }

  orderOfVenue(venueOrderId: string): MonitoredOrder | null {
    const record = this.#company.orders.findByVenueId(venueOrderId as VenueOrderId)
    return record === null ? null : this.#orderOf(record)
  }

  *liveOrders(): Iterable<MonitoredOrder> {
    for (const record of this.#company.orders.live()) yield this.#orderOf(record)
  }

  missesFills(clientOrderId: string): boolean {
    const record = this.#company.orders.find(clientOrderId)
    return record !== null && this.#company.orders.missesFills(record)
  }

  endedOrders() {
    return this.#company.orders.ended()
  }

  counts() {
    const { registry, bots, venues, deps } = this.#company
    return { actors: registry.size, timers: deps.clock.pending ?? null, bots: bots.size, venues: venues.size }
  }

  *reservations(): Iterable<MonitoredReservation> {
    for (const { key, leavesQuantity } of this.#company.gate.book.all()) yield { clientOrderId: key as ClientOrderId, leavesQuantity }
  }

  positions(): Iterable<MonitoredPosition> {
    return this.#company.portfolio.ledger.positions()
  }

  gatePositions(): Iterable<GatePosition> {
    return this.#company.portfolio.netPositions()
  }

  *holdings(): Iterable<MonitoredHolding> {
    const { portfolio, deps } = this.#company
    const { ledger } = portfolio
    for (const { accountId } of deps.venues)
      for (const subAccount of ledger.subAccounts())
        for (const { asset, quantity } of ledger.holdingsOf({ accountId, subAccount })) yield { accountId, subAccount, asset, quantity }
  }

  protectedPositions() {
    return protectedPositionsOf(this.#company)
  }

  get hasDrift(): boolean {
    return this.#company.synchroniser.hasDrift
  }

  hasBooked(fill: Fill): boolean {
    return this.#company.portfolio.has(fill) || this.#company.portfolio.isSettled(fill)
  }

  isOpened(venueId: VenueId): boolean {
    return this.#company.portfolio.isOpened(venueId)
  }

  get equity() {
    return this.#company.portfolio.equity
  }

  rateOf(asset: string) {
    return this.#company.portfolio.rateOf(assetCode(asset))
  }

  feeBpsMax(instrumentId: string, postOnly: boolean): number {
    const instrument = this.#company.market.findInstrument(instrumentId as InstrumentId)
    if (instrument === null) return 0
    const maker = Math.max(0, toNumber(instrument.makerFeeBps))
    return postOnly ? maker : Math.max(maker, toNumber(instrument.takerFeeBps))
  }

  /** Asks the breakers' charts themselves: whatever a tripped one does to its scope, no risk may be added there. */
  #heldBy(stops: (scope: BreakerScope) => boolean): string | null {
    for (const { breakerId, scope, chart } of this.#company.board.all())
      if (stops(scope) && chart.actor.getSnapshot().hasTag('holding')) return `the breaker ${breakerId} holds`
    return null
  }

  #monitored(limits: RiskLimits): MonitoredLimits {
    const known = this.#limits.get(limits)
    if (known !== undefined) return known
    const monitored = limitsOf(this.#company, limits)
    this.#limits.set(limits, monitored)
    return monitored
  }

  #orderOf(record: OrderRecord): MonitoredOrder {
    const { orders } = this.#company
    const { clientOrderId, venueOrderId, proposal, isForeign, deadlineAtMs, lastSeq } = record
    // Of one whose chart has crashed nothing but its terms and its fills is known.
    const known = record.chart?.context ?? { quantity: proposal.quantity, limitPrice: proposal.limitPrice, amend: null }
    const { quantity, limitPrice, amend } = known
    const filledQuantity = record.chart?.context.filledQuantity ?? record.filled
    return {
      clientOrderId,
      venueOrderId,
      proposal,
      isForeign,
      state: orders.shownStateOf(record),
      quantity,
      filledQuantity,
      leavesQuantity: orders.leavesOf(record),
      limitPrice,
      isAmending: amend !== null,
      deadlineAtMs,
      lastSeq,
    }
  }
}

function isByHand({ source }: { readonly source: string }): boolean {
  return source === 'operator' || source === 'supervisor'
}

/** Reads the fold of the journal itself, and not what the company makes of it. */
function heldBy(memory: Company['memory']): readonly string[] {
  const { bots, breakers, killSwitch, company } = memory.fold()
  return [
    ...(killSwitch === null ? [] : ['killSwitch']),
    ...(company.reasons.some(isByHand) ? ['company'] : []),
    ...bots.filter(({ reasons }) => reasons.some(isByHand)).map(({ botId }) => `bot:${botId}`),
    ...breakers.filter(({ state }) => state !== 'armed').map(({ breakerId }) => `breaker:${breakerId}`),
  ]
}

function limitsOf({ deps }: Company, limits: RiskLimits): MonitoredLimits {
  const { desk, driftTolerance, retireAfterMs, sweepMs } = deps.settings
  const scale = toNumber(limits.capScale)
  const scaled = (cap: Decimal) => toNumber(cap) * scale
  return {
    orderNotionalMax: scaled(limits.orderNotionalMax),
    totalExposureMax: scaled(limits.totalExposureMax),
    totalAtRiskRatioMax: scaled(limits.totalAtRiskRatioMax),
    positionRatioMax: scaled(limits.positionRatioMax),
    assetRatioMax: scaled(limits.assetRatioMax),
    strategyRatioMax: Object.fromEntries(Object.entries(limits.strategyRatioMax).map(([name, ratio]) => [name, scaled(ratio)])),
    marketConcentrationRatioMax: toNumber(limits.marketConcentrationRatioMax),
    dailyNotionalMax: limits.dailyNotionalMax === null ? null : scaled(limits.dailyNotionalMax),
    openPositionsMax: limits.openPositionsMax,
    isManualIgnored: limits.manualPositions === 'ignore',
    verdictLifetimeMs: desk.verdictLifetimeMs,
    quoteAgeMsMax: limits.quoteAgeMsMax,
    retryMax: desk.retryMax,
    cancelBudgetMs: desk.cancelRetryMaxMs + desk.lookupBackoffMaxMs + desk.orderDeadlineMs + desk.settleMs + CANCEL_SLACK_MS,
    driftTolerance: toNumber(driftTolerance),
    retireAfterMs,
    retireEveryMs: sweepMs,
  }
}
