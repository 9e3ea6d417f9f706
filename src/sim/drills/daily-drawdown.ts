import { BTC, ETH, loserTries, otherTries, pairOf } from './cast'
import type { Drill } from './types'

const MIDNIGHT_MS = Date.UTC(2026, 0, 6)

/** 10 % of the day's highest equity lost at mark: nothing is opened or increased until the UTC day is over; reducing goes on. */
export const dailyDrawdown: Drill = {
  name: 'daily-drawdown',
  summary: "10 % down from the day's highest lets only reducing orders pass, until UTC midnight",
  breakerId: 'dailyDrawdown:company',
  startMs: MIDNIGHT_MS - 1_200_000,
  bots: pairOf('60000'),
  cause: (stage) => {
    stage.rest('other', ETH, '0.1')
    stage.trade('loser', BTC, '0.7')
    stage.shift('BTC/USD', 0.74)
  },
  standing: {
    company: 'TRADING',
    mode: 'reducing',
    bots: { loser: 'ACTIVE', other: 'ACTIVE' },
    breakers: ['dailyDrawdown:company'],
    isKilled: false,
  },
  attempts: [otherTries('0.2', 'reducing_only'), loserTries('0.1', 'reducing_only'), loserTries('-0.1', 'sent')],
  outlivesRestart: true,
  rearm: (stage) => {
    const { world } = stage
    world.clock.runUntil(MIDNIGHT_MS - 2_000)
    stage.must('a moment before midnight it holds still', stage.standing().mode === 'reducing')
    world.clock.runUntil(MIDNIGHT_MS + 5_000)
    stage.must('a moment after it does not', stage.standing().mode === 'trading')
    stage.must('what adds risk is sent again', stage.attempt({ bot: 'other', instrument: ETH, change: '0.1' }) === 'sent')
  },
}
