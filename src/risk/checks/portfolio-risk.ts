import { add } from '#domain/decimal'
import { type CheckResult, type Judgement, type Size, withoutOwn } from '../judgement'
import { judgeCap } from './cap'

/** Caps what all positions and working orders together lose if each is closed at its stop, as a fraction of equity; a hard cap (RSK-04, RSK-12). */
export function portfolioRisk(judgement: Judgement, size: Size): CheckResult | null {
  const { amounts, view, book, own } = judgement
  if (amounts.portfolioRisk === null) return null
  return judgeCap(judgement, size, {
    check: 'portfolio_risk',
    capType: 'risk',
    current: add(view.guards.risk.total, withoutOwn(book.risk(), own === null ? null : own.risk)),
    limit: amounts.portfolioRisk,
    what: 'What all positions can lose at their stops',
    counts: 'risk',
  })
}
