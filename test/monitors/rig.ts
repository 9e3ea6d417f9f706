import { clientOrderIdOf } from '#domain/digest'
import type { Decimal } from '#domain/decimal'
import { assetCode, botId, type InstrumentId, instrumentId, intentId, strategyId, tradeId, venueOrderId } from '#domain/ids'
import type { JsonObject } from '#domain/json'
import { fillPosting } from '#domain/ledger-postings'
import type { Approved, Fill, Proposal, VenueOrder } from '#domain/order'
import type { OrderState } from '#machines/order.machine'
import type { Posting } from '#domain/posting'
import type { JournalDraft } from '#ports/journal'
import type { LookupResult, OrderReport, VenueListener, VenuePort } from '#ports/venue'
import type { MonitoredOrder } from '#sim/monitors/company'
import { createMonitors } from '#sim/monitors/monitors'
import type { Invariant, Monitors } from '#sim/monitors/types'
import { VirtualClock } from '#sim/virtual-clock'
import type { GroupJournal } from '#store/group-journal'
import { MemoryJournalDisk, openMemoryJournal } from '#store/memory-journal'
import { FakeCompany } from './fake-company'
import { ACCOUNT, deaf, FakeVenue, VENUE } from './fake-venue'

export const START = Date.UTC(2026, 0, 5, 12)
export const BTC = instrumentId('BTC-USD@kraken')
export const BOT = botId('alpha')
const ZERO = '0' as Decimal

/** Terms of a buy of one BTC at 100, under the id that follows from its decision. */
export function proposal(name: string, over: Partial<Proposal> = {}): Proposal {
  const { botId: bot = BOT, instrumentId: instrument = BTC } = over
  const intent = intentId(name)
  return {
    clientOrderId: clientOrderIdOf({
      tag: 'abc123',
      accountId: ACCOUNT,
      botId: bot,
      instrumentId: instrument,
      intentId: intent,
      index: 0,
    }),
    accountId: ACCOUNT,
    venueId: VENUE,
    instrumentId: instrument,
    botId: bot,
    strategyId: strategyId('trend-following'),
    intentId: intent,
    side: 'buy',
    type: 'limit',
    quantity: '1' as Decimal,
    limitPrice: '100' as Decimal,
    referencePrice: '100' as Decimal,
    timeInForce: 'gtc',
    expiresAtMs: null,
    postOnly: false,
    reduceOnly: false,
    effect: 'open',
    arrivalMid: '100' as Decimal,
    proposedAtMs: START,
    ...over,
  }
}

/** The monitors over a journal in memory, a company of fields and a venue that answers as told; on a virtual clock. */
export class Rig {
  readonly clock = new VirtualClock(START)
  readonly disk = new MemoryJournalDisk(true)
  readonly journal: GroupJournal = openMemoryJournal(this.disk, this.clock)
  readonly company = new FakeCompany(this.clock)
  readonly inner = new FakeVenue()
  readonly monitors: Monitors = createMonitors()
  readonly venue: VenuePort = this.monitors.watchVenue(this.inner.port)

  constructor() {
    this.venue.listen(deaf())
  }

  /** Binds the monitors to the company as it stands. */
  attach(): this {
    this.monitors.attach(this.company, this.journal)
    return this
  }

  get heard(): VenueListener {
    if (this.inner.listener === null) throw new Error('nobody listens')
    return this.inner.listener
  }

  /** The venue's public stream tells a price. */
  quote(instrument: InstrumentId = BTC): void {
    const price = '100' as Decimal
    const [receivedAtMs, quantity] = [this.clock.now(), '1' as Decimal]
    this.heard.onQuote({
      instrumentId: instrument,
      bidPrice: price,
      bidQuantity: quantity,
      askPrice: price,
      askQuantity: quantity,
      receivedAtMs,
      venueAtMs: receivedAtMs,
    })
  }

  append(kind: string, payload: JsonObject, over: Partial<JournalDraft> = {}): number {
    return this.journal.append({ actor: 'test', kind, payload, correlationId: null, causationSeq: null, ...over })
  }

  /** Writes what waits, and lets promises run. */
  commit(): this {
    this.clock.advance(0)
    return this
  }

  run(ms: number): this {
    this.clock.advance(ms)
    return this
  }

  sweep(): this {
    this.commit()
    this.monitors.sweep()
    return this
  }

  /** A passing verdict, with figures within every cap. */
  verdict(terms: Proposal, over: JsonObject = {}, figures: readonly (readonly (string | null)[])[] = figuresOf(terms)): number {
    const { clientOrderId, intentId: intent, botId: bot, instrumentId: instrument, side, quantity, limitPrice } = terms
    return this.append(
      'verdict.passed',
      {
        clientOrderId,
        intentId: intent,
        botId: bot,
        instrumentId: instrument,
        side,
        quantity,
        limitPrice,
        code: null,
        downsizedFrom: null,
        figures: figures.map((row) => [...row]),
        ...over,
      },
      { correlationId: clientOrderId },
    )
  }

  /** A submission as the desk records it. */
  submitting(terms: Proposal, verdictSeq: number | null, over: JsonObject = {}): number {
    this.quote(terms.instrumentId)
    this.company.set(terms, { state: 'pending' })
    const payload = { proposal: { ...terms }, deadlineAtMs: this.clock.now() + 5_000, retries: 0, ...over }
    return this.append('order.submitting', payload, { correlationId: terms.clientOrderId, causationSeq: verdictSeq })
  }

  /** Brings an order to the venue as it should be; its answer is what `inner.answers.submit` says. */
  send(terms: Proposal, figures?: readonly (readonly (string | null)[])[]): Proposal {
    this.submitting(terms, this.verdict(terms, {}, figures ?? figuresOf(terms)))
    this.commit()
    this.company.set(terms, { state: 'submitting' })
    void this.venue.submit(approved(terms), { deadlineAtMs: this.clock.now() + 5_000 })
    return terms
  }

  /** A fact of an order, and the state that it led to. */
  fact(terms: Proposal, kind: string, payload: JsonObject, after: OrderState, over: Partial<MonitoredOrder> = {}): number {
    const seq = this.append(kind, { atMs: this.clock.now(), ...payload }, { correlationId: terms.clientOrderId })
    this.company.set(terms, { state: after, ...over })
    return seq
  }

  /** Sends an order that the venue accepts, under the id `V-<name>`. */
  open(name: string, over: Partial<Proposal> = {}): Proposal {
    const terms = proposal(name, over)
    const id = venueOrderId(`V-${name}`)
    this.inner.answers.submit = () => Promise.resolve({ kind: 'accepted', venueOrderId: id })
    this.send(terms)
    this.commit()
    this.fact(terms, 'order.accepted', { venueOrderId: id }, 'open', { venueOrderId: id })
    return terms
  }

  report(kind: OrderReport['kind'], terms: Proposal, over: Partial<OrderReport> = {}): void {
    const venueOrder = this.company.order(terms.clientOrderId)?.venueOrderId ?? venueOrderId(`V-${terms.intentId}`)
    this.heard.onOrderReport({
      kind,
      venueOrderId: venueOrder,
      clientOrderId: terms.clientOrderId,
      filledQuantity: null,
      quantity: null,
      limitPrice: null,
      reason: null,
      venueAtMs: this.clock.now(),
      ...over,
    })
  }

  /** The look-up of an order that comes back so. */
  lookUp(terms: Proposal, result: LookupResult): void {
    this.inner.answers.orderByClientId = () => Promise.resolve(result)
    void this.venue.orderByClientId(terms.clientOrderId, 0)
    this.commit()
  }

  /** What was found wrong, by invariant, in order; of one alone where it is named. */
  broken(only: Invariant | null = null): readonly string[] {
    this.sweep()
    return this.monitors.breaches.map((breach) => breach.invariant).filter((invariant) => only === null || invariant === only)
  }

  texts(): string {
    return this.monitors.breaches.map((breach) => `${breach.invariant} ${breach.text}`).join('\n')
  }
}

/** The brand stands for the gate's word; a test that feeds a port has none. */
export function approved(terms: Proposal): Approved {
  return terms as Proposal & Approved
}

/** Rows of a verdict on an order that is alone: what it adds, and limits far away. */
export function figuresOf({ quantity, limitPrice, referencePrice }: Proposal, current = 0): readonly (readonly (string | null)[])[] {
  const added = Number(quantity) * Number(limitPrice ?? referencePrice)
  const row = (check: string, limit: string) => [check, 'pass', 'portfolio', String(current), String(current + added), limit]
  return [
    ['kill_switch', 'pass', 'state', null, null, null],
    row('order_notional_max', '2000'),
    row('total_at_risk', '5000'),
    row('position_max', '2500'),
    row('asset_max', '2500'),
    row('strategy_max', '4000'),
    row('market_concentration', '3000'),
    row('total_exposure_max', '10000'),
    row('daily_notional_max', '1000000'),
    ['open_positions_max', 'pass', 'portfolio', '0', '1', '10'],
  ]
}

export function fillOf(terms: Proposal, name: string, quantity = '1', over: Partial<Fill> = {}): Fill {
  return {
    tradeId: tradeId(name),
    venueId: VENUE,
    instrumentId: terms.instrumentId,
    venueOrderId: venueOrderId(`V-${terms.intentId}`),
    clientOrderId: terms.clientOrderId,
    side: terms.side,
    quantity: quantity as Decimal,
    price: '100' as Decimal,
    cost: String(Number(quantity) * 100) as Decimal,
    feeAsset: 'USD',
    feeQuantity: '0.1' as Decimal,
    liquidity: 'maker',
    venueAtMs: START,
    ...over,
  }
}

const INSTRUMENT = { instrumentId: BTC, baseAsset: assetCode('BTC'), quoteAsset: assetCode('USD') }

/** The posting that the ledger makes of a fill of the order's bot; null for nobody's. */
export function postingOf(fill: Fill, terms: Proposal | null): Posting & { kind: 'fill' } {
  const owner = { accountId: ACCOUNT, botId: terms?.botId ?? null, strategyId: terms?.strategyId ?? null }
  const posting = fillPosting(fill, INSTRUMENT, owner, () => '1' as Decimal)
  if (posting.kind !== 'fill') throw new Error('a fill gives a posting of a fill')
  return posting
}

/** An order as the venue shows it. */
export function shownAs(terms: Proposal, status: VenueOrder['status'], over: Partial<VenueOrder> = {}): VenueOrder {
  return {
    venueOrderId: venueOrderId(`V-${terms.intentId}`),
    clientOrderId: terms.clientOrderId,
    instrumentId: terms.instrumentId,
    side: terms.side,
    type: terms.type,
    status,
    quantity: terms.quantity,
    filledQuantity: ZERO,
    limitPrice: terms.limitPrice,
    reason: null,
    openedAtMs: START,
    ...over,
  }
}
