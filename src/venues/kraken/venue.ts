import { sha256Hex } from '#domain/digest'
import { AppError, InvariantError, messageOf } from '#domain/errors'
import { type AccountId, type ClientOrderId, type InstrumentId, venueId as venueIdOf } from '#domain/ids'
import type { Instrument } from '#domain/instrument'
import type { Bar } from '#domain/market'
import type { Approved, Fill, VenueOrder } from '#domain/order'
import type { AmendOutcome, CancelOutcome, SubmitOutcome } from '#domain/outcome'
import type { Timeframe } from '#domain/time'
import type { LogPort } from '#ports/alerter'
import type { ClockPort } from '#ports/clock'
import type { RandomPort } from '#ports/random'
import type { SecretsPort } from '#ports/secrets'
import type { MarkPort } from '#ports/store'
import type { TransportPort } from '#ports/transport'
import type * as port from '#ports/venue'
import { DecayingCounter } from '#venues/shared/decaying-counter'
import { KRAKEN_CAPABILITIES } from './capabilities'
import { refuseByForm } from './commands'
import type { KrakenConfig } from './config'
import { KrakenError, refusalOf } from './errors'
import { History, pairFor } from './history'
import { KrakenHttp } from './http'
import { KnownOrders } from '#venues/shared/known-orders'
import { CallLane } from '#venues/shared/lane'
import { EngineLimits, RestLimit } from './limits'
import { balancesOf } from './map'
import { NonceSource } from './nonce'
import { PrivateStream } from './private-stream'
import { PublicStream } from './public-stream'
import { Reference } from './reference'
import { refuseByRegion } from './region'
import { KrakenRest } from './rest'
import { restAccountOutcome, restCancelOutcome } from './rest-outcome'
import { KrakenPublicRest } from './rest-public'
import { Trading } from './trading'
import { VenueClock } from '#venues/shared/venue-clock'

/** The ports that the adapter runs on, and its settings. */
export interface KrakenVenueDeps {
  readonly accountId: AccountId
  readonly transport: TransportPort
  readonly clock: ClockPort
  readonly random: RandomPort
  readonly marks: MarkPort
  readonly secrets: SecretsPort
  readonly log: LogPort
  readonly config: KrakenConfig
  /** Called with each session token that the venue hands out: a secret like the keys (I9). */
  onToken(token: string): void
}

/** Kraken spot behind the venue port, with what Kraken offers beyond it. */
export interface KrakenVenue extends port.VenuePort {
  /** Typed private REST methods, in the same single file as everything else of the key. */
  readonly rest: KrakenRest
  readonly publicRest: KrakenPublicRest
}

const VENUE = venueIdOf('kraken')
/** Orders of the least batch of cancels that the stream takes; REST takes one. */
const STREAM_BATCH_MIN = 2

/**
 * Returns the adapter of one Kraken account. Make one a key: its nonces, its limits and its single file of private calls are
 * shared by whoever holds it. It never reconnects by itself: the session calls `disconnect` and `connect` again.
 */
export function createKrakenVenue(deps: KrakenVenueDeps): KrakenVenue {
  return new KrakenAdapter(deps)
}

class KrakenAdapter implements KrakenVenue {
  readonly venueId = VENUE
  readonly accountId: AccountId
  readonly capabilities = KRAKEN_CAPABILITIES
  readonly rest: KrakenRest
  readonly publicRest: KrakenPublicRest
  readonly #deps: KrakenVenueDeps
  readonly #http: KrakenHttp
  readonly #venueClock: VenueClock
  readonly #reference: Reference
  readonly #known: KnownOrders
  readonly #engine: EngineLimits
  readonly #publicStream: PublicStream
  readonly #privateStream: PrivateStream
  readonly #trading: Trading
  readonly #history: History
  #listener: port.VenueListener | null = null
  #wanted: readonly port.MarketSubscription[] = []
  #connects = 0
  /** Rises with each disconnect, so that an older attempt to connect knows that it is over. */
  #epoch = 0

  constructor(deps: KrakenVenueDeps) {
    const { config, clock, log } = deps
    this.#deps = deps
    this.accountId = deps.accountId
    const listener = (): port.VenueListener => this.#requireListener()
    this.#http = createHttp(deps)
    this.rest = new KrakenRest(this.#http)
    this.publicRest = new KrakenPublicRest(this.#http)
    this.#venueClock = new VenueClock(clock)
    this.#known = new KnownOrders(config.knownOrdersMax)
    this.#engine = new EngineLimits(clock, config.tier, config.cancelReserveRatio, config.knownOrdersMax)
    this.#reference = new Reference({
      venueId: VENUE,
      config,
      clock,
      publicRest: this.publicRest,
      rest: config.usesPrivate ? this.rest : null,
      log,
    })
    const shared = { transport: deps.transport, clock, config, venueClock: this.#venueClock, reference: this.#reference, log, listener }
    this.#publicStream = new PublicStream({ ...shared, history: (id, timeframe, sinceMs) => this.history(id, timeframe, sinceMs) })
    this.#privateStream = new PrivateStream({
      ...shared,
      venueId: VENUE,
      known: this.#known,
      engine: this.#engine,
      trading: () => this.#trading,
      fetchToken: async () => {
        const token = await this.rest.webSocketsToken()
        deps.onToken(token)
        return token
      },
    })
    this.#trading = new Trading({ ...shared, engine: this.#engine, known: this.#known, channel: this.#privateStream })
    this.#history = new History({
      venueId: VENUE,
      rest: this.rest,
      reference: this.#reference,
      known: this.#known,
      venueClock: this.#venueClock,
      pagesMax: config.historyPagesMax,
      onFault: (code, text) => this.#listener?.onFault({ code, text }),
    })
  }

  listen(listener: port.VenueListener): void {
    this.#listener = listener
  }

  async connect(signal: AbortSignal): Promise<void> {
    this.#requireListener()
    this.disconnect()
    this.#venueClock.reset()
    this.#connects++
    const aborted = Promise.withResolvers<never>()
    const onAbort = (): void =>
      aborted.reject(new AppError('Connecting to Kraken was called off', { code: 'VENUE_UNAVAILABLE', severity: 'LOW' }))
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      await Promise.race([this.#open(), aborted.promise])
    } catch (error) {
      this.disconnect()
      throw error
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }

  disconnect(): void {
    this.#epoch++
    this.#publicStream.disconnect('disconnected by us')
    this.#privateStream.disconnect('disconnected by us')
  }

  subscribe(wanted: readonly port.MarketSubscription[]): void {
    this.#wanted = wanted
    this.#publicStream.subscribe(wanted)
  }

  instruments(): Promise<readonly Instrument[]> {
    return this.#reference.instruments(this.#wantedIds())
  }

  async history(instrumentId: InstrumentId, timeframe: Timeframe, sinceMs: number): Promise<readonly Bar[]> {
    await this.#reference.ensure()
    return this.publicRest.ohlc(pairFor(this.#reference, instrumentId).rest, timeframe, sinceMs, this.#venueClock.now())
  }

  async balances(): Promise<readonly port.VenueBalance[]> {
    await this.#reference.ensure()
    return balancesOf(await this.rest.balanceEx(), this.#reference.symbols)
  }

  async openOrders(): Promise<readonly VenueOrder[]> {
    await this.#reference.ensure()
    return this.#history.openOrders()
  }

  async orderByClientId(clientOrderId: ClientOrderId, sinceMs: number): Promise<port.LookupResult> {
    if (!this.#reference.isLoaded) return { kind: 'unanswered', reason: 'the tables of Kraken are not loaded yet' }
    return this.#history.orderByClientId(clientOrderId, sinceMs)
  }

  async fills(sinceMs: number): Promise<readonly Fill[]> {
    await this.#reference.ensure()
    return this.#history.fills(sinceMs)
  }

  async cashFlows(sinceMs: number): Promise<readonly port.BalanceChange[]> {
    await this.#reference.ensure()
    return this.#history.cashFlows(sinceMs)
  }

  async clockDriftMs(): Promise<number> {
    const { clock } = this.#deps
    const byStream = await this.#publicStream.measureDrift()
    if (byStream !== null && Number.isFinite(byStream)) return byStream
    const sentUs = clock.monotonicUs()
    const venueMs = await this.publicRest.time()
    const roundTripMs = (clock.monotonicUs() - sentUs) / 1_000
    // REST tells whole seconds: the middle of the second is off by half of one at most.
    return venueMs + 500 + roundTripMs / 2 - clock.now()
  }

  submit(order: Approved, options: port.SubmitOptions): Promise<SubmitOutcome> {
    return this.#trading.submit(order, options.deadlineAtMs)
  }

  amend(request: port.AmendRequest): Promise<AmendOutcome> {
    return this.#trading.amend(request)
  }

  cancel(ref: port.OrderRef): Promise<CancelOutcome> {
    const byStream = this.#trading.cancel(ref)
    if (byStream !== null) return byStream
    this.#engine.onSent('cancel', ref.instrumentId, ref.clientOrderId)
    return this.rest.cancelOrder(ref.venueOrderId, ref.clientOrderId).then(restCancelOutcome)
  }

  cancelBatch(refs: readonly port.OrderRef[]): Promise<CancelOutcome> {
    const byStream = refs.length < STREAM_BATCH_MIN ? null : this.#trading.cancelBatch(refs)
    if (byStream !== null) return byStream
    for (const ref of refs) this.#engine.onSent('cancel', ref.instrumentId, ref.clientOrderId)
    return this.rest.cancelOrderBatch(refs).then(restCancelOutcome)
  }

  cancelAll(): Promise<CancelOutcome> {
    return this.#trading.cancelAll() ?? this.rest.cancelAll().then(restAccountOutcome)
  }

  armDeadMan(timeoutSec: number): Promise<CancelOutcome> {
    return this.#trading.armDeadMan(timeoutSec) ?? this.rest.cancelAllOrdersAfter(timeoutSec).then(restAccountOutcome)
  }

  orderWaitMs(instrumentId: InstrumentId, command: port.OrderCommandKind, unsent?: port.UnsentCommands): number {
    return this.#engine.waitMs(instrumentId, command, unsent)
  }

  async preview(order: Approved): Promise<port.PreviewOutcome> {
    const instrument = this.#reference.instrument(order.instrumentId)
    if (instrument === null) return { kind: 'unanswered', reason: `${order.instrumentId} is not known; load the instruments first` }
    const { config } = this.#deps
    const refusal = refuseByRegion(order, instrument, config.region, this.#reference.tradable) ?? refuseByForm(order, instrument, config)
    if (refusal !== null) return { kind: 'refused', refusal }
    try {
      const description = await this.rest.validateOrder({
        pair: instrument.venueSymbols.rest,
        side: order.side,
        type: order.type,
        quantity: order.quantity,
        limitPrice: order.limitPrice,
        timeInForce: TIME_IN_FORCE[order.timeInForce],
        expiresAtMs: order.expiresAtMs,
        postOnly: order.postOnly,
        clientOrderId: order.clientOrderId,
      })
      return { kind: 'valid', description }
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'INVARIANT_BROKEN') throw error
      const fault = error instanceof KrakenError ? error.fault : null
      return fault !== null && !fault.isOutcomeUnknown
        ? { kind: 'refused', refusal: refusalOf(fault) }
        : { kind: 'unanswered', reason: error.message }
    }
  }

  health(): port.VenueHealth {
    const market = this.#publicStream.counts
    const orders = this.#privateStream.counts
    return {
      restReachable: this.#http.stats.isReachable,
      publicStream: this.#publicStream.state,
      privateStream: this.#privateStream.state,
      malformedMessages: market.malformed + orders.malformed,
      checksumErrors: market.checksumErrors,
      reconnects: Math.max(0, this.#connects - 1),
      rateLimitHits: this.#http.stats.rateLimitHits + market.rateLimitHits + orders.rateLimitHits + this.#trading.rateLimitHits,
      refusedSubscriptions: this.#publicStream.refused(),
      systemStatus: this.#publicStream.system,
    }
  }

  async #open(): Promise<void> {
    const epoch = this.#epoch
    await this.#reference.ensure(this.#wantedIds())
    // Called off while the tables came: what would be opened now, nobody would close.
    if (epoch !== this.#epoch) throw new AppError('Connecting to Kraken was called off', { code: 'VENUE_UNAVAILABLE', severity: 'LOW' })
    const streams = [this.#publicStream.connect()]
    if (this.#hasPrivateStream) streams.push(this.#privateStream.connect())
    await Promise.all(streams)
    // One may have been lost again while the other came up.
    const isWhole = this.#publicStream.state === 'up' && (!this.#hasPrivateStream || this.#privateStream.state === 'up')
    if (!isWhole) throw new AppError('Kraken cut a stream while the other was opened', { code: 'VENUE_UNAVAILABLE', disposition: 'retry' })
  }

  get #hasPrivateStream(): boolean {
    return this.#deps.config.usesPrivate && this.#deps.config.usesPrivateStream
  }

  #wantedIds(): readonly InstrumentId[] {
    return this.#wanted.map((entry) => entry.instrumentId)
  }

  #requireListener(): port.VenueListener {
    if (this.#listener === null) throw new InvariantError('The Kraken venue has no listener; call listen() before connect()')
    return this.#listener
  }
}

const TIME_IN_FORCE = { gtc: 'GTC', ioc: 'IOC', gtd: 'GTD', fok: 'FOK' } as const

/** Composes the REST side: lanes, limits, and the one source of nonces of the key. */
function createHttp(deps: KrakenVenueDeps): KrakenHttp {
  const { config, clock } = deps
  const restLimit = new RestLimit(clock, config.tier, config.restReserve)
  const publicCounter = new DecayingCounter(clock, config.publicCallsPerSec)
  const publicBudget = {
    waitMs: (cost: number) => publicCounter.waitMs(config.publicBurst - cost),
    spend: (cost: number) => publicCounter.spend(cost),
  }
  const lanes = { waitMsMax: config.privateQueueWaitMsMax, inFlightMax: 1 }
  return new KrakenHttp({
    transport: deps.transport,
    clock,
    random: deps.random,
    config,
    restLimit,
    publicLane: new CallLane(clock, publicBudget, { ...lanes, name: 'public', queueMax: config.publicQueueMax }),
    privateLane: new CallLane(clock, restLimit, { ...lanes, name: 'private', queueMax: config.privateQueueMax }),
    key: config.usesPrivate ? lazyKey(deps) : null,
  })
}

/** The key is read at its first use, so that a missing one is an error of the call that needs it. */
function lazyKey({ secrets, marks, config, log }: KrakenVenueDeps) {
  let source: NonceSource | null = null
  return {
    get nonces(): NonceSource {
      // The mark names the key by a digest: marks are no place for secrets.
      source ??= new NonceSource(
        marks,
        `kraken.nonce.${sha256Hex(secrets.credentials(VENUE).apiKey.reveal()).slice(0, 16)}`,
        config.nonceBlockMs,
        (error) =>
          log.error('the nonce mark cannot be written; after a restart nonces may be too low for a while', { error: messageOf(error) }),
      )
      return source
    },
    credentials: () => secrets.credentials(VENUE),
  }
}
