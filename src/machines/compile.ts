import type { ActorLogic, AnyMachineSnapshot, AnyStateMachine, EventFromLogic, InputFrom, SnapshotFrom } from 'xstate'
import { InvariantError, messageOf } from '#domain/errors'
import { type Args, type Candidate, type Cell, type Guard, type Step, tableOf } from './compile-table'

/**
 * A machine as look-ups in a table: logic for an XState actor, and the same without one. Gives the snapshots that the machine
 * itself would, of XState's own form.
 */
export interface CompiledLogic<TMachine extends AnyStateMachine>
  extends ActorLogic<SnapshotFrom<TMachine>, EventFromLogic<TMachine>, InputFrom<TMachine>> {
  /** Returns the first snapshot. @throws what context or entry throws. */
  readonly begin: (input: InputFrom<TMachine>) => SnapshotFrom<TMachine>
  /** Returns the snapshot after an event: the same object when nothing changes. @throws what a guard or an assign throws. */
  readonly step: (snapshot: SnapshotFrom<TMachine>, event: EventFromLogic<TMachine>) => SnapshotFrom<TMachine>
}

type Event = Args['event'] & { readonly error?: unknown }
type Status = AnyMachineSnapshot['status']

function absent(what: string): never {
  throw new InvariantError(`compile(): an assign of a flat machine has no "${what}"`)
}

/** What guards, params and assigns are called with. XState hands assigns an actor too; here there may be none. */
class PureArgs implements Args {
  readonly context: object
  readonly event: Event

  constructor(context: object, event: Event) {
    this.context = context
    this.event = event
  }

  get self(): never {
    return absent('self')
  }

  get system(): never {
    return absent('system')
  }

  get spawn(): never {
    return absent('spawn')
  }
}

/** Returns the snapshot of a state: field for field, and in the order, that XState gives it. */
function snapshotOf({ template }: Cell, context: object, status: Status, output: unknown, error: unknown): AnyMachineSnapshot {
  return {
    status,
    output,
    error,
    machine: template.machine,
    context,
    _nodes: template._nodes,
    value: template.value,
    tags: template.tags,
    children: template.children,
    historyValue: template.historyValue,
    matches: template.matches,
    hasTag: template.hasTag,
    can: template.can,
    getMeta: template.getMeta,
    toJSON: template.toJSON,
  } as AnyMachineSnapshot
}

function passes(guard: Guard, nodeId: string, args: Args): boolean {
  try {
    const params: unknown = typeof guard.params === 'function' ? guard.params(args) : guard.params
    return guard.check(args, params)
  } catch (error) {
    const place = `in transition for event '${args.event.type}' in state node '${nodeId}'`
    throw new Error(`Unable to evaluate guard '${guard.name}' ${place}:\n${messageOf(error)}`, { cause: error })
  }
}

function choose(candidates: readonly Candidate[], args: Args): Candidate | null {
  for (const candidate of candidates) {
    if (candidate.guard === null || passes(candidate.guard, candidate.nodeId, args)) return candidate
  }
  return null
}

function changesOf({ assignment, params }: Step, args: Args): Record<string, unknown> {
  const given: unknown = typeof params === 'function' ? params(args) : params
  if (typeof assignment === 'function') return assignment(args, given) as Record<string, unknown>
  const changes: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(assignment)) changes[key] = typeof value === 'function' ? value(args, given) : value
  return changes
}

/** Runs the assigns; each sees the context that the one before it left. */
function contextAfter(steps: readonly Step[], args: Args): object {
  let { context } = args
  for (const step of steps) {
    const changes = changesOf(step, context === args.context ? args : new PureArgs(context, args.event))
    const next: Record<string, unknown> = { ...context }
    for (const key in changes) next[key] = changes[key] // a third faster than to spread both
    context = next
  }
  return context
}

/**
 * Walks a flat machine once into a table of states and events, and returns logic that does by look-ups what XState interprets: same
 * snapshots, same errors (ADR 0009). Inspectors see actors, events and snapshots as before, but no `@xstate.microstep`.
 *
 * A flat machine has states without states of their own, named guards, and assigns for actions, which read nothing but context,
 * event and params. Call it when a module loads, never for each actor.
 * @throws {InvariantError} naming machine, state and cause: invoke, after, always, nested, parallel or history states, output,
 *   wildcards, events of XState itself, inline guards and actions, actions other than assign (raise, sendTo, spawn, effects), guards
 *   made of others, several targets, reenter at the root.
 */
export function compile<TMachine extends AnyStateMachine>(machine: TMachine): CompiledLogic<TMachine> {
  const { cells, initial, initialSteps } = tableOf(machine)
  const cellOf = ({ value }: AnyMachineSnapshot): Cell => {
    const cell = cells.get(value)
    if (cell === undefined) throw new InvariantError(`compile(): machine "${machine.id}" has no state "${String(value)}"`)
    return cell
  }

  /** What no state can declare: XState's own events, and what the chart does not know. */
  const missed = (snapshot: AnyMachineSnapshot, event: Event): AnyMachineSnapshot => {
    const { context, output, error } = snapshot
    if (event.type === 'xstate.stop') return snapshotOf(cellOf(snapshot), context, 'stopped', output, error)
    if (!event.type.startsWith('xstate.error.actor')) return snapshot
    return snapshotOf(cellOf(snapshot), context, 'error', output, event.error)
  }

  const step = (snapshot: AnyMachineSnapshot, event: Event): AnyMachineSnapshot => {
    const cell = cellOf(snapshot)
    const candidates = cell.on.get(event.type)
    if (candidates === undefined) return missed(snapshot, event)
    if (candidates.length === 0) return snapshot
    const args = new PureArgs(snapshot.context, event)
    const chosen = choose(candidates, args)
    if (chosen === null) return snapshot
    const target = chosen.target ?? cell
    if (chosen.steps.length === 0 && target === cell) return snapshot
    const context = contextAfter(chosen.steps, args)
    return snapshotOf(target, context, target.isFinal ? 'done' : snapshot.status, snapshot.output, snapshot.error)
  }

  const begin = (input: InputFrom<TMachine>): SnapshotFrom<TMachine> => {
    const event = { type: 'xstate.init', input }
    const given: unknown = machine.config.context
    const first = typeof given === 'function' ? given({ input, self: undefined, spawn: () => absent('spawn') }) : (given ?? {})
    const context = initialSteps.length === 0 ? first : contextAfter(initialSteps, new PureArgs(first, event))
    return snapshotOf(initial, context, initial.isFinal ? 'done' : 'active', undefined, undefined) as SnapshotFrom<TMachine>
  }

  const transition: CompiledLogic<TMachine>['step'] = (snapshot, event) => step(snapshot, event) as SnapshotFrom<TMachine>
  return {
    config: machine.config,
    begin,
    step: transition,
    transition,
    getInitialSnapshot: (scope, input) => {
      try {
        return begin(input)
      } catch {
        return machine.getInitialSnapshot(scope, input) as SnapshotFrom<TMachine> // fails alike, and says so in XState's own form
      }
    },
    getPersistedSnapshot: machine.getPersistedSnapshot,
    restoreSnapshot: (persisted, scope) => machine.restoreSnapshot(persisted, scope) as SnapshotFrom<TMachine>,
  }
}
