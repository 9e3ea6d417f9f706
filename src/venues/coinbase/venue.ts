import { AppError, InvariantError } from '#domain/errors'
import { type AccountId, type ClientOrderId, type InstrumentId, venueId as venueIdOf } from '#domain/ids'
import type { Instrument } from '#domain/instrument'
import type { Bar } from '#domain/market'
import type { Approved, Fill, VenueOrder } from '#domain/order'
import type { AmendOutcome, CancelOutcome, SubmitOutcome } from '#domain/outcome'
import type { Secret } from '#domain/secret'
import type { Timeframe } from '#domain/time'
import type { LogPort } from '#ports/alerter'
import type { ClockPort } from '#ports/clock'
import type { RandomPort } from '#ports/random'
import type { SecretsPort } from '#ports/secrets'
import type { SignerPort } from '#ports/signer'
import type { TransportPort } from '#ports/transport'
import type * as port from '#ports/venue'
import { CallLane } from '#venues/shared/lane'
import { VenueClock } from '#venues/shared/venue-clock'
import { Amending } from './amending'
import { closedBars, unknownInstrument } from './candles'
import { COINBASE_CAPABILITIES } from './capabilities'
import { previewBody, refuseByForm } from './commands'
import type { CoinbaseConfig } from './config'
import { CoinbaseError, faultOfReason, refusalOf } from './errors'
import { FillReader } from './fill-reader'
import { History } from './history'
import { CoinbaseHttp } from './http'
import { Identities } from './identities'
import { Tokens } from './jwt'
import { signerOf } from './key'
import { CallBudget } from './limits'
import { balancesOf } from './map'
import { MarketStream } from './market-stream'
import { OrderFlow } from './order-flow'
import { OrderStates } from './order-states'
import { ProductWatch } from './product-watch'
import { Reference } from './reference'
import { CoinbaseRest } from './rest'
import { CoinbasePublicRest } from './rest-public'
import { Trading } from './trading'
import { UserStream } from './user-stream'

/** The ports that the adapter runs on, and its settings. */
export interface CoinbaseVenueDeps {
  readonly accountId: AccountId
  readonly transport: TransportPort
  readonly clock: ClockPort
  readonly random: RandomPort
  readonly secrets: SecretsPort
  readonly log: LogPort
  readonly config: CoinbaseConfig
  /** Called with each token that is made: a secret like the keys (I9). */
  onToken(token: string): void
}

/** Coinbase Advanced Trade spot behind the venue port, with what it offers beyond it. */
export interface CoinbaseVenue extends port.VenuePort {
  readonly rest: CoinbaseRest
  readonly publicRest: CoinbasePublicRest
}

const VENUE = venueIdOf('coinbase')
const NO_DEAD_MAN: CancelOutcome = {
  kind: 'refused',
  refusal: { code: 'unsupported', reason: 'Coinbase has no dead-man switch', retry: 'never' },
}

/**
 * Returns the adapter of one Coinbase key. The market stream comes back by itself; a lost user stream ends the session, which calls `disconnect`
 * and `connect` again.
 * @param makeSigner makes the signer of the key's secret.
 */
export function createCoinbaseVenue(deps: CoinbaseVenueDeps, makeSigner: (secret: Secret) => SignerPort = signerOf): CoinbaseVenue {
  return new CoinbaseAdapter(deps, makeSigner)
}

class CoinbaseAdapter implements CoinbaseVenue {
  readonly venueId = VENUE
  readonly accountId: AccountId
  readonly capabilities = COINBASE_CAPABILITIES
  readonly rest: CoinbaseRest
  readonly publicRest: CoinbasePublicRest
  readonly #deps: CoinbaseVenueDeps
  readonly #http: CoinbaseHttp
  readonly #budget: CallBudget
  readonly #venueClock: VenueClock
  readonly #reference: Reference
  readonly #fills: FillReader
  readonly #history: History
  readonly #trading: Trading
  readonly #amending: Amending
  readonly #products: ProductWatch
  readonly #market: MarketStream
  readonly #user: UserStream
  #listener: port.VenueListener | null = null
  #wanted: readonly port.MarketSubscription[] = []
  #connects = 0
  #epoch = 0

  constructor(deps: CoinbaseVenueDeps, makeSigner: (secret: Secret) => SignerPort) {
    const { config, clock, log, random, transport, secrets } = deps
    this.#deps = deps
    this.accountId = deps.accountId
    const listener = (): port.VenueListener => this.#requireListener()
    const onFault = (code: string, text: string): void => this.#listener?.onFault({ code, text })
    this.#venueClock = new VenueClock(clock)
    const now = (): number => this.#venueClock.now()
    const tokens = new Tokens({ random, makeSigner, now, onToken: deps.onToken, credentials: () => secrets.credentials(VENUE) })
    this.#budget = privateBudget(clock, config)
    this.#http = createHttp(deps, this.#budget, config.usesPrivate ? tokens : null, onFault)
    this.rest = new CoinbaseRest(this.#http, config)
    this.publicRest = new CoinbasePublicRest(this.#http)
    const { publicRest, rest } = this
    const reference = new Reference({ venueId: VENUE, clock, publicRest, rest: config.usesPrivate ? rest : null, log })
    const identities = new Identities(clock, reference, config.knownOrdersMax)
    this.#reference = reference
    const states = new OrderStates(config.knownOrdersMax)
    this.#history = new History({ venueId: VENUE, clock, venueClock: this.#venueClock, rest, identities, config, onFault })
    this.#fills = new FillReader({
      clock,
      config,
      onFault,
      read: (ids) => this.#history.fillsOf(ids),
      onFill: (fill) => listener().onFill(fill),
    })
    const isHeard = (): boolean => this.#user.state === 'up'
    const flow = new OrderFlow({
      clock,
      venueClock: this.#venueClock,
      config,
      rest,
      history: this.#history,
      identities,
      states,
      fills: this.#fills,
      trading: () => this.#trading,
      amending: () => this.#amending,
      listener,
      epoch: () => this.#epoch,
    })
    const orders = { clock, rest, reference, identities, isHeard }
    this.#trading = new Trading({ ...orders, history: this.#history, onAccepted: (id, order) => flow.confirm(id, order) })
    this.#amending = new Amending({
      ...orders,
      config,
      onFault,
      states,
      onReport: (report) => listener().onOrderReport(report),
    })
    this.#products = new ProductWatch({
      clock,
      reference,
      intervalMs: config.productPollMs,
      wanted: () => this.#wanted.flatMap(({ instrumentId }) => reference.product(instrumentId)?.productId ?? []),
      onInstrument: (instrument) => listener().onInstrument(instrument),
      onFault,
    })
    const shared = { transport, clock, config, venueClock: this.#venueClock, listener }
    this.#market = new MarketStream({
      ...shared,
      random,
      reference,
      history: (id, timeframe, sinceMs) => this.history(id, timeframe, sinceMs),
      onStatus: (productId, status) => this.#products.onStatus(productId, status),
    })
    this.#user = new UserStream({
      ...shared,
      tokens,
      onOrder: (order, venueAtMs) => flow.onUserOrder(order, venueAtMs),
      heal: (sinceMs) => flow.heal(sinceMs),
      onDown: () => this.#fills.stop(),
    })
  }

  listen(listener: port.VenueListener): void {
    this.#listener = listener
  }

  async connect(signal: AbortSignal): Promise<void> {
    this.#requireListener()
    this.disconnect()
    this.#connects++
    const aborted = Promise.withResolvers<never>()
    const onAbort = (): void => aborted.reject(calledOff())
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
    this.#products.stop()
    this.#fills.stop()
    this.#market.disconnect('disconnected by us')
    this.#user.disconnect('disconnected by us')
  }

  subscribe(wanted: readonly port.MarketSubscription[]): void {
    this.#wanted = wanted
    this.#market.subscribe(wanted)
  }

  async instruments(): Promise<readonly Instrument[]> {
    await this.#readClock()
    return this.#reference.instruments()
  }

  async history(instrumentId: InstrumentId, timeframe: Timeframe, sinceMs: number): Promise<readonly Bar[]> {
    await this.#reference.ensure()
    const product = this.#reference.product(instrumentId) ?? unknownInstrument(instrumentId)
    const { candleWindowsMax } = this.#deps.config
    return closedBars(this.publicRest, product.productId, timeframe, sinceMs, this.#venueClock.now(), candleWindowsMax)
  }

  async balances(): Promise<readonly port.VenueBalance[]> {
    return balancesOf(await this.rest.accounts())
  }

  async openOrders(): Promise<readonly VenueOrder[]> {
    await this.#reference.ensure()
    return this.#history.openOrders()
  }

  async orderByClientId(clientOrderId: ClientOrderId, sinceMs: number): Promise<port.LookupResult> {
    if (!this.#reference.isLoaded) return { kind: 'unanswered', reason: 'the products of Coinbase are not loaded yet' }
    return this.#history.orderByClientId(clientOrderId, sinceMs)
  }

  async fills(sinceMs: number): Promise<readonly Fill[]> {
    await this.#reference.ensure()
    return this.#history.fills(sinceMs)
  }

  /** Returns none: Advanced Trade has no list of deposits and withdrawals. A flow shows as a difference of balances alone. */
  cashFlows(): Promise<readonly port.BalanceChange[]> {
    return Promise.resolve([])
  }

  async clockDriftMs(): Promise<number> {
    const { venueMs, roundTripMs } = await this.publicRest.time()
    return venueMs + roundTripMs / 2 - this.#deps.clock.now()
  }

  submit(order: Approved, options: port.SubmitOptions): Promise<SubmitOutcome> {
    return this.#trading.submit(order, options.deadlineAtMs)
  }

  amend(request: port.AmendRequest): Promise<AmendOutcome> {
    return this.#amending.amend(request)
  }

  cancel(ref: port.OrderRef): Promise<CancelOutcome> {
    return this.#trading.cancel(ref)
  }

  cancelBatch(refs: readonly port.OrderRef[]): Promise<CancelOutcome> {
    return this.#trading.cancelBatch(refs)
  }

  cancelAll(): Promise<CancelOutcome> {
    return this.#trading.cancelAll()
  }

  armDeadMan(): Promise<CancelOutcome> {
    return Promise.resolve(NO_DEAD_MAN)
  }

  orderWaitMs(_instrumentId: InstrumentId, command: port.OrderCommandKind, unsent?: port.UnsentCommands): number {
    return this.#budget.orderWaitMs(command, unsent)
  }

  async preview(order: Approved): Promise<port.PreviewOutcome> {
    const product = this.#reference.product(order.instrumentId)
    if (product === null) return { kind: 'unanswered', reason: `${order.instrumentId} is not known; load the instruments first` }
    const refusal = refuseByForm(order, product)
    if (refusal !== null) return { kind: 'refused', refusal }
    try {
      const { errs, order_total: total, commission_total: fee, slippage } = await this.rest.preview(previewBody(order, product))
      const first = errs[0]
      if (first !== undefined) return { kind: 'refused', refusal: refusalOf(faultOfReason(first)) }
      return { kind: 'valid', description: `total ${total}, fee ${fee}, slippage ${slippage === '' ? 'untold' : slippage}` }
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'INVARIANT_BROKEN') throw error
      const fault = error instanceof CoinbaseError ? error.fault : null
      return fault?.errorClass === 'permanent'
        ? { kind: 'refused', refusal: refusalOf(fault) }
        : { kind: 'unanswered', reason: error.message }
    }
  }

  health(): port.VenueHealth {
    return {
      restReachable: this.#http.stats.isReachable,
      publicStream: this.#market.state,
      privateStream: this.#user.state,
      malformedMessages: this.#market.malformed + this.#user.malformed,
      checksumErrors: 0,
      reconnects: Math.max(0, this.#connects - 1) + this.#market.reconnects,
      rateLimitHits: this.#http.stats.rateLimitHits,
      refusedSubscriptions: this.#market.refused(),
      systemStatus: this.#http.stats.isReachable ? 'online' : 'unknown',
    }
  }

  async #open(): Promise<void> {
    const epoch = this.#epoch
    await this.#readClock()
    await this.#reference.ensure()
    if (this.#deps.config.usesPrivate) await this.#checkKey()
    // Called off meanwhile: what would be opened now, nobody would close.
    if (epoch !== this.#epoch) throw calledOff()
    const streams = [this.#market.connect()]
    if (this.#deps.config.usesPrivate) streams.push(this.#user.connect())
    await Promise.all(streams)
    const isWhole = this.#market.state === 'up' && (!this.#deps.config.usesPrivate || this.#user.state === 'up')
    if (!isWhole)
      throw new AppError('Coinbase cut a stream while the other was opened', { code: 'VENUE_UNAVAILABLE', disposition: 'retry' })
    this.#products.start()
  }

  async #checkKey(): Promise<void> {
    const { can_view: canView, can_trade: canTrade, can_transfer: canTransfer } = await this.rest.keyPermissions()
    if (!canView || !canTrade) {
      throw new CoinbaseError('The Coinbase key may not view and trade; make one with these two permissions', 'VENUE_AUTH')
    }
    if (canTransfer) this.#deps.log.warn('the Coinbase key may move money; make one without the permission transfer')
  }

  async #readClock(): Promise<void> {
    const { venueMs } = await this.publicRest.time()
    this.#venueClock.reset()
    this.#venueClock.observe(venueMs)
  }

  #requireListener(): port.VenueListener {
    if (this.#listener === null) throw new InvariantError('The Coinbase venue has no listener; call listen() before connect()')
    return this.#listener
  }
}

function calledOff(): AppError {
  return new AppError('Connecting to Coinbase was called off', { code: 'VENUE_UNAVAILABLE', severity: 'LOW' })
}

function privateBudget(clock: ClockPort, config: CoinbaseConfig): CallBudget {
  return new CallBudget(clock, { perSec: config.privateCallsPerSec, burst: config.privateBurst, reserve: config.cancelReserve })
}

function createHttp(
  { transport, clock, random, config }: CoinbaseVenueDeps,
  budget: CallBudget,
  tokens: Tokens | null,
  onFault: (code: string, text: string) => void,
): CoinbaseHttp {
  const publicBudget = new CallBudget(clock, { perSec: config.publicCallsPerSec, burst: config.publicBurst, reserve: 0 })
  const lane = { queueMax: config.queueMax, waitMsMax: config.queueWaitMsMax }
  return new CoinbaseHttp({
    transport,
    clock,
    random,
    config,
    publicLane: new CallLane(clock, publicBudget, { ...lane, name: 'public', inFlightMax: config.publicInFlightMax }),
    privateLane: new CallLane(clock, budget, { ...lane, name: 'private', inFlightMax: config.privateInFlightMax }),
    publicBudget,
    privateBudget: budget,
    tokens,
    onFault,
  })
}
