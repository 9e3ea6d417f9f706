import { CommandRefusedError } from '#domain/errors'
import { OPERATOR } from './stage'
import type { Drill } from './types'

const BTC = 'BTC-USD@kraken'
const ETH = 'ETH-USD@kraken'

/** The kill switch, pulled by hand. */
export const killSwitch: Drill = {
  name: 'kill-switch',
  summary: 'the kill switch halts all at once, cancels every order within 10 s, and is cleared by name alone',
  breakerId: null,
  bots: [
    { id: 'loser', instruments: [BTC], capital: '10000' },
    { id: 'other', instruments: [ETH], capital: '10000' },
  ],
  cause: (stage) => {
    stage.rest('other', ETH, '0.1')
    stage.rest('loser', BTC, '0.005')
    stage.world.control.tripKillSwitch('drill', OPERATOR)
    stage.must('it is HALTED in the same step', stage.standing().company === 'HALTED')
  },
  standing: { company: 'HALTED', mode: 'halted', bots: { loser: 'HALTED', other: 'HALTED' }, breakers: [], isKilled: true },
  attempts: [
    { bot: 'loser', instrument: BTC, change: '0.005', outcome: 'silent' },
    { bot: 'other', instrument: ETH, change: '0.1', outcome: 'silent' },
  ],
  outlivesRestart: true,
  rearm: (stage) => {
    stage.must(
      'a reset does not end it',
      isRefused(() => stage.world.control.commandCompany('reset', OPERATOR, 'drill')),
    )
    stage.world.control.clearKillSwitch(OPERATOR)
  },
}

function isRefused(act: () => void): boolean {
  try {
    act()
    return false
  } catch (error) {
    if (error instanceof CommandRefusedError) return true
    throw error
  }
}
