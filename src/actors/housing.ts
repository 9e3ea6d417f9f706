import {
  type Actor,
  type ActorLogic,
  type ActorOptions,
  type AnyActorLogic,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  createActor,
  type EventFromLogic,
  type InputFrom,
  type InspectionEvent,
  type Snapshot,
  type SnapshotFrom,
} from 'xstate'
import type { CompiledLogic } from '#machines/compile'
import type { FlatChart } from '#machines/flat-chart'

type Machine = AnyStateMachine
/** A flat machine, or its compiled form. */
export type ChildLogic<TMachine extends Machine> = TMachine | CompiledLogic<TMachine>

/** One child of a registry, wherever it lives: where it stands now. */
export interface Child<TMachine extends Machine> {
  readonly value: SnapshotFrom<TMachine>['value']
  readonly context: SnapshotFrom<TMachine>['context']
  getSnapshot(): SnapshotFrom<TMachine>
}

/** Where the children of a registry live. */
export interface Housing<TMachine extends Machine> {
  /** Creates and starts a child; null when it threw, which has been told. */
  create(id: string, input: InputFrom<TMachine>): Child<TMachine> | null
  /** Gives a child of its own an event, synchronously. False when it threw, now or before: then it is over. */
  send(id: string, child: Child<TMachine>, event: EventFromLogic<TMachine>): boolean
  stop(child: Child<TMachine>): void
  /** Ends the housing; its children have been stopped. */
  close(): void
}

/** Called when a child threw. Must not throw. */
export type OnCrash = (id: string, error: unknown) => void

type ParentEvent =
  | { readonly type: 'registry.retire'; readonly child: Actor<AnyActorLogic> }
  | { readonly type: `xstate.error.actor.${string}`; readonly actorId: string; readonly error: unknown }
type ParentSnapshot = Snapshot<undefined> & { readonly status: 'active' }

const ALIVE: ParentSnapshot = { status: 'active', output: undefined, error: undefined }

/** The parent of every child: takes their failures, and stops those that are retired. Holds no copy of them. */
function parentLogic(onCrash: OnCrash): ActorLogic<ParentSnapshot, ParentEvent> {
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

class ActorChild<TMachine extends Machine> implements Child<TMachine> {
  readonly actor: Actor<AnyActorLogic>

  constructor(actor: Actor<AnyActorLogic>) {
    this.actor = actor
  }

  get value(): SnapshotFrom<TMachine>['value'] {
    return (this.actor.getSnapshot() as AnyMachineSnapshot).value
  }

  get context(): SnapshotFrom<TMachine>['context'] {
    return (this.actor.getSnapshot() as AnyMachineSnapshot).context
  }

  get hasFailed(): boolean {
    return (this.actor.getSnapshot() as AnyMachineSnapshot).status === 'error'
  }

  getSnapshot(): SnapshotFrom<TMachine> {
    return this.actor.getSnapshot() as SnapshotFrom<TMachine>
  }
}

/** Houses children as XState actors under one parent, which an inspector may watch. */
export class ActorHousing<TMachine extends Machine> implements Housing<TMachine> {
  readonly #logic: ChildLogic<TMachine>
  readonly #parent: Actor<ActorLogic<ParentSnapshot, ParentEvent>>

  constructor(id: string, logic: ChildLogic<TMachine>, onCrash: OnCrash, inspect: ((event: InspectionEvent) => void) | null) {
    this.#logic = logic
    this.#parent = createActor(parentLogic(onCrash), { id, ...(inspect === null ? {} : { inspect }) })
    this.#parent.start()
  }

  create(id: string, input: InputFrom<TMachine>): ActorChild<TMachine> | null {
    const options: ActorOptions<AnyActorLogic> = { id, parent: this.#parent, input }
    const child = new ActorChild<TMachine>(createActor<AnyActorLogic>(this.#logic, options).start())
    return child.hasFailed ? null : child
  }

  send(_: string, child: ActorChild<TMachine>, event: EventFromLogic<TMachine>): boolean {
    child.actor.send(event)
    return !child.hasFailed
  }

  stop(child: ActorChild<TMachine>): void {
    this.#parent.send({ type: 'registry.retire', child: child.actor })
  }

  close(): void {
    this.#parent.stop()
  }
}

/**
 * Houses compiled charts without an actor around each, for worlds without an inspector, where nobody could see one: an actor costs
 * more than all that the chart does in an order's life (ADR 0009).
 */
export class BareHousing<TMachine extends Machine> implements Housing<TMachine> {
  readonly #logic: CompiledLogic<TMachine>
  readonly #onCrash: OnCrash

  constructor(logic: CompiledLogic<TMachine>, onCrash: OnCrash) {
    this.#logic = logic
    this.#onCrash = onCrash
  }

  create(id: string, input: InputFrom<TMachine>): FlatChart<TMachine> | null {
    try {
      return this.#logic.chart(input)
    } catch (error) {
      this.#onCrash(id, error)
      return null
    }
  }

  send(id: string, child: FlatChart<TMachine>, event: EventFromLogic<TMachine>): boolean {
    try {
      child.send(event)
    } catch (error) {
      child.fail(error)
      this.#onCrash(id, error)
    }
    return child.status !== 'error'
  }

  stop(): void {}

  close(): void {}
}
