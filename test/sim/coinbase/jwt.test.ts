import { describe, expect, test } from 'bun:test'
import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto'
import { sandboxKey } from '#sim/coinbase/credentials'
import { knownKey, TokenJudge } from '#sim/coinbase/jwt'
import { VirtualClock } from '#sim/virtual-clock'
import { Bench, HOST, PREFIX, tokenOf } from './harness'

// Golden vectors of the protocol sheet §1.3: published test keys, in virtual time.
const NAME = 'organizations/00000000-0000-4000-8000-000000000001/apiKeys/00000000-0000-4000-8000-000000000002'
const EC_PRIVATE = `-----BEGIN EC PRIVATE KEY-----
MHcCAQEEII6bEJ5xkJi/mASH3x9dd+nLKWBuvtImO19XwhPfhPSyoAoGCCqGSM49
AwEHoUQDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEXH8UTNG72b
focs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==
-----END EC PRIVATE KEY-----
`
const EC_PUBLIC = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7
6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==
-----END PUBLIC KEY-----
`
const ED_PRIVATE = 'nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2DXWpgBgrEKt9VL/tPJZAc6DuFy89qmIyWvAhpo9wdRGg=='
const ED_PUBLIC = createPublicKey({
  key: Buffer.concat([
    Buffer.from('302a300506032b6570032100', 'hex'),
    Buffer.from('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', 'hex'),
  ]),
  format: 'der',
  type: 'spki',
})
  .export({ type: 'spki', format: 'pem' })
  .toString()
const H256 =
  'eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6Im9yZ2FuaXphdGlvbnMvMDAwMDAwMDAtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDAxL2FwaUtleXMvMDAwMDAwMDAtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDAyIiwibm9uY2UiOiIwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZiJ9'
const HED =
  'eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCIsImtpZCI6Im9yZ2FuaXphdGlvbnMvMDAwMDAwMDAtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDAxL2FwaUtleXMvMDAwMDAwMDAtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDAyIiwibm9uY2UiOiIwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZiJ9'
const CREST =
  'eyJzdWIiOiJvcmdhbml6YXRpb25zLzAwMDAwMDAwLTAwMDAtNDAwMC04MDAwLTAwMDAwMDAwMDAwMS9hcGlLZXlzLzAwMDAwMDAwLTAwMDAtNDAwMC04MDAwLTAwMDAwMDAwMDAwMiIsImlzcyI6ImNkcCIsIm5iZiI6MTc2NzIyNTYwMCwiZXhwIjoxNzY3MjI1NzIwLCJ1cmkiOiJHRVQgYXBpLmNvaW5iYXNlLmNvbS9hcGkvdjMvYnJva2VyYWdlL2FjY291bnRzIn0'
const CWS =
  'eyJzdWIiOiJvcmdhbml6YXRpb25zLzAwMDAwMDAwLTAwMDAtNDAwMC04MDAwLTAwMDAwMDAwMDAwMS9hcGlLZXlzLzAwMDAwMDAwLTAwMDAtNDAwMC04MDAwLTAwMDAwMDAwMDAwMiIsImlzcyI6ImNkcCIsIm5iZiI6MTc2NzIyNTYwMCwiZXhwIjoxNzY3MjI1NzIwfQ'
const EC_REST = '701xDjJE3DHMWfw-zq59UqPtN_ow-KKtNKaHCPsOk4uElxEzRiDDFhFZUruhEkaQgQByiqzsxMWDW9LzVgqv0A'
const EC_WS = '5HGzp5xyuN6vu07VR3SIBOPPoIBGV08N-TRR72JffqzmKY-DWkKkssTlrPUyR4rjel5ClBfRAGg-vzPN80K28A'
const ED_REST = 'i0Hzhh_f6XeK_fnMk19voqGJNsGIT8wBRneqyEwut5oSVGoURzIYP_Uf_Ysb5KAEZFSTi9DXytZqPxzHT4ZVDA'
const ED_WS = '6nh_5kuwjSDjpjl8SlyZjaG44cNk1tY4E6i2DoNQeQGrxre6WR4V_iPI7CoqqROd46CYQKMMLzI4m2aNYL6wDQ'
const AT_MS = Date.UTC(2026, 0, 1)
const URI = 'GET api.coinbase.com/api/v3/brokerage/accounts'

function judgeWith(publicKey: string, atMs = AT_MS, hasSingleUseNonces = false): TokenJudge {
  const key = knownKey({ name: NAME, publicKey })
  return new TokenJudge(new VirtualClock(atMs), new Map([[NAME, key]]), { skewSec: 5, hasSingleUseNonces })
}

describe('golden vectors', () => {
  test('VEN-02 the signing input of the sheet comes out byte for byte', () => {
    const header = { nonce: '0123456789abcdef0123456789abcdef' }
    const es = { name: NAME, algorithm: 'ES256', privateKey: EC_PRIVATE, publicKey: EC_PUBLIC } as const
    const ed = { name: NAME, algorithm: 'EdDSA', privateKey: ED_PRIVATE, publicKey: ED_PUBLIC } as const
    const signed = tokenOf(es, AT_MS, URI, { header })
    expect(signed.startsWith(`${H256}.${CREST}.`)).toBe(true)
    expect(tokenOf(es, AT_MS, null, { header }).startsWith(`${H256}.${CWS}.`)).toBe(true)
    expect(judgeWith(EC_PUBLIC).judge(signed, URI).kind).toBe('good')
    expect(tokenOf(ed, AT_MS, URI, { header })).toBe(`${HED}.${CREST}.${ED_REST}`)
    expect(tokenOf(ed, AT_MS, null, { header })).toBe(`${HED}.${CWS}.${ED_WS}`)
  })

  test('VEN-02 SIM-01 the emulator takes the four listed tokens by public key alone', () => {
    expect(judgeWith(EC_PUBLIC).judge(`${H256}.${CREST}.${EC_REST}`, URI)).toMatchObject({ kind: 'good', key: { name: NAME } })
    expect(judgeWith(EC_PUBLIC).judge(`${H256}.${CWS}.${EC_WS}`, null).kind).toBe('good')
    expect(judgeWith(ED_PUBLIC).judge(`${HED}.${CREST}.${ED_REST}`, URI).kind).toBe('good')
    expect(judgeWith(ED_PUBLIC).judge(`${HED}.${CWS}.${ED_WS}`, null).kind).toBe('good')
  })

  test('VEN-02 an ES256 signature is 64 raw bytes; DER, another key and the other algorithm are refused', () => {
    expect(Buffer.from(EC_REST, 'base64url')).toHaveLength(64)
    const data = Buffer.from(`${H256}.${CREST}`)
    expect(verify('sha256', data, { key: createPublicKey(EC_PUBLIC), dsaEncoding: 'ieee-p1363' }, Buffer.from(EC_REST, 'base64url'))).toBe(
      true,
    )
    const der = sign('sha256', data, { key: EC_PRIVATE, dsaEncoding: 'der' }).toString('base64url')
    expect(judgeWith(EC_PUBLIC).judge(`${H256}.${CREST}.${der}`, URI)).toEqual({ kind: 'bad', fault: 'malformed' })
    const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' }).toString()
    expect(judgeWith(stranger).judge(`${H256}.${CREST}.${EC_REST}`, URI)).toEqual({ kind: 'bad', fault: 'signature' })
    expect(judgeWith(ED_PUBLIC).judge(`${H256}.${CREST}.${EC_REST}`, URI)).toEqual({ kind: 'bad', fault: 'signature' })
  })
})

describe('what a token must say', () => {
  const good = `${H256}.${CREST}.${EC_REST}`

  test('SIM-01 nbf and exp hold with five seconds of skew', () => {
    const at = (offsetSec: number): string => {
      const verdict = judgeWith(EC_PUBLIC, AT_MS + offsetSec * 1_000).judge(good, URI)
      return verdict.kind === 'good' ? 'good' : verdict.fault
    }
    expect([-6, -5, 0, 120, 125, 126].map(at)).toEqual(['notYet', 'good', 'good', 'good', 'good', 'expired'])
  })

  test('SIM-01 the uri is compared whole: method, host, path, no query; a socket token names none', () => {
    const judge = judgeWith(EC_PUBLIC)
    for (const uri of [`${URI}?limit=1`, URI.replace('GET', 'POST'), URI.replace('api.coinbase.com', '127.0.0.1:80'), null]) {
      expect(judge.judge(good, uri)).toEqual({ kind: 'bad', fault: 'uri' })
    }
    expect(judge.judge(`${H256}.${CWS}.${EC_WS}`, URI)).toEqual({ kind: 'bad', fault: 'uri' })
  })

  test('SIM-01 the newer claims are taken, iat and aud ignored; the older issuer too; a foreign one is not', () => {
    const key = sandboxKey('claims')
    const judge = new TokenJudge(new VirtualClock(AT_MS), new Map([[key.name, knownKey(key)]]), { skewSec: 5, hasSingleUseNonces: false })
    const verdict = (claims: Record<string, unknown>, header: Record<string, unknown> = {}): string => {
      const judged = judge.judge(tokenOf(key, AT_MS, null, { claims, header }), URI)
      return judged.kind === 'good' ? 'good' : judged.fault
    }
    expect(verdict({ uris: [URI], iat: 1, aud: ['cdp_service'] })).toBe('good')
    expect(verdict({ uri: URI, iss: 'coinbase-cloud' })).toBe('good')
    expect(verdict({ uri: URI, iss: 'somebody' })).toBe('malformed')
    expect(verdict({ uri: URI, sub: 'another' })).toBe('unknownKey')
    expect(verdict({ uri: URI }, { kid: 'nobody' })).toBe('unknownKey')
    expect(verdict({ uri: URI }, { nonce: undefined })).toBe('malformed')
    for (const text of ['', 'a.b', 'a.b.c', `${good}x`, `${good}=`]) expect(judge.judge(text, URI).kind).toBe('bad')
  })

  test('SIM-01 a nonce is good once where the switch says so, and any number of times by default', () => {
    const once = judgeWith(EC_PUBLIC, AT_MS, true)
    expect([once.judge(good, URI).kind, once.judge(good, URI)]).toEqual(['good', { kind: 'bad', fault: 'nonceUsed' }])
    const ever = judgeWith(EC_PUBLIC)
    expect([ever.judge(good, URI).kind, ever.judge(good, URI).kind]).toEqual(['good', 'good'])
  })
})

describe('auth failures over REST (virtual time)', () => {
  test('SIM-01 no token, a bad one and a wrong host are answered 401 in plain text; both algorithms open', async () => {
    const bench = new Bench()
    const path = '/key_permissions'
    const wrongHost = tokenOf(bench.main, bench.clock.now(), `GET elsewhere${PREFIX}${path}`)
    const stale = tokenOf(bench.main, bench.clock.now() - 600_000, `GET ${HOST}${PREFIX}${path}`)
    for (const token of [null, 'nonsense', wrongHost, stale]) {
      const reply = await bench.send('GET', path, '', undefined, bench.main, token)
      expect([reply.status, reply.text, reply.headers['content-type']]).toEqual([401, 'Unauthorized\n', 'text/plain; charset=utf-8'])
    }
    expect(await bench.get(path)).toMatchObject({ can_view: true, can_trade: true, can_transfer: false, portfolio_type: 'DEFAULT' })
    expect(await bench.get(path, '', bench.other)).toMatchObject({ can_trade: true })
    expect(bench.emulator.record().counters.badToken).toBe(4)
  })

  test('SIM-01 a key without the scope gets 403 in JSON; so does another portfolio', async () => {
    const bench = new Bench()
    const viewer = sandboxKey('viewer')
    const limited = new Bench({ keys: [{ ...viewer, scopes: ['view'] }] })
    const body = {
      client_order_id: 'a',
      product_id: 'BTC-USD',
      side: 'BUY',
      order_configuration: { market_market_ioc: { quote_size: '10' } },
    }
    const reply = await limited.send('POST', '/orders', '', body, viewer)
    expect([reply.status, reply.json]).toEqual([
      403,
      { error: 'PERMISSION_DENIED', error_details: 'Missing required scopes', message: 'Missing required scopes' },
    ])
    expect((await limited.send('GET', '/accounts', '', undefined, viewer)).status).toBe(200)
    expect((await bench.send('GET', '/accounts', 'retail_portfolio_id=someone-elses', undefined)).status).toBe(403)
  })

  test('SIM-01 without a configured host the one that the request names counts', async () => {
    const bench = new Bench({ host: null })
    const path = `${PREFIX}/key_permissions`
    const ask = async (named: string, host: string): Promise<number> => {
      const authorization = `Bearer ${tokenOf(bench.main, bench.clock.now(), `GET ${named}${path}`)}`
      const response = await bench.emulator.handle({ method: 'GET', path, query: '', headers: { authorization, host }, body: '' })
      return response.kind === 'drop' ? 0 : response.status
    }
    expect(await ask('127.0.0.1:4711', '127.0.0.1:4711')).toBe(200)
    expect(await ask('api.coinbase.com', '127.0.0.1:4711')).toBe(401)
  })
})
