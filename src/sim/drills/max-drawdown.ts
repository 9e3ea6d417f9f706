import { allHalted, BTC, ETH, loserTries, otherTries, pairOf } from './cast'
import { OPERATOR } from './stage'
import type { Drill } from './types'

/** How soon somebody has to be told, ms (RSK-08). */
const ALERT_MS = 5_000

/** 20 % of the window's highest equity lost: no new proposals and no new orders, and somebody is told within 5 s. */
export const maxDrawdown: Drill = {
  name: 'max-drawdown',
  summary: '20 % down within the window halts all, with a CRITICAL alert within 5 s, until an operator resets',
  breakerId: 'maxDrawdown:company',
  bots: pairOf('88000'),
  cause: (stage) => {
    const { world } = stage
    stage.rest('other', ETH, '0.1')
    stage.trade('loser', BTC, '1.2')
    stage.shift('BTC/USD', 0.73)
    const fellAtMs = world.clock.now()
    const alert = () => world.alerts.find(({ code }) => code === 'BREAKER_MAXDRAWDOWN')
    stage.until('a CRITICAL alert within 5 s', () => alert()?.severity === 'CRITICAL', ALERT_MS)
    stage.must('and it says when', (alert()?.atMs ?? 0) - fellAtMs <= ALERT_MS)
  },
  standing: allHalted(['dailyDrawdown:company', 'maxDrawdown:company']),
  attempts: [loserTries('0.01', 'silent'), otherTries('0.1', 'silent')],
  outlivesRestart: true,
  rearm: (stage) => {
    stage.world.control.commandCompany('reset', OPERATOR, 'drill')
    stage.must('the day goes on with reducing orders alone', stage.standing().mode === 'reducing')
    stage.world.control.resetBreaker('dailyDrawdown:company', OPERATOR, 'drill')
  },
}
