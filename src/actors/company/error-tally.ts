import type { InstrumentId, VenueId } from '#domain/ids'
import type { Json, JsonObject } from '#domain/json'
import { readArray, readInteger, readObject } from '#domain/json-read'
import type { Alert, AlerterPort } from '#ports/alerter'
import type { JournalEntry, JournalPort } from '#ports/journal'

/** Errors remembered of one source: more than a threshold can ask for. */
const KEPT_MAX = 1_000

/** What a venue's session that was lost is called among the alerts. */
export const VENUE_LOST = 'VENUE_LOST'

/** Facts of orders that mean that the market did not do what was asked of it. */
const FAILURES: readonly string[] = ['order.refused', 'order.retry', 'order.exhausted', 'order.answerLost']
/** Refusals that speak of the price at that moment, and not of a market in trouble. */
const HARMLESS: readonly string[] = ['postOnlyWouldCross']

/** Whose errors are counted together: the company's critical ones, a venue's losses, a market's failed orders. */
export type ErrorSource = 'critical' | `venue:${VenueId}` | `market:${InstrumentId}`

/** Returns an alerter that journals critical alerts first: they are the errors that a breaker counts. */
export function noted(alerter: AlerterPort, journal: JournalPort): AlerterPort {
  return {
    raise: (alert) => {
      if (alert.severity === 'CRITICAL') journal.append(draftOf(alert))
      alerter.raise(alert)
    },
  }
}

function draftOf({ code, details }: Alert) {
  const venueId = typeof details['venueId'] === 'string' ? details['venueId'] : null
  return { actor: 'errors', kind: 'error.critical', payload: { code, venueId }, correlationId: null, causationSeq: null }
}

/** When errors happened lately, by source: a fold of the journal. A breaker that trips on them, or re-arms, begins anew. */
export class ErrorTally {
  readonly #atMs = new Map<ErrorSource, number[]>()

  /** Errors of a source within the window that ends at `nowMs`. One that a clock set back puts into the future counts. */
  count(source: ErrorSource, nowMs: number, windowMs: number): number {
    return this.#atMs.get(source)?.filter((atMs) => atMs > nowMs - windowMs).length ?? 0
  }

  /**
   * Takes in one entry, of a replay or as it is journaled, and returns whose errors it adds to.
   * @param instrumentOf the instrument of an order that is known; null for others.
   */
  onEntry(
    { kind, payload, correlationId, atMs }: Pick<JournalEntry, 'kind' | 'payload' | 'correlationId' | 'atMs'>,
    instrumentOf: (clientOrderId: string) => InstrumentId | null,
  ): readonly ErrorSource[] {
    if (kind === 'breaker.transition') {
      if (payload['to'] === 'TRIPPED' || payload['to'] === 'ARMED') this.#forget(correlationId ?? '')
      return NONE
    }
    if (kind === 'error.critical') {
      const isLoss = payload['code'] === VENUE_LOST && typeof payload['venueId'] === 'string'
      const sources: ErrorSource[] = isLoss ? ['critical', `venue:${payload['venueId'] as VenueId}`] : ['critical']
      for (const source of sources) this.#note(source, atMs)
      return sources
    }
    if (!FAILURES.includes(kind) || correlationId === null || HARMLESS.includes(String(payload['code']))) return NONE
    const instrumentId = instrumentOf(correlationId)
    if (instrumentId === null) return NONE
    const source: ErrorSource = `market:${instrumentId}`
    this.#note(source, atMs)
    return [source]
  }

  snapshot(): JsonObject {
    return Object.fromEntries([...this.#atMs].map(([source, times]) => [source, [...times]]))
  }

  /** Takes the place of a fold up to the snapshot's sequence. @throws {AppError} `REPLAY_INVALID` for other JSON. */
  restore(json: Json): void {
    this.#atMs.clear()
    for (const [source, times] of Object.entries(readObject(json, 'errors')))
      this.#atMs.set(
        source as ErrorSource,
        readArray(times, source).map((atMs) => readInteger(atMs, source)),
      )
  }

  #note(source: ErrorSource, atMs: number): void {
    const times = this.#atMs.get(source) ?? []
    times.push(atMs)
    if (times.length > KEPT_MAX) times.shift()
    this.#atMs.set(source, times)
  }

  #forget(breakerId: string): void {
    const [kind = ''] = breakerId.split(':')
    const key = breakerId.slice(kind.length + 1)
    if (kind === 'errorRate') this.#atMs.delete('critical')
    if (kind === 'marketErrors') this.#atMs.delete(`market:${key as InstrumentId}`)
    if (kind === 'venueHealth') this.#atMs.delete(`venue:${key as VenueId}`)
  }
}

const NONE: readonly ErrorSource[] = []
