import { AppError, messageOf } from '#domain/errors'
import type { VenueId } from '#domain/ids'
import type { LogPort } from '#ports/alerter'
import type { VenueListener } from '#ports/venue'
import type { KnownOrders } from '#venues/shared/known-orders'
import { StreamSocket } from '#venues/shared/stream-socket'
import { parseTime, type VenueClock } from '#venues/shared/venue-clock'
import { type KrakenSocketDeps, krakenPings } from './config'
import { classify, errorOf } from './errors'
import { type ExecutionNews, readExecution } from './executions'
import type { EngineLimits } from './limits'
import { balanceChangeOf } from './map'
import { parseRaw } from './numbers'
import type { Reference } from './reference'
import * as schema from './schema-stream'
import { type SequencedChannel, SequenceWatch } from './sequence'
import type { CommandChannel, Trading } from './trading'

/** What the private stream needs and whom it tells. */
export interface PrivateStreamDeps extends KrakenSocketDeps {
  readonly venueId: VenueId
  readonly venueClock: VenueClock
  readonly reference: Reference
  readonly known: KnownOrders
  readonly engine: EngineLimits
  readonly log: LogPort
  readonly listener: () => VenueListener
  readonly trading: () => Trading
  /** Fetches a session token. */
  readonly fetchToken: () => Promise<string>
}

const CHANNELS: readonly SequencedChannel[] = ['executions', 'balances']
/** Subscriptions that the venue may refuse for their token before the connection is given up. */
const SESSION_RETRIES_MAX = 2

/** The private stream: reports of our orders and balances, and the way of commands. One connection at a time. */
export class PrivateStream implements CommandChannel {
  readonly #deps: PrivateStreamDeps
  readonly #sequences = new SequenceWatch()
  readonly #acknowledged = new Set<SequencedChannel>()
  readonly #requests = new Map<number, SequencedChannel>()
  #socket: StreamSocket | null = null
  #token: string | null = null
  #isRenewing = false
  #sessionRetries = 0
  #state: 'up' | 'silent' | 'down' = 'down'
  #malformed = 0
  #rateLimitHits = 0
  #settleConnect: ((error: Error | null) => void) | null = null
  #connectTimer: unknown = null
  #epoch = 0

  constructor(deps: PrivateStreamDeps) {
    this.#deps = deps
  }

  get state(): 'up' | 'silent' | 'down' {
    return this.#state
  }

  get token(): string | null {
    return this.#token
  }

  get counts(): { readonly malformed: number; readonly rateLimitHits: number } {
    return { malformed: this.#malformed, rateLimitHits: this.#rateLimitHits }
  }

  get isMute(): boolean {
    return this.#socket?.isMute ?? false
  }

  nextRequestId(): number {
    return this.#socket?.nextRequestId() ?? 0
  }

  send(text: string): boolean {
    return this.#socket?.send(text) ?? false
  }

  /**
   * Fetches a token, opens the stream and subscribes; resolves when both channels are acknowledged and the open orders are told.
   * @throws {AppError} `VENUE_AUTH`, `VENUE_UNAVAILABLE`, `VENUE_TIMEOUT`, `VENUE_PROTOCOL`.
   */
  async connect(): Promise<void> {
    const { config, fetchToken } = this.#deps
    const epoch = this.#epoch
    const token = await fetchToken()
    // Called off while the token came: what would be opened now, nobody would close.
    if (epoch !== this.#epoch) throw new AppError('Connecting to Kraken was called off', { code: 'VENUE_UNAVAILABLE', severity: 'LOW' })
    this.#token = token
    this.#sessionRetries = 0
    const handlers = {
      onOpen: () => this.#subscribe(CHANNELS),
      onText: (text: string) => this.#onText(text),
      onSilent: (reason: string) => this.#setState('silent', reason),
      onDown: (reason: string) => this.#onDown(socket, reason),
    }
    const socket: StreamSocket = new StreamSocket(this.#deps, handlers, krakenPings(config))
    this.#socket = socket
    return new Promise<void>((resolve, reject) => {
      this.#settleConnect = (error) => (error === null ? resolve() : reject(error))
      this.#expectUpWithin(config.connectTimeoutMs)
      socket.open(config.privateStreamUrl)
    })
  }

  disconnect(reason: string): void {
    this.#epoch++
    this.#token = null
    this.#socket?.drop(reason)
  }

  /** The venue does not know our token any more: a new one is fetched, and everything subscribed anew with it. */
  onInvalidSession(): void {
    const socket = this.#socket
    if (this.#isRenewing || socket === null) return
    if (++this.#sessionRetries > SESSION_RETRIES_MAX) {
      this.#failConnect(errorOf('subscribe', classify('ESession:Invalid session')))
      return
    }
    this.#isRenewing = true
    void this.#renew(socket)
  }

  async #renew(socket: StreamSocket): Promise<void> {
    try {
      const token = await this.#deps.fetchToken()
      if (this.#socket !== socket) return
      this.#token = token
      this.#subscribe(CHANNELS)
      this.#expectUpWithin(this.#deps.config.subscribeTimeoutMs)
    } catch (error) {
      if (this.#socket === socket) this.#failConnect(error instanceof Error ? error : new Error(messageOf(error)))
    } finally {
      this.#isRenewing = false
    }
  }

  /** Ends a connection that came to nothing, with its reason. */
  #failConnect(error: Error): void {
    const settle = this.#settleConnect
    this.#settleConnect = null
    this.#socket?.drop(error.message)
    settle?.(error)
  }

  #subscribe(channels: readonly SequencedChannel[]): void {
    for (const channel of channels) {
      this.#sequences.expectSnapshot(channel)
      this.#acknowledged.delete(channel)
      const id = this.nextRequestId()
      this.#requests.set(id, channel)
      const options = channel === 'executions' ? { snap_orders: true, snap_trades: true } : { snapshot: true }
      this.send(JSON.stringify({ method: 'subscribe', params: { channel, token: this.#token, ...options }, req_id: id }))
    }
  }

  #resubscribe(channel: SequencedChannel): void {
    this.send(JSON.stringify({ method: 'unsubscribe', params: { channel, token: this.#token }, req_id: this.nextRequestId() }))
    this.#subscribe([channel])
    this.#expectUpWithin(this.#deps.config.subscribeTimeoutMs)
  }

  /** A connection whose subscriptions stay unanswered, or without their snapshots, would miss events unseen: it is given up. */
  #expectUpWithin(ms: number): void {
    if (this.#connectTimer !== null) return
    const unanswered = (): AppError =>
      new AppError('Kraken left the private subscriptions unanswered', { code: 'VENUE_TIMEOUT', disposition: 'retry' })
    this.#connectTimer = this.#deps.clock.setTimeout(() => this.#failConnect(unanswered()), ms)
  }

  #onDown(socket: StreamSocket, reason: string): void {
    if (this.#socket !== socket) return
    this.#socket = null
    this.#token = null
    this.#acknowledged.clear()
    this.#requests.clear()
    this.#clearConnectTimer()
    this.#deps.trading().onDown(reason)
    this.#setState('down', reason)
    this.#settleConnect?.(new AppError(`Kraken's private stream is gone: ${reason}`, { code: 'VENUE_UNAVAILABLE', disposition: 'retry' }))
    this.#settleConnect = null
  }

  #setState(state: 'up' | 'silent' | 'down', reason: string): void {
    if (this.#state === state) return
    this.#state = state
    this.#deps.listener().onStream({ stream: 'private', state, reason })
  }

  #clearConnectTimer(): void {
    if (this.#connectTimer !== null) this.#deps.clock.clearTimeout(this.#connectTimer)
    this.#connectTimer = null
  }

  #onText(text: string): void {
    if (!text.startsWith('{')) {
      this.#deps.log.debug('plain text on the private stream', { text: text.slice(0, 80) })
      return
    }
    let act: () => void
    try {
      act = this.#read(text)
    } catch (error) {
      this.#malformed++
      this.#fault('MESSAGE_MALFORMED', `private stream: ${messageOf(error)}`)
      return
    }
    act()
    this.#deps.listener().onAlive('private')
  }

  /** Reads a frame whole; what it returns hands the result out. */
  #read(text: string): () => void {
    const raw = parseRaw(text)
    if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) throw new AppError('no object', { code: 'VENUE_PROTOCOL' })
    const { channel, Error: complaint } = raw as { readonly [key: string]: unknown }
    switch (channel) {
      case 'heartbeat':
        return () => {}
      case 'status': {
        const frame = schema.readFrame(schema.statusFrame, raw, 'status')
        return () => this.#deps.log.debug('private stream status', { system: frame.data.at(-1)?.system })
      }
      case 'executions': {
        const frame = schema.readFrame(schema.executionFrame, raw, 'executions')
        return () => this.#onExecutions(frame)
      }
      case 'balances': {
        const frame = schema.readFrame(schema.balanceFrame, raw, 'balances')
        const entries = frame.type === 'snapshot' ? [] : frame.data.map((row) => schema.readFrame(schema.ledgerEntry, row, 'balances'))
        return () => this.#onBalances(frame.type, frame.sequence, entries)
      }
      case undefined:
        if (complaint !== undefined) {
          this.#rateLimitHits++
          throw new AppError(`the stream complains: ${String(complaint).slice(0, 80)}`, { code: 'VENUE_PROTOCOL', severity: 'LOW' })
        }
        return this.#readReply(raw)
      default:
        throw new AppError(`unknown channel ${String(channel).slice(0, 40)}`, { code: 'VENUE_PROTOCOL', severity: 'LOW' })
    }
  }

  #readReply(raw: ReturnType<typeof parseRaw>): () => void {
    const reply = schema.readFrame(schema.reply, raw, 'reply')
    return () => {
      if (typeof reply.time_out === 'string') this.#deps.venueClock.observe(parseTime(reply.time_out))
      if (reply.method === 'pong') this.#socket?.onPong()
      else if (reply.method === 'subscribe') this.#onSubscribed(reply)
      else if (reply.method !== 'unsubscribe') this.#deps.trading().onReply(reply)
    }
  }

  #onSubscribed(reply: schema.Reply): void {
    const channel = typeof reply.req_id === 'number' ? this.#requests.get(reply.req_id) : undefined
    if (channel === undefined || typeof reply.req_id !== 'number') return
    this.#requests.delete(reply.req_id)
    const fault = reply.success === true ? null : classify(reply.error ?? 'refused without a reason')
    if (fault !== null && fault.code !== 'alreadySubscribed') {
      if (fault.code === 'invalidSession') this.onInvalidSession()
      else this.#failConnect(errorOf(`subscribe ${channel}`, fault))
      return
    }
    const result = schema.subscriptionResult.safeParse(reply.result)
    const threshold = result.success ? result.data.maxratecount : null
    if (typeof threshold === 'number' && threshold > 0) this.#deps.engine.setThreshold(threshold)
    this.#acknowledged.add(channel)
    this.#checkUp()
  }

  /** Up means acknowledged, with the open orders told: before that, an absent order proves nothing. */
  #checkUp(): void {
    if (!CHANNELS.every((channel) => this.#acknowledged.has(channel) && !this.#sequences.isWaiting(channel))) return
    this.#sessionRetries = 0
    this.#clearConnectTimer()
    this.#setState('up', 'subscribed')
    this.#settleConnect?.(null)
    this.#settleConnect = null
  }

  /** Checks the running number of a channel; a hole or a repeat has the channel fetched anew (MKT-08). */
  #isInSequence(channel: SequencedChannel, isSnapshot: boolean, sequence: number): boolean {
    const verdict = this.#sequences.check(channel, isSnapshot, sequence)
    if (verdict === 'gap' || verdict === 'repeat') {
      this.#fault('SEQUENCE_GAP', `${channel} brought number ${sequence} out of turn (${verdict}); it is fetched anew`)
      this.#resubscribe(channel)
    }
    return verdict !== 'repeat'
  }

  #onExecutions(frame: ReturnType<typeof schema.executionFrame.parse>): void {
    const isSnapshot = frame.type === 'snapshot'
    // What a frame after a gap says is true all the same; only what was said before is nothing new.
    if (!this.#isInSequence('executions', isSnapshot, frame.sequence)) return
    const { known, reference, venueId } = this.#deps
    const listed = new Set<string>()
    for (const item of frame.data) {
      if (item.exec_id === null || item.exec_id === undefined) listed.add(item.order_id)
      this.#onNews(readExecution(item, isSnapshot, known, reference.symbols, venueId), item)
    }
    if (isSnapshot) this.#endUnlisted(listed)
    this.#checkUp()
  }

  #onNews(news: ExecutionNews, item: schema.Execution): void {
    const { order, report, fill, fault } = news
    const { engine, venueClock } = this.#deps
    const orderKey = order.clientOrderId ?? order.venueOrderId
    if (order.hasEnded) engine.onEnded(orderKey)
    else if (order.instrumentId !== null && report?.kind === 'accepted') {
      engine.onOpen(order.instrumentId, orderKey, venueClock.now() - item.timestamp)
    }
    if (fill !== null) this.#deps.listener().onFill(fill)
    if (report !== null) this.#deps.listener().onOrderReport(report)
    this.#deps.trading().onExecution(order, item.exec_type)
    if (fault !== null) this.#fault('EXECUTION_INCOMPLETE', fault)
  }

  /** An order that the snapshot of open orders lacks has ended meanwhile; how, the desk asks over REST. */
  #endUnlisted(listed: ReadonlySet<string>): void {
    const { known, engine, config } = this.#deps
    const openKeys = new Set<string>()
    for (const order of known.open()) {
      if (listed.has(order.venueOrderId)) openKeys.add(order.clientOrderId ?? order.venueOrderId)
      else order.hasEnded = true
    }
    engine.keepOnly(openKeys, config.commandTimeoutMs)
  }

  #onBalances(type: 'snapshot' | 'update', sequence: number, entries: readonly schema.LedgerEntry[]): void {
    if (!this.#isInSequence('balances', type === 'snapshot', sequence)) return
    for (const entry of entries) {
      const { ledger_id: ledgerId, timestamp: time, type: kind, asset, amount, fee, balance } = entry
      const change = balanceChangeOf(ledgerId, { type: kind, asset, amount, fee, balance, time }, this.#deps.reference.symbols)
      if (change !== null) this.#deps.listener().onBalanceChange(change)
    }
    this.#checkUp()
  }

  #fault(code: string, text: string): void {
    this.#deps.listener().onFault({ code, text })
  }
}
