/** A tier as the configuration states it: which instruments it may have. */
export interface TierMembers {
  readonly name: string
  /** The venue and the quote asset of the pair that an asset stands for. */
  readonly venue: string
  readonly quote: string
  /** Assets (`BTC`) and instruments (`BTC-USD@kraken`). */
  readonly include: readonly string[]
  readonly exclude: readonly string[]
}

/** The universe as the configuration states it. */
export interface UniverseMembers {
  /** Assets and instruments that are of no tier, whatever a tier names. */
  readonly exclude: readonly string[]
  readonly tiers: readonly TierMembers[]
}

/** What says which instruments a bot trades: its own list, or tiers. */
export interface InstrumentChoice {
  readonly instruments: readonly string[]
  readonly universe: { readonly tiers: readonly string[] } | null
}

/** Returns the instruments that a tier names, each once, without those that are excluded; an asset stands for its pair with the quote asset. */
export function candidatesOf({ include, exclude, quote, venue }: TierMembers, excluded: readonly string[]): readonly string[] {
  const names = include.map((one) => (one.includes('@') ? one : `${one}-${quote}@${venue}`))
  const barred = [...exclude, ...excluded]
  return [...new Set(names)].filter((instrument) => !barred.includes(instrument) && !barred.includes(instrument.split('-')[0] ?? ''))
}

/** Returns the instruments that a bot may ever trade: those it lists, or the candidates of its tiers, in their order. */
export function instrumentsOf({ tiers, exclude }: UniverseMembers, { instruments, universe }: InstrumentChoice): readonly string[] {
  if (universe === null) return instruments
  return tiers.filter(({ name }) => universe.tiers.includes(name)).flatMap((tier) => candidatesOf(tier, exclude))
}
