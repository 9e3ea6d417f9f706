import type { Secret } from '#domain/secret'
import type { RandomPort } from '#ports/random'
import type { VenueCredentials } from '#ports/secrets'
import type { SignerPort } from '#ports/signer'

/** What a token says. */
export interface TokenParts {
  readonly keyName: string
  readonly nonce: string
  /** Unix s. */
  readonly nowSec: number
  /** `GET api.coinbase.com/api/v3/brokerage/accounts`, without a query; null for a stream. */
  readonly uri: string | null
}

const LIFETIME_SEC = 120
const NONCE_WORDS = 4
const WORD_BOUND = 0x1_0000_0000

/** Returns the JSON Web Token of a request or a subscription. */
export function tokenOf(signer: SignerPort, parts: TokenParts): string {
  const { keyName, nonce, nowSec, uri } = parts
  const header = { alg: signer.algorithm, typ: 'JWT', kid: keyName, nonce }
  const claims = { sub: keyName, iss: 'cdp', nbf: nowSec, exp: nowSec + LIFETIME_SEC, ...(uri === null ? {} : { uri }) }
  const text = `${base64url(header)}.${base64url(claims)}`
  return `${text}.${signer.sign(text)}`
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

/** What tokens are made with. */
export interface TokenDeps {
  readonly random: RandomPort
  credentials(): VenueCredentials
  makeSigner(secret: Secret): SignerPort
  /** The venue's UTC ms: our own clock may be off, and a token from the future is refused. */
  now(): number
  /** Called with each token: a secret like the key, for as long as it lives (I9). */
  onToken(token: string): void
}

/** Tokens of one key, a new one for each request and each message of a stream. The key is read at its first use. */
export class Tokens {
  readonly #deps: TokenDeps
  #key: { readonly name: Secret; readonly signer: SignerPort } | null = null

  constructor(deps: TokenDeps) {
    this.#deps = deps
  }

  /** @throws {AppError} `CREDENTIALS_MISSING`, or `VENUE_AUTH` when the key is none of Coinbase's. */
  forRequest(method: string, url: string): string {
    const { host, pathname } = new URL(url)
    return this.#make(`${method} ${host}${pathname}`)
  }

  /** @throws {AppError} as `forRequest`. */
  forStream(): string {
    return this.#make(null)
  }

  #make(uri: string | null): string {
    const { now, onToken } = this.#deps
    this.#key ??= this.#readKey()
    const { name, signer } = this.#key
    const token = tokenOf(signer, { keyName: name.reveal().trim(), nonce: this.#nonce(), nowSec: Math.floor(now() / 1_000), uri })
    onToken(token)
    return token
  }

  #readKey(): { readonly name: Secret; readonly signer: SignerPort } {
    const { apiKey, apiSecret } = this.#deps.credentials()
    return { name: apiKey, signer: this.#deps.makeSigner(apiSecret) }
  }

  #nonce(): string {
    const words = Array.from({ length: NONCE_WORDS }, () => this.#deps.random.integer(WORD_BOUND).toString(16).padStart(8, '0'))
    return words.join('')
  }
}
