import type { ClockPort } from '#ports/clock'
import type { SocketHandlers, SocketPort } from '#ports/transport'
import type { SimConnection, SimConnectionHandlers } from './server'
import type { Wire } from './wire'

/** What travels on a socket, besides text. */
type Frame =
  | { readonly kind: 'hello'; readonly path: string }
  | { readonly kind: 'open' }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'close'; readonly code: number; readonly reason: string }

/** How long the client waits for the answer to its handshake, and either side for the answer to its closing frame. */
const HANDSHAKE_MS = 10_000
const CLOSING_MS = 2_000

/** One direction of a socket: whatever each message's latency, nothing overtakes (TCP). */
class Pipe {
  readonly #clock: ClockPort
  #lastUs = 0

  constructor(clock: ClockPort) {
    this.#clock = clock
  }

  push(arrive: () => void, travelMs: number): void {
    const nowUs = this.#clock.monotonicUs()
    this.#lastUs = Math.max(this.#lastUs, nowUs + Math.round(travelMs * 1_000))
    this.#clock.setTimeout(arrive, (this.#lastUs - nowUs) / 1_000)
  }
}

/**
 * A socket of the network in memory. Both sides hear of its end exactly once: the server through `onClose` of its handlers, also
 * when it closed the socket itself.
 */
export class MemorySocket implements SocketPort {
  readonly host: string
  readonly #path: string
  readonly #wire: Wire
  readonly #handlers: SocketHandlers
  readonly #onGone: () => void
  readonly #up: Pipe
  readonly #down: Pipe
  #client: 'connecting' | 'open' | 'closing' | 'closed' = 'connecting'
  #server: 'waiting' | 'open' | 'closing' | 'closed' = 'waiting'
  #serverHandlers: SimConnectionHandlers | null = null
  #isFenced = false
  #clientTimer: unknown = null
  #serverTimer: unknown = null

  constructor(wire: Wire, url: URL, handlers: SocketHandlers, onGone: () => void) {
    this.host = url.host
    this.#path = url.pathname
    this.#wire = wire
    this.#handlers = handlers
    this.#onGone = onGone
    this.#up = new Pipe(wire.clock)
    this.#down = new Pipe(wire.clock)
    this.#clientTimer = wire.clock.setTimeout(() => this.#endClient(1006, 'opening handshake timed out'), HANDSHAKE_MS)
    this.#travel('up', { kind: 'hello', path: url.pathname + url.search })
  }

  /** True until the client's side has ended; its closing frame may reach the server much later where messages are delayed. */
  get isHeld(): boolean {
    return this.#client !== 'closed'
  }

  send(text: string): boolean {
    if (this.#isFenced || this.#client !== 'open') return false
    this.#travel('up', { kind: 'text', text })
    return true
  }

  close(): void {
    if (this.#isFenced || this.#client === 'closing' || this.#client === 'closed') return
    const wasOpen = this.#client === 'open'
    this.#client = 'closing'
    this.#wire.clock.clearTimeout(this.#clientTimer)
    this.#clientTimer = this.#wire.clock.setTimeout(() => this.#endClient(1006, 'closing handshake timed out'), CLOSING_MS)
    if (wasOpen) this.#travel('up', { kind: 'close', code: 1000, reason: '' })
    else this.#down.push(() => this.#endClient(1006, 'closed before the connection was established'), 0)
  }

  /** Cuts the line on both sides at once, after what is under way: each sees 1006. */
  cut(): void {
    const travelMs = this.#wire.travelMs(this.host)
    this.#down.push(() => this.#endClient(1006, 'connection lost'), travelMs)
    this.#up.push(() => this.#endServer(), travelMs)
  }

  /** Ends the client's side without a call to it, as the death of its process does; the server sees the line end. */
  fence(): void {
    if (this.#isFenced) return
    this.#isFenced = true
    this.#client = 'closed'
    this.#wire.clock.clearTimeout(this.#clientTimer)
    this.#up.push(() => this.#endServer(), this.#wire.travelMs(this.host))
    this.#settle()
  }

  #accept(path: string): void {
    const server = this.#wire.reach(this.host)
    if (this.#client !== 'connecting') {
      // The client gave up, or died, while its handshake was under way.
      this.#endServer()
      return
    }
    if (server === null) {
      this.#refuse(`connection refused by ${this.host}`)
      return
    }
    // What the server says while it accepts travels behind the handshake's answer.
    const early: (() => void)[] = []
    let isAccepted = false
    const once = (act: () => void) => {
      if (isAccepted) act()
      else early.push(act)
    }
    const connection: SimConnection = {
      send: (text) => once(() => this.#sendDown(text)),
      close: (code, reason, abrupt) => once(() => this.#closeDown(code, reason, abrupt === true)),
    }
    const handlers = server.connect(path, connection)
    if (handlers === null) {
      this.#refuse('upgrade refused by the server')
      return
    }
    this.#server = 'open'
    this.#serverHandlers = handlers
    isAccepted = true
    this.#travel('down', { kind: 'open' })
    for (const act of early) act()
  }

  #refuse(reason: string): void {
    this.#endServer()
    this.#down.push(() => this.#endClient(1006, reason), this.#wire.travelMs(this.host))
  }

  #sendDown(text: string): void {
    if (this.#server === 'open') this.#travel('down', { kind: 'text', text })
  }

  #closeDown(code: number, reason: string, isAbrupt: boolean): void {
    if (this.#server !== 'open') return
    this.#server = 'closing'
    if (isAbrupt) {
      this.#down.push(() => this.#endClient(1006, 'connection lost'), this.#wire.travelMs(this.host))
      this.#wire.clock.defer(() => this.#endServer())
    } else {
      this.#serverTimer = this.#wire.clock.setTimeout(() => this.#endServer(), CLOSING_MS)
      this.#travel('down', { kind: 'close', code, reason })
    }
  }

  #travel(direction: 'up' | 'down', frame: Frame): void {
    const text = frame.kind === 'text' ? frame.text : ''
    const fate = this.#wire.fateOf({ host: this.host, path: this.#path, carrier: 'socket', direction, text })
    // The process may have died in the very step in which it handed the message over: then it never left.
    if (this.#isFenced && direction === 'up') return
    const pipe = direction === 'up' ? this.#up : this.#down
    const arrive = () => (direction === 'up' ? this.#arriveUp(frame) : this.#arriveDown(frame))
    const travelMs = this.#wire.travelMs(this.host)
    switch (fate.kind) {
      case 'carry':
        pipe.push(arrive, travelMs + fate.extraMs)
        return
      case 'duplicate':
        pipe.push(arrive, travelMs)
        if (frame.kind === 'text') pipe.push(arrive, travelMs)
        return
      case 'cut':
        this.cut()
        return
      case 'drop':
        return
    }
  }

  #arriveUp(frame: Frame): void {
    switch (frame.kind) {
      case 'hello':
        this.#accept(frame.path)
        return
      case 'text':
        if (this.#server === 'open') this.#serverHandlers?.onText(frame.text)
        else if (this.#server === 'closed') this.#reset()
        return
      case 'close':
        this.#endServer()
        this.#down.push(() => this.#endClient(frame.code, frame.reason), this.#wire.travelMs(this.host))
        return
      case 'open':
        return
    }
  }

  /** A machine answers text on a line that it no longer knows with a reset. */
  #reset(): void {
    const fate = this.#wire.fateOf({ host: this.host, path: this.#path, carrier: 'socket', direction: 'down', text: '' })
    if (fate.kind !== 'drop') this.#down.push(() => this.#endClient(1006, 'connection reset'), this.#wire.travelMs(this.host))
  }

  #arriveDown(frame: Frame): void {
    if (this.#isFenced || this.#client === 'closed') return
    switch (frame.kind) {
      case 'open':
        if (this.#client !== 'connecting') return
        this.#client = 'open'
        this.#wire.clock.clearTimeout(this.#clientTimer)
        this.#handlers.onOpen()
        return
      case 'text':
        if (this.#client === 'open') this.#handlers.onText(frame.text)
        return
      case 'close':
        this.#endClient(frame.code, frame.reason)
        return
      case 'hello':
        return
    }
  }

  #endClient(code: number, reason: string): void {
    if (this.#client === 'closed') return
    this.#client = 'closed'
    this.#wire.clock.clearTimeout(this.#clientTimer)
    if (this.#server === 'waiting') this.#server = 'closed'
    else this.#up.push(() => this.#endServer(), this.#wire.travelMs(this.host))
    this.#settle()
    if (!this.#isFenced) this.#handlers.onClose(code, reason)
  }

  #endServer(): void {
    if (this.#server === 'closed') return
    this.#server = 'closed'
    this.#wire.clock.clearTimeout(this.#serverTimer)
    this.#settle()
    this.#serverHandlers?.onClose()
  }

  #settle(): void {
    if (this.#client === 'closed' && this.#server === 'closed') this.#onGone()
  }
}
