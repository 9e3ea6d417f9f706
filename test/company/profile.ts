/** True for the long profile: every offset, more seeds, longer sessions. */
export const IS_LONG = process.env['TROUPE_LONG'] === '1'

/** Seeds of a property: `some` as a rule, `many` in the long profile. */
export function seeds(some: number, many: number): readonly string[] {
  return Array.from({ length: IS_LONG ? many : some }, (_, index) => `seed-${index}`)
}
