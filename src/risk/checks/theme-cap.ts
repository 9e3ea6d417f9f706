import { add, isLess, subtract } from '#domain/decimal'
import { manualHeld, manualPart } from '../budget'
import { type HeldPosition, heldWhere } from '../held'
import { type CheckResult, type Judgement, type Size, withoutOwn } from '../judgement'
import { isOfTheme, themesOf } from '../themes'
import { type Cap, judgeCap } from './cap'

/** Caps each theme that the instrument belongs to, such as memes, as a fraction of equity (RSK-02); the tightest of them counts. */
export function themeCap(judgement: Judgement, size: Size): CheckResult | null {
  let worst: CheckResult | null = null
  for (const theme of themesOf(judgement.limits.themes, judgement.view.instrument)) {
    const result = judgeCap(judgement, size, capOfTheme(judgement, theme))
    if (worst === null || isTighter(result, worst)) worst = result
  }
  return worst
}

/** The cap of one theme, whether or not the order's instrument belongs to it. */
export function capOfTheme(judgement: Judgement, theme: string): Cap {
  const { limits, amounts, view, book, own } = judgement
  const members = limits.themes[theme] ?? []
  const isMember = (row: Pick<HeldPosition, 'instrumentId' | 'baseAsset'>) => isOfTheme(members, row)
  const working = withoutOwn(book.notionalWhere(isMember), own === null ? null : own.notional)
  const held = heldWhere(view.positions, isMember)
  return {
    check: 'theme_cap',
    capType: 'theme',
    current: subtract(add(held, working), manualPart(judgement, isMember)),
    held: subtract(held, manualHeld(judgement, isMember)),
    limit: amounts.theme,
    what: `The exposure to the theme ${theme}`,
  }
}

function isTighter(one: CheckResult, other: CheckResult): boolean {
  if (other.figure.outcome === 'block') return false
  if (one.figure.outcome === 'block') return true
  if (one.quantityMax === null) return false
  return other.quantityMax === null || isLess(one.quantityMax, other.quantityMax)
}
