import { assign, setup } from 'xstate'
import { InvariantError } from '#domain/errors'
import { providedAction } from './provided'

/** Longest cool-down: what a 32-bit timer can hold (24.8 days). */
const COOL_DOWN_MS_MAX = 2 ** 31 - 1

export interface BreakerInput {
  readonly breakerId: string
  /** What it watches: `dailyLoss`, `drawdown`, `staleness`, `errorRate`… */
  readonly kind: string
  /** Whom it stops: `bot:mm-btc`, `strategy:…`, `market:…`, `venue:kraken`, `portfolio`. */
  readonly scope: string
  /** The limit as text, for people; of a rule with several limits the one that was passed. */
  readonly threshold: string
  /** `auto` re-arms after the cool-down, `operator` waits for a named one. */
  readonly rearm: 'auto' | 'operator'
  /** 0 to 2^31 − 1. */
  readonly coolDownMs: number
}

/** What a breaker knows of itself. Plain JSON. */
export interface BreakerContext extends BreakerInput {
  /** The figure last seen, as text. */
  readonly value: string
  readonly reason: string | null
  readonly trippedAtMs: number | null
  /** When the cool-down ends, UTC ms; null unless cooling. */
  readonly rearmsAtMs: number | null
  /** What is left of the cool-down at the last event, ms. */
  readonly coolDownLeftMs: number
  readonly trips: number
  /** Who re-armed it last; null when it did so by itself or never. */
  readonly lastOperator: string | null
}

interface Restored {
  readonly type: 'breaker.restored'
  readonly state: 'tripped' | 'cooling'
  readonly threshold: string
  readonly value: string
  readonly reason: string
  readonly trippedAtMs: number
  readonly rearmsAtMs: number | null
  readonly trips: number
  readonly atMs: number
}

/**
 * `breaker.trip`: the limit is passed. `breaker.cleared`: the condition is over (send it right after the trip where the breaker
 * only waits). `breaker.observed`: a new figure for the page. `breaker.restored`: how it stood before a restart.
 */
export type BreakerEvent =
  | {
      readonly type: 'breaker.trip'
      readonly threshold: string
      readonly value: string
      readonly reason: string
      readonly atMs: number
    }
  | { readonly type: 'breaker.cleared'; readonly value: string; readonly atMs: number }
  | { readonly type: 'breaker.observed'; readonly value: string }
  | Restored
  | { readonly type: 'operator.reset'; readonly operator: string; readonly atMs: number }

type Trip = { threshold: string; value: string; reason: string; atMs: number }

const trip = ({ event }: { event: Extract<BreakerEvent, { type: 'breaker.trip' }> }): Trip => ({
  threshold: event.threshold,
  value: event.value,
  reason: event.reason,
  atMs: event.atMs,
})
const cleared = ({ event }: { event: Extract<BreakerEvent, { type: 'breaker.cleared' }> }) => ({ value: event.value, atMs: event.atMs })
const restored = ({ event }: { event: Restored }) => ({
  state: event.state,
  threshold: event.threshold,
  value: event.value,
  reason: event.reason,
  trippedAtMs: event.trippedAtMs,
  rearmsAtMs: event.rearmsAtMs,
  trips: event.trips,
  atMs: event.atMs,
})
const reset = ({ event }: { event: Extract<BreakerEvent, { type: 'operator.reset' }> }) => ({ operator: event.operator })
const rearmed = { trippedAtMs: null, rearmsAtMs: null, coolDownLeftMs: 0, reason: null } as const
const restore = { type: 'restore', params: restored } as const
const restoring = [
  { guard: { type: 'wasCooling', params: restored }, target: '.cooling', actions: restore },
  { target: '.tripped', actions: restore },
] as const
const signOff = { type: 'rearm', params: reset } as const

/**
 * One circuit breaker. It cancels nothing: it tells its parent once that it tripped and once that it re-armed, and the parent's own
 * transition pauses or halts the scope. Its deadline is in the context, so a restart keeps what is left of the cool-down.
 */
export const breakerMachine = setup({
  types: {
    input: {} as BreakerInput,
    context: {} as BreakerContext,
    events: {} as BreakerEvent,
    tags: {} as 'holding',
  },
  actions: {
    /** Tells the parent that the scope must stop; the context says why. Idempotent for the receiver. */
    notifyTripped: providedAction('breaker', 'notifyTripped'),
    /** Tells the parent that the breaker holds nothing any more. */
    notifyRearmed: providedAction('breaker', 'notifyRearmed'),
    noteTrip: assign(({ context }, params: Trip) => ({
      threshold: params.threshold,
      value: params.value,
      reason: params.reason,
      trippedAtMs: params.atMs,
      rearmsAtMs: null,
      coolDownLeftMs: 0,
      trips: context.trips + 1,
    })),
    noteValue: assign((_, params: { value: string }) => ({ value: params.value })),
    beginCoolDown: assign(({ context }, params: { value: string; atMs: number }) => ({
      value: params.value,
      rearmsAtMs: params.atMs + context.coolDownMs,
      coolDownLeftMs: context.coolDownMs,
    })),
    restore: assign((_, params: ReturnType<typeof restored>) => ({
      threshold: params.threshold,
      value: params.value,
      reason: params.reason,
      trippedAtMs: params.trippedAtMs,
      rearmsAtMs: params.rearmsAtMs,
      coolDownLeftMs: params.rearmsAtMs === null ? 0 : Math.max(0, params.rearmsAtMs - params.atMs),
      trips: params.trips,
    })),
    rearm: assign((_, params: { operator: string | null }) => ({ ...rearmed, lastOperator: params.operator })),
  },
  guards: {
    rearmsItself: ({ context }) => context.rearm === 'auto',
    wasCooling: (_, params: { state: Restored['state'] }) => params.state === 'cooling',
  },
  delays: { coolDownLeftMs: ({ context }) => context.coolDownLeftMs },
}).createMachine({
  id: 'breaker',
  description: 'One circuit breaker',
  context: ({ input }) => {
    if (!(input.coolDownMs >= 0 && input.coolDownMs <= COOL_DOWN_MS_MAX))
      throw new InvariantError(`breaker ${input.breakerId}: a cool-down of ${input.coolDownMs} ms is out of range`)
    return { ...input, value: '', ...rearmed, trips: 0, lastOperator: null }
  },
  initial: 'armed',
  on: {
    'breaker.observed': { actions: { type: 'noteValue', params: ({ event }) => ({ value: event.value }) } },
    'breaker.restored': restoring,
  },
  states: {
    armed: {
      on: { 'breaker.trip': { target: 'tripped', actions: { type: 'noteTrip', params: trip } } },
    },
    tripped: {
      tags: 'holding',
      description: 'The condition holds, or an operator has to sign it off',
      entry: 'notifyTripped',
      on: {
        'breaker.trip': { actions: { type: 'noteValue', params: trip } },
        'breaker.cleared': [
          { guard: 'rearmsItself', target: 'cooling', actions: { type: 'beginCoolDown', params: cleared } },
          { actions: { type: 'noteValue', params: cleared } },
        ],
        'operator.reset': { target: 'armed', actions: [signOff, 'notifyRearmed'] },
      },
    },
    cooling: {
      tags: 'holding',
      description: 'The condition is over; the scope stays stopped until the deadline',
      on: {
        'breaker.trip': { target: 'tripped', actions: { type: 'noteTrip', params: trip } },
        'operator.reset': { target: 'armed', actions: [signOff, 'notifyRearmed'] },
      },
      after: { coolDownLeftMs: { target: 'armed', actions: [{ type: 'rearm', params: { operator: null } }, 'notifyRearmed'] } },
    },
  },
})
