import type { JsonObject } from '#domain/json'
import { RestEdge } from '#sim/emulator/rest-edge'
import type { SimRequest, SimResponse } from '#sim/server'
import type { Face } from './face'
import type { KnownKey } from './jwt'
import { PRIVATE_PER_SEC, PUBLIC_PER_SEC, RateLimit } from './limits'
import type { OrderChanges } from './order-changes'
import type { OrderEntry } from './order-entry'
import { HttpRefusal, refuseScope, refuseToken, refuseUnknown } from './refusal'
import { ACCOUNT_OPERATIONS } from './rest-account'
import { type Operation, Query } from './rest-call'
import { HISTORY_OPERATIONS } from './rest-history'
import { MARKET_OPERATIONS } from './rest-public'
import { TRADING_OPERATIONS } from './rest-trading'

/** Everything below lives under this path. */
export const PREFIX = '/api/v3/brokerage'

const OPERATIONS: readonly Operation[] = [...MARKET_OPERATIONS, ...ACCOUNT_OPERATIONS, ...TRADING_OPERATIONS, ...HISTORY_OPERATIONS]

/** Names of all operations, as faults know them. */
export const OPERATION_LABELS: readonly string[] = [...new Set(OPERATIONS.map(({ label }) => label))]

const UNKNOWN_LABEL = 'unknown'

/** What the router asks of the emulator around a call. */
export interface RestSurroundings {
  /** Makes everything durable and sends the frames that wait. */
  settle(): void
  /** Open sockets get no user events any more. */
  withholdEvents(): void
}

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' }

function json(status: number, body: JsonObject, headers: Readonly<Record<string, string>> = {}): SimResponse {
  return { kind: 'answer', status, headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify(body) }
}

/** Answers that a limit was passed, in one of the two forms that are known. */
export function tooManyRequests(form: 'json' | 'empty', headers: Readonly<Record<string, string>> = {}): SimResponse {
  if (form === 'empty') return { kind: 'answer', status: 429, headers, body: '' }
  return json(429, { errors: [{ id: 'rate_limit_exceeded', message: 'Too many requests' }] }, headers)
}

/** Answers with an HTTP error; anything else than a refusal goes on. */
function refusalAnswer(error: unknown, headers: Readonly<Record<string, string>> = {}): SimResponse {
  if (!(error instanceof HttpRefusal)) throw error
  return { kind: 'answer', status: error.status, headers: { ...headers, 'content-type': error.contentType }, body: error.body }
}

/** Reads a part of a path; what is no percent-encoding stays as it is and names nothing. */
function decoded(part: string): string {
  return /%(?![0-9A-Fa-f]{2})/.test(part) ? part : (new URLSearchParams(`part=${part.replaceAll('+', '%2B')}`).get('part') ?? part)
}

interface Match {
  readonly operation: Operation
  readonly named: string
}

function find({ method, path }: SimRequest): Match | null {
  if (!path.startsWith(`${PREFIX}/`)) return null
  const rest = path.slice(PREFIX.length)
  for (const operation of OPERATIONS) {
    const match = operation.method === method ? operation.path.exec(rest) : null
    if (match !== null) return { operation, named: match[1] ?? '' }
  }
  return null
}

/** The REST face: faults of the edge, tokens, scopes, limits, operations. */
export class RestRouter {
  readonly #face: Face
  readonly #entry: OrderEntry
  readonly #changes: OrderChanges
  readonly #edge: RestEdge
  readonly #private = new RateLimit(PRIVATE_PER_SEC)
  readonly #public = new RateLimit(PUBLIC_PER_SEC)

  constructor(face: Face, entry: OrderEntry, changes: OrderChanges, around: RestSurroundings) {
    this.#face = face
    this.#entry = entry
    this.#changes = changes
    this.#edge = new RestEdge({
      clock: face.clock,
      faults: face.faults,
      settle: () => around.settle(),
      withholdEvents: () => around.withholdEvents(),
      tooManyRequests: (rule) => tooManyRequests(rule.body),
      instead: (label, when) => {
        const fault = face.faults.take('gatewayError', 'rest', label, (rule) => rule.when === when)
        if (fault === null) return null
        return json(fault.status, { error: fault.text, code: fault.code, message: fault.text, details: [] })
      },
    })
  }

  /** Answers one request. The answer is durable before it is released; a fault may replace or withhold it. */
  async handle(request: SimRequest): Promise<SimResponse> {
    const match = find(request)
    return this.#edge.pass(match?.operation.label ?? UNKNOWN_LABEL, () => this.#answer(match, request))
  }

  #answer(match: Match | null, request: SimRequest): SimResponse {
    try {
      if (match === null) return refuseUnknown()
      return match.operation.scope === null ? this.#callPublic(match, request) : this.#callPrivate(match, request)
    } catch (error) {
      return refusalAnswer(error)
    }
  }

  #callPublic(match: Match, request: SimRequest): SimResponse {
    const { clock, hasLimits, state, choices } = this.#face
    if (hasLimits && !this.#public.admit('all', clock.now())) {
      state.count('publicRateLimit')
      return tooManyRequests(choices.rateLimitBody)
    }
    return json(200, this.#run(match, request, null), { 'cache-control': 'public, max-age=1' })
  }

  #callPrivate(match: Match, request: SimRequest): SimResponse {
    const { clock, hasLimits, state, choices } = this.#face
    const { scope, label } = match.operation
    const key = this.#authenticate(request, label)
    const nowMs = clock.now()
    const isAdmitted = !hasLimits || this.#private.admit(key.accountId, nowMs)
    // The unit of the reset is unknown; whole seconds are taken.
    const headers = {
      'x-ratelimit-limit': String(PRIVATE_PER_SEC),
      'x-ratelimit-remaining': String(this.#private.remaining(key.accountId, nowMs)),
      'x-ratelimit-reset': '1',
    }
    if (!isAdmitted) {
      state.count('privateRateLimit')
      return tooManyRequests(choices.rateLimitBody, headers)
    }
    try {
      if (scope !== null && !key.scopes.includes(scope)) {
        state.count('missingScope')
        refuseScope()
      }
      return json(200, this.#run(match, request, key), headers)
    } catch (error) {
      return refusalAnswer(error, headers)
    }
  }

  #run({ operation, named }: Match, request: SimRequest, key: KnownKey | null): JsonObject {
    return operation.run({
      face: this.#face,
      entry: this.#entry,
      changes: this.#changes,
      query: new Query(request.query),
      body: request.body,
      named: decoded(named),
      accountId: key?.accountId ?? '',
      keyName: key?.name ?? '',
      lagMs: this.#face.faults.take('restLag', 'rest', operation.label)?.lagMs ?? 0,
    })
  }

  #authenticate({ method, path, headers }: SimRequest, label: string): KnownKey {
    const { faults, host, judge, state } = this.#face
    const token = /^Bearer (\S+)$/.exec(headers['authorization'] ?? '')?.[1]
    const verdict = token === undefined ? null : judge.judge(token, `${method} ${host ?? headers['host'] ?? ''}${path}`)
    if (verdict?.kind !== 'good' || faults.take('unauthorized', 'rest', label) !== null) {
      state.count('badToken')
      return refuseToken()
    }
    return verdict.key
  }
}
