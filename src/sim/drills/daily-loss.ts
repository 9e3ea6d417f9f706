import { OPERATOR } from './stage'
import type { Drill } from './types'

const BTC = 'BTC-USD@kraken'
const ETH = 'ETH-USD@kraken'

/** 5 % of the day's opening equity lost: everything halts until an operator resets. */
export const dailyLoss: Drill = {
  name: 'daily-loss',
  summary: '5 % of the day lost halts all, until an operator resets',
  breakerId: 'dailyLoss:company',
  bots: [
    { id: 'loser', instruments: [BTC], capital: '40000' },
    { id: 'other', instruments: [ETH], capital: '10000' },
  ],
  cause: (stage) => {
    stage.rest('other', ETH, '0.1')
    stage.trade('loser', BTC, '0.35')
    stage.shift('BTC/USD', 0.7)
    stage.trade('loser', BTC, '-0.35')
  },
  standing: {
    company: 'HALTED',
    mode: 'halted',
    bots: { loser: 'HALTED', other: 'HALTED' },
    breakers: ['dailyLoss:company'],
    isKilled: false,
  },
  attempts: [
    { bot: 'loser', instrument: BTC, change: '0.01', outcome: 'silent' },
    { bot: 'other', instrument: ETH, change: '0.1', outcome: 'silent' },
  ],
  outlivesRestart: true,
  rearm: (stage) => {
    stage.world.run(3_600_000)
    stage.must('an hour later it is HALTED still', stage.standing().company === 'HALTED')
    stage.world.control.commandCompany('reset', OPERATOR, 'drill')
  },
}
