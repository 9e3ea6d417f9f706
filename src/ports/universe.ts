/** A tier with what it asks of its instruments, and what is in them. Amounts in the account currency; null bounds nothing. */
export type TierView = {
  readonly name: string
  readonly volume24hMin: string | null
  readonly spreadBpsMax: string | null
  /** Share of equity. */
  readonly allocationRatioMax: string | null
  readonly orderNotional: string | null
  /** Positions at mark and working orders at their worst. */
  readonly exposure: string
  /** What `allocationRatioMax` comes to now; null without one. */
  readonly exposureMax: string | null
  readonly instruments: number
  readonly admitted: number
}

/** One instrument of the universe, as of the last look. */
export type UniverseInstrumentView = {
  readonly instrumentId: string
  readonly tier: string
  readonly themes: readonly string[]
  readonly isAdmitted: boolean
  /** Null for one that is admitted. */
  readonly exclusionReason: string | null
  /** For a person; empty for one that is admitted. */
  readonly text: string
  /** The figure that keeps it out, and its bound; null where there is none. */
  readonly current: string | null
  readonly limit: string | null
  readonly volume24h: string | null
  readonly spreadBps: string | null
  /** Since when it is admitted, or kept out for this reason, UTC ms. */
  readonly sinceMs: number
  /** Bots that trade it; those that pass it over for others with more volume are left out. */
  readonly bots: readonly string[]
}

/** What may be entered now (MKT-01). */
export type UniverseView = {
  readonly currency: string
  readonly refreshMs: number
  /** UTC ms; null before the first look. */
  readonly lookedAtMs: number | null
  readonly tiers: readonly TierView[]
  readonly instruments: readonly UniverseInstrumentView[]
}
