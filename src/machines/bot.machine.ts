import { type Actor, assign, setup } from 'xstate'
import { messageOf } from '#domain/errors'
import type { BotId } from '#domain/ids'
import { type HoldReason, withoutReason, withReason } from '#domain/reasons'
import { afterReset, type HoldCommand, isLastHold, isResettable, type OperatorReset, type ReleaseCommand } from './holds'
import { providedAction, providedCallback, providedPromise } from './provided'

export interface BotInput {
  readonly botId: BotId
  /** Holds in force at its creation: a tripped breaker, a halt of the parent, an operator's pause from before a restart. */
  readonly reasons: readonly HoldReason[]
  /** How long a stop may drain, ms. */
  readonly drainTimeoutMs: number
}

/** What a bot knows of itself. Plain JSON. */
export interface BotContext {
  readonly botId: BotId
  readonly reasons: readonly HoldReason[]
  /** What a person should know: `120 of 200 bars`, how the stop went; empty when nothing. */
  readonly note: string
  /** The text of the failure that led to `error`; null when none. */
  readonly error: string | null
  /** A stop closes the bot's positions too. */
  readonly isFlattening: boolean
  /** False when the drain's deadline passed first. */
  readonly isDrained: boolean
  readonly lastOperator: string | null
  readonly lastEventAtMs: number
  readonly drainTimeoutMs: number
}

export type BotEvent =
  | { readonly type: 'bot.start'; readonly atMs: number }
  | { readonly type: 'bot.retry'; readonly atMs: number }
  | { readonly type: 'bot.stop'; readonly shouldFlatten: boolean; readonly atMs: number }
  | HoldCommand<'bot.pause'>
  | ReleaseCommand<'bot.resume'>
  | { readonly type: 'bot.progress'; readonly note: string; readonly atMs: number }
  | { readonly type: 'bot.drained'; readonly atMs: number }
  | { readonly type: 'bot.crashed'; readonly error: string; readonly atMs: number }
  | { readonly type: 'bot.abandoned'; readonly reason: string; readonly atMs: number }
  | HoldCommand<'system.halt'>
  | OperatorReset

const held = ({ event }: { event: HoldCommand<string> }) => ({ reason: event.reason, atMs: event.atMs })
const released = ({ event }: { event: ReleaseCommand<string> }) => ({ source: event.source, atMs: event.atMs })
const crash = ({ event }: { event: { readonly error: unknown } }) => ({ error: messageOf(event.error) })

/**
 * One bot. `active` invokes its strategy: leaving it, by whatever transition, stops the strategy. Halt stands at the root, so it works
 * in every state. Holds are kept in every state; a halt is latched until a named operator resets it and nothing else holds.
 */
export const botMachine = setup({
  types: {
    input: {} as BotInput,
    context: {} as BotContext,
    events: {} as BotEvent,
    tags: {} as 'running' | 'trading' | 'held' | 'failed' | 'ended',
  },
  actors: {
    /** Loads history and readies the strategy; reports with `bot.progress`. */
    warmUp: providedPromise<void, { botId: BotId }>('bot', 'warmUp'),
    /** Lets the strategy hear the market until it is stopped; sends `bot.crashed` when the strategy throws. */
    strategyRunner: providedCallback<{ botId: BotId }>('bot', 'strategyRunner'),
  },
  actions: {
    /** Cancels the bot's own working orders. Idempotent: a second halt runs it again. */
    cancelOrders: providedAction('bot', 'cancelOrders'),
    /** Cancels own orders, closes positions where `isFlattening`, and sends `bot.drained` when nothing is left. */
    drain: providedAction('bot', 'drain'),
    addReason: assign(({ context }, params: { reason: HoldReason; atMs: number }) => ({
      reasons: withReason(context.reasons, params.reason),
      lastEventAtMs: params.atMs,
    })),
    dropReason: assign(({ context }, params: { source: string; atMs: number }) => ({
      reasons: withoutReason(context.reasons, params.source),
      lastEventAtMs: params.atMs,
    })),
    signOff: assign(({ context }, params: { operator: string; atMs: number }) => ({
      reasons: afterReset(context.reasons),
      lastOperator: params.operator,
      note: '',
      error: null,
      lastEventAtMs: params.atMs,
    })),
    begin: assign((_, params: { atMs: number }) => ({
      note: '',
      error: null,
      isFlattening: false,
      isDrained: true,
      lastEventAtMs: params.atMs,
    })),
    noteProgress: assign((_, params: { note: string; atMs: number }) => ({ note: params.note, lastEventAtMs: params.atMs })),
    noteReady: assign({ note: '' }),
    noteError: assign((_, params: { error: string }) => ({ error: params.error, note: params.error })),
    planDrain: assign((_, params: { shouldFlatten: boolean; atMs: number }) => ({
      isFlattening: params.shouldFlatten,
      isDrained: false,
      note: '',
      lastEventAtMs: params.atMs,
    })),
    noteDrained: assign((_, params: { atMs: number }) => ({ isDrained: true, lastEventAtMs: params.atMs })),
    noteOverrun: assign({ note: 'stopped before it was drained: the deadline passed' }),
  },
  guards: {
    hasReason: ({ context }) => context.reasons.length > 0,
    isLastReason: ({ context }, params: { source: string }) => isLastHold(context.reasons, params.source),
    noOtherReason: ({ context }) => isResettable(context.reasons),
  },
  delays: { drainTimeoutMs: ({ context }) => context.drainTimeoutMs },
}).createMachine({
  id: 'bot',
  description: 'One bot from its first start to its stop',
  context: ({ input }) => ({
    botId: input.botId,
    reasons: input.reasons,
    note: '',
    error: null,
    isFlattening: false,
    isDrained: true,
    lastOperator: null,
    lastEventAtMs: 0,
    drainTimeoutMs: input.drainTimeoutMs,
  }),
  initial: 'idle',
  on: {
    'system.halt': { target: '.halted', actions: { type: 'addReason', params: held } },
    'bot.pause': { actions: { type: 'addReason', params: held } },
    'bot.resume': { actions: { type: 'dropReason', params: released } },
    'xstate.error.actor.*': { target: '.error', actions: { type: 'noteError', params: crash } },
  },
  states: {
    idle: {
      on: {
        'bot.start': { target: 'starting', actions: { type: 'begin', params: ({ event }) => ({ atMs: event.atMs }) } },
        'bot.stop': 'stopped',
      },
    },
    starting: {
      tags: 'running',
      description: 'Warming up',
      invoke: {
        id: 'warmUp',
        src: 'warmUp',
        input: ({ context }) => ({ botId: context.botId }),
        onDone: [
          { guard: 'hasReason', target: 'operating.paused', actions: 'noteReady' },
          { target: 'operating', actions: 'noteReady' },
        ],
        onError: { target: 'error', actions: { type: 'noteError', params: crash } },
      },
      on: {
        'bot.progress': { actions: { type: 'noteProgress', params: ({ event }) => ({ note: event.note, atMs: event.atMs }) } },
        'bot.crashed': { target: 'error', actions: { type: 'noteError', params: crash } },
        'bot.stop': {
          target: 'stopping',
          actions: { type: 'planDrain', params: ({ event }) => ({ shouldFlatten: event.shouldFlatten, atMs: event.atMs }) },
        },
      },
    },
    operating: {
      tags: 'running',
      initial: 'active',
      on: {
        'bot.pause': { target: '.paused', actions: { type: 'addReason', params: held } },
        'bot.crashed': { target: 'error', actions: { type: 'noteError', params: crash } },
        'bot.progress': { actions: { type: 'noteProgress', params: ({ event }) => ({ note: event.note, atMs: event.atMs }) } },
        'bot.stop': {
          target: 'stopping',
          actions: { type: 'planDrain', params: ({ event }) => ({ shouldFlatten: event.shouldFlatten, atMs: event.atMs }) },
        },
      },
      states: {
        active: {
          tags: 'trading',
          invoke: { id: 'strategyRunner', src: 'strategyRunner', input: ({ context }) => ({ botId: context.botId }) },
        },
        paused: {
          tags: 'held',
          description: 'No new intents; protective exits stay',
          on: {
            'bot.resume': [
              { guard: { type: 'isLastReason', params: released }, target: 'active', actions: { type: 'dropReason', params: released } },
              { actions: { type: 'dropReason', params: released } },
            ],
          },
        },
      },
    },
    stopping: {
      tags: 'running',
      description: 'Cancels its orders; closes its positions where asked',
      entry: 'drain',
      on: { 'bot.drained': { target: 'stopped', actions: { type: 'noteDrained', params: ({ event }) => ({ atMs: event.atMs }) } } },
      after: { drainTimeoutMs: { target: 'stopped', actions: 'noteOverrun' } },
    },
    stopped: {
      tags: 'ended',
      on: { 'bot.start': { target: 'starting', actions: { type: 'begin', params: ({ event }) => ({ atMs: event.atMs }) } } },
    },
    error: {
      tags: 'failed',
      description: 'The supervisor sends bot.retry, or bot.abandoned, or halts it',
      on: {
        'bot.retry': { target: 'starting', actions: { type: 'begin', params: ({ event }) => ({ atMs: event.atMs }) } },
        'bot.start': { target: 'starting', actions: { type: 'begin', params: ({ event }) => ({ atMs: event.atMs }) } },
        'bot.abandoned': {
          target: 'stopped',
          actions: { type: 'noteProgress', params: ({ event }) => ({ note: event.reason, atMs: event.atMs }) },
        },
        'bot.stop': {
          target: 'stopping',
          actions: { type: 'planDrain', params: ({ event }) => ({ shouldFlatten: event.shouldFlatten, atMs: event.atMs }) },
        },
      },
    },
    halted: {
      tags: 'held',
      description: 'Latched: only a named operator leaves it, once nothing else holds',
      entry: 'cancelOrders',
      on: {
        // Both are stopped by the halt: nothing that they may still say lifts the latch.
        'xstate.error.actor.warmUp': {},
        'xstate.error.actor.strategyRunner': {},
        'operator.reset': {
          guard: 'noOtherReason',
          target: 'idle',
          actions: { type: 'signOff', params: ({ event }) => ({ operator: event.operator, atMs: event.atMs }) },
        },
      },
    },
  },
})

/** A running bot. */
export type BotActor = Actor<typeof botMachine>
