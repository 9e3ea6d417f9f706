import { bringToRest, checkBalances } from '#sim/world/quiet'
import { OPERATOR, type World } from './world'

/** Brings a world to rest (bots paused, nothing in doubt, balances checked), so that books and venue can be compared to the last digit. */
export function atRest(world: World, limitMs = 120_000): void {
  bringToRest(world, OPERATOR, limitMs)
}

/** Compares books and balances now, and waits for it. */
export function check(world: World): void {
  checkBalances(world)
}
