import { allHalted, ETH, otherTries, pairOf } from './cast'
import { OPERATOR } from './stage'
import type { Drill } from './types'
import { loseVenue } from './venue-health'

/** Five critical errors within a minute: everything halts until an operator clears it. */
export const errorRate: Drill = {
  name: 'error-rate',
  summary: 'five critical errors within 60 s halt all, until an operator clears it',
  breakerId: 'errorRate:company',
  bots: pairOf('10000'),
  cause: (stage) => {
    stage.rest('other', ETH, '0.1')
    loseVenue(stage, 5)
  },
  standing: allHalted(['errorRate:company', 'venueHealth:kraken']),
  attempts: [otherTries('0.1', 'silent')],
  outlivesRestart: true,
  rearm: (stage) => {
    stage.until('the venue is back, and has been for long enough', () => stage.breaker('venueHealth:kraken') === 'ARMED')
    stage.must('the errors hold everything still', stage.standing().company === 'HALTED')
    stage.world.control.commandCompany('reset', OPERATOR, 'drill')
  },
}
