import { add } from '#domain/decimal'
import { type CheckResult, type Judgement, type Size, withoutOwn } from '../judgement'
import { type Cap, judgeCap } from './cap'

/** Caps what all positions and working orders together lose if each is closed at its stop, as a fraction of equity; a hard cap (RSK-04, RSK-12). */
export function portfolioRisk(judgement: Judgement, size: Size): CheckResult | null {
  const cap = portfolioRiskCap(judgement)
  return cap === null ? null : judgeCap(judgement, size, cap)
}

/** Null where it is off. */
export function portfolioRiskCap({ amounts, view, book, own }: Judgement): Cap | null {
  if (amounts.portfolioRisk === null) return null
  const held = view.guards.risk.total
  return {
    check: 'portfolio_risk',
    capType: 'risk',
    current: add(held, withoutOwn(book.risk(), own === null ? null : own.risk)),
    held,
    limit: amounts.portfolioRisk,
    what: 'What all positions can lose at their stops',
    counts: 'risk',
  }
}
