import { type Decimal, isDecimalText, maximum, subtract, ZERO } from '#domain/decimal'
import type { LimitFigures } from '#domain/limit-figures'
import type { CheckName } from './check-names'
import { CHECK_FACTS } from './checks/catalogue'
import type { RiskLimits } from './types'

/** What one limit stands at, as the gate knows it. */
export interface LimitStanding extends LimitFigures {
  readonly check: CheckName
  /** The limit that holds, by which its source is found; null for what no limit sets, such as a rule of the venue. */
  readonly key: keyof RiskLimits | null
}

/** The facts of a row; what is left out is nothing. */
export type StandingFacts = Pick<LimitStanding, 'scope' | 'what'> &
  Partial<Omit<LimitStanding, 'check' | 'requirements' | 'scope' | 'what'>>

/** Returns a row. Where both figures are numbers and no headroom is given, it is what is left between them. */
export function standing(check: CheckName, facts: StandingFacts): LimitStanding {
  const { bound = null, limit = null, used = null } = facts
  return {
    check,
    requirements: CHECK_FACTS[check].requirements,
    key: null,
    configured: null,
    basis: '',
    bound,
    limit,
    filled: null,
    working: null,
    used,
    headroom: headroomOf(bound, limit, used),
    unit: '',
    holds: null,
    ...facts,
  }
}

function headroomOf(bound: LimitStanding['bound'], limit: string | null, used: string | null): Decimal | null {
  if (bound === null || limit === null || used === null || !isDecimalText(limit) || !isDecimalText(used)) return null
  const [most, least] = (bound === 'most' ? [limit, used] : [used, limit]) as [Decimal, Decimal]
  return maximum(subtract(most, least), ZERO)
}
