import { assign, setup } from 'xstate'
import { messageOf } from '#domain/errors'
import { type HoldReason, withoutReason, withReason } from '#domain/reasons'
import { afterReset, type HoldCommand, isLastHold, isResettable, type OperatorReset, type ReleaseCommand } from './holds'
import { providedAction, providedPromise } from './provided'

export interface OrchestratorInput {
  /** Pauses in force from before a restart. */
  readonly reasons: readonly HoldReason[]
  /** True when the company was halted when it last ran: it comes up halted, whatever else it finds. */
  readonly isHaltLatched: boolean
  readonly stopTimeoutMs: number
}

/** What the director of the company knows of itself. Plain JSON. */
export interface OrchestratorContext {
  readonly reasons: readonly HoldReason[]
  /** Set by a halt, cleared by an operator's reset alone; survives a restart through the journal. */
  readonly isHaltLatched: boolean
  /** True once the journal is open and replayed. */
  readonly isBooted: boolean
  /** True once the start-up checks passed and every venue was reconciled. */
  readonly isChecked: boolean
  readonly note: string
  readonly error: string | null
  readonly lastOperator: string | null
  readonly lastEventAtMs: number
  readonly stopTimeoutMs: number
}

export type OrchestratorEvent =
  | HoldCommand<'system.halt'>
  | HoldCommand<'system.pause'>
  | ReleaseCommand<'system.resume'>
  | { readonly type: 'system.stop'; readonly reason: string; readonly atMs: number }
  | { readonly type: 'system.failed'; readonly error: string; readonly atMs: number }
  | { readonly type: 'system.progress'; readonly note: string; readonly atMs: number }
  | OperatorReset

/** What the process exits with: 0 after an orderly stop, 1 after a failure. */
export interface OrchestratorOutput {
  readonly exitCode: 0 | 1
  readonly error: string | null
}

const held = ({ event }: { event: HoldCommand<string> }) => ({ reason: event.reason, atMs: event.atMs })
const released = ({ event }: { event: ReleaseCommand<string> }) => ({ source: event.source, atMs: event.atMs })
const failure = ({ event }: { event: { readonly error: unknown } }) => ({ error: messageOf(event.error) })
const addReason = { type: 'addReason', params: held } as const
const onward = [
  { guard: 'isHaltLatched', target: 'halted' },
  { guard: 'hasReason', target: 'running.paused' },
  { target: 'running' },
] as const
const signOff = {
  type: 'signOff',
  params: ({ event }: { event: OperatorReset }) => ({ operator: event.operator, atMs: event.atMs }),
} as const

/**
 * The director: boots and checks the company, lets it trade, pauses, halts and stops it. A halt works in every state; while the company
 * stops, it adds its cancels and the stop goes on.
 */
export const orchestratorMachine = setup({
  types: {
    input: {} as OrchestratorInput,
    context: {} as OrchestratorContext,
    events: {} as OrchestratorEvent,
    output: {} as OrchestratorOutput,
    tags: {} as 'trading' | 'held' | 'over',
  },
  actors: {
    /** Opens the data directory and the journal, replays it, starts the services. Can be run again after a halt cut it short. */
    boot: providedPromise<void, void>('orchestrator', 'boot'),
    /** Start-up checks and reconciliation with every venue. Can be run again. */
    check: providedPromise<void, void>('orchestrator', 'check'),
    /** Stops the children in reverse order, each step with a deadline. */
    stop: providedPromise<void, void>('orchestrator', 'stop'),
  },
  actions: {
    /** Sends `system.halt` to every bot and has every working order canceled. Idempotent: a second halt runs it again. */
    haltAll: providedAction('orchestrator', 'haltAll'),
    /** Pauses every bot in the name of the parent. */
    pauseAll: providedAction('orchestrator', 'pauseAll'),
    /** Ends the parent's hold on every bot and lets trading go on. */
    releaseAll: providedAction('orchestrator', 'releaseAll'),
    addReason: assign(({ context }, params: { reason: HoldReason; atMs: number }) => ({
      reasons: withReason(context.reasons, params.reason),
      lastEventAtMs: params.atMs,
    })),
    latch: assign(({ context }, params: { reason: HoldReason; atMs: number }) => ({
      reasons: withReason(context.reasons, params.reason),
      isHaltLatched: true,
      lastEventAtMs: params.atMs,
    })),
    dropReason: assign(({ context }, params: { source: string; atMs: number }) => ({
      reasons: withoutReason(context.reasons, params.source),
      lastEventAtMs: params.atMs,
    })),
    signOff: assign(({ context }, params: { operator: string; atMs: number }) => ({
      reasons: afterReset(context.reasons),
      isHaltLatched: false,
      lastOperator: params.operator,
      lastEventAtMs: params.atMs,
    })),
    noteBooted: assign({ isBooted: true, note: '' }),
    noteChecked: assign({ isChecked: true, note: '' }),
    noteProgress: assign((_, params: { note: string; atMs: number }) => ({ note: params.note, lastEventAtMs: params.atMs })),
    noteError: assign((_, params: { error: string }) => ({ error: params.error, note: params.error })),
    noteOverrun: assign({ error: 'the stop did not finish before its deadline' }),
  },
  guards: {
    isHaltLatched: ({ context }) => context.isHaltLatched,
    hasReason: ({ context }) => context.reasons.length > 0,
    isLastReason: ({ context }, params: { source: string }) => isLastHold(context.reasons, params.source),
    isHeld: ({ context }) => !isResettable(context.reasons),
    isUnbooted: ({ context }) => !context.isBooted,
    isUnchecked: ({ context }) => !context.isChecked,
  },
  delays: { stopTimeoutMs: ({ context }) => context.stopTimeoutMs },
}).createMachine({
  id: 'orchestrator',
  description: 'The director of the company',
  context: ({ input }) => ({
    reasons: input.reasons,
    isHaltLatched: input.isHaltLatched,
    isBooted: false,
    isChecked: false,
    note: '',
    error: null,
    lastOperator: null,
    lastEventAtMs: 0,
    stopTimeoutMs: input.stopTimeoutMs,
  }),
  output: ({ context }) => ({ exitCode: context.error === null ? 0 : 1, error: context.error }),
  initial: 'booting',
  on: {
    'system.halt': { target: '.halted', actions: { type: 'latch', params: held } },
    'system.pause': { actions: addReason },
    'system.resume': { actions: { type: 'dropReason', params: released } },
    'system.stop': {
      target: '.stopping',
      actions: { type: 'noteProgress', params: ({ event }) => ({ note: event.reason, atMs: event.atMs }) },
    },
    'system.failed': { target: '.failed', actions: { type: 'noteError', params: failure } },
    'system.progress': { actions: { type: 'noteProgress', params: ({ event }) => ({ note: event.note, atMs: event.atMs }) } },
    'xstate.error.actor.*': { target: '.failed', actions: { type: 'noteError', params: failure } },
  },
  states: {
    booting: {
      description: 'Data directory, journal, replay, services',
      invoke: {
        id: 'boot',
        src: 'boot',
        onDone: { target: 'checking', actions: 'noteBooted' },
        onError: { target: 'failed', actions: { type: 'noteError', params: failure } },
      },
    },
    checking: {
      description: 'Start-up checks, venues, reconciliation',
      invoke: {
        id: 'check',
        src: 'check',
        onDone: onward.map((transition) => ({ ...transition, actions: 'noteChecked' as const })),
        onError: { target: 'failed', actions: { type: 'noteError', params: failure } },
      },
    },
    running: {
      initial: 'trading',
      on: { 'system.pause': { target: '.paused', actions: addReason } },
      states: {
        trading: { tags: 'trading', entry: 'releaseAll' },
        paused: {
          tags: 'held',
          description: 'No new intents; protective exits stay',
          entry: 'pauseAll',
          on: {
            'system.resume': [
              { guard: { type: 'isLastReason', params: released }, target: 'trading', actions: { type: 'dropReason', params: released } },
              { actions: { type: 'dropReason', params: released } },
            ],
          },
        },
      },
    },
    halted: {
      tags: 'held',
      description: 'Latched: only a named operator leaves it, once nothing else holds',
      entry: 'haltAll',
      on: {
        // Both are stopped by the halt: nothing that they may still say lifts the latch.
        'xstate.error.actor.boot': {},
        'xstate.error.actor.check': {},
        'operator.reset': [
          {
            guard: 'isHeld',
            actions: {
              type: 'noteProgress',
              params: ({ event }) => ({ note: 'a reset was refused: another reason holds', atMs: event.atMs }),
            },
          },
          { guard: 'isUnbooted', target: 'booting', actions: signOff },
          { guard: 'isUnchecked', target: 'checking', actions: signOff },
          { target: 'running', actions: signOff },
        ],
      },
    },
    stopping: {
      description: 'Children stop in reverse order',
      invoke: {
        id: 'stop',
        src: 'stop',
        onDone: 'stopped',
        onError: { target: 'failed', actions: { type: 'noteError', params: failure } },
      },
      on: {
        // A halt must not keep the process from ending: its cancels are sent, the stop goes on, and the latch outlives the restart.
        'system.halt': { actions: [{ type: 'latch', params: held }, 'haltAll'] },
        'system.failed': { actions: { type: 'noteError', params: failure } },
        'system.stop': {},
      },
      after: { stopTimeoutMs: { target: 'failed', actions: 'noteOverrun' } },
    },
    stopped: { type: 'final', tags: 'over' },
    failed: { type: 'final', tags: 'over' },
  },
})
