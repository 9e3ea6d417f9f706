import { describe, expect, test } from 'bun:test'
import { apiSign, isSignedBy } from '#sim/kraken/signature'
import { Bench } from './harness'

// Golden vectors V1–V5 of the protocol sheet §1.4, made with the venue's published sample secret: no credential of anyone.
const SECRET = 'kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg=='
const FORM = 'application/x-www-form-urlencoded; charset=utf-8'

interface Vector {
  readonly name: string
  readonly method: string
  readonly nonce: string
  readonly body: string
  readonly sign: string
  readonly type: string
}

const BATCH =
  '{"nonce":"1700000000000000003","pair":"XBTUSD","orders":[{"ordertype":"limit","type":"buy","volume":"0.001","price":"30000.0"},' +
  '{"ordertype":"limit","type":"sell","volume":"0.001","price":"40000.0"}],"validate":true}'

const VECTORS: readonly Vector[] = [
  {
    name: 'V1',
    method: 'AddOrder',
    nonce: '1616492376594',
    body: 'nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25',
    sign: '4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp32bAb0nmbRn6H8ndwLUQ==',
    type: FORM,
  },
  {
    name: 'V2',
    method: 'Balance',
    nonce: '1700000000000000001',
    body: 'nonce=1700000000000000001',
    sign: 'FYSqGLrSBFJx65nsZQGjOFaO2Ezj9YwtPuxSMxSJSYpMvhl3acQPPNnnWWAhetVTvbN6nRQ/BZWDXO16U45pdA==',
    type: FORM,
  },
  {
    name: 'V3',
    method: 'AddOrder',
    nonce: '1700000000000000002',
    body:
      'nonce=1700000000000000002&pair=XBTUSD&type=buy&ordertype=limit&volume=0.00100000&price=30000.1&oflags=post&timeinforce=GTD' +
      '&expiretm=%2B60&cl_ord_id=6d1b345e-2821-40e2-ad83-4ecb18a06876',
    sign: 'vViFP0fvNJNtNEKiQAonk1vEwCkUkblXR6fRHkp4qO+++ytfH5aD88ibtloSoIy6S6iuJUwSvAJNYPlhiyZMKQ==',
    type: FORM,
  },
  {
    name: 'V4 token',
    method: 'GetWebSocketsToken',
    nonce: '1616492376594',
    body: 'nonce=1616492376594',
    sign: '+mRDmY9Ks0Moc1zjv/BjfvYa98buO0x1yHChZR5onlfAzAUbfIYlLggUZzdQ0RsmXm4Sh+Q8iAIZdo2wSeHeiA==',
    type: FORM,
  },
  {
    name: 'V4 balance',
    method: 'Balance',
    nonce: '1616492376594',
    body: 'nonce=1616492376594',
    sign: '1nH4vwR+8FHiYh1QT649xXkGd3JR3x0DWkgv3u9Ed/Qqv6KPtgQpEU4m+Emb/VgpEji3j1XNwI+HCbfXxmrTOg==',
    type: FORM,
  },
  {
    name: 'V5',
    method: 'AddOrderBatch',
    nonce: '1700000000000000003',
    body: BATCH,
    sign: 'Nera/tiZPaxxsaNgjpwMeJLlvM/WQxDOI4aNSplaXPLCZMupNNSXfFcjrVWTh7BaAlATUNwvnAlsNdpUGZKr4g==',
    type: 'application/json',
  },
]

function request(vector: Vector, body: string, sign: string) {
  const headers = { 'api-key': 'SAMPLE', 'api-sign': sign, 'content-type': vector.type }
  return { method: 'POST', path: `/0/private/${vector.method}`, query: '', headers, body }
}

const sampleBench = (): Bench => new Bench({ credentials: [{ apiKey: 'SAMPLE', apiSecret: SECRET }] })

describe('signatures', () => {
  for (const vector of VECTORS) {
    test(`SIM-01 computes golden vector ${vector.name} and refuses it with one byte flipped`, () => {
      const path = `/0/private/${vector.method}`
      expect(apiSign(SECRET, path, vector.nonce, vector.body)).toBe(vector.sign)
      expect(isSignedBy(SECRET, path, vector.nonce, vector.body, vector.sign)).toBe(true)
      expect(isSignedBy(SECRET, path, vector.nonce, `${vector.body} `, vector.sign)).toBe(false)
      expect(isSignedBy(SECRET, path, vector.nonce, vector.body.replace('1', '2'), vector.sign)).toBe(false)
      expect(isSignedBy(SECRET, `${path}x`, vector.nonce, vector.body, vector.sign)).toBe(false)
      expect(isSignedBy(SECRET, path, vector.nonce, vector.body, '')).toBe(false)
    })

    test(`SIM-01 takes golden vector ${vector.name} over REST and refuses its forgery (emulator)`, async () => {
      const bench = sampleBench()
      const forged = JSON.parse(
        ((await bench.settled(bench.emulator.handle(request(vector, `${vector.body} `, vector.sign)))) as { body: string }).body,
      )
      expect(forged).toEqual({ error: ['EAPI:Invalid signature'] })
      const answer = JSON.parse(
        ((await bench.settled(bench.emulator.handle(request(vector, vector.body, vector.sign)))) as { body: string }).body,
      )
      // V5 validates a sell without funds: signed, read, and then refused by the engine.
      expect(answer.error).toEqual(vector.name === 'V5' ? ['EOrder:Insufficient funds'] : [])
      expect(bench.emulator.record().counters.invalidSignature).toBe(1)
    })
  }
})

describe('nonces', () => {
  test('SIM-01 takes a nonce only when it is greater than the highest one of its key, and counts the refusals (emulator)', async () => {
    const bench = new Bench()
    const send = async (nonce: string): Promise<string[]> =>
      JSON.parse(((await bench.raw('Balance', `nonce=${nonce}`, FORM)) as { body: string }).body).error
    expect(await send('1000')).toEqual([])
    expect(await send('1000')).toEqual(['EAPI:Invalid nonce'])
    expect(await send('999')).toEqual(['EAPI:Invalid nonce'])
    expect(await send('1700000000000000000')).toEqual([])
    expect(await send('1700000000000')).toEqual(['EAPI:Invalid nonce']) // the scale is sticky
    expect(await send('18446744073709551616')).toEqual(['EAPI:Invalid nonce']) // above 64 bits
    expect(await send('12x')).toEqual(['EAPI:Invalid nonce'])
    expect(bench.emulator.record().counters.invalidNonce).toBe(5)
  })

  test('SIM-01 does not remember the nonce of a request whose signature is wrong (emulator)', async () => {
    const bench = new Bench()
    const bad = { 'api-key': bench.key.apiKey, 'api-sign': 'AAAA', 'content-type': FORM }
    const answer = await bench.emulator.handle({
      method: 'POST',
      path: '/0/private/Balance',
      query: '',
      headers: bad,
      body: 'nonce=9999999999999999999',
    })
    expect(JSON.parse((answer as { body: string }).body).error).toEqual(['EAPI:Invalid signature'])
    expect((await bench.call('Balance')).error).toEqual([])
  })

  test('reads the nonce of a JSON body as text or as an integer beyond 2^53 (emulator)', async () => {
    const bench = new Bench()
    const body = '{"nonce":1700000000000000007}'
    const headers = {
      'api-key': bench.key.apiKey,
      'api-sign': apiSign(bench.key.apiSecret, '/0/private/GetApiKeyInfo', '1700000000000000007', body),
      'content-type': 'application/json',
    }
    const answer = await bench.emulator.handle({ method: 'POST', path: '/0/private/GetApiKeyInfo', query: '', headers, body })
    const info = JSON.parse((answer as { body: string }).body).result
    expect(info.nonce).toBe('1700000000000000007')
    expect(info.api_key).toBe(bench.key.apiKey)
    expect(info.permissions).toContain('modify-trades')
  })
})
