import { expect, test } from 'bun:test'
import { clientOrderIdOf, sha256Hex } from '#domain/digest'
import { InvariantError } from '#domain/errors'
import {
  accountId,
  assetCode,
  botId,
  clientOrderId,
  instrumentId,
  instrumentIdOf,
  intentId,
  isClientOrderId,
  strategyId,
  tradeId,
  venueId,
  venueOrderId,
} from '#domain/ids'

const cases: readonly [string, (value: string) => string, readonly string[], readonly string[]][] = [
  ['venue id', venueId, ['kraken', 'a', '0x', 'a-b'], ['', 'Kraken', '-a', 'a b', 'a'.repeat(49)]],
  ['bot id', botId, ['mm-btc', '1'], ['', 'MM', 'a|b', 'bot:1']],
  ['strategy id', strategyId, ['trend-following'], ['Trend', '']],
  ['asset code', assetCode, ['BTC', 'USD', 'ETH2.S', '1INCH'], ['btc', '', '.A', 'A'.repeat(21)]],
  ['account id', accountId, ['main@kraken'], ['main', '@kraken', 'main@', 'Main@kraken']],
  ['instrument id', instrumentId, ['BTC-USD@kraken'], ['BTCUSD@kraken', 'BTC-USD', 'btc-usd@kraken', 'BTC-USD@']],
  ['client order id', clientOrderId, ['0123456789abcdef0123456789abcdef'], ['0123', '0123456789ABCDEF0123456789abcdef', '']],
  ['venue order id', venueOrderId, ['O1234-ABC', '~'], ['', 'a b', 'é', 'x'.repeat(129)]],
  ['trade id', tradeId, ['T-1'], ['', '\n']],
  ['intent id', intentId, ['a bot: one'], ['', 'x'.repeat(201), 'tab\t']],
]

for (const [what, mint, good, bad] of cases) {
  test(`mints a ${what} from its own form and refuses any other`, () => {
    for (const value of good) expect(mint(value)).toBe(value)
    for (const value of bad) expect(() => mint(value)).toThrow(InvariantError)
  })
}

test('composes an instrument id of base, quote and venue', () => {
  expect(String(instrumentIdOf(assetCode('BTC'), assetCode('USD'), venueId('kraken')))).toBe('BTC-USD@kraken')
})

test('tells our client order ids from foreign ones', () => {
  expect(isClientOrderId('0123456789abcdef0123456789abcdef')).toBe(true)
  expect(isClientOrderId('my-order')).toBe(false)
})

test('quotes no more than 80 characters of a refused id', () => {
  expect(() => venueId('X'.repeat(500))).toThrow(`"${'X'.repeat(80)}" is not a valid venue id`)
})

test('digests UTF-8 text with SHA-256', () => {
  // FIPS 180-2, appendix B.1, and the digest of no bytes.
  expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  expect(sha256Hex('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
})

test('EXE-03 derives the same client order id from the same parts, and another from any other part', () => {
  const parts = { tag: '00ff00', accountId: 'main@kraken', botId: 'b', instrumentId: 'BTC-USD@kraken', intentId: 'i', index: 0 }
  const id = clientOrderIdOf(parts)
  expect(clientOrderIdOf({ ...parts })).toBe(id)
  expect(id.startsWith('00ff00')).toBe(true)
  expect(isClientOrderId(id)).toBe(true)
  const others = [
    { ...parts, tag: '00ff01' },
    { ...parts, accountId: 'other@kraken' },
    { ...parts, botId: 'c' },
    { ...parts, instrumentId: 'ETH-USD@kraken' },
    { ...parts, intentId: 'j' },
    { ...parts, index: 1 },
    // Parts do not run together: "b" + "ci" is not "bc" + "i".
    { ...parts, botId: 'bi', intentId: '' },
  ].map(clientOrderIdOf)
  expect(new Set([id, ...others]).size).toBe(others.length + 1)
})
