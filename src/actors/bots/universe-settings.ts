import { decimal, decimalFromNumber } from '#domain/decimal'
import { instrumentId } from '#domain/ids'
import { candidatesOf, type TierMembers, type UniverseMembers } from '#domain/universe'
import type { UniverseConfig } from '#risk/universe'

/** A tier as the configuration states it; shares as numbers, amounts as text. */
export interface TierSettings extends TierMembers {
  readonly volume24hMin: string | null
  readonly spreadBpsMax: number | null
  readonly allocationRatioMax: number | null
  readonly orderNotional: string | null
}

/** The universe as the configuration states it. */
export interface UniverseSettings extends UniverseMembers {
  readonly refreshSec: number
  readonly tiers: readonly TierSettings[]
}

/** Returns the universe as the company reads it. */
export function universeConfigOf({ refreshSec, exclude, tiers }: UniverseSettings): UniverseConfig {
  const amount = (value: string | null) => (value === null ? null : decimal(value))
  const share = (value: number | null) => (value === null ? null : decimalFromNumber(value, 9))
  return {
    refreshMs: refreshSec * 1_000,
    tiers: tiers.map((tier) => ({
      name: tier.name,
      candidates: candidatesOf(tier, exclude).map((name) => instrumentId(name)),
      volume24hMin: amount(tier.volume24hMin),
      spreadBpsMax: share(tier.spreadBpsMax),
      allocationRatioMax: share(tier.allocationRatioMax),
      orderNotional: amount(tier.orderNotional),
    })),
  }
}
