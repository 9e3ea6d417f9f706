import pino, { type Logger } from 'pino'
import type { Secret } from '#domain/secret'
import type { LogPort } from '#ports/alerter'
import { redacted, redactedText } from './redact'
import { RollingFile } from './rolling-file'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'fatal'

export interface LogOptions {
  readonly level: LogLevel
  /** File for JSON lines, rolled by day and size; null for none. */
  readonly path: string | null
  /** Where a person looks: `plain` one readable line a message, `json` as in the file, `none`. */
  readonly stderr: 'plain' | 'json' | 'none'
  /** UTC now in ms, of the world that is logged. */
  readonly now: () => number
  /** Values that may appear in no line, wherever they come from. */
  readonly secrets: readonly Secret[]
  /** Writes to the terminal; default the process's standard error. */
  readonly writeError?: (text: string) => void
}

/** Structured log over pino, with streams in this process (OBS-01). What reaches a line was redacted twice: by name, and by value. */
export class Log implements LogPort {
  readonly #logger: Logger
  readonly #closeFile: () => void

  private constructor(logger: Logger, closeFile: () => void) {
    this.#logger = logger
    this.#closeFile = closeFile
  }

  /** Opens the log. */
  static open(options: LogOptions): Log {
    const scrub = scrubber(options.secrets)
    const file = options.path === null ? null : new RollingFile({ path: options.path, now: options.now })
    const writeError = options.writeError ?? ((text: string) => void process.stderr.write(text))
    const stream = {
      write(line: string): void {
        const safe = scrub(line)
        file?.write(safe)
        if (options.stderr === 'json') writeError(safe)
        else if (options.stderr === 'plain') writeError(plainLine(safe))
      },
    }
    const logger = pino(
      {
        level: options.level,
        base: null,
        timestamp: () => `,"time":${options.now()}`,
        formatters: { level: (label) => ({ level: label }) },
      },
      stream,
    )
    return new Log(logger, () => file?.close())
  }

  /** Returns a log whose every line carries these ids: `correlationId`, `botId`… */
  child(ids: Readonly<Record<string, string>>): Log {
    return new Log(this.#logger.child(ids), () => undefined)
  }

  debug(message: string, details?: Readonly<Record<string, unknown>>): void {
    if (this.#logger.isLevelEnabled('debug')) this.#logger.debug(shownDetails(details), redactedText(message))
  }

  info(message: string, details?: Readonly<Record<string, unknown>>): void {
    if (this.#logger.isLevelEnabled('info')) this.#logger.info(shownDetails(details), redactedText(message))
  }

  warn(message: string, details?: Readonly<Record<string, unknown>>): void {
    if (this.#logger.isLevelEnabled('warn')) this.#logger.warn(shownDetails(details), redactedText(message))
  }

  error(message: string, details?: Readonly<Record<string, unknown>>): void {
    if (this.#logger.isLevelEnabled('error')) this.#logger.error(shownDetails(details), redactedText(message))
  }

  fatal(message: string, details?: Readonly<Record<string, unknown>>): void {
    this.#logger.fatal(shownDetails(details), redactedText(message))
  }

  /** Closes the file. Lines are in it already: every write was synchronous. */
  close(): void {
    this.#closeFile()
  }
}

/** Names that a line has of its own; a detail of that name would make the JSON ambiguous. */
const OWN_NAMES: ReadonlySet<string> = new Set(['level', 'time', 'msg'])

function shownDetails(details: Readonly<Record<string, unknown>> | undefined): object {
  if (details === undefined) return {}
  const safe = redacted(details) as Record<string, unknown>
  return Object.fromEntries(Object.entries(safe).map(([name, value]) => [OWN_NAMES.has(name) ? `${name}_` : name, value]))
}

/** Returns a function that replaces the values of all secrets, also in the form that JSON gives them. */
function scrubber(secrets: readonly Secret[]): (line: string) => string {
  const values = new Set(secrets.flatMap((secret) => [secret.reveal(), JSON.stringify(secret.reveal()).slice(1, -1)]))
  values.delete('')
  return (line) => {
    let safe = line
    for (const value of values) safe = safe.replaceAll(value, '[secret]')
    return safe
  }
}

/** Returns `12:34:56.789 WARN message key=value …` for a person. */
function plainLine(jsonLine: string): string {
  const { level, time, msg, ...rest } = JSON.parse(jsonLine) as { level: string; time: number; msg: string; [name: string]: unknown }
  const clock = new Date(time).toISOString().slice(11, 23)
  const details = Object.entries(rest).map(([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  return `${clock} ${level.toUpperCase().padEnd(5)} ${msg}${details.join('')}\n`
}
