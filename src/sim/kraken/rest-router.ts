import { edgePage, RestEdge } from '#sim/emulator/rest-edge'
import type { SimRequest, SimResponse } from '#sim/server'
import { ALL_PERMISSIONS } from './credentials'
import type { DeadMan } from './dead-man'
import type { Face, KnownKey } from './face'
import type { OrderEntry } from './order-entry'
import { PublicLimits } from './public-limits'
import { KrakenRefusal, refuse } from './refusal'
import { ACCOUNT_METHODS } from './rest-account'
import type { PrivateMethod, PublicMethod } from './rest-call'
import { HISTORY_METHODS } from './rest-history'
import { MARKET_METHODS } from './rest-market'
import { ORDER_METHODS } from './rest-orders'
import { RestParams } from './rest-params'
import { VENUE_METHODS } from './rest-public'
import { SESSION_METHODS } from './rest-session'
import { TRADING_METHODS } from './rest-trading'
import { isSignedBy } from './signature'
import { type WireJson, writeJson } from './wire-json'

const PUBLIC_METHODS: ReadonlyMap<string, PublicMethod> = new Map(Object.entries({ ...VENUE_METHODS, ...MARKET_METHODS }))
const PRIVATE_METHODS: ReadonlyMap<string, PrivateMethod> = new Map(
  Object.entries({ ...ACCOUNT_METHODS, ...ORDER_METHODS, ...HISTORY_METHODS, ...TRADING_METHODS, ...SESSION_METHODS }),
)

/** What the router asks of the emulator around a call. */
export interface RestSurroundings {
  /** Makes everything durable and sends the frames that wait. */
  settle(): void
  /** Open private sockets get no order and balance events any more. */
  withholdEvents(): void
}

function json(body: WireJson): SimResponse {
  return { kind: 'answer', status: 200, headers: { 'content-type': 'application/json; charset=utf-8' }, body: writeJson(body) }
}

const refusal = (text: string): SimResponse => json({ error: [text] })

/** The REST face: faults of the edge, authentication, rate counters, methods, envelopes. */
export class RestRouter {
  readonly #face: Face
  readonly #entry: OrderEntry
  readonly #deadMan: DeadMan
  readonly #edge: RestEdge
  readonly #publicLimits = new PublicLimits()

  constructor(face: Face, entry: OrderEntry, deadMan: DeadMan, around: RestSurroundings) {
    this.#face = face
    this.#entry = entry
    this.#deadMan = deadMan
    this.#edge = new RestEdge({
      clock: face.clock,
      faults: face.faults,
      settle: () => around.settle(),
      withholdEvents: () => around.withholdEvents(),
      tooManyRequests: () => edgePage(429, 'Too Many Requests'),
      instead: (label, when) => {
        const api = face.faults.take('apiError', 'rest', label, (rule) => rule.when === when)
        return api === null ? null : refusal(api.text)
      },
    })
  }

  /** Answers one request. The answer is durable before it is released; a fault may replace or withhold it. */
  async handle(request: SimRequest): Promise<SimResponse> {
    const match = /^\/0\/(public|private)\/(\w+)$/.exec(request.path)
    const method = match?.[2]
    if (method === undefined) return edgePage(404, 'Not Found')
    return this.#edge.pass(method, () => this.#answer(match?.[1] === 'private', method, request))
  }

  #answer(isPrivate: boolean, method: string, request: SimRequest): SimResponse {
    try {
      const result = isPrivate ? this.#callPrivate(method, request) : this.#callPublic(method, request)
      return json({ error: [], result })
    } catch (error) {
      if (error instanceof KrakenRefusal) return refusal(error.wireText)
      throw error
    }
  }

  #callPublic(method: string, request: SimRequest): WireJson {
    const { clock, hasLimits, state } = this.#face
    const run = PUBLIC_METHODS.get(method) ?? refuse('EGeneral:Unknown method')
    const params = request.method === 'GET' ? RestParams.ofForm(request.query) : readBody(request)
    const nowMs = clock.now()
    if (hasLimits && !this.#publicLimits.admit(method, params.text('pair') ?? '', nowMs)) {
      state.count('publicRateLimit')
      refuse('EGeneral:Too many requests')
    }
    return run({ face: this.#face, params, nowMs })
  }

  #callPrivate(method: string, request: SimRequest): WireJson {
    const { clock, faults, hasLimits, restCounters, state } = this.#face
    const known = PRIVATE_METHODS.get(method) ?? refuse('EGeneral:Unknown method')
    const params = readBody(request)
    const key = this.#authenticate(request, params)
    const nowMs = clock.now()
    if (hasLimits && !restCounters.admit(key.apiKey, method, nowMs)) {
      state.count('restRateLimit')
      refuse('EAPI:Rate limit exceeded')
    }
    const granted = key.permissions ?? ALL_PERMISSIONS
    if (known.permissions.length > 0 && !known.permissions.some((permission) => granted.includes(permission)))
      refuse('EGeneral:Permission denied')
    const lagMs = faults.take('restLag', 'rest', method)?.lagMs ?? 0
    return known.run({
      face: this.#face,
      entry: this.#entry,
      deadMan: this.#deadMan,
      accountId: key.accountId,
      apiKey: key.apiKey,
      params,
      nowMs,
      lagMs,
    })
  }

  /** Key, then signature over the raw body, then a nonce above the highest one; only a signed nonce is remembered. */
  #authenticate(request: SimRequest, params: RestParams): KnownKey {
    const { keys, state } = this.#face
    const key = keys.get(request.headers['api-key'] ?? '')
    if (key === undefined) {
      state.count('invalidKey')
      return refuse('EAPI:Invalid key')
    }
    const nonceText = params.text('nonce') ?? ''
    if (!isSignedBy(key.apiSecret, request.path, nonceText, request.body, request.headers['api-sign'] ?? '')) {
      state.count('invalidSignature')
      return refuse('EAPI:Invalid signature')
    }
    const nonce = /^\d{1,20}$/.test(nonceText) ? BigInt(nonceText) : 0n
    const highest = state.nonceOf(key.apiKey) ?? 0n
    if (nonce <= highest || nonce >= 1n << 64n) {
      state.count('invalidNonce')
      return refuse('EAPI:Invalid nonce')
    }
    state.setNonce(key.apiKey, nonce)
    return key
  }
}

function readBody(request: SimRequest): RestParams {
  const type = request.headers['content-type'] ?? ''
  return type.includes('json') ? RestParams.ofJson(request.body) : RestParams.ofForm(request.body)
}
