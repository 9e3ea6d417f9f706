import { ETH, loserTries, pairOf, trading } from './cast'
import type { DrillStage } from './stage'
import type { Drill } from './types'

/** Loses the venue's session so often, each time once it works. */
export function loseVenue(stage: DrillStage, times: number): void {
  const { world } = stage
  for (let loss = 1; loss <= times; loss++) {
    world.until('the venue works', () => [...world.company.venues.values()].every(({ isTradable }) => isTradable))
    stage.say(`the connection breaks (${loss} of ${times})`)
    world.network.cutSockets()
    world.until('the loss is noticed', () => [...world.company.venues.values()].some(({ isTradable }) => !isTradable))
  }
}

/** A venue that comes and goes is not traded on in between. */
export const venueHealth: Drill = {
  name: 'venue-health',
  summary: 'a venue lost three times within a minute pauses its bots, until it has been back for 30 s',
  breakerId: 'venueHealth:kraken',
  bots: pairOf('10000'),
  cause: (stage) => {
    stage.rest('other', ETH, '0.1')
    loseVenue(stage, 3)
  },
  standing: trading({ loser: 'PAUSED', other: 'PAUSED' }, ['venueHealth:kraken']),
  attempts: [loserTries('0.005', 'silent')],
  outlivesRestart: true,
  rearm: (stage) => {
    stage.must('a pause leaves orders where they are', stage.openOrders === 1)
    stage.until('the venue is back and the breaker cools', () => stage.breaker('venueHealth:kraken') === 'COOLING')
    stage.must('the bots wait for it', stage.stateOf('loser') === 'PAUSED')
  },
}
