import type { Actor, ActorScope, AnyActorRef, AnyStateMachine, EventFromLogic, Snapshot, SnapshotFrom } from 'xstate'
import { AppError } from '#domain/errors'
import type { DeadLetters } from './dead-letters'
import type { ChildHandle, ChildReports } from './supervision'

/**
 * Returns the same logic, but a crash takes its children with it: XState leaves the children of a crashed machine running, and
 * nobody could stop them afterwards. Apply it last, after `provide()`.
 */
export function crashSafe<TMachine extends AnyStateMachine>(machine: TMachine): TMachine {
  const transition = machine.transition.bind(machine)
  const safe = Object.create(machine) as TMachine
  safe.transition = (snapshot, event, scope) => {
    try {
      return transition(snapshot, event, scope)
    } catch (error) {
      stopChildren(snapshot, scope)
      throw error
    }
  }
  return safe
}

function statusOf(actor: { getSnapshot(): unknown }): Snapshot<unknown>['status'] {
  return (actor.getSnapshot() as Snapshot<unknown>).status
}

function stopChildren(
  snapshot: { readonly children?: Record<string, AnyActorRef | undefined> },
  scope: Pick<ActorScope<never, never>, 'stopChild'>,
): void {
  for (const child of Object.values(snapshot.children ?? {})) if (child !== undefined) scope.stopChild(child)
}

/** How a supervisor reads and drives one machine actor. */
export interface ActorChildOptions<TMachine extends AnyStateMachine> {
  /** The actor, created with the world's clock and not started. A root of its own, so that its failure can reach nobody else. */
  readonly actor: Actor<TMachine>
  readonly reports: ChildReports
  /** Sent right after the start; null for none. */
  readonly begin: EventFromLogic<TMachine> | null
  /** The text of a failure that the chart itself shows (a bot in `error`); null while it is well. */
  readonly failureOf: (snapshot: SnapshotFrom<TMachine>) => string | null
  /** Made for each try to bring the failed chart back (write its type `as const`); null when only a new actor helps. */
  readonly retry: (() => EventFromLogic<TMachine>) | null
  /** Asks the chart to end in order; the actor is stopped when this is done. Null stops it at once. */
  readonly drain: ((actor: Actor<TMachine>) => Promise<void>) | null
}

/**
 * Makes a machine actor a supervised child. Its crash (a throw in the machine) and the failure that its chart shows are both reported;
 * a chart that left its failure by itself or by an operator's event is reported as recovered.
 */
export function actorChild<TMachine extends AnyStateMachine>(options: ActorChildOptions<TMachine>): ChildHandle {
  const { actor, reports, begin, failureOf, retry, drain } = options
  let failure: string | null = null
  const subscription = actor.subscribe({
    next: (snapshot) => {
      const now = failureOf(snapshot as SnapshotFrom<TMachine>)
      if (now === failure) return
      const before = failure
      failure = now
      if (now === null) reports.recovered()
      else if (before === null) reports.failed(new ChartFailure(now))
    },
    error: (error) => reports.failed(error),
    complete: () => reports.done(),
  })
  const isAlive = () => statusOf(actor) === 'active'
  return {
    start: () => {
      actor.start()
      if (begin !== null) actor.send(begin)
    },
    stop: async () => {
      if (drain !== null && isAlive()) await drain(actor)
      subscription.unsubscribe()
      actor.stop()
    },
    recover:
      retry === null
        ? null
        : () => {
            if (!isAlive()) return false
            failure = null
            actor.send(retry())
            return true
          },
  }
}

/** A failure that a chart shows as a state, as opposed to a throw. */
export class ChartFailure extends AppError {
  constructor(message: string) {
    super(message, { code: 'ACTOR_FAILED', severity: 'HIGH', disposition: 'crash' })
  }
}

/** Sends an event to an actor that may be gone. Returns false, and counts a dead letter, when it is. */
export function deliver<TMachine extends AnyStateMachine>(
  actor: Actor<TMachine>,
  event: EventFromLogic<TMachine>,
  letters: DeadLetters,
): boolean {
  if (statusOf(actor) !== 'active') {
    letters.record({ actorId: actor.id, eventType: event.type, cause: 'stopped' })
    return false
  }
  actor.send(event)
  return true
}
