import { describe, expect, test } from 'bun:test'
import { decimal } from '#domain/decimal'
import { assetCode, instrumentId, venueId } from '#domain/ids'
import { balancesOf } from '#venues/kraken/map'
import { parseRaw } from '#venues/kraken/numbers'
import { assetsResult, balanceExResult, pairsResult, readAs } from '#venues/kraken/schema-rest'
import { feeAtVolume, instrumentOf, SymbolTable, scheduledFees, universeOf } from '#venues/kraken/symbols'
import { ASSETS, PAIRS } from './fixtures/reference'

const KRAKEN = venueId('kraken')
const table = new SymbolTable(
  KRAKEN,
  readAs(assetsResult, parseRaw(JSON.stringify(ASSETS)), 'Assets'),
  readAs(pairsResult, parseRaw(JSON.stringify(PAIRS)), 'AssetPairs'),
)
const instruments = [...table.pairs].map((pair) => instrumentOf(pair, KRAKEN, scheduledFees(pair.row, decimal('0'))))

describe('assets', () => {
  const cases: readonly [string, string | null, boolean][] = [
    ['XXBT', 'BTC', true],
    ['XBT', 'BTC', true],
    ['BTC', 'BTC', true],
    ['XXDG', 'DOGE', true],
    ['XETH', 'ETH', true],
    ['ZUSD', 'USD', true],
    ['USD', 'USD', true],
    ['XTZ', 'XTZ', true],
    ['ZRX', 'ZRX', true],
    ['XZEC', 'ZEC', true],
    ['XXMR', 'XMR', true],
    ['ETH2', 'ETH2', true],
    ['ETH2.S', 'ETH2', false],
    ['XBT.M', 'BTC', false],
    ['XBT.F', 'BTC', true],
    ['USD.M', 'USD', false],
    ['ZUSD.HOLD', 'USD', false],
    ['DOT.P', 'DOT', false],
    ['TSLA.T', 'TSLA.T', false],
    ['KFEE', null, false],
    ['AAPLx', null, false],
  ]
  for (const [key, asset, isTradable] of cases) {
    test(`MKT-02 reads asset ${key} as ${asset ?? 'nothing'}`, () => {
      expect(table.asset(key)).toEqual(asset === null ? null : { asset: assetCode(asset), isTradable })
    })
  }
})

test('MKT-02 finds a pair by each of its names', () => {
  for (const name of ['XXBTZUSD', 'XBTUSD', 'XBT/USD', 'BTC/USD'])
    expect(table.pair(name)?.instrumentId).toBe(instrumentId('BTC-USD@kraken'))
  for (const name of ['XDGEUR', 'XDG/EUR', 'DOGE/EUR']) expect(table.pair(name)?.instrumentId).toBe(instrumentId('DOGE-EUR@kraken'))
  expect(table.pair('XETHXXBT')?.stream).toBe('ETH/BTC')
  expect(table.pair('XTZ/USD')?.instrumentId).toBe(instrumentId('XTZ-USD@kraken'))
  expect(table.pair('AAPLxUSD')).toBeNull()
})

test('MKT-02 makes instruments with the figures of the venue', () => {
  const btc = instruments.find((one) => one.instrumentId === instrumentId('BTC-USD@kraken'))
  expect(btc).toEqual({
    instrumentId: instrumentId('BTC-USD@kraken'),
    venueId: KRAKEN,
    baseAsset: assetCode('BTC'),
    quoteAsset: assetCode('USD'),
    venueSymbols: { raw: 'XXBTZUSD', rest: 'XBTUSD', stream: 'BTC/USD' },
    status: 'online',
    tickSize: decimal('0.1'),
    lotSize: decimal('0.00000001'),
    quantityMin: decimal('0.00005'),
    notionalMin: decimal('0.5'),
    costScale: 5,
    makerFeeBps: decimal('25'),
    takerFeeBps: decimal('40'),
    marginable: true,
  })
  const xtz = instruments.find((one) => one.instrumentId === instrumentId('XTZ-USD@kraken'))
  expect(xtz).toMatchObject({ tickSize: '0.0001', quantityMin: '0.00000001', notionalMin: '0', marginable: false })
  const matic = instruments.find((one) => one.instrumentId === instrumentId('MATIC-USD@kraken'))
  expect(matic?.makerFeeBps).toBe(decimal('40'))
})

test('MKT-02 takes the fee step of the volume, a rebate too', () => {
  const schedule = [
    [decimal('0'), decimal('0.4')],
    [decimal('10000'), decimal('0.35')],
    [decimal('50000'), decimal('-0.01')],
  ] as const
  expect(feeAtVolume(schedule, decimal('9999.99'))).toBe(decimal('0.4'))
  expect(feeAtVolume(schedule, decimal('10000'))).toBe(decimal('0.35'))
  expect(feeAtVolume(schedule, decimal('1000000'))).toBe(decimal('-0.01'))
})

test('VEN-03 the universe is the quote asset, spot and online; leverage fields keep nobody out', () => {
  const ids = universeOf(instruments, assetCode('USD')).map((one) => one.instrumentId)
  expect(ids).toEqual([instrumentId('BTC-USD@kraken'), instrumentId('MATIC-USD@kraken'), instrumentId('XTZ-USD@kraken')])
})

test('PAIN-10 balances: wallets fold into one asset, what cannot be traded counts as reserved, fee credits are no money', () => {
  const raw = parseRaw(
    '{"ZUSD":{"balance":25435.2100,"hold_trade":8249.7600},"XXBT":{"balance":"1.2435000000","hold_trade":"0.8423000000"},"XBT.F":{"balance":"0.5"},"XBT.M":{"balance":"0.25"},"USD.M":{"balance":"100"},"KFEE":{"balance":"9000.00"},"SOL":{"balance":"0.0000000000"}}',
  )
  expect(balancesOf(readAs(balanceExResult, raw, 'BalanceEx'), table)).toEqual([
    { asset: assetCode('BTC'), total: decimal('1.9935'), reserved: decimal('1.0923') },
    { asset: assetCode('SOL'), total: decimal('0'), reserved: decimal('0') },
    { asset: assetCode('USD'), total: decimal('25535.21'), reserved: decimal('8349.76') },
  ])
})
