import { describe, expect, test } from 'bun:test'
import { doneText, isClean, type KillOutcome, progressText, survivorsText } from '#cli/kill-report'

const CLEAN: KillOutcome = {
  scope: 'all',
  shouldFlatten: false,
  state: 'ENDED',
  ordersEnded: 3,
  ordersLeftCount: 0,
  ordersLeft: [],
  positionsClosed: 0,
  positionsLeftCount: 0,
  positionsLeft: [],
}
const LEFT: KillOutcome = {
  ...CLEAN,
  shouldFlatten: true,
  state: 'OVERDUE',
  ordersLeftCount: 3,
  ordersLeft: [{ clientOrderId: 'f1', instrumentId: 'BTC-USD@kraken', botId: 'a', status: 'UNKNOWN' }],
  positionsClosed: 1,
  positionsLeftCount: 1,
  positionsLeft: [{ botId: 'b', instrumentId: 'ETH-USD@kraken', netQuantity: '0.1', why: 'data_stale: the quote is 9000 ms old' }],
}

describe('RSK-09 what the kill command reports', () => {
  test('nothing left: one line, by scope', () => {
    expect(doneText(CLEAN)).toBe('the company confirmed: HALTED, 3 orders cancelled, none open')
    expect(doneText({ ...CLEAN, scope: 'bot:a', ordersEnded: 1 })).toBe('the company confirmed: bot:a halted, 1 order cancelled, none open')
    expect(doneText({ ...CLEAN, scope: 'order:f1', ordersEnded: 1 })).toBe('the company confirmed: order:f1, 1 order cancelled, none open')
    expect(doneText({ ...CLEAN, shouldFlatten: true, positionsClosed: 2 })).toEndWith('none open; 2 positions closed, none left')
  })

  test('only what is over and left nothing is clean', () => {
    expect([CLEAN, LEFT, { ...CLEAN, state: 'RELEASED' }, { ...LEFT, state: 'ENDED' }].map(isClean)).toEqual([true, false, false, false])
  })

  test('survivors are named, each with why, and counted where there are too many to name', () => {
    expect(survivorsText(LEFT, 10_040).split('\n')).toEqual([
      'all, after 10.0 s',
      '3 orders not confirmed as ended (3 cancelled):',
      '  f1 BTC-USD@kraken of a: UNKNOWN',
      '  and 2 more',
      '1 position left (1 closed):',
      '  0.1 ETH-USD@kraken of b: data_stale: the quote is 9000 ms old',
      'the company goes on trying; watch "bun run troupe status" and the venue itself',
    ])
    expect(survivorsText({ ...LEFT, state: 'ENDED' }, 0)).toEndWith('look at the venue itself')
    expect(survivorsText({ ...CLEAN, state: 'RELEASED' }, 0)).toEndWith('it is not tried any more')
  })

  test('progress counts both', () => {
    expect(progressText(CLEAN)).toBe('3 orders cancelled, 0 without evidence')
    expect(progressText(LEFT)).toBe('3 orders cancelled, 3 without evidence; 1 position closed, 1 left')
  })
})
