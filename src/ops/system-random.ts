import { randomInt } from 'node:crypto'
import type { RandomPort } from '#ports/random'

/** Unpredictable randomness of the operating system, for live: it jitters delays and mints tags. */
export const systemRandom: RandomPort = {
  next(): number {
    return randomInt(2 ** 48 - 1) / (2 ** 48 - 1)
  },
  integer(bound: number): number {
    return randomInt(bound)
  },
}
