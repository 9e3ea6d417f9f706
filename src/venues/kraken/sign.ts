import { createHash, createHmac } from 'node:crypto'
import { AppError } from '#domain/errors'
import type { Secret } from '#domain/secret'

/** Returns a form body with every reserved character percent-encoded, `+` as `%2B` (a bare one would be read as a blank). */
export function formBody(parameters: Readonly<Record<string, string>>): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&')
}

/** Arguments of a private call. */
export type CallForm = Readonly<Record<string, string | readonly string[]>>

/** Returns the body of a private call: a form, or JSON where an argument is a list of its own. */
export function bodyOf(parameters: CallForm): { readonly body: string; readonly contentType: string } {
  const plain: Record<string, string> = {}
  for (const [name, value] of Object.entries(parameters)) {
    if (typeof value !== 'string') return { body: JSON.stringify(parameters), contentType: 'application/json' }
    plain[name] = value
  }
  return { body: formBody(plain), contentType: 'application/x-www-form-urlencoded; charset=utf-8' }
}

/**
 * Returns the `API-Sign` header: base64 of HMAC-SHA512 over the path and SHA-256 of nonce and body.
 * @param path `/0/private/<Method>`, without host and query.
 * @param body the exact text that is sent; it contains the nonce too.
 * @throws {AppError} `VENUE_AUTH` when the secret is no base64; its text is in no message.
 */
export function signRequest(path: string, nonce: string, body: string, apiSecret: Secret): string {
  const key = Buffer.from(apiSecret.reveal(), 'base64')
  if (key.length === 0) {
    throw new AppError('The Kraken API secret is not base64 text; copy it again from the key page', {
      code: 'VENUE_AUTH',
      severity: 'CRITICAL',
    })
  }
  const digest = createHash('sha256')
    .update(nonce + body)
    .digest()
  return createHmac('sha512', key).update(path).update(digest).digest('base64')
}
