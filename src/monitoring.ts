import type { Company } from '#actors/company/company'
import { redacted, redactedText } from '#ops/redact'
import type { AlertLogPort, LogPort } from '#ports/alerter'
import type { SecretsPort } from '#ports/secrets'
import type { Breach, Monitors } from '#sim/monitors/types'
import { monitoredCompany } from './monitored'

/** How often the slow judgements are made, ms of market time. */
const SWEEP_MS = 60_000
/** Turns in which the journal is read after a sweep, a page each: a backlog is worked off by the next ones. */
const TURNS_MAX = 25

/** Watches a company by its monitors; a breach is journaled, alerts, and trips the kill switch. */
export interface Watch {
  /** Begins the sweeps. */
  start(): void
}

/** Binds the monitors to a company that is made and not started. They end with it. */
export function watchCompany(company: Company, monitors: Monitors, alerts: AlertLogPort): Watch {
  const { clock, journal } = company.deps
  // In the next turn: what broke was seen in the middle of a step, which must come to its end before everything is stopped.
  monitors.onBreach((breach) => clock.defer(() => act(company, breach)))
  // After that, for it judges what the restart made of the journal.
  monitors.attach(monitoredCompany(company), journal)
  alerts.subscribe(({ text, details }) => monitors.watchText('an alert', `${text} ${JSON.stringify(details)}`))
  let timer: unknown = null
  let isOver = false
  const readOn = (turns: number): void => {
    if (!isOver && turns > 0 && monitors.readOn()) clock.defer(() => readOn(turns - 1))
  }
  const plan = (): void => {
    if (isOver) return
    timer = clock.setTimeout(() => {
      monitors.sweep(false)
      readOn(TURNS_MAX)
      plan()
    }, SWEEP_MS)
  }
  void company.done.then(() => {
    isOver = true
    clock.clearTimeout(timer)
    monitors.end()
  })
  return { start: plan }
}

function act({ deps, killSwitch }: Company, { invariant, text, seq }: Breach): void {
  const { journal, alerter, log } = deps
  log.fatal(`invariant ${invariant} broke: ${text}`, { invariant, seq })
  journal.append({
    actor: 'monitors',
    kind: 'invariant.breached',
    payload: { invariant, text, seq },
    correlationId: null,
    causationSeq: null,
  })
  alerter.raise({ severity: 'CRITICAL', code: 'INVARIANT_BREACHED', text: `${invariant}: ${text}`, details: { invariant, seq } })
  if (!killSwitch.isActive) killSwitch.trip(`invariant ${invariant}: ${text}`, 'internal', null)
}

/** Returns a log whose lines are searched for secrets, as they leave: redacted. */
export function watchedLog(log: LogPort, monitors: Monitors): LogPort {
  const watch = (message: string, details: Readonly<Record<string, unknown>> | undefined): void =>
    monitors.watchText('the log', `${redactedText(message)} ${details === undefined ? '' : JSON.stringify(redacted(details))}`)
  return {
    debug: (message, details) => {
      watch(message, details)
      log.debug(message, details)
    },
    info: (message, details) => {
      watch(message, details)
      log.info(message, details)
    },
    warn: (message, details) => {
      watch(message, details)
      log.warn(message, details)
    },
    error: (message, details) => {
      watch(message, details)
      log.error(message, details)
    },
    fatal: (message, details) => {
      watch(message, details)
      log.fatal(message, details)
    },
  }
}

/** Returns secrets that are looked for everywhere once somebody was given them. */
export function watchedSecrets(secrets: SecretsPort, monitors: Monitors): SecretsPort {
  return {
    credentials: (venueId) => {
      const credentials = secrets.credentials(venueId)
      monitors.keepSecret(credentials.apiKey.reveal())
      monitors.keepSecret(credentials.apiSecret.reveal())
      return credentials
    },
  }
}
