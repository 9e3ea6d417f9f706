/** Randomness. Seeded in every world but live, where it jitters delays only. */
export interface RandomPort {
  /** Uniform in [0, 1). */
  next(): number
  /** Uniform integer in [0, bound). */
  integer(bound: number): number
}
