import type { AnyStateMachine, EventFromLogic, InputFrom, InspectionEvent, SnapshotFrom } from 'xstate'
import { InvariantError } from '#domain/errors'
import type { DeadLetters } from './dead-letters'
import { ActorHousing, BareHousing, type Child, type ChildLogic, type Housing, type OnCrash } from './housing'

export interface RegistryOptions<TMachine extends AnyStateMachine> {
  /** Names the registry in its children's address: `orders`. */
  readonly id: string
  /** A flat machine, or its compiled form (ADR 0009). */
  readonly logic: ChildLogic<TMachine>
  /** Most children alive at once. */
  readonly liveMax: number
  readonly deadLetters: DeadLetters
  /** Called when a child threw: it is gone from the registry by then and its siblings have noticed nothing. Must not throw. */
  readonly onCrash: OnCrash
  /** Sees every event of the family. With null, nobody can see a child: then a compiled chart runs without an actor around it. */
  readonly inspect: ((event: InspectionEvent) => void) | null
}

function housingOf<TMachine extends AnyStateMachine>(options: RegistryOptions<TMachine>, onCrash: OnCrash): Housing<TMachine> {
  const { id, logic, inspect } = options
  return inspect === null && 'chart' in logic
    ? new BareHousing<TMachine>(logic, onCrash)
    : new ActorHousing<TMachine>(id, logic, onCrash, inspect)
}

/**
 * Many actors of one flat machine, kept in a Map: creating and retiring one costs the same whatever their number (XState copies a
 * machine's `children` on every spawn, so the tenth thousandth would cost 600 µs).
 */
export class ActorRegistry<TMachine extends AnyStateMachine> {
  readonly #options: RegistryOptions<TMachine>
  readonly #housing: Housing<TMachine>
  readonly #live = new Map<string, Child<TMachine>>()
  #crashes = 0

  constructor(options: RegistryOptions<TMachine>) {
    this.#options = options
    this.#housing = housingOf(options, (id, error) => {
      this.#crashes++
      this.#live.delete(id)
      options.onCrash(id, error)
    })
  }

  /** Children alive now. */
  get size(): number {
    return this.#live.size
  }

  /** Children that threw, since the start. */
  get crashes(): number {
    return this.#crashes
  }

  /**
   * Creates and starts a child; null when it threw (`onCrash` has been called).
   * @throws {InvariantError} when the id is taken or the registry is full.
   */
  spawn(id: string, input: InputFrom<TMachine>): Child<TMachine> | null {
    if (this.#live.has(id)) throw new InvariantError(`${this.#options.id}: "${id}" is alive already`)
    const { liveMax } = this.#options
    if (this.#live.size >= liveMax) throw new InvariantError(`${this.#options.id}: ${liveMax} are alive, which is the limit`)
    const child = this.#housing.create(id, input)
    if (child !== null) this.#live.set(id, child)
    return child
  }

  /**
   * Gives a child an event and returns where it stands then. Null when there is no such child (counted as a dead letter), or
   * when it threw (`onCrash` has been called).
   */
  tell(id: string, event: EventFromLogic<TMachine>): SnapshotFrom<TMachine> | null {
    const child = this.#live.get(id)
    if (child !== undefined) return this.tellChild(id, child, event) ? child.getSnapshot() : null
    this.#options.deadLetters.record({ actorId: `${this.#options.id}:${id}`, eventType: event.type, cause: 'unknown' })
    return null
  }

  /** As `tell`, for who kept what `spawn` returned: false when the child threw, now or before. */
  tellChild(id: string, child: Child<TMachine>, event: EventFromLogic<TMachine>): boolean {
    return this.#housing.send(id, child, event)
  }

  /** Returns where a child stands, or null when there is none. */
  get(id: string): SnapshotFrom<TMachine> | null {
    return this.#live.get(id)?.getSnapshot() ?? null
  }

  has(id: string): boolean {
    return this.#live.has(id)
  }

  /** Stops a child and forgets it. Returns false when there was none. */
  retire(id: string): boolean {
    const child = this.#live.get(id)
    if (child === undefined) return false
    this.#live.delete(id)
    this.#housing.stop(child)
    return true
  }

  /** Walks the children in order of their creation. */
  *entries(): Generator<readonly [string, SnapshotFrom<TMachine>]> {
    for (const [id, child] of this.#live) yield [id, child.getSnapshot()]
  }

  /** Retires every child and ends the family. */
  stop(): void {
    for (const id of [...this.#live.keys()]) this.retire(id)
    this.#housing.close()
  }
}
