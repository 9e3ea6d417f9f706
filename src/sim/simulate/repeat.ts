import type { RanSeed, SeedOutcome } from './outcome'

/** One seed of so many is run twice. */
const EVERY = 50
/** A run over fewer seeds than that is somebody's question about these seeds. */
const SEEDS_MIN = 10

/** What the second run of a seed said of the first: null when both came out the same. */
export interface Repeated {
  readonly seed: number
  readonly objection: string | null
}

/** Picks seeds that are run twice, and compares what comes of them (I11): the same seed gives the same run, whatever ran before it. */
export class Repeats {
  readonly #first: number
  readonly #isOn: boolean
  readonly #waiting = new Map<number, RanSeed>()
  readonly #judged = new Set<number>()

  /** @param count How many seeds the whole run has. */
  constructor(first: number, count: number) {
    this.#first = first
    this.#isOn = count >= SEEDS_MIN
  }

  /** True for a seed that is to be run twice. */
  picks(seed: number): boolean {
    return this.#isOn && (seed - this.#first) % EVERY === 0
  }

  /** How many runs of a seed are still to be made for its comparison; 0 for one that is not picked, or was compared. */
  missing(seed: number): number {
    if (!this.picks(seed) || this.#judged.has(seed)) return 0
    return this.#waiting.has(seed) ? 1 : 2
  }

  /** Notes that a seed was compared before. */
  known({ seed }: Repeated): void {
    this.#judged.add(seed)
    this.#waiting.delete(seed)
  }

  /** Takes one of the two outcomes of a picked seed. Returns the comparison once both are there; null before, and for a run that died. */
  take(outcome: SeedOutcome): Repeated | null {
    const { seed } = outcome
    if (outcome.kind === 'died' || this.missing(seed) === 0) return null
    const other = this.#waiting.get(seed)
    if (other === undefined) {
      this.#waiting.set(seed, outcome)
      return null
    }
    this.#waiting.delete(seed)
    this.#judged.add(seed)
    const isSame = factsOf(outcome) === factsOf(other)
    const hashes = [other.result.journalHash, outcome.result.journalHash].sort().map((hash) => hash.slice(0, 16))
    return { seed, objection: isSame ? null : `two runs of the seed differ: their journals end in ${hashes.join(' and ')}` }
  }
}

/** Everything of a result that is no real time. Its keys come in the order of the schema, those of counts in the order they were met. */
function factsOf({ result }: RanSeed): string {
  return JSON.stringify({ ...result, realMs: 0 })
}
