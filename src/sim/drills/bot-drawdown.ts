import { BTC, ETH, loserTries, otherTries, pairOf, trading } from './cast'
import { OPERATOR } from './stage'
import type { Drill } from './types'

const halted: Pick<Drill, 'breakerId' | 'standing' | 'attempts' | 'outlivesRestart' | 'rearm'> = {
  breakerId: 'botDrawdown:loser',
  standing: trading({ loser: 'HALTED', other: 'ACTIVE' }, ['botDrawdown:loser']),
  attempts: [loserTries('0.005', 'silent'), otherTries('0.1', 'sent')],
  outlivesRestart: true,
  rearm: (stage) => {
    stage.world.run(3_600_000)
    stage.must('an hour later it is HALTED still', stage.stateOf('loser') === 'HALTED')
    stage.world.control.commandBot('loser', 'reset', OPERATOR, 'drill')
    stage.must('its breaker is ARMED again', stage.breaker('botDrawdown:loser') === 'ARMED')
    stage.world.control.commandBot('loser', 'start', OPERATOR, 'drill')
  },
}

/** A quarter of a bot's highest equity lost: that bot halts until an operator resets it. */
export const botDrawdown: Drill = {
  name: 'bot-drawdown',
  summary: '25 % of a bot lost halts the bot, until an operator resets it',
  bots: pairOf('2000'),
  cause: (stage) => {
    stage.rest('other', ETH, '0.1')
    stage.trade('loser', BTC, '0.02')
    stage.shift('BTC/USD', 0.58)
  },
  ...halted,
}

/** The same at a limit of the bot's own, which wins where it is lower. */
export const ownDrawdown: Drill = {
  name: 'own-drawdown',
  summary: '15 % lost halts a bot whose own limit is 15 %; the general limit is 25 %',
  bots: pairOf('2000', { drawdownRatio: 0.15 }),
  cause: (stage) => {
    stage.rest('other', ETH, '0.1')
    stage.trade('loser', BTC, '0.02')
    stage.shift('BTC/USD', 0.72)
  },
  ...halted,
}
