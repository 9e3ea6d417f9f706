import { describe, expect, test } from 'bun:test'
import { add, isLess, multiply, subtract } from '#domain/decimal'
import { DAY_MS } from '#domain/time'
import { botDrawdownLimit, botDrawdownPlan, evaluateBotDrawdown } from '#risk/breakers/bot-drawdown'
import { dailyDrawdownEndsAtMs, dailyDrawdownPlan, evaluateDailyDrawdown } from '#risk/breakers/daily-drawdown'
import { type Fall, hasFallen, ratioOfFall } from '#risk/breakers/fall'
import type { BreakerLimits } from '#risk/breakers/limits'
import { evaluateMaxDrawdown, maxDrawdownPlan } from '#risk/breakers/max-drawdown'
import { evaluatePortfolioDrawdown, portfolioDrawdownPlan } from '#risk/breakers/portfolio-drawdown'
import type { BreakerPlan, BreakerTrip } from '#risk/breakers/types'
import { BOT, d } from '../fixtures'
import { limitsWith } from './fixtures'

const limits = limitsWith()
const fall = (peak: string, equity: string): Fall => ({ peak: d(peak), equity: d(equity) })

const RULES: readonly (readonly [string, string, (fall: Fall, limits: BreakerLimits) => BreakerTrip | null, BreakerPlan])[] = [
  ['25 % of a bot', '0.25', (seen, given) => evaluateBotDrawdown(BOT, seen, given), botDrawdownPlan(BOT, limits)],
  ['40 % of the portfolio', '0.4', evaluatePortfolioDrawdown, portfolioDrawdownPlan(limits)],
  ['10 % of the day', '0.1', evaluateDailyDrawdown, dailyDrawdownPlan(limits)],
  ['20 % of the window', '0.2', evaluateMaxDrawdown, maxDrawdownPlan(limits)],
]

describe('RSK-08 drawdowns', () => {
  for (const [what, ratio, evaluate, plan] of RULES)
    test(`RSK-08 ${what} trips when it is lost, to the last digit, and not before`, () => {
      const peak = d('10000.01')
      const edge = subtract(peak, multiply(peak, d(ratio)))
      const at = (equity: string) => evaluate({ peak, equity: d(equity) }, limits)
      expect(at(edge)).toEqual({ threshold: ratio, value: ratio, reason: expect.stringContaining(String(edge)) })
      expect(at(add(edge, d('0.000001')))).toBeNull()
      expect(at(subtract(edge, d('0.000001')))).not.toBeNull()
      expect(at('10000.01')).toBeNull()
      expect(at('-1')).toMatchObject({ value: expect.stringMatching(/^1\./) })
      expect(plan.threshold).toBe(ratio)
    })

  test('RSK-08 each does to its scope what its row says', () => {
    const shown = RULES.map(([, , , { kind, response, rearm, tripsKillSwitch }]) => [kind, response, rearm, tripsKillSwitch])
    expect(shown).toEqual([
      ['botDrawdown', 'halt', 'operator', false],
      ['portfolioDrawdown', 'halt', 'operator', true],
      ['dailyDrawdown', 'reduce', 'auto', false],
      ['maxDrawdown', 'halt', 'operator', false],
    ])
  })

  test("RSK-08 a bot's own limit wins where it is lower, and is never a way around the general one", () => {
    const own = (ratio: string) => limitsWith({ botDrawdownRatioMaxOf: { [BOT]: d(ratio) } })
    expect(botDrawdownLimit(BOT, own('0.15'))).toBe(d('0.15'))
    expect(botDrawdownLimit(BOT, own('0.6'))).toBe(d('0.25'))
    expect(botDrawdownLimit('constructor' as typeof BOT, own('0.15'))).toBe(d('0.25'))
    expect(evaluateBotDrawdown(BOT, fall('100', '85'), own('0.15'))).toMatchObject({ threshold: '0.15', value: '0.15' })
    expect(evaluateBotDrawdown(BOT, fall('100', '85'), limits)).toBeNull()
  })

  test('RSK-08 a limit of zero is reached by any loss and by no gain; without a positive peak there is nothing to lose', () => {
    expect(hasFallen(fall('100', '99.99'), d('0'))).toBe(true)
    expect(hasFallen(fall('100', '100'), d('0'))).toBe(false)
    for (const peak of ['0', '-5']) {
      expect(hasFallen(fall(peak, '-100'), d('0.1'))).toBe(false)
      expect(ratioOfFall(fall(peak, '-100'))).toBe(d('0'))
    }
  })

  test('RSK-08 the shown ratio and the exact comparison agree wherever rounding does not decide', () => {
    for (let lost = 0; lost <= 1_000; lost += 7) {
      const seen = fall('1000', String(1_000 - lost))
      expect([lost, hasFallen(seen, d('0.25'))]).toEqual([lost, !isLess(ratioOfFall(seen), d('0.25'))])
    }
  })

  test('RSK-08 the day of a trip is a UTC day', () => {
    const noon = Date.UTC(2026, 2, 29, 12) // the day on which summer time begins in Europe
    expect(dailyDrawdownEndsAtMs(noon)).toBe(Date.UTC(2026, 2, 30))
    expect(dailyDrawdownEndsAtMs(Date.UTC(2026, 2, 30) - 1)).toBe(Date.UTC(2026, 2, 30))
    expect(dailyDrawdownEndsAtMs(Date.UTC(2026, 2, 30))).toBe(Date.UTC(2026, 2, 30) + DAY_MS)
  })

  test('RSK-08 the reason names the window, or the session', () => {
    expect(evaluateMaxDrawdown(fall('100', '50'), limits)?.reason).toContain('within 7 d')
    expect(evaluateMaxDrawdown(fall('100', '50'), limitsWith({ maxDrawdownWindowMs: null }))?.reason).toContain('in this session')
  })
})
