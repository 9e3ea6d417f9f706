import type { Mistake } from './types'

/** Mistakes in the chart of an order. */
export const MACHINE_BUGS: readonly Mistake[] = [
  {
    name: 'machine-fill-while-canceling-is-ignored',
    what: 'An order that is being canceled does not hear of fills.',
    breaks: ['I5'],
    file: 'src/machines/order.machine.ts',
    find: "description: 'Cancel sent or to be sent; may still fill',\n      tags: ['inFlight', 'working'],\n      on: {",
    replace:
      "description: 'Cancel sent or to be sent; may still fill',\n      tags: ['inFlight', 'working'],\n      on: {\n        'order.filled': {},",
  },
  {
    name: 'machine-cancel-while-submitting-is-forgotten',
    what: 'A cancel that cannot be sent yet is noted and not remembered.',
    breaks: ['I8'],
    file: 'src/machines/order-fragments.ts',
    find: "export const remember = { actions: { type: 'rememberCancel', params: at } } as const",
    replace: "export const remember = { actions: { type: 'noteTime', params: at } } as const",
  },
  {
    name: 'machine-fill-lowers-nothing',
    what: 'What is open of an order does not shrink with its fills.',
    breaks: ['I5', 'I6'],
    file: 'src/machines/order-figures.ts',
    find: ': leavesOf(order, cap, filledQuantity),',
    replace: ': leavesOf(order, cap, order.filledQuantity),',
  },
  {
    name: 'machine-fill-completes-too-early',
    what: 'The first fill of an order counts as its last.',
    breaks: ['I7'],
    file: 'src/machines/order-figures.ts',
    find: 'return compare(add(order.filledQuantity, quantity), capOf(order)) >= 0',
    replace: 'return compare(add(order.filledQuantity, quantity), ZERO) > 0',
  },
]
