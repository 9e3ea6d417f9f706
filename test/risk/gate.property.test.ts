import { expect, setDefaultTimeout, test } from 'bun:test'
import { add, type Decimal, isMultipleOf, isZero, subtract, toNumber } from '#domain/decimal'
import type { BotId, StrategyId } from '#domain/ids'
import type { Instrument } from '#domain/instrument'
import type { Side } from '#domain/order'
import type { Verdict } from '#domain/verdict'
import { CHECK_FACTS } from '#risk/checks/catalogue'
import { RiskGate } from '#risk/gate'
import type { RiskLimits } from '#risk/types'
import { SeededRandom } from '#sim/random'
import { Draw } from '#sim/simulate/draw'
import { IS_LONG } from '#test/company/profile'
import { type Holding, type Scene, sceneOf, THEMES, type Working } from './random-desk'

/*
 * The gate against a reckoning of its own: every cap is worked out again from positions and orders, in doubles and without the gate's book.
 * Seeded, so that a case that fails comes again.
 */

setDefaultTimeout(600_000)
const CASES = IS_LONG ? 120_000 : 4_000
/** What doubles may lose, and the rounding of a worst case up to eight digits, an order. */
const SLACK = 1e-5
/** Below the least lot of the scenes. */
const LOT_LEAST = 1e-9

const CAPS = Object.entries(CHECK_FACTS).flatMap(([name, { canCut }]) => (canCut ? [name] : []))

/** What an order adds to a position at worst. */
interface Part {
  readonly botId: BotId | null
  readonly strategyId: StrategyId | null
  readonly instrument: Instrument
  readonly adding: number
  /** Account currency per base, fee included. */
  readonly unit: number
  /** Account currency per base lost at the stop. */
  readonly unitRisk: number
}

const feeOf = ({ makerFeeBps, takerFeeBps }: Instrument, postOnly: boolean): number =>
  (postOnly ? toNumber(makerFeeBps) : Math.max(toNumber(makerFeeBps), toNumber(takerFeeBps))) / 10_000

/** Splits the orders of each line into what reduces and what adds, in the order in which they came. */
function partsOf({ holdings, working, limits, quoteRate, view }: Scene, judged: Judged | null): readonly Part[] {
  const claimed = new Map<string, number>()
  const rate = toNumber(quoteRate)
  const orders = [...working.map(ofWorking), ...(judged === null ? [] : [judged])]
  return orders.map(({ botId, strategyId, instrument, side, leaves, price, postOnly, stop, isJudged }) => {
    const net = holdings.find((held) => held.botId === botId && held.instrumentId === instrument.instrumentId)?.netQuantity
    const opposing = Math.max(0, (side === 'sell' ? 1 : -1) * (net === undefined ? 0 : toNumber(net)))
    const line = `${botId} ${instrument.instrumentId} ${side}`
    const before = claimed.get(line) ?? 0
    claimed.set(line, before + leaves)
    const adding = leaves - Math.max(0, Math.min(leaves, opposing - before))
    // A short counts at the bid where that is higher; what was there before the quote counts at its own price.
    const worst = side === 'sell' && isJudged && view.quote !== null ? Math.max(price, toNumber(view.quote.bidPrice)) : price
    const unit = worst * (1 + feeOf(instrument, postOnly)) * rate
    const [fee, exit] = [feeOf(instrument, postOnly), feeOf(instrument, false)]
    const loss = side === 'buy' ? price * (1 + fee) - (stop ?? 0) * (1 - exit) : (stop ?? 0) * (1 + exit) - price * (1 - fee)
    const unitRisk = stop === null ? unit * toNumber(limits.stopDistanceRatioDefault) : loss * rate
    return { botId, strategyId, instrument, adding, unit, unitRisk }
  })
}

interface Judged {
  readonly botId: BotId | null
  readonly strategyId: StrategyId | null
  readonly instrument: Instrument
  readonly side: Side
  readonly leaves: number
  readonly price: number
  readonly postOnly: boolean
  readonly stop: number | null
  readonly isJudged: boolean
}

function ofWorking(order: Working): Judged {
  const { botId, strategyId, instrument, side, quantity, filledQuantity, limitPrice, postOnly, stopPrice } = order
  const leaves = toNumber(subtract(quantity, filledQuantity))
  const [price, stop] = [toNumber(limitPrice ?? order.referencePrice), stopPrice === null ? null : toNumber(stopPrice)]
  return { botId, strategyId, instrument, side, leaves, price, postOnly, stop, isJudged: false }
}

function judgedOf({ proposal, instrument, stopPrice }: Scene, quantity: Decimal): Judged {
  const { botId, strategyId, side, limitPrice, referencePrice, postOnly } = proposal
  const price = toNumber(limitPrice ?? referencePrice)
  const stop = stopPrice === null ? null : toNumber(stopPrice)
  return { botId, strategyId, instrument, side, leaves: toNumber(quantity), price, postOnly, stop, isJudged: true }
}

const isIn = (members: readonly string[], { baseAsset, instrumentId }: Pick<Instrument, 'baseAsset' | 'instrumentId'>): boolean =>
  members.includes(baseAsset) || members.includes(instrumentId)

/** Every cap that is beyond its limit once all working orders, the judged one among them, have filled at worst. */
function breaches(scene: Scene, quantity: Decimal): readonly string[] {
  const { limits, holdings, view, proposal, instrument } = scene
  const parts = partsOf(scene, judgedOf(scene, quantity))
  const scale = toNumber(limits.capScale)
  const equity = toNumber(view.equity) * scale
  const found: string[] = []
  type Row = Pick<Holding, 'instrumentId' | 'baseAsset' | 'venueId' | 'windowId' | 'strategyId'>
  const sum = (matches: (row: Row) => boolean, isBudget = false): number => {
    const counts = (row: Row) => matches(row) && !(isBudget && limits.manualPositions === 'ignore' && row.strategyId === null)
    const held = holdings.filter(counts).reduce((total, { notional }) => total + toNumber(notional), 0)
    const rows = parts.map((part) => ({ ...part, ...rowOf(part) }))
    return rows.filter(counts).reduce((total, { adding, unit }) => total + adding * unit, held)
  }
  const hold = (check: string, value: number, limit: number | null) => {
    if (limit !== null && value > limit + SLACK) found.push(`${check}: ${value} above ${limit}`)
  }
  const amount = (value: Decimal | null) => (value === null ? null : toNumber(value) * scale)
  const own = parts.at(-1)
  hold('order', (own?.adding ?? 0) * (own?.unit ?? 0), amount(limits.orderNotionalMax))
  hold(
    'total at risk',
    sum(() => true, true),
    toNumber(limits.totalAtRiskRatioMax) * equity,
  )
  hold(
    'position',
    sum((row) => row.instrumentId === instrument.instrumentId, true),
    toNumber(limits.positionRatioMax) * equity,
  )
  hold(
    'instrument',
    sum((row) => row.instrumentId === instrument.instrumentId),
    amount(limits.instrumentNotionalMax),
  )
  hold(
    'asset',
    sum((row) => row.baseAsset === instrument.baseAsset),
    toNumber(limits.assetRatioMax) * equity,
  )
  const ofStrategy = limits.strategyRatioMax[proposal.strategyId] ?? limits.strategyRatioMaxDefault
  hold(
    'strategy',
    sum((row) => row.strategyId === proposal.strategyId),
    ofStrategy === null ? null : toNumber(ofStrategy) * equity,
  )
  const ofVenue = limits.venueRatioMax[instrument.venueId] ?? limits.venueRatioMaxDefault
  hold(
    'venue',
    sum((row) => row.venueId === instrument.venueId),
    ofVenue === null ? null : toNumber(ofVenue) * equity,
  )
  const windowId = instrument.terms?.windowId ?? null
  if (windowId !== null)
    hold(
      'window',
      sum((row) => row.windowId === windowId),
      amount(limits.windowNotionalMax),
    )
  if (Object.keys(limits.themes).length > 0)
    for (const [theme, members] of Object.entries(THEMES))
      if (isIn(members, instrument))
        hold(
          theme,
          sum((row) => isIn(members, row), true),
          toNumber(limits.themeRatioMax) * equity,
        )
  hold(
    'total exposure',
    sum(() => true),
    amount(limits.totalExposureMax),
  )
  const day = toNumber(view.tradedToday) + parts.reduce((total, { adding, unit }) => total + adding * unit, 0)
  hold('day', day, amount(limits.dailyNotionalMax))
  const before = sum(() => true, true) - (own?.adding ?? 0) * (own?.unit ?? 0)
  const whole = Math.max(before, toNumber(limits.totalExposureMax) * scale) * toNumber(limits.marketConcentrationRatioMax)
  hold(
    'concentration',
    sum((row) => row.instrumentId === instrument.instrumentId, true),
    whole,
  )
  hold('positions', openOf(scene, parts), limits.openPositionsMax)
  holdRisks(scene, parts, equity, hold)
  return found
}

function rowOf({ instrument }: Part) {
  const { instrumentId, baseAsset, venueId, terms } = instrument
  return { instrumentId, baseAsset, venueId, windowId: terms?.windowId ?? null }
}

function openOf({ holdings, limits, instrument }: Scene, parts: readonly Part[]): number {
  const counts = ({ strategyId }: { readonly strategyId: string | null }) => limits.manualPositions === 'count' || strategyId !== null
  const held = holdings.filter(counts).map(({ instrumentId }) => instrumentId)
  if (held.includes(instrument.instrumentId)) return 0 // adding to one opens none
  const opening = parts.filter((part) => counts(part) && part.adding > LOT_LEAST).map(({ instrument }) => instrument.instrumentId)
  return new Set([...held, ...opening]).size
}

function holdRisks(
  { limits, holdings, proposal, instrument }: Scene,
  parts: readonly Part[],
  equity: number,
  hold: (check: string, value: number, limit: number | null) => void,
): void {
  const { riskPerTradeRatioMax, portfolioRiskRatioMax } = limits
  const isOwn = (row: { readonly botId: string | null; readonly instrumentId: string }) =>
    row.botId === proposal.botId && row.instrumentId === instrument.instrumentId
  const held = (matches: (row: Holding) => boolean) => holdings.filter(matches).reduce((total, { risk }) => total + toNumber(risk), 0)
  const working = (matches: (part: Part) => boolean) =>
    parts.filter(matches).reduce((total, { adding, unitRisk }) => total + adding * unitRisk, 0)
  const ofLine = held(isOwn) + working((part) => isOwn({ botId: part.botId, instrumentId: part.instrument.instrumentId }))
  hold('risk per trade', ofLine, riskPerTradeRatioMax === null ? null : toNumber(riskPerTradeRatioMax) * equity)
  const all = held(() => true) + working(() => true)
  hold('portfolio risk', all, portfolioRiskRatioMax === null ? null : toNumber(portfolioRiskRatioMax) * equity)
}

function judge(scene: Scene, quantity: Decimal, over: Partial<RiskLimits> = {}): Verdict {
  const gate = new RiskGate({ ...scene.limits, ...over }, scene.book())
  return gate.judge({ ...scene.proposal, quantity }, scene.view)
}

const addsTo = (scene: Scene, quantity: Decimal): boolean => (partsOf(scene, judgedOf(scene, quantity)).at(-1)?.adding ?? 0) > LOT_LEAST

function scenes(name: string, shouldReduce: boolean, visit: (scene: Scene, index: number) => void): void {
  const draw = new Draw(new SeededRandom(`gate property/${name}`))
  for (let index = 0; index < CASES; index++) visit(sceneOf(draw, shouldReduce), index)
}

test('RSK-01 RSK-03 I6 a passing verdict never lets a cap be exceeded after all working orders fill at worst', () => {
  const seen = { passed: 0, cut: 0, blocked: 0 }
  scenes('caps', false, (scene, index) => {
    const verdict = judge(scene, scene.proposal.quantity)
    if (verdict.kind === 'block') {
      seen.blocked++
      return
    }
    seen[verdict.downsizedFrom === null ? 'passed' : 'cut']++
    const { quantity } = verdict.approved
    if (addsTo(scene, quantity)) expect(breaches(scene, quantity), `case ${index}`).toEqual([])
  })
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(CASES / 100)
})

test('RSK-02 a reducing order is never blocked or cut by a cap, nor held by a check that lets reductions pass', () => {
  let reducing = 0
  scenes('reducing', true, (scene, index) => {
    const { quantity } = scene.proposal
    if (isZero(scene.view.positionOfBot) || addsTo(scene, quantity)) return
    reducing++
    for (const capAction of ['downsize', 'block'] as const) {
      const verdict = judge(scene, quantity, { capAction })
      const held = verdict.figures.filter(({ check, outcome }) => outcome !== 'pass' && letsReduce(check)).map(({ check }) => check)
      expect(held, `case ${index}`).toEqual([])
    }
  })
  expect(reducing).toBeGreaterThan(CASES / 100)
})

test('RSK-02 a cut is the largest that fits: one lot more is blocked by a cap, and lot and minimums hold', () => {
  let cuts = 0
  scenes('cuts', false, (scene, index) => {
    const verdict = judge(scene, scene.proposal.quantity)
    if (verdict.kind === 'block' || verdict.downsizedFrom === null) return
    cuts++
    const { quantity } = verdict.approved
    const { lotSize, quantityMin } = scene.instrument
    expect(isMultipleOf(quantity, lotSize), `case ${index}`).toBe(true)
    expect(toNumber(quantity) >= toNumber(quantityMin), `case ${index}`).toBe(true)
    expect(judge(scene, quantity, { capAction: 'block' }).kind, `case ${index}`).toBe('pass')
    const more = judge(scene, add(quantity, lotSize), { capAction: 'block' })
    if (more.kind === 'pass') throw new Error(`case ${index}: one lot more than ${quantity} passes`)
    expect(CAPS, `case ${index}`).toContain(more.code)
  })
  expect(cuts).toBeGreaterThan(CASES / 100)
})

function letsReduce(check: string): boolean {
  return CHECK_FACTS[check as keyof typeof CHECK_FACTS].reducing === 'passes'
}
