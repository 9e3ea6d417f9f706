import { expect, test } from 'bun:test'
import { createPublicKey, verify } from 'node:crypto'
import { Secret } from '#domain/secret'
import { faultOfHttp, faultOfRefusal, scrubbed } from '#venues/coinbase/errors'
import { tokenOf } from '#venues/coinbase/jwt'
import { signerOf } from '#venues/coinbase/key'
import { ED_SECRET, KEY_NAME } from './fake-coinbase'

/** The keys of RFC 7515 A.3 and RFC 8032 §7.1, published for tests. */
const EC = `-----BEGIN EC PRIVATE KEY-----
MHcCAQEEII6bEJ5xkJi/mASH3x9dd+nLKWBuvtImO19XwhPfhPSyoAoGCCqGSM49
AwEHoUQDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEXH8UTNG72b
focs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==
-----END EC PRIVATE KEY-----`
const PARTS = { keyName: KEY_NAME, nonce: '0123456789abcdef0123456789abcdef', nowSec: 1_767_225_600 }
const URI = 'GET api.coinbase.com/api/v3/brokerage/accounts'
const inputOf = (token: string) => token.slice(0, token.lastIndexOf('.'))
const signatureOf = (token: string) => Buffer.from(token.slice(token.lastIndexOf('.') + 1), 'base64url')

test('VEN-06 EdDSA tokens are the golden ones, signature and all', () => {
  const signer = signerOf(new Secret(ED_SECRET))
  expect(signatureOf(tokenOf(signer, { ...PARTS, uri: URI })).toString('base64url')).toBe(
    'i0Hzhh_f6XeK_fnMk19voqGJNsGIT8wBRneqyEwut5oSVGoURzIYP_Uf_Ysb5KAEZFSTi9DXytZqPxzHT4ZVDA',
  )
  expect(signatureOf(tokenOf(signer, { ...PARTS, uri: null })).toString('base64url')).toBe(
    '6nh_5kuwjSDjpjl8SlyZjaG44cNk1tY4E6i2DoNQeQGrxre6WR4V_iPI7CoqqROd46CYQKMMLzI4m2aNYL6wDQ',
  )
  expect(signerOf(new Secret(Buffer.from(ED_SECRET, 'base64').subarray(0, 32).toString('base64'))).sign('x')).toBe(signer.sign('x'))
})

test('VEN-06 ES256 tokens sign the golden input with 64 raw bytes that verify', () => {
  const digests = { [URI]: '65a72ade2885c4b9472454e21219d0459478b47729de18b72e5b3cc99f674bcf' }
  for (const text of [EC, EC.replaceAll('\n', '\\n'), EC.replaceAll('\n', ' '), JSON.stringify({ name: KEY_NAME, privateKey: EC })]) {
    const token = tokenOf(signerOf(new Secret(text)), { ...PARTS, uri: URI })
    expect(Bun.SHA256.hash(inputOf(token), 'hex')).toBe(digests[URI] ?? '')
    const key = createPublicKey(EC)
    expect(signatureOf(token)).toHaveLength(64)
    for (const signature of [
      signatureOf(token),
      Buffer.from('701xDjJE3DHMWfw-zq59UqPtN_ow-KKtNKaHCPsOk4uElxEzRiDDFhFZUruhEkaQgQByiqzsxMWDW9LzVgqv0A', 'base64url'),
    ])
      expect(verify('sha256', Buffer.from(inputOf(token)), { key, dsaEncoding: 'ieee-p1363' }, signature)).toBe(true)
  }
  const stream = tokenOf(signerOf(new Secret(EC)), { ...PARTS, uri: null })
  expect(Bun.SHA256.hash(inputOf(stream), 'hex')).toBe('7d47780509aae06a8153d339b6f16f368ec151cedb4702976ab181e36849f019')
})

test('I9 a key that is none is told of without its text', () => {
  for (const text of [
    'secret value!',
    'c2hvcnQtc2VjcmV0',
    EC.replace('MHcC', 'AAAA'),
    EC.replaceAll('PRIVATE', 'PUBLIC'),
    '{"privateKey":1',
  ]) {
    let thrown: unknown = null
    try {
      signerOf(new Secret(text))
    } catch (error) {
      thrown = error
    }
    expect(thrown).toMatchObject({ code: 'VENUE_AUTH' })
    expect((thrown as Error).cause).toBeUndefined()
    expect(String((thrown as Error).message)).not.toContain(text.slice(30, 50) || text)
  }
})

test('VEN-07 answers are classified: who may repeat, who must ask, who must change the request', () => {
  const rows = [
    [401, 'Unauthorized\n', 'auth', false],
    [403, '{"error":"PERMISSION_DENIED","message":"Missing required scopes"}', 'auth', false],
    [429, '', 'rateLimit', false],
    [429, '{"errors":[{"id":"rate_limit_exceeded","message":"Too many requests"}]}', 'rateLimit', false],
    [502, '<html>Bad gateway</html>', 'service', true],
    [503, '{"error":"x","code":8,"message":"exhausted","details":[]}', 'rateLimit', true],
    [400, 'Bad Request', 'permanent', false],
    [404, '{"error":"NOT_FOUND","message":"Product NOPE-USD not supported"}', 'missing', false],
  ] as const
  for (const [status, body, errorClass, isOutcomeUnknown] of rows)
    expect(faultOfHttp(status, body)).toMatchObject({ errorClass, isOutcomeUnknown })
  expect(faultOfRefusal({ error: 'INSUFFICIENT_FUND', preview_failure_reason: 'PREVIEW_INSUFFICIENT_FUND' })).toMatchObject({
    code: 'insufficientFunds',
    retry: 'never',
  })
  expect(faultOfRefusal({ error: 'UNKNOWN_FAILURE_REASON', message: 'The order configuration was invalid' })).toMatchObject({
    isOutcomeUnknown: false,
  })
  expect(faultOfRefusal({ error: 'UNKNOWN_FAILURE_REASON', message: '' })).toMatchObject({ isOutcomeUnknown: true })
  expect(faultOfRefusal({ new_order_failure_reason: 'DUPLICATE_CLIENT_ORDER_ID' })).toMatchObject({ isOutcomeUnknown: true })
})

test('I9 whatever looks like a token or a key is taken out of the words of the venue', () => {
  const token = tokenOf(signerOf(new Secret(ED_SECRET)), { ...PARTS, uri: null })
  const text = scrubbed(`no ${token} for ${KEY_NAME} with ${EC}`)
  for (const part of [token.slice(0, 20), KEY_NAME, 'MHcC']) expect(text).not.toContain(part)
})
