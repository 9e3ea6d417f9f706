import type { Alert, AlerterPort, AlertLogPort, LogPort } from '#ports/alerter'
import type { JournalEntry } from '#ports/journal'

/** Lines of warnings and errors that are kept of a run. */
const LINES_MAX = 50

/** Counts by name, in order of the names: part of a report. */
export type Counts = Readonly<Record<string, number>>

/** What happened beside the trades: verdicts that blocked, orders that the venue refused, plans without an order, breakers that tripped, protective exits, alerts. */
export class RunTally implements AlerterPort, AlertLogPort {
  readonly #plans = new Map<string, number>()
  readonly #blocked = new Map<string, number>()
  readonly #refused = new Map<string, number>()
  readonly #breakers = new Map<string, number>()
  readonly #alerts = new Map<string, number>()
  readonly #exits = new Map<string, number>()
  /** Stops that rest at the venue, and what the newest of them stands for. */
  readonly #stops = new Set<string | null>()
  #isTrailing = false
  #stopPrice = Number.NaN
  #restsFor: 'stop' | 'trailing' = 'stop'
  readonly lines: string[] = []
  orders = 0
  intents = 0

  /** Takes a journal entry. */
  readonly onEntry = ({ kind, payload, correlationId }: Pick<JournalEntry, 'kind' | 'payload' | 'correlationId'>): void => {
    switch (kind) {
      case 'plan.made':
        this.intents++
        return count(this.#plans, String(payload['reason']))
      case 'order.submitting':
        this.orders++
        if ((payload['proposal'] as { readonly type?: unknown } | undefined)?.type === 'stop') this.#stops.add(correlationId)
        return
      case 'order.filled':
        if (this.#stops.delete(correlationId)) count(this.#exits, this.#restsFor)
        return
      case 'protection.held':
        this.#isTrailing = payload['trailingRatio'] !== null
        this.#stopPrice = payload['stopPrice'] === null ? Number.NaN : Number(payload['stopPrice'])
        return
      case 'protection.rested':
        this.#restsFor = this.#isTrailing && !(Number(payload['triggerPrice']) <= this.#stopPrice) ? 'trailing' : 'stop'
        return
      case 'verdict.blocked':
        return count(this.#blocked, String(payload['code']))
      case 'order.refused':
        return count(this.#refused, String(payload['code'] ?? payload['reason']))
      case 'breaker.transition':
        if (payload['to'] === 'TRIPPED') count(this.#breakers, correlationId ?? '')
        return
      case 'protection.triggered':
        return count(this.#exits, String(payload['kind']))
    }
  }

  raise(alert: Alert): void {
    count(this.#alerts, alert.code)
  }

  recent(): readonly [] {
    return []
  }

  subscribe(): () => void {
    return () => undefined
  }

  get counts(): Readonly<Record<'plans' | 'blocked' | 'refused' | 'breakers' | 'exits' | 'alerts', Counts>> {
    return {
      plans: sorted(this.#plans),
      blocked: sorted(this.#blocked),
      refused: sorted(this.#refused),
      breakers: sorted(this.#breakers),
      exits: sorted(this.#exits),
      alerts: sorted(this.#alerts),
    }
  }

  /** A log that keeps the first warnings and errors. */
  get log(): LogPort {
    const quiet = () => undefined
    const keep = (level: string) => (message: string, details?: Readonly<Record<string, unknown>>) => {
      if (this.lines.length < LINES_MAX)
        this.lines.push(`${level}: ${message}${details === undefined ? '' : ` ${JSON.stringify(details)}`}`)
    }
    return { debug: quiet, info: quiet, warn: keep('warn'), error: keep('error'), fatal: keep('fatal') }
  }
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

function sorted(counts: ReadonlyMap<string, number>): Counts {
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
}
