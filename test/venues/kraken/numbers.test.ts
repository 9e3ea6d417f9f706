import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { JsonScanner, parseRaw } from '#venues/kraken/numbers'

test('MKT-08 keeps every digit of numbers as text', () => {
  const raw = parseRaw('{"a":0.10000000,"b":13834774380200032777,"c":1e-08,"d":[-1.50,"2.0",true,null],"e":"x\\"\\u00e9"}')
  expect(raw).toEqual({ a: '0.10000000', b: '13834774380200032777', c: '1e-08', d: ['-1.50', '2.0', true, null], e: 'x"é' })
})

test('reads any JSON as JSON.parse does, numbers apart (property)', () => {
  const stringified = (value: unknown): unknown =>
    typeof value === 'number'
      ? JSON.stringify(value)
      : Array.isArray(value)
        ? value.map(stringified)
        : typeof value === 'object' && value !== null
          ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, stringified(inner)]))
          : value
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), fc.integer({ min: 0, max: 2 }), (value, indent) => {
      const text = JSON.stringify(value, null, indent)
      const plain = JSON.parse(text)
      // `__proto__` is left out on purpose: as a key it would change the prototype.
      if (text.includes('__proto__')) return
      expect(parseRaw(text)).toEqual(stringified(plain) as never)
    }),
  )
})

test('never sets a prototype from the wire', () => {
  const raw = parseRaw('{"__proto__":{"isAdmin":true},"a":1}') as { readonly [key: string]: unknown }
  expect(raw['isAdmin']).toBeUndefined()
  expect(Object.keys(raw)).toEqual(['a'])
})

test('MKT-08 refuses what is no JSON, and nesting without end', () => {
  for (const text of ['', '{', '{"a"}', '{"a":}', '[1,2', '{"a":1}x', '{"a":01}', '{"a":--1}', 'nul', '"abc', '{"a":"\\x"}']) {
    expect(() => parseRaw(text)).toThrow('malformed JSON')
  }
  expect(() => parseRaw('['.repeat(100_000))).toThrow('nesting too deep')
})

test('walks an object without building it', () => {
  const scanner = new JsonScanner('{"skip":{"x":[1,{"y":"}"}]},"price":45283.50,"qty":"0.1"}')
  scanner.enterObject()
  expect(scanner.nextKey()).toBe('skip')
  scanner.skip()
  expect(scanner.nextKey()).toBe('price')
  expect(scanner.number()).toBe('45283.50')
  expect(scanner.nextKey()).toBe('qty')
  expect(scanner.number()).toBe('0.1')
  expect(scanner.nextKey()).toBeNull()
})
