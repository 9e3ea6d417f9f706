import { OPERATOR } from './stage'
import type { Drill } from './types'
import { loseVenue } from './venue-health'

const BTC = 'BTC-USD@kraken'
const ETH = 'ETH-USD@kraken'

/** Five critical errors within a minute: everything halts until an operator clears it. */
export const errorRate: Drill = {
  name: 'error-rate',
  summary: 'five critical errors within 60 s halt all, until an operator clears it',
  breakerId: 'errorRate:company',
  bots: [
    { id: 'loser', instruments: [BTC], capital: '10000' },
    { id: 'other', instruments: [ETH], capital: '10000' },
  ],
  cause: (stage) => {
    stage.rest('other', ETH, '0.1')
    loseVenue(stage, 5)
  },
  standing: {
    company: 'HALTED',
    mode: 'halted',
    bots: { loser: 'HALTED', other: 'HALTED' },
    breakers: ['errorRate:company', 'venueHealth:kraken'],
    isKilled: false,
  },
  attempts: [{ bot: 'other', instrument: ETH, change: '0.1', outcome: 'silent' }],
  outlivesRestart: true,
  rearm: (stage) => {
    stage.until('the venue is back, and has been for long enough', () => stage.breaker('venueHealth:kraken') === 'ARMED')
    stage.must('the errors hold everything still', stage.standing().company === 'HALTED')
    stage.world.control.commandCompany('reset', OPERATOR, 'drill')
  },
}
