import { absolute, type Decimal, multiply, ZERO } from '#domain/decimal'
import type { Drawdown } from '#domain/drawdown'
import { type AccountId, type AssetCode, type BotId, type InstrumentId, type StrategyId, type VenueId, venueId } from '#domain/ids'
import type { Json, JsonObject } from '#domain/json'
import { readArray, readDecimal, readInteger, readObject, readText } from '#domain/json-read'
import type { CostBasisMethod } from '#domain/cost-basis'
import { createLedger, type Ledger, restoreLedger } from '#domain/ledger'
import { fillPosting, fillPostingId } from '#domain/ledger-postings'
import type { Fill, Proposal } from '#domain/order'
import { markPosition, type Performance, performanceOf } from '#domain/performance'
import { readPosting } from '#domain/posting-read'
import type { Posting, RealizedRecord } from '#domain/posting'
import { type SubAccountId, subAccountOf } from '#domain/sub-account'
import { type PriceLookup, rateOfAsset, type ValuationRules, valuesOf } from '#domain/valuation'
import type { ClockPort } from '#ports/clock'
import type { JournalEntry, JournalPort } from '#ports/journal'
import type { EquityPoint } from '#ports/control'
import type { VenueBalance } from '#ports/venue'
import type { MarketCache } from '../market-cache'
import { Agreements } from './agreements'
import { CashBook, type StartCapital } from './cash-book'
import { type DriftLine, driftOf } from './drift'
import { driftLinesOf, type DriftRules, DriftWatch } from './drift-watch'
import { EquityTrack } from './equity-track'
import { marksOf } from './marks'
import { costOfNet, type NetPosition, NetPositions } from './net-positions'
import { PartTracks, partsOf } from './part-tracks'
import { isPriceAwaited } from './price-sources'
import { Scorebook } from './scorebook'
import { TradeCounts, type TradeStats } from './trade-stats'
import { type Worth, worthOf } from './worth'

export interface PortfolioDeps {
  readonly clock: ClockPort
  readonly journal: JournalPort
  readonly market: MarketCache
  readonly rules: ValuationRules
  /** How the cost of what is closed is found (PFL-03). Books of another method are folded anew from the journal. */
  readonly method: CostBasisMethod
  /** Strategies by the number that orders of other programs bear at the venue (PFL-10). */
  readonly userrefs: ReadonlyMap<number, StrategyId>
  readonly drift: DriftRules
  accountOf(venueId: VenueId): AccountId
  readonly capital: ReadonlyMap<BotId, StartCapital>
}

/** Called after each posting that was booked live (replays are silent). */
export type PostingListener = (posting: Posting, realized: RealizedRecord | null) => void

/**
 * The company's books in the running process: folds postings into the ledger, keeps what the gate reads on the hot path, and values
 * everything at mark. The one writer of the ledger.
 */
export class Portfolio {
  readonly #deps: PortfolioDeps
  #ledger: Ledger
  readonly #net = new NetPositions()
  readonly #counts = new TradeCounts()
  readonly #track = new EquityTrack()
  /** What executions earned, and for whom. */
  readonly scores: Scorebook
  /** How the worth of each sub-account moved. */
  readonly parts = new PartTracks()
  /** Which differences from the venues are believed. */
  readonly drift: DriftWatch
  /** Books whatever is no trade. */
  readonly cash: CashBook
  readonly #listeners = new Set<PostingListener>()
  readonly #rateOf: (asset: AssetCode) => Decimal | null
  readonly lookup: PriceLookup
  #lastFillAtMs = 0
  #revision = 0
  readonly #agreements = new Agreements()
  /** Executions and ledger entries that the opening balances hold already. */
  readonly #known = new Set<string>()

  constructor(deps: PortfolioDeps) {
    this.#deps = deps
    const { valuationAsset } = deps.rules
    this.#ledger = createLedger(valuationAsset, deps.method)
    this.scores = new Scorebook(valuationAsset)
    this.drift = new DriftWatch(deps.drift)
    this.lookup = marksOf(deps.market)
    this.#rateOf = rateOfAsset(this.lookup, deps.rules)
    this.cash = new CashBook({
      ...deps,
      valuationAsset,
      accountOf: (venue) => deps.accountOf(venue),
      rateOf: this.#rateOf,
      ledger: () => this.#ledger,
      isOpened: (venue) => this.isOpened(venue),
      isKnown: (ledgerId) => this.#known.has(ledgerId),
      onOpened: (venue, known, atMs) => this.#noteOpened(venue, known, atMs),
      post: (posting) => this.post(posting),
    })
  }

  get ledger(): Ledger {
    return this.#ledger
  }

  /** Rises with each posting: two equal readings mean that nothing was booked between them. */
  get ledgerRevision(): number {
    return this.#revision
  }

  /** Equity at the last refresh or fill, valuation asset. */
  get equity(): Decimal {
    return this.#track.equity
  }

  get drawdown(): Drawdown | null {
    return this.#track.drawdown
  }

  /** UTC ms of the newest booked execution; 0 when none. Reconciliation asks the venue from here on. */
  get lastFillAtMs(): number {
    return this.#lastFillAtMs
  }

  onPosting(listener: PostingListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** True too before the books are opened: the opening balances will hold it. */
  has(fill: Fill): boolean {
    return !this.isOpened(fill.venueId) || this.#known.has(fill.tradeId) || this.#ledger.hasBooked(fillPostingId(fill))
  }

  /** True for an execution so old that books and balances agreed after it: it is booked, whether or not its id is still known. */
  isSettled(fill: Pick<Fill, 'venueId' | 'venueAtMs'>): boolean {
    return this.#ledger.isSettled(fill.venueId, fill.venueAtMs)
  }

  /** Returns the posting of an execution: for the bot of `proposal`, or for null of the strategy whose number it bears, or of nobody. */
  postingOf(fill: Fill, proposal: Proposal | null): Posting {
    const instrument = this.#deps.market.instrument(fill.instrumentId)
    const owner = {
      accountId: this.#deps.accountOf(fill.venueId),
      botId: proposal?.botId ?? null,
      strategyId: proposal?.strategyId ?? null,
      arrivalMid: proposal?.arrivalMid ?? null,
    }
    const strategyId = proposal === null ? this.claimantOf(fill.userref ?? null) : owner.strategyId
    return fillPosting(fill, instrument, { ...owner, strategyId }, this.#rateOf)
  }

  /** Returns the strategy that the number of an order of somebody else's stands for; null for a manual one. */
  claimantOf(userref: number | null): StrategyId | null {
    return userref === null ? null : (this.#deps.userrefs.get(userref) ?? null)
  }

  /** Books a posting whose journal entry has been appended. */
  post(posting: Posting): void {
    this.#apply(posting, true)
  }

  /** Replays the posting or the mark of a journal entry, if it carries one. */
  replay(entry: JournalEntry): void {
    const raw = entry.payload['posting']
    if (raw !== undefined) this.#apply(readPosting(raw), false)
    if (entry.kind === 'ledger.opened') {
      const known = readArray(entry.payload['known'], 'known').map((id, index) => readText(id, `known.${index}`))
      this.#noteOpened(venueId(readText(entry.payload['venueId'], 'venueId')), known, entry.atMs)
      for (const posting of readArray(entry.payload['postings'], 'postings')) this.#apply(readPosting(posting), false)
    }
    this.#replayBreaker(entry)
    if (entry.kind === 'portfolio.marked') {
      this.#agreements.replayMark(entry.payload)
      this.#settleFills()
      const [equity, flows] = [readDecimal(entry.payload['equity'], 'equity'), readDecimal(entry.payload['flows'], 'flows')]
      this.#track.track(entry.atMs, equity, flows, entry.payload['isPartial'] === true)
      this.#track.addPoint(entry.atMs)
      this.parts.mark(entry.atMs, { equity, flows }, partsOf(entry.payload))
    }
    if (entry.kind === 'drift.found') this.drift.replay(venueId(readText(entry.payload['venueId'], 'venueId')), driftLinesOf(entry.payload))
    if (entry.kind === 'drift.gone') this.drift.replay(venueId(readText(entry.payload['venueId'], 'venueId')), [])
  }

  /** The fold as plain JSON, at the journal's present head. A cache: it may always be thrown away. */
  snapshot(): JsonObject {
    return {
      ledger: this.#ledger.snapshot(),
      net: this.#net.snapshot(),
      counts: this.#counts.snapshot(),
      track: this.#track.snapshot(),
      scores: this.scores.snapshot(),
      parts: this.parts.snapshot(),
      drift: this.drift.snapshot(),
      lastFillAtMs: this.#lastFillAtMs,
      agreements: this.#agreements.snapshot(),
      known: [...this.#known],
    }
  }

  /** True for a fold of books that are kept as these are; another must not take their place, and the journal is folded from its start. */
  canRestore(json: Json): boolean {
    const { method, valuationAsset } = readObject(readObject(json, 'portfolio')['ledger'], 'ledger')
    return method === this.#ledger.method && valuationAsset === this.#ledger.valuationAsset
  }

  /** Takes the place of a fold up to the snapshot's sequence. @throws {AppError} `REPLAY_INVALID` for other JSON. */
  restore(json: Json): void {
    const fold = readObject(json, 'portfolio')
    this.#ledger = restoreLedger(fold['ledger'] ?? null)
    this.scores.restore(fold['scores'] ?? null)
    this.parts.restore(fold['parts'] ?? null)
    this.drift.restore(fold['drift'] ?? null)
    this.#counts.restore(fold['counts'] ?? null)
    this.#track.restore(fold['track'] ?? null)
    this.#lastFillAtMs = readInteger(fold['lastFillAtMs'], 'lastFillAtMs')
    this.#agreements.restore(readObject(fold['agreements'], 'agreements'))
    for (const id of readArray(fold['known'], 'known')) this.#known.add(readText(id, 'known'))
    this.#net.restore(fold['net'] ?? null)
  }

  /** Values everything and journals the figures, with `more`: the curve, and where a restart takes day, drawdowns and daily returns from. */
  mark(more: JsonObject = {}): void {
    const worth = this.refresh()
    const { equity, flows } = worth
    const partial = this.#isPartial(worth) ? { isPartial: true } : {}
    const values = valuesOf(this.#ledger.heldRows(), this.#rateOf, this.#deps.rules)
    const marks = [...values].map(([subAccount, value]) => ({ subAccount, equity: value, flows: this.#ledger.totals(subAccount).flows }))
    const parts = this.parts.changed(marks)
    this.#deps.journal.append({
      actor: 'portfolio',
      kind: 'portfolio.marked',
      payload: { equity, flows, parts: [...parts], ...partial, ...this.#agreements.marked(), ...more },
      correlationId: null,
      causationSeq: null,
    })
    this.#track.addPoint(this.#deps.clock.now())
    this.parts.mark(this.#deps.clock.now(), { equity, flows }, parts)
    this.#settleFills()
  }

  /** Returns the newest points of the equity curve, ascending. */
  equityCurve(limit: number): readonly EquityPoint[] {
    return this.#track.curve(limit)
  }

  /** True once the books of a venue account were opened. */
  isOpened(venueId: VenueId): boolean {
    return this.#agreements.isOpened(venueId)
  }

  /** UTC ms at which the books of a venue were opened; what happened before is in the opening balances. */
  openedAtMs(venueId: VenueId): number {
    return this.#agreements.openedAtMs(venueId)
  }

  /** UTC ms up to which every flow is in the books: when books and balances last agreed, else when the books were opened. */
  agreedAtMs(venueId: VenueId): number {
    return this.#agreements.agreedAtMs(venueId)
  }

  /** Books and balances of a venue agree now. Kept over a restart by the next mark. */
  noteAgreed(venueId: VenueId): void {
    this.#agreements.noteAgreed(venueId, this.#deps.clock.now())
  }

  /** Returns where ledger and venue differ, assets in order of name; values at mark, zero when unvalued. */
  differences(venueId: VenueId, balances: readonly VenueBalance[]): readonly DriftLine[] {
    return driftOf(this.#ledger, this.#deps.accountOf(venueId), balances, this.#rateOf)
  }

  /** Values everything at the present marks; the day's first equity is taken at the first refresh of a UTC day. */
  refresh(): Worth {
    const worth = worthOf(this, this.#deps.rules, null)
    this.#track.track(this.#deps.clock.now(), worth.equity, worth.flows, this.#isPartial(worth))
    return worth
  }

  performance(botId: BotId | null): Performance {
    return this.performanceOfPart(botId === null ? null : subAccountOf(botId))
  }

  /** How a sub-account stands at mark; the whole company for null. */
  performanceOfPart(subAccount: SubAccountId | null): Performance {
    return performanceOf(this.#ledger, this.lookup, this.#deps.rules, subAccount)
  }

  /** What the UTC day opened with and has realised since, valuation asset, net of fees. */
  get dayFigures() {
    return this.#track.dayFigures(this.#deps.clock.now())
  }

  /** Notional executed since the start of the UTC day, valuation asset. */
  get tradedToday(): Decimal {
    return this.dayFigures.notionalToday
  }

  positionOf(botId: BotId | null, instrumentId: InstrumentId): Decimal {
    return this.#net.quantityOf(subAccountOf(botId), instrumentId)
  }

  /** The strategy whose trade a bot's position on an instrument is of; null when flat. */
  strategyOf(botId: BotId, instrumentId: InstrumentId): StrategyId | null {
    return this.#net.strategyOf(subAccountOf(botId), instrumentId)
  }

  /** What all sub-accounts of a venue account hold of an asset. */
  heldOf(accountId: AccountId, asset: AssetCode): Decimal {
    return this.#ledger.heldOf(accountId, asset)
  }

  /** Average entry price of a bot's position; null when flat. */
  entryPriceOf(botId: BotId, instrumentId: InstrumentId): Decimal | null {
    return this.#ledger.position(subAccountOf(botId), instrumentId)?.entryPrice ?? null
  }

  /** Returns every position that is not flat. */
  netPositions(): Iterable<NetPosition> {
    return this.#net.all()
  }

  /**
   * Absolute value of a net position at mark, valuation asset. Without a price it counts at cost, for what a cap does not see it does not
   * hold (RSK-12); null where what it was paid in has no price either.
   */
  valueOf(position: NetPosition): Decimal | null {
    const rate = this.#rateOf(position.baseAsset)
    return rate === null ? costOfNet(position, this.#ledger, this.#rateOf) : absolute(multiply(position.netQuantity, rate))
  }

  rateOf(asset: AssetCode): Decimal | null {
    return this.#rateOf(asset)
  }

  statsOf(botId: BotId): TradeStats {
    return this.#counts.of(botId)
  }

  /** Forgets a bot's run of losses: its breaker tripped on it, or an operator signed it off. */
  forgetLosses(botId: BotId): void {
    this.#counts.forgetLosses(botId)
  }

  /** Forgets what the day has lost so far: an operator signed it off, and trades on from the present equity. */
  forgetDayLoss(): void {
    this.#track.forgetDayLoss()
  }

  marked() {
    return this.#ledger.positions().map((position) => markPosition(position, this.lookup, this.#deps.rules))
  }

  /** What a breaker's transition did to the figures that it watches. */
  #replayBreaker(entry: JournalEntry): void {
    if (entry.kind !== 'breaker.transition' || entry.correlationId === null) return
    const [kind = '', botId = ''] = entry.correlationId.split(':')
    if (kind === 'consecutiveLosses' && entry.payload['to'] === 'TRIPPED') this.forgetLosses(botId as BotId)
    if (kind === 'dailyLoss' && entry.payload['to'] === 'ARMED') this.forgetDayLoss()
  }

  /** True while the price of something that is held is still to come: what is missing is no loss. */
  #isPartial({ unpriced }: Worth): boolean {
    return unpriced.some((asset) => isPriceAwaited(asset, this.#deps.market, this.#deps.rules))
  }

  #settleFills(): void {
    for (const [venue, beforeMs] of this.#agreements.settled()) this.#ledger.settleFills(venue, beforeMs)
  }

  #noteOpened(venueId: VenueId, known: readonly string[], atMs: number): void {
    this.#agreements.noteOpened(venueId, atMs)
    for (const id of known) this.#known.add(id)
  }

  #apply(posting: Posting, isLive: boolean): void {
    const applied = this.#ledger.apply(posting)
    if (applied === null) return
    this.#revision++
    this.drift.roundings.onPosting(posting)
    const netQuantity = this.#net.note(posting, this.#ledger)
    this.scores.add(posting, applied.realized, netQuantity)
    if (posting.kind === 'fill') this.#afterFill(posting, applied.realized)
    if (isLive) for (const listener of this.#listeners) listener(posting, applied.realized)
  }

  #afterFill(posting: Extract<Posting, { kind: 'fill' }>, realized: RealizedRecord | null): void {
    const { trade } = posting
    this.#lastFillAtMs = Math.max(this.#lastFillAtMs, posting.atMs)
    this.#agreements.noteFill(trade.venueId, posting.atMs)
    // Without a price it counts nothing, as in equity; the gate lets nothing that adds be traded so.
    const value = multiply(trade.cost, posting.rates[trade.quoteAsset] ?? ZERO)
    this.#track.addTrade(posting.atMs, value, realized?.realizedValue ?? ZERO)
    if (trade.botId !== null) this.#counts.count(trade.botId, trade, realized)
  }
}
