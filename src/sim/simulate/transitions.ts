import type { Orders } from '#actors/desk/orders'
import type { Protections } from '#actors/protection/protections'
import type { World } from '#sim/world/world'

/** Counts what of the charts a run has walked: `order open → filled` and the like. */
export class Transitions {
  readonly #counts = new Map<string, number>()
  #orders = 0

  /** Orders that were made. */
  get orders(): number {
    return this.#orders
  }

  /** Watches the orders of a life that has replayed its journal. */
  watch(orders: Orders): void {
    const states = new Map<string, string>()
    for (const record of orders.live()) states.set(record.clientOrderId, orders.stateOf(record))
    orders.onChange((record) => {
      const to = orders.stateOf(record)
      const from = states.get(record.clientOrderId) ?? null
      states.set(record.clientOrderId, to)
      if (from === null) this.#orders++
      if (from !== to) this.#add(`order ${from ?? 'none'} → ${to}`)
    })
  }

  /** Watches what protects the positions of a life: a protection journals what it does, not where it stands. */
  watchProtections(protections: Protections): void {
    protections.onTransition((from, to) => this.#add(`protection ${from} → ${to}`))
  }

  /** Returns all counts, those of the other charts read from the journal. */
  all(world: World): Readonly<Record<string, number>> {
    for (const { kind, payload } of world.entries()) {
      if (!kind.endsWith('.transition') || payload['from'] === payload['to']) continue
      this.#add(`${kind.slice(0, -'.transition'.length)} ${payload['from']} → ${payload['to']}`)
    }
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  #add(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
  }
}
