import { createHash, createPrivateKey, sign } from 'node:crypto'
import { type Decimal, decimal } from '#domain/decimal'
import type { LogPort } from '#ports/alerter'
import { type KeyPair, type KeyScope, sandboxKey } from '#sim/coinbase/credentials'
import { type CoinbaseEmulator, type CoinbaseEmulatorSettings, createCoinbaseEmulator } from '#sim/coinbase/emulator'
import type { FaultInput } from '#sim/coinbase/fault-rules'
import { coinbaseUniverse, type NamedTier } from '#sim/coinbase/universe'
import { openMemoryStore, type SimStore } from '#sim/engine/store'
import type { Universe } from '#sim/market/types'
import { SeededRandom } from '#sim/random'
import type { SimConnectionHandlers, SimResponse } from '#sim/server'
import { VirtualClock } from '#sim/virtual-clock'

export const SEED = 'coinbase-test'
export const START_MS = Date.UTC(2026, 0, 5, 12, 0, 0)
export const HOST = 'api.test'
export const PREFIX = '/api/v3/brokerage'

/** Discards everything; tests look at results, not at logs. */
export const silentLog: LogPort = { debug() {}, info() {}, warn() {}, error() {}, fatal() {} }

// biome-ignore lint/suspicious/noExplicitAny: tests read answers of many shapes
export type Answer = any

export const d = (text: string): Decimal => decimal(text)

/** The entry tier of the sheet's captured examples: 0.6 and 1.2 percent. */
export const TIERS: readonly NamedTier[] = [
  { name: 'Intro 1', volumeMin: d('0'), makerPercent: d('0.6'), takerPercent: d('1.2') },
  { name: 'Intro 2', volumeMin: d('500000'), makerPercent: d('0.35'), takerPercent: d('0.75') },
]

/**
 * A market whose agents bid for bitcoin at `start`, where the last trade was, and offer it 4 % above, so that tests put prices between
 * them; accounts with dollars, stable coins and bitcoin.
 */
export function wideUniverse(tiers: readonly NamedTier[] = TIERS, start = '62500'): Universe {
  const universe = coinbaseUniverse(tiers)
  return {
    ...universe,
    instruments: universe.instruments.map((one) =>
      one.instrument.base === 'BTC' ? { ...one, spreadBps: 400, startPrice: d(start) } : one,
    ),
    deposits: [
      { asset: 'USD', amount: d('100000') },
      { asset: 'USDC', amount: d('50000') },
      { asset: 'BTC', amount: d('10') },
    ],
  }
}

const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** What a token says; each part can be changed. */
export interface TokenParts {
  readonly header?: Readonly<Record<string, unknown>>
  readonly claims?: Readonly<Record<string, unknown>>
}

let nonces = 0

/** Signs a token as the sheet says (§1.2), with Node's own crypto and nothing of the emulator's. */
export function tokenOf(key: KeyPair, nowMs: number, uri: string | null, parts: TokenParts = {}): string {
  const nbf = Math.floor(nowMs / 1_000)
  const nonce = createHash('sha256').update(`${nonces++}`).digest('hex').slice(0, 32)
  const header = { alg: key.algorithm, typ: 'JWT', kid: key.name, nonce, ...parts.header }
  const claims = { sub: key.name, iss: 'cdp', nbf, exp: nbf + 120, ...(uri === null ? {} : { uri }), ...parts.claims }
  const input = `${base64(header)}.${base64(claims)}`
  const data = Buffer.from(input)
  if (key.algorithm === 'ES256') {
    return `${input}.${sign('sha256', data, { key: createPrivateKey(key.privateKey), dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
  }
  const seed = Buffer.from(key.privateKey, 'base64').subarray(0, 32)
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed])
  return `${input}.${sign(null, data, createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })).toString('base64url')}`
}

/** One answer, with its body as it came and read. */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  readonly json: Answer
}

type Parts = { store?: SimStore; clock?: VirtualClock }

/** An emulator in virtual time over a memory store; every client of it is a fake in this process. */
export class Bench {
  readonly clock: VirtualClock
  readonly store: SimStore
  readonly emulator: CoinbaseEmulator
  readonly main = sandboxKey(SEED, 'ES256')
  /** Opens an account of its own, to trade against. */
  readonly other = sandboxKey(`${SEED} other`, 'EdDSA')

  constructor(settings: Partial<CoinbaseEmulatorSettings> = {}, parts: Parts = {}) {
    this.clock = parts.clock ?? new VirtualClock(START_MS)
    this.store = parts.store ?? openMemoryStore()
    const scopes: readonly KeyScope[] = ['view', 'trade']
    this.emulator = createCoinbaseEmulator({
      clock: this.clock,
      random: new SeededRandom('faults'),
      seed: SEED,
      store: this.store,
      log: silentLog,
      settings: {
        universe: wideUniverse(settings.tiers),
        tiers: TIERS,
        keys: [
          { ...this.main, accountId: 'main', scopes },
          { ...this.other, accountId: 'other', scopes },
        ],
        host: HOST,
        hasLimits: false,
        // One agent step in 15 s: the market stands still while a test looks at its orders.
        stepMs: 15_000,
        tradeEveryMs: 15_000,
        asynchrony: { openAfterMs: 0, visibleAfterMs: 0, cancelAfterMs: 0, editAfterMs: 0, fillsAfterMs: 0, settledAfterMs: 0 },
        ...settings,
      },
    })
    this.emulator.start()
  }

  token(method: string, path: string, key: KeyPair = this.main, parts: TokenParts = {}): string {
    return tokenOf(key, this.clock.now(), `${method} ${HOST}${PREFIX}${path}`, parts)
  }

  /** Sends a request below the prefix; with a token unless `token` is null. */
  async send(
    method: 'GET' | 'POST',
    path: string,
    query: string,
    body: unknown,
    key: KeyPair = this.main,
    token: string | null = this.token(method, path, key),
  ): Promise<Reply> {
    const response = await this.settled(
      this.emulator.handle({
        method,
        path: `${PREFIX}${path}`,
        query,
        headers: token === null ? {} : { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body),
      }),
    )
    if (response.kind === 'drop') throw new Error('the connection was cut')
    const isJson = (response.headers['content-type'] ?? '').includes('json')
    return { status: response.status, headers: response.headers, text: response.body, json: isJson ? JSON.parse(response.body) : null }
  }

  /** The body of a GET that must succeed. */
  async get(path: string, query = '', key: KeyPair = this.main): Promise<Answer> {
    return ok(await this.send('GET', path, query, undefined, key))
  }

  async open(path: string, query = ''): Promise<Answer> {
    return ok(await this.send('GET', path, query, undefined, this.main, null))
  }

  async post(path: string, body: unknown, key: KeyPair = this.main): Promise<Answer> {
    return ok(await this.send('POST', path, '', body, key))
  }

  /** Answer of a create; the id is new unless named. */
  create(side: 'BUY' | 'SELL', configuration: unknown, extra: Record<string, unknown> = {}, key: KeyPair = this.main): Promise<Answer> {
    const body = { client_order_id: `c-${nonces++}`, product_id: 'BTC-USD', side, order_configuration: configuration, ...extra }
    return this.post('/orders', body, key)
  }

  /** Id of an order that must be accepted. */
  async placed(...args: Parameters<Bench['create']>): Promise<string> {
    const answer = await this.create(...args)
    if (answer.success !== true) throw new Error(JSON.stringify(answer))
    return answer.success_response.order_id
  }

  /** A limit order of the other account, to trade against. */
  quote(side: 'BUY' | 'SELL', price: string, size: string): Promise<string> {
    return this.placed(side, limit(size, price), {}, this.other)
  }

  async order(id: string, key: KeyPair = this.main): Promise<Answer> {
    return (await this.get(`/orders/historical/${id}`, '', key)).order
  }

  /** Wallets by currency, all pages. */
  async wallets(key: KeyPair = this.main): Promise<Record<string, { available: string; hold: string }>> {
    const { accounts } = await this.get('/accounts', 'limit=250', key)
    return Object.fromEntries(
      accounts.map((one: Answer) => [one.currency, { available: one.available_balance.value, hold: one.hold.value }]),
    )
  }

  fault(rule: FaultInput): string {
    return this.emulator.faults.add(rule)
  }

  /** Calls one of the emulator's own endpoints. */
  async control(method: 'GET' | 'POST', path: string, body: unknown = {}): Promise<{ status: number; body: Answer }> {
    const response = await this.emulator.handle({ method, path, query: '', headers: {}, body: JSON.stringify(body) })
    if (response.kind === 'drop') throw new Error('control endpoint dropped the line')
    return { status: response.status, body: JSON.parse(response.body) }
  }

  socket(host: 'market' | 'user'): FakeSocket {
    return new FakeSocket(this, host)
  }

  /** A user socket that is subscribed, its first frames forgotten. */
  userSocket(key: KeyPair = this.main): FakeSocket {
    const socket = this.socket('user')
    socket.subscribe('user', undefined, key)
    socket.texts.length = 0
    return socket
  }

  /** Waits for an answer that the clock may hold back (latency faults), at most a minute of virtual time. */
  async settled(pending: Promise<SimResponse>): Promise<SimResponse> {
    let isDone = false
    const watched = pending.finally(() => {
      isDone = true
    })
    for (let step = 0; step < 8 && !isDone; step++) await Promise.resolve()
    for (let step = 0; step < 600 && !isDone; step++) {
      this.clock.advance(100)
      for (let turn = 0; turn < 8 && !isDone; turn++) await Promise.resolve()
    }
    return watched
  }
}

export function limit(base_size: string, limit_price: string, post_only = false): unknown {
  return { limit_limit_gtc: { base_size, limit_price, post_only } }
}

export function market(size: { quote_size?: string; base_size?: string }): unknown {
  return { market_market_ioc: size }
}

function ok(reply: Reply): Answer {
  if (reply.status !== 200) throw new Error(`HTTP ${reply.status}: ${reply.text}`)
  return reply.json
}

/** The client's side of a socket, without a network: frames arrive in the list as they are sent. */
export class FakeSocket {
  readonly texts: string[] = []
  closed: { code: number; reason: string; abrupt: boolean } | null = null
  readonly #bench: Bench
  readonly #handlers: SimConnectionHandlers

  constructor(bench: Bench, host: 'market' | 'user') {
    this.#bench = bench
    const handlers = bench.emulator.listener(host).connect('/', {
      send: (text) => {
        this.texts.push(text)
      },
      close: (code, reason, abrupt = false) => {
        this.closed = { code, reason, abrupt }
      },
    })
    if (handlers === null) throw new Error(`no socket at ${host}`)
    this.#handlers = handlers
  }

  get frames(): Answer[] {
    return this.texts.map((text) => JSON.parse(text))
  }

  /** Says something and returns the frames that came at once. */
  say(message: unknown): Answer[] {
    const before = this.texts.length
    this.#handlers.onText(typeof message === 'string' ? message : JSON.stringify(message))
    return this.frames.slice(before)
  }

  subscribe(channel: string, product_ids?: readonly string[], key: KeyPair | null = this.#bench.main): Answer[] {
    const jwt = key === null ? undefined : tokenOf(key, this.#bench.clock.now(), null)
    return this.say({ type: 'subscribe', channel, product_ids, jwt })
  }

  unsubscribe(channel: string, product_ids?: readonly string[]): Answer[] {
    return this.say({ type: 'unsubscribe', channel, product_ids, jwt: tokenOf(this.#bench.main, this.#bench.clock.now(), null) })
  }

  /** Frames of a channel since the start. */
  of(channel: string): Answer[] {
    return this.frames.filter((frame) => frame.channel === channel)
  }

  /** Rows of the user channel's updates, in order. */
  get orders(): Answer[] {
    return this.of('user').flatMap((frame) => frame.events.flatMap((event: Answer) => (event.type === 'update' ? event.orders : [])))
  }

  hangUp(): void {
    this.#handlers.onClose()
  }
}
