import type { Composition, Move, PartName, State } from './composed'
import { faultsOf, faultsOfStep } from './composed-faults'
import { Moves } from './composed-moves'

const STATES_MAX = 3_000_000
const PARTS = ['order', 'venue', 'breaker', 'bot', 'director'] as const

/** How many states each part may have in a packed key; 2^53 in all. */
const ROOM: Readonly<Record<PartName, number>> = { order: 4_096, venue: 1_024, breaker: 32, bot: 2_048, director: 256 }
const VERDICTS = { none: 0, fresh: 1, lapsed: 2 } as const

/**
 * Returns one number for a composed state, another for each.
 * @throws when a part has more states than its field has room for
 */
export function packed(state: State): number {
  let key = 0
  for (const part of PARTS) {
    const id = part === 'order' ? state.order + 1 : state[part]
    if (id >= ROOM[part]) throw new Error(`${part} has more than ${ROOM[part]} states: widen its field`)
    key = key * ROOM[part] + id
  }
  return key * 6 + VERDICTS[state.verdict] * 2 + (state.wasSent ? 1 : 0)
}

/** What a walk came to. */
export interface Walk {
  readonly states: number
  readonly steps: number
  readonly submissions: number
  /** Submissions of an order that was sent before. */
  readonly retries: number
  /** What contradicts, each once, with the shortest way to it. */
  readonly faults: readonly string[]
  /** Names of the innermost states that each part was in. */
  readonly leaves: Readonly<Record<PartName, ReadonlySet<string>>>
  readonly seen: Readonly<Record<PartName, number>>
}

/** A state that was reached, and how: the way is kept while `isTraced`. */
interface Visit {
  readonly state: State
  readonly via: { readonly from: Visit; readonly move: Move } | null
}

/** Walks every interleaving breadth first to a depth. The way to a fault is kept unless memory is dear. */
export function walk(world: Composition, starts: readonly State[], depth: number, isTraced = true): Walk {
  const moves = new Moves(world)
  const known = new Set<number>()
  const faults = new Map<string, string>()
  const seen = {
    order: new Set<number>(),
    venue: new Set<number>(),
    breaker: new Set<number>(),
    bot: new Set<number>(),
    director: new Set<number>(),
  }
  const count = { steps: 0, submissions: 0, retries: 0 }
  const visit = (layer: Visit[], next: Visit, what: string) => {
    const key = packed(next.state)
    if (known.has(key)) return
    known.add(key)
    if (known.size > STATES_MAX) throw new Error(`more than ${STATES_MAX} composed states`)
    for (const part of PARTS) if (next.state[part] >= 0) seen[part].add(next.state[part])
    for (const fault of faultsOf(world, next.state)) note(faults, `${fault} (${what})`, next)
    layer.push(next)
  }
  let layer: Visit[] = []
  for (const state of starts) visit(layer, { state, via: null }, 'start')
  for (let level = 0; level < depth && layer.length > 0; level++) {
    const next: Visit[] = []
    for (const from of layer)
      for (const move of moves.in(from.state)) {
        const { state, taken } = world.take(from.state, move)
        const reached = { state, via: isTraced ? { from, move } : null }
        count.steps += taken.length
        for (const step of taken) {
          for (const fault of faultsOfStep(world, step)) note(faults, `${fault} (${move.event.type})`, reached)
          if (step.event.type !== 'order.journaled') continue
          count.submissions++
          if (step.before.wasSent) count.retries++
        }
        visit(next, reached, move.event.type)
      }
    layer = next
  }
  const each = <T>(value: (part: PartName) => T) => Object.fromEntries(PARTS.map((part) => [part, value(part)])) as Record<PartName, T>
  return {
    ...count,
    states: known.size,
    faults: [...faults].map(([fault, way]) => `${fault}: ${way}`),
    leaves: each((part) => new Set([...seen[part]].map((id) => world.parts[part].leaf(id)))),
    seen: each((part) => seen[part].size),
  }
}

function note(faults: Map<string, string>, fault: string, visit: Visit): void {
  if (faults.has(fault)) return
  const steps: string[] = []
  for (let at = visit; at.via !== null; at = at.via.from) steps.unshift(at.via.move.event.type)
  faults.set(fault, steps.join(', '))
}
