import type { OrderEvent } from './order-events'
import { type OrderState, orderMachine } from './order.machine'

interface Declared {
  readonly target: readonly unknown[] | undefined
  readonly actions: readonly unknown[]
}

/** `{}` forbids an event that the root allows; anything with a target or an action foresees it. */
function foresees(transitions: readonly Declared[]): boolean {
  return transitions.some((transition) => transition.target !== undefined || transition.actions.length > 0)
}

const EXPECTED: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries(orderMachine.root.states).map(([state, node]) => {
    const all = new Map([...orderMachine.root.transitions, ...node.transitions])
    return [state, new Set([...all].filter(([, transitions]) => foresees(transitions)).map(([type]) => type))]
  }),
)

const TERMINAL: ReadonlySet<string> = new Set(
  Object.entries(orderMachine.root.states)
    .filter(([, node]) => node.tags.includes('terminal'))
    .map(([state]) => state),
)

/**
 * True when the chart foresees this event in this state, be it as a repeat that says nothing new. The desk alerts when it is false:
 * then the event changes nothing. Read from the machine itself.
 */
export function isExpected(state: OrderState, type: OrderEvent['type']): boolean {
  return EXPECTED.get(state)?.has(type) ?? false
}

/** True when the order is over: only a correction can change it. */
export function isTerminal(state: OrderState): boolean {
  return TERMINAL.has(state)
}

/**
 * True when an event that took a terminal order from `before` to `after` is a correction, to be booked and alerted: a late fill
 * that was not already known to be missing, or evidence that the order is alive or ended otherwise.
 * @param wasMissing true when the order knew that fills were missing (`missingQuantity` above zero) before the event.
 */
export function isCorrection(before: OrderState, after: OrderState, type: OrderEvent['type'], wasMissing: boolean): boolean {
  return isTerminal(before) && (before !== after || (type === 'order.filled' && !wasMissing))
}
