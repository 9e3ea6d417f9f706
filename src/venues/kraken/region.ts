import type { AssetCode } from '#domain/ids'
import { assetCode } from '#domain/ids'
import type { Instrument } from '#domain/instrument'
import type { Approved } from '#domain/order'
import type { Refusal } from '#domain/outcome'

/** What the owner's place of residence allows (VEN-05). Troupe trades spot; the flags only ever forbid. */
export interface RegionProfile {
  /** Country, or country and state: `US_CA`. */
  readonly code: string
  readonly supportsMargin: boolean
  readonly supportsFutures: boolean
  readonly supportsStaking: boolean
  /** The quote asset of the universe. */
  readonly defaultQuote: AssetCode
}

/** The profile when none is configured: the strictest one. */
export const REGION_DEFAULT: RegionProfile = {
  code: 'US_CA',
  supportsMargin: false,
  supportsFutures: false,
  supportsStaking: false,
  defaultQuote: assetCode('USD'),
}

/** Returns the region as Kraken's `country_code` wants it (`US:CA`). */
export function countryCodeOf(region: RegionProfile): string {
  return region.code.replace('_', ':')
}

/**
 * Says why the region forbids an order, or null. The last door before the wire: the gate has judged already, and what it
 * forbids must not depend on one place alone. `tradable` lists what the venue offers in the region; null when it did not say.
 */
export function refuseByRegion(
  order: Approved,
  instrument: Instrument,
  region: RegionProfile,
  tradable: ReadonlySet<string> | null,
): Refusal | null {
  if (tradable !== null && !tradable.has(instrument.venueSymbols.raw)) {
    return { code: 'regionForbids', reason: `${instrument.instrumentId} is not offered in ${region.code}`, retry: 'never' }
  }
  if (!region.supportsMargin && order.side === 'sell' && (order.effect === 'open' || order.effect === 'increase')) {
    return { code: 'regionForbids', reason: `${region.code} has no margin: a sell may only reduce or close`, retry: 'never' }
  }
  return null
}
