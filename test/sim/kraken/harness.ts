import type { LogPort } from '#ports/alerter'
import { openMemoryStore, type SimStore } from '#sim/engine/store'
import { type EmulatorCredentials, sandboxCredentials } from '#sim/kraken/credentials'
import { createKrakenEmulator, type KrakenEmulator, type KrakenEmulatorSettings } from '#sim/kraken/emulator'
import type { FaultInput } from '#sim/kraken/fault-rules'
import { apiSign } from '#sim/kraken/signature'
import { SeededRandom } from '#sim/random'
import type { SimConnectionHandlers, SimResponse } from '#sim/server'
import { VirtualClock } from '#sim/virtual-clock'

export const SEED = 'kraken-test'
export const START_MS = Date.UTC(2026, 0, 5, 12, 0, 0)

/** Discards everything; tests look at results, not at logs. */
export const silentLog: LogPort = { debug() {}, info() {}, warn() {}, error() {}, fatal() {} }

// biome-ignore lint/suspicious/noExplicitAny: tests read answers of many shapes
export type Answer = any

/** An emulator in virtual time over a memory store; every client of it is a fake in this process. */
export class Bench {
  readonly clock: VirtualClock
  readonly store: SimStore
  readonly emulator: KrakenEmulator
  readonly key: EmulatorCredentials
  #nonce = 1_700_000_000_000_000_000n

  constructor(settings: Partial<KrakenEmulatorSettings> = {}, parts: { store?: SimStore; clock?: VirtualClock; nonce?: bigint } = {}) {
    this.clock = parts.clock ?? new VirtualClock(START_MS)
    this.store = parts.store ?? openMemoryStore()
    this.#nonce = parts.nonce ?? this.#nonce
    this.key = settings.credentials?.[0] ?? sandboxCredentials(SEED)
    this.emulator = createKrakenEmulator({
      clock: this.clock,
      random: new SeededRandom('faults'),
      seed: SEED,
      store: this.store,
      log: silentLog,
      // One agent step in 15 s: the market stands still while a test looks at its orders.
      settings: { hasLimits: false, stepMs: 15_000, tradeEveryMs: 15_000, ...settings },
    })
    this.emulator.start()
  }

  nextNonce(): bigint {
    return ++this.#nonce
  }

  /** Sends a private call with a form body, signed. */
  async send(method: string, fields: Record<string, string> = {}, key = this.key): Promise<SimResponse> {
    const body = new URLSearchParams({ nonce: this.nextNonce().toString(), ...fields }).toString()
    return this.raw(method, body, 'application/x-www-form-urlencoded; charset=utf-8', key)
  }

  /** Sends a private call with a JSON body, signed. */
  async sendJson(method: string, fields: Record<string, unknown>, key = this.key): Promise<SimResponse> {
    return this.raw(method, JSON.stringify({ nonce: this.nextNonce().toString(), ...fields }), 'application/json', key)
  }

  raw(method: string, body: string, contentType: string, key = this.key): Promise<SimResponse> {
    const path = `/0/private/${method}`
    const nonce = contentType.includes('json') ? String(JSON.parse(body).nonce) : (new URLSearchParams(body).get('nonce') ?? '')
    const headers = { 'api-key': key.apiKey, 'api-sign': apiSign(key.apiSecret, path, nonce, body), 'content-type': contentType }
    return this.settled(this.emulator.handle({ method: 'POST', path, query: '', headers, body }))
  }

  /** Answers of the API, parsed; fails the test on any other HTTP status. */
  async call(method: string, fields: Record<string, string> = {}): Promise<Answer> {
    return parsed(await this.send(method, fields))
  }

  async callJson(method: string, fields: Record<string, unknown>): Promise<Answer> {
    return parsed(await this.sendJson(method, fields))
  }

  /** The result of a call that must succeed. */
  async result(method: string, fields: Record<string, string> = {}): Promise<Answer> {
    return resultOf(await this.call(method, fields))
  }

  async get(method: string, fields: Record<string, string> = {}): Promise<Answer> {
    const query = new URLSearchParams(fields).toString()
    return parsed(await this.settled(this.emulator.handle({ method: 'GET', path: `/0/public/${method}`, query, headers: {}, body: '' })))
  }

  /** Calls one of the emulator's own endpoints. */
  async control(method: 'GET' | 'POST', path: string, body: unknown = undefined): Promise<{ status: number; body: Answer }> {
    const text = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body)
    const response = await this.emulator.handle({ method, path, query: '', headers: {}, body: text })
    if (response.kind === 'drop') throw new Error('control endpoint dropped the line')
    return { status: response.status, body: JSON.parse(response.body) }
  }

  fault(rule: FaultInput): string {
    return this.emulator.faults.add(rule)
  }

  /** Best prices of BTC/USD now. */
  async touch(): Promise<{ bid: number; ask: number }> {
    const ticker = (await this.get('Ticker', { pair: 'XBTUSD' })).result.XXBTZUSD
    return { bid: Number(ticker.b[0]), ask: Number(ticker.a[0]) }
  }

  /** A limit order far below the market, as form fields. */
  resting(extra: Record<string, string> = {}): Record<string, string> {
    return { pair: 'XBTUSD', type: 'buy', ordertype: 'limit', volume: '0.01', price: '30000.0', ...extra }
  }

  market(extra: Record<string, string> = {}): Record<string, string> {
    return { pair: 'XBTUSD', type: 'buy', ordertype: 'market', volume: '0.01', ...extra }
  }

  async place(fields: Record<string, string>): Promise<string> {
    return (await this.result('AddOrder', fields)).txid[0]
  }

  socket(path: '/v2' | '/auth/v2'): FakeSocket {
    return new FakeSocket(this, path)
  }

  /** A private socket with a live token. */
  async privateSocket(): Promise<FakeSocket> {
    const socket = this.socket('/auth/v2')
    socket.token = (await this.result('GetWebSocketsToken')).token
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

export function parsed(response: SimResponse): Answer {
  if (response.kind === 'drop') throw new Error('the connection was cut')
  if (response.status !== 200) throw new Error(`HTTP ${response.status}: ${response.body}`)
  return JSON.parse(response.body)
}

export function resultOf(answer: Answer): Answer {
  if (answer.error.length > 0) throw new Error(answer.error.join(', '))
  return answer.result
}

/** The client's side of a socket, without a network: frames arrive in the list as they are sent. */
export class FakeSocket {
  readonly texts: string[] = []
  closed: { code: number; reason: string; abrupt: boolean } | null = null
  token = ''
  readonly #bench: Bench
  readonly #handlers: SimConnectionHandlers

  constructor(bench: Bench, path: string) {
    this.#bench = bench
    const handlers = bench.emulator.connect(path, {
      send: (text) => {
        this.texts.push(text)
      },
      close: (code, reason, abrupt = false) => {
        this.closed = { code, reason, abrupt }
      },
    })
    if (handlers === null) throw new Error(`no socket at ${path}`)
    this.#handlers = handlers
    bench.clock.advance(0)
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

  subscribe(params: Record<string, unknown>): Answer[] {
    return this.say({ method: 'subscribe', params: this.token === '' ? params : { ...params, token: this.token }, req_id: 1 })
  }

  /** Calls a trading method and returns its answers. */
  trade(method: string, params: Record<string, unknown>): Answer[] {
    const frames = this.say({ method, params: { ...params, token: this.token }, req_id: 9 })
    return frames.filter((frame) => frame.method === method)
  }

  /** Frames of a channel since the start. */
  of(channel: string): Answer[] {
    return this.frames.filter((frame) => frame.channel === channel)
  }

  hangUp(): void {
    this.#handlers.onClose()
  }

  advance(ms: number): void {
    this.#bench.clock.advance(ms)
  }
}
