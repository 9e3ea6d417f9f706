import { z } from 'zod'
import { type Decimal, decimal } from '#domain/decimal'
import { invariant, mustExist } from '#domain/errors'
import type { InstrumentStatus } from '#domain/instrument'
import type { LogPort } from '#ports/alerter'
import type { ClockPort } from '#ports/clock'
import type { RandomPort } from '#ports/random'
import { type ControlTarget, handleControl, readControlBody } from '#sim/emulator/control'
import { FaultBoard } from '#sim/emulator/fault-board'
import { faultCommandSchema } from '#sim/emulator/fault-rules'
import { TradingFloor } from '#sim/emulator/floor'
import type { SimStore } from '#sim/engine/store'
import type { EngineBook, EngineInstrument } from '#sim/engine/types'
import { LIVE_STEP_MS, LIVE_TRADE_EVERY_MS } from '#sim/market/market'
import type { PriceSource, Universe } from '#sim/market/types'
import { universeFor } from '#sim/market/universe'
import type { SimConnection, SimConnectionHandlers, SimRequest, SimResponse, SimServer } from '#sim/server'
import { type Asynchrony, asynchronySchema, DEFAULT_ASYNCHRONY, withChanges } from './asynchrony'
import { type EmulatorKey, sandboxKey } from './credentials'
import type { Choices, Face } from './face'
import { CoinbaseState } from './face-state'
import { type FaultRule, faultRuleSchema } from './fault-rules'
import { idMint } from './ids'
import { knownKey, TokenJudge, type TokenRules } from './jwt'
import { OrderChanges } from './order-changes'
import { OrderEntry } from './order-entry'
import { type ProductFlags, ProductTable, type TradingState, tradingState } from './products'
import { type EmulatorRecord, recordOf } from './record'
import { RestRouter } from './rest-router'
import { SocketFace } from './socket-face'
import { SocketHub } from './socket-hub'
import type { SocketHost } from './socket-session'
import { COINBASE_TIERS, coinbaseUniverse, type NamedTier } from './universe'

/** Path of the market socket where all listeners share a port; the venue serves `/` on a host of its own. */
export const MARKET_PATH = '/market'
/** Path of the user socket, likewise. */
export const USER_PATH = '/user'

/** What can be chosen about an emulator; each has a default. */
export interface CoinbaseEmulatorSettings extends Choices, TokenRules {
  readonly tiers: readonly NamedTier[]
  /** Assets, instruments and what a new account starts with; null for the sandbox's, with the fees of `tiers`. */
  readonly universe: Universe | null
  readonly source: PriceSource
  /** Market time between two agent steps, and mean time between two trades of the noise traders, in ms. */
  readonly stepMs: number
  readonly tradeEveryMs: number
  /** Keys it knows; empty for the seed's two sandbox keys. */
  readonly keys: readonly EmulatorKey[]
  /** Host that tokens must name, port included; null takes what each request names itself. */
  readonly host: string | null
  /** False switches every rate limit and the limit of open orders off. */
  readonly hasLimits: boolean
  readonly asynchrony: Asynchrony
  readonly printsMax: number
  readonly closedOrdersMax: number
  /** Called when `POST /emulator/shutdown` asks for the end. */
  readonly onShutdown: () => void
}

export interface CoinbaseEmulatorOptions {
  readonly clock: ClockPort
  /** Draws faults with a chance below 1 and jitter; the market has streams of its own. */
  readonly random: RandomPort
  readonly seed: string
  readonly store: SimStore
  readonly log: LogPort
  readonly settings?: Partial<CoinbaseEmulatorSettings>
}

function defaults(): CoinbaseEmulatorSettings {
  return {
    tiers: COINBASE_TIERS,
    universe: null,
    source: { kind: 'seeded' },
    stepMs: LIVE_STEP_MS,
    tradeEveryMs: LIVE_TRADE_EVERY_MS,
    keys: [],
    host: null,
    skewSec: 5,
    hasSingleUseNonces: false,
    hasLimits: true,
    asynchrony: DEFAULT_ASYNCHRONY,
    editSize: 'total',
    fokUnfillable: 'cancel',
    cancelsWhileDisabled: true,
    hasStopLimits: true,
    userProductId: 'ordered',
    acknowledges: 'first',
    rateLimitBody: 'json',
    editAnswer: 'captured',
    fillsInQuote: false,
    walletless: [],
    emptyWallets: 60,
    mixesFutures: true,
    printsMax: 10_000,
    closedOrdersMax: 10_000,
    onShutdown: () => {},
  }
}

const productSchema = z.strictObject({
  product_id: z.string().min(3).max(40),
  status: z.enum(['online', 'offline', 'internal', 'delisted']).default('online'),
  is_disabled: z.boolean().default(false),
  trading_disabled: z.boolean().default(false),
  cancel_only: z.boolean().default(false),
  limit_only: z.boolean().default(false),
  post_only: z.boolean().default(false),
  auction_mode: z.boolean().default(false),
  view_only: z.boolean().default(false),
})

function engineStatus(state: TradingState): InstrumentStatus {
  switch (state) {
    case 'halted': // cancels are for the face to refuse
    case 'cancelOnly':
      return 'cancelOnly'
    case 'postOnly':
      return 'postOnly'
    case 'limitOnly':
      return 'limitOnly'
    case 'viewOnly': // others trade it
    case 'auction': // the book collects
    case 'normal':
      return 'online'
  }
}

/** A Coinbase Advanced Trade that lives in this process: REST and two WebSocket hosts over a matching engine, with faults to order. */
export class CoinbaseEmulator implements SimServer, ControlTarget<FaultRule> {
  readonly faultCommand = faultCommandSchema<FaultRule>(faultRuleSchema)
  readonly routes: ReadonlyMap<string, (body: string) => unknown>
  readonly #options: CoinbaseEmulatorOptions
  readonly #settings: CoinbaseEmulatorSettings
  readonly #floor: TradingFloor<CoinbaseState>
  readonly #face: Face
  readonly #hub: SocketHub
  readonly #changes: OrderChanges
  readonly #rest: RestRouter
  readonly #sockets: SocketFace
  #isRunning = false

  constructor(options: CoinbaseEmulatorOptions) {
    const settings = { ...defaults(), ...options.settings }
    this.#options = options
    this.#settings = settings
    const { clock, seed, store } = options
    const { source, stepMs, tradeEveryMs, printsMax, closedOrdersMax } = settings
    const universe = universeFor(settings.universe ?? coinbaseUniverse(settings.tiers), source)
    this.#floor = new TradingFloor({
      clock,
      seed,
      store,
      universe,
      source,
      stepMs,
      tradeEveryMs,
      engine: { mintId: idMint(seed), postOnlyCross: 'refuse', protectionPercent: decimal('3'), printsMax, closedOrdersMax },
      makeState: (origin) => new CoinbaseState(origin),
    })
    this.#face = this.#makeFace(universe)
    this.#floor.openAccounts(
      [...this.#face.keys.values()].map((key) => key.accountId),
      universe.deposits,
    )
    this.#hub = new SocketHub(this.#face)
    this.#changes = new OrderChanges(
      this.#face,
      (order) => this.#hub.tellOrder(order),
      () => this.settle(),
    )
    const around = { settle: () => this.settle(), withholdEvents: () => this.#hub.withholdEvents() }
    this.#rest = new RestRouter(this.#face, new OrderEntry(this.#face), this.#changes, around)
    this.#sockets = new SocketFace(this.#face, this.#hub, () => this.settle())
    this.#floor.connect(
      (event) => this.#hub.onEvent(event),
      () => this.#hub.flush(),
    )
    for (const product of this.#face.products.all) this.#applyFlags(product.id)
    this.routes = new Map([
      ['POST /emulator/product', (body: string) => this.#setProduct(body)],
      ['POST /emulator/asynchrony', (body: string) => this.#setAsynchrony(body)],
    ])
  }

  /** The faults in force, for those who share the process; others use `POST /emulator/faults`. */
  get faults(): Face['faults'] {
    return this.#face.faults
  }

  /** Opens the market; cancels and edits that were under way when it last stopped are done. */
  start(): void {
    invariant(!this.#isRunning, 'the emulator runs already')
    this.#isRunning = true
    this.#floor.market.start()
    this.#changes.resume()
    this.settle()
    this.#options.log.info('coinbase emulator started', { seed: this.#options.seed, marketSteps: this.#floor.market.steps })
  }

  /** Closes all sockets, stops the market and makes everything durable. The store stays open: it belongs to the caller. */
  stop(): void {
    if (!this.#isRunning) return
    this.#isRunning = false
    this.#floor.market.stop()
    this.#changes.stop()
    this.#hub.endAll(1001, 'emulator stops')
    this.#floor.commit()
    this.#options.log.info('coinbase emulator stopped', {})
  }

  async handle(request: SimRequest): Promise<SimResponse> {
    if (!this.#isRunning) return { kind: 'drop' }
    if (request.path.startsWith('/emulator/')) return handleControl(this, request)
    return this.#rest.handle(request)
  }

  /** Takes a socket on `/market` or `/user`: all listeners on one port. */
  connect(path: string, connection: SimConnection): SimConnectionHandlers | null {
    if (!this.#isRunning || (path !== MARKET_PATH && path !== USER_PATH)) return null
    return this.#sockets.connect(path === USER_PATH ? 'user' : 'market', connection)
  }

  /** Returns one of the two socket hosts as a server of its own, at `/`, as the venue has them; a request finds nothing there. */
  listener(host: SocketHost): SimServer {
    return {
      handle: async () => ({ kind: 'answer', status: 404, headers: {}, body: '' }),
      connect: (path, connection) => (this.#isRunning && path === '/' ? this.#sockets.connect(host, connection) : null),
    }
  }

  /** The most orders that were ever live at one time under one client id; cheap enough to watch at every step (I3). */
  get clientIdLiveMax(): number {
    return this.#face.state.clientIdLiveMax
  }

  /** The whole record; it grows with the history, so ask now and then, not at every step. */
  record(): EmulatorRecord {
    return recordOf(this.#face, this.#hub.size)
  }

  /** Calls once when a replayed recording has ended. */
  onMarketEnd(listener: () => void): void {
    this.#floor.market.onEnd(listener)
  }

  /** Makes everything that happened durable, then sends the frames that wait. */
  settle(): void {
    this.#floor.settle()
  }

  /**
   * Sets the state of a product (protocol sheet §6.1): flags that are not named are off. Those of a canonical product rule its alias
   * too. @throws {InvariantError} for an unknown product.
   */
  setProduct(productId: string, flags: Partial<ProductFlags>): void {
    const product = mustExist(this.#face.products.find(productId), `there is no product ${productId}`)
    this.#face.state.setFlags(product, flags)
    this.#applyFlags(productId)
    this.settle()
  }

  /** Changes how far what is shown lags behind what is done. */
  setAsynchrony(change: Partial<Asynchrony>): void {
    this.#face.asynchrony = withChanges(this.#face.asynchrony, change)
  }

  /** A book's instrument as it is now. @throws {InvariantError} for an unknown one. */
  instrument(symbol: string): EngineInstrument {
    return this.#floor.instrument(symbol)
  }

  /** Middle of the best prices; null where a side is empty. */
  midPrice(symbol: string): Decimal | null {
    return this.#floor.midPrice(symbol)
  }

  /** A book as it stands, best levels first; books are named by their canonical product. */
  book(symbol: string, depth: number): EngineBook {
    return this.#floor.book(symbol, depth)
  }

  /** Changes the price step of a book, whose digits stay. */
  setTickSize(symbol: string, tickSize: Decimal): void {
    this.#floor.setTickSize(symbol, tickSize)
  }

  /** Multiplies the price of a book at once, as news does: 0.6 is a fall of 40 %. */
  shiftPrice(symbol: string, factor: number): void {
    this.#floor.shiftPrice(symbol, factor)
  }

  deposit(accountId: string, asset: string, amount: Decimal): void {
    this.#floor.deposit(accountId, asset, amount)
  }

  withdraw(accountId: string, asset: string, amount: Decimal): void {
    this.#floor.withdraw(accountId, asset, amount)
  }

  shutdown(): void {
    this.#settings.onShutdown()
  }

  #applyFlags(productId: string): void {
    const { products, state, engine } = this.#face
    const product = products.find(productId)
    if (product === null || product.alias !== '') return
    const now = tradingState(state.flagsOf(product))
    engine.setStatus(product.book, engineStatus(now))
    engine.setCollecting(product.book, now === 'auction')
  }

  #setProduct(body: string): unknown {
    const read = readControlBody(productSchema, body)
    this.setProduct(read.product_id, {
      status: read.status,
      isDisabled: read.is_disabled,
      tradingDisabled: read.trading_disabled,
      cancelOnly: read.cancel_only,
      limitOnly: read.limit_only,
      postOnly: read.post_only,
      auctionMode: read.auction_mode,
      viewOnly: read.view_only,
    })
    return { ok: true }
  }

  #setAsynchrony(body: string): unknown {
    this.#face.asynchrony = withChanges(this.#face.asynchrony, readControlBody(asynchronySchema, body))
    return { ok: true, asynchrony: this.#face.asynchrony }
  }

  #makeFace(universe: Universe): Face {
    const { clock, random, seed } = this.#options
    const { engine, market, state } = this.#floor
    const { tiers, host, hasLimits, asynchrony } = this.#settings
    const given = this.#settings.keys
    const known = given.length > 0 ? given : [sandboxKey(seed, 'ES256'), sandboxKey(seed, 'EdDSA')]
    const keys = new Map(known.map((key) => [key.name, knownKey(key)]))
    state.countBoot()
    return {
      clock,
      seed,
      engine,
      market,
      products: new ProductTable(universe),
      state,
      faults: new FaultBoard(clock, random, faultRuleSchema),
      keys,
      judge: new TokenJudge(clock, keys, this.#settings),
      tiers,
      choices: this.#settings,
      hasLimits,
      host,
      asynchrony,
    }
  }
}

/** Makes an emulator over a store; `start` opens its market. @throws {AppError} `DATA_DIR_MISMATCH` when the store has another seed or source. */
export function createCoinbaseEmulator(options: CoinbaseEmulatorOptions): CoinbaseEmulator {
  return new CoinbaseEmulator(options)
}
