import { BTC, ETH, loserTries, pairOf, trading } from './cast'
import type { Drill } from './types'

/** A stream that stays open and says nothing: the bots of its markets pause until data has been fresh again for a while. */
export const staleData: Drill = {
  name: 'stale-data',
  summary: 'quotes that are too old pause the bots of the silent markets, until data is fresh again (3 s here)',
  breakerId: `staleness:${BTC}`,
  bots: pairOf('10000'),
  // At the default of 5 s the venue's session, which gives a silent stream up by then, may come first.
  breakers: { quoteStaleMs: 3_000 },
  cause: (stage) => {
    stage.rest('other', ETH, '0.1')
    stage.say('the venue falls silent without closing a socket')
    stage.world.emulator.faults.add({ kind: 'silentSocket', id: 'silence' })
  },
  standing: trading({ loser: 'PAUSED', other: 'PAUSED' }, [`staleness:${BTC}`, `staleness:${ETH}`]),
  attempts: [loserTries('0.005', 'silent')],
  outlivesRestart: false,
  rearm: (stage) => {
    stage.must('a pause leaves orders where they are', stage.openOrders === 1)
    stage.say('the venue speaks again')
    stage.world.emulator.faults.clear(['silence'])
  },
}
