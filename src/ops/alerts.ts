import { messageOf, type Severity } from '#domain/errors'
import type { Alert, AlerterPort, AlertLogPort, LogPort, RaisedAlert } from '#ports/alerter'
import type { ClockPort } from '#ports/clock'

/** How many raised alerts are kept for the health view. */
const KEPT_MAX = 500
const RANK: Readonly<Record<Severity, number>> = { LOW: 0, MEDIUM: 1, HIGH: 2, CRITICAL: 3 }

export interface AlertHubOptions {
  readonly clock: ClockPort
  readonly log: LogPort
  /** Repeats of one code within this time are folded into one. Default 60 s. */
  readonly foldMs?: number
}

interface Window {
  readonly untilUs: number
  readonly severity: Severity
  folded: number
}

/** Hands alerts to the log and to listeners (API push, channels). A repeat passes all the same when it is more severe. */
export class AlertHub implements AlerterPort, AlertLogPort {
  readonly #clock: ClockPort
  readonly #log: LogPort
  readonly #foldMs: number
  readonly #windows = new Map<string, Window>()
  readonly #listeners = new Set<(alert: RaisedAlert) => void>()
  #kept: RaisedAlert[] = []

  constructor(options: AlertHubOptions) {
    this.#clock = options.clock
    this.#log = options.log
    this.#foldMs = options.foldMs ?? 60_000
  }

  raise(alert: Alert): void {
    const nowUs = this.#clock.monotonicUs()
    const window = this.#windows.get(alert.code)
    if (window !== undefined && nowUs < window.untilUs && RANK[alert.severity] <= RANK[window.severity]) {
      window.folded++
      return
    }
    this.#windows.set(alert.code, { untilUs: nowUs + this.#foldMs * 1_000, severity: alert.severity, folded: 0 })
    const raised: RaisedAlert = { ...alert, atMs: this.#clock.now(), folded: window?.folded ?? 0 }
    this.#kept.push(raised)
    if (this.#kept.length > KEPT_MAX) this.#kept = this.#kept.slice(-KEPT_MAX / 2)
    this.#write(raised)
    for (const listener of this.#listeners) this.#tell(listener, raised)
  }

  /** Calls `listener` for each alert that is not folded. Returns the unsubscribe function. */
  subscribe(listener: (alert: RaisedAlert) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Returns the newest alerts raised since `sinceMs`, oldest first; some hundreds at most. */
  recent(sinceMs: number): readonly RaisedAlert[] {
    return this.#kept.filter((alert) => alert.atMs >= sinceMs)
  }

  #write(alert: RaisedAlert): void {
    const details = { ...alert.details, code: alert.code, severity: alert.severity, folded: alert.folded }
    switch (alert.severity) {
      case 'CRITICAL':
        this.#log.fatal(alert.text, details)
        return
      case 'HIGH':
        this.#log.error(alert.text, details)
        return
      case 'MEDIUM':
        this.#log.warn(alert.text, details)
        return
      case 'LOW':
        this.#log.info(alert.text, details)
        return
    }
  }

  /** The one who raises an alert is in trouble already: a listener's failure is logged, never thrown at him. */
  #tell(listener: (alert: RaisedAlert) => void, alert: RaisedAlert): void {
    try {
      listener(alert)
    } catch (error) {
      this.#log.error(`an alert listener failed: ${messageOf(error)}`, { code: alert.code, error })
    }
  }
}
