import { describe, expect, test } from 'bun:test'
import { assetCode, botId, type InstrumentId, instrumentId, intentId, strategyId, venueId } from '#domain/ids'
import type { Instrument } from '#domain/instrument'
import type { IntentGrounds } from '#domain/intent'
import type { Proposal } from '#domain/order'
import { RiskGate } from '#risk/gate'
import { NO_GUARD_FACTS } from '#risk/guard-facts'
import type { HeldPosition } from '#risk/held'
import { DEFAULT_RISK_LIMITS, type GateView, type RiskLimits } from '#risk/types'
import { ACCOUNT, BOT, BTC, codeOf, d, ETH, figureOf, KRAKEN, OTHER_BOT, proposalOf, quoteOf, STRATEGY, viewOf } from './fixtures'

/* An order of 0.002 BTC at 50,000 costs 100.4 at worst; without a stop it is assumed to lose 5 % of that, 5.02. */

const rich: Partial<GateView> = { equity: d('1000000') }
const block: Partial<RiskLimits> = { capAction: 'block' }
const WINDOWED: Instrument = { ...BTC, terms: { kind: 'spot', expiresAtMs: null, windowId: 'w1' } }

function judge(proposal: Partial<Proposal>, view: Partial<GateView>, limits: Partial<RiskLimits> = {}) {
  return new RiskGate({ ...DEFAULT_RISK_LIMITS, ...limits }).judge(proposalOf(proposal), viewOf(view))
}
const position = (notional: string, over: Partial<HeldPosition> = {}): HeldPosition => ({
  instrumentId: BTC.instrumentId,
  venueId: KRAKEN,
  baseAsset: BTC.baseAsset,
  windowId: null,
  botId: BOT,
  strategyId: STRATEGY,
  netQuantity: d('1'),
  notional: d(notional),
  ...over,
})
const DOGE = { instrumentId: instrumentId('DOGE-USD@kraken'), baseAsset: assetCode('DOGE') }
const MANUAL = { botId: null, strategyId: null }
const intent = (stopPrice: string | null, grounds: IntentGrounds | null = null) => ({
  guards: {
    ...NO_GUARD_FACTS,
    intent: { intentId: intentId('i'), stopPrice: stopPrice === null ? null : d(stopPrice), conviction: 1, grounds },
  },
})
const risk = (total: string, ofLine = '0') => ({ guards: { ...NO_GUARD_FACTS, risk: { total: d(total), ofLine: d(ofLine) } } })
const bet = (winProbability: number, payoffRatio: number) =>
  intent(null, { edge: { winProbability, payoffRatio }, style: 'directional', sourceNotional: null, expectedProfit: null })

describe('gate: caps of further scopes', () => {
  const cases: readonly [string, string, Partial<Proposal>, Partial<GateView>, Partial<RiskLimits>, string, string, string, string][] = [
    // requirement, check, proposal, view, limits, cap type, current, proposed, limit
    [
      'RSK-02',
      'instrument_notional_max',
      {},
      { ...rich, held: { total: d('100'), instrument: d('100'), asset: d('100'), strategy: d('100') } },
      { instrumentNotionalMax: d('150') },
      'instrument',
      '100',
      '200.4',
      '150',
    ],
    [
      'RSK-02',
      'theme_cap',
      {},
      { positions: [position('900', DOGE), position('30'), position('5000', { ...DOGE, baseAsset: assetCode('ADA') })] },
      { themes: { coins: ['BTC', 'DOGE'] } },
      'theme',
      '930',
      '1030.4',
      '1000',
    ],
    [
      'RSK-02',
      'theme_cap',
      {},
      { positions: [position('950')] },
      { themes: { named: ['BTC-USD@kraken'], other: ['ETH'] } },
      'theme',
      '950',
      '1050.4',
      '1000',
    ],
    [
      'RSK-02',
      'venue_max',
      {},
      { positions: [position('450'), position('900', { venueId: venueId('coinbase') })] },
      { venueRatioMax: { kraken: d('0.05') } },
      'venue',
      '450',
      '550.4',
      '500',
    ],
    ['RSK-02', 'venue_max', {}, { positions: [position('450')] }, { venueRatioMaxDefault: d('0.05') }, 'venue', '450', '550.4', '500'],
    [
      'RSK-13',
      'window_max',
      {},
      { instrument: WINDOWED, positions: [position('320', { windowId: 'w1' }), position('999', { windowId: 'w2' })] },
      {},
      'window',
      '320',
      '420.4',
      '400',
    ],
    ['RSK-04', 'risk_per_trade', {}, risk('98', '98'), {}, 'risk', '98', '103.02', '100'],
    // 0.002 × (50,200 − 40,000 × 0.996) = 20.72
    ['RSK-04', 'risk_per_trade', {}, intent('40000'), { riskPerTradeRatioMax: d('0.002') }, 'risk', '0', '20.72', '20'],
    ['RSK-04', 'portfolio_risk', {}, risk('996'), {}, 'risk', '996', '1001.02', '1000'],
    // (2 × 0.4 − 0.6) / 2 is 0.1; half of it of an equity of 1,000 is 50.
    [
      'RSK-07',
      'kelly',
      {},
      { ...bet(0.4, 2), equity: d('1000') },
      { positionRatioMax: d('1'), assetRatioMax: d('1') },
      'intent',
      '0',
      '100.4',
      '50',
    ],
  ]
  for (const [requirement, check, proposal, view, limits, capType, current, proposed, limit] of cases) {
    test(`${requirement} ${check} blocks by configuration and records its figures: ${current} and ${proposed} of ${limit}`, () => {
      const verdict = judge(proposal, view, { ...limits, ...block })
      expect(verdict.figures.filter(({ outcome }) => outcome === 'block').map((figure) => figure.check)).toContain(check)
      expect(figureOf(verdict, check)).toMatchObject({ outcome: 'block', capType, current, proposed, limit } as object)
    })

    test(`${requirement} ${check} cuts the order down to the lot, and one lot more would breach: ${proposed} of ${limit}`, () => {
      const verdict = judge(proposal, view, { ...limits, orderNotionalMin: d('1') })
      if (verdict.kind !== 'pass') throw new Error(verdict.code)
      expect(figureOf(verdict, check).outcome).toBe('downsize')
      const { quantity } = verdict.approved
      const again = (size: string) => judge({ ...proposal, quantity: d(size) }, view, { ...limits, ...block, orderNotionalMin: d('1') })
      expect(figureOf(again(quantity), check).outcome).toBe('pass')
      expect(figureOf(again((Number(quantity) + 1e-8).toFixed(8)), check).outcome).toBe('block')
    })

    test(`${requirement} ${check} lets what only reduces pass: ${proposed} of ${limit}`, () => {
      const verdict = judge({ ...proposal, side: 'sell', effect: 'close' }, { ...view, positionOfBot: d('1') }, { ...limits, ...block })
      expect(verdict.figures.filter((figure) => figure.outcome === 'block' && figure.check === check)).toEqual([])
    })
  }

  test('RSK-02 the tightest of the themes of an instrument counts', () => {
    const view = { positions: [position('940', DOGE), position('300', { instrumentId: ETH.instrumentId, baseAsset: ETH.baseAsset })] }
    const themes = { wide: ['BTC', 'ETH'], narrow: ['BTC', 'DOGE'] }
    for (const order of [themes, Object.fromEntries(Object.entries(themes).toReversed())]) {
      const verdict = judge({}, view, { themes: order })
      expect(figureOf(verdict, 'theme_cap')).toMatchObject({ outcome: 'downsize', current: '940' })
      expect(figureOf(judge({}, view, { themes: order, ...block }), 'theme_cap')).toMatchObject({ outcome: 'block', current: '940' })
    }
  })

  test('RSK-03 REQ-U2 working orders of the theme, the venue and the window count at worst', () => {
    const limits = {
      ...DEFAULT_RISK_LIMITS,
      ...block,
      themes: { all: ['BTC', 'ETH'] },
      venueRatioMaxDefault: d('0.1'),
      windowNotionalMax: d('150'),
    }
    const gate = new RiskGate(limits)
    const eth = { ...ETH, ...(WINDOWED.terms === undefined ? {} : { terms: WINDOWED.terms }) }
    const first = proposalOf({ instrumentId: ETH.instrumentId, quantity: d('0.05'), limitPrice: d('2000'), referencePrice: d('2000') })
    expect(codeOf(gate.judge(first, viewOf({ instrument: eth, quote: quoteOf('1999', '2001') })))).toBe('pass')
    const verdict = gate.judge(proposalOf(), viewOf({ instrument: WINDOWED }))
    expect(codeOf(verdict)).toBe('window_max')
    for (const check of ['theme_cap', 'venue_max', 'window_max'])
      expect(figureOf(verdict, check)).toMatchObject({ current: '100.4', proposed: '200.8' })
    expect(gate.book.risk()).toBe(d('5.02'))
    expect(gate.book.riskOfLine(BOT, ETH.instrumentId)).toBe(d('5.02'))
    gate.book.release(first.clientOrderId)
    expect([gate.book.risk(), gate.book.notionalOfVenue(KRAKEN), gate.book.notionalWhere(() => true)]).toEqual([d('0'), d('0'), d('0')])
  })

  test('RSK-02 the price of being in no theme, window or venue with a cap is nothing: no figure', () => {
    const verdict = judge({}, {}, { themes: { other: ['ETH'] }, venueRatioMax: { coinbase: d('0.1') } })
    const checks = verdict.figures.map(({ check }) => check)
    for (const check of ['theme_cap', 'venue_max', 'window_max', 'kelly', 'instrument_notional_max']) expect(checks).not.toContain(check)
  })

  test('MKT-06 REQ-U3 a regime scales every cap at once', () => {
    let limits: RiskLimits = {
      ...DEFAULT_RISK_LIMITS,
      ...block,
      capScale: d('0.6'),
      instrumentNotionalMax: d('1000'),
      venueRatioMax: { kraken: d('1') },
    }
    const gate = new RiskGate(() => limits)
    const verdict = gate.judge(proposalOf(), viewOf())
    const limit = (check: string) => figureOf(verdict, check).limit as string
    expect(limit('order_notional_max')).toBe('1200')
    expect(limit('total_at_risk')).toBe('900')
    expect(limit('position_max')).toBe('300')
    expect(limit('instrument_notional_max')).toBe('600')
    expect(limit('strategy_max')).toBe('2400')
    expect(limit('venue_max')).toBe('6000')
    expect(limit('total_exposure_max')).toBe('6000')
    expect(limit('daily_notional_max')).toBe('600000')
    expect(limit('risk_per_trade')).toBe('60')
    expect(limit('portfolio_risk')).toBe('600')
    limits = { ...limits, capScale: d('0') }
    expect(codeOf(gate.judge(proposalOf(), viewOf()))).toBe('order_notional_max')
    const sale = proposalOf({ side: 'sell', effect: 'close', limitPrice: d('50100'), referencePrice: d('50100') })
    expect(codeOf(gate.judge(sale, viewOf({ positionOfBot: d('1') })))).toBe('pass')
  })
})

describe('gate: risk by the stop', () => {
  const limits: Partial<RiskLimits> = { ...block, riskPerTradeRatioMax: d('1'), portfolioRiskRatioMax: d('1') }
  const at = (proposal: Partial<Proposal>, view: Partial<GateView>) =>
    figureOf(judge(proposal, view, limits), 'risk_per_trade').proposed as string

  test('RSK-04 counts fees of both ways, and what a market order may slip', () => {
    expect(at({}, intent('49000'))).toBe('2.792') // 0.002 × (50,200 − 48,804)
    const market = { limitPrice: null, timeInForce: 'ioc' } as const
    expect(at(market, intent('49000'))).toBe('3.29601804') // from 50,001 × 1.005 × 1.004
    const short: Partial<GateView> = { capabilities: { shorts: true, margin: true } }
    expect(at({ side: 'sell' }, { ...intent('51000'), ...short })).toBe('2.808') // 0.002 × (51,204 − 49,800)
    expect(at({ side: 'sell', ...market }, { ...intent('51000'), ...short })).toBe('3.30401796') // sold at 49,750.995 at worst
    expect(at({ postOnly: true }, intent('49000'))).toBe('2.642') // in by the maker's fee, out by the taker's
  })

  test('RSK-04 refuses an entry whose stop is on the wrong side of its price, and lets a reduction pass', () => {
    const verdict = judge({}, intent('50000'), limits)
    expect(codeOf(verdict)).toBe('risk_per_trade')
    expect(figureOf(verdict, 'risk_per_trade').message).toContain('The stop at 50000 is not below the price 50000 of the entry')
    expect(codeOf(judge({ side: 'sell', effect: 'close' }, { ...intent('10'), positionOfBot: d('1') }, limits))).toBe('pass')
    expect(codeOf(judge({}, intent('50000'), { riskPerTradeRatioMax: null, portfolioRiskRatioMax: null }))).toBe('pass')
  })

  test('RSK-04 a trade that comes in several orders is one trade', () => {
    const gate = new RiskGate({ ...DEFAULT_RISK_LIMITS, ...block, riskPerTradeRatioMax: d('0.0008') })
    expect(codeOf(gate.judge(proposalOf(), viewOf()))).toBe('pass')
    expect(codeOf(gate.judge(proposalOf(), viewOf()))).toBe('risk_per_trade')
    expect(codeOf(gate.judge(proposalOf({ botId: OTHER_BOT }), viewOf()))).toBe('pass')
  })

  test('RSK-04 an amend is held to its new stop, though it costs no more than before', () => {
    const gate = new RiskGate({ ...DEFAULT_RISK_LIMITS, ...block, riskPerTradeRatioMax: d('0.0005') })
    const order = proposalOf()
    expect(codeOf(gate.judge(order, viewOf(intent('49000'))))).toBe('pass')
    expect(codeOf(gate.reserveAmend(order, viewOf(intent('45000'))))).toBe('risk_per_trade')
    expect(codeOf(gate.reserveAmend({ ...order, quantity: d('0.001') }, viewOf(intent('49000'))))).toBe('pass')
    expect(gate.book.risk()).toBe(d('2.792')) // the larger of both until it is answered
  })

  test('RSK-04 a fill takes the order’s risk off the book, and a restored order has that of its stop', () => {
    const gate = new RiskGate(DEFAULT_RISK_LIMITS)
    const order = proposalOf()
    gate.judge(order, viewOf(intent('49000')))
    gate.book.fill(order.clientOrderId, d('0.0005'))
    expect(gate.book.risk()).toBe(d('2.094'))
    const { clientOrderId: key, side, limitPrice, referencePrice, postOnly, quantity } = order
    const known = { key, accountId: ACCOUNT, botId: BOT, strategyId: STRATEGY, side, limitPrice, referencePrice, postOnly, quantity }
    gate.book.restore({ ...known, filledQuantity: d('0.001'), amend: null, stopPrice: d('49000') }, BTC, d('1'), d('0'))
    expect(gate.book.risk()).toBe(d('1.396'))
    gate.book.restore({ ...known, filledQuantity: d('0'), amend: null, stopPrice: null }, BTC, d('1'), d('0'))
    expect(gate.book.risk()).toBe(d('5.02'))
  })
})

describe('gate: Kelly', () => {
  test('RSK-07 blocks a bet without an edge, whatever else it fits into', () => {
    for (const [chance, payoff] of [
      [0.5, 1],
      [0.1, 2],
      [0, 9],
    ] as const) {
      const verdict = judge({}, { ...bet(chance, payoff), ...rich })
      expect(codeOf(verdict)).toBe('kelly')
      expect(figureOf(verdict, 'kelly').message).toContain('has no edge')
    }
  })

  test('RSK-07 counts what the bot holds and has working there, and stakes what it was given', () => {
    const gate = new RiskGate({ ...DEFAULT_RISK_LIMITS, ...block })
    const facts = bet(0.4, 2).guards // a stake of 0.1, half of it 0.05
    const view = viewOf({ ...rich, positions: [position('50')], guards: { ...facts, capital: d('6000') } })
    gate.judge(proposalOf(), viewOf(rich))
    expect(figureOf(gate.judge(proposalOf(), view), 'kelly')).toMatchObject({ current: '150.4', proposed: '250.8', limit: '300' })
    expect(figureOf(gate.judge(proposalOf({ botId: botId('third') }), view), 'kelly')).toMatchObject({ current: '0', proposed: '100.4' })
  })
})

describe('gate: manual positions', () => {
  const held = { total: d('9000'), instrument: d('450'), asset: d('450'), strategy: d('0') }
  const manual = [position('450', MANUAL), position('8550', { ...MANUAL, ...DOGE })]
  const open: ReadonlySet<InstrumentId> = new Set([BTC.instrumentId, DOGE.instrumentId])
  const view: Partial<GateView> = { equity: d('10000'), held, positions: manual, openInstruments: open }

  test('RSK-12 counts positions without a strategy by default', () => {
    const verdict = judge({}, view, block)
    expect(codeOf(verdict)).toBe('total_at_risk')
    expect(figureOf(verdict, 'total_at_risk').current as string).toBe('9000')
    expect(figureOf(verdict, 'position_max').current as string).toBe('450')
    expect(figureOf(verdict, 'open_positions_max').current as string).toBe('2')
  })

  test('RSK-12 leaves them out of budgets where configured, and hard caps see them all the same', () => {
    const limits: Partial<RiskLimits> = { ...block, manualPositions: 'ignore', themes: { all: ['BTC', 'DOGE'] } }
    const verdict = judge({}, view, limits)
    for (const check of ['total_at_risk', 'position_max', 'market_concentration', 'theme_cap'])
      expect(figureOf(verdict, check)).toMatchObject({ outcome: 'pass', current: '0', proposed: '100.4' })
    expect(figureOf(verdict, 'open_positions_max')).toMatchObject({ current: '0', proposed: '1' })
    expect(codeOf(verdict)).toBe('asset_max')
    expect(figureOf(verdict, 'asset_max')).toMatchObject({ outcome: 'block', current: '450' })
    expect(figureOf(verdict, 'total_exposure_max').current as string).toBe('9000')
  })

  test('RSK-12 treats working orders without a strategy alike', () => {
    const gate = new RiskGate({ ...DEFAULT_RISK_LIMITS, ...block, manualPositions: 'ignore' })
    const foreign = { ...proposalOf(), botId: null, strategyId: null, key: proposalOf().clientOrderId }
    gate.book.restore({ ...foreign, filledQuantity: d('0'), amend: null, stopPrice: null }, BTC, d('1'), d('0'))
    const verdict = gate.judge(proposalOf({ strategyId: strategyId('grid') }), viewOf({ positions: [] }))
    expect(figureOf(verdict, 'total_at_risk').current as string).toBe('0')
    expect(figureOf(verdict, 'total_exposure_max').current as string).toBe('100.4')
    expect(figureOf(verdict, 'asset_max').current as string).toBe('100.4')
    expect(figureOf(verdict, 'open_positions_max')).toMatchObject({ current: '0', proposed: '1' })
  })
})
