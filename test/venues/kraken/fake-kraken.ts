/** A scripted fake of Kraken's two faces for tests of the adapter; it knows no market, it says what a test tells it to say. */
import type { Decimal } from '#domain/decimal'
import { decimal } from '#domain/decimal'
import { accountId, type ClientOrderId, clientOrderId, instrumentId, venueOrderId } from '#domain/ids'
import type { Approved, Proposal } from '#domain/order'
import { Secret } from '#domain/secret'
import type { HttpRequest, HttpResult, SocketHandlers, SocketPort, TransportPort } from '#ports/transport'
import type { VenueListener } from '#ports/venue'
import { VirtualClock } from '#sim/virtual-clock'
import { KRAKEN_DEFAULTS, type KrakenConfig } from '#venues/kraken/config'
import { createKrakenVenue, type KrakenVenue } from '#venues/kraken/venue'
import { ASSETS, PAIRS } from './fixtures/reference'

export const START_MS = Date.UTC(2026, 5, 1, 12, 0, 30)
export const BTC = instrumentId('BTC-USD@kraken')
export const MATIC = instrumentId('MATIC-USD@kraken')
export const API_KEY = 'test-key-ABCDEFGH'
export const API_SECRET = 'kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg=='

export type RestReply = { readonly result: unknown } | { readonly error: string } | HttpResult

export interface RestCall {
  readonly method: string
  readonly isPrivate: boolean
  readonly parameters: URLSearchParams
  readonly request: HttpRequest
  readonly atMs: number
}

export class FakeSocket implements SocketPort {
  readonly sent: string[] = []
  isOpen = false
  isClosed = false

  readonly url: string
  readonly handlers: SocketHandlers
  readonly onSend: (socket: FakeSocket, text: string) => void

  constructor(url: string, handlers: SocketHandlers, onSend: (socket: FakeSocket, text: string) => void) {
    this.url = url
    this.handlers = handlers
    this.onSend = onSend
  }

  send(text: string): boolean {
    if (!this.isOpen || this.isClosed) return false
    this.sent.push(text)
    this.onSend(this, text)
    return true
  }

  close(): void {
    if (this.isClosed) return
    this.isClosed = true
    this.handlers.onClose(1000, '')
  }

  /** The server says something. */
  say(message: unknown): void {
    if (!this.isClosed) this.handlers.onText(typeof message === 'string' ? message : JSON.stringify(message))
  }

  /** The line breaks. */
  cut(code = 1006, reason = 'gone'): void {
    if (this.isClosed) return
    this.isClosed = true
    this.handlers.onClose(code, reason)
  }

  /** Frames sent with this method, parsed. */
  requests(method: string): readonly { readonly params: Record<string, unknown>; readonly req_id: number }[] {
    return this.sent.map((text) => JSON.parse(text)).filter((frame) => frame.method === method)
  }
}

export class FakeKraken implements TransportPort {
  readonly calls: RestCall[] = []
  readonly sockets: FakeSocket[] = []
  readonly rest = new Map<string, (call: RestCall) => RestReply>()
  /** Symbols that subscriptions are refused for, with the text. */
  readonly refusals = new Map<string, string>()
  /** Answers subscriptions, pings and nothing else; a test may take a part over by returning true. */
  intercept: (socket: FakeSocket, frame: Record<string, unknown>) => boolean = () => false
  /** Refuses new sockets while true. */
  isDown = false
  latencyMs = 5
  heartbeatMs = 1_000

  readonly clock: VirtualClock

  constructor(clock: VirtualClock) {
    this.clock = clock
    this.rest.set('Assets', () => ({ result: ASSETS }))
    this.rest.set('AssetPairs', () => ({ result: PAIRS }))
    this.rest.set('TradeVolume', () => ({ result: { currency: 'ZUSD', volume: '0.0000', fees: {}, fees_maker: {} } }))
    this.rest.set('GetWebSocketsToken', () => ({ result: { token: 'token/1+a', expires: 900 } }))
  }

  request(request: HttpRequest): Promise<HttpResult> {
    const url = new URL(request.url)
    const method = url.pathname.split('/').at(-1) ?? ''
    const isPrivate = url.pathname.startsWith('/0/private/')
    const parameters = isPrivate ? new URLSearchParams(request.body ?? '') : url.searchParams
    const call: RestCall = { method, isPrivate, parameters, request, atMs: this.clock.now() }
    this.calls.push(call)
    return new Promise((resolve) => {
      this.clock.setTimeout(() => resolve(this.#answer(call)), this.latencyMs)
    })
  }

  #answer(call: RestCall): HttpResult {
    const reply: RestReply = this.rest.get(call.method)?.(call) ?? { error: 'EGeneral:Unknown method' }
    if ('kind' in reply) return reply
    const envelope = 'error' in reply ? { error: [reply.error] } : { error: [], result: reply.result }
    return { kind: 'answer', status: 200, headers: {}, body: JSON.stringify(envelope) }
  }

  openSocket(url: string, handlers: SocketHandlers): SocketPort {
    const socket = new FakeSocket(url, handlers, (self, text) => {
      this.clock.setTimeout(() => this.#onFrame(self, JSON.parse(text)), this.latencyMs)
    })
    this.sockets.push(socket)
    this.clock.setTimeout(() => {
      if (socket.isClosed) return
      if (this.isDown) {
        socket.cut(1006, 'refused')
        return
      }
      socket.isOpen = true
      handlers.onOpen()
      socket.say({ channel: 'status', type: 'update', data: [{ api_version: 'v2', system: 'online', version: '2.0.0' }] })
      this.#beat(socket)
    }, this.latencyMs)
    return socket
  }

  get publicSocket(): FakeSocket {
    return this.#newest('wss://ws.kraken.com/v2')
  }

  get privateSocket(): FakeSocket {
    return this.#newest('wss://ws-auth.kraken.com/v2')
  }

  callsOf(method: string): readonly RestCall[] {
    return this.calls.filter((call) => call.method === method)
  }

  stamp(offsetMs = 0): string {
    return new Date(this.clock.timeLineMs + offsetMs).toISOString()
  }

  #newest(url: string): FakeSocket {
    const socket = this.sockets.filter((one) => one.url === url).at(-1)
    if (socket === undefined) throw new Error(`no socket to ${url}`)
    return socket
  }

  #beat(socket: FakeSocket): void {
    if (this.heartbeatMs === 0) return
    this.clock.setTimeout(() => {
      if (socket.isClosed) return
      if (this.heartbeatMs > 0) socket.say('{"channel":"heartbeat"}')
      this.#beat(socket)
    }, this.heartbeatMs)
  }

  #onFrame(socket: FakeSocket, frame: Record<string, unknown>): void {
    if (socket.isClosed || this.intercept(socket, frame)) return
    const params = (frame['params'] ?? {}) as Record<string, unknown>
    const base = { method: frame['method'], req_id: frame['req_id'], time_in: this.stamp(), time_out: this.stamp() }
    if (frame['method'] === 'ping') socket.say({ ...base, method: 'pong' })
    if (frame['method'] !== 'subscribe' && frame['method'] !== 'unsubscribe') return
    const symbols = (params['symbol'] as string[] | undefined) ?? [null]
    for (const symbol of symbols) {
      const refusal = symbol === null ? undefined : this.refusals.get(symbol)
      if (refusal !== undefined) socket.say({ ...base, success: false, error: refusal, symbol })
      else {
        const { token: _, symbol: __, ...rest } = params
        socket.say({ ...base, success: true, result: { ...rest, ...(symbol === null ? {} : { symbol }) } })
      }
    }
    const { channel } = params
    if (frame['method'] === 'subscribe' && (channel === 'executions' || channel === 'balances')) {
      socket.say({ channel, type: 'snapshot', data: [], sequence: 1 })
    }
  }
}

type Heard = { readonly [K in keyof VenueListener]: Parameters<VenueListener[K]>[] }

/** Writes down whatever the venue pushes. */
export function hearing(): { readonly heard: Heard; readonly listener: VenueListener } {
  const heard: Heard = {
    onQuote: [],
    onTrade: [],
    onBar: [],
    onBook: [],
    onInstrument: [],
    onOrderReport: [],
    onFill: [],
    onBalanceChange: [],
    onStream: [],
    onAlive: [],
    onFault: [],
  }
  const note =
    <K extends keyof VenueListener>(name: K) =>
    (...args: Parameters<VenueListener[K]>): void => {
      heard[name].push(args)
    }
  const listener: VenueListener = {
    onQuote: note('onQuote'),
    onTrade: note('onTrade'),
    onBar: note('onBar'),
    onBook: note('onBook'),
    onInstrument: note('onInstrument'),
    onOrderReport: note('onOrderReport'),
    onFill: note('onFill'),
    onBalanceChange: note('onBalanceChange'),
    onStream: note('onStream'),
    onAlive: note('onAlive'),
    onFault: note('onFault'),
  }
  return { heard, listener }
}

export class FakeMarks {
  readonly map = new Map<string, string>()
  puts = 0
  get(key: string): string | null {
    return this.map.get(key) ?? null
  }
  put(key: string, value: string): void {
    this.puts++
    this.map.set(key, value)
  }
}

export const QUIET_LOG = { debug() {}, info() {}, warn() {}, error() {}, fatal() {} }
export const FIXED_RANDOM = { next: () => 0.5, integer: () => 0 }
export const SECRETS = { credentials: () => ({ apiKey: new Secret(API_KEY), apiSecret: new Secret(API_SECRET) }) }

export interface Rig {
  readonly clock: VirtualClock
  readonly fake: FakeKraken
  readonly venue: KrakenVenue
  readonly heard: Heard
  readonly marks: FakeMarks
}

/** Builds a venue over a fake Kraken in virtual time; nothing is connected yet. */
export function rig(config: Partial<KrakenConfig> = {}, marks = new FakeMarks(), clock = new VirtualClock(START_MS)): Rig {
  const fake = new FakeKraken(clock)
  const { heard, listener } = hearing()
  const venue = createKrakenVenue({
    accountId: accountId('main@kraken'),
    transport: fake,
    clock,
    random: FIXED_RANDOM,
    marks,
    secrets: SECRETS,
    log: QUIET_LOG,
    onToken: () => undefined,
    config: { ...KRAKEN_DEFAULTS, publicBurst: 100, ...config },
  })
  venue.listen(listener)
  return { clock, fake, venue, heard, marks }
}

/** Runs virtual time until the promise settles, and gives its value back or throws its error. */
export function settle<T>(clock: VirtualClock, promise: Promise<T>, limitMs = 120_000): T {
  let outcome: { readonly value: T } | { readonly error: unknown } | null = null
  promise.then(
    (value) => {
      outcome = { value }
    },
    (error) => {
      outcome = { error }
    },
  )
  clock.advance(0)
  for (let at = 0; outcome === null && at < limitMs; at += 5) clock.advance(5)
  const done = outcome as { readonly value: T } | { readonly error: unknown } | null
  if (done === null) throw new Error(`not settled within ${limitMs} ms of virtual time`)
  if ('error' in done) throw done.error
  return done.value
}

/** Runs virtual time until the promise rejects, and gives its error back. */
export function failureOf<T>(clock: VirtualClock, promise: Promise<T>, limitMs = 120_000): Error {
  try {
    settle(clock, promise, limitMs)
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('did not fail')
}

/** A connected rig. */
export function connected(config: Partial<KrakenConfig> = {}): Rig {
  const made = rig(config)
  settle(made.clock, made.venue.connect(new AbortController().signal))
  return made
}

export function clientId(seed: number): ClientOrderId {
  return clientOrderId(`abcdef${String(seed).padStart(26, '0')}`)
}

/** A proposal as the gate would have passed it. The brand is the gate's to give; a test of the wire may forge it. */
export function approved(changes: Partial<Proposal> = {}): Approved {
  const proposal = {
    clientOrderId: clientId(1),
    accountId: accountId('main@kraken'),
    venueId: 'kraken',
    instrumentId: BTC,
    botId: 'bot-1',
    strategyId: 'trend',
    intentId: 'bar 1',
    side: 'buy',
    type: 'limit',
    quantity: decimal('0.01'),
    limitPrice: decimal('30000.1') as Decimal | null,
    referencePrice: decimal('30000.1'),
    timeInForce: 'gtc',
    expiresAtMs: null,
    postOnly: false,
    reduceOnly: false,
    effect: 'open',
    arrivalMid: decimal('30000'),
    proposedAtMs: START_MS,
    ...changes,
  }
  return proposal as Approved
}

export const orderRef = (seed = 1, venueId: string | null = null) => ({
  clientOrderId: clientId(seed),
  venueOrderId: venueId === null ? null : venueOrderId(venueId),
  instrumentId: BTC,
})
