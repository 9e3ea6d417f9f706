import type { ActorLogic, AnyMachineSnapshot, AnyStateMachine, EventFromLogic, InputFrom, SnapshotFrom } from 'xstate'
import { InvariantError } from '#domain/errors'
import { absent, advance, contextAfter, type SnapshotStatus, snapshotOf, type TableEvent } from './compile-run'
import { type Cell, tableOf } from './compile-table'
import { FlatChart } from './flat-chart'

/**
 * A machine as look-ups in a table: logic for an XState actor, and charts without one. Gives the snapshots that the machine itself
 * would, of XState's own form.
 */
export interface CompiledLogic<TMachine extends AnyStateMachine>
  extends ActorLogic<SnapshotFrom<TMachine>, EventFromLogic<TMachine>, InputFrom<TMachine>> {
  /** Makes a chart that needs no actor around it. @throws what context or entry throws. */
  readonly chart: (input: InputFrom<TMachine>) => FlatChart<TMachine>
}

/**
 * Walks a flat machine once into a table of states and events, and returns logic that does by look-ups what XState interprets: same
 * snapshots, same errors (ADR 0009). Inspectors see actors, events and snapshots as before, but no `@xstate.microstep`. An event that
 * changes nothing returns the snapshot that it came to.
 *
 * A flat machine has states without states of their own, named guards, and assigns for actions, which read nothing but context,
 * event and params. Call it when a module loads, never for each actor.
 * @throws {InvariantError} naming machine, state and cause: invoke, after, always, nested, parallel or history states, output,
 *   wildcards, events of XState itself, inline guards and actions, actions other than assign (raise, sendTo, spawn, effects), guards
 *   made of others, several targets, reenter at the root.
 */
export function compile<TMachine extends AnyStateMachine>(machine: TMachine): CompiledLogic<TMachine> {
  const { cells, initial, initialSteps } = tableOf(machine)

  const withStatus = (cell: Cell, snapshot: AnyMachineSnapshot, status: SnapshotStatus, error: unknown): AnyMachineSnapshot =>
    snapshotOf({ cell, context: snapshot.context, status }, snapshot.output, error)

  /** What no state can declare: XState's own events, and what the chart does not know. */
  const missed = (cell: Cell, snapshot: AnyMachineSnapshot, event: TableEvent): AnyMachineSnapshot => {
    if (event.type === 'xstate.stop') return withStatus(cell, snapshot, 'stopped', snapshot.error)
    return event.type.startsWith('xstate.error.actor') ? withStatus(cell, snapshot, 'error', event.error) : snapshot
  }

  const step = (snapshot: AnyMachineSnapshot, event: TableEvent): AnyMachineSnapshot => {
    const cell = cells.get(snapshot.value)
    if (cell === undefined) throw new InvariantError(`compile(): machine "${machine.id}" has no state "${String(snapshot.value)}"`)
    const candidates = cell.on.get(event.type)
    if (candidates === undefined) return missed(cell, snapshot, event)
    const stand = { cell, context: snapshot.context, status: snapshot.status }
    return advance(stand, candidates, event) ? snapshotOf(stand, snapshot.output, snapshot.error) : snapshot
  }

  const chart = (input: InputFrom<TMachine>): FlatChart<TMachine> => {
    const given: unknown = machine.config.context
    const first = typeof given === 'function' ? given({ input, self: undefined, spawn: () => absent('spawn') }) : (given ?? {})
    const context = contextAfter(initialSteps, first, { type: 'xstate.init', input }) as SnapshotFrom<TMachine>['context']
    return new FlatChart<TMachine>(initial, context)
  }

  return {
    config: machine.config,
    chart,
    transition: (snapshot, event) => step(snapshot, event) as SnapshotFrom<TMachine>,
    getInitialSnapshot: (scope, input) => {
      try {
        return chart(input).getSnapshot()
      } catch {
        return machine.getInitialSnapshot(scope, input) as SnapshotFrom<TMachine> // fails alike, and says so in XState's own form
      }
    },
    getPersistedSnapshot: machine.getPersistedSnapshot,
    restoreSnapshot: (persisted, scope) => machine.restoreSnapshot(persisted, scope) as SnapshotFrom<TMachine>,
  }
}
