import { type AnyMachineSnapshot, createActor, type EventObject, transition } from 'xstate'
import { leafOf } from '#machines/status'
import type { Chart } from './charts'

/** What an event made of a state: where it led, and the actions that ran, by name. */
export interface Step {
  readonly to: number
  readonly actions: readonly string[]
}

const numbers = new Map<string, number>()
const numbered = new WeakMap<EventObject, number>()

/** Numbers events by what they say, so that a step is found without spelling its event out again. */
function numberOf(event: EventObject): number {
  const present = numbered.get(event)
  if (present !== undefined) return present
  const text = JSON.stringify(event)
  const number = numbers.get(text) ?? numbers.size
  numbers.set(text, number)
  numbered.set(event, number)
  return number
}

/** One chart of a composition: its states by number, its transitions worked out once each. */
export class Part {
  readonly chart: Chart
  readonly #snapshots: AnyMachineSnapshot[] = []
  readonly #leaves: string[] = []
  readonly #ids = new Map<string, number>()
  readonly #steps: (Step | undefined)[][] = []

  constructor(chart: Chart) {
    this.chart = chart
  }

  /** Returns the state that an actor with this input begins in. */
  startOf(input: object): number {
    return this.#idOf(createActor(this.chart.machine, { input }).getSnapshot() as AnyMachineSnapshot)
  }

  snapshot(id: number): AnyMachineSnapshot {
    const found = this.#snapshots[id]
    if (found === undefined) throw new Error(`${this.chart.name} has no state ${id}`)
    return found
  }

  leaf(id: number): string {
    return this.#leaves[id] ?? leafOf(this.snapshot(id).value)
  }

  hasTag(id: number, tag: string): boolean {
    return this.snapshot(id).hasTag(tag as never)
  }

  step(from: number, event: EventObject): Step {
    const steps = this.#steps[from] ?? []
    this.#steps[from] = steps
    const number = numberOf(event)
    const known = steps[number]
    if (known !== undefined) return known
    const [next, actions] = transition(this.chart.machine, this.snapshot(from), event)
    const made = { to: this.#idOf(next as AnyMachineSnapshot), actions: actions.map((action) => action.type) }
    steps[number] = made
    return made
  }

  #idOf(snapshot: AnyMachineSnapshot): number {
    const key = JSON.stringify([snapshot.value, this.chart.essence(snapshot.context)])
    const present = this.#ids.get(key)
    if (present !== undefined) return present
    const id = this.#snapshots.push(snapshot) - 1
    this.#leaves.push(leafOf(snapshot.value))
    this.#ids.set(key, id)
    return id
  }
}
