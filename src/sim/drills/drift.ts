import { allHalted, ETH, loserTries, otherTries, pairOf, trading } from './cast'
import { OPERATOR } from './stage'
import type { Drill } from './types'

const bots: Drill['bots'] = pairOf('10000')

function cause(stage: Parameters<Drill['cause']>[0]): void {
  stage.rest('other', ETH, '0.1')
  stage.say('the venue shows 50 USD less than the books')
  stage.world.emulator.faults.add({ kind: 'wrongBalance', id: 'wrong', asset: 'USD', delta: '-50' })
}

function agreeAgain(stage: Parameters<Drill['rearm']>[0]): void {
  stage.say('the venue shows the right balance again')
  stage.world.emulator.faults.clear(['wrong'])
  stage.until('the breaker re-arms by itself', () => stage.breaker('drift:company') === 'ARMED')
}

/** Books and venue differ: the kill switch, as the configuration says by default. */
export const drift: Drill = {
  name: 'drift',
  summary: 'a balance that the books cannot explain trips the kill switch (killSwitchOnDrift)',
  breakerId: 'drift:company',
  bots,
  cause,
  standing: allHalted(['drift:company'], true),
  attempts: [otherTries('0.1', 'silent')],
  outlivesRestart: true,
  rearm: (stage) => {
    agreeAgain(stage)
    stage.must('the kill switch holds until somebody clears it', stage.standing().isKilled)
    stage.world.control.clearKillSwitch(OPERATOR)
  },
}

/** The same where configuration says that drift only bars new risk. */
export const driftBlock: Drill = {
  name: 'drift-block',
  summary: 'with killSwitchOnDrift: false it bars new risk alone, until books and venue agree',
  breakerId: 'drift:company',
  bots,
  breakers: { killSwitchOnDrift: false },
  cause,
  standing: trading({ loser: 'ACTIVE', other: 'ACTIVE' }, ['drift:company']),
  attempts: [loserTries('0.005', 'drift')],
  outlivesRestart: true,
  rearm: agreeAgain,
}
