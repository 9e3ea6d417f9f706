import { AppError } from '#domain/errors'
import type { Operator } from '#ports/control'
import type { World } from './world'

/** Market time that frames under way need to arrive, ms. */
const SETTLE_MS = 3_000
/** Pause between two questions of a venue that has us wait, ms. */
const RETRY_MS = 30_000

/** True when no order is in doubt, in flight or being canceled. */
export function isSettled(world: World): boolean {
  const { desk } = world.company
  return desk.lookups === 0 && desk.inFlight === 0 && desk.cancels === 0
}

/** Compares books and balances now, and waits for it. @throws what the venue answers when it cannot be asked. */
export function checkBalances(world: World): void {
  let isDone = false
  let failure: unknown = null
  const { deps, synchroniser } = world.company
  Promise.all(deps.venues.map((venue) => synchroniser.check(venue))).then(
    () => {
      isDone = true
    },
    (error: unknown) => {
      failure = error
      isDone = true
    },
  )
  world.until('balances were compared', () => isDone)
  if (failure !== null) throw failure
}

/**
 * Brings a world to rest so that books and venue can be compared to the last digit: the bots are paused, what is in doubt settles, and
 * the balances are checked once. Faults must have ended before.
 * @throws {InvariantError} when it does not come to rest within `limitMs`.
 */
export function bringToRest(world: World, operator: Operator, limitMs = 120_000): void {
  world.until('the company is up', () => ['TRADING', 'PAUSED', 'HALTED'].includes(world.company.director.state), limitMs)
  if (world.company.director.state === 'TRADING') world.control.commandCompany('pause', operator, 'comparing the books')
  world.until('nothing is in doubt', () => isSettled(world), limitMs)
  const endMs = world.clock.timeLineMs + limitMs
  while (!isStill(world, endMs)) world.run(RETRY_MS)
}

/**
 * Lets what is under way arrive and compares the balances; false where the venue has us wait or executed something meanwhile (the market
 * does not rest), which may go on until `endMs`.
 */
function isStill(world: World, endMs: number): boolean {
  const before = world.account().fills.length
  world.run(SETTLE_MS)
  const isLate = world.clock.timeLineMs >= endMs
  try {
    checkBalances(world)
    return isLate || world.account().fills.length === before
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'RATE_LIMITED' || isLate) throw error
    return false
  }
}
