import { type Decimal, isDecimalText, maximum, subtract, ZERO } from '#domain/decimal'
import type { CheckName } from './check-names'
import { CHECK_FACTS } from './checks/catalogue'
import type { RiskLimits } from './types'

/** What one limit stands at. Figures are text: a sum, a count, a time in ms, or a word such as `active`. */
export interface LimitStanding {
  readonly check: CheckName
  readonly requirements: readonly string[]
  /** Whom it is counted over: `company`, `bot:a`, `asset:BTC`, `day`…; `order` for what every order is held to on its own. */
  readonly scope: string
  /** For a person: `The exposure to BTC`. */
  readonly what: string
  /** The limit that holds, by which its source is found; null for what no limit sets, such as a rule of the venue. */
  readonly key: keyof RiskLimits | null
  /** As the limit is set; null where it is off. */
  readonly configured: string | null
  /** What `configured` is counted in: `of equity`, `ms`; empty for words and sums of money. */
  readonly basis: string
  /** Whether figures must stay below the limit or above it; null where there is nothing to compare. */
  readonly bound: 'most' | 'least' | null
  /** The limit in the unit of the figures, as the gate compares with it now; null where it is off or each order has its own. */
  readonly limit: string | null
  /** Null where nothing is counted, as the next four. */
  readonly filled: string | null
  /** In working orders at worst. */
  readonly working: string | null
  /** Both. */
  readonly used: string | null
  /** What still passes: never below zero. */
  readonly headroom: string | null
  /** Of the figures: `money` is the account's currency; else an asset, `ms`, `orders`… */
  readonly unit: string
  /** Why an order that adds risk would be blocked by it now, whatever its size; null when it would not. */
  readonly holds: string | null
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
