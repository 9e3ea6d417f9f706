import { AppError, messageOf } from '#domain/errors'
import { type SocketDeps, StreamSocket } from '#venues/shared/stream-socket'
import type { VenueListener } from '#ports/venue'
import { parseTime, type VenueClock } from '#venues/shared/venue-clock'
import { readFrame } from './frames'
import type { Tokens } from './jwt'
import { readAs } from './schema'
import * as schema from './schema-stream'
import { SequenceWatch } from './sequence'

/** What the user stream needs and whom it tells. */
export interface UserStreamDeps extends SocketDeps {
  readonly config: SocketDeps['config'] & { readonly userStreamUrl: string }
  readonly venueClock: VenueClock
  readonly tokens: Tokens
  readonly listener: () => VenueListener
  /** Takes an order as a frame tells it. */
  onOrder(order: schema.UserOrder, venueAtMs: number): void
  /** Frames were lost since a UTC ms: what they told is to be asked for. Rejects when that is not possible. */
  heal(sinceMs: number): Promise<void>
  onDown(reason: string): void
}

/** Orders of one snapshot frame; a smaller one ends the snapshot. */
const SNAPSHOT_BATCH = 50
const REFUSED = /authentication/i

/** The user stream: what becomes of our orders. One connection at a time; it never reconnects by itself. */
export class UserStream {
  readonly #deps: UserStreamDeps
  #sequence = new SequenceWatch()
  #socket: StreamSocket | null = null
  #state: 'up' | 'silent' | 'down' = 'down'
  #isListed = false
  #isSnapshotDone = false
  #refusals = 0
  #lastAtMs = 0
  /** Since when, in the venue's UTC ms, nobody listened; null when all is made good. */
  #missedSinceMs: number | null = null
  #settleConnect: ((error: Error | null) => void) | null = null
  #timer: unknown = null
  malformed = 0

  constructor(deps: UserStreamDeps) {
    this.#deps = deps
  }

  get state(): 'up' | 'silent' | 'down' {
    return this.#state
  }

  /** Opens the stream; resolves when it is acknowledged and the open orders are told. @throws {AppError} `VENUE_AUTH`, `VENUE_UNAVAILABLE`, `VENUE_TIMEOUT`. */
  connect(): Promise<void> {
    const { clock, config } = this.#deps
    this.#sequence = new SequenceWatch()
    this.#isListed = false
    this.#isSnapshotDone = false
    this.#refusals = 0
    this.#lastAtMs = this.#deps.venueClock.now()
    const handlers = {
      onOpen: () => this.#subscribe(),
      onText: (text: string) => this.#onText(text),
      onSilent: (reason: string) => this.#setState('silent', reason),
      onDown: (reason: string) => this.#onDown(socket, reason),
    }
    const socket: StreamSocket = new StreamSocket(this.#deps, handlers, null)
    this.#socket = socket
    return new Promise<void>((resolve, reject) => {
      this.#settleConnect = (error) => (error === null ? resolve() : reject(error))
      const late = new AppError('Coinbase left the subscription of the user channel unanswered', {
        code: 'VENUE_TIMEOUT',
        disposition: 'retry',
      })
      this.#timer = clock.setTimeout(() => this.#fail(late), config.connectTimeoutMs)
      socket.open(config.userStreamUrl)
    })
  }

  disconnect(reason: string): void {
    this.#socket?.drop(reason)
  }

  #subscribe(): void {
    try {
      for (const channel of ['heartbeats', 'user']) {
        this.#socket?.send(JSON.stringify({ type: 'subscribe', channel, jwt: this.#deps.tokens.forStream() }))
      }
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(messageOf(error)))
    }
  }

  #onText(text: string): void {
    let act: () => void
    try {
      act = this.#read(text)
    } catch (error) {
      this.malformed++
      this.#fault('MESSAGE_MALFORMED', `user stream: ${messageOf(error)}`)
      return
    }
    act()
    this.#deps.listener().onAlive('private')
  }

  #read(text: string): () => void {
    const read = readFrame(text)
    if (read.kind === 'complaint') return () => this.#onComplaint(read.text)
    const { channel, events, timestamp, sequence_num: sequence } = read.frame
    const venueAtMs = parseTime(timestamp)
    const atMs = Number.isFinite(venueAtMs) ? venueAtMs : this.#deps.venueClock.now()
    const orders = channel === 'user' ? events.map((event) => readAs(schema.userEvent, event, 'user event')) : []
    const lists = channel === 'subscriptions' ? events.map((event) => readAs(schema.listEvent, event, 'list of subscriptions')) : []
    return () => {
      const verdict = this.#sequence.check(sequence)
      if (verdict === 'repeat') return
      const sinceMs = this.#lastAtMs
      this.#lastAtMs = atMs
      if (lists.some(({ subscriptions }) => subscriptions['user'] !== undefined)) this.#isListed = true
      if (lists.length > 0) this.#deps.venueClock.observe(venueAtMs)
      for (const { type, orders: rows } of orders) {
        for (const row of rows ?? []) this.#deps.onOrder(row, atMs)
        if (type === 'snapshot' && (rows ?? []).length < SNAPSHOT_BATCH) this.#isSnapshotDone = true
      }
      this.#checkUp()
      if (verdict === 'gap') this.#onGap(sequence, sinceMs)
    }
  }

  #onGap(sequence: number, sinceMs: number): void {
    this.#fault('SEQUENCE_GAP', `frames of the user stream before number ${sequence} were lost; orders and executions are asked for`)
    this.#makeGood(sinceMs)
  }

  /** Asks for what was told while nobody heard it. When that fails, the stream is no evidence of anything and is dropped. */
  #makeGood(sinceMs: number): void {
    const socket = this.#socket
    this.#missedSinceMs = Math.min(this.#missedSinceMs ?? sinceMs, sinceMs)
    void this.#deps.heal(this.#missedSinceMs).then(
      () => {
        if (this.#socket === socket) this.#missedSinceMs = null
      },
      (error: unknown) => {
        if (this.#socket === socket) socket?.drop(`lost frames could not be made good: ${messageOf(error)}`)
      },
    )
  }

  #onComplaint(text: string): void {
    if (REFUSED.test(text) && ++this.#refusals <= 1) return this.#subscribe() // good tokens are refused now and then
    const error = REFUSED.test(text)
      ? new AppError(`Coinbase refuses the key on the user stream (${text}); check key name, private key and clock`, {
          code: 'VENUE_AUTH',
          severity: 'HIGH',
        })
      : new AppError(`Coinbase complains on the user stream: ${text}`, { code: 'VENUE_PROTOCOL', disposition: 'retry' })
    this.#fault('STREAM_COMPLAINT', error.message)
    if (!this.#isListed) this.#fail(error)
  }

  /** Up means acknowledged, with the open orders told. */
  #checkUp(): void {
    if (!this.#isListed || !this.#isSnapshotDone) return
    this.#clearTimer()
    const isNew = this.#state !== 'up'
    this.#setState('up', 'subscribed')
    this.#settleConnect?.(null)
    this.#settleConnect = null
    // The snapshot shows what is open: what ended meanwhile, and what was executed, is to be asked for.
    if (isNew && this.#missedSinceMs !== null) this.#makeGood(this.#missedSinceMs)
  }

  #fail(error: Error): void {
    const settle = this.#settleConnect
    this.#settleConnect = null
    this.#socket?.drop(error.message)
    settle?.(error)
  }

  #onDown(socket: StreamSocket, reason: string): void {
    if (this.#socket !== socket) return
    this.#socket = null
    this.#clearTimer()
    if (this.#state !== 'down') this.#missedSinceMs ??= this.#lastAtMs
    this.#deps.onDown(reason)
    this.#setState('down', reason)
    this.#settleConnect?.(new AppError(`Coinbase's user stream is gone: ${reason}`, { code: 'VENUE_UNAVAILABLE', disposition: 'retry' }))
    this.#settleConnect = null
  }

  #setState(state: 'up' | 'silent' | 'down', reason: string): void {
    if (this.#state === state) return
    this.#state = state
    this.#deps.listener().onStream({ stream: 'private', state, reason })
  }

  #clearTimer(): void {
    if (this.#timer !== null) this.#deps.clock.clearTimeout(this.#timer)
    this.#timer = null
  }

  #fault(code: string, text: string): void {
    this.#deps.listener().onFault({ code, text })
  }
}
