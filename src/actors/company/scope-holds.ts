import type { BotId, InstrumentId, VenueId } from '#domain/ids'
import type { HoldReason } from '#domain/reasons'
import type { BreakerScope } from '#risk/breakers/types'
import type { BotHost } from '../bots/bot-host'
import type { BotSpec } from '../bots/bot-spec'
import type { VenueHost } from '../venues/venue-host'
import type { Breaker } from './breaker-board'
import type { Company } from './company'
import type { OrderScopes, ScopeFacts } from './gate-facts'

/** Carries a breaker's or a venue's hold to the bots of its scope, and lifts it again: the parent's transitions of design §5. */
export class ScopeHolds {
  readonly #company: Company

  constructor(company: Company) {
    this.#company = company
  }

  /** @param isRestored true where the breaker stood so before a restart: its kill switch was tripped then, and may have been cleared since. */
  onTripped(breaker: Breaker, isRestored = false): void {
    const { alerter } = this.#company.deps
    const { breakerId, plan, scope } = breaker
    const { reason, trippedAtMs } = breaker.chart.actor.getSnapshot().context
    const text = reason ?? plan.kind
    this.#bump(scope)
    if (plan.tripsKillSwitch && !(isRestored && this.#wasKilledSince(trippedAtMs ?? 0)))
      this.#company.killSwitch.trip(text, 'breaker', null)
    if (scope.kind === 'company' && plan.response === 'halt') this.#holdCompany(breaker, text, isRestored)
    for (const bot of this.#botsOf(breaker)) this.#hold(bot, breaker, text)
    alerter.raise({
      severity: scope.kind === 'company' || plan.response === 'halt' ? 'CRITICAL' : 'HIGH',
      code: plan.kind === 'staleness' ? 'STALENESS' : `BREAKER_${plan.kind.toUpperCase()}`,
      text,
      details: { breakerId },
    })
  }

  onRearmed(breaker: Breaker): void {
    const { scope, plan } = breaker
    const atMs = this.#company.deps.clock.now()
    this.#bump(scope)
    if (scope.kind === 'company' && plan.response === 'halt') this.#company.release(sourceOf(breaker))
    for (const bot of this.#botsOf(breaker)) {
      bot.send({ type: 'bot.resume', source: sourceOf(breaker), atMs })
      if (plan.response === 'disable') this.#releaseMarkets(bot)
    }
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
    for (const breaker of this.#company.board.holding()) {
      if (!isOurs(breaker, spec) || !this.#doesStop(breaker, spec)) continue
      const { reason, trippedAtMs } = breaker.chart.actor.getSnapshot().context
      holds.push({ source: sourceOf(breaker), text: reason ?? breaker.plan.kind, sinceMs: trippedAtMs ?? atMs })
    }
    for (const host of this.#company.venues.values()) {
      const { venueId } = host.venue
      if (isOn(spec, venueId) && !host.isTradable)
        holds.push({ source: `venue:${venueId}`, text: `the venue is ${host.state}`, sinceMs: atMs })
    }
    return holds
  }

  /** True when a bot created now must be halted: with the company, or by a breaker of its own that only an operator signs off. */
  isHalted(spec: BotSpec): boolean {
    if (this.#company.director.actor.getSnapshot().matches('halted')) return true
    for (const breaker of this.#company.board.holding())
      if (breaker.scope.kind === 'bot' && breaker.plan.response === 'halt' && isOurs(breaker, spec)) return true
    return false
  }

  /** A company that comes up halted only learns why: a halt would cut its start-up checks short. */
  #holdCompany(breaker: Breaker, text: string, isRestored: boolean): void {
    const { isHaltLatched } = this.#company.director.actor.getSnapshot().context
    if (isRestored && isHaltLatched) this.#company.pause(sourceOf(breaker), text)
    else this.#company.halt(sourceOf(breaker), text)
  }

  #hold(bot: BotHost, breaker: Breaker, text: string): void {
    const atMs = this.#company.deps.clock.now()
    const reason = { source: sourceOf(breaker), text, sinceMs: atMs }
    switch (breaker.plan.response) {
      case 'halt':
        return bot.send({ type: 'system.halt', reason, atMs })
      case 'pause':
        return bot.send({ type: 'bot.pause', reason, atMs })
      case 'disable':
        return this.#holdMarkets(bot)
      case 'reduce':
        return
    }
  }

  /** A bot whose every market is disabled pauses; one that has another goes on there, and the gate bars it from the disabled ones. */
  #holdMarkets(bot: BotHost): void {
    for (const breaker of this.#company.board.holding()) {
      if (breaker.plan.response !== 'disable' || !isOurs(breaker, bot.spec) || !this.#doesStop(breaker, bot.spec)) continue
      const atMs = this.#company.deps.clock.now()
      const text = breaker.chart.actor.getSnapshot().context.reason ?? breaker.plan.kind
      bot.send({ type: 'bot.pause', reason: { source: sourceOf(breaker), text, sinceMs: atMs }, atMs })
    }
  }

  /** One of its markets is open again: whatever other one is disabled, the bot goes on. */
  #releaseMarkets(bot: BotHost): void {
    const atMs = this.#company.deps.clock.now()
    for (const breaker of this.#company.board.holding())
      if (breaker.plan.response === 'disable' && isOurs(breaker, bot.spec))
        bot.send({ type: 'bot.resume', source: sourceOf(breaker), atMs })
  }

  /** False where a bot goes on under a breaker that holds a market of its own: it has another. */
  #doesStop({ plan }: Breaker, { instruments }: BotSpec): boolean {
    return plan.response !== 'disable' || instruments.every((instrumentId) => this.#company.board.isDisabled(instrumentId))
  }

  /** A kill switch that was tripped with the breaker has been dealt with since, or is on. */
  #wasKilledSince(trippedAtMs: number): boolean {
    const { killedAtMs } = this.#company.memory
    return killedAtMs !== null && killedAtMs >= trippedAtMs
  }

  #bump(scope: BreakerScope): void {
    const { epochs } = this.#company
    switch (scope.kind) {
      case 'company':
        return epochs.bump({ kind: 'company' })
      case 'bot':
        return epochs.bump({ kind: 'bot', botId: scope.botId })
      case 'instrument':
        return epochs.bump({ kind: 'instrument', instrumentId: scope.instrumentId })
      case 'venue':
        return epochs.bump({ kind: 'venue', venueId: scope.venueId })
    }
  }

  #botsOf(breaker: Breaker): readonly BotHost[] {
    return [...this.#company.bots.values()].filter((bot) => isOurs(breaker, bot.spec))
  }
}

function sourceOf({ breakerId }: Breaker): string {
  return `breaker:${breakerId}`
}

/** True for a breaker that stops this very bot: its own, or one of its markets or venues. The company's stops the company. */
function isOurs({ scope }: Breaker, spec: BotSpec): boolean {
  switch (scope.kind) {
    case 'company':
      return false
    case 'bot':
      return scope.botId === spec.botId
    case 'instrument':
      return spec.instruments.includes(scope.instrumentId)
    case 'venue':
      return isOn(spec, scope.venueId)
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
      // The breaker remembers a drift over a restart, which the checks have to find anew.
      return company.synchroniser.hasDrift || company.board.isHolding('drift:company')
    },
    botState(botId: BotId, instrumentId: InstrumentId) {
      const bot = company.bots.get(botId)
      if (bot === undefined || bot.state === 'HALTED') return 'halted'
      return bot.isTrading && !company.board.isDisabled(instrumentId) ? 'active' : 'paused'
    },
    venueState(venueId: VenueId) {
      const host = company.venues.get(venueId)
      if (host === undefined || !host.isTradable) return { venue: 'down', isPrivateStreamSound: false }
      return { venue: host.state === 'ONLINE' ? 'online' : 'degraded', isPrivateStreamSound: host.context.privateStream === 'up' }
    },
    isProductUp: (venueId: VenueId, instrumentId: InstrumentId) =>
      !(company.venues.get(venueId)?.context.productsDown.includes(instrumentId) ?? true),
    shorts: (venueId: VenueId) => company.venueOf(venueId).capabilities.shorts,
    reducingReason: (of: OrderScopes) => company.board.reducing ?? company.reducing.reasonFor(of),
  }
}
