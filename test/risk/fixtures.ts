import { type Decimal, decimal } from '#domain/decimal'
import { clientOrderIdOf } from '#domain/digest'
import { accountId, assetCode, botId, type InstrumentId, instrumentIdOf, intentId, strategyId, venueId } from '#domain/ids'
import type { Instrument } from '#domain/instrument'
import type { Intent } from '#domain/intent'
import type { Proposal } from '#domain/order'
import type { CheckFigure, Verdict } from '#domain/verdict'
import type { GateQuote, GateView, PlanRequest, ScopeState } from '#risk/types'
import { NO_GUARD_FACTS } from '#risk/guard-facts'
import { DEFAULT_SIZING } from '#risk/sizing-config'
import { DEFAULT_ROUTING } from '#risk/types'

export const NOW_MS = 1_760_000_000_000
export const KRAKEN = venueId('kraken')
export const ACCOUNT = accountId('main@kraken')
export const BOT = botId('trend-btc')
export const OTHER_BOT = botId('trend-eth')
export const STRATEGY = strategyId('trend-following')
const USD = assetCode('USD')

export const d = (text: string | number): Decimal => decimal(text)

interface Grid {
  readonly tickSize: string
  readonly lotSize: string
  readonly quantityMin: string
  readonly notionalMin: string
}

export function instrumentOf(base: string, grid: Grid, extra: Partial<Instrument> = {}): Instrument {
  const baseAsset = assetCode(base)
  return Object.freeze({
    instrumentId: instrumentIdOf(baseAsset, USD, KRAKEN),
    venueId: KRAKEN,
    baseAsset,
    quoteAsset: USD,
    venueSymbols: { raw: `${base}USD`, rest: `${base}USD`, stream: `${base}/USD` },
    status: 'online',
    tickSize: d(grid.tickSize),
    lotSize: d(grid.lotSize),
    quantityMin: d(grid.quantityMin),
    notionalMin: d(grid.notionalMin),
    costScale: 5,
    makerFeeBps: d('25'),
    takerFeeBps: d('40'),
    marginable: true,
    ...extra,
  })
}

export const BTC = instrumentOf('BTC', { tickSize: '0.1', lotSize: '0.00000001', quantityMin: '0.00005', notionalMin: '0.5' })
export const ETH = instrumentOf('ETH', { tickSize: '0.01', lotSize: '0.00000001', quantityMin: '0.001', notionalMin: '0.5' })

export function quoteOf(bid: string, ask: string, receivedAtMs: number = NOW_MS): GateQuote {
  return { bidPrice: d(bid), askPrice: d(ask), receivedAtMs }
}

export const SCOPE: ScopeState = Object.freeze({
  isKillSwitchActive: false,
  company: 'trading',
  bot: 'active',
  venue: 'online',
  isPrivateStreamSound: true,
  isProductDataSound: true,
  hasDrift: false,
  reducing: null,
})

/** A view in which an order of 100 USD of BTC at 50,000 passes: equity 10,000, nothing held, all sound. */
export function viewOf(overrides: Partial<GateView> = {}): GateView {
  return Object.freeze({
    nowMs: NOW_MS,
    epoch: 7,
    equity: d('10000'),
    instrument: BTC,
    quoteRate: d('1'),
    quote: quoteOf('49999', '50001'),
    barAtMs: NOW_MS,
    scope: SCOPE,
    positionOfBot: d('0'),
    held: { total: d('0'), instrument: d('0'), asset: d('0'), strategy: d('0') },
    positions: [],
    openInstruments: new Set<InstrumentId>(),
    balances: { quoteOfAccount: d('100000'), quoteOfBot: d('100000'), baseOfAccount: d('100') },
    tradedToday: d('0'),
    capabilities: { shorts: false, margin: false },
    isOperatorFlatten: false,
    guards: NO_GUARD_FACTS,
    ...overrides,
  })
}

let serial = 0

/** A buy of 0.002 BTC at 50,000: 100 USD, 100.40 with its fee. Each call has a new client order id unless one is given. */
export function proposalOf(overrides: Partial<Proposal> = {}): Proposal {
  serial += 1
  const limitPrice = overrides.limitPrice === undefined ? d('50000') : overrides.limitPrice
  const intent = intentId(`test ${serial}`)
  const bot = overrides.botId ?? BOT
  const instrument = overrides.instrumentId ?? BTC.instrumentId
  return {
    clientOrderId: clientOrderIdOf({ tag: 'abcdef', accountId: ACCOUNT, botId: bot, instrumentId: instrument, intentId: intent, index: 0 }),
    accountId: ACCOUNT,
    venueId: KRAKEN,
    instrumentId: instrument,
    botId: bot,
    strategyId: STRATEGY,
    intentId: intent,
    side: 'buy',
    type: limitPrice === null ? 'market' : 'limit',
    quantity: d('0.002'),
    limitPrice,
    referencePrice: limitPrice ?? d('50001'),
    timeInForce: 'gtc',
    expiresAtMs: null,
    postOnly: false,
    reduceOnly: false,
    effect: 'open',
    arrivalMid: d('50000'),
    proposedAtMs: NOW_MS,
    ...overrides,
  }
}

export function figureOf(verdict: Verdict, check: string): CheckFigure {
  const figure = verdict.figures.find((candidate) => candidate.check === check)
  if (figure === undefined) throw new Error(`the verdict has no figure of ${check}`)
  return figure
}

export function codeOf(verdict: Verdict): string {
  return verdict.kind === 'block' ? verdict.code : 'pass'
}

export function intentOf(overrides: Partial<Intent> = {}): Intent {
  return {
    intentId: intentId('trend-btc 1h 1760000000000'),
    botId: BOT,
    strategyId: STRATEGY,
    instrumentId: BTC.instrumentId,
    kind: 'enter',
    target: { kind: 'risk', direction: 'long' },
    stopPrice: null,
    takeProfitPrice: null,
    conviction: 0.7,
    timeframe: '1h',
    decidedOnMs: NOW_MS,
    routing: null,
    metadata: {},
    ...overrides,
  }
}

export function requestOf(overrides: Partial<PlanRequest> = {}): PlanRequest {
  return {
    intent: intentOf(),
    position: d('0'),
    working: [],
    instrument: BTC,
    quote: quoteOf('49999', '50001'),
    routing: DEFAULT_ROUTING,
    sizing: DEFAULT_SIZING,
    means: { equity: d('10000'), capital: d('10000'), scale: d('1') },
    ids: { tag: 'abcdef', accountId: ACCOUNT, firstIndex: 0 },
    nowMs: NOW_MS,
    ...overrides,
  }
}
