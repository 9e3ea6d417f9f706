import type { RestartBudget } from '#domain/restart'

/** A running child, as its supervisor holds it: an actor, a venue session or a plain service. */
export interface ChildHandle {
  /** Starts the child; resolves when those that depend on it may start. A throw or rejection is a failure like any other. */
  start(): void | Promise<void>
  /** Ends the child and frees what it holds. Called once an incarnation, also after a failure. */
  stop(): void | Promise<void>
  /**
   * Brings a failed child back without building it anew, and says whether it could; null where only a new one helps. A child that
   * has it is not stopped when it fails: it waits, as it stands, for the end of its back-off.
   */
  readonly recover: (() => boolean) | null
}

/** What a child tells its supervisor. Calls of an incarnation that was replaced are counted as dead letters and change nothing. */
export interface ChildReports {
  /** The child cannot go on. At most one failure counts until it is back. */
  failed(error: unknown): void
  /** The child ended by itself, in order. */
  done(): void
  /** The child came back by itself or by an operator's hand: a parked one is in service again, its history forgotten. */
  recovered(): void
}

/** `permanent`: always restarted. `transient`: after a failure only. `temporary`: never. */
export type RestartKind = 'permanent' | 'transient' | 'temporary'

export interface ChildSpec {
  /** `kind:key`, unique within its supervisor: `venue:kraken`. */
  readonly id: string
  readonly restart: RestartKind
  readonly budget: RestartBudget
  /** When the budget is spent: `park` leaves this child down and its siblings alone; `fail` stops them all and climbs. */
  readonly whenSpent: 'park' | 'fail'
  /** How long a start may take, ms; passing it is a failure. */
  readonly startTimeoutMs: number
  /** How long a stop may take, ms; passing it is reported, and the child is given up. */
  readonly stopTimeoutMs: number
  /** Builds one incarnation. */
  readonly create: (reports: ChildReports) => ChildHandle
}

export type ChildState = 'idle' | 'starting' | 'running' | 'backingOff' | 'stopping' | 'stopped' | 'ended' | 'parked'

/** A child as the page shows it. */
export interface ChildView {
  readonly id: string
  readonly state: ChildState
  readonly restart: RestartKind
  /** Since the supervisor was made. */
  readonly restarts: number
  /** Text of the last failure; null when none. */
  readonly error: string | null
  /** UTC ms. */
  readonly sinceMs: number
}

/** What happens under a supervisor, for journal, alerts and log. `atMs` is UTC. */
export type SupervisorEvent =
  | { readonly type: 'child.started'; readonly childId: string; readonly atMs: number }
  | { readonly type: 'child.failed'; readonly childId: string; readonly error: string; readonly cause: unknown; readonly atMs: number }
  | {
      readonly type: 'child.restarting'
      readonly childId: string
      readonly delayMs: number
      readonly attempt: number
      readonly atMs: number
    }
  | { readonly type: 'child.stopped'; readonly childId: string; readonly atMs: number }
  | { readonly type: 'child.ended'; readonly childId: string; readonly atMs: number }
  /** The child did not stop properly, and was given up: it threw, or its deadline passed. */
  | { readonly type: 'child.stopFailed'; readonly childId: string; readonly error: string; readonly atMs: number }
  /** Its budget is spent; what follows is its `whenSpent`. */
  | {
      readonly type: 'child.escalated'
      readonly childId: string
      readonly error: string
      readonly whenSpent: 'park' | 'fail'
      readonly atMs: number
    }
