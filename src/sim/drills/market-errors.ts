import { BTC, ETH, loserTries, otherTries, trading } from './cast'
import type { Drill } from './types'

const FAILURES = 10
const PAUSE_MS = 300_000

/** Ten failed orders of one market within a minute: that market is disabled for five minutes, whoever trades it. */
export const marketErrors: Drill = {
  name: 'market-errors',
  summary: 'ten failed orders of a market within 60 s disable that market for 5 min; others go on',
  breakerId: `marketErrors:${BTC}`,
  bots: [
    { id: 'loser', instruments: [BTC], capital: '10000' },
    { id: 'both', instruments: [BTC, ETH], capital: '10000' },
    { id: 'other', instruments: [ETH], capital: '10000' },
  ],
  cause: (stage) => {
    stage.rest('other', ETH, '0.1')
    stage.say('the venue refuses orders')
    stage.world.emulator.faults.add({ kind: 'apiError', id: 'refusal', methods: ['add_order'], text: 'EOrder:Invalid order' })
    for (let order = 0; order < FAILURES; order++) stage.attempt({ bot: 'loser', instrument: BTC, change: '0.005' }, 5_000)
    stage.world.emulator.faults.clear(['refusal'])
  },
  standing: trading({ loser: 'PAUSED', both: 'ACTIVE', other: 'ACTIVE' }, [`marketErrors:${BTC}`]),
  attempts: [
    loserTries('0.005', 'silent'),
    { bot: 'both', instrument: BTC, change: '0.005', outcome: 'bot_state' },
    { bot: 'both', instrument: ETH, change: '0.1', outcome: 'sent' },
    otherTries('0.2', 'sent'),
  ],
  outlivesRestart: true,
  rearm: (stage) => {
    stage.world.run(PAUSE_MS - 30_000)
    stage.must('it is disabled still after 4.5 min', stage.stateOf('loser') === 'PAUSED')
    stage.world.run(30_000)
    stage.must('what it refused is sent again', stage.attempt({ bot: 'both', instrument: BTC, change: '0.005' }) === 'sent')
  },
}
