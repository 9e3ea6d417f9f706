import { bodyLimit } from 'hono/body-limit'
import { cors } from 'hono/cors'
import { createMiddleware } from 'hono/factory'
import type { LogPort } from '#ports/alerter'
import type { ClockPort } from '#ports/clock'
import { authenticate } from './auth'
import type { ApiEnv } from './context'
import { ApiError } from './errors'
import { type GuardPolicy, guardPolicy, guardRefusal } from './guard'
import type { ApiOptions } from './options'
import { RateLimiter } from './rate-limit'

const REQUEST_ID = /^[\w.-]{1,64}$/

/** Gives each request an id (the caller's, when it is well formed), puts it in the answer, and logs the request when answered. */
export function requestLog(log: LogPort, clock: ClockPort) {
  const incarnation = clock.now().toString(36)
  let count = 0
  return createMiddleware<ApiEnv>(async (c, next) => {
    const given = c.req.header('x-request-id')
    const requestId = given !== undefined && REQUEST_ID.test(given) ? given : `${incarnation}-${++count}`
    c.set('requestId', requestId)
    c.set('operator', { name: 'anonymous', address: c.env.address })
    const startedUs = clock.monotonicUs()
    await next()
    c.header('x-request-id', requestId)
    c.header('cache-control', 'no-store')
    c.header('x-content-type-options', 'nosniff')
    const details = {
      requestId,
      method: c.req.method,
      path: c.req.path,
      status: c.res.status,
      tookUs: clock.monotonicUs() - startedUs,
      operator: c.get('operator').name,
      address: c.env.address,
    }
    if (c.req.method === 'GET' && c.res.status < 400) log.debug('api request', details)
    else log.info('api request', details)
  })
}

/** Refuses foreign hosts and pages. */
export function guard(options: ApiOptions) {
  const policies = new Map<number, GuardPolicy>()
  return createMiddleware<ApiEnv>(async (c, next) => {
    const { port } = c.env
    const policy = policies.get(port) ?? guardPolicy(options, port)
    policies.set(port, policy)
    const refusal = guardRefusal(c.req.raw.headers, policy)
    if (refusal !== null) throw refusal
    await next()
  })
}

/** Answers the CORS questions of pages that the configuration names, and of no other. */
export function crossOrigin(options: ApiOptions) {
  return cors({
    origin: [...options.extraOrigins],
    allowMethods: ['GET', 'POST', 'PATCH'],
    allowHeaders: ['authorization', 'content-type', 'x-api-key', 'x-request-id'],
    exposeHeaders: ['x-request-id', 'retry-after'],
    maxAge: 600,
  })
}

/** Refuses bodies above the limit with 413. */
export function limitBody(options: ApiOptions) {
  return bodyLimit({
    maxSize: options.bodyBytesMax,
    onError: () => {
      throw new ApiError('PAYLOAD_TOO_LARGE', `The body is larger than ${options.bodyBytesMax} bytes`, { bytesMax: options.bodyBytesMax })
    },
  })
}

/** Commands that only lower risk: they have a rate budget of their own. */
const PROTECTIVE = /\/(kill-switch|emergency|halt|pause|stop|cancel|cancel-all)$/
const JSON_TYPE = /^application\/json\s*(;|$)/i
const OPEN = /^\/api\/v1\/health(\/|$)/

/** Authenticates, applies read-only mode and the rate limits, in this order; health stays open. */
export function admission(options: ApiOptions, clock: ClockPort) {
  const { limits } = options
  const reads = new RateLimiter(clock, limits.readsPerMinute)
  const commands = new RateLimiter(clock, limits.commandsPerMinute)
  const protective = new RateLimiter(clock, limits.protectivePerMinute)
  const failures = new RateLimiter(clock, limits.failuresPerMinute)
  const spend = (limiter: RateLimiter, client: string): void => {
    const waitSec = limiter.take(client)
    if (waitSec > 0) throw new ApiError('RATE_LIMITED', `Too many requests; try again in ${waitSec} s`, { retryAfterSec: waitSec })
  }
  return createMiddleware<ApiEnv>(async (c, next) => {
    const { address } = c.env
    const isRead = c.req.method === 'GET'
    const result = authenticate(c.req.raw.headers, options.tokens)
    if (result.kind === 'granted') c.set('operator', { name: result.operator, address })
    else if (!(isRead && OPEN.test(c.req.path))) {
      if (result.kind === 'wrong') spend(failures, address)
      throw new ApiError('UNAUTHENTICATED', result.kind === 'wrong' ? 'The token is wrong' : 'A token is needed: Authorization: Bearer …')
    }
    // A form or a script of a foreign page can send text without asking first, but not JSON.
    if (!isRead && !JSON_TYPE.test(c.req.header('content-type') ?? '')) {
      throw new ApiError('REQUEST_INVALID', 'Send a JSON body with content-type application/json', { fields: [] })
    }
    if (!isRead && options.readOnly) throw new ApiError('READ_ONLY', 'The API is read-only by configuration (api.readOnly)')
    // The page's reads, a script's commands and the owner's emergency commands never use up one another's budget.
    const limiter = isRead ? reads : PROTECTIVE.test(c.req.path) ? protective : commands
    spend(limiter, `${c.get('operator').name}@${address}`)
    await next()
  })
}
