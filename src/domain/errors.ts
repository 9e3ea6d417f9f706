/** How bad an error is for the company (OBS-06); decides who is told and what stops. */
export type Severity = 'CRITICAL' | 'HIGH' | 'MEDIUM' | 'LOW'

/** What the supervisor does with an error: try again, ask the venue first, refuse the request, or restart the actor. */
export type Disposition = 'retry' | 'reconcile' | 'deny' | 'crash'

/** Stable error codes; a code is never reused for another meaning. `docs/errors.md` explains each. */
export type ErrorCode =
  | 'CONFIG_INVALID'
  | 'DATA_DIR_LOCKED'
  | 'DATA_DIR_MISMATCH'
  | 'SCHEMA_NEWER'
  | 'MIGRATION_FAILED'
  | 'JOURNAL_CORRUPT'
  | 'JOURNAL_FAILED'
  | 'REPLAY_INVALID'
  | 'REPORT_INVALID'
  | 'BASELINE_MISMATCH'
  | 'PORT_IN_USE'
  | 'CREDENTIALS_MISSING'
  | 'MODE_REFUSED'
  | 'VENUE_AUTH'
  | 'VENUE_TIMEOUT'
  | 'VENUE_UNAVAILABLE'
  | 'VENUE_REJECTED'
  | 'VENUE_PROTOCOL'
  | 'RATE_LIMITED'
  | 'CLOCK_SAMPLE'
  | 'CLOCK_DRIFT'
  | 'STALE_DATA'
  | 'DATA_NOT_READY'
  | 'UNKNOWN_INSTRUMENT'
  | 'CAPITAL_UNFUNDED'
  | 'INTENT_INVALID'
  | 'COMMAND_REFUSED'
  | 'NOT_FOUND'
  | 'NOT_RUNNING'
  | 'CHILD_TIMEOUT'
  | 'ACTOR_FAILED'
  | 'REQUEST_INVALID'
  | 'CONFIRMATION_REQUIRED'
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'READ_ONLY'
  | 'ORIGIN_REFUSED'
  | 'PAYLOAD_TOO_LARGE'
  | 'INTERNAL'
  | 'SIMULATION_FAILED'
  | 'INVARIANT_BROKEN'
  | 'INVARIANT_BREACHED'

export interface AppErrorOptions {
  readonly code: ErrorCode
  readonly severity?: Severity
  readonly disposition?: Disposition
  readonly cause?: unknown
  /** Figures for the log. Never a secret. */
  readonly details?: Readonly<Record<string, unknown>>
}

/** The base of everything that Troupe throws on purpose. The message names what, where and the remedy. */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly severity: Severity
  readonly disposition: Disposition
  readonly details: Readonly<Record<string, unknown>>
  /** Where a person reads what the code means and what to do. */
  readonly docs: string

  constructor(message: string, options: AppErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = new.target.name
    this.code = options.code
    this.severity = options.severity ?? 'MEDIUM'
    this.disposition = options.disposition ?? 'deny'
    this.details = options.details ?? {}
    this.docs = `docs/errors.md#${options.code.toLowerCase()}`
  }
}

/** A config value that is unknown, missing, out of range or contradictory. The process refuses to start. */
export class ConfigError extends AppError {
  constructor(message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message, { code: 'CONFIG_INVALID', severity: 'CRITICAL', details })
  }
}

/** A bug of ours: something that must hold does not. The actor that meets it crashes. */
export class InvariantError extends AppError {
  constructor(message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message, { code: 'INVARIANT_BROKEN', severity: 'CRITICAL', disposition: 'crash', details })
  }
}

/** A command that the present state of its target forbids; the API answers 409 with the reason. */
export class CommandRefusedError extends AppError {
  constructor(message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message, { code: 'COMMAND_REFUSED', severity: 'LOW', details })
  }
}

/** Something asked for by name that does not exist; the API answers 404. */
export class NotFoundError extends AppError {
  constructor(message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message, { code: 'NOT_FOUND', severity: 'LOW', details })
  }
}

/**
 * Asserts what must hold whatever the world does.
 * @throws {InvariantError} when `condition` is false.
 */
export function invariant(condition: boolean, message: string, details: Readonly<Record<string, unknown>> = {}): asserts condition {
  if (!condition) throw new InvariantError(message, details)
}

/** Returns the value of a lookup that must succeed. @throws {InvariantError} when it is null or undefined. */
export function mustExist<T>(value: T | null | undefined, message: string): T {
  if (value === null || value === undefined) throw new InvariantError(message)
  return value
}

/** Returns the text of anything thrown, for a log line or an event payload. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
