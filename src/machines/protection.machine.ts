import { assign, setup } from 'xstate'
import { providedAction } from './provided'

export interface ProtectionInput {
  readonly lineId: string
  /** Number of the last step; it is repeated until the position is closed. */
  readonly lastStep: number
  /** How long the order of a step may stay unfilled, ms. */
  readonly escalateAfterMs: number
  /** Pause before a step is tried again, ms; doubled with each time, up to `retryMaxMs`. */
  readonly retryMs: number
  readonly retryMaxMs: number
}

/** What a protection knows of itself beside what it holds, which is the journal's. Plain JSON. */
export interface ProtectionContext extends ProtectionInput {
  /** Number of the present step of an exit. */
  readonly step: number
  /** Times in a row that the step could not be carried out. */
  readonly refusals: number
  /** Why it waits, for a person; empty when it does not. */
  readonly note: string
  readonly lastEventAtMs: number
}

type Restored = {
  readonly type: 'protection.restored'
  readonly state: 'holding' | 'exiting'
  /** The step that an exit under way had come to. */
  readonly step: number
  readonly atMs: number
}

export type ProtectionEvent =
  /** What the journal tells of the line; once, at a start. */
  | Restored
  /** There is a position, and a price to give it up at. */
  | { readonly type: 'protection.hold'; readonly atMs: number }
  /** The position is closed, too small for an order, or nothing is stated to protect it with. */
  | { readonly type: 'protection.withdraw'; readonly reason: string; readonly atMs: number }
  /** A price was reached. */
  | { readonly type: 'protection.trigger'; readonly atMs: number }
  /** The step's order is on its way, or one that works leads to the target already. */
  | { readonly type: 'exit.sent'; readonly atMs: number }
  /** Orders that are being canceled come first. */
  | { readonly type: 'exit.waits'; readonly reason: string; readonly atMs: number }
  /** Gate or desk took no order: what they object to does not go away nearer to the market, so the step stays. */
  | { readonly type: 'exit.refused'; readonly reason: string; readonly atMs: number }
  /** The step's order is over, and something is left of the position. */
  | { readonly type: 'exit.ended'; readonly isCanceled: boolean; readonly atMs: number }

const noted = ({ event }: { event: { readonly reason: string; readonly atMs: number } }) => ({ reason: event.reason, atMs: event.atMs })
const restored = ({ event }: { event: Restored }) => ({ state: event.state, step: event.step, atMs: event.atMs })
const heard = ({ event }: { event: { readonly atMs: number } }) => ({ atMs: event.atMs })

/**
 * What protects one position (EXE-13). `holding` watches its market through a plain function outside: a tick is no event of this chart. An
 * exit goes by stated steps, each nearer to the market; it ends with the position alone, and the last step is repeated.
 */
export const protectionMachine = setup({
  types: {
    input: {} as ProtectionInput,
    context: {} as ProtectionContext,
    events: {} as ProtectionEvent,
    tags: {} as 'protected' | 'exiting',
  },
  actions: {
    /** Begins to watch the market. */
    watch: providedAction('protection', 'watch'),
    /** Ends that. */
    unwatch: providedAction('protection', 'unwatch'),
    /** Carries out the present step; answers with `exit.sent`, `exit.waits`, `exit.refused` or `protection.withdraw`. */
    release: providedAction('protection', 'release'),
    begin: assign((_, params: { atMs: number }) => ({ step: 0, refusals: 0, note: '', lastEventAtMs: params.atMs })),
    restore: assign((_, params: { step: number; atMs: number }) => ({ step: params.step, lastEventAtMs: params.atMs })),
    hear: assign((_, params: { atMs: number }) => ({ note: '', lastEventAtMs: params.atMs })),
    noteReason: assign((_, params: { reason: string; atMs: number }) => ({ note: params.reason, lastEventAtMs: params.atMs })),
    countRefusal: assign(({ context }, params: { reason: string; atMs: number }) => ({
      note: params.reason,
      refusals: context.refusals + 1,
      lastEventAtMs: params.atMs,
    })),
    escalate: assign(({ context }) => ({ step: Math.min(context.step + 1, context.lastStep), refusals: 0 })),
    /** At the last step there is nothing nearer to the market: its pauses grow. */
    countRepeat: assign(({ context }) => ({ refusals: context.refusals + 1 })),
  },
  guards: {
    wasExiting: (_, params: { state: Restored['state'] }) => params.state === 'exiting',
    isLastStep: ({ context }) => context.step >= context.lastStep,
    isCanceled: (_, params: { isCanceled: boolean }) => params.isCanceled,
  },
  delays: {
    escalateAfterMs: ({ context }) => context.escalateAfterMs,
    retryMs: ({ context }) => Math.min(context.retryMaxMs, context.retryMs * 2 ** Math.min(context.refusals, 16)),
  },
}).createMachine({
  id: 'protection',
  description: 'What protects one position: its stop, target and trailing stop, and the exit that they set off',
  context: ({ input }) => ({ ...input, step: 0, refusals: 0, note: '', lastEventAtMs: 0 }),
  initial: 'idle',
  states: {
    idle: {
      description: 'Nothing to protect, or nothing to protect it with',
      on: {
        'protection.hold': { target: 'holding', actions: { type: 'hear', params: heard } },
        'protection.restored': [
          { guard: { type: 'wasExiting', params: restored }, target: 'exiting.waiting', actions: { type: 'restore', params: restored } },
          { target: 'holding', actions: { type: 'restore', params: restored } },
        ],
      },
    },
    holding: {
      tags: 'protected',
      description: 'Watches the market outside of the chart',
      entry: 'watch',
      exit: 'unwatch',
      on: {
        'protection.trigger': { target: 'exiting', actions: { type: 'begin', params: heard } },
        'protection.withdraw': { target: 'idle', actions: { type: 'noteReason', params: noted } },
      },
    },
    exiting: {
      tags: 'exiting',
      description: 'Closes the position, step by step nearer to the market',
      initial: 'releasing',
      on: { 'protection.withdraw': { target: 'idle', actions: { type: 'noteReason', params: noted } } },
      states: {
        releasing: {
          entry: 'release',
          on: {
            'exit.sent': { target: 'working', actions: { type: 'hear', params: heard } },
            'exit.waits': { target: 'waiting', actions: { type: 'noteReason', params: noted } },
            'exit.refused': { target: 'waiting', actions: { type: 'countRefusal', params: noted } },
          },
          // An order that waits for the venue's budget: looked at again, and then found working or still waiting.
          after: { escalateAfterMs: 'waiting' },
        },
        working: {
          description: 'The order of the step has so long to be filled',
          on: {
            'exit.ended': [
              { guard: { type: 'isCanceled', params: ({ event }) => ({ isCanceled: event.isCanceled }) }, target: 'waiting' },
              { guard: 'isLastStep', target: 'waiting', actions: 'countRepeat' },
              { target: 'releasing', actions: 'escalate' },
            ],
          },
          after: {
            escalateAfterMs: [
              { guard: 'isLastStep', target: 'waiting', actions: 'countRepeat' },
              { target: 'releasing', actions: 'escalate' },
            ],
          },
        },
        waiting: {
          description: 'Tries again: cancels come first, or the order was not taken',
          after: { retryMs: 'releasing' },
        },
      },
    },
  },
})
