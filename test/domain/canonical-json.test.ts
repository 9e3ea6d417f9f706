import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { sha256Hex } from '#domain/digest'
import { canonicalJson, type Json } from '#domain/json'

/** The definition, as plainly as it can be written. */
function byDefinition(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(byDefinition).join(',')}]`
  const object = value as { readonly [key: string]: Json }
  return `{${Object.keys(object)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${byDefinition(object[key] as Json)}`)
    .join(',')}}`
}

describe('canonicalJson', () => {
  test('I11 equals its definition for any JSON value, and survives a round trip', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value as Json)
        expect(text).toBe(byDefinition(value as Json))
        expect(canonicalJson(JSON.parse(text) as Json)).toBe(text)
      }),
      { numRuns: 2_000 },
    )
  })

  test('I11 sorts keys that engines would move: array indices and __proto__', () => {
    expect(canonicalJson({ '10': 1, '9': 2, a: 3, '': 4, '-1': 5 })).toBe('{"":4,"-1":5,"10":1,"9":2,"a":3}')
    expect(canonicalJson({ z: [{ b: 1, '2': 2, '10': 3 }], a: null })).toBe('{"a":null,"z":[{"10":3,"2":2,"b":1}]}')
    const odd = JSON.parse('{"z":1,"__proto__":{"b":1,"a":2},"a":3}') as Json
    expect(canonicalJson(odd)).toBe('{"__proto__":{"a":2,"b":1},"a":3,"z":1}')
  })

  test.each([[undefined], [() => 1], [1n], [Number.NaN], [Number.POSITIVE_INFINITY], [Symbol('x')]])(
    'refuses %p wherever it stands',
    (bad) => {
      for (const value of [bad, [bad], { a: bad }, { '1': bad }, { a: [{ b: bad }] }])
        expect(() => canonicalJson(value as never)).toThrow('has no JSON form')
    },
  )

  test('refuses a list with holes', () => {
    const holed: Json[] = [1]
    holed[2] = 3
    expect(() => canonicalJson(holed)).toThrow('undefined has no JSON form')
  })
})

describe('sha256Hex', () => {
  test('gives the digests of the standard', () => {
    expect(sha256Hex('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
    expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
    expect(sha256Hex('é😀')).toBe(new Bun.CryptoHasher('sha256').update(Buffer.from('é😀', 'utf8')).digest('hex'))
  })
})
