import type { Decimal } from '#domain/decimal'
import type { AccountId, AssetCode, ClientOrderId, InstrumentId, VenueId, VenueOrderId } from '#domain/ids'
import type { Instrument } from '#domain/instrument'
import type { Bar, BarEvent, BookView, Quote, Trade } from '#domain/market'
import type { Approved, Fill, VenueOrder } from '#domain/order'
import type { AmendOutcome, CancelOutcome, Refusal, SubmitOutcome } from '#domain/outcome'
import type { Timeframe } from '#domain/time'

/** Types of order that somebody may want (EXE-14). A plan makes the first two; the others are native at a venue or held on our side. */
export const VENUE_ORDER_TYPES = ['market', 'limit', 'stop', 'stopLimit', 'takeProfit', 'trailing'] as const
export type VenueOrderType = (typeof VENUE_ORDER_TYPES)[number]

/** What a venue can do by itself. */
export interface VenueCapabilities {
  readonly postOnly: boolean
  readonly shorts: boolean
  readonly amend: boolean
  readonly preview: boolean
  readonly deadManSwitch: boolean
  /** The order carries a deadline after which the venue refuses it: the bound that makes "not found" evidence. */
  readonly orderDeadline: boolean
  readonly timeInForce: readonly ('gtc' | 'ioc' | 'fok' | 'gtd')[]
  /** Most orders that one batch of cancels names; 0 where the venue takes no batches. */
  readonly cancelBatchMax: number
  /** Types that the adapter has the venue hold and work. */
  readonly orderTypes: readonly VenueOrderType[]
  /** The venue itself keeps a reducing order from going beyond the position. */
  readonly reduceOnly: boolean
  /** `cashFlows` knows deposits and withdrawals. Where not, such a flow shows as a difference of balances alone. */
  readonly cashFlows: boolean
}

/** Market data that somebody wants. The adapter keeps the wanted set and subscribes it anew after every reconnect. */
export interface MarketSubscription {
  readonly instrumentId: InstrumentId
  readonly channels: readonly ('quote' | 'trade' | 'book')[]
  readonly timeframes: readonly Timeframe[]
}

/** Balance of one asset. `total` includes `reserved` (held by open orders); `available = total − reserved`. */
export interface VenueBalance {
  readonly asset: AssetCode
  readonly total: Decimal
  readonly reserved: Decimal
}

/** One entry of the venue's own ledger that changed a balance. */
export interface BalanceChange {
  readonly ledgerId: string
  readonly kind: 'trade' | 'deposit' | 'withdrawal' | 'reward' | 'feeCredit' | 'dustConversion' | 'adjustment'
  readonly asset: AssetCode
  /** Signed, before the fee. */
  readonly amount: Decimal
  readonly fee: Decimal
  readonly balanceAfter: Decimal
  readonly venueAtMs: number
}

/** What the private stream says of an order, apart from fills. Repeats and any order of arrival are possible. */
export interface OrderReport {
  readonly kind: 'accepted' | 'canceled' | 'expired' | 'rejected' | 'amended' | 'completed'
  readonly venueOrderId: VenueOrderId
  /** As echoed by the venue; null when the report does not carry it. */
  readonly clientOrderId: string | null
  /** Executed so far by the venue's count; null when the report does not carry it. */
  readonly filledQuantity: Decimal | null
  /** New total quantity and limit price of an amended order; null otherwise. */
  readonly quantity: Decimal | null
  readonly limitPrice: Decimal | null
  readonly reason: string | null
  readonly venueAtMs: number
}

export type StreamName = 'public' | 'private'

/** The state of a stream. `silent`: open, but nothing came for longer than the venue's heartbeat allows. */
export interface StreamEvent {
  readonly stream: StreamName
  readonly state: 'up' | 'silent' | 'down'
  readonly reason: string
}

/**
 * Receives what a venue pushes. Every call is synchronous and comes from a socket callback: listeners decide and return, never await.
 * The market-data calls are the data plane; no XState event follows from one of them unless something rare happened.
 */
export interface VenueListener {
  onQuote(quote: Quote): void
  onTrade(trade: Trade): void
  /** A bar that is final; the running one never comes. */
  onBar(event: BarEvent): void
  /** A sound book after a change; `null` while it is being rebuilt (gap, bad checksum): not to be traded on. */
  onBook(instrumentId: InstrumentId, book: BookView | null): void
  onInstrument(instrument: Instrument): void
  onOrderReport(report: OrderReport): void
  onFill(fill: Fill): void
  onBalanceChange(change: BalanceChange): void
  onStream(event: StreamEvent): void
  /**
   * Any frame came on the stream, heartbeats too. A quote is fresh while its stream is alive and its subscription sound: a quiet
   * market is not a stale one (PAIN-04).
   */
  onAlive(stream: StreamName): void
  /** A message that could not be read, a refused subscription, a checksum error: counted, shown in health, resynced. */
  onFault(fault: { readonly code: string; readonly text: string }): void
}

export interface SubmitOptions {
  /** UTC ms after which the venue must refuse the order; sent where `capabilities.orderDeadline`. */
  readonly deadlineAtMs: number
}

export interface OrderRef {
  readonly clientOrderId: ClientOrderId
  /** Null while the venue's id is unknown. */
  readonly venueOrderId: VenueOrderId | null
  readonly instrumentId: InstrumentId
}

export interface AmendRequest extends OrderRef {
  /** The gate's approval of the order as it will stand: the new total quantity and limit price are its figures. */
  readonly approved: Approved
  readonly deadlineAtMs: number
}

/** What the venue said of an order that it only checked. */
export type PreviewOutcome =
  | { readonly kind: 'valid'; readonly description: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'unanswered'; readonly reason: string }

/** `absent` means that open orders, closed orders and fills were all asked and none knows the id. */
export type LookupResult =
  | { readonly kind: 'found'; readonly order: VenueOrder; readonly fills: readonly Fill[] }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unanswered'; readonly reason: string }

export interface VenueHealth {
  readonly restReachable: boolean
  readonly publicStream: 'up' | 'silent' | 'down'
  readonly privateStream: 'up' | 'silent' | 'down'
  readonly malformedMessages: number
  readonly checksumErrors: number
  readonly reconnects: number
  readonly rateLimitHits: number
  readonly refusedSubscriptions: readonly string[]
  /** The venue's own word on itself: `online`, `maintenance`… */
  readonly systemStatus: string
}

/** Order commands on one instrument that were let go and have not been handed to the venue yet. */
export interface UnsentCommands {
  readonly submits: number
  readonly amends: number
}

/** Cost class of an order command at the venue's limiter. */
export type OrderCommandKind = 'submit' | 'amend' | 'cancel'

/**
 * One venue (VEN-01). Commands end in an outcome and never throw; questions reject with an `AppError`.
 * `submit`, `amend`, `cancel` and `cancelBatch` hand their bytes to the network in the same synchronous step in which they are called,
 * so that the desk can compare epochs and send without a gap.
 */
export interface VenuePort {
  readonly venueId: VenueId
  readonly accountId: AccountId
  readonly capabilities: VenueCapabilities

  /** Sets the one listener. Must be called before `connect`. */
  listen(listener: VenueListener): void
  /** Opens the streams, authenticates and subscribes the wanted set. @throws {AppError} VENUE_AUTH, VENUE_UNAVAILABLE, VENUE_TIMEOUT, VENUE_PROTOCOL. */
  connect(signal: AbortSignal): Promise<void>
  /** Closes the streams and forgets tokens; the wanted set stays. */
  disconnect(): void
  /** Replaces the wanted set and sends the difference when connected. */
  subscribe(wanted: readonly MarketSubscription[]): void

  instruments(): Promise<readonly Instrument[]>
  /** Returns closed bars with `openAtMs >= sinceMs`, ascending, as many as the venue's history reaches. */
  history(instrumentId: InstrumentId, timeframe: Timeframe, sinceMs: number): Promise<readonly Bar[]>
  balances(): Promise<readonly VenueBalance[]>
  openOrders(): Promise<readonly VenueOrder[]>
  orderByClientId(clientOrderId: ClientOrderId, sinceMs: number): Promise<LookupResult>
  /** Returns our executions with `venueAtMs >= sinceMs`, ascending, one row an execution. */
  fills(sinceMs: number): Promise<readonly Fill[]>
  /** Returns the venue's ledger entries other than trades with `venueAtMs >= sinceMs`, ascending: deposits, withdrawals, rewards. */
  cashFlows(sinceMs: number): Promise<readonly BalanceChange[]>
  /** Returns the venue's clock minus ours in ms, half the round trip taken off. */
  clockDriftMs(): Promise<number>

  /** Has the venue check an order without placing it; only where `capabilities.preview` (EXE-04). */
  preview(order: Approved): Promise<PreviewOutcome>
  submit(order: Approved, options: SubmitOptions): Promise<SubmitOutcome>
  amend(request: AmendRequest): Promise<AmendOutcome>
  cancel(ref: OrderRef): Promise<CancelOutcome>
  /**
   * Cancels 1 to `cancelBatchMax` orders by one command that the venue's rate budget never refuses. `accepted` says that some of them were
   * canceled, `unknownOrder` that the venue has none of them open: each order still needs evidence of its own end.
   */
  cancelBatch(refs: readonly OrderRef[]): Promise<CancelOutcome>
  /** Cancels every order of the account at the venue. */
  cancelAll(): Promise<CancelOutcome>
  /** Arms (or with 0 disarms) the venue's dead-man switch. */
  armDeadMan(timeoutSec: number): Promise<CancelOutcome>
  /**
   * Returns how many ms a command should wait for rate budget; 0 when it may go now, after those that are `unsent` (none by default).
   * Cancels keep reserved budget.
   */
  orderWaitMs(instrumentId: InstrumentId, command: OrderCommandKind, unsent?: UnsentCommands): number

  health(): VenueHealth
}
