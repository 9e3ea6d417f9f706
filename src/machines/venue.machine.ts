import { assign, setup } from 'xstate'
import type { VenueId } from '#domain/ids'
import { providedAction, providedCallback, providedPromise } from './provided'
import {
  backoffDelay,
  failureOf,
  freshStreams,
  hasStreamTrouble,
  initialSession,
  isAuthFailure,
  isLastAttempt,
  isSound,
  type SessionStream,
  type StreamState,
  streamOf,
  type VenueContext,
  type VenueEvent,
  type VenueInput,
  withStream,
} from './venue-session'

type StreamChange = { stream: SessionStream; state: StreamState; note: string; atMs: number }
type ProductChange = { product: string; isDown: boolean; note: string; atMs: number }

const STREAM_STATE = { 'stream.up': 'up', 'stream.silent': 'silent', 'stream.down': 'down' } as const
const changed = ({ event }: { event: Extract<VenueEvent, { readonly stream: SessionStream }> }): StreamChange => ({
  stream: event.stream,
  state: STREAM_STATE[event.type],
  note: event.type === 'stream.up' ? '' : `${event.stream} stream ${STREAM_STATE[event.type]}: ${event.reason}`,
  atMs: event.atMs,
})
const productDown = ({ event }: { event: Extract<VenueEvent, { type: 'product.down' }> }): ProductChange => ({
  product: event.product,
  isDown: true,
  note: `${event.product}: ${event.reason}`,
  atMs: event.atMs,
})
const productUp = ({ event }: { event: Extract<VenueEvent, { type: 'product.up' }> }): ProductChange => ({
  product: event.product,
  isDown: false,
  note: '',
  atMs: event.atMs,
})
const explained = ({ event }: { event: { readonly reason: string; readonly atMs: number } }) => ({ note: event.reason, atMs: event.atMs })
const time = ({ event }: { event: { readonly atMs: number } }) => ({ atMs: event.atMs })
const failure = ({ event }: { event: { readonly error: unknown } }) => ({ error: event.error })

const afterFailure = [
  { guard: { type: 'isAuthFailure', params: failure }, target: '#venue.failed', actions: { type: 'noteFailure', params: failure } },
  { guard: 'isLastAttempt', target: '#venue.failed', actions: { type: 'noteFailure', params: failure } },
  { target: '#venue.backingOff', actions: { type: 'noteFailure', params: failure } },
] as const

/** What an actor that was stopped may still say opens no session again. */
const deaf = { 'xstate.error.actor.connect': {}, 'xstate.error.actor.sync': {}, 'xstate.error.actor.feeds': {} } as const

function timedOut(note: string) {
  const drop = { type: 'noteDrop', params: { note } } as const
  return [
    { guard: 'isLastAttempt', target: '#venue.failed', actions: drop },
    { target: '#venue.backingOff', actions: drop },
  ] as const
}
const silence = [
  { guard: 'silenceIsLastAttempt', target: '#venue.failed', actions: { type: 'noteDrop', params: { note: 'a stream stayed silent' } } },
  { guard: 'hasStreamTrouble', target: '#venue.backingOff', actions: { type: 'noteDrop', params: { note: 'a stream stayed silent' } } },
] as const

/**
 * The session with one venue. Its connected states share one parent that invokes the feeds; every reconnect passes through `syncing`.
 * New orders need `online`, or `degraded` with their own product and the private stream sound; cancels are tried in every state.
 */
export const venueMachine = setup({
  types: {
    input: {} as VenueInput,
    context: {} as VenueContext,
    events: {} as VenueEvent,
    tags: {} as 'connected' | 'tradable' | 'failed',
  },
  actors: {
    /** Opens the streams and authenticates; rejects with an `AppError`. Honours its signal. */
    connect: providedPromise<void, { venueId: VenueId }>('venue', 'connect'),
    /** Instruments, balances, open orders, missed fills, books; resolves when they stand. */
    sync: providedPromise<void, { venueId: VenueId }>('venue', 'sync'),
    /** Lets the market cache, the desk and the ledger hear the venue until it is stopped. */
    feeds: providedCallback<{ venueId: VenueId }>('venue', 'feeds'),
  },
  actions: {
    /** Closes what may still be open. Idempotent. */
    closeSession: providedAction('venue', 'closeSession'),
    beginAttempt: assign(({ context }) => ({ ...freshStreams(context.streams), connects: context.connects + 1 })),
    noteReason: assign((_, params: { note: string; atMs: number }) => ({ note: params.note, lastEventAtMs: params.atMs })),
    noteTime: assign((_, params: { atMs: number }) => ({ lastEventAtMs: params.atMs })),
    noteStream: assign(({ context }, params: StreamChange) => ({
      ...withStream(context, params.stream, params.state),
      note: params.note,
      lastEventAtMs: params.atMs,
    })),
    noteProduct: assign(({ context }, params: ProductChange) => {
      const others = context.productsDown.filter((product) => product !== params.product)
      return { productsDown: params.isDown ? [...others, params.product] : others, note: params.note, lastEventAtMs: params.atMs }
    }),
    noteLoss: assign(({ context }, params: StreamChange) => ({
      ...withStream(context, params.stream, params.state),
      attempt: context.attempt + 1,
      note: params.note,
      lastEventAtMs: params.atMs,
    })),
    noteFailure: assign(({ context }, params: { error: unknown }) => {
      const error = failureOf(params.error)
      return { error, note: error.message, attempt: context.attempt + 1 }
    }),
    noteDrop: assign(({ context }, params: { note: string }) => ({ note: params.note, attempt: context.attempt + 1 })),
    noteOnline: assign({ note: '', error: null }),
    forgetFailures: assign({ attempt: 0, error: null }),
  },
  guards: {
    isAuthFailure: (_, params: { error: unknown }) => isAuthFailure(params.error),
    isLastAttempt: ({ context }) => isLastAttempt(context),
    isSound: ({ context }) => isSound(context),
    isSoundWithStream: ({ context }, params: StreamChange) => isSound(withStream(context, params.stream, params.state)),
    isSoundWithProduct: ({ context }, params: ProductChange) =>
      isSound({ ...context, productsDown: context.productsDown.filter((product) => product !== params.product) }),
    isNews: ({ context }, params: StreamChange) => streamOf(context, params.stream) !== params.state,
    silenceIsLastAttempt: ({ context }) => hasStreamTrouble(context) && isLastAttempt(context),
    hasStreamTrouble: ({ context }) => hasStreamTrouble(context),
  },
  delays: {
    backoffMs: ({ context }) => backoffDelay(context),
    connectTimeoutMs: ({ context }) => context.connectTimeoutMs,
    syncTimeoutMs: ({ context }) => context.syncTimeoutMs,
    silentTimeoutMs: ({ context }) => context.silentTimeoutMs,
    stableMs: ({ context }) => context.stableMs,
  },
}).createMachine({
  id: 'venue',
  description: 'The session with one venue',
  context: ({ input }) => initialSession(input),
  initial: 'offline',
  on: {
    'venue.disconnect': { target: '.offline', actions: [{ type: 'noteReason', params: explained }, 'closeSession'] },
    'stream.up': { actions: { type: 'noteStream', params: changed } },
    'stream.silent': { actions: { type: 'noteStream', params: changed } },
    'stream.down': { actions: { type: 'noteStream', params: changed } },
    'product.down': { actions: { type: 'noteProduct', params: productDown } },
    'product.up': { actions: { type: 'noteProduct', params: productUp } },
    'xstate.error.actor.*': afterFailure,
  },
  states: {
    offline: { on: { ...deaf, 'venue.connect': { target: 'connecting', actions: { type: 'noteTime', params: time } } } },
    connecting: {
      description: 'Opening streams and authenticating',
      entry: 'beginAttempt',
      invoke: {
        id: 'connect',
        src: 'connect',
        input: ({ context }) => ({ venueId: context.venueId }),
        onDone: 'connected',
        onError: afterFailure,
      },
      after: { connectTimeoutMs: timedOut('the venue did not answer the connection in time') },
    },
    connected: {
      tags: 'connected',
      initial: 'syncing',
      invoke: { id: 'feeds', src: 'feeds', input: ({ context }) => ({ venueId: context.venueId }) },
      on: {
        'stream.down': [
          { guard: 'isLastAttempt', target: 'failed', actions: { type: 'noteLoss', params: changed } },
          { target: 'backingOff', actions: { type: 'noteLoss', params: changed } },
        ],
        'venue.lost': [
          { guard: 'isLastAttempt', target: 'failed', actions: { type: 'noteDrop', params: explained } },
          { target: 'backingOff', actions: { type: 'noteDrop', params: explained } },
        ],
        'venue.refused': { target: 'failed', actions: { type: 'noteReason', params: explained } },
        'venue.resync': { target: '.syncing', actions: { type: 'noteReason', params: explained } },
      },
      after: { stableMs: { actions: 'forgetFailures' } },
      states: {
        syncing: {
          description: 'Instruments, balances, open orders, missed fills, books',
          invoke: {
            id: 'sync',
            src: 'sync',
            input: ({ context }) => ({ venueId: context.venueId }),
            onDone: [{ guard: 'isSound', target: 'online', actions: 'noteOnline' }, { target: 'degraded' }],
            onError: afterFailure,
          },
          after: { syncTimeoutMs: timedOut('the synchronisation did not finish in time') },
        },
        online: {
          tags: 'tradable',
          on: {
            'stream.silent': { target: 'degraded', actions: { type: 'noteStream', params: changed } },
            'product.down': { target: 'degraded', actions: { type: 'noteProduct', params: productDown } },
          },
        },
        degraded: {
          tags: 'tradable',
          description: 'A stream is stale or a product down; the rest trades',
          on: {
            'stream.silent': {
              guard: { type: 'isNews', params: changed },
              target: 'degraded',
              reenter: true,
              actions: { type: 'noteStream', params: changed },
            },
            'stream.up': [
              {
                guard: { type: 'isSoundWithStream', params: changed },
                target: 'online',
                actions: [{ type: 'noteStream', params: changed }, 'noteOnline'],
              },
              { actions: { type: 'noteStream', params: changed } },
            ],
            'product.up': [
              {
                guard: { type: 'isSoundWithProduct', params: productUp },
                target: 'online',
                actions: [{ type: 'noteProduct', params: productUp }, 'noteOnline'],
              },
              { actions: { type: 'noteProduct', params: productUp } },
            ],
          },
          // The deadline runs from the newest silence; a product that is down does not cost the session.
          after: { silentTimeoutMs: silence },
        },
      },
    },
    backingOff: {
      entry: 'closeSession',
      on: { 'venue.connect': { target: 'connecting', actions: { type: 'noteTime', params: time } } },
      after: { backoffMs: 'connecting' },
    },
    failed: {
      tags: 'failed',
      description: 'Credentials refused, or too many failures in a row; an operator or the supervisor connects again',
      entry: 'closeSession',
      on: { ...deaf, 'venue.connect': { target: 'connecting', actions: ['forgetFailures', { type: 'noteTime', params: time }] } },
    },
  },
})
