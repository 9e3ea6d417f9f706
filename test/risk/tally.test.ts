import { expect, test } from 'bun:test'
import { Tally } from '#risk/tally'
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
