/** A scripted fake of Coinbase's three faces for tests of the adapter, in virtual time; it knows no market and says what a test tells it to say. */
import { decimal } from '#domain/decimal'
import { accountId, clientOrderId, instrumentId } from '#domain/ids'
import type { Approved, Proposal } from '#domain/order'
import { Secret } from '#domain/secret'
import type { HttpRequest, HttpResult, SocketHandlers, SocketPort, TransportPort } from '#ports/transport'
import { SeededRandom } from '#sim/random'
import { VirtualClock } from '#sim/virtual-clock'
import { COINBASE_DEFAULTS, type CoinbaseConfig } from '#venues/coinbase/config'
import { createCoinbaseVenue } from '#venues/coinbase/venue'
import { FakeSocket, hearing, QUIET_LOG, settle } from '../kraken/fake-kraken'

export const START_MS = Date.UTC(2026, 0, 1, 0, 0, 30)
export const BTC = instrumentId('BTC-USD@coinbase')
export const BTC_USDC = instrumentId('BTC-USDC@coinbase')
export const KEY_NAME = 'organizations/00000000-0000-4000-8000-000000000001/apiKeys/00000000-0000-4000-8000-000000000002'
/** Seed and public key of RFC 8032 §7.1, test 1. */
export const ED_SECRET = 'nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2DXWpgBgrEKt9VL/tPJZAc6DuFy89qmIyWvAhpo9wdRGg=='

export const product = (id: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  product_id: id,
  product_type: 'SPOT',
  status: 'online',
  base_currency_id: id.split('-')[0],
  quote_currency_id: id.split('-')[1],
  base_increment: '0.00000001',
  quote_increment: '0.01',
  price_increment: '0.01',
  base_min_size: '0.00000001',
  base_max_size: '3400',
  quote_min_size: '1',
  quote_max_size: '150000000',
  alias: '',
  some_new_key: { of: 'the venue' },
  ...more,
})

export type Reply = object | HttpResult
const isResult = (reply: Reply): reply is HttpResult => 'kind' in reply
export const http = (status: number, body: string): HttpResult => ({ kind: 'answer', status, headers: {}, body })

export class FakeCoinbase implements TransportPort {
  readonly calls: {
    readonly path: string
    readonly query: URLSearchParams
    readonly body: Record<string, unknown>
    readonly request: HttpRequest
  }[] = []
  readonly sockets: FakeSocket[] = []
  readonly rest = new Map<string, (query: URLSearchParams, body: Record<string, unknown>) => Reply>()
  readonly #numbers = new Map<FakeSocket, number>()
  readonly #subscribed = new Map<FakeSocket, Record<string, string[]>>()
  readonly clock: VirtualClock
  snapshot: readonly object[] = []

  constructor(clock: VirtualClock) {
    this.clock = clock
    const products = { products: [product('BTC-USD'), product('BTC-USDC', { alias: 'BTC-USD' })], pagination: null }
    this.rest.set('/time', () => ({ epochMillis: String(Math.floor(clock.timeLineMs)) }))
    this.rest.set('/products', () => products)
    this.rest.set('/transaction_summary', () => ({ fee_tier: { pricing_tier: 'Intro', taker_fee_rate: '0.009', maker_fee_rate: '0.005' } }))
    this.rest.set('/key_permissions', () => ({ can_view: true, can_trade: true, can_transfer: false }))
    this.rest.set('/orders/historical/batch', () => ({ orders: [], has_next: false, cursor: '' }))
    this.rest.set('/orders/historical/fills', () => ({ fills: [], cursor: '' }))
  }

  request(request: HttpRequest): Promise<HttpResult> {
    const url = new URL(request.url)
    const path = url.pathname.replace('/api/v3/brokerage', '')
    const body = request.body === null ? {} : JSON.parse(request.body)
    this.calls.push({ path, query: url.searchParams, body, request })
    return new Promise((resolve) => {
      this.clock.setTimeout(() => {
        const reply =
          this.rest.get(path)?.(url.searchParams, body) ??
          http(404, '{"error":"unknown","error_details":"Not Found","message":"Not Found"}')
        resolve(isResult(reply) ? reply : http(200, JSON.stringify(reply)))
      }, 5)
    })
  }

  openSocket(url: string, handlers: SocketHandlers): SocketPort {
    const socket = new FakeSocket(url, handlers, (self, text) => {
      this.clock.setTimeout(() => this.#onMessage(self, JSON.parse(text)), 5)
    })
    this.sockets.push(socket)
    this.clock.setTimeout(() => {
      if (socket.isClosed) return
      socket.isOpen = true
      handlers.onOpen()
      this.#beat(socket)
    }, 5)
    return socket
  }

  /** Says a numbered frame; `skip` numbers before it are lost. */
  say(socket: FakeSocket, channel: string, events: readonly object[], skip = 0): void {
    const sequence_num = (this.#numbers.get(socket) ?? 0) + skip
    this.#numbers.set(socket, sequence_num + 1)
    socket.say({ channel, client_id: '', timestamp: new Date(this.clock.timeLineMs).toISOString(), sequence_num, events })
  }

  get market(): FakeSocket {
    return this.#newest('wss://advanced-trade-ws.coinbase.com')
  }

  get user(): FakeSocket {
    return this.#newest('wss://advanced-trade-ws-user.coinbase.com')
  }

  callsOf(path: string) {
    return this.calls.filter((call) => call.path === path)
  }

  #newest(url: string): FakeSocket {
    const socket = this.sockets.filter((one) => one.url === url).at(-1)
    if (socket === undefined) throw new Error(`no socket to ${url}`)
    return socket
  }

  #beat(socket: FakeSocket): void {
    this.clock.setTimeout(() => {
      if (socket.isClosed) return
      this.say(socket, 'heartbeats', [{ current_time: 'x', heartbeat_counter: '1' }])
      this.#beat(socket)
    }, 1_000)
  }

  #onMessage(socket: FakeSocket, message: { type: string; channel: string; product_ids?: string[] }): void {
    if (socket.isClosed) return
    const held = this.#subscribed.get(socket) ?? {}
    this.#subscribed.set(socket, held)
    const { channel, product_ids: ids = [message.channel] } = message
    const others = (held[channel] ?? []).filter((id) => !ids.includes(id))
    held[channel] = message.type === 'subscribe' ? [...others, ...ids] : others
    this.say(socket, 'subscriptions', [{ subscriptions: held }])
    if (message.type !== 'subscribe') return
    if (channel === 'user') this.say(socket, 'user', [{ type: 'snapshot', orders: this.snapshot }])
    if (channel === 'level2')
      for (const id of ids)
        this.say(socket, 'l2_data', [
          bookEvent('snapshot', id, [
            ['bid', '61234.55', '0.2'],
            ['offer', '61234.56', '0.35'],
          ]),
        ])
  }
}

export function bookEvent(type: string, id: string, rows: readonly (readonly [string, string, string])[]): object {
  return {
    type,
    product_id: id,
    updates: rows.map(([side, price_level, new_quantity]) => ({ side, price_level, new_quantity, event_time: '1970-01-01T00:00:00Z' })),
  }
}

/** A connected venue over the fake. */
export function connected(config: Partial<CoinbaseConfig> = {}, script: (fake: FakeCoinbase) => void = () => {}) {
  const clock = new VirtualClock(START_MS)
  const fake = new FakeCoinbase(clock)
  script(fake)
  const { heard, listener } = hearing()
  const tokens: string[] = []
  const venue = createCoinbaseVenue({
    accountId: accountId('main@coinbase'),
    transport: fake,
    clock,
    random: new SeededRandom('fake'),
    secrets: { credentials: () => ({ apiKey: new Secret(KEY_NAME), apiSecret: new Secret(ED_SECRET) }) },
    log: QUIET_LOG,
    config: { ...COINBASE_DEFAULTS, ...config },
    onToken: (token) => tokens.push(token),
  })
  venue.listen(listener)
  venue.subscribe([BTC, BTC_USDC].map((id) => ({ instrumentId: id, channels: ['quote', 'book', 'trade'], timeframes: [] })))
  settle(clock, venue.connect(new AbortController().signal))
  return { clock, fake, heard, venue, tokens }
}

export const clientId = (seed: number) => clientOrderId(`abcdef${String(seed).padStart(26, '0')}`)

/** A proposal as the gate would have passed it. The brand is the gate's to give; a test of the wire may forge it. */
export function approved(changes: Partial<Proposal> = {}): Approved {
  const proposal = {
    clientOrderId: clientId(1),
    accountId: accountId('main@coinbase'),
    venueId: 'coinbase',
    instrumentId: BTC,
    side: 'buy',
    type: 'limit',
    quantity: decimal('0.01'),
    limitPrice: decimal('61020'),
    referencePrice: decimal('61020'),
    timeInForce: 'gtc',
    expiresAtMs: null,
    postOnly: false,
    ...changes,
  }
  return proposal as Approved
}

/** An order of the user channel. */
export const userOrder = (more: Record<string, unknown> = {}): object => ({
  order_id: 'o-1',
  client_order_id: clientId(1),
  product_id: 'BTC-USD',
  order_side: 'BUY',
  order_type: 'Limit',
  status: 'OPEN',
  cumulative_quantity: '0',
  leaves_quantity: '0.01',
  limit_price: '61020',
  cancel_reason: '',
  reject_Reason: '',
  unheard_of: 1,
  ...more,
})
