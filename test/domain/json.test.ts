import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { type Decimal, decimal } from '#domain/decimal'
import { AppError, InvariantError } from '#domain/errors'
import { canonicalJson, type Json } from '#domain/json'
import { readArray, readBoolean, readDecimal, readInteger, readNullable, readObject, readOneOf, readText } from '#domain/json-read'

test('writes JSON that reads back equal, for every value', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
      // JSON has no −0: it reads back as 0.
      expect(JSON.parse(canonicalJson(value as Json))).toEqual(JSON.parse(JSON.stringify(value)))
    }),
  )
})

test('gives equal values equal bytes, whatever the order of their keys', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.integer(), { maxKeys: 12 }), (value) => {
      const reversed = Object.fromEntries(Object.entries(value).reverse())
      expect(canonicalJson(reversed)).toBe(canonicalJson(value))
    }),
  )
  expect(canonicalJson({ b: [1, { d: null, c: true }], a: 'x"y' })).toBe('{"a":"x\\"y","b":[1,{"c":true,"d":null}]}')
})

test('refuses what JSON cannot hold', () => {
  for (const value of [undefined, () => 1, 1n, Number.NaN, Number.POSITIVE_INFINITY, Symbol('x')]) {
    expect(() => canonicalJson({ value } as unknown as Json)).toThrow(InvariantError)
  }
})

test('reads back what it wrote itself', () => {
  const row = readObject({ text: 'a', count: 3, flag: false, money: '1.50', list: [1], word: 'buy', none: null }, 'row')
  expect(readText(row['text'], 'row.text')).toBe('a')
  expect(readInteger(row['count'], 'row.count')).toBe(3)
  expect(readBoolean(row['flag'], 'row.flag')).toBe(false)
  expect(readDecimal(row['money'], 'row.money')).toBe(decimal('1.5') as Decimal)
  expect(readArray(row['list'], 'row.list')).toEqual([1])
  expect(readOneOf(row['word'], 'row.word', ['sell', 'buy'] as const)).toBe('buy')
  expect(readNullable(row['none'], 'row.none', readText)).toBeNull()
  expect(readNullable(row['text'], 'row.text', readText)).toBe('a')
})

test('refuses another form, naming the path and what is there', () => {
  const refusals: readonly [() => unknown, string][] = [
    [() => readObject([], 'a'), 'a should be an object, but is []'],
    [() => readObject(null, 'a'), 'a should be an object, but is null'],
    [() => readArray({}, 'a.b'), 'a.b should be an array, but is {}'],
    [() => readText(1, 'a'), 'a should be a text, but is 1'],
    [() => readInteger(1.5, 'a'), 'a should be an integer, but is 1.5'],
    [() => readBoolean('true', 'a'), 'a should be true or false, but is "true"'],
    [() => readDecimal('1,5', 'a'), 'a should be a decimal text, but is "1,5"'],
    [() => readDecimal(15, 'a'), 'a should be a decimal text, but is 15'],
    [() => readOneOf('hold', 'a', ['buy', 'sell']), 'a should be one of buy, sell, but is "hold"'],
    [() => readNullable(undefined, 'a', readText), 'a should be there, but is nothing'],
  ]
  for (const [read, message] of refusals) {
    expect(read).toThrow(message)
    expect(read).toThrow(AppError)
  }
})
