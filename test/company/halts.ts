import { venueId } from '#domain/ids'
import { OPERATOR, type World } from './world'

/* What may stop an order between its decision and the wire, and how to have it happen between two microtasks of that way. */

const TRIP = { threshold: '1', value: '2', reason: 'test' }
const trip = (breakerId: string) => (world: World) => world.company.board.trip(breakerId, TRIP)

export type Stop = (world: World) => void

export const STOPS: readonly (readonly [what: string, stop: Stop])[] = [
  ['a halt of all by a breaker', trip('dailyLoss:company')],
  ['the emergency halt', trip('portfolioDrawdown:company')],
  ['only reducing orders may pass', trip('dailyDrawdown:company')],
  ['a halt of the bot by its breaker', trip('botDrawdown:tester')],
  ['a pause of the bot by its breaker', trip('consecutiveLosses:tester')],
  ['a pause of the market', trip('staleness:BTC-USD@kraken')],
  ['a market that is disabled', trip('marketErrors:BTC-USD@kraken')],
  ['a pause of the venue', trip('venueHealth:kraken')],
  ['drift', trip('drift:company')],
  ['the kill switch', (world) => world.control.tripKillSwitch('test', OPERATOR)],
  ['a halt by an operator', (world) => world.control.commandCompany('halt', OPERATOR, 'test')],
  ['a halt of the bot by an operator', (world) => world.control.commandBot('tester', 'halt', OPERATOR, 'test')],
  ['the flag file', (world) => world.company.emergencies.onFlagFile('test\n')],
  ['a throttle that trips', (world) => world.company.throttles.onBlocked({ botId: 'tester' } as never, 'message_throttle', 'test')],
]

const tellVenue = (type: 'venue.lost' | 'venue.resync') => (world: World) =>
  world.company.venues.get(venueId('kraken'))?.send({ type, reason: 'test', atMs: world.clock.now() })

/** What is over by itself within a second or so. */
export const BRIEF_STOPS: typeof STOPS = [
  ['the loss of the venue', tellVenue('venue.lost')],
  ['a venue that must be asked anew for everything', tellVenue('venue.resync')],
]

/** Turns of the clock in which the way waits for something: the verdict's own, and the one in which the journal answers. */
export const TURNS = ['the verdict', "the journal's answer"] as const
export type Turn = (typeof TURNS)[number]

/** Calls `act` after so many microtasks from now on. */
export function afterSteps(steps: number, act: () => void): void {
  if (steps === 0) act()
  else queueMicrotask(() => afterSteps(steps - 1, act))
}

/** Has `act` called so many microtasks into a turn of the way of the next order, or of the next amend. */
export function during(world: World, turn: Turn, steps: number, act: () => void, submission = 'order.submitting'): void {
  if (turn === 'the verdict') {
    const end = world.life.journal.subscribe(({ kind }) => {
      if (kind !== 'verdict.passed') return
      end()
      afterSteps(steps, act)
    })
    return
  }
  const { disk } = world
  const write = disk.write.bind(disk)
  disk.write = (records) => {
    write(records)
    if (!records.some(({ kind }) => kind === submission)) return
    disk.write = write
    afterSteps(steps, act)
  }
}

/** What left for the venue before and after the stop. */
export interface Watch {
  isStopped: boolean
  before: number
  after: number
}

/** Counts messages to the venue that are orders by `isOrder`; set `isStopped` when the stop falls. */
export function watch(world: World, isOrder: (text: string, path: string) => boolean): Watch {
  const seen: Watch = { isStopped: false, before: 0, after: 0 }
  world.onPassage = ({ direction, text, path }) => {
    if (direction === 'up' && isOrder(text, path)) seen[seen.isStopped ? 'after' : 'before']++
  }
  return seen
}
