import { describe, expect, test } from 'bun:test'
import { add, type Decimal, isPositive, subtract } from '#domain/decimal'
import type { Verdict } from '#domain/verdict'
import { ExposureBook } from '#risk/exposure'
import { RiskGate } from '#risk/gate'
import type { GateView, RiskLimits } from '#risk/types'
import { d } from './fixtures'
import { type Asked, askGate, type Claim, LIMITS, MAXIMAL, play, PLAYED, REDUCING, WORST } from './gate-claims'
import type { Scene } from './random-desk'

/* The properties of the gate, asked of gates with a mistake in them: each must be found. */

const CASES = 4_000
const VAST = d('1000000000000')

/** A gate that sees something else than there is. */
const seeing =
  (change: (scene: Scene) => { view?: Partial<GateView>; limits?: Partial<RiskLimits>; book?: ExposureBook }): Asked =>
  (scene, quantity, over = {}) => {
    const { view, limits, book } = change(scene)
    const gate = new RiskGate({ ...scene.limits, ...over, ...limits }, book ?? scene.book())
    return gate.judge({ ...scene.proposal, quantity }, { ...scene.view, ...view })
  }

/** A gate that cuts by some lots too little or too much. */
const cutting =
  (change: (quantity: Decimal, lot: Decimal) => Decimal): Asked =>
  (scene, quantity, over = {}): Verdict => {
    const verdict = askGate(scene, quantity, over)
    if (verdict.kind === 'block' || verdict.downsizedFrom === null) return verdict
    const changed = change(verdict.approved.quantity, scene.instrument.lotSize)
    return isPositive(changed) ? { ...verdict, approved: { ...verdict.approved, quantity: changed } } : verdict
  }

const NOTHING_HELD = { total: d('0'), instrument: d('0'), asset: d('0'), strategy: d('0') }

const MUTANTS: readonly (readonly [what: string, ask: Asked, claims: readonly Claim[]])[] = [
  ['working orders are not counted', seeing(({ limits }) => ({ book: new ExposureBook(limits) })), [WORST, PLAYED]],
  ['positions are not counted', seeing(() => ({ view: { held: NOTHING_HELD, positions: [] } })), [WORST, PLAYED]],
  [
    'fees are not counted',
    seeing(({ instrument }) => ({ view: { instrument: { ...instrument, makerFeeBps: d('0'), takerFeeBps: d('0') } } })),
    [WORST, PLAYED],
  ],
  ['a cut is rounded up to the lot', cutting((quantity, lot) => add(quantity, lot)), [WORST, MAXIMAL]],
  ['a cut leaves a lot unused', cutting((quantity, lot) => subtract(quantity, lot)), [MAXIMAL]],
  ['what reduces counts as adding', seeing(() => ({ view: { positionOfBot: d('0') } })), [REDUCING]],
  [
    'what reduces is counted by its side alone',
    seeing(({ view, proposal }) => ({ view: { positionOfBot: proposal.side === 'sell' ? VAST : view.positionOfBot } })),
    [WORST, PLAYED],
  ],
]

/** How each limit is taken out of a gate. */
const WITHOUT: Readonly<Record<string, Parameters<typeof seeing>[0]>> = {
  kelly: () => ({ limits: { kellyRatioMax: null } }),
  order_notional_max: () => ({ limits: { orderNotionalMax: VAST } }),
  total_at_risk: () => ({ limits: { totalAtRiskRatioMax: VAST } }),
  portfolio_risk: () => ({ limits: { portfolioRiskRatioMax: null } }),
  risk_per_trade: () => ({ limits: { riskPerTradeRatioMax: null } }),
  position_max: () => ({ limits: { positionRatioMax: VAST } }),
  instrument_notional_max: () => ({ limits: { instrumentNotionalMax: null } }),
  asset_max: () => ({ limits: { assetRatioMax: VAST } }),
  strategy_cap: ({ view }) => ({ view: { guards: { ...view.guards, budget: null } } }),
  tier_cap: ({ view }) => ({ view: { guards: { ...view.guards, tier: null } } }),
  theme_cap: () => ({ limits: { themes: {} } }),
  strategy_max: () => ({ limits: { strategyRatioMax: {}, strategyRatioMaxDefault: null } }),
  venue_max: () => ({ limits: { venueRatioMax: {}, venueRatioMaxDefault: null } }),
  window_max: () => ({ limits: { windowNotionalMax: null } }),
  market_concentration: () => ({ limits: { marketConcentrationRatioMax: VAST } }),
  total_exposure_max: () => ({ limits: { totalExposureMax: VAST } }),
  daily_notional_max: () => ({ limits: { dailyNotionalMax: null } }),
  open_positions_max: () => ({ limits: { openPositionsMax: 1_000 } }),
  insufficient_balance: () => ({ view: { balances: { quoteOfAccount: VAST, quoteOfBot: VAST, baseOfAccount: VAST } } }),
}

describe('RSK-02 RSK-03 the properties of the gate find', () => {
  for (const [what, ask, claims] of MUTANTS)
    for (const claim of claims)
      test(`that ${what} (${claim.name})`, () => {
        expect(play(claim, ask, CASES).against).not.toBeNull()
      })

  test('every limit is taken out once', () => expect(Object.keys(WITHOUT).sort()).toEqual([...LIMITS].sort()))

  for (const [check, change] of Object.entries(WITHOUT))
    test(`that ${check} is left out`, () => {
      expect(play(WORST, seeing(change), CASES).against).toContain(`${check}: `)
    })
})
