import { add } from '#domain/decimal'
import type { CheckResult, Judgement, Size } from '../judgement'
import { judgeCap } from './cap'

/** Caps what is traded within a UTC day, working orders counted as if filled today; what only reduces is not held to it (RSK-02). */
export function dailyNotionalMax(judgement: Judgement, size: Size): CheckResult | null {
  const { view, limits, working } = judgement
  if (limits.dailyNotionalMax === null) return null
  return judgeCap(judgement, size, {
    check: 'daily_notional_max',
    capType: 'daily',
    current: add(view.tradedToday, working),
    limit: limits.dailyNotionalMax,
    what: "The day's traded notional",
  })
}
