import { HTTPException } from 'hono/http-exception'
import { AppError, ConfigError } from '#domain/errors'
import type { LogPort } from '#ports/alerter'
import type { ClockPort } from '#ports/clock'
import type { ControlPort } from '#ports/control'
import { routeGroup } from './context'
import { documentRoutes } from './document-routes'
import { ApiError, errorResponse } from './errors'
import { admission, crossOrigin, guard, limitBody, requestLog } from './middleware'
import { type ApiOptions, isLoopback } from './options'
import { mountRoutes } from './routes'
import { socketRoutes } from './socket-routes'

/** What the API works with. */
export interface ApiParts {
  readonly control: ControlPort
  readonly options: ApiOptions
  readonly log: LogPort
  readonly clock: ClockPort
}

/** @throws {ConfigError} when the options would let strangers in. */
export function checkOptions(options: ApiOptions): void {
  if (options.tokens.length === 0 && !isLoopback(options.host)) {
    throw new ConfigError(`api.host is ${options.host}, which other machines reach, and there is no api token; set one or use 127.0.0.1`)
  }
  for (const { name, token } of options.tokens) {
    if (token.reveal().length < 16) throw new ConfigError(`The api token of "${name}" is shorter than 16 characters`)
  }
}

function withoutSecrets(error: unknown): Readonly<Record<string, unknown>> {
  if (error instanceof AppError) return { code: error.code, message: error.message, details: error.details, stack: error.stack }
  return error instanceof Error ? { message: error.message, stack: error.stack } : { message: String(error) }
}

/**
 * Returns the API under `/api/v1` as a Hono app. Pass `{ address, port, upgrade }` of the connection as the second argument of `fetch`.
 * @throws {ConfigError} when it has no token and listens beyond loopback.
 */
export function createApi({ control, options, log, clock }: ApiParts) {
  checkOptions(options)
  const app = routeGroup()
  app.use('*', requestLog(log, clock), guard(options), crossOrigin(options), limitBody(options), admission(options, clock))
  app.onError((error, c) => {
    const requestId = c.get('requestId')
    const isMalformed = error instanceof HTTPException && error.status === 400
    const shown = isMalformed ? new ApiError('REQUEST_INVALID', error.message, { fields: [] }) : error
    const wait = shown instanceof AppError ? shown.details['retryAfterSec'] : undefined
    const answer = errorResponse(shown, requestId, typeof wait === 'number' ? { 'retry-after': String(wait) } : {})
    if (answer.status === 500) log.error('api request failed', { requestId, ...withoutSecrets(error) })
    return answer
  })
  app.notFound((c) => errorResponse(new ApiError('NOT_FOUND', `No route ${c.req.method} ${c.req.path}`), c.get('requestId')))
  app.route('/', documentRoutes())
  app.route('/', socketRoutes(options))
  app.route(
    '/',
    mountRoutes(() => control),
  )
  return app
}
