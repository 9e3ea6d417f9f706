import { z } from 'zod'
import { type Decimal, decimal } from '#domain/decimal'
import { invariant } from '#domain/errors'
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
import { krakenUniverse, universeFor } from '#sim/market/universe'
import type { SimConnection, SimConnectionHandlers, SimRequest, SimResponse, SimServer } from '#sim/server'
import { type EmulatorCredentials, sandboxCredentials } from './credentials'
import { DeadMan } from './dead-man'
import { EngineCounters } from './engine-counter'
import type { Face, KnownKey } from './face'
import { FaceState, type SystemStatus } from './face-state'
import { type FaultRule, faultRuleSchema } from './fault-rules'
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

const PAIR_STATUS: Readonly<Record<SystemStatus, InstrumentStatus>> = {
  online: 'online',
  maintenance: 'offline',
  cancel_only: 'cancelOnly',
  post_only: 'postOnly',
}

const PAIR_STATUSES = ['online', 'postOnly', 'limitOnly', 'reduceOnly', 'cancelOnly', 'offline'] as const

const statusSchema = z.union([
  /** The whole venue. */
  z.strictObject({ system: z.enum(['online', 'maintenance', 'cancel_only', 'post_only']) }),
  /** One pair, by its WebSocket symbol. */
  z.strictObject({ symbol: z.string().min(3).max(40), status: z.enum(PAIR_STATUSES) }),
])

/** A Kraken that lives in this process: REST and WebSocket v2 over a matching engine, with faults to order. */
export class KrakenEmulator implements SimServer, ControlTarget<FaultRule> {
  readonly faultCommand = faultCommandSchema<FaultRule>(faultRuleSchema)
  readonly routes: ReadonlyMap<string, (body: string) => unknown>
  readonly #options: KrakenEmulatorOptions
  readonly #settings: KrakenEmulatorSettings
  readonly #floor: TradingFloor<FaceState>
  readonly #face: Face
  readonly #hub: SocketHub
  readonly #deadMan: DeadMan
  readonly #rest: RestRouter
  readonly #sockets: SocketFace
  #isRunning = false

  constructor(options: KrakenEmulatorOptions) {
    const chosen = { ...defaults(), ...options.settings }
    const settings = { ...chosen, universe: universeFor(chosen.universe, chosen.source) }
    this.#options = options
    this.#settings = settings
    const { clock, seed, store } = options
    const { universe, source, stepMs, tradeEveryMs, postOnlyCross, protectionPercent, printsMax, closedOrdersMax } = settings
    this.#floor = new TradingFloor({
      clock,
      seed,
      store,
      universe,
      source,
      stepMs,
      tradeEveryMs,
      engine: { mintId: idMint(seed), postOnlyCross, protectionPercent, printsMax, closedOrdersMax },
      makeState: (origin) => new FaceState(origin),
    })
    this.#face = this.#makeFace()
    this.#floor.openAccounts(
      [...this.#face.keys.values()].map((key) => key.accountId),
      universe.deposits,
    )
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
    this.#floor.connect(
      (event) => this.#hub.onEvent(event),
      () => this.#hub.flush(),
    )
    this.routes = new Map([['POST /emulator/status', (body: string) => this.#setStatus(body)]])
  }

  /** The faults in force, for those who share the process; others use `POST /emulator/faults`. */
  get faults(): Face['faults'] {
    return this.#face.faults
  }

  /** Opens the market. A dead-man switch that was armed when the emulator last stopped fires now, as after an engine's downtime. */
  start(): void {
    invariant(!this.#isRunning, 'the emulator runs already')
    this.#isRunning = true
    this.#floor.market.start()
    this.#deadMan.fireArmed()
    this.settle()
    this.#options.log.info('kraken emulator started', { seed: this.#options.seed, marketSteps: this.#floor.market.steps })
  }

  /** Closes all sockets, stops the market and makes everything durable. The store stays open: it belongs to the caller. */
  stop(): void {
    if (!this.#isRunning) return
    this.#isRunning = false
    this.#floor.market.stop()
    this.#deadMan.stop()
    this.#hub.endAll(1001, 'emulator stops')
    this.#floor.commit()
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
    this.#floor.market.onEnd(listener)
  }

  /** Makes everything that happened durable, then sends the frames that wait. */
  settle(): void {
    this.#floor.settle()
  }

  setSystemStatus(status: SystemStatus): void {
    const before = this.#face.state.systemStatus
    this.#face.state.systemStatus = status
    for (const pair of this.#face.symbols.pairs) this.#floor.engine.setStatus(pair.symbol, PAIR_STATUS[status])
    this.#hub.tellStatus(this.#sockets.statusFrame())
    if (before === 'maintenance' && status !== 'maintenance') this.#deadMan.fireArmed()
    this.settle()
  }

  setPairStatus(symbol: string, status: InstrumentStatus): void {
    this.#floor.engine.setStatus(symbol, status)
    this.settle()
  }

  /** An instrument as it is now. @throws {InvariantError} for an unknown symbol. */
  instrument(symbol: string): EngineInstrument {
    return this.#floor.instrument(symbol)
  }

  /** Middle of the best prices; null where a side is empty. */
  midPrice(symbol: string): Decimal | null {
    return this.#floor.midPrice(symbol)
  }

  /** The book of a pair as it stands, best levels first. */
  book(symbol: string, depth: number): EngineBook {
    return this.#floor.book(symbol, depth)
  }

  /** Changes the price step of a pair, whose digits stay, and tells the `instrument` channel. */
  setTickSize(symbol: string, tickSize: Decimal): void {
    this.#floor.setTickSize(symbol, tickSize)
  }

  /** Multiplies the price of a pair at once, as news does: 0.6 is a fall of 40 %. */
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

  #setStatus(body: string): unknown {
    const command = readControlBody(statusSchema, body)
    if ('system' in command) this.setSystemStatus(command.system)
    else this.setPairStatus(command.symbol, command.status)
    return { ok: true }
  }

  #makeFace(): Face {
    const { clock, random, seed } = this.#options
    const { universe, tier, hasLimits } = this.#settings
    const known = this.#settings.credentials.length > 0 ? this.#settings.credentials : [sandboxCredentials(seed)]
    const createdAtMs = clock.now()
    const { engine, market, state } = this.#floor
    const keys = new Map(known.map((key): [string, KnownKey] => [key.apiKey, { ...key, accountId: key.accountId ?? 'main', createdAtMs }]))
    return {
      clock,
      engine,
      market,
      symbols: new SymbolTable(
        universe.assets,
        universe.instruments.map((entry) => entry.instrument),
        (symbol) => this.instrument(symbol),
      ),
      state,
      faults: new FaultBoard(clock, random, faultRuleSchema),
      tokens: new TokenStore(clock, `${seed} ${state.countBoot()}`),
      keys,
      tier,
      hasLimits,
      restCounters: new RestCounters(tier),
      engineCounters: new EngineCounters(tier),
    }
  }
}

/** Makes an emulator over a store; `start` opens its market. @throws {AppError} `DATA_DIR_MISMATCH` when the store has another seed or source. */
export function createKrakenEmulator(options: KrakenEmulatorOptions): KrakenEmulator {
  return new KrakenEmulator(options)
}
