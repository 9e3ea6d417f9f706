import { add, type Decimal, decimal, divide } from '#domain/decimal'
import { invariant, mustExist } from '#domain/errors'
import type { InstrumentStatus } from '#domain/instrument'
import type { LogPort } from '#ports/alerter'
import type { ClockPort } from '#ports/clock'
import type { RandomPort } from '#ports/random'
import { createEngine } from '#sim/engine/engine'
import type { SimStore } from '#sim/engine/store'
import type { EngineBook, EngineEvent, EngineInstrument, MatchingEngine } from '#sim/engine/types'
import { createMarket, LIVE_STEP_MS, LIVE_TRADE_EVERY_MS } from '#sim/market/market'
import type { PriceSource, SimMarket, Universe } from '#sim/market/types'
import { krakenUniverse, universeFor } from '#sim/market/universe'
import type { SimConnection, SimConnectionHandlers, SimRequest, SimResponse, SimServer } from '#sim/server'
import { type ControlTarget, handleControl } from './control'
import { type EmulatorCredentials, sandboxCredentials } from './credentials'
import { DeadMan } from './dead-man'
import { EngineCounters } from './engine-counter'
import type { Face, KnownKey } from './face'
import { FaceState, type SystemStatus } from './face-state'
import { FaultBoard } from './fault-board'
import { OrderEntry } from './order-entry'
import { type EmulatorRecord, recordOf } from './record'
import { RestCounters } from './rest-counter'
import { RestRouter } from './rest-router'
import { SocketFace } from './socket-face'
import { SocketHub } from './socket-hub'
import { SymbolTable } from './symbols'
import type { Tier } from './tiers'
import { TokenStore } from './tokens'
import { idMint } from './venue-ids'

/** What can be chosen about an emulator; each has a default. */
export interface KrakenEmulatorSettings {
  /** Assets, instruments and what a new account starts with. */
  readonly universe: Universe
  readonly source: PriceSource
  /** Market time between two agent steps, and mean time between two trades of the noise traders, in ms. */
  readonly stepMs: number
  readonly tradeEveryMs: number
  /** Keys it knows; empty for the seed's sandbox key. */
  readonly credentials: readonly EmulatorCredentials[]
  readonly tier: Tier
  /** False switches every rate limit off. */
  readonly hasLimits: boolean
  /** A post-only order that would cross is refused, or accepted and at once canceled. */
  readonly postOnlyCross: 'refuse' | 'cancel'
  /** Market Price Protection: how far from the best price a market order goes, in percent. */
  readonly protectionPercent: Decimal
  /** Most messages a second of one socket; null is without limit. */
  readonly messagesPerSecMax: number | null
  readonly printsMax: number
  readonly closedOrdersMax: number
  /** Called when `POST /emulator/shutdown` asks for the end. */
  readonly onShutdown: () => void
}

export interface KrakenEmulatorOptions {
  readonly clock: ClockPort
  /** Draws faults with a chance below 1 and jitter; the market has streams of its own. */
  readonly random: RandomPort
  readonly seed: string
  readonly store: SimStore
  readonly log: LogPort
  readonly settings?: Partial<KrakenEmulatorSettings>
}

function defaults(): KrakenEmulatorSettings {
  return {
    universe: krakenUniverse(),
    source: { kind: 'seeded' },
    stepMs: LIVE_STEP_MS,
    tradeEveryMs: LIVE_TRADE_EVERY_MS,
    credentials: [],
    tier: 'intermediate',
    hasLimits: true,
    postOnlyCross: 'refuse',
    protectionPercent: decimal(10),
    messagesPerSecMax: null,
    printsMax: 10_000,
    closedOrdersMax: 10_000,
    onShutdown: () => {},
  }
}

/** Names a price source, to see that stored state belongs to it. */
function sourceName(source: PriceSource): string {
  if (source.kind === 'seeded') return 'seeded'
  const { recording, symbol } = source
  return `replay ${symbol} ${recording.barCount} bars from ${recording.firstOpenAtMs}`
}

const TWO = decimal('2')

const PAIR_STATUS: Readonly<Record<SystemStatus, InstrumentStatus>> = {
  online: 'online',
  maintenance: 'offline',
  cancel_only: 'cancelOnly',
  post_only: 'postOnly',
}

/** A Kraken that lives in this process: REST and WebSocket v2 over a matching engine, with faults to order. */
export class KrakenEmulator implements SimServer, ControlTarget {
  readonly #options: KrakenEmulatorOptions
  readonly #settings: KrakenEmulatorSettings
  readonly #engine: MatchingEngine
  readonly #market: SimMarket
  readonly #face: Face
  readonly #hub: SocketHub
  readonly #deadMan: DeadMan
  readonly #rest: RestRouter
  readonly #sockets: SocketFace
  #isSettling = false
  #isRunning = false

  constructor(options: KrakenEmulatorOptions) {
    const chosen = { ...defaults(), ...options.settings }
    const settings = { ...chosen, universe: universeFor(chosen.universe, chosen.source) }
    this.#options = options
    this.#settings = settings
    const { clock, seed, store } = options
    const { universe } = settings
    const engine = createEngine(
      {
        assets: universe.assets,
        instruments: universe.instruments.map((known) => known.instrument),
        mintId: idMint(seed),
        postOnlyCross: settings.postOnlyCross,
        protectionPercent: settings.protectionPercent,
        printsMax: settings.printsMax,
        closedOrdersMax: settings.closedOrdersMax,
      },
      clock,
    )
    const { source, stepMs, tradeEveryMs } = settings
    this.#engine = engine
    this.#market = createMarket({ engine, clock, seed, universe, source, stepMs, tradeEveryMs })
    const state = new FaceState({ seed, source: sourceName(source) })
    store.attach([state, this.#engine, this.#market]) // the face first: it refuses what was made for another market
    this.#face = this.#makeFace(state)
    this.#openAccounts()
    this.#hub = new SocketHub(this.#face)
    const entry = new OrderEntry(this.#face)
    this.#deadMan = new DeadMan(this.#face, () => this.settle())
    const around = {
      settle: () => this.settle(),
      withholdEvents: () => this.#hub.withholdEvents(),
      messagesPerSecMax: settings.messagesPerSecMax,
    }
    this.#rest = new RestRouter(this.#face, entry, this.#deadMan, around)
    this.#sockets = new SocketFace(this.#face, this.#hub, entry, this.#deadMan, around)
    this.#engine.listen((event) => this.#onEngineEvent(event))
    this.#market.onStep(() => this.settle())
  }

  /** The faults in force, for those who share the process; others use `POST /emulator/faults`. */
  get faults(): FaultBoard {
    return this.#face.faults
  }

  /** Opens the market. A dead-man switch that was armed when the emulator last stopped fires now, as after an engine's downtime. */
  start(): void {
    invariant(!this.#isRunning, 'the emulator runs already')
    this.#isRunning = true
    this.#market.start()
    this.#deadMan.fireArmed()
    this.settle()
    this.#options.log.info('kraken emulator started', { seed: this.#options.seed, marketSteps: this.#market.steps })
  }

  /** Closes all sockets, stops the market and makes everything durable. The store stays open: it belongs to the caller. */
  stop(): void {
    if (!this.#isRunning) return
    this.#isRunning = false
    this.#market.stop()
    this.#deadMan.stop()
    this.#hub.endAll(1001, 'emulator stops')
    this.#options.store.commit()
    this.#options.log.info('kraken emulator stopped', {})
  }

  async handle(request: SimRequest): Promise<SimResponse> {
    if (!this.#isRunning) return { kind: 'drop' }
    if (request.path.startsWith('/emulator/')) return handleControl(this, request)
    return this.#rest.handle(request)
  }

  connect(path: string, connection: SimConnection): SimConnectionHandlers | null {
    return this.#isRunning ? this.#sockets.connect(path, connection) : null
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
    this.#market.onEnd(listener)
  }

  /** Makes everything that happened durable, then sends the frames that wait. */
  settle(): void {
    this.#isSettling = false
    this.#options.store.commit()
    this.#hub.flush()
  }

  setSystemStatus(status: SystemStatus): void {
    const before = this.#face.state.systemStatus
    this.#face.state.systemStatus = status
    for (const pair of this.#face.symbols.pairs) this.#engine.setStatus(pair.symbol, PAIR_STATUS[status])
    this.#hub.tellStatus(this.#sockets.statusFrame())
    if (before === 'maintenance' && status !== 'maintenance') this.#deadMan.fireArmed()
    this.settle()
  }

  setPairStatus(symbol: string, status: InstrumentStatus): void {
    this.#engine.setStatus(symbol, status)
    this.settle()
  }

  /** An instrument as it is now. @throws {InvariantError} for an unknown symbol. */
  instrument(symbol: string): EngineInstrument {
    return mustExist(this.#engine.instrument(symbol), `the engine has no ${symbol}`)
  }

  /** Middle of the best prices; null where a side is empty. */
  midPrice(symbol: string): Decimal | null {
    const bid = this.#engine.bestBid(symbol)
    const ask = this.#engine.bestAsk(symbol)
    return bid === null || ask === null ? null : divide(add(bid.price, ask.price), TWO)
  }

  /** The book of a pair as it stands, best levels first. */
  book(symbol: string, depth: number): EngineBook {
    return this.#engine.book(symbol, depth)
  }

  /** Changes the price step of a pair, whose digits stay, and tells the `instrument` channel. */
  setTickSize(symbol: string, tickSize: Decimal): void {
    this.#market.reprice(symbol, () => this.#engine.setTickSize(symbol, tickSize))
    this.settle()
  }

  /** Multiplies the price of a pair at once, as news does: 0.6 is a fall of 40 %. */
  shiftPrice(symbol: string, factor: number): void {
    this.#market.shift(symbol, factor)
    this.settle()
  }

  deposit(accountId: string, asset: string, amount: Decimal): void {
    this.#engine.deposit(accountId, asset, amount)
    this.settle()
  }

  withdraw(accountId: string, asset: string, amount: Decimal): void {
    this.#engine.withdraw(accountId, asset, amount)
    this.settle()
  }

  shutdown(): void {
    this.#settings.onShutdown()
  }

  #makeFace(state: FaceState): Face {
    const { clock, random, seed } = this.#options
    const { universe, tier, hasLimits } = this.#settings
    const known = this.#settings.credentials.length > 0 ? this.#settings.credentials : [sandboxCredentials(seed)]
    const createdAtMs = clock.now()
    const keys = new Map(known.map((key): [string, KnownKey] => [key.apiKey, { ...key, accountId: key.accountId ?? 'main', createdAtMs }]))
    return {
      clock,
      engine: this.#engine,
      market: this.#market,
      symbols: new SymbolTable(
        universe.assets,
        universe.instruments.map((entry) => entry.instrument),
        (symbol) => this.instrument(symbol),
      ),
      state,
      faults: new FaultBoard(clock, random),
      tokens: new TokenStore(clock, `${seed} ${state.countBoot()}`),
      keys,
      tier,
      hasLimits,
      restCounters: new RestCounters(tier),
      engineCounters: new EngineCounters(tier),
    }
  }

  /** Opens the accounts of all keys; one without any ledger row is new and gets the universe's deposits. */
  #openAccounts(): void {
    for (const accountId of new Set([...this.#face.keys.values()].map((key) => key.accountId))) {
      this.#engine.openAccount(accountId)
      if (this.#engine.ledger(accountId).length > 0) continue
      for (const { asset, amount } of this.#settings.universe.deposits) this.#engine.deposit(accountId, asset, amount)
    }
  }

  #onEngineEvent(event: EngineEvent): void {
    if (event.kind === 'orderPending' && event.order.clientId !== null) this.#face.state.noteClientId(event.order.clientId, 1)
    if (event.kind === 'orderDone' && event.order.clientId !== null) this.#face.state.noteClientId(event.order.clientId, -1)
    this.#hub.onEvent(event)
    if (this.#isSettling) return
    // Events of a timer (an expiry, a stop in a market step) have no request that would settle them.
    this.#isSettling = true
    this.#options.clock.defer(() => this.#isSettling && this.settle())
  }
}

/** Makes an emulator over a store; `start` opens its market. @throws {AppError} `DATA_DIR_MISMATCH` when the store has another seed or source. */
export function createKrakenEmulator(options: KrakenEmulatorOptions): KrakenEmulator {
  return new KrakenEmulator(options)
}
