import { add } from '#domain/decimal'
import { type CheckResult, type Judgement, type Size, withoutOwn } from '../judgement'
import { type Cap, judgeCap } from './cap'

/** Caps one base asset over all its instruments as a fraction of equity (RSK-02). */
export function assetMax(judgement: Judgement, size: Size): CheckResult {
  return judgeCap(judgement, size, assetCap(judgement))
}

export function assetCap({ view, amounts, book, own }: Judgement): Cap {
  const working = withoutOwn(book.notionalOfAsset(view.instrument.baseAsset), own === null ? null : own.notional)
  return {
    check: 'asset_max',
    capType: 'asset',
    current: add(view.held.asset, working),
    held: view.held.asset,
    limit: amounts.asset,
    what: `The exposure to ${view.instrument.baseAsset}`,
  }
}
