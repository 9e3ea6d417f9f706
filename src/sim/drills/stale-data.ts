import type { Drill } from './types'

const BTC = 'BTC-USD@kraken'
const ETH = 'ETH-USD@kraken'

/** A stream that stays open and says nothing: the bots of its markets pause until data has been fresh again for a while. */
export const staleData: Drill = {
  name: 'stale-data',
  summary: 'quotes that are too old pause the bots of the silent markets, until data is fresh again (3 s here)',
  breakerId: `staleness:${BTC}`,
  bots: [
    { id: 'loser', instruments: [BTC], capital: '10000' },
    { id: 'other', instruments: [ETH], capital: '10000' },
  ],
  // At the default of 5 s the venue's session, which gives a silent stream up by then, may come first.
  breakers: { quoteStaleMs: 3_000 },
  cause: (stage) => {
    stage.rest('other', ETH, '0.1')
    stage.say('the venue falls silent without closing a socket')
    stage.world.emulator.faults.add({ kind: 'silentSocket', id: 'silence' })
  },
  standing: {
    company: 'TRADING',
    mode: 'trading',
    bots: { loser: 'PAUSED', other: 'PAUSED' },
    breakers: [`staleness:${BTC}`, `staleness:${ETH}`],
    isKilled: false,
  },
  attempts: [{ bot: 'loser', instrument: BTC, change: '0.005', outcome: 'silent' }],
  outlivesRestart: false,
  rearm: (stage) => {
    stage.must('a pause leaves orders where they are', stage.openOrders === 1)
    stage.say('the venue speaks again')
    stage.world.emulator.faults.clear(['silence'])
  },
}
