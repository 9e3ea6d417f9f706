/** One pushed event, as it comes over the socket. */
export interface PushedEvent {
  readonly seq: number
  readonly atMs: number
  readonly topic: string
  readonly payload: unknown
}

/** What the link needs from the browser; a test gives its own. */
export interface LinkHost {
  openSocket(): LinkSocket
  setTimeout(fn: () => void, delayMs: number): unknown
  clearTimeout(handle: unknown): void
}

/** The part of a WebSocket that the link uses. */
export interface LinkSocket {
  onopen: (() => void) | null
  onmessage: ((event: { readonly data: unknown }) => void) | null
  onclose: (() => void) | null
  send(text: string): void
  close(): void
}

/** What the page does with what the link tells. */
export interface LinkListener {
  onEvent(event: PushedEvent): void
  /** Events were lost for good: everything must be read anew. */
  onGap(): void
  onState(state: LinkState): void
  /** Something came: the backend is there. */
  onContact(): void
}

export type LinkState = 'connecting' | 'open' | 'closed'

const BACKOFF_FIRST_MS = 500
const BACKOFF_MAX_MS = 8_000
/** Heartbeats come every 10 s; a socket that is silent for longer than two and a half of them is dead whatever TCP says. */
const SILENCE_MS = 25_000

/**
 * Keeps one push socket open for as long as the page lives: reconnects with growing pauses, asks for what it missed, and
 * reports a gap when that is gone.
 */
export class PushLink {
  readonly #host: LinkHost
  readonly #listener: LinkListener
  #socket: LinkSocket | null = null
  #instance: string | null = null
  #lastSeq = 0
  #attempts = 0
  #retry: unknown = null
  #silence: unknown = null

  constructor(host: LinkHost, listener: LinkListener) {
    this.#host = host
    this.#listener = listener
  }

  /** Connects, at once: also when a pause before the next attempt is running. */
  start(): void {
    this.#host.clearTimeout(this.#retry)
    this.#retry = null
    if (this.#socket === null) this.#connect()
  }

  /** Closes the socket and makes no further attempt. */
  stop(): void {
    this.#host.clearTimeout(this.#retry)
    this.#host.clearTimeout(this.#silence)
    this.#forget()?.close()
  }

  #connect(): void {
    this.#listener.onState('connecting')
    const socket = this.#host.openSocket()
    this.#socket = socket
    socket.onopen = () => this.#watchSilence()
    socket.onmessage = ({ data }) => this.#receive(String(data))
    socket.onclose = () => this.#lost()
  }

  #forget(): LinkSocket | null {
    const socket = this.#socket
    this.#socket = null
    if (socket !== null) {
      socket.onopen = null
      socket.onmessage = null
      socket.onclose = null
    }
    return socket
  }

  #lost(): void {
    this.#forget()
    this.#host.clearTimeout(this.#silence)
    this.#listener.onState('closed')
    const delayMs = Math.min(BACKOFF_FIRST_MS * 2 ** this.#attempts, BACKOFF_MAX_MS)
    this.#attempts++
    this.#retry = this.#host.setTimeout(() => this.start(), delayMs)
  }

  #watchSilence(): void {
    this.#host.clearTimeout(this.#silence)
    this.#silence = this.#host.setTimeout(() => {
      this.#forget()?.close()
      this.#lost()
    }, SILENCE_MS)
  }

  #receive(text: string): void {
    this.#watchSilence()
    this.#listener.onContact()
    const message: { readonly type: string; readonly instance?: string; readonly seq?: number } & Partial<PushedEvent> = JSON.parse(text)
    switch (message.type) {
      case 'hello':
        this.#greeted(message.instance ?? '', message.seq ?? 0)
        return
      case 'event':
        this.#event({ seq: message.seq ?? 0, atMs: message.atMs ?? 0, topic: message.topic ?? '', payload: message.payload })
        return
      case 'gap':
        this.#lastSeq = message.seq ?? 0
        this.#listener.onGap()
        return
      default:
        return // pings and answers only show that the backend is there
    }
  }

  #greeted(instance: string, headSeq: number): void {
    this.#attempts = 0
    const known = this.#instance
    this.#instance = instance
    this.#listener.onState('open')
    if (known === null) {
      this.#lastSeq = headSeq
      return
    }
    this.#socket?.send(JSON.stringify({ type: 'resume', after: this.#lastSeq, instance: known }))
  }

  #event(event: PushedEvent): void {
    if (event.seq <= this.#lastSeq) return // delivery is at least once
    if (event.seq > this.#lastSeq + 1 && this.#instance !== null) {
      this.#socket?.send(JSON.stringify({ type: 'resume', after: this.#lastSeq, instance: this.#instance }))
      return // this one comes again with the missed ones
    }
    this.#lastSeq = event.seq
    this.#listener.onEvent(event)
  }
}
