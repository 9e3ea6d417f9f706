import { AppError } from '#domain/errors'
import type { ClockPort } from '#ports/clock'
import type { RandomPort } from '#ports/random'
import type { HttpRequest, HttpResult, TransportPort } from '#ports/transport'
import type { CallLane } from '#venues/shared/lane'
import { fullJitterMs, type RetryVerdict, retried } from '#venues/shared/retry'
import type { CoinbaseConfig } from './config'
import { CoinbaseError, type CoinbaseFault, errorOf, faultOfHttp } from './errors'
import type { Tokens } from './jwt'
import type { CallBudget } from './limits'

/** What came of one request. `lost`, `unreadable` and a fault whose outcome is unknown leave a command in doubt; `unsent` does not. */
export type CallResult =
  | { readonly kind: 'answer'; readonly json: unknown }
  | { readonly kind: 'fault'; readonly status: number; readonly fault: CoinbaseFault }
  | { readonly kind: 'unreadable'; readonly reason: string }
  | { readonly kind: 'lost'; readonly reason: string }
  | { readonly kind: 'unsent'; readonly reason: string }

/** Query parameters; a list repeats its name. */
export type Query = Readonly<Record<string, string | readonly string[]>>

/** What the REST side is made of; one of each an API key. */
export interface HttpDeps {
  readonly transport: TransportPort
  readonly clock: ClockPort
  readonly random: RandomPort
  readonly config: CoinbaseConfig
  readonly publicLane: CallLane
  readonly privateLane: CallLane
  readonly publicBudget: CallBudget
  readonly privateBudget: CallBudget
  /** Null when the account has no keys (public data only). */
  readonly tokens: Tokens | null
  /** Told of rate limits, retries and refused keys, which breakers count (VEN-07). */
  onFault(code: string, text: string): void
}

/** Counts of what met the REST side, for health. */
export interface HttpStats {
  isReachable: boolean
  rateLimitHits: number
  retries: number
}

const PREFIX = '/api/v3/brokerage'
const UNAUTHORIZED = 401
/** Refusals of the key in a row from which on it is no accident: good tokens are refused now and then. */
const REFUSED_KEYS_MIN = 2
const HOLD_MS = 1_000
const HOLD_MS_MAX = 30_000
/** A reset below this is a count of seconds, above it a point in time; the venue does not say which it sends. */
const EPOCH_SEC_MIN = 1e9

/** Coinbase's REST calls: a new token each, in turn, retried where that is safe. Answers are plain JSON; `rest.ts` gives them types. */
export class CoinbaseHttp {
  readonly #deps: HttpDeps
  readonly stats: HttpStats = { isReachable: false, rateLimitHits: 0, retries: 0 }
  #refusedKeys = 0

  constructor(deps: HttpDeps) {
    this.#deps = deps
  }

  /**
   * Asks a public question.
   * @param onAnswer told how many ms the call itself was under way, without its wait for budget.
   * @throws {CoinbaseError} of any venue code.
   */
  publicGet(path: string, query: Query = {}, onAnswer?: (roundTripMs: number) => void): Promise<unknown> {
    const { publicLane, publicBudget, clock } = this.#deps
    // Public answers stand for a second at the venue's edge unless a fresh one is asked for.
    const headers = { 'cache-control': 'no-cache' }
    const call = async (): Promise<CallResult> => {
      const sentUs = clock.monotonicUs()
      const result = await this.#send(this.#request('GET', path, query, null, headers), publicBudget)
      onAnswer?.((clock.monotonicUs() - sentUs) / 1_000)
      return result
    }
    return this.#query(`GET ${path}`, () => publicLane.run(call, 1, false))
  }

  /** Asks a private question. @throws {CoinbaseError} of any venue code. */
  privateGet(path: string, query: Query = {}): Promise<unknown> {
    return this.#query(`GET ${path}`, () => this.#privateCall('GET', path, query, null))
  }

  /** Has the venue compute something from a body. @throws {CoinbaseError} of any venue code. */
  privateAsk(path: string, body: object): Promise<unknown> {
    return this.#query(`POST ${path}`, () => this.#privateCall('POST', path, {}, body))
  }

  /** Sends a command in this very step and once, whatever happens. Never throws for the world's faults. */
  command(path: string, body: object): Promise<CallResult> {
    const { privateBudget } = this.#deps
    let request: HttpRequest
    try {
      request = this.#signed('POST', path, {}, body)
    } catch (error) {
      return Promise.resolve(unsent(error))
    }
    privateBudget.spend(1)
    return this.#send(request, privateBudget)
  }

  /** Sends a command that has no further effect when repeated (cancels) in this very step; once more with a new token when the first is refused. */
  async repeatableCommand(path: string, body: object): Promise<CallResult> {
    const first = await this.command(path, body)
    return isUnauthorized(first) ? this.command(path, body) : first
  }

  async #privateCall(method: 'GET' | 'POST', path: string, query: Query, body: object | null): Promise<CallResult> {
    const { privateLane, privateBudget } = this.#deps
    // Signed when its turn has come: a token made before the wait would be old.
    return privateLane.run(() => this.#send(this.#signed(method, path, query, body), privateBudget), 1, false)
  }

  #signed(method: 'GET' | 'POST', path: string, query: Query, body: object | null): HttpRequest {
    const { tokens, config } = this.#deps
    if (tokens === null) throw new CoinbaseError(`${method} ${path} needs API keys, and the adapter runs without`, 'CREDENTIALS_MISSING')
    const token = tokens.forRequest(method, config.restUrl + PREFIX + path)
    return this.#request(method, path, query, body, { authorization: `Bearer ${token}` })
  }

  #request(
    method: 'GET' | 'POST',
    path: string,
    query: Query,
    body: object | null,
    headers: Readonly<Record<string, string>>,
  ): HttpRequest {
    const { config } = this.#deps
    const text = queryText(query)
    return {
      method,
      url: `${config.restUrl}${PREFIX}${path}${text === '' ? '' : `?${text}`}`,
      headers: {
        'user-agent': config.userAgent,
        accept: 'application/json',
        ...(body === null ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === null ? null : JSON.stringify(body),
      timeoutMs: config.requestTimeoutMs,
    }
  }

  /** Hands the request to the network in this very step. */
  #send(request: HttpRequest, budget: CallBudget): Promise<CallResult> {
    return this.#deps.transport.request(request).then((raw) => {
      const result = readResult(raw)
      this.#note(result, raw, budget)
      return result
    })
  }

  #note(result: CallResult, raw: HttpResult, budget: CallBudget): void {
    // The venue counts what reached it: attempts during an outage must not hold back the first call after it.
    if (result.kind === 'unsent') budget.spend(-1)
    this.stats.isReachable = raw.kind === 'answer' && raw.status < 500
    if (result.kind === 'fault' && result.fault.errorClass === 'rateLimit') {
      this.stats.rateLimitHits++
      budget.hold(this.#holdMs(raw))
      this.#deps.onFault('RATE_LIMITED', result.fault.text)
    }
    if (result.kind === 'answer') this.#refusedKeys = 0
    if (isUnauthorized(result) && ++this.#refusedKeys >= REFUSED_KEYS_MIN) {
      this.#deps.onFault('VENUE_AUTH', 'Coinbase refuses one token after the other: the key is gone, wrong, or our clock is')
    }
  }

  #holdMs(raw: HttpResult): number {
    const reset = raw.kind === 'answer' ? Number(raw.headers['x-ratelimit-reset'] ?? Number.NaN) : Number.NaN
    if (!Number.isFinite(reset) || reset < 0) return HOLD_MS
    const ms = reset >= EPOCH_SEC_MIN ? reset * 1_000 - this.#deps.clock.now() : reset * 1_000
    return Math.min(HOLD_MS_MAX, Math.max(HOLD_MS, ms))
  }

  async #query(what: string, call: () => Promise<CallResult>): Promise<unknown> {
    const { clock, config, random, onFault } = this.#deps
    const result = await retried(clock, call, {
      attemptsMax: config.queryAttemptsMax,
      judge: judgeQuestion,
      pauseMs: (attempt) => {
        this.stats.retries++
        onFault('REQUEST_RETRIED', `${what} got no answer, and is asked again`)
        return fullJitterMs(random, attempt, config.retryBaseMs, config.retryMaxMs)
      },
    })
    if (result.kind !== 'answer') throw failureOf(what, result)
    return result.json
  }
}

function isUnauthorized(result: CallResult): boolean {
  return result.kind === 'fault' && result.status === UNAUTHORIZED
}

function judgeQuestion(result: CallResult, repeats: number): RetryVerdict {
  if (isUnauthorized(result)) return repeats === 0 ? 'now' : 'done'
  switch (result.kind) {
    case 'answer':
    case 'unreadable':
      return 'done'
    case 'fault':
      return result.fault.errorClass === 'rateLimit' || result.fault.errorClass === 'service' ? 'later' : 'done'
    case 'lost':
    case 'unsent':
      return 'later'
  }
}

/** Nothing left where our own side refused; a broken invariant goes up. */
function unsent(error: unknown): CallResult {
  if (error instanceof AppError && error.code !== 'INVARIANT_BROKEN') return { kind: 'unsent', reason: error.message }
  throw error
}

/** Returns query text; the parameters of a list repeat their name. */
export function queryText(query: Query): string {
  const pairs = Object.entries(query).flatMap(([name, value]) => (typeof value === 'string' ? [value] : value).map((one) => [name, one]))
  return pairs.map(([name = '', value = '']) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&')
}

/** Reads what came back. A status of 2xx carries JSON, a refusal of an order included; any other may carry anything. */
export function readResult(result: HttpResult): CallResult {
  if (result.kind !== 'answer') return result
  if (result.status < 200 || result.status >= 300) {
    return { kind: 'fault', status: result.status, fault: faultOfHttp(result.status, result.body) }
  }
  try {
    return { kind: 'answer', json: JSON.parse(result.body) }
  } catch {
    return { kind: 'unreadable', reason: 'the body is no JSON' }
  }
}

/** Returns the error for a question that got no answer. */
export function failureOf(what: string, result: Exclude<CallResult, { readonly kind: 'answer' }>): CoinbaseError {
  switch (result.kind) {
    case 'fault':
      return errorOf(what, result.fault)
    case 'unreadable':
      return new CoinbaseError(`Coinbase's answer to ${what} cannot be read: ${result.reason}`, 'VENUE_PROTOCOL')
    case 'lost':
      return new CoinbaseError(`No answer from Coinbase to ${what}: ${result.reason}`, 'VENUE_TIMEOUT')
    case 'unsent':
      return new CoinbaseError(`Coinbase cannot be reached for ${what}: ${result.reason}`, 'VENUE_UNAVAILABLE')
  }
}
