import type { Severity } from '#domain/errors'

export interface Alert {
  readonly severity: Severity
  /** Stable code: `KILL_SWITCH`, `STALENESS`, `ORDER_UNEXPECTED_EVENT`… */
  readonly code: string
  readonly text: string
  readonly details: Readonly<Record<string, string | number | boolean | null>>
}

/** Tells the owner. Never throws, never blocks; repeats of one code within 60 s may be folded into one. */
export interface AlerterPort {
  raise(alert: Alert): void
}

/** An alert as it was raised. `folded` counts the repeats of its code that were swallowed since the one before. */
export interface RaisedAlert extends Alert {
  readonly atMs: number
  readonly folded: number
}

/** What was raised lately, for health and the page. */
export interface AlertLogPort {
  /** Returns the newest alerts raised since `sinceMs`, oldest first; some hundreds at most. */
  recent(sinceMs: number): readonly RaisedAlert[]
  /** Calls `listener` for each alert that is not folded. Returns the unsubscribe function. */
  subscribe(listener: (alert: RaisedAlert) => void): () => void
}

/** Structured log. Levels as pino's; `details` is redacted by the implementation. */
export interface LogPort {
  debug(message: string, details?: Readonly<Record<string, unknown>>): void
  info(message: string, details?: Readonly<Record<string, unknown>>): void
  warn(message: string, details?: Readonly<Record<string, unknown>>): void
  error(message: string, details?: Readonly<Record<string, unknown>>): void
  fatal(message: string, details?: Readonly<Record<string, unknown>>): void
}
