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

/** Structured log. Levels as pino's; `details` is redacted by the implementation. */
export interface LogPort {
  debug(message: string, details?: Readonly<Record<string, unknown>>): void
  info(message: string, details?: Readonly<Record<string, unknown>>): void
  warn(message: string, details?: Readonly<Record<string, unknown>>): void
  error(message: string, details?: Readonly<Record<string, unknown>>): void
  fatal(message: string, details?: Readonly<Record<string, unknown>>): void
}
