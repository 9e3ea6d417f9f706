import { allHalted, BTC, ETH, loserTries, otherTries, pairOf } from './cast'
import { OPERATOR } from './stage'
import type { Drill } from './types'

/** 5 % of the day's opening equity lost: everything halts until an operator resets. */
export const dailyLoss: Drill = {
  name: 'daily-loss',
  summary: '5 % of the day lost halts all, until an operator resets',
  breakerId: 'dailyLoss:company',
  bots: pairOf('40000'),
  cause: (stage) => {
    stage.rest('other', ETH, '0.1')
    stage.trade('loser', BTC, '0.35')
    stage.shift('BTC/USD', 0.7)
    stage.trade('loser', BTC, '-0.35')
  },
  standing: allHalted(['dailyLoss:company']),
  attempts: [loserTries('0.01', 'silent'), otherTries('0.1', 'silent')],
  outlivesRestart: true,
  rearm: (stage) => {
    stage.world.run(3_600_000)
    stage.must('an hour later it is HALTED still', stage.standing().company === 'HALTED')
    stage.world.control.commandCompany('reset', OPERATOR, 'drill')
  },
}
