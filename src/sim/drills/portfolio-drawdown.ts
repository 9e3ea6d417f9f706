import { allHalted, BTC, ETH, loserTries, otherTries, pairOf } from './cast'
import { OPERATOR } from './stage'
import type { Drill } from './types'

/** 40 % of the highest equity lost: the kill switch, and every softer limit on the way there. */
export const portfolioDrawdown: Drill = {
  name: 'portfolio-drawdown',
  summary: '40 % of the portfolio lost trips the kill switch: the emergency halt, cleared and reset by an operator',
  breakerId: 'portfolioDrawdown:company',
  bots: pairOf('85000'),
  cause: (stage) => {
    stage.rest('other', ETH, '0.1')
    stage.trade('loser', BTC, '1.2')
    stage.shift('BTC/USD', 0.45)
  },
  standing: allHalted(['botDrawdown:loser', 'dailyDrawdown:company', 'maxDrawdown:company', 'portfolioDrawdown:company'], true),
  attempts: [loserTries('0.01', 'silent'), otherTries('0.1', 'silent')],
  outlivesRestart: true,
  rearm: (stage) => {
    const { control } = stage.world
    control.clearKillSwitch(OPERATOR)
    stage.must('with the kill switch cleared the breakers hold it still', stage.standing().company === 'HALTED')
    control.commandCompany('reset', OPERATOR, 'drill')
    stage.must('the day goes on with reducing orders alone', stage.standing().mode === 'reducing')
    control.resetBreaker('dailyDrawdown:company', OPERATOR, 'drill')
    control.commandBot('loser', 'reset', OPERATOR, 'drill')
    control.commandBot('loser', 'start', OPERATOR, 'drill')
  },
}
