import { createECDH, createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { uuidOf } from './ids'

/** How a key signs: ECDSA over P-256, or Ed25519 (protocol sheet §1.1). */
export type KeyAlgorithm = 'ES256' | 'EdDSA'

export type KeyScope = 'view' | 'trade' | 'transfer'

/** A key as its owner holds it. */
export interface KeyPair {
  /** What tokens name as `kid` and `sub`. */
  readonly name: string
  readonly algorithm: KeyAlgorithm
  /** SEC1 PEM for ES256; base64 of seed and public key for EdDSA. */
  readonly privateKey: string
  /** SPKI PEM. */
  readonly publicKey: string
}

/** A key that the emulator knows: the public half alone. View and trade when no scopes are named, account `main`. */
export interface EmulatorKey {
  readonly name: string
  /** SPKI PEM. */
  readonly publicKey: string
  readonly accountId?: string
  readonly scopes?: readonly KeyScope[]
}

const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex')

function pemOf(key: KeyObject): string {
  return createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString()
}

function ecPrivateKey(seed: Buffer): KeyObject {
  const curve = createECDH('prime256v1')
  // A scalar below 2^255 is below the order of the group; the last bit keeps it above zero.
  const scalar = Buffer.from(seed)
  scalar[0] = (scalar[0] ?? 0) & 0x7f
  scalar[31] = (scalar[31] ?? 0) | 1
  curve.setPrivateKey(scalar)
  const point = curve.getPublicKey()
  const text = (bytes: Buffer): string => bytes.toString('base64url')
  return createPrivateKey({
    key: { kty: 'EC', crv: 'P-256', d: text(scalar), x: text(point.subarray(1, 33)), y: text(point.subarray(33)) },
    format: 'jwk',
  })
}

function edPrivateKey(seed: Buffer): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8_ED25519, seed]), format: 'der', type: 'pkcs8' })
}

/**
 * Returns the test key of a sandbox. It is no secret: anyone who knows the seed can compute it, and it opens nothing but an
 * emulator on this machine.
 */
export function sandboxKey(seed: string, algorithm: KeyAlgorithm = 'ES256'): KeyPair {
  const bytes = createHash('sha256').update(`troupe sandbox coinbase ${algorithm} ${seed}`).digest()
  const name = `organizations/${uuidOf(`${seed} organization`)}/apiKeys/${uuidOf(`${seed} key ${algorithm}`)}`
  if (algorithm === 'ES256') {
    const key = ecPrivateKey(bytes)
    return { name, algorithm, privateKey: key.export({ type: 'sec1', format: 'pem' }).toString(), publicKey: pemOf(key) }
  }
  const key = edPrivateKey(bytes)
  const point = createPublicKey(key).export({ type: 'spki', format: 'der' }).subarray(-32)
  return { name, algorithm, privateKey: Buffer.concat([bytes, point]).toString('base64'), publicKey: pemOf(key) }
}
