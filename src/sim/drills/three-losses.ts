import { BTC, ETH, loserTries, otherTries, pairOf, trading } from './cast'
import type { Drill } from './types'

const DAY_MS = 86_400_000

/** Three losing trades in a row: that bot pauses for 24 h and resumes by itself. */
export const threeLosses: Drill = {
  name: 'three-losses',
  summary: 'three losing trades in a row pause the bot for 24 h; it resumes by itself',
  breakerId: 'consecutiveLosses:loser',
  bots: pairOf('10000'),
  cause: (stage) => {
    stage.rest('other', ETH, '0.1')
    for (let round = 0; round < 3; round++) {
      stage.trade('loser', BTC, '0.005')
      stage.trade('loser', BTC, '-0.005') // the fees make it a loss
    }
  },
  standing: trading({ loser: 'PAUSED', other: 'ACTIVE' }, ['consecutiveLosses:loser']),
  attempts: [loserTries('0.005', 'silent'), otherTries('0.1', 'sent')],
  outlivesRestart: true,
  rearm: (stage) => {
    stage.world.run(DAY_MS - 60_000)
    stage.must('the bot is PAUSED still after 23 h 59 min', stage.stateOf('loser') === 'PAUSED')
    stage.world.run(60_000)
  },
}
