import { OPERATOR } from './stage'
import type { Drill } from './types'

const BTC = 'BTC-USD@kraken'
const ETH = 'ETH-USD@kraken'

/** 40 % of the highest equity lost: the kill switch, and every softer limit on the way there. */
export const portfolioDrawdown: Drill = {
  name: 'portfolio-drawdown',
  summary: '40 % of the portfolio lost trips the kill switch: the emergency halt, cleared and reset by an operator',
  breakerId: 'portfolioDrawdown:company',
  bots: [
    { id: 'loser', instruments: [BTC], capital: '85000' },
    { id: 'other', instruments: [ETH], capital: '10000' },
  ],
  cause: (stage) => {
    stage.rest('other', ETH, '0.1')
    stage.trade('loser', BTC, '1.2')
    stage.shift('BTC/USD', 0.45)
  },
  standing: {
    company: 'HALTED',
    mode: 'halted',
    bots: { loser: 'HALTED', other: 'HALTED' },
    breakers: ['botDrawdown:loser', 'dailyDrawdown:company', 'maxDrawdown:company', 'portfolioDrawdown:company'],
    isKilled: true,
  },
  attempts: [
    { bot: 'loser', instrument: BTC, change: '0.01', outcome: 'silent' },
    { bot: 'other', instrument: ETH, change: '0.1', outcome: 'silent' },
  ],
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
