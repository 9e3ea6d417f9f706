import { expect } from 'bun:test'
import { bookFindings } from '#sim/world/books'
import type { World } from './world'

/**
 * Compares the company's books with the emulator's own record; balances to the last digit where `exact` (after a check of balances),
 * else but for the rounding of the venue's ledger rows.
 */
export function expectAgreement(world: World, exact = false): void {
  expect(bookFindings(world, exact)).toEqual([])
}
