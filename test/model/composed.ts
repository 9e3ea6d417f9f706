import { type AnyMachineSnapshot, createActor, type EventObject, transition } from 'xstate'
import type { Breaker } from '#actors/company/breaker-board'
import type { Company } from '#actors/company/company'
import { ScopeHolds, scopesOf } from '#actors/company/scope-holds'
import type { VenueHost } from '#actors/venues/venue-host'
import { botId, instrumentId, venueId } from '#domain/ids'
import { leafOf } from '#machines/status'
import type { Chart } from './charts'

/** One chart of a composition: its states by number, its transitions worked out once each. */
export class Part {
  readonly chart: Chart
  readonly #snapshots: AnyMachineSnapshot[] = []
  readonly #ids = new Map<string, number>()
  readonly #steps = new Map<string, { readonly to: number; readonly actions: readonly string[] }>()
  readonly start: number

  constructor(chart: Chart) {
    this.chart = chart
    this.start = this.#idOf(createActor(chart.machine, { input: chart.inputs[0] }).getSnapshot() as AnyMachineSnapshot)
  }

  snapshot(id: number): AnyMachineSnapshot {
    const found = this.#snapshots[id]
    if (found === undefined) throw new Error(`${this.chart.name} has no state ${id}`)
    return found
  }

  leaf(id: number): string {
    return leafOf(this.snapshot(id).value)
  }

  step(from: number, event: EventObject): { readonly to: number; readonly actions: readonly string[] } {
    const key = `${from} ${JSON.stringify(event)}`
    const known = this.#steps.get(key)
    if (known !== undefined) return known
    const [next, actions] = transition(this.chart.machine, this.snapshot(from), event)
    const made = { to: this.#idOf(next as AnyMachineSnapshot), actions: actions.map((action) => action.type) }
    this.#steps.set(key, made)
    return made
  }

  #idOf(snapshot: AnyMachineSnapshot): number {
    const key = JSON.stringify([snapshot.value, this.chart.essence(snapshot.context)])
    const id = this.#ids.get(key) ?? this.#snapshots.push(snapshot) - 1
    this.#ids.set(key, id)
    return id
  }
}

/** One order, its bot, its venue and the bot's breaker, by the numbers of their states. `order` is −1 before the first. */
export interface State {
  readonly order: number
  readonly venue: number
  readonly breaker: number
  readonly bot: number
}

/** What happens next, seen from outside: to whom, and what. */
export interface Move {
  readonly part: keyof State
  readonly event: EventObject
}

/** A step that was taken in the course of a move: the move itself, or what the company made of it. */
export interface Taken {
  readonly part: keyof State
  readonly event: EventObject
  readonly before: State
  readonly after: State
}

export interface Parts {
  readonly order: Part
  readonly venue: Part
  readonly breaker: Part
  readonly bot: Part
}

const BOT = botId('mm')
const VENUE = venueId('kraken')
const INSTRUMENT = instrumentId('BTC-USD@kraken')

/**
 * Order × venue × breaker × bot as the company wires them: holds are carried by the product's own `ScopeHolds`, permissions are read by
 * its own `scopesOf`; what the desk does with orders (cancel on a halt, ask again after a reconnect, doubt what a dead line left
 * unanswered) is restated here in three rules.
 */
export class Composition {
  readonly parts: Parts
  readonly #holds: ScopeHolds
  readonly #scopes: ReturnType<typeof scopesOf>
  /** The state that the product's code reads while a step is worked out. */
  #now: State
  #queue: Move[] = []

  constructor(parts: Parts) {
    this.parts = parts
    this.#now = this.start
    const company = this.#company()
    this.#holds = new ScopeHolds(company)
    this.#scopes = scopesOf(company)
  }

  get start(): State {
    return { order: -1, venue: this.parts.venue.start, breaker: this.parts.breaker.start, bot: this.parts.bot.start }
  }

  /** What the gate would say of an order that adds risk, by its scopes. */
  mayOpen(state: State): boolean {
    this.#now = state
    const { venue, isPrivateStreamSound } = this.#scopes.venueState(VENUE)
    return this.#scopes.botState(BOT) === 'active' && venue !== 'down' && isPrivateStreamSound
  }

  isLive(state: State): boolean {
    return state.order >= 0 && !this.parts.order.snapshot(state.order).hasTag('terminal')
  }

  /** Takes a move and everything that follows from it in the same turn. */
  take(state: State, move: Move): { readonly state: State; readonly taken: readonly Taken[] } {
    this.#queue = [move]
    this.#now = state
    const taken: Taken[] = []
    for (let count = 0; ; count++) {
      const next = this.#queue.shift()
      if (next === undefined) return { state: this.#now, taken }
      if (count > 30) throw new Error(`the holds of ${move.event.type} run in a circle`)
      const before = this.#now
      const isNew = next.part === 'order' && next.event.type === 'order.new'
      const { to, actions } = isNew
        ? { to: this.parts.order.start, actions: [] }
        : this.parts[next.part].step(before[next.part], next.event)
      this.#now = { ...before, [next.part]: to }
      taken.push({ ...next, before, after: this.#now })
      this.#follow(next.part, before, actions)
    }
  }

  #follow(part: keyof State, before: State, actions: readonly string[]): void {
    if (part === 'breaker') {
      if (actions.includes('notifyTripped')) this.#holds.onTripped(this.#breaker())
      if (actions.includes('notifyRearmed')) this.#holds.onRearmed(this.#breaker())
    }
    if (part === 'venue') {
      this.#holds.onVenueChange(this.#host())
      const was = this.parts.venue.leaf(before.venue)
      const is = this.parts.venue.leaf(this.#now.venue)
      const connected = ['syncing', 'online', 'degraded']
      // Commands without an answer when the line dies are in doubt; a sync asks for everything that was sent.
      if (connected.includes(was) && !connected.includes(is) && this.#isSent()) this.#tell('order.answerLost', { reason: 'the line died' })
      if (is === 'syncing' && was !== 'syncing' && this.#isSent()) this.#tell('order.restored', {})
    }
    if (part === 'bot' && (actions.includes('cancelOrders') || actions.includes('drain')) && this.isLive(this.#now))
      this.#tell('order.cancel', {})
  }

  #isSent(): boolean {
    return this.isLive(this.#now) && this.parts.order.leaf(this.#now.order) !== 'pending'
  }

  #tell(type: string, more: object): void {
    this.#queue.push({ part: 'order', event: { type, ...more, atMs: 1 } as EventObject })
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
        return parts.venue.snapshot(now().venue).hasTag('tradable' as never)
      },
      get context() {
        return parts.venue.snapshot(now().venue).context
      },
    } as unknown as VenueHost
  }

  #breaker(): Breaker {
    const snapshot = () => this.parts.breaker.snapshot(this.#now.breaker)
    return {
      breakerId: 'loss',
      kind: 'consecutiveLosses',
      scope: { kind: 'bot', botId: BOT },
      chart: { actor: { getSnapshot: snapshot } },
    } as unknown as Breaker
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
        return parts.bot.snapshot(now().bot).hasTag('trading' as never)
      },
      send: (event: EventObject) => this.#queue.push({ part: 'bot', event: { ...event, atMs: 1 } as EventObject }),
    }
    return {
      deps: { clock: { now: () => 1 }, alerter: { raise: () => undefined } },
      epochs: { bump: () => undefined },
      bots: new Map([[BOT, bot]]),
      venues: new Map([[VENUE, this.#host()]]),
    } as unknown as Company
  }
}
