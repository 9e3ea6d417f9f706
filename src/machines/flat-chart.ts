import type { AnyMachineSnapshot, AnyStateMachine, EventFromLogic, SnapshotFrom } from 'xstate'
import { advance, type SnapshotStatus, type Stand, snapshotOf } from './compile-run'
import type { Cell } from './compile-table'

/**
 * A compiled chart on its own: state and context, changed in place by the events that it hears. No address, no subscribers, nothing
 * that could be watched.
 */
export class FlatChart<TMachine extends AnyStateMachine> implements Stand {
  cell: Cell
  context: SnapshotFrom<TMachine>['context']
  status: SnapshotStatus = 'active'
  /** What it failed with. */
  error: unknown = undefined

  constructor(cell: Cell, context: SnapshotFrom<TMachine>['context']) {
    this.cell = cell
    this.context = context
    if (cell.isFinal) this.status = 'done'
  }

  /** Name of the state. */
  get value(): SnapshotFrom<TMachine>['value'] {
    return this.cell.template.value
  }

  /** Hears an event; nothing once it is over. @throws what a guard or an assign throws; nothing has changed then. */
  send(event: EventFromLogic<TMachine>): void {
    if (this.status !== 'active') return
    const candidates = this.cell.on.get(event.type)
    if (candidates !== undefined) advance(this, candidates, event)
  }

  /** Ends the chart, as a throw ends an actor. */
  fail(error: unknown): void {
    this.status = 'error'
    this.error = error
  }

  /** Returns where it stands as a snapshot, a new one each time. */
  getSnapshot(): SnapshotFrom<TMachine> {
    return snapshotOf(this, undefined, this.error) as SnapshotFrom<TMachine> & AnyMachineSnapshot
  }
}
