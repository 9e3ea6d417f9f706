// An order with the gate's verdict and reservation, the journal in memory and the ledger's postings, by the parts that a company has.
import { GateFacts } from '#actors/company/gate-facts'
import { GateMemory } from '#actors/company/gate-memory'
import { GuardSource } from '#actors/company/guard-source'
import { ThrottleBoard } from '#actors/company/throttle-board'
import { Orders } from '#actors/desk/orders'
import { verdictDraft } from '#actors/desk/verdict-entry'
import { MarketCache } from '#actors/market-cache'
import { Portfolio } from '#actors/portfolio/portfolio'
import type { Decimal } from '#domain/decimal'
import { assetCode, botId, venueOrderId } from '#domain/ids'
import type { Fill, Proposal, Side } from '#domain/order'
import { ScopeEpochs } from '#risk/epoch'
import { RiskGate } from '#risk/gate'
import { DEFAULT_RISK_LIMITS } from '#risk/types'
import { VirtualClock } from '#sim/virtual-clock'
import { MemoryJournalDisk, openMemoryJournal } from '#store/memory-journal'
import { ACCOUNT, fillOf, INSTRUMENT, makeRegistry, proposalOf, VENUE } from './order-bench'

const USD = assetCode('USD')
const RICH = '1000000000' as Decimal
const ASK = { isOperatorFlatten: false, isRetry: false, intent: null }
const CAPITAL = new Map(Array.from({ length: 50 }, (_, index) => [botId(`bot-${index}`), '1000000' as Decimal] as const))

function makeMarket(clock: VirtualClock): MarketCache {
  const market = new MarketCache(clock)
  market.putInstrument({
    instrumentId: INSTRUMENT,
    venueId: VENUE,
    baseAsset: assetCode('BTC'),
    quoteAsset: USD,
    venueSymbols: { raw: 'XBTUSD', rest: 'XBTUSD', stream: 'BTC/USD' },
    status: 'online',
    tickSize: '0.1' as Decimal,
    lotSize: '0.00000001' as Decimal,
    quantityMin: '0.00005' as Decimal,
    notionalMin: '0.5' as Decimal,
    costScale: 5,
    makerFeeBps: '25' as Decimal,
    takerFeeBps: '40' as Decimal,
    marginable: false,
  })
  quote(market, clock)
  return market
}

function quote(market: MarketCache, clock: VirtualClock): void {
  market.onQuote({
    instrumentId: INSTRUMENT,
    bidPrice: '59999' as Decimal,
    bidQuantity: '1' as Decimal,
    askPrice: '60001' as Decimal,
    askQuantity: '1' as Decimal,
    venueAtMs: clock.now(),
    receivedAtMs: clock.now(),
  })
}

/** @param isChained hashes each entry, as a journal on a disk does. */
export function makeDesk(isChained: boolean) {
  const clock = new VirtualClock(Date.UTC(2026, 0, 5))
  const journal = openMemoryJournal(new MemoryJournalDisk(isChained), clock)
  const market = makeMarket(clock)
  const rules = { valuationAsset: USD, pairOverrides: {}, excludedAssets: [] }
  const portfolio = new Portfolio({
    clock,
    journal,
    market,
    rules,
    method: 'weightedAverage',
    userrefs: new Map(),
    drift: { settleMs: 0, tolerance: '1' as Decimal },
    accountOf: () => ACCOUNT,
    capital: new Map([...CAPITAL].map(([botId, amount]) => [botId, { accountId: ACCOUNT, amount }])),
  })
  const balances = [USD, assetCode('BTC')].map((asset) => ({ asset, total: RICH, available: RICH }))
  portfolio.cash.open(VENUE, balances as never, [])
  portfolio.cash.allocate(VENUE)
  portfolio.refresh()
  const limits = { ...DEFAULT_RISK_LIMITS, orderNotionalMax: RICH, totalExposureMax: RICH, dailyNotionalMax: null }
  const gate = new RiskGate(limits)
  const epochs = new ScopeEpochs()
  const memory = new GateMemory()
  const alerter = { raise: () => undefined }
  const throttles = new ThrottleBoard({ clock, journal, alerter, epochs, memory, limitsOf: () => limits })
  const guards = new GuardSource({
    market,
    portfolio,
    memory,
    throttles,
    limitsOf: () => limits,
    capitalOf: (bot) => CAPITAL.get(bot) ?? null,
    regionOf: () => null,
    gasOf: () => null,
  })
  const facts = new GateFacts({
    clock,
    market,
    portfolio,
    reservations: { unratedAsset: () => null },
    epochs,
    guards,
    scopes: {
      isKillSwitchActive: false,
      company: 'trading',
      hasDrift: false,
      botState: () => 'active',
      venueState: () => ({ venue: 'online', isPrivateStreamSound: true }),
      isProductUp: () => true,
      shorts: () => true,
      reducingReason: () => null,
    },
  })
  journal.subscribe((entry) => memory.replay(entry))
  const orders = new Orders({ clock, journal, alerter, actors: makeRegistry(), retireAfterMs: 1 })
  return { clock, journal, market, portfolio, gate, facts, orders, quote: () => quote(market, clock) }
}

type Desk = ReturnType<typeof makeDesk>

/** Judges, reserves, journals, opens and brings an order to OPEN. */
export function openJudged(desk: Desk, index: number, side: Side, price: Decimal) {
  const { journal, gate, facts, orders, clock } = desk
  const proposal: Proposal = { ...proposalOf(index), side, limitPrice: price, referencePrice: price, proposedAtMs: clock.now() }
  const verdict = gate.judge(proposal, facts.gateView(proposal, ASK))
  const causationSeq = journal.append(verdictDraft(verdict))
  if (verdict.kind === 'block')
    throw new Error(`blocked: ${verdict.code} ${JSON.stringify(verdict.figures.find((figure) => figure.outcome === 'block'))}`)
  const { approved } = verdict
  const record = orders.open(approved, false, clock.now())
  record.deadlineAtMs = clock.now() + 5_000
  record.lastSeq = journal.append({
    actor: `order:${record.clientOrderId}`,
    kind: 'order.submitting',
    payload: { proposal: { ...approved }, deadlineAtMs: record.deadlineAtMs, retries: 0 },
    correlationId: record.clientOrderId,
    causationSeq,
  })
  orders.tell(record, { type: 'order.journaled', atMs: clock.now() })
  orders.apply(record, { type: 'order.accepted', venueOrderId: venueOrderId(`V${index}`), atMs: clock.now() })
  return record
}

/** One life with gate, journal and ledger: two fills, each booked. */
export function completeLifecycle(desk: Desk, index: number): void {
  const { portfolio, gate, orders, clock } = desk
  const side = Math.floor(index / CAPITAL.size) % 2 === 0 ? 'buy' : 'sell' // each bot buys, then sells
  const record = openJudged(desk, index, side, '60000' as Decimal)
  for (const part of [1, 2]) {
    const fill: Fill = { ...fillOf(index, part), side, clientOrderId: record.clientOrderId, venueAtMs: clock.now() }
    if (portfolio.has(fill)) throw new Error('booked already')
    const posting = portfolio.postingOf(fill, record.proposal)
    const event = { type: 'order.filled', venueOrderId: fill.venueOrderId, quantity: fill.quantity, atMs: clock.now() } as const
    orders.apply(record, event, fill, { posting })
    portfolio.post(posting)
    gate.book.fill(record.clientOrderId, fill.quantity)
  }
  gate.book.release(record.clientOrderId)
}
