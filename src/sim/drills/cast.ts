import type { Attempt, DrillBot, Standing } from './types'

/* Who plays in a drill: one bot that loses on bitcoin, and another that shows what is left alone. */

/** The market of the bot that loses. */
export const BTC = 'BTC-USD@kraken'
/** The market of the other bot. */
export const ETH = 'ETH-USD@kraken'

/** Returns both bots; `capital` is the loser's, USD. */
export function pairOf(capital: string, loser: Partial<DrillBot> = {}): readonly DrillBot[] {
  return [
    { id: 'loser', instruments: [BTC], capital, ...loser },
    { id: 'other', instruments: [ETH], capital: '10000' },
  ]
}

/** A company that trades on, but for what `bots` says and these breakers. */
export function trading(bots: Standing['bots'], breakers: readonly string[]): Standing {
  return { company: 'TRADING', mode: 'trading', bots, breakers, isKilled: false }
}

/** Everything halted by these breakers, or by the kill switch. */
export function allHalted(breakers: readonly string[], isKilled = false): Standing {
  return { company: 'HALTED', mode: 'halted', bots: { loser: 'HALTED', other: 'HALTED' }, breakers, isKilled }
}

/** The loser tries to buy so much BTC. */
export function loserTries(change: string, outcome: Attempt['outcome']): Attempt {
  return { bot: 'loser', instrument: BTC, change, outcome }
}

/** The other bot tries to buy so much ETH. */
export function otherTries(change: string, outcome: Attempt['outcome']): Attempt {
  return { bot: 'other', instrument: ETH, change, outcome }
}
