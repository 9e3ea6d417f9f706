import { type Decimal, isGreater, isLess } from '#domain/decimal'

/** Which of two values of a limit lets less pass, in words and as a function. */
export interface TightRule<V> {
  /** Which one wins: `smaller`, `larger`, `shorter`, `both together`, or the value that does. */
  readonly tighter: string
  /** Returns what lets pass only what both would. */
  tightest(a: V, b: V): V
}

/** The smaller of two numbers. */
export const smaller: TightRule<number> = { tighter: 'smaller', tightest: Math.min }
/** The larger of two numbers. */
export const larger: TightRule<number> = { tighter: 'larger', tightest: Math.max }
/** The smaller of two amounts or shares. */
export const lessMoney: TightRule<Decimal> = { tighter: 'smaller', tightest: (a, b) => (isGreater(a, b) ? b : a) }
/** The larger of two amounts or shares. */
export const moreMoney: TightRule<Decimal> = { tighter: 'larger', tightest: (a, b) => (isLess(a, b) ? b : a) }

/** A check that is off lets everything pass. */
export function orOff<V>({ tighter, tightest }: TightRule<V>): TightRule<V | null> {
  return { tighter: `${tighter}; any value over null`, tightest: (a, b) => (a === null ? b : b === null ? a : tightest(a, b)) }
}

/** The wins of one value over any other. */
export function wins<V>(winner: V, shown: string): TightRule<V> {
  return { tighter: shown, tightest: (a, b) => (a === winner ? a : b) }
}

/** Every name of either, each with the tighter of its values. */
export function byName<V>({ tighter, tightest }: TightRule<V>): TightRule<Readonly<Record<string, V>>> {
  return {
    tighter: `every name of both, ${tighter} by name`,
    tightest: (a, b) => {
      const merged: Record<string, V> = { ...a }
      for (const [name, value] of Object.entries(b)) {
        const known = Object.hasOwn(merged, name) ? merged[name] : undefined
        merged[name] = known === undefined ? value : tightest(known, value)
      }
      return merged
    },
  }
}
