import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { z } from 'zod'
import type { ClockPort } from '#ports/clock'
import type { EmulatorKey, KeyScope } from './credentials'

/** A key with what its tokens open. */
export interface KnownKey {
  readonly name: string
  readonly accountId: string
  readonly scopes: readonly KeyScope[]
  readonly publicKey: KeyObject
}

/** Returns the known form of a key. */
export function knownKey(key: EmulatorKey): KnownKey {
  const { name, accountId = 'main', scopes = ['view', 'trade'] } = key
  return { name, accountId, scopes, publicKey: createPublicKey(key.publicKey) }
}

const headerSchema = z.object({
  alg: z.enum(['ES256', 'EdDSA']),
  typ: z.literal('JWT').optional(),
  kid: z.string().min(1),
  nonce: z.string().min(1),
})

const claimsSchema = z.object({
  sub: z.string().min(1),
  iss: z.enum(['cdp', 'coinbase-cloud']),
  nbf: z.number().int(),
  exp: z.number().int(),
  uri: z.string().optional(),
  /** The newer form; `iat` and `aud` are ignored. */
  uris: z.array(z.string()).min(1).optional(),
})

/** Why a token opens nothing. The venue tells nobody; the record counts them. */
export type TokenFault = 'malformed' | 'unknownKey' | 'signature' | 'notYet' | 'expired' | 'uri' | 'nonceUsed'

export type TokenVerdict = { readonly kind: 'good'; readonly key: KnownKey } | { readonly kind: 'bad'; readonly fault: TokenFault }

export interface TokenRules {
  /** How far a client's clock may be off, in seconds. */
  readonly skewSec: number
  /** True refuses a nonce that was seen before; the venue is not known to. */
  readonly hasSingleUseNonces: boolean
}

const NONCES_MAX = 100_000

function readPart<T>(schema: z.ZodType<T>, part: string): T | null {
  if (!/^[\w-]+$/.test(part)) return null // base64url without padding
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
  } catch {
    return null // no JSON: a malformed token like any other
  }
  const read = schema.safeParse(value)
  return read.success ? read.data : null
}

function isSigned(key: KeyObject, algorithm: 'ES256' | 'EdDSA', input: string, signature: Buffer): boolean {
  const isEd = key.asymmetricKeyType === 'ed25519'
  if (isEd !== (algorithm === 'EdDSA') || signature.length !== 64) return false
  const data = Buffer.from(input, 'ascii')
  return isEd ? verify(null, data, key, signature) : verify('sha256', data, { key, dsaEncoding: 'ieee-p1363' }, signature)
}

/** Judges tokens by the public keys that are registered (protocol sheet §1.2). */
export class TokenJudge {
  readonly #clock: ClockPort
  readonly #keys: ReadonlyMap<string, KnownKey>
  readonly #rules: TokenRules
  readonly #nonces = new Set<string>()

  constructor(clock: ClockPort, keys: ReadonlyMap<string, KnownKey>, rules: TokenRules) {
    this.#clock = clock
    this.#keys = keys
    this.#rules = rules
  }

  /** @param uri what a REST token must name; null for a socket's, which must name none. */
  judge(token: string, uri: string | null): TokenVerdict {
    const parts = token.split('.')
    const [head, body, tail] = parts
    if (parts.length !== 3 || head === undefined || body === undefined || tail === undefined) return bad('malformed')
    const header = readPart(headerSchema, head)
    const claims = readPart(claimsSchema, body)
    if (header === null || claims === null || !/^[\w-]{86}$/.test(tail)) return bad('malformed')
    const key = this.#keys.get(header.kid)
    if (key === undefined || claims.sub !== header.kid) return bad('unknownKey')
    if (!isSigned(key.publicKey, header.alg, `${head}.${body}`, Buffer.from(tail, 'base64url'))) return bad('signature')
    const nowSec = this.#clock.now() / 1_000
    if (claims.nbf > nowSec + this.#rules.skewSec) return bad('notYet')
    if (claims.exp < nowSec - this.#rules.skewSec) return bad('expired')
    if ((claims.uri ?? claims.uris?.[0] ?? null) !== uri) return bad('uri')
    if (this.#rules.hasSingleUseNonces && !this.#spendNonce(`${header.kid} ${header.nonce}`)) return bad('nonceUsed')
    return { kind: 'good', key }
  }

  #spendNonce(nonce: string): boolean {
    if (this.#nonces.has(nonce)) return false
    this.#nonces.add(nonce)
    if (this.#nonces.size > NONCES_MAX) for (const oldest of [...this.#nonces].slice(0, NONCES_MAX / 4)) this.#nonces.delete(oldest)
    return true
  }
}

function bad(fault: TokenFault): TokenVerdict {
  return { kind: 'bad', fault }
}
