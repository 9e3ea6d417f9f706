import type { DrillStage } from './stage'
import type { Drill } from './types'

const BTC = 'BTC-USD@kraken'
const ETH = 'ETH-USD@kraken'

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
  bots: [
    { id: 'loser', instruments: [BTC], capital: '10000' },
    { id: 'other', instruments: [ETH], capital: '10000' },
  ],
  cause: (stage) => {
    stage.rest('other', ETH, '0.1')
    loseVenue(stage, 3)
  },
  standing: {
    company: 'TRADING',
    mode: 'trading',
    bots: { loser: 'PAUSED', other: 'PAUSED' },
    breakers: ['venueHealth:kraken'],
    isKilled: false,
  },
  attempts: [{ bot: 'loser', instrument: BTC, change: '0.005', outcome: 'silent' }],
  outlivesRestart: true,
  rearm: (stage) => {
    stage.must('a pause leaves orders where they are', stage.openOrders === 1)
    stage.until('the venue is back and the breaker cools', () => stage.breaker('venueHealth:kraken') === 'COOLING')
    stage.must('the bots wait for it', stage.stateOf('loser') === 'PAUSED')
  },
}
