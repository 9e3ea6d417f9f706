import type { AnyMachineSnapshot, AnyStateMachine, EventObject } from 'xstate'
import { getShortestPaths } from 'xstate/graph'
import { decimal } from '#domain/decimal'
import { AppError } from '#domain/errors'
import { botId, venueId, venueOrderId } from '#domain/ids'
import { botMachine } from '#machines/bot.machine'
import { breakerMachine } from '#machines/breaker.machine'
import { orchestratorMachine } from '#machines/orchestrator.machine'
import { orderMachine } from '#machines/order.machine'
import { protectionMachine } from '#machines/protection.machine'
import { venueMachine } from '#machines/venue.machine'
import { input as orderInput, says } from '#test/machines/order-script'

/** One chart, its possible inputs, and everything that it can hear: commands, facts, answers of its actors, passing deadlines. */
export interface Chart {
  readonly name: string
  readonly machine: AnyStateMachine
  readonly inputs: readonly object[]
  readonly events: readonly EventObject[]
  /** Leaves out of the context what grows without end, so that the graph is finite. */
  readonly essence: (context: Record<string, unknown>) => object
}

export type Path = ReturnType<typeof getShortestPaths<AnyStateMachine>>[number]

const hold = (source: string) => ({ source, text: 'because', sinceMs: 1 })
const done = (id: string) => ({ type: `xstate.done.actor.${id}`, actorId: id, output: undefined })
const failed = (id: string, error: Error = new Error(`${id} failed`)) => ({ type: `xstate.error.actor.${id}`, actorId: id, error })
const late = (delay: string, node: string) => ({ type: `xstate.after.${delay}.${node}` })

const botEvents = [
  { type: 'bot.start', atMs: 1 },
  { type: 'bot.retry', atMs: 1 },
  { type: 'bot.stop', shouldFlatten: true, atMs: 1 },
  { type: 'bot.pause', reason: hold('operator'), atMs: 1 },
  { type: 'bot.pause', reason: hold('venue:kraken'), atMs: 1 },
  { type: 'bot.resume', source: 'operator', atMs: 1 },
  { type: 'bot.resume', source: 'venue:kraken', atMs: 1 },
  { type: 'bot.resume', source: 'breaker:loss', atMs: 1 },
  { type: 'bot.progress', note: '120 of 200 bars', atMs: 1 },
  { type: 'bot.drained', atMs: 1 },
  { type: 'bot.crashed', error: 'strategy threw', atMs: 1 },
  { type: 'bot.abandoned', reason: 'budget spent', atMs: 1 },
  { type: 'system.halt', reason: hold('operator'), atMs: 1 },
  { type: 'operator.reset', operator: 'ann', atMs: 1 },
  done('warmUp'),
  failed('warmUp'),
  failed('strategyRunner'),
  late('drainTimeoutMs', 'bot.stopping'),
]

const venueInput = {
  venueId: venueId('kraken'),
  streams: ['public', 'private'],
  backoffMs: 1_000,
  backoffMaxMs: 8_000,
  attemptMax: 3,
  connectTimeoutMs: 10_000,
  syncTimeoutMs: 60_000,
  silentTimeoutMs: 20_000,
  stableMs: 300_000,
  jitter: 0.5,
}

const venueEvents = [
  { type: 'venue.connect', atMs: 1 },
  { type: 'venue.disconnect', reason: 'operator', atMs: 1 },
  { type: 'venue.resync', reason: 'a gap', atMs: 1 },
  { type: 'venue.lost', reason: 'REST is gone', atMs: 1 },
  { type: 'venue.refused', reason: 'token refused', atMs: 1 },
  ...(['public', 'private'] as const).flatMap((stream) => [
    { type: 'stream.up', stream, reason: '', atMs: 1 },
    { type: 'stream.silent', stream, reason: 'no heartbeat', atMs: 1 },
    { type: 'stream.down', stream, reason: '1006', atMs: 1 },
  ]),
  { type: 'product.down', product: 'BTC-USD', reason: 'maintenance', atMs: 1 },
  { type: 'product.up', product: 'BTC-USD', atMs: 1 },
  done('connect'),
  failed('connect', new AppError('no route', { code: 'VENUE_UNAVAILABLE' })),
  failed('connect', new AppError('bad key', { code: 'VENUE_AUTH' })),
  done('sync'),
  failed('sync', new AppError('no answer', { code: 'VENUE_TIMEOUT' })),
  failed('feeds'),
  late('connectTimeoutMs', 'venue.connecting'),
  late('syncTimeoutMs', 'venue.connected.syncing'),
  late('silentTimeoutMs', 'venue.connected.degraded'),
  late('stableMs', 'venue.connected'),
  late('backoffMs', 'venue.backingOff'),
]

const breakerInput = { breakerId: 'loss', kind: 'dailyLoss', scope: 'portfolio', threshold: '5 %', rearm: 'auto', coolDownMs: 60_000 }
const restored = { type: 'breaker.restored', threshold: '5 %', value: '6 %', reason: 'loss', trippedAtMs: 1, trips: 1, atMs: 10_000 }
const breakerEvents = [
  { type: 'breaker.trip', threshold: '5 %', value: '6 %', reason: 'loss', atMs: 1 },
  { type: 'breaker.cleared', value: '4 %', atMs: 1 },
  { type: 'breaker.observed', value: '3 %' },
  { ...restored, state: 'tripped', rearmsAtMs: null },
  { ...restored, state: 'cooling', rearmsAtMs: 30_000 },
  { type: 'operator.reset', operator: 'ann', atMs: 1 },
  late('coolDownLeftMs', 'breaker.cooling'),
]

const protectionInput = { lineId: 'mm BTC-USD@kraken', lastStep: 2, escalateAfterMs: 5_000, retryMs: 250, retryMaxMs: 10_000 }
const protectionEvents = [
  { type: 'protection.restored', state: 'holding', step: 0, atMs: 1 },
  { type: 'protection.restored', state: 'exiting', step: 1, atMs: 1 },
  { type: 'protection.hold', atMs: 1 },
  { type: 'protection.withdraw', reason: 'closed', atMs: 1 },
  { type: 'protection.trigger', atMs: 1 },
  { type: 'exit.sent', atMs: 1 },
  { type: 'exit.waits', reason: 'a cancel', atMs: 1 },
  { type: 'exit.refused', reason: 'blocked', atMs: 1 },
  { type: 'exit.ended', isCanceled: false, atMs: 1 },
  { type: 'exit.ended', isCanceled: true, atMs: 1 },
  late('escalateAfterMs', 'protection.exiting.releasing'),
  late('escalateAfterMs', 'protection.exiting.working'),
  late('retryMs', 'protection.exiting.waiting'),
]

const orchestratorInput = { reasons: [], isHaltLatched: false, stopTimeoutMs: 30_000 }
const orchestratorEvents = [
  { type: 'system.halt', reason: hold('operator'), atMs: 1 },
  { type: 'system.halt', reason: hold('breaker:loss'), atMs: 1 },
  { type: 'system.pause', reason: hold('operator'), atMs: 1 },
  { type: 'system.resume', source: 'operator', atMs: 1 },
  { type: 'system.resume', source: 'breaker:loss', atMs: 1 },
  { type: 'system.stop', reason: 'SIGTERM', atMs: 1 },
  { type: 'system.failed', error: 'a permanent child spent its budget', atMs: 1 },
  { type: 'system.progress', note: 'replayed 100 entries', atMs: 1 },
  { type: 'operator.reset', operator: 'ann', atMs: 1 },
  ...['boot', 'check', 'stop'].flatMap((id) => [done(id), failed(id)]),
  late('stopTimeoutMs', 'orchestrator.stopping'),
]

const orderEvents = [
  says.journaled(1),
  says.lapsed(1),
  says.accepted(1),
  says.refused(1),
  says.answerLost('cut', 1),
  says.filled('1.5', 1),
  says.cancel(1),
  says.cancelRefused(1),
  says.canceled(null, 1),
  says.expired(null, 1),
  says.amend('4', '99', 1),
  says.amended(null, null, 1),
  says.amended('1', '99', 1),
  says.amendRefused(1),
  ...(['open', 'filled', 'canceled', 'expired', 'absent', 'unanswered'] as const).map((status) => says.reported(status, { atMs: 1 })),
  says.reported('open', { atMs: 1, filledQuantity: decimal('1.5') }),
  says.reported('open', { atMs: 1, filledQuantity: decimal('3'), quantity: decimal('3'), limitPrice: decimal('100') }),
  says.retryLookup(1),
  says.retry(1),
  says.exhausted(1),
  says.restored(1),
]

const without =
  (...keys: readonly string[]) =>
  (context: Record<string, unknown>) =>
    Object.fromEntries(Object.entries(context).filter(([key]) => !keys.includes(key)))

/** Every machine of the company. */
export const CHARTS: readonly Chart[] = [
  {
    name: 'bot',
    machine: botMachine,
    inputs: [[], [hold('breaker:loss')]].map((reasons) => ({ botId: botId('mm'), reasons, drainTimeoutMs: 5_000 })),
    events: botEvents,
    essence: without('note', 'error', 'lastOperator'),
  },
  {
    name: 'venue',
    machine: venueMachine,
    inputs: [venueInput],
    events: venueEvents,
    // Failures beyond the budget make no difference any more; where there is none, they make none at all.
    essence: (context) => ({
      ...without('note', 'error', 'connects')(context),
      attempt: Math.min(Number(context['attempt']), Number(context['attemptMax'])),
    }),
  },
  {
    name: 'breaker',
    machine: breakerMachine,
    inputs: [breakerInput, { ...breakerInput, rearm: 'operator' }],
    events: breakerEvents,
    essence: without('trips', 'value'),
  },
  {
    name: 'orchestrator',
    machine: orchestratorMachine,
    inputs: [orchestratorInput, { ...orchestratorInput, isHaltLatched: true, reasons: [hold('operator')] }],
    events: orchestratorEvents,
    essence: without('note', 'error', 'lastOperator'),
  },
  {
    name: 'protection',
    machine: protectionMachine,
    inputs: [protectionInput],
    events: protectionEvents,
    essence: without('note', 'refusals', 'lastEventAtMs'),
  },
  { name: 'order', machine: orderMachine, inputs: [orderInput], events: orderEvents, essence: without('retries', 'reason') },
]

const V = venueOrderId('V-1')
const known = { atMs: 1, venueOrderId: V } as const
const report = { ...known, filledQuantity: decimal('1.5') }
const more: Readonly<Record<string, Pick<Chart, 'inputs' | 'events'>>> = {
  order: {
    inputs: [{ ...orderInput, limitPrice: null }],
    events: [
      ...(['open', 'filled', 'canceled', 'expired', 'absent', 'unanswered'] as const).map((status) => says.reported(status, report)),
      says.reported('open', known),
      says.filled('3', 1),
      says.canceled('1.5', 1),
      says.canceled('3', 1),
      says.expired('3', 1),
      { type: 'order.accepted', venueOrderId: venueOrderId('V-2'), atMs: 1 } as EventObject,
    ],
  },
  venue: {
    // No keys, so no private stream, and a session that never gives up.
    inputs: [{ ...venueInput, streams: ['public'], attemptMax: 0 }],
    events: [failed('sync', new AppError('key revoked', { code: 'VENUE_AUTH' }))],
  },
}

/** The charts with all that their events' types permit, be it that nobody sends it today; for walks of one chart alone. */
export const WIDE_CHARTS: readonly Chart[] = CHARTS.map((chart) => ({
  ...chart,
  inputs: [...chart.inputs, ...(more[chart.name]?.inputs ?? [])],
  events: [...chart.events, ...(more[chart.name]?.events ?? [])],
}))

/** Returns the shortest path to every distinct state and context of a chart, from each of its inputs. */
export function pathsOf(chart: Chart): readonly { readonly input: object; readonly path: Path }[] {
  return chart.inputs.flatMap((input) =>
    getShortestPaths(chart.machine, {
      input,
      events: chart.events as EventObject[],
      serializeState: (state) =>
        JSON.stringify([(state as AnyMachineSnapshot).value, chart.essence((state as AnyMachineSnapshot).context)]),
      limit: 200_000,
    }).map((path) => ({ input, path })),
  )
}
