import { absolute, type Decimal, divide, isGreater, isNegative, isZero, multiply, subtract, ZERO } from '#domain/decimal'
import { assetCode, type AssetCode, type VenueId, venueId } from '#domain/ids'
import type { Json, JsonObject } from '#domain/json'
import { readArray, readDecimal, readObject, readText } from '#domain/json-read'
import type { DriftLine } from './drift'
import { Roundings } from './roundings'

export interface DriftRules {
  /** Readings that are to agree lie at least so far apart, ms: what is under way between venue and books arrives meanwhile. */
  readonly settleMs: number
  /** Two readings agree when their differences are worth the same but for this, valuation asset. */
  readonly tolerance: Decimal
}

/** One reading of a venue's balances against the books. */
export interface DriftReading {
  /** Differences worth more than the tolerance, of assets with nothing in flight. */
  readonly lines: readonly DriftLine[]
  /** Assets with something in flight: what is thought of them stays as it is. */
  readonly inFlight: ReadonlySet<AssetCode>
  /** Monotonic µs. */
  readonly atUs: number
}

interface Suspicion {
  readonly line: DriftLine
  readonly sinceUs: number
  /** How often the difference changed from one reading to the next. */
  readonly changes: number
}

interface Drifting {
  readonly suspected: Map<AssetCode, Suspicion>
  readonly believed: Map<AssetCode, DriftLine>
}

/** A difference that is another one at each reading is believed after so many: it does not settle. */
const CHANGES_MAX = 3

/**
 * Which differences between books and venues are believed (PFL-08): those that two readings a settle time apart agree on, while nothing of
 * the asset is in flight. What is believed is journaled by the owner, and stays believed over a restart until a reading shows it gone.
 */
export class DriftWatch {
  readonly #rules: DriftRules
  readonly #venues = new Map<VenueId, Drifting>()
  /** What was too little to be believed, and was booked away. */
  readonly roundings: Roundings

  constructor(rules: DriftRules) {
    this.#rules = rules
    this.roundings = new Roundings(rules.tolerance)
  }

  /** Every difference that is believed. */
  get lines(): readonly DriftLine[] {
    return [...this.#venues.values()].flatMap(({ believed }) => [...believed.values()])
  }

  linesOf(venue: VenueId): readonly DriftLine[] {
    return [...(this.#venues.get(venue)?.believed.values() ?? [])]
  }

  /** True while any difference is believed, of one venue or (null) of all. */
  isDrifting(venue: VenueId | null): boolean {
    if (venue !== null) return (this.#venues.get(venue)?.believed.size ?? 0) > 0
    for (const { believed } of this.#venues.values()) if (believed.size > 0) return true
    return false
  }

  /** Takes a reading. Returns true when a second one, a settle time later, would tell more. */
  read(venue: VenueId, { lines, inFlight, atUs }: DriftReading): boolean {
    const state = this.#of(venue)
    const seen = new Set(lines.map(({ asset }) => asset))
    for (const known of [state.suspected, state.believed])
      for (const asset of known.keys()) if (!seen.has(asset) && !inFlight.has(asset)) known.delete(asset)
    for (const line of lines) this.#suspect(state, line, atUs)
    return [...state.suspected.keys()].some((asset) => !state.believed.has(asset))
  }

  #suspect({ suspected, believed }: Drifting, line: DriftLine, atUs: number): void {
    const { asset } = line
    const known = suspected.get(asset)
    const isSame = known !== undefined && this.#agree(known.line, line)
    const changes = isSame || known === undefined ? 0 : known.changes + 1
    const sinceUs = isSame ? known.sinceUs : atUs
    suspected.set(asset, { line, sinceUs, changes })
    const isSettled = isSame && atUs - sinceUs >= this.#rules.settleMs * 1_000
    if (isSettled || changes >= CHANGES_MAX || believed.has(asset)) believed.set(asset, line)
  }

  /** True when both differ in the same direction, and what lies between them is worth no more than the tolerance at the later price. */
  #agree(first: DriftLine, second: DriftLine): boolean {
    const [one, other] = [differenceOf(first), differenceOf(second)]
    if (one === other) return true
    if (isNegative(one) !== isNegative(other) || isZero(second.value)) return false
    const price = divide(second.value, absolute(other))
    return !isGreater(multiply(absolute(subtract(one, other)), price), this.#rules.tolerance)
  }

  /** Takes what was journaled as believed; none is gone. */
  replay(venue: VenueId, lines: readonly DriftLine[]): void {
    const state = this.#of(venue)
    state.believed.clear()
    for (const line of lines) state.believed.set(line.asset, line)
  }

  snapshot(): Json {
    const believed = [...this.#venues.keys()]
      .filter((venue) => this.isDrifting(venue))
      .map((venue) => ({ venueId: venue, lines: this.linesOf(venue).map((line) => ({ ...line })) }))
    return { believed, roundings: this.roundings.snapshot() }
  }

  /** Takes the place of a fold up to the snapshot's sequence. @throws {AppError} `REPLAY_INVALID` for other JSON. */
  restore(json: Json): void {
    this.#venues.clear()
    // Older snapshots keep what was believed alone.
    const fold: JsonObject = Array.isArray(json) ? { believed: json } : readObject(json, 'drift')
    if (fold['roundings'] !== undefined) this.roundings.restore(fold['roundings'])
    for (const item of readArray(fold['believed'], 'drift')) {
      const row = readObject(item, 'drift')
      this.replay(venueId(readText(row['venueId'], 'drift.venueId')), driftLinesOf(row))
    }
  }

  #of(venue: VenueId): Drifting {
    const known = this.#venues.get(venue) ?? { suspected: new Map<AssetCode, Suspicion>(), believed: new Map<AssetCode, DriftLine>() }
    this.#venues.set(venue, known)
    return known
  }
}

function differenceOf({ venue, ledger }: DriftLine): Decimal {
  return subtract(venue, ledger)
}

/** Reads the lines of a journaled drift; none of one from before they were kept. @throws {AppError} `REPLAY_INVALID` for other JSON. */
export function driftLinesOf(payload: JsonObject): readonly DriftLine[] {
  return readArray(payload['lines'] ?? [], 'lines').map((item, index) => {
    const row = readObject(item, `lines.${index}`)
    return {
      asset: assetCode(readText(row['asset'], `lines.${index}.asset`)),
      ledger: readDecimal(row['ledger'], `lines.${index}.ledger`),
      venue: readDecimal(row['venue'], `lines.${index}.venue`),
      value: readDecimal(row['value'] ?? ZERO, `lines.${index}.value`),
    }
  })
}
