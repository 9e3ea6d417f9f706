import { expect, setDefaultTimeout, test } from 'bun:test'
import { IS_LONG } from '#test/company/profile'
import { askGate, type Claim, type Decided, LIMITS, MAXIMAL, type Played, PLAYED, play, REDUCING, WORST } from './gate-claims'

/*
 * The gate against a reckoning of its own (`gate-oracle.ts`), over random portfolios, working orders and proposals. Counted are the cases in
 * which there was something to hold the verdict to. That each claim can fail: `gate-mutants.test.ts`.
 */

setDefaultTimeout(1_200_000)
const CASES = IS_LONG ? 100_000 : 1_500

function expectHolds(claim: Claim, cases = CASES): Played {
  const played = play(claim, askGate, cases)
  expect(played.against).toBeNull()
  expect(played.cases).toBe(cases)
  expect(played.scenes).toBeGreaterThanOrEqual(CASES)
  return played
}

/** Every limit has been what stood against an order, by a block and, where it cuts, by a cut. */
function expectAllDecide(decided: Decided): void {
  for (const check of LIMITS) {
    const { blocked, cut } = decided.get(check) ?? { blocked: 0, cut: 0 }
    expect([check, blocked + cut > 0]).toEqual([check, true])
    if (IS_LONG && check !== 'open_positions_max' && check !== 'insufficient_balance') expect([check, cut > 0]).toEqual([check, true])
    if (IS_LONG) expect([check, blocked > 0]).toEqual([check, true])
  }
}

test('RSK-01 RSK-02 RSK-03 I6 REQ-E1 a passing verdict never lets a cap be exceeded after all working orders fill at worst', () => {
  const { decided } = expectHolds(WORST)
  expectAllDecide(decided)
})

test('RSK-02 RSK-03 nor after fills of any of them, in whole or in part, one after the other', () => {
  expectHolds(PLAYED)
})

test('RSK-02 a reducing order is never blocked or cut by a cap, nor held by a check that lets reductions pass', () => {
  expectHolds(REDUCING)
})

test('RSK-02 a cut is the largest that fits: one lot more breaches a cap, and lot and minimums hold', () => {
  expectHolds(MAXIMAL, CASES / 4) // one scene in eight is cut, so more than twice as many as counted elsewhere are judged
})
