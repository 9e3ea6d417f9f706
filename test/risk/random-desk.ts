import { clientOrderIdOf } from '#domain/digest'
import { type Decimal, decimalFromNumber, isZero, multiply, roundToStep, toNumber } from '#domain/decimal'
import { assetCode, botId, instrumentId, intentId, strategyId, venueId } from '#domain/ids'
import type { Instrument } from '#domain/instrument'
import type { IntentGrounds } from '#domain/intent'
import type { Proposal, Side } from '#domain/order'
import { ExposureBook } from '#risk/exposure'
import { NO_GUARD_FACTS } from '#risk/guard-facts'
import { type HeldPosition, heldExposureOf } from '#risk/held'
import { DEFAULT_RISK_LIMITS, type GateView, type KnownOrder, type RiskLimits } from '#risk/types'
import type { Draw } from '#sim/simulate/draw'
import { d, instrumentOf, NOW_MS, viewOf } from './fixtures'

/* Random portfolios, working orders and proposals: whatever a gate may be asked. All of it follows from the draw. */

const VENUES = ['kraken', 'coinbase'] as const
const BOTS = [
  { botId: botId('alpha'), strategyId: strategyId('trend-following') },
  { botId: botId('beta'), strategyId: strategyId('trend-following') },
  { botId: botId('gamma'), strategyId: strategyId('grid') },
] as const
const MANUAL = { botId: null, strategyId: null } as const
export const THEMES = { coins: ['AAA', 'BBB'], odd: ['CCC', 'AAA-USD@coinbase'] } as const

const GRIDS = [
  { tickSize: '0.01', lotSize: '0.001', quantityMin: '0.001', notionalMin: '0.5' },
  { tickSize: '0.01', lotSize: '0.00000001', quantityMin: '0.00005', notionalMin: '5' },
  { tickSize: '0.05', lotSize: '1', quantityMin: '2', notionalMin: '0.5' },
] as const

function instrumentAt(base: string, venue: (typeof VENUES)[number], grid: number, windowId: string | null): Instrument {
  const made = instrumentOf(base, GRIDS[grid] ?? GRIDS[0])
  return {
    ...made,
    venueId: venueId(venue),
    instrumentId: instrumentId(`${base}-USD@${venue}`),
    quoteAsset: assetCode('USD'),
    ...(windowId === null ? {} : { terms: { kind: 'spot', expiresAtMs: null, windowId } }),
  }
}

export const INSTRUMENTS: readonly Instrument[] = [
  instrumentAt('AAA', 'kraken', 0, null),
  instrumentAt('AAA', 'coinbase', 1, null),
  instrumentAt('BBB', 'kraken', 2, 'w1'),
  instrumentAt('CCC', 'kraken', 1, 'w1'),
  instrumentAt('DDD', 'coinbase', 0, 'w2'),
]
const MID = 100

/** A position with what it loses at its stop. */
export interface Holding extends HeldPosition {
  readonly risk: Decimal
}

/** A working order with what its owner held when it was placed, and its stop. */
export interface Working extends KnownOrder {
  readonly instrument: Instrument
}

/** Everything that one judgement follows from. */
export interface Scene {
  readonly limits: RiskLimits
  readonly holdings: readonly Holding[]
  readonly working: readonly Working[]
  readonly proposal: Proposal
  readonly instrument: Instrument
  readonly view: GateView
  readonly quoteRate: Decimal
  readonly stopPrice: Decimal | null
  readonly shorts: boolean
  /** A book with the working orders, made anew with each call. */
  book(): ExposureBook
}

const amount = (draw: Draw, from: number, to: number, scale = 2): Decimal => decimalFromNumber(draw.between(from, to), scale)

function limitsOf(draw: Draw): RiskLimits {
  // Where all limits are tight, little passes; where they are wide, few of them decide.
  const width = draw.pick([1, 2, 8])
  const maybe = <T>(value: T): T | null => (draw.chance(0.7) ? value : null)
  const limit = (from: number, to: number, scale = 2) => amount(draw, from * width, to * width, scale)
  return {
    ...DEFAULT_RISK_LIMITS,
    capAction: 'downsize',
    orderNotionalMin: amount(draw, 0.5, draw.pick([2, 30])),
    orderNotionalMax: limit(100, 3_000),
    totalAtRiskRatioMax: limit(0.1, 1.5, 3),
    positionRatioMax: limit(0.02, 0.6, 3),
    assetRatioMax: limit(0.02, 0.8, 3),
    strategyRatioMax: draw.chance(0.5) ? { grid: limit(0.05, 0.8, 3) } : {},
    strategyRatioMaxDefault: maybe(limit(0.05, 0.9, 3)),
    openPositionsMax: draw.pick([1, 3, 4, 5, 6]),
    marketConcentrationRatioMax: limit(0.1, 1, 3),
    totalExposureMax: limit(1_000, 20_000),
    dailyNotionalMax: maybe(limit(1_000, 20_000)),
    instrumentNotionalMax: maybe(limit(200, 6_000)),
    themes: draw.chance(0.7) ? THEMES : {},
    themeRatioMax: limit(0.05, 0.9, 3),
    venueRatioMax: draw.chance(0.5) ? { kraken: limit(0.1, 1, 3) } : {},
    venueRatioMaxDefault: maybe(limit(0.1, 1, 3)),
    windowNotionalMax: maybe(limit(100, 5_000)),
    riskPerTradeRatioMax: maybe(limit(0.001, 0.05, 4)),
    portfolioRiskRatioMax: maybe(limit(0.005, 0.1, 4)),
    kellyRatioMax: maybe(draw.pick([d('0.25'), d('0.5')])),
    manualPositions: draw.chance(0.3) ? 'ignore' : 'count',
    priceDeviationBpsMax: d('10000'),
    capScale: draw.pick([d('1'), d('1'), d('0.6'), d('1.2')]),
  }
}

function quantityOf(draw: Draw, { lotSize }: Instrument, notionalMax: number): Decimal {
  const rough = decimalFromNumber(Math.max(draw.spread(1, 10_000) / 10_000, 0.0005) * (notionalMax / MID), 8)
  const rounded = roundToStep(rough, lotSize, 'down')
  return isZero(rounded) ? lotSize : rounded
}

function holdingsOf(draw: Draw, shorts: boolean): readonly Holding[] {
  const holdings: Holding[] = []
  for (const instrument of INSTRUMENTS) {
    for (const owner of [...BOTS, MANUAL]) {
      if (!draw.chance(owner === MANUAL ? 0.15 : 0.25)) continue
      const size = quantityOf(draw, instrument, draw.pick([300, 3_000]))
      const netQuantity = shorts && draw.chance(0.3) ? multiply(size, d('-1')) : size
      const notional = multiply(size, d(String(MID)))
      const { instrumentId: id, venueId: venue, baseAsset, terms } = instrument
      const risk = multiply(notional, amount(draw, 0, 0.1, 3))
      holdings.push({
        ...owner,
        instrumentId: id,
        venueId: venue,
        baseAsset,
        windowId: terms?.windowId ?? null,
        netQuantity,
        notional,
        risk,
      })
    }
  }
  return holdings
}

/** Buys are limited just under the mid and sells just over it, or the other way round: no order of the scene meets another one. */
function priceOf(draw: Draw, side: Side): Decimal {
  return side === 'buy' ? decimalFromNumber(99.9 - draw.integer(0, 40) * 0.05, 2) : decimalFromNumber(100.1 + draw.integer(0, 40) * 0.05, 2)
}

function stopOf(draw: Draw, side: Side): Decimal | null {
  if (draw.chance(0.5)) return null
  return side === 'buy' ? amount(draw, 40, 97, 2) : amount(draw, 103, 160, 2)
}

/** Every other edge is none. */
function groundsOf(draw: Draw): IntentGrounds | null {
  if (draw.chance(0.8)) return null
  const edge = { winProbability: draw.between(0.3, 0.9), payoffRatio: draw.between(0.5, 3) }
  return { edge, style: 'directional', sourceNotional: null, expectedProfit: null }
}

/** The budget of the order's strategy in its bot, and the cap of the tier of its instrument. */
function budgetsOf(draw: Draw, instrument: Instrument, { totalAtRiskRatioMax }: RiskLimits): Pick<GateView['guards'], 'budget' | 'tier'> {
  // As wide as the other limits of the scene.
  const share = (from: number, to: number) => decimalFromNumber(draw.between(from, to) * toNumber(totalAtRiskRatioMax), 4)
  const others = INSTRUMENTS.filter(({ instrumentId: id }) => id !== instrument.instrumentId && draw.chance(0.5))
  const tier = { name: 'some', ratioMax: share(0.1, 0.8), members: new Set([instrument, ...others].map(({ instrumentId: id }) => id)) }
  const budget = {
    atRiskRatioMax: draw.chance(0.7) ? share(0.05, 0.5) : null,
    allocationRatio: draw.chance(0.7) ? amount(draw, 0.05, 1, 3) : null,
  }
  return { tier: draw.chance(0.6) ? tier : null, budget: draw.chance(0.6) ? budget : null }
}

/** Mostly more than is asked for. */
function balancesOf(draw: Draw): GateView['balances'] {
  const ample = d('100000000')
  if (draw.chance(0.8)) return { quoteOfAccount: ample, quoteOfBot: ample, baseOfAccount: ample }
  return { quoteOfAccount: amount(draw, 500, 9_000), quoteOfBot: amount(draw, 500, 6_000), baseOfAccount: amount(draw, 1, 60) }
}

function netOf(holdings: readonly Holding[], bot: string | null, instrument: Instrument): Decimal {
  const held = holdings.find((holding) => holding.botId === bot && holding.instrumentId === instrument.instrumentId)
  return held?.netQuantity ?? d('0')
}

function workingOf(draw: Draw, holdings: readonly Holding[], shorts: boolean): readonly Working[] {
  return Array.from({ length: draw.integer(0, 8) }, (_, index): Working => {
    const instrument = draw.pick(INSTRUMENTS)
    const owner = draw.chance(0.15) ? MANUAL : draw.pick(BOTS)
    const isLong = toNumber(netOf(holdings, owner.botId, instrument)) > 0
    const side: Side = shorts || isLong ? draw.pick(['buy', 'sell'] as const) : 'buy'
    const limitPrice = priceOf(draw, side)
    const quantity = quantityOf(draw, instrument, draw.pick([200, 2_000]))
    const filled = draw.chance(0.3) ? roundToStep(multiply(quantity, d('0.5')), instrument.lotSize, 'down') : d('0')
    const key = idOf(`working ${index}`)
    const { botId: bot, strategyId: strategy } = owner
    const terms = { side, quantity, filledQuantity: filled, limitPrice, referencePrice: limitPrice, amend: null }
    const accountId = `main@${instrument.venueId}` as KnownOrder['accountId']
    return {
      key,
      accountId,
      botId: bot,
      strategyId: strategy,
      ...terms,
      postOnly: draw.chance(0.3),
      stopPrice: stopOf(draw, side),
      instrument,
    }
  })
}

function idOf(name: string) {
  const at = { tag: 'abcdef', accountId: 'main@kraken' as KnownOrder['accountId'], botId: BOTS[0].botId }
  return clientOrderIdOf({ ...at, instrumentId: instrumentId('AAA-USD@kraken'), intentId: intentId(name), index: 0 })
}

/** Whose order on what; one that reduces is on what its bot holds, where any holds something. */
function subjectOf(draw: Draw, holdings: readonly Holding[], shouldReduce: boolean) {
  const lines = INSTRUMENTS.flatMap((instrument) => BOTS.map((owner) => ({ instrument, owner })))
  const held = lines.filter(({ instrument, owner }) => !isZero(netOf(holdings, owner.botId, instrument)))
  return draw.pick(shouldReduce && held.length > 0 ? held : lines)
}

/** Draws one scene. @param shouldReduce draws an order that only lowers the position of its bot. */
export function sceneOf(draw: Draw, shouldReduce: boolean): Scene {
  const shorts = draw.chance(0.4)
  const limits = limitsOf(draw)
  const holdings = holdingsOf(draw, shorts)
  const working = workingOf(draw, holdings, shorts)
  const { instrument, owner } = subjectOf(draw, holdings, shouldReduce)
  const position = netOf(holdings, owner.botId, instrument)
  const isShort = toNumber(position) < 0
  const side: Side = shouldReduce ? (isShort ? 'buy' : 'sell') : shorts ? draw.pick(['buy', 'sell'] as const) : 'buy'
  const limitPrice = priceOf(draw, side)
  const stopPrice = stopOf(draw, side)
  const proposal: Proposal = {
    ...owner,
    clientOrderId: idOf('judged'),
    accountId: `main@${instrument.venueId}` as Proposal['accountId'],
    venueId: instrument.venueId,
    instrumentId: instrument.instrumentId,
    intentId: intentId('judged'),
    side,
    type: 'limit',
    quantity: quantityOf(draw, instrument, draw.pick([300, 2_000, 8_000])),
    limitPrice,
    referencePrice: limitPrice,
    timeInForce: 'gtc',
    expiresAtMs: null,
    postOnly: draw.chance(0.3),
    reduceOnly: false,
    effect: 'open',
    arrivalMid: d(String(MID)),
    proposedAtMs: NOW_MS,
  }
  const quoteRate = draw.pick([d('1'), d('1.1')])
  const book = () => {
    const made = new ExposureBook(limits)
    for (const order of working) made.restore(order, order.instrument, quoteRate, netOf(holdings, order.botId, order.instrument))
    return made
  }
  return { limits, holdings, working, proposal, instrument, view: viewFor(), quoteRate, stopPrice, shorts, book }

  function viewFor(): GateView {
    const total = holdings.reduce((sum, { risk }) => sum + toNumber(risk), 0)
    const ofLine = holdings.find((held) => held.botId === owner.botId && held.instrumentId === instrument.instrumentId)?.risk ?? d('0')
    return viewOf({
      equity: amount(draw, 2_000, 30_000),
      instrument,
      quoteRate,
      quote: { bidPrice: d('99.95'), askPrice: d('100.05'), receivedAtMs: NOW_MS },
      positionOfBot: position,
      held: heldExposureOf(holdings, instrument, owner.strategyId),
      positions: holdings,
      openInstruments: new Set(holdings.map((held) => held.instrumentId)),
      balances: balancesOf(draw),
      tradedToday: amount(draw, 0, draw.pick([2_000, 15_000])),
      capabilities: { shorts, margin: shorts },
      guards: {
        ...NO_GUARD_FACTS,
        intent: { intentId: proposal.intentId, stopPrice, conviction: 1, grounds: groundsOf(draw) },
        capital: draw.chance(0.5) ? amount(draw, 500, 10_000) : null,
        risk: { total: decimalFromNumber(total, 8), ofLine },
        ...budgetsOf(draw, instrument, limits),
      },
    })
  }
}
