import { describe, expect, test } from 'bun:test'
import { Secret } from '#domain/secret'
import { formBody, signRequest } from '#venues/kraken/sign'
import { API_SECRET } from './fake-kraken'

/** Kraken's published sample secret; V1 is Kraken's own example, the others were computed with unrelated implementations. */
const SECRET = new Secret(API_SECRET)

const VECTORS = [
  {
    name: 'V1 Kraken own example',
    path: '/0/private/AddOrder',
    nonce: '1616492376594',
    body: 'nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25',
    sign: '4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp32bAb0nmbRn6H8ndwLUQ==',
  },
  {
    name: 'V2 nonce only, ns scale',
    path: '/0/private/Balance',
    nonce: '1700000000000000001',
    body: 'nonce=1700000000000000001',
    sign: 'FYSqGLrSBFJx65nsZQGjOFaO2Ezj9YwtPuxSMxSJSYpMvhl3acQPPNnnWWAhetVTvbN6nRQ/BZWDXO16U45pdA==',
  },
  {
    name: 'V3 percent-encoded value with client id',
    path: '/0/private/AddOrder',
    nonce: '1700000000000000002',
    body: 'nonce=1700000000000000002&pair=XBTUSD&type=buy&ordertype=limit&volume=0.00100000&price=30000.1&oflags=post&timeinforce=GTD&expiretm=%2B60&cl_ord_id=6d1b345e-2821-40e2-ad83-4ecb18a06876',
    sign: 'vViFP0fvNJNtNEKiQAonk1vEwCkUkblXR6fRHkp4qO+++ytfH5aD88ibtloSoIy6S6iuJUwSvAJNYPlhiyZMKQ==',
  },
  {
    name: 'V4 nonce only, ms scale',
    path: '/0/private/GetWebSocketsToken',
    nonce: '1616492376594',
    body: 'nonce=1616492376594',
    sign: '+mRDmY9Ks0Moc1zjv/BjfvYa98buO0x1yHChZR5onlfAzAUbfIYlLggUZzdQ0RsmXm4Sh+Q8iAIZdo2wSeHeiA==',
  },
  {
    name: 'V4 same body on another path',
    path: '/0/private/Balance',
    nonce: '1616492376594',
    body: 'nonce=1616492376594',
    sign: '1nH4vwR+8FHiYh1QT649xXkGd3JR3x0DWkgv3u9Ed/Qqv6KPtgQpEU4m+Emb/VgpEji3j1XNwI+HCbfXxmrTOg==',
  },
  {
    name: 'V5 JSON body',
    path: '/0/private/AddOrderBatch',
    nonce: '1700000000000000003',
    body: '{"nonce":"1700000000000000003","pair":"XBTUSD","orders":[{"ordertype":"limit","type":"buy","volume":"0.001","price":"30000.0"},{"ordertype":"limit","type":"sell","volume":"0.001","price":"40000.0"}],"validate":true}',
    sign: 'Nera/tiZPaxxsaNgjpwMeJLlvM/WQxDOI4aNSplaXPLCZMupNNSXfFcjrVWTh7BaAlATUNwvnAlsNdpUGZKr4g==',
  },
] as const

describe('golden vectors', () => {
  for (const { name, path, nonce, body, sign } of VECTORS) {
    test(`VEN-02 signs ${name}`, () => {
      expect(signRequest(path, nonce, body, SECRET)).toBe(sign)
    })
  }
})

test('VEN-02 builds the body of V3 from its parameters, a plus sign encoded', () => {
  const body = formBody({
    nonce: '1700000000000000002',
    pair: 'XBTUSD',
    type: 'buy',
    ordertype: 'limit',
    volume: '0.00100000',
    price: '30000.1',
    oflags: 'post',
    timeinforce: 'GTD',
    expiretm: '+60',
    cl_ord_id: '6d1b345e-2821-40e2-ad83-4ecb18a06876',
  })
  expect(body).toBe(VECTORS[2].body)
})

test('VEN-02 refuses a secret that is not base64 without showing it', () => {
  const call = () => signRequest('/0/private/Balance', '1', 'nonce=1', new Secret('***'))
  expect(call).toThrow('not base64')
  expect(call).not.toThrow('***')
})
