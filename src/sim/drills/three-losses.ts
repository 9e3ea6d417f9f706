import type { Drill } from './types'

const DAY_MS = 86_400_000
const BTC = 'BTC-USD@kraken'
const ETH = 'ETH-USD@kraken'

/** Three losing trades in a row: that bot pauses for 24 h and resumes by itself. */
export const threeLosses: Drill = {
  name: 'three-losses',
  summary: 'three losing trades in a row pause the bot for 24 h; it resumes by itself',
  breakerId: 'consecutiveLosses:loser',
  bots: [
    { id: 'loser', instruments: [BTC], capital: '10000' },
    { id: 'other', instruments: [ETH], capital: '10000' },
  ],
  cause: (stage) => {
    stage.rest('other', ETH, '0.1')
    for (let round = 0; round < 3; round++) {
      stage.trade('loser', BTC, '0.005')
      stage.trade('loser', BTC, '-0.005') // the fees make it a loss
    }
  },
  standing: {
    company: 'TRADING',
    mode: 'trading',
    bots: { loser: 'PAUSED', other: 'ACTIVE' },
    breakers: ['consecutiveLosses:loser'],
    isKilled: false,
  },
  attempts: [
    { bot: 'loser', instrument: BTC, change: '0.005', outcome: 'silent' },
    { bot: 'other', instrument: ETH, change: '0.1', outcome: 'sent' },
  ],
  outlivesRestart: true,
  rearm: (stage) => {
    stage.world.run(DAY_MS - 60_000)
    stage.must('the bot is PAUSED still after 23 h 59 min', stage.stateOf('loser') === 'PAUSED')
    stage.world.run(60_000)
  },
}
