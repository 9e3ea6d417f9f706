import { describe, expect, test } from 'bun:test'
import { DAY_MS, utcDayOf } from '#domain/time'
import { consecutiveLossesPlan, evaluateConsecutiveLosses, extendStreak, NO_STREAK } from '#risk/breakers/consecutive-losses'
import { dailyLossPlan, evaluateDailyLoss, ratioOfDayLoss, type Realization, realizedOnDay } from '#risk/breakers/daily-loss'
import { BOT, d, NOW_MS } from '../fixtures'
import { limitsWith } from './fixtures'

const limits = limitsWith()
let serial = 0
const closing = (value: string, key = `order ${++serial}`): Realization => ({
  key,
  realizedValue: d(value),
  closedQuantity: d('1'),
  atMs: NOW_MS,
})
const opening = (fee: string): Realization => ({ key: `order ${++serial}`, realizedValue: d(fee), closedQuantity: d('0'), atMs: NOW_MS })
const streakOf = (realizations: readonly Realization[]) => realizations.reduce(extendStreak, NO_STREAK)

describe('daily loss', () => {
  test('RSK-08 halts all, until an operator resets', () => {
    expect(dailyLossPlan(limits)).toMatchObject({ kind: 'dailyLoss', response: 'halt', rearm: 'operator', tripsKillSwitch: false })
  })

  test('RSK-08 trips at 5 % of the opening equity', () => {
    const at = (realized: string) => evaluateDailyLoss({ openingEquity: d('10000'), realizedToday: d(realized) }, limits)
    expect(at('-499.99')).toBeNull()
    expect(at('0')).toBeNull()
    expect(at('5000')).toBeNull()
    expect(at('-500')).toMatchObject({ threshold: '0.05', value: '0.05' })
    expect(at('-623.45')).toMatchObject({ value: '0.062345', reason: expect.stringContaining('623.45') })
  })

  test('RSK-08 trips on any loss without opening equity', () => {
    for (const openingEquity of ['0', '-3']) {
      const figures = { openingEquity: d(openingEquity), realizedToday: d('-0.01') }
      expect(evaluateDailyLoss(figures, limits)).toMatchObject({ value: '1' })
    }
  })

  test('RSK-08 shows what of the day is lost, from 0', () => {
    expect(ratioOfDayLoss({ openingEquity: d('1000'), realizedToday: d('-12.5') })).toBe(d('0.0125'))
    expect(ratioOfDayLoss({ openingEquity: d('1000'), realizedToday: d('12.5') })).toBe(d('0'))
    expect(ratioOfDayLoss({ openingEquity: d('0'), realizedToday: d('-1') })).toBe(d('1'))
  })

  test('RSK-08 sums what the UTC day realised, fees of opening trades included', () => {
    const dayMs = utcDayOf(NOW_MS)
    const at = (atMs: number, value: string): Realization => ({ ...opening(value), atMs })
    const realizations = [
      at(dayMs - 1, '-1000'),
      at(dayMs, '-1'),
      at(dayMs + DAY_MS - 1, '-0.5'),
      at(dayMs + DAY_MS, '-2000'),
      closing('0.25'),
    ]
    expect(realizedOnDay(realizations, NOW_MS)).toBe(d('-1.25'))
  })
})

describe('consecutive losses', () => {
  test('RSK-08 pauses the bot for 24 h, and resumes it by itself', () => {
    expect(consecutiveLossesPlan(limits)).toMatchObject({ response: 'pause', rearm: 'auto', coolDownMs: DAY_MS, isMoment: true })
  })

  test('RSK-08 trips at three losing trades in a row', () => {
    const two = streakOf([closing('-1'), closing('-0.01')])
    expect(evaluateConsecutiveLosses(BOT, two, limits)).toBeNull()
    const three = extendStreak(two, closing('-5'))
    expect(evaluateConsecutiveLosses(BOT, three, limits)).toMatchObject({
      threshold: '3',
      value: '3',
      reason: expect.stringContaining('1 d'),
    })
  })

  test('RSK-08 begins anew after a win or a trade without result, and does not count opening fees', () => {
    expect(streakOf([closing('-1'), closing('-1'), closing('2'), closing('-1')]).losses).toBe(1)
    expect(streakOf([closing('-1'), closing('-1'), closing('0')]).losses).toBe(0)
    expect(streakOf([closing('-1'), opening('-0.4'), closing('-1')]).losses).toBe(2)
  })

  test('RSK-08 takes the fills of one closing order for one trade, by their sum', () => {
    expect(streakOf([closing('-1', 'a'), closing('-1', 'a'), closing('-1', 'a')]).losses).toBe(1)
    expect(streakOf([closing('-1'), closing('-1', 'b'), closing('3', 'b')]).losses).toBe(0)
    expect(streakOf([closing('-1'), closing('2', 'c'), closing('-3', 'c')])).toEqual({ losses: 2, before: 1, key: 'c', value: d('-1') })
  })
})
