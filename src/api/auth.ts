import { timingSafeEqual } from 'node:crypto'
import { sha256Hex } from '#domain/digest'
import type { ApiToken } from './options'

/** WebSocket subprotocol that a browser offers, beside the one that carries its token: it cannot set headers on an upgrade. */
export const PUSH_PROTOCOL = 'troupe.v1'
const TOKEN_PROTOCOL = 'troupe.token.'

function isEqual(a: string, b: string): boolean {
  // Digests of equal length: the comparison takes the same time whatever the lengths and contents.
  return timingSafeEqual(Buffer.from(sha256Hex(a)), Buffer.from(sha256Hex(b)))
}

function presentedToken(headers: Headers): string | null {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.get('authorization') ?? '')?.[1]
  if (bearer !== undefined) return bearer
  const key = headers.get('x-api-key')
  if (key !== null) return key
  const offered = (headers.get('sec-websocket-protocol') ?? '').split(',').map((name) => name.trim())
  const encoded = offered.find((name) => name.startsWith(TOKEN_PROTOCOL))?.slice(TOKEN_PROTOCOL.length)
  return encoded === undefined ? null : Buffer.from(encoded, 'base64url').toString('utf8')
}

export type AuthResult = { readonly kind: 'granted'; readonly operator: string } | { readonly kind: 'missing' } | { readonly kind: 'wrong' }

/**
 * Decides who sent a request: bearer token, `X-API-Key`, or the subprotocol `troupe.token.<base64url>` on a WebSocket upgrade.
 * Without any configured token everyone is `local`. Every token is compared, so that the time tells nothing.
 */
export function authenticate(headers: Headers, tokens: readonly ApiToken[]): AuthResult {
  if (tokens.length === 0) return { kind: 'granted', operator: 'local' }
  const presented = presentedToken(headers)
  if (presented === null) return { kind: 'missing' }
  let operator: string | null = null
  for (const token of tokens) if (isEqual(presented, token.token.reveal())) operator = token.name
  return operator === null ? { kind: 'wrong' } : { kind: 'granted', operator }
}
