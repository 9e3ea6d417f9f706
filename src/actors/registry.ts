import {
  type Actor,
  type ActorLogic,
  type ActorOptions,
  type AnyStateMachine,
  createActor,
  type EventFromLogic,
  type InputFrom,
  type InspectionEvent,
  type Snapshot,
  type SnapshotFrom,
} from 'xstate'
import { InvariantError } from '#domain/errors'
import type { DeadLetters } from './dead-letters'

type RegistryEvent =
  | { readonly type: 'registry.retire'; readonly child: Actor<AnyStateMachine> }
  | { readonly type: `xstate.error.actor.${string}`; readonly actorId: string; readonly error: unknown }

type RegistrySnapshot = Snapshot<undefined> & { readonly status: 'active' }

const ALIVE: RegistrySnapshot = { status: 'active', output: undefined, error: undefined }

/** The parent of every child: takes their failures, and stops those that are retired. Holds no copy of them. */
function parentLogic(onCrash: (id: string, error: unknown) => void): ActorLogic<RegistrySnapshot, RegistryEvent> {
  return {
    getInitialSnapshot: () => ALIVE,
    getPersistedSnapshot: () => ALIVE,
    transition: (snapshot, event, scope) => {
      if (event.type === 'registry.retire') scope.stopChild(event.child)
      else if (event.type.startsWith('xstate.error.actor.')) onCrash(event.actorId, event.error)
      return snapshot
    },
  }
}

export interface RegistryOptions<TMachine extends AnyStateMachine> {
  /** Names the registry in its children's address: `orders`. */
  readonly id: string
  readonly machine: TMachine
  /** Most children alive at once. */
  readonly liveMax: number
  readonly deadLetters: DeadLetters
  /** Called when a child threw: it is gone from the registry by then and its siblings have noticed nothing. Must not throw. */
  readonly onCrash: (id: string, error: unknown) => void
  /** Sees every event of the family; costs a third of its speed. Null for none. */
  readonly inspect: ((event: InspectionEvent) => void) | null
}

/**
 * Many actors of one flat machine, each an XState actor, under one parent that keeps them in a Map: creating and retiring one
 * costs the same whatever their number (XState copies a machine's `children` on every spawn, so the tenth thousandth would cost 600 µs).
 */
export class ActorRegistry<TMachine extends AnyStateMachine> {
  readonly #options: RegistryOptions<TMachine>
  readonly #parent: Actor<ActorLogic<RegistrySnapshot, RegistryEvent>>
  readonly #live = new Map<string, Actor<TMachine>>()
  #crashes = 0

  constructor(options: RegistryOptions<TMachine>) {
    this.#options = options
    const logic = parentLogic((id, error) => {
      this.#crashes++
      this.#live.delete(id)
      options.onCrash(id, error)
    })
    this.#parent = createActor(logic, { id: options.id, ...(options.inspect === null ? {} : { inspect: options.inspect }) })
    this.#parent.start()
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
   * Creates and starts a child.
   * @throws {InvariantError} when the id is taken or the registry is full.
   */
  spawn(id: string, input: InputFrom<TMachine>): SnapshotFrom<TMachine> {
    const { machine, liveMax } = this.#options
    if (this.#live.has(id)) throw new InvariantError(`${this.#options.id}: "${id}" is alive already`)
    if (this.#live.size >= liveMax) throw new InvariantError(`${this.#options.id}: ${liveMax} are alive, which is the limit`)
    const options: ActorOptions<TMachine> = { id, parent: this.#parent, input }
    const child = createActor(machine, options as typeof options & { input: InputFrom<TMachine> })
    this.#live.set(id, child)
    child.start()
    return child.getSnapshot()
  }

  /**
   * Gives a child an event and returns where it stands then. Null when there is no such child (counted as a dead letter), or
   * when it threw (`onCrash` has been called).
   */
  tell(id: string, event: EventFromLogic<TMachine>): SnapshotFrom<TMachine> | null {
    const child = this.#live.get(id)
    if (child === undefined) {
      this.#options.deadLetters.record({ actorId: `${this.#options.id}:${id}`, eventType: event.type, cause: 'unknown' })
      return null
    }
    child.send(event)
    const snapshot = child.getSnapshot()
    return (snapshot as Snapshot<unknown>).status === 'error' ? null : snapshot
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
    this.#parent.send({ type: 'registry.retire', child })
    return true
  }

  /** Walks the children in order of their creation. */
  *entries(): Generator<readonly [string, SnapshotFrom<TMachine>]> {
    for (const [id, child] of this.#live) yield [id, child.getSnapshot()]
  }

  /** Retires every child and ends the family. */
  stop(): void {
    for (const id of [...this.#live.keys()]) this.retire(id)
    this.#parent.stop()
  }
}
