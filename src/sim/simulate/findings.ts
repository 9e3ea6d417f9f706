import type { Breach, Invariant, Monitors } from '#sim/monitors/types'
import { bookFindings } from '#sim/world/books'
import { marketFindings } from '#sim/world/market'
import { replayFindings } from '#sim/world/replayed'
import type { Life, World } from '#sim/world/world'

/** Breaches kept of a run: the first ones say what is wrong. */
const BREACHES_MAX = 50

/** Sockets at rest: the public stream and the private one. */
const STREAMS = 2
/** Timers at rest: of venues, bots, breakers and services, and of each live order. */
const TIMERS_MAX = 30
const TIMERS_PER_ORDER = 3

/** What the monitors of a run's lives found, how often they judged, and what is judged from outside besides. */
export class Findings {
  readonly #world: World
  readonly #trace: (text: string) => void
  readonly #monitors: Monitors[] = []
  readonly #breaches: Breach[] = []

  constructor(world: World, trace: (text: string) => void) {
    this.#world = world
    this.#trace = trace
  }

  get breaches(): readonly Breach[] {
    return this.#breaches
  }

  /** How often each invariant was judged, over all lives. */
  get checks(): Readonly<Record<string, number>> {
    const sums: Record<string, number> = {}
    for (const { checks } of this.#monitors)
      for (const [invariant, count] of Object.entries(checks)) sums[invariant] = (sums[invariant] ?? 0) + count
    return sums
  }

  /** Takes what the monitors of a life find. */
  follow({ runtime }: Life): void {
    this.#monitors.push(runtime.monitors)
    // What the replay of the journal showed was found before anybody could listen.
    for (const breach of runtime.monitors.breaches) this.#add(breach)
    runtime.monitors.onBreach((breach) => this.#add(breach))
  }

  /** Notes that the run itself failed. */
  crashed(text: string): void {
    const { clock, disk } = this.#world
    this.#add({ invariant: 'CRASHED', text, atMs: clock.now(), seq: disk.headSeq })
  }

  /** Judges a company at rest against the emulator's own record and against a replay of its journal. */
  judgeBooks(isExact: boolean): void {
    const { monitors } = this.#world.runtime
    monitors.sweep()
    const texts = bookFindings(this.#world, isExact)
    const isOfSubAccounts = (text: string) => text.startsWith('I12')
    const isOfOrders = (text: string) => text.startsWith('open order')
    this.#judge('I12', texts.filter(isOfSubAccounts))
    this.#judge('I7', texts.filter(isOfOrders))
    this.#judge(
      'I5',
      texts.filter((text) => !isOfSubAccounts(text) && !isOfOrders(text)),
    )
    this.#judge('I10', replayFindings(this.#world))
    const { openOrders, closedOrders } = this.#world.account()
    monitors.judgeVenueOrders(
      [...openOrders, ...closedOrders].flatMap(({ clientId, orderId, closedAtMs }) =>
        clientId === null ? [] : [{ clientOrderId: clientId, venueOrderId: orderId, isLive: closedAtMs === null }],
      ),
    )
  }

  /** Judges, at rest, what the company trades by: stale data must not look sound (I4). */
  judgeMarket(): void {
    this.#judge('I4', marketFindings(this.#world))
  }

  /**
   * Judges, at rest, that nothing has been left behind while it ran (I13): no chart of an order but of those that are tracked, no socket but
   * the two streams, and no more timers than what lives can have. How long ended orders are tracked the company's own monitors judge.
   */
  judgeLeftovers(): void {
    const { company, life, network } = this.#world
    const tracked = this.#world.orders()
    const live = [...company.orders.live()].length
    life.runtime.monitors.judgeRest(
      { actors: tracked.length, timers: TIMERS_MAX + TIMERS_PER_ORDER * live, sockets: STREAMS },
      { actors: company.registry.size, timers: life.clock.pending, sockets: network.heldSockets },
    )
  }

  /** Judges what a company that has stopped in order leaves behind. */
  judgeStopped(): void {
    const { life, network, company, runtime } = this.#world
    runtime.monitors.judgeRest(
      { actors: 0, timers: 0, sockets: 0 },
      { actors: company.registry.size, timers: life.clock.pending, sockets: network.heldSockets },
    )
  }

  #judge(invariant: Invariant, texts: readonly string[]): void {
    const { monitors } = this.#world.runtime
    if (texts.length === 0) monitors.note(invariant, null)
    for (const text of texts) monitors.note(invariant, text)
  }

  #add(breach: Breach): void {
    if (this.#breaches.length >= BREACHES_MAX) return
    this.#breaches.push(breach)
    this.#trace(`BREACH ${breach.invariant}: ${breach.text}`)
  }
}
