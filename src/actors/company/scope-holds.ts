import type { BotId, InstrumentId, VenueId } from '#domain/ids'
import type { Proposal } from '#domain/order'
import type { HoldReason } from '#domain/reasons'
import type { BotHost } from '../bots/bot-host'
import type { BotSpec } from '../bots/bot-spec'
import type { VenueHost } from '../venues/venue-host'
import type { Breaker } from './breaker-board'
import type { Company } from './company'
import type { ScopeFacts } from './gate-facts'

/** Carries a breaker's or a venue's hold to the bots of its scope, and lifts it again: the parent's transitions of design §5. */
export class ScopeHolds {
  readonly #company: Company

  constructor(company: Company) {
    this.#company = company
  }

  onTripped(breaker: Breaker): void {
    const { alerter, clock } = this.#company.deps
    const { reason } = breaker.chart.actor.getSnapshot().context
    const source = `breaker:${breaker.breakerId}`
    const text = reason ?? breaker.kind
    const atMs = clock.now()
    if (breaker.scope.kind === 'company') this.#company.halt(source, text)
    for (const bot of this.#botsOf(breaker)) {
      this.#company.epochs.bump({ kind: 'bot', botId: bot.spec.botId })
      bot.send({ type: 'bot.pause', reason: { source, text, sinceMs: atMs }, atMs })
    }
    const severity = breaker.scope.kind === 'company' ? 'CRITICAL' : 'HIGH'
    alerter.raise({
      severity,
      code: breaker.kind === 'staleness' ? 'STALENESS' : `BREAKER_${breaker.kind.toUpperCase()}`,
      text,
      details: { breakerId: breaker.breakerId },
    })
  }

  onRearmed(breaker: Breaker): void {
    const source = `breaker:${breaker.breakerId}`
    const atMs = this.#company.deps.clock.now()
    if (breaker.scope.kind === 'company') this.#company.release(source)
    for (const bot of this.#botsOf(breaker)) bot.send({ type: 'bot.resume', source, atMs })
  }

  onVenueChange(host: VenueHost): void {
    const { venueId } = host.venue
    const atMs = this.#company.deps.clock.now()
    this.#company.epochs.bump({ kind: 'venue', venueId })
    for (const bot of this.#company.bots.values()) {
      if (!isOn(bot.spec, venueId)) continue
      if (host.isTradable) bot.send({ type: 'bot.resume', source: `venue:${venueId}`, atMs })
      else bot.send({ type: 'bot.pause', reason: { source: `venue:${venueId}`, text: `the venue is ${host.state}`, sinceMs: atMs }, atMs })
    }
  }

  /** The holds that a bot created now must start with: the company's own, tripped breakers, and venues that are away. */
  holdsOf(spec: BotSpec): readonly HoldReason[] {
    const atMs = this.#company.deps.clock.now()
    const holds: HoldReason[] = []
    const director = this.#company.director.actor.getSnapshot()
    if (director.hasTag('held')) {
      const text = director.context.reasons.map((reason) => reason.text).join('; ')
      holds.push({ source: 'parent', text: `the company is held: ${text}`, sinceMs: atMs })
    }
    for (const { breakerId, kind, scope, chart } of this.#company.board.all()) {
      const isOurs =
        scope.kind === 'bot' ? scope.botId === spec.botId : scope.kind === 'instrument' && spec.instruments.includes(scope.instrumentId)
      const snapshot = chart.actor.getSnapshot()
      if (!isOurs || !snapshot.hasTag('holding')) continue
      holds.push({ source: `breaker:${breakerId}`, text: snapshot.context.reason ?? kind, sinceMs: snapshot.context.trippedAtMs ?? atMs })
    }
    for (const host of this.#company.venues.values()) {
      const { venueId } = host.venue
      if (isOn(spec, venueId) && !host.isTradable)
        holds.push({ source: `venue:${venueId}`, text: `the venue is ${host.state}`, sinceMs: atMs })
    }
    return holds
  }

  #botsOf({ scope }: Breaker): readonly BotHost[] {
    const all = [...this.#company.bots.values()]
    switch (scope.kind) {
      case 'company':
        return []
      case 'bot':
        return all.filter((bot) => bot.spec.botId === scope.botId)
      case 'instrument':
        return all.filter((bot) => bot.spec.instruments.includes(scope.instrumentId))
    }
  }
}

function isOn(spec: BotSpec, venueId: VenueId): boolean {
  return spec.instruments.some((instrumentId) => instrumentId.endsWith(`@${venueId}`))
}

/** Reads the scopes of an order from the running company, at the moment of the question. */
export function scopesOf(company: Company): ScopeFacts {
  return {
    get isKillSwitchActive() {
      return company.killSwitch.isActive
    },
    get company() {
      const snapshot = company.director.actor.getSnapshot()
      if (snapshot.hasTag('trading')) return 'trading'
      return snapshot.matches('halted') ? 'halted' : 'paused'
    },
    get hasDrift() {
      return company.synchroniser.hasDrift
    },
    botState(botId: BotId) {
      const bot = company.bots.get(botId)
      if (bot === undefined || bot.state === 'HALTED') return 'halted'
      return bot.isTrading ? 'active' : 'paused'
    },
    venueState(venueId: VenueId) {
      const host = company.venues.get(venueId)
      if (host === undefined || !host.isTradable) return { venue: 'down', isPrivateStreamSound: false }
      return { venue: host.state === 'ONLINE' ? 'online' : 'degraded', isPrivateStreamSound: host.context.privateStream === 'up' }
    },
    isProductUp: (venueId: VenueId, instrumentId: InstrumentId) =>
      !(company.venues.get(venueId)?.context.productsDown.includes(instrumentId) ?? true),
    shorts: (venueId: VenueId) => company.venueOf(venueId).capabilities.shorts,
    reducingReason: (proposal: Proposal) => company.reducing.reasonFor(proposal),
  }
}
