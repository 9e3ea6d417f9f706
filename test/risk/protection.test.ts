import { describe, expect, test } from 'bun:test'
import { type Decimal, decimal } from '#domain/decimal'
import {
  bestOf,
  closingPrice,
  collarOf,
  DEFAULT_PROTECTION,
  hitOf,
  isClosable,
  isTradedBeyond,
  levelsOf,
  NOTHING_STATED,
  type ProtectionLevels,
  stepOf,
  trailOf,
  workOf,
} from '#risk/protection'
import { validateIntent } from '#risk/validate'
import { BTC, intentOf } from './fixtures'

const d = (value: string | null): Decimal | null => (value === null ? null : decimal(value))
const LONG = decimal('1')
const SHORT = decimal('-1')
const TICK = { tickSize: decimal('0.5') }
const levels = (stop: string | null, target: string | null, trailing: string | null = null): ProtectionLevels => ({
  stopPrice: d(stop),
  targetPrice: d(target),
  trailingRatio: d(trailing),
})

describe('EXE-13 where a position is given up', () => {
  const ratios = { ...DEFAULT_PROTECTION, stopLossRatio: decimal('0.02'), takeProfitRatio: decimal('0.1'), trailingRatio: decimal('0.05') }

  test('EXE-13 by ratios of the entry price, on the tick toward what the position gains by', () => {
    expect(levelsOf(LONG, decimal('100.3'), NOTHING_STATED, ratios, TICK)).toEqual(levels('98.5', '110.5', '0.05'))
    expect(levelsOf(SHORT, decimal('100.3'), NOTHING_STATED, ratios, TICK)).toEqual(levels('102', '90', '0.05'))
  })

  test('EXE-13 what was stated comes first, each by itself; without either there is nothing', () => {
    const stated = { ...NOTHING_STATED, stopPrice: decimal('90') }
    expect(levelsOf(LONG, decimal('100'), stated, ratios, TICK)).toEqual(levels('90', '110', '0.05'))
    expect(levelsOf(LONG, decimal('100'), stated, DEFAULT_PROTECTION, TICK)).toEqual(levels('90', null))
    expect(levelsOf(LONG, decimal('100'), NOTHING_STATED, DEFAULT_PROTECTION, TICK)).toBeNull()
  })

  test('EXE-13 a long one is closed at the bid and a short one at the ask; the best price and its trail follow that', () => {
    const quote = { bidPrice: decimal('99'), askPrice: decimal('101') }
    expect([closingPrice(LONG, quote), closingPrice(SHORT, quote)]).toEqual(['99', '101'] as never)
    expect([bestOf(LONG, d('100'), decimal('99')), bestOf(SHORT, d('100'), decimal('99')), bestOf(LONG, null, decimal('99'))]).toEqual([
      '100',
      '99',
      '99',
    ] as never)
    expect(trailOf(LONG, levels(null, null, '0.1'), d('100'), TICK.tickSize)).toBe(decimal('90'))
    expect(trailOf(SHORT, levels(null, null, '0.1'), d('100'), TICK.tickSize)).toBe(decimal('110'))
    expect(trailOf(LONG, levels('90', null), d('100'), TICK.tickSize)).toBeNull()
  })

  for (const [what, quantity, trail, price, kind] of [
    ['a long one above its stop', LONG, null, '90.5', null],
    ['a long one at its stop', LONG, null, '90', 'stop'],
    ['a long one through stop and trail', LONG, '95', '80', 'stop'],
    ['a long one at its trail', LONG, '95', '95', 'trailing'],
    ['a long one below its target', LONG, null, '109.5', null],
    ['a long one at its target', LONG, null, '110', 'target'],
    ['a short one at its stop', SHORT, null, '110', 'stop'],
    ['a short one at its trail', SHORT, '105', '105', 'trailing'],
    ['a short one at its target', SHORT, null, '90', 'target'],
    ['a short one between', SHORT, null, '100', null],
  ] as const)
    test(`EXE-13 ${what} sets off ${kind ?? 'nothing'}`, () => {
      const own = quantity === LONG ? levels('90', '110') : levels('110', '90')
      expect(hitOf(quantity, own, d(trail), decimal(price))?.kind ?? null).toBe(kind)
    })

  test('EXE-13 a trade bears a price out where it has reached the trigger from the same side', () => {
    const at = (triggerPrice: string, price: string, last: string | null) =>
      isTradedBeyond({ kind: 'stop', triggerPrice: decimal(triggerPrice), price: decimal(price) }, d(last))
    expect([at('90', '80', '90'), at('90', '80', '90.5'), at('90', '80', null)]).toEqual([true, false, false])
    expect([at('110', '120', '110'), at('110', '120', '109.5')]).toEqual([true, false])
  })

  test('PAIN-11 steps end at the market, and collars double up to what the gate lets pass', () => {
    expect([0, 1, 2, 3, 4, 9].map(stepOf)).toEqual(['limit', 'nearer', 'ioc', 'wideIoc', 'market', 'market'])
    expect([0, 1, 2, 3, 4].map((step) => collarOf(step, decimal('20'), decimal('100')))).toEqual(['20', '40', '80', '100', '100'] as never)
  })

  test('EXE-14 where the market is wider than any order may reach, the last step rests at that bound', () => {
    const quote = { bidPrice: decimal('98.9'), askPrice: decimal('101.1') }
    const [mid, bps] = [decimal('100'), decimal('110')]
    const worked = (position: Decimal, bidPrice: string, askPrice: string) =>
      workOf('market', position, { bidPrice: decimal(bidPrice), askPrice: decimal(askPrice) }, mid, bps)
    expect([workOf('market', LONG, quote, mid, bps), workOf('market', SHORT, quote, mid, bps)]).toEqual(['market', 'market'])
    expect([worked(LONG, '98.89', '101'), worked(SHORT, '98.89', '101')]).toEqual(['resting', 'market'])
    expect([worked(LONG, '99', '101.11'), worked(SHORT, '99', '101.11')]).toEqual(['market', 'resting'])
    expect([workOf('market', LONG, null, mid, bps), workOf('market', LONG, quote, null, bps)]).toEqual(['market', 'market'])
    expect(workOf('wideIoc', LONG, quote, mid, decimal('1'))).toBe('wideIoc')
  })

  test('PAIN-10 EXE-13 dust needs no protection: no order could close it', () => {
    const instrument = { ...BTC, lotSize: decimal('0.01'), quantityMin: decimal('0.05'), notionalMin: decimal('5') }
    const closable = ['0.049', '0.05', '-0.05', '0.009'].map((quantity) => isClosable(decimal(quantity), decimal('100'), instrument))
    expect(closable).toEqual([false, true, true, false])
    expect(isClosable(decimal('0.05'), decimal('99'), instrument)).toBe(false)
  })

  test('EXE-13 an intent may state a trailing share between 0 and 1', () => {
    const problems = (trailing: string) => validateIntent({ ...intentOf(), trailingRatio: decimal(trailing) }).map(({ field }) => field)
    expect(['0', '0.02', '1', '-0.1'].map(problems)).toEqual([['trailingRatio'], [], ['trailingRatio'], ['trailingRatio']])
  })
})
