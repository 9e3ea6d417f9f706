import type { AssetCode, InstrumentId } from '#domain/ids'

/** Members of each theme, by its name. */
export type Themes = Readonly<Record<string, readonly string[]>>

/** What a theme knows a tradable by. */
interface Tradable {
  readonly instrumentId: InstrumentId
  readonly baseAsset: AssetCode
}

/** True for a tradable that the theme names, or whose base asset it names. */
export function isOfTheme(members: readonly string[], { instrumentId, baseAsset }: Tradable): boolean {
  return members.includes(baseAsset) || members.includes(instrumentId)
}

const known = new WeakMap<Themes, Map<InstrumentId, readonly string[]>>()

/** Returns the themes that an instrument belongs to, in the order of the configuration; worked out once. */
export function themesOf(themes: Themes, instrument: Tradable): readonly string[] {
  let ofInstruments = known.get(themes)
  if (ofInstruments === undefined) {
    ofInstruments = new Map()
    known.set(themes, ofInstruments)
  }
  let found = ofInstruments.get(instrument.instrumentId)
  if (found === undefined) {
    found = Object.keys(themes).filter((theme) => isOfTheme(themes[theme] ?? [], instrument))
    ofInstruments.set(instrument.instrumentId, found)
  }
  return found
}
