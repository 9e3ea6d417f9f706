import type { Breach, Monitors } from '#sim/monitors/types'
import type { Passage } from '#sim/wire'
import type { World } from './world'

/**
 * Reads what the monitors of a world's lives found, and counts the frames of orders and cancels on the wire besides: an adapter that sends
 * twice what it was given once shows there alone.
 */
export class Observer {
  /** Frames of orders that were handed to the network, by client order id. */
  readonly submissions = new Map<string, number>()
  readonly cancels = new Map<string, number>()
  readonly #world: World
  readonly #lives = new Set<Monitors>()

  constructor(world: World) {
    this.#world = world
    const before = world.onPassage
    world.onPassage = (passage) => {
      before(passage)
      this.#onPassage(passage)
    }
  }

  /** Watches the present life; call after each start. */
  attach(): this {
    this.#lives.add(this.#world.runtime.monitors)
    return this
  }

  /** Makes the slow judgements of the present life and hands over everything that was wrong in any. */
  findings(): readonly string[] {
    if (this.#world.isAlive) this.#world.runtime.monitors.sweep()
    const breaches = [...this.#lives].flatMap((monitors) => monitors.breaches).map(shown)
    const twice = this.#world.emulator.clientIdLiveMax > 1 ? ['I3: two live orders under one client order id'] : []
    return [...breaches, ...twice, ...this.#unrecorded()]
  }

  /** I1, on the wire: as many frames of an order as submissions of it in the journal. */
  #unrecorded(): readonly string[] {
    const recorded = new Map<string, number>()
    for (const { correlationId } of this.#world.entries('order.submitting'))
      recorded.set(correlationId ?? '', (recorded.get(correlationId ?? '') ?? 0) + 1)
    return [...this.submissions]
      .filter(([id, count]) => count > (recorded.get(id) ?? 0))
      .map(([id, count]) => `I1: ${count} frames of ${id} left for ${recorded.get(id) ?? 0} submissions in the journal`)
  }

  #onPassage({ direction, carrier, text }: Passage): void {
    if (direction !== 'up' || carrier !== 'socket' || !this.#world.isAlive) return
    if (text.includes('"add_order"')) count(this.submissions, idIn(text))
    if (text.includes('"cancel_order"')) count(this.cancels, idIn(text))
  }
}

function shown({ invariant, text, seq }: Breach): string {
  return `${invariant}: ${text} (entry ${seq})`
}

function count(counts: Map<string, number>, id: string): void {
  counts.set(id, (counts.get(id) ?? 0) + 1)
}

function idIn(text: string): string {
  const params = (JSON.parse(text) as { readonly params: { readonly cl_ord_id?: string | readonly string[] } }).params
  return typeof params.cl_ord_id === 'string' ? params.cl_ord_id : (params.cl_ord_id?.[0] ?? '')
}
