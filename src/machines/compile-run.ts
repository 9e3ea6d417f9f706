import type { AnyMachineSnapshot } from 'xstate'
import { InvariantError, messageOf } from '#domain/errors'
import type { Args, Candidate, Cell, Guard, Step } from './compile-table'

/** An event as a table reads it. */
export type TableEvent = Args['event'] & { readonly error?: unknown; readonly input?: unknown }
/** Status of a snapshot: active, done, error or stopped. */
export type SnapshotStatus = AnyMachineSnapshot['status']

/** Stands for what XState hands to assigns and a chart without an actor cannot have. @throws {InvariantError} always. */
export function absent(what: string): never {
  throw new InvariantError(`compile(): an assign of a flat machine has no "${what}"`)
}

/** What guards, params and assigns are called with. XState hands assigns an actor too; here there may be none. */
class PureArgs implements Args {
  readonly context: object
  readonly event: TableEvent

  constructor(context: object, event: TableEvent) {
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
function assigned(steps: readonly Step[], args: Args): object {
  let { context } = args
  for (const step of steps) {
    const changes = changesOf(step, context === args.context ? args : new PureArgs(context, args.event))
    const next: Record<string, unknown> = { ...context }
    for (const key in changes) next[key] = changes[key] // a third faster than to spread both
    context = next
  }
  return context
}

/** Returns the context after a list of assigns. @throws what an assign throws. */
export function contextAfter(steps: readonly Step[], context: object, event: TableEvent): object {
  return steps.length === 0 ? context : assigned(steps, new PureArgs(context, event))
}

/** Where a chart without a snapshot stands. */
export interface Stand {
  cell: Cell
  context: object
  status: SnapshotStatus
}

/**
 * Lets a stand hear an event that its cell has candidates for, and changes it in place. Returns false when the event changes nothing.
 * @throws what a guard or an assign throws; nothing has changed then.
 */
export function advance(stand: Stand, candidates: readonly Candidate[], event: TableEvent): boolean {
  if (candidates.length === 0) return false
  const args = new PureArgs(stand.context, event)
  const chosen = choose(candidates, args)
  if (chosen === null) return false
  const target = chosen.target ?? stand.cell
  if (chosen.steps.length > 0) stand.context = assigned(chosen.steps, args)
  else if (target === stand.cell) return false
  stand.cell = target
  if (target.isFinal) stand.status = 'done'
  return true
}

/** Returns the snapshot of a state: field for field, and in the order, that XState gives it. */
export function snapshotOf({ cell, context, status }: Stand, output: unknown, error: unknown): AnyMachineSnapshot {
  const { template } = cell
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
