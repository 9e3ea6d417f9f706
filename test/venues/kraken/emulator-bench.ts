/** The Kraken adapter over the in-memory network and the emulator, in virtual time. */
import { createHash } from 'node:crypto'
import { type Decimal, decimal } from '#domain/decimal'
import { assetCode, type InstrumentId, instrumentId, instrumentIdOf, accountId, venueId } from '#domain/ids'
import type { Fill, VenueOrder } from '#domain/order'
import type { MarkPort } from '#ports/store'
import type { StreamName } from '#ports/venue'
import type { EngineFill, EngineOrder } from '#sim/engine/types'
import { openMemoryStore } from '#sim/engine/store'
import { type EmulatorCredentials, sandboxCredentials } from '#sim/kraken/credentials'
import type { KrakenEmulator, KrakenEmulatorSettings } from '#sim/kraken/emulator'
import type { FaultInput } from '#sim/kraken/fault-rules'
import type { AccountRecord } from '#sim/emulator/record'
import { apiSign } from '#sim/kraken/signature'
import type { MemoryTransport } from '#sim/network'
import { VirtualClock } from '#sim/virtual-clock'
import { createVirtualVenues, VIRTUAL_KRAKEN, type VirtualVenues } from '#sim/world'
import { KRAKEN_DEFAULTS, type KrakenConfig } from '#venues/kraken/config'
import { createKrakenVenue, type KrakenVenue } from '#venues/kraken/venue'
import { engineFill, engineOrder } from '../engine-truth'
import { OwnClock } from '../own-clock'
import { type CommandName, Heard, Session, START_MS, type VenueBench, type VenueFaults, type VenueTruth } from '../venue-bench'
import { type FrameFate, MangledTransport } from '../mangled-transport'

const QUIET_LOG = { debug() {}, info() {}, warn() {}, error() {}, fatal() {} }
const KRAKEN = venueId('kraken')
const STREAM_BASE = VIRTUAL_KRAKEN.replace(/^http/, 'ws')

export const BTC = instrumentId('BTC-USD@kraken')
export const ETH = instrumentId('ETH-USD@kraken')
const RIVAL: EmulatorCredentials = {
  apiKey: 'RIVALKEY',
  apiSecret: createHash('sha512').update('rival').digest('base64'),
  accountId: 'rival',
}

export interface BenchOptions {
  readonly seed?: string
  readonly settings?: Partial<KrakenEmulatorSettings>
  readonly config?: Partial<KrakenConfig>
  readonly marks?: MarkPort
  /** Decides over each text frame that comes down. */
  readonly mangle?: (stream: StreamName, text: string) => FrameFate
}

/** Nonce marks that stay when the adapter is made anew. */
export class MemoryMarks implements MarkPort {
  readonly #map = new Map<string, string>()

  get(key: string): string | null {
    return this.#map.get(key) ?? null
  }

  put(key: string, value: string): void {
    this.#map.set(key, value)
  }
}

const METHODS: Readonly<Record<CommandName, string>> = { submit: 'add_order', amend: 'amend_order', cancel: 'cancel_order' }

/** The adapter, its emulator and all that a test may do to them. */
export class KrakenBench implements VenueBench {
  readonly clock = new VirtualClock(START_MS)
  readonly ownClock = new OwnClock(this.clock)
  readonly emulator: KrakenEmulator
  readonly venues: VirtualVenues
  readonly marks: MarkPort
  readonly heard = new Heard(this.clock)
  readonly instrumentId = BTC
  readonly otherId = ETH
  readonly unknownId = instrumentId('NOPE-USD@kraken')
  readonly traits = { commandsOnStream: true, limitsBy: 'instrument', statusWithinMs: 2_000, fillsWithinMs: 0, cancelsWithinMs: 0 } as const
  readonly faults: VenueFaults
  readonly config: KrakenConfig
  venue: KrakenVenue
  session: Session
  transport: MangledTransport
  readonly #options: BenchOptions
  #rivalNonce = 1n
  #line: MemoryTransport

  constructor(options: BenchOptions = {}) {
    this.#options = options
    this.marks = options.marks ?? new MemoryMarks()
    const seed = options.seed ?? 'bench'
    this.venues = createVirtualVenues({
      clock: this.clock,
      seed,
      store: openMemoryStore(),
      log: QUIET_LOG,
      source: { kind: 'seeded' },
      settings: {
        credentials: [sandboxCredentials(seed), RIVAL],
        stepMs: 15_000,
        tradeEveryMs: 15_000,
        hasLimits: false,
        ...options.settings,
      },
    })
    this.emulator = this.venues.emulator
    this.config = {
      ...KRAKEN_DEFAULTS,
      restUrl: VIRTUAL_KRAKEN,
      publicStreamUrl: `${STREAM_BASE}/v2`,
      privateStreamUrl: `${STREAM_BASE}/auth/v2`,
      publicBurst: 15,
      ...options.config,
    }
    this.emulator.start()
    for (const [asset, amount] of [
      ['BTC', '5'],
      ['ETH', '50'],
    ] as const) {
      for (const account of ['main', 'rival']) this.emulator.deposit(account, asset, decimal(amount))
    }
    for (const account of ['main', 'rival']) this.emulator.deposit(account, 'USD', decimal('1000000'))
    this.#line = this.venues.network.transport()
    this.transport = this.#newTransport()
    this.venue = this.#newVenue()
    this.session = new Session(this.clock, this.venue, this.heard)
    this.faults = this.#makeFaults()
  }

  /** Ends this life of our side as a crash does, and begins another over the same marks. Nothing is connected then. */
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

  /** By a book subscription of its own: REST rounds quantities. */
  touch(id: InstrumentId) {
    let book: Depth | null = null
    const handlers = this.emulator.connect('/v2', {
      send: (text) => {
        const frame = JSON.parse(text, (_, value, context?: { source?: string }) => (typeof value === 'number' ? context?.source : value))
        if (frame.channel === 'book') book ??= frame.data[0]
      },
      close: () => {},
    })
    handlers?.onText(JSON.stringify({ method: 'subscribe', params: { channel: 'book', symbol: [streamName(id)], depth: 10 } }))
    handlers?.onClose()
    const { bids, asks } = (book as Depth | null) ?? { bids: [], asks: [] }
    const [bid, ask] = [bids[0], asks[0]]
    if (bid === undefined || ask === undefined) throw new Error('an empty book')
    return { bid: decimal(bid.price), bidQuantity: decimal(bid.qty), ask: decimal(ask.price), askQuantity: decimal(ask.qty) }
  }

  rival(id: InstrumentId, side: 'buy' | 'sell', quantity: Decimal, limitPrice: Decimal): void {
    const form = { pair: restName(id), type: side, ordertype: 'limit', volume: quantity, price: limitPrice, timeinforce: 'IOC' }
    const nonce = String(++this.#rivalNonce)
    const body = new URLSearchParams({ nonce, ...form }).toString()
    const path = '/0/private/AddOrder'
    const headers = {
      'api-key': RIVAL.apiKey,
      'api-sign': apiSign(RIVAL.apiSecret, path, nonce, body),
      'content-type': 'application/x-www-form-urlencoded',
    }
    const answer = this.#now(this.emulator.handle({ method: 'POST', path, query: '', headers, body }))
    if (answer.kind !== 'answer' || !answer.body.includes('txid')) throw new Error(`the rival failed: ${JSON.stringify(answer)}`)
  }

  mute(id: InstrumentId, isMuted: boolean): void {
    this.emulator.setPairStatus(streamName(id), isMuted ? 'offline' : 'online')
  }

  deposit(asset: string, amount: Decimal): void {
    this.emulator.deposit('main', asset, amount)
  }

  stepOurClock(ms: number): void {
    this.ownClock.stepMs += ms
  }

  #newTransport(): MangledTransport {
    this.#line = this.venues.network.transport()
    return new MangledTransport(this.#line, (url) => url.endsWith('/auth/v2'), this.#options.mangle ?? (() => 'carry'))
  }

  #newVenue(): KrakenVenue {
    return createKrakenVenue({
      accountId: accountId('main@kraken'),
      transport: this.transport,
      clock: this.ownClock,
      random: { next: () => 0.5, integer: () => 0 },
      marks: this.marks,
      secrets: this.venues.secrets,
      log: QUIET_LOG,
      onToken: () => undefined,
      config: this.config,
    })
  }

  #makeFaults(): VenueFaults {
    const on = (method: string, count: number) => ({ face: 'ws' as const, methods: [method], count })
    const once = (command: CommandName) => on(METHODS[command], 1)
    const book = (count: number) => on('book', count)
    const executions = (count: number) => on('executions', count)
    return {
      loseReply: (command) => void this.fault({ kind: 'lostReply', ...once(command) }),
      loseReplyAndEvents: (command) => void this.fault({ kind: 'lostReply', withholdEvents: true, ...once(command) }),
      loseCommand: (command) => void this.fault({ kind: 'drop', ...once(command) }),
      delayCommand: (command, ms) => void this.fault({ kind: 'latency', stage: 'request', fixedMs: ms, ...once(command) }),
      busy: (command, when) => void this.fault({ kind: 'apiError', text: 'EService:Busy', when, ...once(command) }),
      rateLimited: (command) => void this.fault({ kind: 'apiError', text: 'EOrder:Rate limit exceeded', ...once(command) }),
      crossEvents: (command) => void this.fault({ kind: 'crossing', ...once(command) }),
      duplicateEvents: (count, delayMs) => void this.fault({ kind: 'duplicate', delayMs, ...executions(count) }),
      dropEvent: () => void this.fault({ kind: 'droppedFrame', ...executions(1) }),
      silence: (stream) => this.transport.silence[stream](),
      cut: (stream) => this.transport.cut[stream](),
      setReachable: (isReachable) => this.venues.network.setUp(new URL(VIRTUAL_KRAKEN).host, isReachable),
      spoilBook: (count) => void this.fault({ kind: 'badChecksum', ...book(count) }),
      dropBookFrames: (count) => void this.fault({ kind: 'droppedFrame', ...book(count) }),
      duplicateBookFrames: (count) => void this.fault({ kind: 'duplicate', ...book(count) }),
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

interface Level {
  readonly price: string
  readonly qty: string
}

interface Depth {
  readonly asks: readonly Level[]
  readonly bids: readonly Level[]
}

function streamName(id: InstrumentId): string {
  return id.slice(0, id.indexOf('@')).replace('-', '/')
}

function restName(id: InstrumentId): string {
  return streamName(id).replace('BTC', 'XBT').replace('/', '')
}

function idOf(symbol: string): InstrumentId {
  const [base = '', quote = ''] = symbol.split('/')
  return instrumentIdOf(assetCode(base), assetCode(quote), KRAKEN)
}

/** An order of the engine in the words of the port; the reason is the venue's text and left out. */
export function orderOfEngine(order: EngineOrder): VenueOrder {
  return engineOrder(order, idOf)
}

export function fillOfEngine(fill: EngineFill): Fill {
  return engineFill(fill, KRAKEN, idOf)
}
