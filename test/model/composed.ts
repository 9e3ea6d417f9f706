import type { EventObject } from 'xstate'
import type { Breaker } from '#actors/company/breaker-board'
import type { Company } from '#actors/company/company'
import { ScopeHolds, scopesOf } from '#actors/company/scope-holds'
import type { BotSpec } from '#actors/bots/bot-spec'
import type { VenueHost } from '#actors/venues/venue-host'
import { botId, instrumentId, strategyId, venueId } from '#domain/ids'
import type { HoldReason } from '#domain/reasons'
import type { Verdict } from '#domain/verdict'
import { hasLapsed, ScopeEpochs } from '#risk/epoch'
import type { Part } from './part'

export type PartName = 'order' | 'venue' | 'breaker' | 'bot' | 'director'

export type Parts = Readonly<Record<PartName, Part>>

/** One order, its bot, its venue, a breaker and the company's director, by the numbers of their states. `order` is −1 before the first. */
export interface State extends Readonly<Record<PartName, number>> {
  /** How the verdict of a PENDING order stands: by the product's own comparison of epochs. `none` in every other state. */
  readonly verdict: 'none' | 'fresh' | 'lapsed'
  /** A PENDING order was sent before: it waits for another attempt. */
  readonly wasSent: boolean
}

/** What happens next, seen from outside: to whom, and what. */
export interface Move {
  readonly part: PartName
  readonly event: EventObject
}

/** A step that was taken in the course of a move: the move itself, or what the company made of it. */
export interface Taken extends Move {
  readonly before: State
  readonly after: State
}

/** The company's wiring where it is the product's own code; tests plant mistakes in it. */
export interface Wiring {
  readonly epochs: ScopeEpochs
  readonly makeHolds: (company: Company) => ScopeHolds
  /** Whom the breaker stops, and how. */
  readonly scope: BreakerCase
}

/** A breaker's scope with its response: each pair that the product has, the kill switch and drift apart. */
export type BreakerCase = 'bot' | 'halting' | 'instrument' | 'market' | 'venue' | 'company' | 'reducing'

/** Returns the product's own wiring, or one with a mistake in it. */
export function wiring(change: Partial<Wiring> = {}): Wiring {
  return { epochs: new ScopeEpochs(), makeHolds: (company) => new ScopeHolds(company), scope: 'bot', ...change }
}

/** An event of the desk that the order's chart does not hear: the gate has passed an order that was sent before. */
export const JUDGED: Move = { part: 'order', event: { type: 'desk.judged' } }
/** An event of the desk that begins an order: the gate has passed it. */
export const NEW: Move = { part: 'order', event: { type: 'order.new' } }

const BOT = botId('mm')
const VENUE = venueId('kraken')
export const INSTRUMENT = instrumentId('BTC-USD@kraken')
type Case = Pick<Breaker, 'scope'> & { readonly plan: Pick<Breaker['plan'], 'kind' | 'response' | 'tripsKillSwitch'> }
const caseOf = (scope: Breaker['scope'], kind: Breaker['plan']['kind'], response: Breaker['plan']['response']): Case => ({
  scope,
  plan: { kind, response, tripsKillSwitch: false },
})
const CASES: Readonly<Record<BreakerCase, Case>> = {
  bot: caseOf({ kind: 'bot', botId: BOT }, 'consecutiveLosses', 'pause'),
  halting: caseOf({ kind: 'bot', botId: BOT }, 'botDrawdown', 'halt'),
  instrument: caseOf({ kind: 'instrument', instrumentId: INSTRUMENT }, 'staleness', 'pause'),
  market: caseOf({ kind: 'instrument', instrumentId: INSTRUMENT }, 'marketErrors', 'disable'),
  venue: caseOf({ kind: 'venue', venueId: VENUE }, 'venueHealth', 'pause'),
  company: caseOf({ kind: 'company' }, 'dailyLoss', 'halt'),
  reducing: caseOf({ kind: 'company' }, 'dailyDrawdown', 'reduce'),
}
/** Those that only a named operator re-arms. */
const BY_OPERATOR: readonly BreakerCase[] = ['halting', 'company']
const CONNECTED = ['syncing', 'online', 'degraded']
const AT_MS = 1
const SCOPES = { botId: BOT, venueId: VENUE, instrumentId: INSTRUMENT, strategyId: strategyId('maker') }

/** The sources of a bot's or the director's holds. */
export function sourcesOf(part: Part, id: number): readonly string[] {
  return (part.snapshot(id).context.reasons as readonly HoldReason[]).map(({ source }) => source)
}

/**
 * Order × venue × breaker × bot × director as the company wires them. Holds are carried by the product's own `ScopeHolds`, which also
 * says what a bot starts with; permissions are read by its own `scopesOf`; verdicts age by its own `ScopeEpochs` and `hasLapsed`.
 * Restated here: what reaches the desk (a cancel on a halt, a question after a reconnect, doubt about what a dead line left
 * unanswered, another attempt under a new verdict), that each change of a bot bumps its epoch, and what the director's entries do.
 */
export class Composition {
  readonly parts: Parts
  readonly scope: Wiring['scope']
  readonly #epochs: ScopeEpochs
  readonly #holds: ScopeHolds
  readonly #scopes: ReturnType<typeof scopesOf>
  /** Nothing has happened, and the bot is not created yet. */
  readonly #first: State
  /** The state that the product's code reads while a step is worked out. */
  #now: State
  #queue: Move[] = []
  #verdict: Verdict | null = null

  constructor(parts: Parts, { epochs, makeHolds, scope }: Wiring = wiring()) {
    this.parts = parts
    this.scope = scope
    this.#epochs = epochs
    const [input = {}] = parts.director.chart.inputs
    const trading = ['boot', 'check'].reduce(
      (id, actor) => parts.director.step(id, { type: `xstate.done.actor.${actor}`, actorId: actor } as EventObject).to,
      parts.director.startOf(input),
    )
    const startOf = (part: Part) => part.startOf(part.chart.inputs[0] ?? {})
    this.#first = {
      order: -1,
      venue: startOf(parts.venue),
      breaker: startOf(parts.breaker),
      bot: startOf(parts.bot),
      director: trading,
      verdict: 'none',
      wasSent: false,
    }
    this.#now = this.#first
    const company = this.#company()
    this.#holds = makeHolds(company)
    this.#scopes = scopesOf(company)
  }

  /**
   * The states in which the company creates its bot: its breaker armed, or tripped or cooling as a restart left it. One that only an
   * operator re-arms never cools, and one that halts is such a one: the board makes no other.
   */
  get starts(): readonly State[] {
    const { breaker } = this.parts
    return breaker.chart.inputs.flatMap((input) => {
      const isOperators = 'rearm' in input && input.rearm === 'operator'
      if (BY_OPERATOR.includes(this.scope) && !isOperators) return []
      const armed = { ...this.#first, breaker: breaker.startOf(input) }
      const stands = breaker.chart.events
        .filter((event) => event.type === 'breaker.restored' && !(isOperators && 'state' in event && event.state === 'cooling'))
        .map((event) => this.take(armed, { part: 'breaker', event }).state)
      return [armed, ...stands].map((state) => this.#withBot(state))
    })
  }

  /** What the gate would say of an order that adds risk, by its scopes. */
  mayOpen(state: State): boolean {
    this.#now = state
    const { venue, isPrivateStreamSound } = this.#scopes.venueState(VENUE)
    return (
      this.#scopes.company === 'trading' &&
      this.#scopes.reducingReason(SCOPES) === null &&
      this.#scopes.botState(BOT, INSTRUMENT) === 'active' &&
      venue !== 'down' &&
      isPrivateStreamSound &&
      this.#scopes.isProductUp(VENUE, INSTRUMENT)
    )
  }

  isLive(state: State): boolean {
    return state.order >= 0 && !this.parts.order.hasTag(state.order, 'terminal')
  }

  /** Takes a move and everything that follows from it in the same turn. */
  take(state: State, move: Move): { readonly state: State; readonly taken: readonly Taken[] } {
    this.#queue = [move]
    this.#now = state
    this.#verdict = state.verdict === 'fresh' ? this.#judged() : null
    const taken: Taken[] = []
    for (let count = 0; ; count++) {
      const next = this.#queue.shift()
      if (next === undefined) return { state: this.#now, taken }
      if (count > 30) throw new Error(`the holds of ${move.event.type} run in a circle`)
      const before = this.#now
      const { to, actions } = this.#step(next)
      this.#now = { ...before, [next.part]: to }
      this.#follow(next, before, actions)
      this.#now = this.#withVerdict(before)
      taken.push({ ...next, before, after: this.#now })
    }
  }

  #step({ part, event }: Move) {
    if (part !== 'order' || (event !== NEW.event && event !== JUDGED.event)) return this.parts[part].step(this.#now[part], event)
    this.#verdict = this.#judged()
    const { order } = this.parts
    return { to: event === NEW.event ? order.startOf(order.chart.inputs[0] ?? {}) : this.#now.order, actions: [] }
  }

  /** A verdict of this moment, as far as its age goes. */
  #judged(): Verdict {
    return { epoch: this.#epochs.epochOf(BOT, VENUE, INSTRUMENT), atMs: AT_MS } as Verdict
  }

  #withVerdict(before: State): State {
    const state = this.#now
    const isPending = state.order >= 0 && this.parts.order.leaf(state.order) === 'pending'
    if (!isPending) return state.verdict === 'none' && !state.wasSent ? state : { ...state, verdict: 'none', wasSent: false }
    const wasPending = before.order >= 0 && this.parts.order.leaf(before.order) === 'pending'
    if (before.order >= 0 && this.isLive(before) && !wasPending) return { ...state, verdict: 'none', wasSent: true }
    if (this.#verdict === null) return state
    const isFresh = !hasLapsed(this.#verdict, AT_MS, this.#epochs.epochOf(BOT, VENUE, INSTRUMENT))
    return { ...state, verdict: isFresh ? 'fresh' : 'lapsed' }
  }

  #follow({ part }: Move, before: State, actions: readonly string[]): void {
    switch (part) {
      case 'order':
        return
      case 'breaker':
        if (actions.includes('notifyTripped')) this.#holds.onTripped(this.#breaker())
        if (actions.includes('notifyRearmed')) this.#holds.onRearmed(this.#breaker())
        return
      case 'venue':
        return this.#followVenue(before)
      case 'bot':
        if (before.bot !== this.#now.bot) this.#epochs.bump({ kind: 'bot', botId: BOT })
        if (actions.includes('cancelOrders') || actions.includes('drain')) this.#cancel()
        return
      case 'director':
        if (actions.includes('haltAll')) this.#tellBot({ type: 'system.halt', reason: this.#parent() })
        if (actions.includes('pauseAll')) this.#tellBot({ type: 'bot.pause', reason: this.#parent() })
        if (actions.includes('releaseAll')) this.#releaseAll()
    }
  }

  #followVenue(before: State): void {
    // The host speaks of changes only.
    if (before.venue !== this.#now.venue) this.#holds.onVenueChange(this.#host())
    const was = this.parts.venue.leaf(before.venue)
    const is = this.parts.venue.leaf(this.#now.venue)
    // Commands without an answer when the line dies are in doubt; a sync asks for everything that was sent.
    if (CONNECTED.includes(was) && !CONNECTED.includes(is) && this.#isSent()) this.#tell('order.answerLost', { reason: 'the line died' })
    if (is === 'syncing' && was !== 'syncing' && this.#isSent()) this.#tell('order.restored', {})
  }

  /** One that was never sent, or waits for another attempt, ends at once. */
  #cancel(): void {
    if (!this.isLive(this.#now)) return
    if (this.#isSent()) this.#tell('order.cancel', {})
    else this.#tell('order.lapsed', { reason: 'canceled before it was sent' })
  }

  #releaseAll(): void {
    this.#tellBot({ type: 'bot.resume', source: 'parent' })
    const hasOwnHalt = sourcesOf(this.parts.bot, this.#now.bot).some((source) => source === 'operator' || source === 'supervisor')
    if (!hasOwnHalt) this.#tellBot({ type: 'operator.reset', operator: 'parent' })
  }

  #parent(): HoldReason {
    return { source: 'parent', text: 'the company is held', sinceMs: AT_MS }
  }

  #tellBot(event: EventObject & Record<string, unknown>): void {
    this.#epochs.bump({ kind: 'company' })
    this.#queue.push({ part: 'bot', event: { ...event, atMs: AT_MS } as EventObject })
  }

  #isSent(): boolean {
    return this.isLive(this.#now) && this.parts.order.leaf(this.#now.order) !== 'pending'
  }

  #tell(type: string, more: object): void {
    this.#queue.push({ part: 'order', event: { type, ...more, atMs: AT_MS } as EventObject })
  }

  #withBot(state: State): State {
    this.#now = state
    const spec = { botId: BOT, instruments: [INSTRUMENT] } as unknown as BotSpec
    const reasons = this.#holds.holdsOf(spec)
    const { bot } = this.parts
    const made = bot.startOf({ ...bot.chart.inputs[0], reasons })
    const halt = { type: 'system.halt', reason: reasons[0], atMs: AT_MS } as EventObject
    return { ...state, bot: this.#holds.isHalted(spec) ? bot.step(made, halt).to : made }
  }

  #host(): VenueHost {
    const { parts } = this
    const now = () => this.#now
    return {
      venue: { venueId: VENUE },
      get state() {
        return parts.venue.leaf(now().venue).toUpperCase()
      },
      get isTradable() {
        return parts.venue.hasTag(now().venue, 'tradable')
      },
      get context() {
        return parts.venue.snapshot(now().venue).context
      },
    } as unknown as VenueHost
  }

  #breaker(): Breaker {
    const snapshot = () => this.parts.breaker.snapshot(this.#now.breaker)
    return { breakerId: 'loss', ...CASES[this.scope], chart: { actor: { getSnapshot: snapshot } } } as unknown as Breaker
  }

  /** What the board says of its only breaker. */
  #board() {
    const isHolding = () => this.parts.breaker.hasTag(this.#now.breaker, 'holding')
    const responds = (response: string) => isHolding() && CASES[this.scope].plan.response === response
    return {
      holding: () => (isHolding() ? [this.#breaker()] : []),
      isHolding,
      isDisabled: () => responds('disable'),
      get reducing() {
        return responds('reduce') ? 'the breaker loss' : null
      },
    }
  }

  #company(): Company {
    const { parts } = this
    const now = () => this.#now
    const bot = {
      spec: { botId: BOT, instruments: [INSTRUMENT] },
      get state() {
        return parts.bot.leaf(now().bot).toUpperCase()
      },
      get isTrading() {
        return parts.bot.hasTag(now().bot, 'trading')
      },
      send: (event: EventObject) => this.#queue.push({ part: 'bot', event: { ...event, atMs: AT_MS } as EventObject }),
    }
    const tellDirector = (event: EventObject & Record<string, unknown>) => {
      this.#epochs.bump({ kind: 'company' })
      this.#queue.push({ part: 'director', event: { ...event, atMs: AT_MS } as EventObject })
    }
    return {
      deps: { clock: { now: () => AT_MS }, alerter: { raise: () => undefined } },
      epochs: this.#epochs,
      director: { actor: { getSnapshot: () => parts.director.snapshot(now().director) } },
      board: this.#board(),
      reducing: { reasonFor: () => null },
      halt: (source: string, text: string) => tellDirector({ type: 'system.halt', reason: { source, text, sinceMs: AT_MS } }),
      release: (source: string) => tellDirector({ type: 'system.resume', source }),
      bots: new Map([[BOT, bot]]),
      venues: new Map([[VENUE, this.#host()]]),
    } as unknown as Company
  }
}
