/** The Coinbase adapter over the in-memory network and the emulator, in virtual time. */
import { type Decimal, decimal } from '#domain/decimal'
import { accountId, assetCode, type InstrumentId, instrumentId, instrumentIdOf, tradeId, venueId } from '#domain/ids'
import type { Fill, VenueOrder } from '#domain/order'
import { Secret } from '#domain/secret'
import type { StreamName } from '#ports/venue'
import type { Asynchrony } from '#sim/coinbase/asynchrony'
import { sandboxKey } from '#sim/coinbase/credentials'
import { type CoinbaseEmulator, type CoinbaseEmulatorSettings, createCoinbaseEmulator } from '#sim/coinbase/emulator'
import type { FaultInput } from '#sim/coinbase/fault-rules'
import { entryId } from '#sim/coinbase/ids'
import type { AccountRecord } from '#sim/emulator/record'
import { openMemoryStore } from '#sim/engine/store'
import type { EngineFill, EngineOrder } from '#sim/engine/types'
import { MemoryNetwork, type MemoryTransport } from '#sim/network'
import { SeededRandom } from '#sim/random'
import { VirtualClock } from '#sim/virtual-clock'
import { tokenOf } from '#test/sim/coinbase/harness'
import { COINBASE_DEFAULTS, type CoinbaseConfig } from '#venues/coinbase/config'
import { type CoinbaseVenue, createCoinbaseVenue } from '#venues/coinbase/venue'
import { engineFill, engineOrder } from '../engine-truth'
import { type FrameFate, MangledTransport } from '../mangled-transport'
import { OwnClock } from '../own-clock'
import { type CommandName, Heard, Session, START_MS, type VenueBench, type VenueFaults, type VenueTruth } from '../venue-bench'

const QUIET_LOG = { debug() {}, info() {}, warn() {}, error() {}, fatal() {} }
const COINBASE = venueId('coinbase')
const REST_HOST = 'coinbase.sim'
const MARKET_HOST = 'market.coinbase.sim'
const USER_HOST = 'user.coinbase.sim'
const ORDERS = '/api/v3/brokerage/orders'
/** Everything shows as soon as it is done: the suite asks of each venue what does not depend on how far it lags. */
const AT_ONCE: Asynchrony = { openAfterMs: 0, visibleAfterMs: 0, cancelAfterMs: 0, editAfterMs: 0, fillsAfterMs: 0, settledAfterMs: 0 }
/** One way, ms. */
const LATENCY_MS = 5

export const BTC = instrumentId('BTC-USD@coinbase')
export const ETH = instrumentId('ETH-USD@coinbase')

export interface BenchOptions {
  readonly seed?: string
  readonly algorithm?: 'ES256' | 'EdDSA'
  readonly settings?: Partial<CoinbaseEmulatorSettings>
  readonly config?: Partial<CoinbaseConfig>
  /** Decides over each text frame that comes down. */
  readonly mangle?: (stream: StreamName, text: string) => FrameFate
}

/** What REST operations are called by faults. */
const METHODS: Readonly<Record<CommandName, string>> = { submit: 'createOrder', amend: 'editOrder', cancel: 'cancelOrders' }

/** The adapter, its emulator and all that a test may do to them. */
export class CoinbaseBench implements VenueBench {
  readonly clock = new VirtualClock(START_MS)
  readonly ownClock = new OwnClock(this.clock)
  readonly emulator: CoinbaseEmulator
  readonly network: MemoryNetwork
  readonly heard = new Heard(this.clock)
  readonly instrumentId = BTC
  readonly otherId = ETH
  readonly unknownId = instrumentId('NOPE-USD@coinbase')
  readonly traits = {
    commandsOnStream: false,
    limitsBy: 'account',
    statusWithinMs: 6_000,
    fillsWithinMs: 5_000,
    cancelsWithinMs: 200,
  } as const
  readonly faults: VenueFaults
  readonly config: CoinbaseConfig
  readonly tokens: string[] = []
  venue: CoinbaseVenue
  session: Session
  transport: MangledTransport
  readonly #options: BenchOptions
  readonly #seed: string
  #line: MemoryTransport
  #rivals = 0

  constructor(options: BenchOptions = {}) {
    this.#options = options
    const seed = options.seed ?? 'bench'
    this.#seed = seed
    const key = sandboxKey(seed, options.algorithm ?? 'ES256')
    const rival = sandboxKey(`${seed} rival`, 'EdDSA')
    this.network = new MemoryNetwork({ clock: this.clock, random: new SeededRandom(`${seed}/network`), latencyMs: LATENCY_MS })
    this.emulator = createCoinbaseEmulator({
      clock: this.clock,
      random: new SeededRandom(`${seed}/faults`),
      seed,
      store: openMemoryStore(),
      log: QUIET_LOG,
      settings: {
        keys: [
          { ...key, accountId: 'main' },
          { ...rival, accountId: 'rival' },
        ],
        stepMs: 15_000,
        tradeEveryMs: 15_000,
        hasLimits: false,
        host: REST_HOST,
        asynchrony: AT_ONCE,
        ...options.settings,
      },
    })
    this.network.register(REST_HOST, this.emulator)
    this.network.register(MARKET_HOST, this.emulator.listener('market'))
    this.network.register(USER_HOST, this.emulator.listener('user'))
    this.config = {
      ...COINBASE_DEFAULTS,
      restUrl: `http://${REST_HOST}`,
      marketStreamUrl: `ws://${MARKET_HOST}`,
      userStreamUrl: `ws://${USER_HOST}`,
      ...options.config,
    }
    this.emulator.start()
    for (const [asset, amount] of [
      ['BTC', '5'],
      ['ETH', '50'],
      ['USD', '1000000'],
    ] as const) {
      for (const account of ['main', 'rival']) this.emulator.deposit(account, asset, decimal(amount))
    }
    this.#line = this.network.transport()
    this.transport = this.#newTransport()
    this.venue = this.#newVenue()
    this.session = new Session(this.clock, this.venue, this.heard)
    this.faults = this.#makeFaults()
  }

  /** Ends this life of our side as a crash does, and begins another. Nothing is connected then. */
  restart(): void {
    this.#line.fence()
    this.transport = this.#newTransport()
    this.venue = this.#newVenue()
    this.session = new Session(this.clock, this.venue, this.heard)
    this.venue.listen(this.heard)
  }

  fault(rule: FaultInput): string {
    return this.emulator.faults.add(rule)
  }

  account(): AccountRecord {
    const account = this.emulator.record().accounts.find((one) => one.accountId === 'main')
    if (account === undefined) throw new Error('the emulator knows no main account')
    return account
  }

  truth(): VenueTruth {
    const { openOrders, closedOrders, fills, balances } = this.account()
    return {
      open: openOrders.map(orderOfEngine),
      closed: closedOrders.map(orderOfEngine),
      fills: fills.map(fillOfEngine).reverse(),
      balances: balances
        .map(({ asset, total, held }) => ({ asset: assetCode(asset), total, reserved: held }))
        .sort((a, b) => (a.asset < b.asset ? -1 : 1)),
    }
  }

  touch(id: InstrumentId) {
    const { bids, asks } = this.emulator.book(productOf(id), 1)
    const [bid, ask] = [bids[0], asks[0]]
    if (bid === undefined || ask === undefined) throw new Error('an empty book')
    return { bid: bid.price, bidQuantity: bid.quantity, ask: ask.price, askQuantity: ask.quantity }
  }

  rival(id: InstrumentId, side: 'buy' | 'sell', quantity: Decimal, limitPrice: Decimal): void {
    const body = JSON.stringify({
      client_order_id: `rival-${++this.#rivals}`,
      product_id: productOf(id),
      side: side.toUpperCase(),
      order_configuration: { sor_limit_ioc: { base_size: quantity, limit_price: limitPrice } },
    })
    const token = tokenOf(sandboxKey(`${this.#seed} rival`, 'EdDSA'), this.clock.now(), `POST ${REST_HOST}${ORDERS}`)
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', host: REST_HOST }
    const answer = this.#now(this.emulator.handle({ method: 'POST', path: ORDERS, query: '', headers, body }))
    if (answer.kind !== 'answer' || !answer.body.includes('"success":true')) throw new Error(`the rival failed: ${JSON.stringify(answer)}`)
  }

  mute(id: InstrumentId, isMuted: boolean): void {
    this.emulator.setProduct(productOf(id), isMuted ? { status: 'offline' } : {})
  }

  deposit(asset: string, amount: Decimal): void {
    this.emulator.deposit('main', asset, amount)
  }

  stepOurClock(ms: number): void {
    this.ownClock.stepMs += ms
  }

  #newTransport(): MangledTransport {
    this.#line = this.network.transport()
    return new MangledTransport(this.#line, (url) => url.includes(USER_HOST), this.#options.mangle ?? (() => 'carry'))
  }

  #newVenue(): CoinbaseVenue {
    const key = sandboxKey(this.#seed, this.#options.algorithm ?? 'ES256')
    return createCoinbaseVenue({
      accountId: accountId('main@coinbase'),
      transport: this.transport,
      clock: this.ownClock,
      random: new SeededRandom(`${this.#seed}/tokens`),
      secrets: { credentials: () => ({ apiKey: new Secret(key.name), apiSecret: new Secret(key.privateKey) }) },
      log: QUIET_LOG,
      onToken: (token) => void this.tokens.push(token),
      config: this.config,
    })
  }

  #makeFaults(): VenueFaults {
    const on = (method: string, count: number) => ({ face: 'rest' as const, methods: [method], count })
    const once = (command: CommandName) => on(METHODS[command], 1)
    const channel = (name: string, count: number) => ({ face: 'ws' as const, methods: [name], count })
    return {
      loseReply: (command) => void this.fault({ kind: 'lostReply', ...once(command) }),
      loseReplyAndEvents: (command) => void this.fault({ kind: 'lostReply', withholdEvents: true, ...once(command) }),
      loseCommand: (command) => void this.fault({ kind: 'drop', ...once(command) }),
      delayCommand: (command, ms) => void this.fault({ kind: 'latency', stage: 'request', fixedMs: ms, ...once(command) }),
      busy: (command, when) => void this.fault({ kind: 'serverError', status: 503, when, ...once(command) }),
      rateLimited: (command) => void this.fault({ kind: 'tooManyRequests', ...once(command) }),
      // Events come over another socket than answers: an answer that is late lets them overtake.
      crossEvents: (command) => void this.fault({ kind: 'latency', stage: 'reply', fixedMs: 50, ...once(command) }),
      duplicateEvents: (count, delayMs) => void this.fault({ kind: 'duplicate', delayMs, ...channel('user', count) }),
      dropEvent: () => void this.fault({ kind: 'droppedFrame', ...channel('user', 1) }),
      silence: (stream) => this.transport.silence[stream](),
      cut: (stream) => this.transport.cut[stream](),
      setReachable: (isReachable) => {
        for (const host of [REST_HOST, MARKET_HOST, USER_HOST]) this.network.setUp(host, isReachable)
      },
      // No checksum: a careful client goes by the numbers of the frames.
      // One a minute: frames that are lost together are one gap, and one loss to notice.
      spoilBook: (count) => {
        for (let nth = 0; nth < count; nth++) {
          this.clock.setTimeout(() => void this.fault({ kind: 'droppedFrame', ...channel('level2', 1) }), nth * 60_000)
        }
      },
      dropBookFrames: (count) => void this.fault({ kind: 'droppedFrame', ...channel('level2', count) }),
      duplicateBookFrames: (count) => void this.fault({ kind: 'duplicate', ...channel('level2', count) }),
    }
  }

  /** The value of a promise that needs no time. */
  #now<T>(promise: Promise<T>): T {
    let value: { readonly it: T } | null = null
    void promise.then((it) => {
      value = { it }
    })
    this.clock.advance(0)
    const done = value as { readonly it: T } | null
    if (done === null) throw new Error('the emulator took time to answer')
    return done.it
  }
}

function productOf(id: InstrumentId): string {
  return id.slice(0, id.indexOf('@'))
}

/** Neither orders nor executions of the venue carry a number that others gave them. */
function orderOfEngine(order: EngineOrder): VenueOrder {
  const { userref: _, ...shown } = engineOrder(order, idOf)
  return shown
}

/** An execution goes by its entry, not by its trade. */
function fillOfEngine(fill: EngineFill): Fill {
  const { userref: _, ...shown } = engineFill(fill, COINBASE, idOf)
  return { ...shown, tradeId: tradeId(entryId(fill.fillId)) }
}

function idOf(symbol: string): InstrumentId {
  const [base = '', quote = ''] = symbol.split('-')
  return instrumentIdOf(assetCode(base), assetCode(quote), COINBASE)
}
