import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { AppError } from '#domain/errors'
import type { Secret } from '#domain/secret'
import type { SignerPort } from '#ports/signer'

/** DER of a PKCS#8 Ed25519 key up to its 32 bytes of seed. */
const ED25519_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')
const SEED_BYTES = 32
const PEM = /^-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/
const LINE_LENGTH = 64

/**
 * Makes a signer of a private key as Coinbase issues them: an EC key in PEM, or an Ed25519 key in PEM or base64. Escaped and lost line breaks are
 * mended, and the downloaded key file is read whole.
 * @throws {AppError} `VENUE_AUTH` for anything else; the key's text is in no message.
 */
export function signerOf(secret: Secret): SignerPort {
  const text = normalised(secret.reveal())
  const key = text.startsWith('-----BEGIN') ? keyOfPem(text) : keyOfBase64(text)
  switch (key.asymmetricKeyType) {
    case 'ec':
      if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw wrongKey('is an EC key on another curve than P-256')
      return {
        algorithm: 'ES256',
        // As raw r‖s: the DER form that is the default is no JOSE signature.
        sign: (data) => sign('sha256', Buffer.from(data), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url'),
      }
    case 'ed25519':
      return { algorithm: 'EdDSA', sign: (data) => sign(null, Buffer.from(data), key).toString('base64url') }
    default:
      throw wrongKey(`is of the type ${key.asymmetricKeyType ?? 'unknown'}, where ECDSA (P-256) or Ed25519 is wanted`)
  }
}

function normalised(raw: string): string {
  const text = raw.replaceAll('\\n', '\n').replaceAll('\r', '').trim()
  if (!text.startsWith('{')) return text
  // The line breaks of a key file are escapes of its JSON: it is read as it came.
  let file: unknown
  try {
    file = JSON.parse(raw)
  } catch {
    throw wrongKey('begins like a key file and is no JSON')
  }
  const inner = typeof file === 'object' && file !== null && 'privateKey' in file ? file.privateKey : null
  if (typeof inner !== 'string') throw wrongKey('is a key file without a privateKey')
  return inner.replaceAll('\\n', '\n').replaceAll('\r', '').trim()
}

function keyOfPem(text: string): KeyObject {
  const [, label = '', body = ''] = PEM.exec(text) ?? []
  if (label === '') throw wrongKey('is a PEM text without its end')
  if (!label.endsWith('PRIVATE KEY')) throw wrongKey(`is a PEM text of a ${label.toLowerCase()}, where a private key is wanted`)
  const digits = body.replaceAll(/\s/g, '')
  const lines = digits.match(new RegExp(`.{1,${LINE_LENGTH}}`, 'g')) ?? []
  try {
    return createPrivateKey(`-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`)
  } catch {
    // The reason is left out: nothing that came near the key goes into a message.
    throw wrongKey('is a PEM text that cannot be read')
  }
}

function keyOfBase64(text: string): KeyObject {
  const digits = text.replaceAll(/\s/g, '')
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(digits)) throw wrongKey('is neither PEM nor base64')
  const bytes = Buffer.from(digits, 'base64')
  if (bytes.length !== SEED_BYTES && bytes.length !== 2 * SEED_BYTES) {
    throw wrongKey(`is base64 of ${bytes.length} bytes, where an Ed25519 key has ${SEED_BYTES} or ${2 * SEED_BYTES}`)
  }
  const key = createPrivateKey({ key: Buffer.concat([ED25519_PREFIX, bytes.subarray(0, SEED_BYTES)]), format: 'der', type: 'pkcs8' })
  const shown = bytes.subarray(SEED_BYTES)
  if (shown.length > 0 && createPublicKey(key).export({ format: 'jwk' }).x !== shown.toString('base64url')) {
    throw wrongKey('is base64 whose second half is not the public key of the first')
  }
  return key
}

function wrongKey(what: string): AppError {
  return new AppError(
    `The Coinbase API secret ${what}; copy the private key again from the key file, or make a new key (ECDSA or Ed25519)`,
    {
      code: 'VENUE_AUTH',
      severity: 'CRITICAL',
    },
  )
}
