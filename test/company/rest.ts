import { OPERATOR, type World } from './world'

/** True when no order is in doubt, in flight or being canceled. */
export function isSettled(world: World): boolean {
  const { desk } = world.company
  return desk.lookups === 0 && desk.inFlight === 0 && desk.cancels === 0
}

/**
 * Brings a world to rest so that books and venue can be compared to the last digit: the bots are paused, what is in doubt settles, and
 * the balances are checked once.
 */
export function atRest(world: World, limitMs = 120_000): void {
  world.until('the company is up', () => ['TRADING', 'PAUSED', 'HALTED'].includes(world.company.director.state), limitMs)
  if (world.company.director.state === 'TRADING') world.control.commandCompany('pause', OPERATOR, 'test')
  world.until('nothing is in doubt', () => isSettled(world), limitMs)
  world.run(3_000)
  check(world)
}

/** Compares books and balances now, and waits for it. */
export function check(world: World): void {
  let isDone = false
  const checks = world.company.deps.venues.map((venue) => world.company.synchroniser.check(venue))
  void Promise.all(checks).then(() => {
    isDone = true
  })
  world.until('balances were compared', () => isDone)
}
