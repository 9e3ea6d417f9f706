import {
  type Actor,
  type ActorLogic,
  type ActorOptions,
  type AnyActorLogic,
  createActor,
  type EventFromLogic,
  type InputFrom,
  type InspectionEvent,
  type Snapshot,
  type SnapshotFrom,
} from 'xstate'

/** Logic that runs without an actor, as `compile()` makes it. */
export interface PureLogic<TLogic extends AnyActorLogic> {
  readonly begin: (input: InputFrom<TLogic>) => SnapshotFrom<TLogic>
  readonly step: (snapshot: SnapshotFrom<TLogic>, event: EventFromLogic<TLogic>) => SnapshotFrom<TLogic>
}

/** One child of a registry, wherever it lives. */
export interface Child<TLogic extends AnyActorLogic> {
  getSnapshot(): SnapshotFrom<TLogic>
  /** Synchronous. A child that throws is over, has an error snapshot, and its housing has told. */
  send(event: EventFromLogic<TLogic>): void
}

/** Where the children of a registry live. */
export interface Housing<TLogic extends AnyActorLogic> {
  /** Creates and starts a child; null when it threw, which has been told. */
  create(id: string, input: InputFrom<TLogic>): Child<TLogic> | null
  stop(child: Child<TLogic>): void
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

const hasFailed = (child: Child<AnyActorLogic>): boolean => (child.getSnapshot() as Snapshot<unknown>).status === 'error'

/** Houses children as XState actors under one parent, which an inspector may watch. */
export class ActorHousing<TLogic extends AnyActorLogic> implements Housing<TLogic> {
  readonly #logic: TLogic
  readonly #parent: Actor<ActorLogic<ParentSnapshot, ParentEvent>>

  constructor(id: string, logic: TLogic, onCrash: OnCrash, inspect: ((event: InspectionEvent) => void) | null) {
    this.#logic = logic
    this.#parent = createActor(parentLogic(onCrash), { id, ...(inspect === null ? {} : { inspect }) })
    this.#parent.start()
  }

  create(id: string, input: InputFrom<TLogic>): Actor<TLogic> | null {
    const options: ActorOptions<TLogic> = { id, parent: this.#parent, input }
    const child = createActor(this.#logic, options as typeof options & { input: InputFrom<TLogic> }).start()
    return hasFailed(child) ? null : child
  }

  stop(child: Actor<TLogic>): void {
    this.#parent.send({ type: 'registry.retire', child })
  }

  close(): void {
    this.#parent.stop()
  }
}

/** A chart without an actor around it: no address, no subscribers, nothing that could be watched. */
class BareChart<TLogic extends AnyActorLogic> implements Child<TLogic> {
  readonly #id: string
  readonly #home: BareHousing<TLogic>
  #snapshot: SnapshotFrom<TLogic>

  constructor(id: string, home: BareHousing<TLogic>, snapshot: SnapshotFrom<TLogic>) {
    this.#id = id
    this.#home = home
    this.#snapshot = snapshot
  }

  getSnapshot(): SnapshotFrom<TLogic> {
    return this.#snapshot
  }

  send(event: EventFromLogic<TLogic>): void {
    if ((this.#snapshot as Snapshot<unknown>).status !== 'active') return
    try {
      this.#snapshot = this.#home.logic.step(this.#snapshot, event)
    } catch (error) {
      this.#snapshot = { ...(this.#snapshot as Snapshot<unknown>), status: 'error', error } as SnapshotFrom<TLogic>
      this.#home.onCrash(this.#id, error)
    }
  }
}

/**
 * Houses charts without an actor around each, for worlds without an inspector, where nobody could see one: an actor costs as much as
 * all that the chart does in an order's life (ADR 0009).
 */
export class BareHousing<TLogic extends AnyActorLogic> implements Housing<TLogic> {
  readonly logic: PureLogic<TLogic>
  readonly onCrash: OnCrash

  constructor(logic: PureLogic<TLogic>, onCrash: OnCrash) {
    this.logic = logic
    this.onCrash = onCrash
  }

  create(id: string, input: InputFrom<TLogic>): Child<TLogic> | null {
    try {
      return new BareChart(id, this, this.logic.begin(input))
    } catch (error) {
      this.onCrash(id, error)
      return null
    }
  }

  stop(): void {}

  close(): void {}
}
