import { expect, setDefaultTimeout, test } from 'bun:test'
import { add, type Decimal, divide, isGreater, isPositive, isZero, roundToScale, roundToStep } from '#domain/decimal'
import type { Verdict } from '#domain/verdict'
import { CHECK_FACTS } from '#risk/checks/catalogue'
import { RiskGate } from '#risk/gate'
import type { LimitStanding } from '#risk/standing-row'
import { stopLossOf } from '#risk/stop-risk'
import { themesOf } from '#risk/themes'
import { EXPOSURE_SCALE, reducingPartOf, unitCostOf } from '#risk/worst-case'
import { SeededRandom } from '#sim/random'
import { Draw } from '#sim/simulate/draw'
import { IS_LONG } from '#test/company/profile'
import { type Scene, sceneOf } from './random-desk'

/* What is shown of a limit against what the gate does: its headroom is just what still passes. Seeded, so that a case that fails comes again. */

setDefaultTimeout(600_000)
const CASES = IS_LONG ? 30_000 : 1_000
const CAPS = Object.entries(CHECK_FACTS).flatMap(([name, { canCut }]) => (canCut ? [name] : []))
const OF_RISK = ['portfolio_risk', 'risk_per_trade']

/** A scene whose intent may state an edge, and whose limits say what to do with an order that fits in part. */
function drawn(draw: Draw): Scene {
  const scene = sceneOf(draw, false)
  const intent = scene.view.guards.intent
  if (intent === null || !draw.chance(0.5)) return scene
  const edge = { winProbability: 0.6, payoffRatio: draw.between(1, 3) }
  const grounds = { edge, style: 'directional' as const, sourceNotional: null, expectedProfit: null }
  return { ...scene, view: { ...scene.view, guards: { ...scene.view.guards, intent: { ...intent, grounds } } } }
}

/** Account currency that each cap counts a unit of the judged order by. */
function unitsOf({ proposal, instrument, view, quoteRate, limits, stopPrice }: Scene): {
  readonly notional: Decimal
  readonly risk: Decimal
} {
  const unit = unitCostOf(proposal, instrument, view.quote, quoteRate, limits.marketOrderBufferBps)
  return { notional: unit.notional, risk: stopLossOf(proposal, stopPrice, unit, instrument, quoteRate, limits).perUnit }
}

/** The largest quantity on the lot that costs no more than the headroom. */
function fitting(headroom: Decimal, perUnit: Decimal, lotSize: Decimal): Decimal {
  return roundToStep(divide(roundToScale(headroom, EXPOSURE_SCALE, 'down'), perUnit, 18, 'down'), lotSize, 'down')
}

function judge(scene: Scene, quantity: Decimal, capAction: 'downsize' | 'block'): Verdict {
  return new RiskGate({ ...scene.limits, capAction }, scene.book()).judge({ ...scene.proposal, quantity }, scene.view)
}

function outcome(scene: Scene, check: string, quantity: Decimal): string {
  return judge(scene, quantity, 'block').figures.find((figure) => figure.check === check)?.outcome ?? 'none'
}

/** The caps that hold the scene's order, with their headroom; of a check with several rows the tightest that applies. */
function headrooms({ limits, instrument }: Scene, rows: readonly LimitStanding[]): ReadonlyMap<string, Decimal> {
  const themes = themesOf(limits.themes, instrument).map((theme) => `theme:${theme}`)
  const found = new Map<string, Decimal>()
  for (const { check, scope, headroom } of rows) {
    if (!CAPS.includes(check) || headroom === null || (check === 'theme_cap' && !themes.includes(scope))) continue
    const known = found.get(check)
    if (known === undefined || isGreater(known, headroom as Decimal)) found.set(check, headroom as Decimal)
  }
  return found
}

/** Visits scenes whose order does nothing but add. */
function scenes(name: string, visit: (scene: Scene, rows: readonly LimitStanding[], index: number) => void): void {
  const draw = new Draw(new SeededRandom(`standing property/${name}`))
  for (let index = 0; index < CASES; index++) {
    const scene = drawn(draw)
    const { side, quantity } = scene.proposal
    if (!isZero(reducingPartOf(side, quantity, scene.view.positionOfBot, '0' as Decimal))) continue
    visit(scene, new RiskGate(scene.limits, scene.book()).standing(scene.proposal, scene.view), index)
  }
}

test('RSK-01 RSK-02 the headroom that is shown of a cap is just what the gate lets pass: one lot more is stopped by it', () => {
  const seen = new Map<string, number>()
  scenes('headroom', (scene, rows, index) => {
    const units = unitsOf(scene)
    for (const [check, headroom] of headrooms(scene, rows)) {
      const perUnit = OF_RISK.includes(check) ? units.risk : units.notional
      if (!isPositive(perUnit)) continue
      const most = fitting(headroom, perUnit, scene.instrument.lotSize)
      const more = add(most, scene.instrument.lotSize)
      if (isPositive(most)) expect(outcome(scene, check, most), `case ${index} ${check} ${most}`).toBe('pass')
      expect(outcome(scene, check, more), `case ${index} ${check} ${more}`).toBe('block')
      seen.set(check, (seen.get(check) ?? 0) + 1)
    }
  })
  expect([...seen.keys()].sort()).toEqual([...CAPS].sort())
  for (const [check, count] of seen) expect(count, check).toBeGreaterThan(CASES / 50)
})

test('RSK-01 RSK-03 the least of all headrooms is what an order is cut to', () => {
  let cut = 0
  scenes('cut', (scene, rows, index) => {
    const units = unitsOf(scene)
    const { lotSize } = scene.instrument
    let least: Decimal | null = null
    for (const [check, headroom] of headrooms(scene, rows)) {
      const perUnit = OF_RISK.includes(check) ? units.risk : units.notional
      const most = isPositive(perUnit) ? fitting(headroom, perUnit, lotSize) : null
      if (most !== null && (least === null || isGreater(least, most))) least = most
    }
    if (least === null) throw new Error('an order that nothing holds')
    const verdict = judge(scene, add(least, lotSize), 'downsize')
    if (verdict.kind === 'block') return
    cut++
    expect(verdict.approved.quantity, `case ${index}`).toBe(least)
  })
  expect(cut).toBeGreaterThan(CASES / 10)
})

test('RSK-03 the filled part of each figure is what is held, the rest what works at worst', () => {
  scenes('parts', (scene, rows, index) => {
    const book = scene.book()
    const at = (check: string) => rows.find((row) => row.check === check)
    const total = at('total_exposure_max')
    expect({ filled: total?.filled, working: total?.working }, `case ${index}`).toEqual({
      filled: scene.view.held.total,
      working: book.total(),
    })
    const asset = at('asset_max')
    expect([asset?.filled, asset?.working]).toEqual([scene.view.held.asset, book.notionalOfAsset(scene.instrument.baseAsset)])
    const ofOrder = at('order_notional_max')
    expect([ofOrder?.used, ofOrder?.headroom]).toEqual(['0' as Decimal, ofOrder?.limit])
    for (const { filled, working, used } of rows)
      if (filled !== null && working !== null) expect(add(filled as Decimal, working as Decimal), `case ${index}`).toBe(used as Decimal)
  })
})
