import { expect, test } from 'bun:test'
import { PairTally, Tally } from '#risk/tally'
import { d } from './fixtures'

test('I13 keeps an entry only while its sum is not zero', () => {
  const tally = new Tally()
  tally.add('a', d('1.5'))
  tally.add('a', d('-0.5'))
  tally.add('b', d('0'))
  expect([tally.of('a'), tally.of('b'), tally.size]).toEqual([d('1'), d('0'), 1])
  tally.add('a', d('-1'))
  expect([tally.of('a'), tally.size]).toEqual([d('0'), 0])
})

test('I13 keeps sums of two keys apart, and none of zero', () => {
  const tally = new PairTally()
  tally.add('a', 'x', d('1.5'))
  tally.add('a', 'y', d('2'))
  tally.add('b', 'x', d('4'))
  tally.add('c', 'x', d('0'))
  expect([tally.of('a', 'x'), tally.of('a', 'y'), tally.of('b', 'x'), tally.of('b', 'y'), tally.of('c', 'x')]).toEqual(
    ['1.5', '2', '4', '0', '0'].map(d),
  )
  tally.add('a', 'x', d('-1.5'))
  expect([tally.of('a', 'x'), tally.size]).toEqual([d('0'), 2])
})
