import { isZero } from '#domain/decimal'
import { blocked, type CheckResult, type Judgement, passed, type Size } from '../judgement'

/** Blocks entering what the account's region does not allow at the venue: futures, or an asset that is barred there (VEN-05). */
export function regionDisallowed({ view }: Judgement, size: Size): CheckResult | null {
  const { region } = view.guards
  if (region === null) return null
  const { instrumentId, baseAsset, terms } = view.instrument
  if (isZero(size.adding)) return passed('region_disallowed', 'instrument')
  const figures = { current: region.code, proposed: instrumentId, limit: null }
  if (terms?.kind === 'future' && !region.supportsFutures) {
    return blocked('region_disallowed', 'instrument', figures, `${instrumentId} is a future, which ${region.code} does not allow`)
  }
  if (region.barredAssets.includes(baseAsset)) {
    return blocked('region_disallowed', 'instrument', figures, `${baseAsset} may not be entered in ${region.code}`)
  }
  return passed('region_disallowed', 'instrument')
}
