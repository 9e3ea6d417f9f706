import { add } from '#domain/decimal'
import { type CheckResult, type Judgement, type Size, withoutOwn } from '../judgement'
import { judgeCap } from './cap'

/** Caps one base asset over all its instruments as a fraction of equity (RSK-02). */
export function assetMax(judgement: Judgement, size: Size): CheckResult {
  const { view, amounts, book, own } = judgement
  const working = withoutOwn(book.notionalOfAsset(view.instrument.baseAsset), own === null ? null : own.notional)
  return judgeCap(judgement, size, {
    check: 'asset_max',
    capType: 'asset',
    current: add(view.held.asset, working),
    limit: amounts.asset,
    what: `The exposure to ${view.instrument.baseAsset}`,
  })
}
