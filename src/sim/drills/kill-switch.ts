import { CommandRefusedError } from '#domain/errors'
import { allHalted, BTC, ETH, loserTries, otherTries, pairOf } from './cast'
import { OPERATOR } from './stage'
import type { Drill } from './types'

/** The kill switch, pulled by hand. */
export const killSwitch: Drill = {
  name: 'kill-switch',
  summary: 'the kill switch halts all at once, cancels every order within 10 s, and is cleared by name alone',
  breakerId: null,
  bots: pairOf('10000'),
  cause: (stage) => {
    stage.rest('other', ETH, '0.1')
    stage.rest('loser', BTC, '0.005')
    stage.world.control.tripKillSwitch('drill', OPERATOR)
    stage.must('it is HALTED in the same step', stage.standing().company === 'HALTED')
  },
  standing: allHalted([], true),
  attempts: [loserTries('0.005', 'silent'), otherTries('0.1', 'silent')],
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
