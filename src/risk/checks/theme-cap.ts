import { add, isLess, subtract } from '#domain/decimal'
import { manualPart } from '../budget'
import { type HeldPosition, heldWhere } from '../held'
import { type CheckResult, type Judgement, type Size, withoutOwn } from '../judgement'
import { isOfTheme, themesOf } from '../themes'
import { judgeCap } from './cap'

/** Caps each theme that the instrument belongs to, such as memes, as a fraction of equity (RSK-02); the tightest of them counts. */
export function themeCap(judgement: Judgement, size: Size): CheckResult | null {
  let worst: CheckResult | null = null
  for (const theme of themesOf(judgement.limits.themes, judgement.view.instrument)) {
    const result = judgeTheme(judgement, size, theme)
    if (worst === null || isTighter(result, worst)) worst = result
  }
  return worst
}

function judgeTheme(judgement: Judgement, size: Size, theme: string): CheckResult {
  const { limits, amounts, view, book, own } = judgement
  const members = limits.themes[theme] ?? []
  const isMember = (row: Pick<HeldPosition, 'instrumentId' | 'baseAsset'>) => isOfTheme(members, row)
  const working = withoutOwn(book.notionalWhere(isMember), own === null ? null : own.notional)
  const all = add(heldWhere(view.positions, isMember), working)
  return judgeCap(judgement, size, {
    check: 'theme_cap',
    capType: 'theme',
    current: subtract(all, manualPart(judgement, isMember)),
    limit: amounts.theme,
    what: `The exposure to the theme ${theme}`,
  })
}

function isTighter(one: CheckResult, other: CheckResult): boolean {
  if (other.figure.outcome === 'block') return false
  if (one.figure.outcome === 'block') return true
  if (one.quantityMax === null) return false
  return other.quantityMax === null || isLess(one.quantityMax, other.quantityMax)
}
