import type { Json, JsonObject } from '#domain/json'
import type { ClockPort } from '#ports/clock'
import { FrameLine } from '#sim/emulator/frame-line'
import { nanoTime } from '#sim/emulator/wire-time'
import type { SimConnection } from '#sim/server'
import type { Face } from './face'

/** The two hosts of the venue's sockets. */
export type SocketHost = 'market' | 'user'

export const CHANNELS = ['heartbeats', 'ticker', 'ticker_batch', 'candles', 'level2', 'market_trades', 'status', 'user'] as const
export type Channel = (typeof CHANNELS)[number]

/** How long a socket may stay open without a subscription, and how long with nothing to say. */
const FIRST_SUBSCRIBE_MS = 5_000
const QUIET_MS = 90_000

/** Words of data frames where they differ from those of subscriptions. */
function frameChannel(label: string): string {
  return label === 'level2' ? 'l2_data' : label
}

export interface SessionParts {
  readonly clock: ClockPort
  readonly faults: Face['faults']
  readonly connection: SimConnection
  readonly host: SocketHost
  /** Called once when the server's side ends the socket; not when the client does. */
  readonly onEnd: (session: SocketSession) => void
}

/** One client socket: what it subscribed to, and the numbering of its frames. */
export class SocketSession {
  readonly host: SocketHost
  /** Canonical product ids by channel; of `heartbeats` and `user` what the acknowledgement names. */
  readonly subscriptions = new Map<Channel, Set<string>>()
  /** Whose orders the user channel shows; null before its subscription. */
  accountId: string | null = null
  /** Products that the user channel shows, by either id; empty for all. */
  userProducts: ReadonlySet<string> = new Set()
  heartbeats = 0
  readonly #parts: SessionParts
  readonly #line: FrameLine
  readonly #silent = new Set<string>()
  #sequence = 0
  #sentAtUs: number
  #firstTimer: unknown

  constructor(parts: SessionParts) {
    const { clock, faults, connection, host, onEnd } = parts
    this.#parts = parts
    this.host = host
    this.#sentAtUs = clock.monotonicUs()
    this.#line = new FrameLine({
      clock,
      faults,
      connection,
      isPrivate: (label) => label === 'user',
      onSent: () => {
        this.#sentAtUs = clock.monotonicUs()
      },
      onEnd: () => {
        clock.clearTimeout(this.#firstTimer)
        onEnd(this)
      },
    })
    this.#firstTimer = clock.setTimeout(() => this.end(1000, 'no subscription', false), FIRST_SUBSCRIBE_MS)
  }

  get isOpen(): boolean {
    return this.#line.isOpen
  }

  /** Notes that a subscription was accepted: the socket may stay. */
  noteSubscribed(): void {
    this.#parts.clock.clearTimeout(this.#firstTimer)
  }

  /** Ends a socket that had nothing to say for too long, as the venue's line does: without a word. */
  endIfQuiet(): void {
    if ((this.#parts.clock.monotonicUs() - this.#sentAtUs) / 1_000 >= QUIET_MS) this.end(1006, 'quiet', true)
  }

  follows(channel: Channel, book: string): boolean {
    return this.subscriptions.get(channel)?.has(book) ?? false
  }

  /** User events are no longer sent on this socket; the client cannot tell (fault `withholdEvents`). */
  withholdEvents(): void {
    this.#line.withholdEvents()
  }

  /** Queues a numbered frame until the turn settles. One that is withheld takes no number. */
  push(label: Channel | 'subscriptions', events: readonly Json[]): void {
    const { clock, faults } = this.#parts
    if (!this.#line.takes(label) || this.#silent.has(label)) return
    if (faults.take('silentChannel', 'ws', label) !== null) {
      this.#silent.add(label)
      return
    }
    const frame: JsonObject = {
      channel: frameChannel(label),
      client_id: '',
      timestamp: nanoTime(clock.now()),
      sequence_num: this.#sequence++,
      events,
    }
    this.#line.push(label, JSON.stringify(frame))
  }

  /** Queues an error, which takes no number. */
  pushError(message: string): void {
    this.#line.push('error', JSON.stringify({ type: 'error', message }))
  }

  /** Sends what waits. */
  flush(): void {
    this.#line.flush()
  }

  /** Closes the socket from the server's side. */
  end(code: number, reason: string, abrupt: boolean): void {
    this.#line.end(code, reason, abrupt)
  }

  /** Forgets timers and frames; the socket is gone. */
  dispose(): void {
    this.#parts.clock.clearTimeout(this.#firstTimer)
    this.#line.dispose()
  }
}
