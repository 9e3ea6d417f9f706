import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/**
 * Returns the `API-Sign` header that belongs to a body, as base64: HMAC-SHA512 under the decoded secret of the path's bytes followed
 * by SHA-256 of nonce text and raw body (protocol sheet §1.3).
 */
export function apiSign(secretBase64: string, path: string, nonce: string, body: string): string {
  const inner = createHash('sha256').update(nonce, 'utf8').update(body, 'utf8').digest()
  const key = Buffer.from(secretBase64, 'base64')
  return createHmac('sha512', key).update(path, 'utf8').update(inner).digest('base64')
}

/** True when `signature` is that of the raw body under the secret; compared in constant time. */
export function isSignedBy(secretBase64: string, path: string, nonce: string, body: string, signature: string): boolean {
  const expected = Buffer.from(apiSign(secretBase64, path, nonce, body), 'utf8')
  const given = Buffer.from(signature, 'utf8')
  return expected.length === given.length && timingSafeEqual(expected, given)
}
