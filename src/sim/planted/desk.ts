import type { PlantedBug } from './types'

/** Mistakes in how orders are worked: what is sent, what an answer means, what ends an order. */
export const DESK_BUGS: readonly PlantedBug[] = [
  {
    name: 'desk-timeout-is-a-refusal',
    what: 'An answer that settles nothing counts as a refusal: the order is given up while it may live at the venue.',
    breaks: ['I7', 'I3'],
    file: 'src/actors/desk/submitter.ts',
    find: "orders.apply(record, { type: 'order.answerLost', reason: outcome.reason, atMs })\n        this.#hooks.onAmbiguous(record)",
    replace:
      "orders.apply(record, { type: 'order.refused', code: 'timeout', reason: outcome.reason, atMs })\n        this.#releaseEnded(record)",
    seed: 1,
    budget: 20,
  },
]
