import { AppError } from '#domain/errors'
import type { ClockPort } from '#ports/clock'
import type { RandomPort } from '#ports/random'
import type { VenueCredentials } from '#ports/secrets'
import type { HttpRequest, HttpResult, TransportPort } from '#ports/transport'
import { halfJitterMs, retried } from '#venues/shared/retry'
import type { KrakenConfig } from './config'
import { classify, errorOf, KrakenError, type KrakenFault } from './errors'
import type { CallLane } from '#venues/shared/lane'
import type { RestLimit } from './limits'
import { parseRaw, type RawJson } from './numbers'
import type { NonceSource } from './nonce'
import { bodyOf, type CallForm, formBody, signRequest } from './sign'

/** What came of one request. `lost` and `edge` leave a command's outcome in doubt; `unsent` does not. */
export type CallResult =
  | { readonly kind: 'answer'; readonly result: RawJson }
  | { readonly kind: 'fault'; readonly fault: KrakenFault }
  | { readonly kind: 'edge'; readonly status: number }
  | { readonly kind: 'unreadable'; readonly reason: string }
  | { readonly kind: 'lost'; readonly reason: string }
  | { readonly kind: 'unsent'; readonly reason: string }

/** What the REST side is made of; one of each an API key. */
export interface HttpDeps {
  readonly transport: TransportPort
  readonly clock: ClockPort
  readonly random: RandomPort
  readonly config: KrakenConfig
  readonly publicLane: CallLane
  readonly privateLane: CallLane
  readonly restLimit: RestLimit
  /** Null when the account has no keys (public data only). */
  readonly key: { readonly nonces: NonceSource; credentials(): VenueCredentials } | null
}

/** Counts of what met the REST side, for health. */
export interface HttpStats {
  isReachable: boolean
  rateLimitHits: number
}

/** After a locked-out key the venue wants a quarter of an hour of quiet; calls only prolong it. */
const LOCKOUT_MS = 900_000
const RATE_LIMIT_PAUSE_MS = 3_000
/** Faults of the key's own counter; an order's limit at the engine is another matter. */
const REST_LIMIT_CODES: ReadonlySet<string> = new Set(['rateLimited', 'tooManyRequests', 'temporaryLockout', 'throttled'])

/**
 * Kraken's REST calls: signed, in single file a key, retried where that is safe. Parameters and answers are plain; `rest.ts`
 * gives them types.
 */
export class KrakenHttp {
  readonly #deps: HttpDeps
  readonly stats: HttpStats = { isReachable: false, rateLimitHits: 0 }

  constructor(deps: HttpDeps) {
    this.#deps = deps
  }

  /** Asks a public question. @throws {KrakenError} of any venue code. */
  publicQuery(method: string, parameters: Readonly<Record<string, string>>): Promise<RawJson> {
    const query = formBody(parameters)
    const url = `${this.#deps.config.restUrl}/0/public/${method}${query === '' ? '' : `?${query}`}`
    return this.#query(method, () =>
      this.#deps.publicLane.run(
        () => this.#send({ method: 'GET', url, headers: this.#headers({}), body: null, timeoutMs: this.#deps.config.requestTimeoutMs }),
        1,
        false,
      ),
    )
  }

  /**
   * Asks a private question; `cost` is in points of the REST counter.
   * @param usesReserve lets it spend what is kept for cancels.
   * @throws {KrakenError} of any venue code.
   */
  privateQuery(method: string, parameters: Readonly<Record<string, string>>, cost: number, usesReserve = false): Promise<RawJson> {
    return this.#query(method, () => this.#privateCall(method, parameters, cost, false, usesReserve))
  }

  /**
   * Sends a private command that has no further effect when repeated (cancels, the dead-man switch): urgent, sent again at most
   * once and only when the venue refused the nonce. Never throws for the world's faults.
   */
  async privateCommand(method: string, parameters: CallForm, cost: number): Promise<CallResult> {
    const first = await this.privateOnce(method, parameters, cost)
    return isInvalidNonce(first) ? this.privateOnce(method, parameters, cost) : first
  }

  /** Sends a private command once, whatever happens. Never throws for the world's faults. */
  async privateOnce(method: string, parameters: CallForm, cost: number): Promise<CallResult> {
    try {
      return await this.#privateCall(method, parameters, cost, true, true)
    } catch (error) {
      // Refused by our own lane, or without keys: no byte left. A broken invariant goes up.
      if (error instanceof AppError && error.code !== 'INVARIANT_BROKEN') return { kind: 'unsent', reason: error.message }
      throw error
    }
  }

  #privateCall(method: string, parameters: CallForm, cost: number, isUrgent: boolean, usesReserve: boolean): Promise<CallResult> {
    const { key, privateLane, restLimit, config, clock } = this.#deps
    if (key === null) {
      return Promise.reject(new KrakenError(`${method} needs API keys, and the adapter runs without`, 'CREDENTIALS_MISSING'))
    }
    return privateLane.run(
      async () => {
        const { apiKey, apiSecret } = key.credentials()
        const path = `/0/private/${method}`
        // Drawn inside the lane: the order of nonces is the order of sending.
        const nonce = key.nonces.next(clock.now())
        const { body, contentType } = bodyOf({ nonce, ...parameters })
        const headers = this.#headers({
          'content-type': contentType,
          'API-Key': apiKey.reveal(),
          'API-Sign': signRequest(path, nonce, body, apiSecret),
        })
        const result = await this.#send({
          method: 'POST',
          url: config.restUrl + path,
          headers,
          body,
          timeoutMs: config.requestTimeoutMs,
        })
        // The venue counts what reached it: attempts during an outage must not hold back the first call after it.
        if (result.kind === 'unsent') restLimit.spend(-cost)
        if (isInvalidNonce(result)) key.nonces.leap()
        if (result.kind === 'fault') this.#onPrivateFault(result.fault)
        return result
      },
      cost,
      isUrgent,
      usesReserve,
    )
  }

  #onPrivateFault(fault: KrakenFault): void {
    const { privateLane, restLimit, clock } = this.#deps
    if (fault.code === 'temporaryLockout') privateLane.pause(LOCKOUT_MS)
    if (!REST_LIMIT_CODES.has(fault.code)) return
    restLimit.saturate()
    const untilMs = fault.retryAfterSec === null ? 0 : fault.retryAfterSec * 1_000 - clock.now()
    privateLane.pause(Math.min(LOCKOUT_MS, Math.max(RATE_LIMIT_PAUSE_MS, untilMs)))
  }

  #headers(more: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    return { 'user-agent': this.#deps.config.userAgent, accept: 'application/json', ...more }
  }

  async #send(request: HttpRequest): Promise<CallResult> {
    const result = readResult(await this.#deps.transport.request(request))
    this.stats.isReachable = result.kind === 'answer' || result.kind === 'fault'
    const isLimited =
      (result.kind === 'fault' && result.fault.errorClass === 'rateLimit') || (result.kind === 'edge' && result.status === 429)
    if (isLimited) this.stats.rateLimitHits++
    return result
  }

  async #query(method: string, call: () => Promise<CallResult>): Promise<RawJson> {
    const { clock, config, random } = this.#deps
    const result = await retried(clock, call, {
      attemptsMax: config.queryAttemptsMax,
      judge: (one, repeats) => {
        if (isInvalidNonce(one)) return repeats === 0 ? 'now' : 'done'
        return isRetryable(one) ? 'later' : 'done'
      },
      // Callers do not come back in step (VEN-15).
      pauseMs: (attempt) => halfJitterMs(random, attempt, config.retryBaseMs, config.retryMaxMs),
    })
    if (result.kind !== 'answer') throw failureOf(method, result)
    return result.result
  }
}

function isInvalidNonce(result: CallResult): boolean {
  return result.kind === 'fault' && result.fault.code === 'invalidNonce'
}

function isRetryable(result: CallResult): boolean {
  switch (result.kind) {
    case 'answer':
      return false
    case 'fault':
      // A locked-out key must be left alone: the lane is paused, and the caller is told at once.
      return (result.fault.errorClass === 'rateLimit' && result.fault.code !== 'temporaryLockout') || result.fault.errorClass === 'service'
    case 'edge':
      return result.status === 429 || result.status >= 500
    case 'lost':
    case 'unsent':
      return true
    case 'unreadable':
      return false
  }
}

/** Reads the envelope. HTTP 200 carries success and failure alike; any other status met the edge and perhaps not the exchange. */
export function readResult(result: HttpResult): CallResult {
  if (result.kind !== 'answer') return result
  if (result.status !== 200) return { kind: 'edge', status: result.status }
  let envelope: RawJson
  try {
    envelope = parseRaw(result.body)
  } catch {
    return { kind: 'unreadable', reason: 'the body is no JSON' }
  }
  if (typeof envelope !== 'object' || envelope === null || Array.isArray(envelope)) return { kind: 'unreadable', reason: 'no envelope' }
  const { error, result: payload } = envelope as { readonly [key: string]: RawJson }
  if (!Array.isArray(error)) return { kind: 'unreadable', reason: 'the envelope has no error list' }
  // Entries that begin with W are warnings beside a result.
  const failure = error.find((text) => typeof text === 'string' && !text.startsWith('W'))
  if (typeof failure === 'string') return { kind: 'fault', fault: classify(failure) }
  if (payload === undefined) return { kind: 'unreadable', reason: 'neither error nor result' }
  return { kind: 'answer', result: payload }
}

/** Returns the error for a question that got no answer. */
export function failureOf(method: string, result: Exclude<CallResult, { readonly kind: 'answer' }>): KrakenError {
  switch (result.kind) {
    case 'fault':
      return errorOf(method, result.fault)
    case 'edge':
      return result.status === 429
        ? new KrakenError(`Kraken's edge limits ${method} (HTTP 429)`, 'RATE_LIMITED')
        : new KrakenError(`Kraken's edge answered ${method} with HTTP ${result.status}`, 'VENUE_UNAVAILABLE')
    case 'unreadable':
      return new KrakenError(`Kraken's answer to ${method} cannot be read: ${result.reason}`, 'VENUE_PROTOCOL')
    case 'lost':
      return new KrakenError(`No answer from Kraken to ${method}: ${result.reason}`, 'VENUE_TIMEOUT')
    case 'unsent':
      return new KrakenError(`Kraken cannot be reached for ${method}: ${result.reason}`, 'VENUE_UNAVAILABLE')
  }
}
