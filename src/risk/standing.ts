import type { Judgement, Size } from './judgement'
import { capStandings } from './standing-caps'
import type { LimitStanding } from './standing-row'
import { ruleStandings } from './standing-rules'
import type { RiskLimits } from './types'

/**
 * Returns every limit that an order is held to, with what it stands at: caps by the very functions that judge, the others by what their checks
 * go by. Those that are off are there too.
 * @param given the limits as they are set, before the caps are scaled.
 */
export function standingOf(judgement: Judgement, size: Size, given: RiskLimits): readonly LimitStanding[] {
  return [...ruleStandings(judgement, size, given), ...capStandings(judgement, size, given)]
}
