import { AppError } from '#domain/errors'
import type { JsonObject } from '#domain/json'

/** A request that is answered with an HTTP error. Business refusals are none: they are answered with 200. */
export class HttpRefusal extends AppError {
  readonly status: number
  readonly contentType: string
  readonly body: string

  constructor(status: number, contentType: string, body: string) {
    super(`HTTP ${status}`, { code: 'VENUE_REJECTED', severity: 'LOW' })
    this.status = status
    this.contentType = contentType
    this.body = body
  }
}

function refuseJson(status: number, body: JsonObject): never {
  throw new HttpRefusal(status, 'application/json; charset=utf-8', JSON.stringify(body))
}

/** Answers a token that opens nothing: plain text. @throws {HttpRefusal} 401 always. */
export function refuseToken(): never {
  throw new HttpRefusal(401, 'text/plain; charset=utf-8', 'Unauthorized\n')
}

/** @throws {HttpRefusal} 403 always. */
export function refuseScope(): never {
  const text = 'Missing required scopes'
  return refuseJson(403, { error: 'PERMISSION_DENIED', error_details: text, message: text })
}

/** Refuses an argument. @throws {HttpRefusal} 400 always. */
export function refuseArgument(text: string): never {
  return refuseJson(400, { error: 'INVALID_ARGUMENT', error_details: text, message: text })
}

/** @throws {HttpRefusal} 404 always. */
export function refuseUnknown(text = 'Not Found'): never {
  return refuseJson(404, { error: 'unknown', error_details: text, message: text })
}

/** @throws {HttpRefusal} 404 always. */
export function refuseProduct(productId: string): never {
  return refuseJson(404, { error: 'NOT_FOUND', message: `Product ${productId} not supported` })
}

/** @throws {HttpRefusal} 500 always. */
export function refuseInternal(): never {
  return refuseJson(500, { error: 'INTERNAL', error_details: 'Internal error', message: 'Internal error' })
}
