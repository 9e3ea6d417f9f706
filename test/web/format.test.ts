import { describe, expect, test } from 'bun:test'
import { money, NONE, percent, price, quantity, shortId, shortInstrument, signedMoney, signOf, span, utcTime } from '../../src/web/format'

describe('format', () => {
  test.each([
    ['0', '0.00'],
    ['1234567.895', '1,234,567.90'],
    ['-0.004', '−0.00'],
    ['12345678901234567890.12', '12,345,678,901,234,567,890.12'],
  ])('PFL-04 shows %s as money %s, exact beyond a double', (value, expected) => {
    expect(money(value)).toBe(expected)
  })

  test('PFL-04 shows quantities and prices with their own digits', () => {
    expect(quantity('0.000000000000000001')).toBe('0.000000000000000001')
    expect(quantity('1000.50')).toBe('1,000.5')
    expect(price('63104.9')).toBe('63,104.9')
    expect([price(null), money(null), signedMoney(null)]).toEqual([NONE, NONE, NONE])
  })

  test('WEB-05 gain and loss differ by sign and not by colour alone', () => {
    expect([signedMoney('5'), signedMoney('-5'), signedMoney('0')]).toEqual(['+5.00', '−5.00', '0.00'])
    expect([signOf('0.00'), signOf('-0'), signOf('0.01'), signOf('-3'), signOf(null)]).toEqual([0, 0, 1, -1, 0])
  })

  test.each([
    [-5, '0 s'],
    [59_000, '59 s'],
    [3_600_000, '1 h'],
    [5_400_000, '1 h 30 min'],
    [86_400_000 + 5_000, '1 d'],
    [90_061_000, '1 d 1 h'],
  ])('tells %d ms as %s', (ms, expected) => {
    expect(span(ms)).toBe(expected)
  })

  test('shortens ids and names, keeps what is short', () => {
    expect(shortId('order:a1b2c300000000000000000000000001')).toBe('order:a1b2c3…00001')
    expect(shortId('bot:trend-btc')).toBe('bot:trend-btc')
    expect(shortInstrument('BTC-USD@kraken')).toBe('BTC-USD')
    expect(percent(0.0214)).toBe('2.14 %')
    expect(utcTime(Date.UTC(2026, 2, 4, 12, 0, 5))).toBe('2026-03-04 12:00:05 UTC')
  })
})
