import type { ClockPort } from '#ports/clock'
import type { SocketPort, TransportPort } from '#ports/transport'

/** Limits of a connection, ms. */
export interface SocketSettings {
  readonly connectTimeoutMs: number
  /** A socket without a frame for this long is silent. */
  readonly silentAfterMs: number
  /** A socket that has said nothing for this long since it was last spoken to is mute. */
  readonly muteAfterMs: number
}

/** Pings of our own, where the venue answers them in its protocol. */
export interface SocketPings {
  readonly intervalMs: number
  readonly timeoutMs: number
  frame(requestId: number): string
}

/** What a connection runs on. */
export interface SocketDeps {
  readonly transport: TransportPort
  readonly clock: ClockPort
  readonly config: SocketSettings
}

/** Calls of one connection. `onDown` comes once, last, whoever ended it; `onSilent` only before it. */
export interface SocketEvents {
  onOpen(): void
  onText(text: string): void
  /** The socket is open, but nothing came for too long: it is dropped, and `onDown` follows at once. */
  onSilent(reason: string): void
  onDown(reason: string): void
}

const CHECK_MS = 1_000

/**
 * One connection of a stream with its proof of life: silence is noticed within a second of the limit, and pings, where there are
 * such, must be answered. It never reconnects by itself; whoever opened it decides.
 */
export class StreamSocket {
  readonly #deps: SocketDeps
  readonly #events: SocketEvents
  readonly #pings: SocketPings | null
  #socket: SocketPort | null = null
  #isOpen = false
  #isDown = false
  #timer: unknown = null
  #heardUs = 0
  /** When the connection was spoken to and has said nothing since; null while it talks. */
  #askedUs: number | null = null
  #openedUs = 0
  #pingDueUs = 0
  #pongDueUs: number | null = null
  #requestId = 0

  /** @param pings null where frames of the venue are the only proof of life. */
  constructor(deps: SocketDeps, events: SocketEvents, pings: SocketPings | null) {
    this.#deps = deps
    this.#events = events
    this.#pings = pings
  }

  get isOpen(): boolean {
    return this.#isOpen && !this.#isDown
  }

  /** True when it has been spoken to and has said nothing since, not even its heartbeat, for `muteAfterMs`. */
  get isMute(): boolean {
    return this.isOpen && this.#askedUs !== null && this.#nowUs() - this.#askedUs >= this.#deps.config.muteAfterMs * 1_000
  }

  /** Returns the next request id of this connection. */
  nextRequestId(): number {
    return ++this.#requestId
  }

  open(url: string): void {
    this.#openedUs = this.#nowUs()
    this.#socket = this.#deps.transport.openSocket(url, {
      onOpen: () => this.#onOpen(),
      onText: (text) => this.#onText(text),
      onClose: (code, reason) => this.#down(`closed with code ${code}${reason === '' ? '' : `: ${reason}`}`),
    })
    // A transport may have refused in the same step; then there is nothing left to watch.
    if (!this.#isDown) this.#watch()
  }

  /** Hands a frame to the network in this very step. False when the socket is not open: nothing left. */
  send(text: string): boolean {
    const hasLeft = this.isOpen && this.#socket?.send(text) === true
    if (hasLeft) this.#askedUs ??= this.#nowUs()
    return hasLeft
  }

  /** Notes the answer to the last ping. */
  onPong(): void {
    this.#pongDueUs = null
  }

  /** Ends the connection; `onDown` follows before this returns, whatever the network does. */
  drop(reason: string): void {
    this.#down(reason)
  }

  /** Drops the connection as dead though open: `onSilent`, then `onDown`. */
  silence(reason: string): void {
    if (this.#isDown) return
    this.#events.onSilent(reason)
    this.#down(reason)
  }

  #onOpen(): void {
    if (this.#isDown || this.#isOpen) return
    this.#isOpen = true
    this.#heardUs = this.#nowUs()
    this.#pingDueUs = this.#heardUs + (this.#pings?.intervalMs ?? 0) * 1_000
    this.#events.onOpen()
  }

  #onText(text: string): void {
    if (this.#isDown) return
    this.#heardUs = this.#nowUs()
    this.#askedUs = null
    this.#events.onText(text)
  }

  #watch(): void {
    this.#timer = this.#deps.clock.setTimeout(() => {
      this.#timer = null
      this.#check()
      if (!this.#isDown) this.#watch()
    }, CHECK_MS)
  }

  #check(): void {
    const nowUs = this.#nowUs()
    const { config } = this.#deps
    if (!this.#isOpen) {
      if (nowUs - this.#openedUs >= config.connectTimeoutMs * 1_000) this.#down(`not open after ${config.connectTimeoutMs} ms`)
      return
    }
    const isMute = nowUs - this.#heardUs >= config.silentAfterMs * 1_000
    const isPongLate = this.#pongDueUs !== null && nowUs >= this.#pongDueUs
    if (isMute || isPongLate) {
      this.silence(isMute ? `no frame for ${config.silentAfterMs} ms` : `no pong within ${this.#pings?.timeoutMs ?? 0} ms`)
      return
    }
    if (this.#pings === null || nowUs < this.#pingDueUs) return
    this.#pingDueUs = nowUs + this.#pings.intervalMs * 1_000
    this.#pongDueUs = nowUs + this.#pings.timeoutMs * 1_000
    this.send(this.#pings.frame(this.nextRequestId()))
  }

  #down(reason: string): void {
    if (this.#isDown) return
    this.#isDown = true
    if (this.#timer !== null) this.#deps.clock.clearTimeout(this.#timer)
    this.#timer = null
    this.#socket?.close()
    this.#socket = null
    this.#events.onDown(reason)
  }

  #nowUs(): number {
    return this.#deps.clock.monotonicUs()
  }
}
