import type { Severity } from '#domain/errors'
import type { Secret } from '#domain/secret'
import type { LogPort, RaisedAlert } from '#ports/alerter'
import type { ClockPort } from '#ports/clock'
import type { RandomPort } from '#ports/random'
import type { HttpResult, TransportPort } from '#ports/transport'
import { redacted, redactedText } from './redact'

/** What the receiver understands: our own JSON, or the one field that Slack and Discord read. */
export type WebhookFormat = 'json' | 'slack' | 'discord'

export interface WebhookOptions {
  readonly clock: ClockPort
  readonly random: RandomPort
  readonly log: LogPort
  readonly transport: TransportPort
  /** Whoever knows it may write to the channel: it is in no log and no message. */
  readonly url: Secret
  readonly format: WebhookFormat
  /** Milder alerts are not sent. */
  readonly severityMin: Severity
}

/** What became of the last deliveries, for health. UTC ms, null for none. */
export interface WebhookFigures {
  readonly deliveredAtMs: number | null
  readonly failedAtMs: number | null
  readonly waiting: number
}

/** Alerts that wait; beyond it the mildest of the oldest would be late anyway, and the newest is left out and logged. */
const QUEUE_MAX = 100
const TIMEOUT_MS = 5_000
const RETRIES_MAX = 3
const BACKOFF_MS = 1_000
const BACKOFF_MAX_MS = 30_000
const RANK: Readonly<Record<Severity, number>> = { LOW: 0, MEDIUM: 1, HIGH: 2, CRITICAL: 3 }

/** Sends alerts to an address of the owner's, one after the other, each tried four times with full jitter (OBS-03). Never throws, never blocks. */
export class WebhookChannel {
  readonly #options: WebhookOptions
  readonly #queue: RaisedAlert[] = []
  #isSending = false
  #deliveredAtMs: number | null = null
  #failedAtMs: number | null = null

  constructor(options: WebhookOptions) {
    this.#options = options
  }

  get figures(): WebhookFigures {
    return { deliveredAtMs: this.#deliveredAtMs, failedAtMs: this.#failedAtMs, waiting: this.#queue.length }
  }

  /** Takes an alert on its way; one that is too mild is left out. */
  send(alert: RaisedAlert): void {
    const { severityMin, log } = this.#options
    if (RANK[alert.severity] < RANK[severityMin]) return
    if (this.#queue.length >= QUEUE_MAX) return log.error('alert webhook: too many alerts wait; one was left out', { code: alert.code })
    this.#queue.push(alert)
    if (!this.#isSending) void this.#drain()
  }

  async #drain(): Promise<void> {
    this.#isSending = true
    for (let alert = this.#queue[0]; alert !== undefined; alert = this.#queue[0]) {
      const fault = await this.#deliver(alert)
      this.#queue.shift()
      const nowMs = this.#options.clock.now()
      if (fault === null) this.#deliveredAtMs = nowMs
      else {
        this.#failedAtMs = nowMs
        this.#options.log.error(`alert webhook: ${alert.code} was not delivered: ${fault}`, { code: alert.code, severity: alert.severity })
      }
    }
    this.#isSending = false
  }

  /** Returns why it could not be delivered; null when it was. */
  async #deliver(alert: RaisedAlert): Promise<string | null> {
    const { transport, url, format } = this.#options
    const body = JSON.stringify(bodyOf(alert, format))
    let fault = ''
    for (let attempt = 0; attempt <= RETRIES_MAX; attempt++) {
      if (attempt > 0) await this.#wait(attempt)
      const request = {
        method: 'POST',
        url: url.reveal(),
        headers: { 'content-type': 'application/json' },
        body,
        timeoutMs: TIMEOUT_MS,
      } as const
      const result = await transport.request(request)
      if (result.kind === 'answer' && result.status >= 200 && result.status < 300) return null
      fault = faultOf(result)
      if (result.kind === 'answer' && result.status >= 400 && result.status < 500 && result.status !== 429) break // it will not do next time either
    }
    return fault
  }

  #wait(attempt: number): Promise<void> {
    const { clock, random } = this.#options
    const delayMs = Math.floor(random.next() * Math.min(BACKOFF_MAX_MS, BACKOFF_MS * 2 ** attempt))
    return new Promise((resolve) => void clock.setTimeout(resolve, delayMs))
  }
}

/** The reason without the address. */
function faultOf(result: HttpResult): string {
  switch (result.kind) {
    case 'answer':
      return `HTTP ${result.status}`
    case 'unsent':
    case 'lost':
      return result.kind === 'unsent' ? 'the receiver cannot be reached' : 'no answer'
  }
}

function bodyOf(alert: RaisedAlert, format: WebhookFormat): unknown {
  const { severity, code, text, atMs, folded, details } = alert
  const line = `${severity} ${code}: ${redactedText(text)} (${new Date(atMs).toISOString()}${folded > 0 ? `, ${folded} repeats left out` : ''})`
  switch (format) {
    case 'slack':
      return { text: line }
    case 'discord':
      return { content: line.slice(0, 2_000) }
    case 'json':
      return { severity, code, text: redactedText(text), atMs, folded, details: redacted(details) }
  }
}
