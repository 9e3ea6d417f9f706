/**
 * A mistake that a programmer could make: one text of the product replaced by another, as the module is loaded in a process that
 * simulates. The product carries no switch for it.
 */
export interface Mistake {
  /** Kebab case, unique. */
  readonly name: string
  /** One sentence for a person. */
  readonly what: string
  /** Invariants whose monitor is expected to object: `I1` to `I13`, or `CRASHED`. */
  readonly breaks: readonly string[]
  /** Path from the root of the checkout. */
  readonly file: string
  /** Occurs exactly once in the file. */
  readonly find: string
  readonly replace: string
}

/** A mistake that the simulation must find, or it would not find ours either, with what finding it takes. */
export interface PlantedBug extends Mistake {
  /** The first seed of the profile `ci` that finds it. */
  readonly seed: number
  /** Seeds, from 1, within which it must be found. */
  readonly budget: number
}
