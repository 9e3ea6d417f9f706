import { type Decimal, subtract, toNumber } from '#domain/decimal'
import type { BotId, StrategyId } from '#domain/ids'
import type { Instrument } from '#domain/instrument'
import type { Side } from '#domain/order'
import type { Draw } from '#sim/simulate/draw'
import { type Holding, type Scene, THEMES, type Working } from './random-desk'

/*
 * What the gate's caps come to, reckoned once more from positions and orders: in doubles, without the gate's book and without a function of
 * `src/risk`. Twice over: by the sum of all that adds, and by playing fills one after the other.
 */

/** What doubles may lose, and the rounding of a worst case up to eight digits, an order: so little says nothing either way. */
const SLACK = 1e-5
/** Below the least lot of the scenes. */
const LOT_LEAST = 1e-9

/** An order as the reckoning sees it. */
interface Counted {
  readonly botId: BotId | null
  readonly strategyId: StrategyId | null
  readonly instrument: Instrument
  readonly side: Side
  readonly leaves: number
  readonly postOnly: boolean
  /** Account currency per base at worst, fee included. */
  readonly unit: number
  /** Account currency per base lost at the stop. */
  readonly unitRisk: number
  /** Quote per base that a buy takes, fee included. */
  readonly cash: number
}

/** An order with the part of it that adds to a position at worst. */
interface Part extends Counted {
  readonly adding: number
}

/** Whom and what an exposure belongs to. */
type Row = Pick<Holding, 'botId' | 'strategyId' | 'instrumentId' | 'baseAsset' | 'venueId' | 'windowId'>

/** What is exposed after orders have filled. */
interface After {
  /** Account currency, row by row. */
  readonly rows: readonly (Row & { readonly value: number })[]
  /** Notional that was added within the day. */
  readonly opened: number
  /** Instruments with a position, by whether a strategy has it. */
  readonly open: ReadonlySet<string>
}

const feeOf = ({ makerFeeBps, takerFeeBps }: Instrument, postOnly: boolean): number =>
  (postOnly ? toNumber(makerFeeBps) : Math.max(toNumber(makerFeeBps), toNumber(takerFeeBps))) / 10_000

function countedOf(
  scene: Scene,
  order: Omit<Counted, 'unit' | 'unitRisk' | 'cash'>,
  price: number,
  stop: number | null,
  floor: number,
): Counted {
  const { instrument, side, postOnly } = order
  const rate = toNumber(scene.quoteRate)
  const [fee, exit] = [feeOf(instrument, postOnly), feeOf(instrument, false)]
  const unit = Math.max(price, floor) * (1 + fee) * rate
  const loss = side === 'buy' ? price * (1 + fee) - (stop ?? 0) * (1 - exit) : (stop ?? 0) * (1 + exit) - price * (1 - fee)
  const unitRisk = stop === null ? unit * toNumber(scene.limits.stopDistanceRatioDefault) : loss * rate
  return { ...order, unit, unitRisk, cash: side === 'buy' ? price * (1 + fee) : 0 }
}

function ofWorking(scene: Scene, order: Working): Counted {
  const { botId, strategyId, instrument, side, quantity, filledQuantity, limitPrice, postOnly, stopPrice } = order
  const leaves = toNumber(subtract(quantity, filledQuantity))
  const [price, stop] = [toNumber(limitPrice ?? order.referencePrice), stopPrice === null ? null : toNumber(stopPrice)]
  return countedOf(scene, { botId, strategyId, instrument, side, leaves, postOnly }, price, stop, 0) // what was there before the quote
}

function ofJudged(scene: Scene, quantity: Decimal): Counted {
  const { proposal, instrument, stopPrice, view } = scene
  const { botId, strategyId, side, limitPrice, referencePrice, postOnly } = proposal
  const floor = side === 'sell' && view.quote !== null ? toNumber(view.quote.bidPrice) : 0 // it may fill at the bid
  const price = toNumber(limitPrice ?? referencePrice)
  const order = { botId, strategyId, instrument, side, leaves: toNumber(quantity), postOnly }
  return countedOf(scene, order, price, stopPrice === null ? null : toNumber(stopPrice), floor)
}

/** All orders in the order in which they came, the judged one last. */
const ordersOf = (scene: Scene, quantity: Decimal): readonly Counted[] => [
  ...scene.working.map((order) => ofWorking(scene, order)),
  ofJudged(scene, quantity),
]

/** Splits the orders of each line into what reduces and what adds. */
function partsOf(scene: Scene, quantity: Decimal): readonly Part[] {
  const claimed = new Map<string, number>()
  return ordersOf(scene, quantity).map((order) => {
    const { botId, instrument, side, leaves } = order
    const net = scene.holdings.find((held) => held.botId === botId && held.instrumentId === instrument.instrumentId)?.netQuantity
    const opposing = Math.max(0, (side === 'sell' ? 1 : -1) * (net === undefined ? 0 : toNumber(net)))
    const line = `${botId} ${instrument.instrumentId} ${side}`
    const before = claimed.get(line) ?? 0
    claimed.set(line, before + leaves)
    return { ...order, adding: leaves - Math.max(0, Math.min(leaves, opposing - before)) }
  })
}

/** True when the order adds to a position, filled whole. */
export function addsTo(scene: Scene, quantity: Decimal): boolean {
  return (partsOf(scene, quantity).at(-1)?.adding ?? 0) > LOT_LEAST
}

function rowOf({ botId, strategyId, instrument }: Pick<Counted, 'botId' | 'strategyId' | 'instrument'>): Row {
  const { instrumentId, baseAsset, venueId, terms } = instrument
  return { botId, strategyId, instrumentId, baseAsset, venueId, windowId: terms?.windowId ?? null }
}

const isManual = ({ strategyId }: { readonly strategyId: string | null }): boolean => strategyId === null
const countsAsOpen = ({ limits }: Scene, row: Row): boolean => limits.manualPositions === 'count' || !isManual(row)

/** Everything that adds fills, and nothing that reduces. */
function worstOf(scene: Scene, parts: readonly Part[]): After {
  const held = scene.holdings.map((holding) => ({ ...holding, value: toNumber(holding.notional) }))
  const added = parts.map((part) => ({ ...rowOf(part), value: part.adding * part.unit, adding: part.adding }))
  const opening = added.filter((row) => row.adding > LOT_LEAST)
  const open = [...held, ...opening].filter((row) => countsAsOpen(scene, row)).map(({ instrumentId }) => instrumentId)
  return { rows: [...held, ...added], opened: added.reduce((sum, { value }) => sum + value, 0), open: new Set(open) }
}

/** Orders fill as they are drawn, in whole, in part or not at all, one after the other: what is then held, position by position. */
function playedOf(scene: Scene, orders: readonly Counted[], draw: Draw): After {
  const lines = new Map<string, Row & { quantity: number; value: number }>()
  for (const holding of scene.holdings)
    lines.set(`${holding.botId} ${holding.instrumentId}`, {
      ...holding,
      quantity: toNumber(holding.netQuantity),
      value: toNumber(holding.notional),
    })
  let opened = 0
  for (const order of orders) {
    const filled = order.leaves * draw.pick([0, 1, 1, 1, draw.between(0, 1)])
    const row = rowOf(order)
    const key = `${row.botId} ${row.instrumentId}`
    const line = lines.get(key) ?? { ...row, quantity: 0, value: 0 }
    const signed = order.side === 'buy' ? filled : -filled
    const closing = line.quantity * signed < 0 ? Math.min(Math.abs(line.quantity), filled) : 0
    if (closing > 0) line.value *= 1 - closing / Math.abs(line.quantity)
    const opening = (filled - closing) * order.unit
    lines.set(key, { ...line, quantity: line.quantity + signed, value: line.value + opening })
    opened += opening
  }
  const rows = [...lines.values()]
  const open = rows.filter((row) => Math.abs(row.quantity) > LOT_LEAST && countsAsOpen(scene, row)).map(({ instrumentId }) => instrumentId)
  return { rows, opened, open: new Set(open) }
}

const isIn = (members: readonly string[], { baseAsset, instrumentId }: Pick<Row, 'baseAsset' | 'instrumentId'>): boolean =>
  members.includes(baseAsset) || members.includes(instrumentId)

/** A cap with how much the exposure is above it, in its own unit; negative is below. */
interface Excess {
  readonly check: string
  readonly by: number
}

const told = (found: readonly Excess[]): readonly string[] =>
  found.filter(({ by }) => by > SLACK).map(({ check, by }) => `${check}: ${by} above`)

/** Every cap that is beyond its limit once all working orders, the judged one among them, have filled at worst; by the check's name. */
export function breaches(scene: Scene, quantity: Decimal): readonly string[] {
  return told(excesses(scene, quantity))
}

/** Caps that are beyond their limit or so near that doubles cannot tell. */
export function fullCaps(scene: Scene, quantity: Decimal): readonly string[] {
  return excesses(scene, quantity).flatMap(({ check, by }) => (by > -SLACK ? [check] : []))
}

function excesses(scene: Scene, quantity: Decimal): readonly Excess[] {
  const parts = partsOf(scene, quantity)
  return [
    ...exposuresBeyond(scene, parts, worstOf(scene, parts)),
    ...ownBeyond(scene, parts),
    ...risksBeyond(scene, parts),
    ...cashBeyond(scene, parts),
  ]
}

/** The same for exposures, after fills that are drawn: whichever of the orders fill, and however much. */
export function breachesInPlay(scene: Scene, quantity: Decimal, draw: Draw): readonly string[] {
  return told(exposuresBeyond(scene, partsOf(scene, quantity), playedOf(scene, ordersOf(scene, quantity), draw)))
}

function over(check: string, value: number, limit: number | null): readonly Excess[] {
  return limit === null ? [] : [{ check, by: value - limit }]
}

function exposuresBeyond(scene: Scene, parts: readonly Part[], { rows, opened, open }: After): readonly Excess[] {
  const { limits, view, proposal, instrument } = scene
  const scale = toNumber(limits.capScale)
  const equity = toNumber(view.equity) * scale
  const sum = (matches: (row: Row) => boolean, isBudget = false): number =>
    rows.reduce(
      (total, row) => total + (matches(row) && !(isBudget && limits.manualPositions === 'ignore' && isManual(row)) ? row.value : 0),
      0,
    )
  const amount = (value: Decimal | null) => (value === null ? null : toNumber(value) * scale)
  const share = (ratio: Decimal | null) => (ratio === null ? null : toNumber(ratio) * equity)
  const isOfInstrument = (row: Row) => row.instrumentId === instrument.instrumentId
  const windowId = instrument.terms?.windowId ?? null
  const themes = Object.keys(limits.themes).length === 0 ? [] : Object.entries(THEMES).filter(([, members]) => isIn(members, instrument))
  const wasHeld = scene.holdings.some((row) => isOfInstrument(row) && countsAsOpen(scene, row))
  return [
    ...over(
      'total_at_risk',
      sum(() => true, true),
      share(limits.totalAtRiskRatioMax),
    ),
    ...over(
      'strategy_cap',
      sum(({ botId, strategyId }) => botId === proposal.botId && strategyId === proposal.strategyId),
      budgetOf(view, scale),
    ),
    ...(view.guards.tier === null
      ? []
      : over(
          'tier_cap',
          sum(({ instrumentId }) => view.guards.tier?.members.has(instrumentId) === true, true),
          share(view.guards.tier.ratioMax),
        )),
    ...over('position_max', sum(isOfInstrument, true), share(limits.positionRatioMax)),
    ...over('instrument_notional_max', sum(isOfInstrument), amount(limits.instrumentNotionalMax)),
    ...over(
      'asset_max',
      sum(({ baseAsset }) => baseAsset === instrument.baseAsset),
      share(limits.assetRatioMax),
    ),
    ...over(
      'strategy_max',
      sum(({ strategyId }) => strategyId === proposal.strategyId),
      share(limits.strategyRatioMax[proposal.strategyId] ?? limits.strategyRatioMaxDefault),
    ),
    ...over(
      'venue_max',
      sum(({ venueId }) => venueId === instrument.venueId),
      share(limits.venueRatioMax[instrument.venueId] ?? limits.venueRatioMaxDefault),
    ),
    ...(windowId === null
      ? []
      : over(
          'window_max',
          sum((row) => row.windowId === windowId),
          amount(limits.windowNotionalMax),
        )),
    ...themes.flatMap(([, members]) =>
      over(
        'theme_cap',
        sum((row) => isIn(members, row), true),
        share(limits.themeRatioMax),
      ),
    ),
    ...over(
      'total_exposure_max',
      sum(() => true),
      amount(limits.totalExposureMax),
    ),
    ...over('daily_notional_max', toNumber(view.tradedToday) + opened, amount(limits.dailyNotionalMax)),
    ...over('market_concentration', sum(isOfInstrument, true), wholeOf(scene, parts) * toNumber(limits.marketConcentrationRatioMax)),
    ...over('open_positions_max', wasHeld ? 0 : open.size, limits.openPositionsMax),
  ]
}

/** The smaller of a strategy's shares of equity and of its bot's capital; null without any. */
function budgetOf({ equity, guards: { budget, capital } }: Scene['view'], scale: number): number | null {
  const { atRiskRatioMax, allocationRatio } = budget ?? { atRiskRatioMax: null, allocationRatio: null }
  const shares = [
    ...(atRiskRatioMax === null ? [] : [toNumber(equity) * toNumber(atRiskRatioMax)]),
    ...(allocationRatio === null || capital === null ? [] : [toNumber(capital) * toNumber(allocationRatio)]),
  ]
  return shares.length === 0 ? null : Math.min(...shares) * scale
}

/** What one instrument is a share of: the larger of the exposure before the judged order and its limit. */
function wholeOf(scene: Scene, parts: readonly Part[]): number {
  const { limits } = scene
  const { rows } = worstOf(scene, parts.slice(0, -1))
  const counts = (row: Row) => !(limits.manualPositions === 'ignore' && isManual(row))
  const before = rows.reduce((total, row) => total + (counts(row) ? row.value : 0), 0)
  return Math.max(before, toNumber(limits.totalExposureMax) * toNumber(limits.capScale))
}

/** Caps on the judged order itself, and on what its bot stakes on the instrument. */
function ownBeyond(scene: Scene, parts: readonly Part[]): readonly Excess[] {
  const { limits, view, proposal, instrument } = scene
  const own = parts.at(-1)
  if (own === undefined) return []
  const found = over('order_notional_max', own.leaves * own.unit, toNumber(limits.orderNotionalMax) * toNumber(limits.capScale))
  const edge = view.guards.intent?.grounds?.edge ?? null
  if (edge === null || limits.kellyRatioMax === null) return found
  const isOfLine = (row: { readonly botId: string | null; readonly instrumentId: string }) =>
    row.botId === proposal.botId && row.instrumentId === instrument.instrumentId
  const staked = worstOf(scene, parts).rows.reduce((total, row) => total + (isOfLine(row) ? row.value : 0), 0)
  const { winProbability: p, payoffRatio: b } = edge
  const bankroll = toNumber(view.guards.capital ?? view.equity)
  const stake = Math.round(Math.max(0, (b * p - (1 - p)) / b) * 1e6) / 1e6 // six digits are what a stake has
  return [...found, ...over('kelly', staked, bankroll * stake * toNumber(limits.kellyRatioMax))]
}

function risksBeyond({ limits, holdings, proposal, instrument, view }: Scene, parts: readonly Part[]): readonly Excess[] {
  const { riskPerTradeRatioMax, portfolioRiskRatioMax, capScale } = limits
  const equity = toNumber(view.equity) * toNumber(capScale)
  const isOwn = (row: { readonly botId: string | null; readonly instrumentId: string }) =>
    row.botId === proposal.botId && row.instrumentId === instrument.instrumentId
  const held = (matches: (row: Holding) => boolean) => holdings.filter(matches).reduce((total, { risk }) => total + toNumber(risk), 0)
  const working = (matches: (part: Part) => boolean) =>
    parts.filter(matches).reduce((total, { adding, unitRisk }) => total + adding * unitRisk, 0)
  const ofLine = held(isOwn) + working((part) => isOwn({ botId: part.botId, instrumentId: part.instrument.instrumentId }))
  const all = held(() => true) + working(() => true)
  return [
    ...over('risk_per_trade', ofLine, riskPerTradeRatioMax === null ? null : toNumber(riskPerTradeRatioMax) * equity),
    ...over('portfolio_risk', all, portfolioRiskRatioMax === null ? null : toNumber(portfolioRiskRatioMax) * equity),
  ]
}

/** What all working buys take of the quote asset, and where shorts are barred all working sells of the base. */
function cashBeyond({ view, proposal, instrument }: Scene, parts: readonly Part[]): readonly Excess[] {
  const { quoteOfAccount, quoteOfBot, baseOfAccount } = view.balances
  const sameAccount = parts.filter((part) => part.instrument.venueId === instrument.venueId)
  const cash = (rows: readonly Part[]) => rows.reduce((total, { leaves, cash: unit }) => total + leaves * unit, 0)
  if (proposal.side === 'buy')
    return [
      ...over('insufficient_balance', cash(sameAccount), toNumber(quoteOfAccount)),
      ...over('insufficient_balance', cash(sameAccount.filter(({ botId }) => botId === proposal.botId)), toNumber(quoteOfBot)),
    ]
  if (view.capabilities.shorts) return []
  const sells = sameAccount.filter(({ side, instrument: { baseAsset } }) => side === 'sell' && baseAsset === instrument.baseAsset)
  return over(
    'insufficient_balance',
    sells.reduce((total, { leaves }) => total + leaves, 0),
    toNumber(baseOfAccount),
  )
}
