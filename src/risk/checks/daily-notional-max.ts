import { add } from '#domain/decimal'
import type { CheckResult, Judgement, Size } from '../judgement'
import { type Cap, judgeCap } from './cap'

/** Caps what is traded within a UTC day, working orders counted as if filled today; what only reduces is not held to it (RSK-02). */
export function dailyNotionalMax(judgement: Judgement, size: Size): CheckResult | null {
  const cap = dailyNotionalCap(judgement)
  return cap === null ? null : judgeCap(judgement, size, cap)
}

/** Null where it is off. */
export function dailyNotionalCap({ view, limits, working }: Judgement): Cap | null {
  if (limits.dailyNotionalMax === null) return null
  return {
    check: 'daily_notional_max',
    capType: 'daily',
    current: add(view.tradedToday, working),
    held: view.tradedToday,
    limit: limits.dailyNotionalMax,
    what: "The day's traded notional",
  }
}
