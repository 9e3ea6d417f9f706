import { z } from 'zod'
import type { ClockPort } from '#ports/clock'
import type { ControlPort, PushEvent } from '#ports/control'

/** Limits of the push channel. */
export interface PushLimits {
  /** Events kept for replay. */
  readonly eventsMax: number
  /** Text kept for replay, bytes at most; the oldest go first. */
  readonly replayBytesMax: number
  /** Sockets at once. */
  readonly clientsMax: number
  /** Bytes that may wait for one socket; more and it is dropped: it comes back and resumes. */
  readonly bufferedBytesMax: number
  readonly heartbeatMs: number
}

/** What the server uses. */
export const PUSH_LIMITS: PushLimits = {
  eventsMax: 2_000,
  replayBytesMax: 1_048_576,
  clientsMax: 32,
  bufferedBytesMax: 4_194_304,
  heartbeatMs: 10_000,
}

/** One consumer's socket. */
export interface PushSocket {
  send(text: string): void
  /** Bytes handed over and not yet taken by the network. */
  bufferedBytes(): number
  close(code: number, reason: string): void
}

/** What a consumer may send. */
const ClientMessage = z.discriminatedUnion('type', [
  /** Asks for the events after `after`; `instance` is the one of the `hello` under which that event came. */
  z.object({ type: z.literal('resume'), after: z.int().min(0), instance: z.string().max(64) }),
  z.object({ type: z.literal('ping') }),
])

/** Close codes: 1001 the server stops, 1013 come again (too many, too slow). */
const TOO_MANY = 1013
const GOING_AWAY = 1001

/**
 * Sends the company's events to any number of sockets, at least once, each with its sequence number. A consumer that missed
 * some asks with `resume` and gets them from a bounded buffer, or `gap` when they are gone: then it reads the state anew.
 */
export class PushHub {
  readonly #clock: ClockPort
  readonly #limits: PushLimits
  readonly #instance: string
  readonly #clients = new Set<PushSocket>()
  readonly #buffer: { readonly seq: number; readonly text: string }[] = []
  #bufferedBytes = 0
  #headSeq = 0
  #heartbeat: unknown = null
  readonly #unwatch: () => void
  readonly #onText: (text: string) => void

  /** @param onText called with each event's text before it leaves. */
  constructor(control: ControlPort, clock: ClockPort, limits: PushLimits = PUSH_LIMITS, onText: (text: string) => void = () => undefined) {
    this.#onText = onText
    this.#clock = clock
    this.#limits = limits
    // Sequence numbers begin anew with each process; the instance tells a consumer that its own are of another one.
    this.#instance = clock.now().toString(36)
    this.#unwatch = control.watch((event) => this.#publish(event))
  }

  /** Count of open sockets. */
  get size(): number {
    return this.#clients.size
  }

  /** True while another socket may be opened. */
  get hasRoom(): boolean {
    return this.#clients.size < this.#limits.clientsMax
  }

  /** Takes a socket and greets it. Beyond the limit it is closed with 1013. */
  open(socket: PushSocket): void {
    if (!this.hasRoom) {
      socket.close(TOO_MANY, 'too many consumers')
      return
    }
    this.#clients.add(socket)
    socket.send(
      JSON.stringify({
        type: 'hello',
        instance: this.#instance,
        seq: this.#headSeq,
        oldestSeq: this.#oldestSeq(),
        heartbeatMs: this.#limits.heartbeatMs,
      }),
    )
    if (this.#heartbeat === null) this.#scheduleHeartbeat()
  }

  /** Handles what a consumer sent. A message that cannot be read is answered with `error` and changes nothing. */
  receive(socket: PushSocket, text: string): void {
    const message = parse(text)
    if (message === null) {
      this.#send(socket, JSON.stringify({ type: 'error', message: 'Send {"type":"resume","after":N,"instance":I} or {"type":"ping"}' }))
      return
    }
    switch (message.type) {
      case 'ping':
        this.#send(socket, JSON.stringify({ type: 'pong', atMs: this.#clock.now() }))
        return
      case 'resume':
        this.#replay(socket, message.after, message.instance)
    }
  }

  /** Forgets a socket that closed. */
  closed(socket: PushSocket): void {
    this.#clients.delete(socket)
  }

  /** Ends the subscription and closes every socket with 1001. */
  stop(): void {
    this.#unwatch()
    this.#clock.clearTimeout(this.#heartbeat)
    this.#heartbeat = null
    for (const socket of this.#clients) socket.close(GOING_AWAY, 'the server stops')
    this.#clients.clear()
  }

  #oldestSeq(): number {
    return this.#buffer[0]?.seq ?? this.#headSeq + 1
  }

  #publish(event: PushEvent): void {
    const text = JSON.stringify({ type: 'event', ...event })
    this.#onText(text)
    this.#headSeq = event.seq
    this.#buffer.push({ seq: event.seq, text })
    this.#bufferedBytes += text.length
    while (this.#buffer.length > this.#limits.eventsMax || this.#bufferedBytes > this.#limits.replayBytesMax) {
      this.#bufferedBytes -= this.#buffer.shift()?.text.length ?? 0
    }
    for (const socket of this.#clients) this.#send(socket, text)
  }

  #replay(socket: PushSocket, after: number, instance: string): void {
    const isCovered = instance === this.#instance && after <= this.#headSeq && after + 1 >= this.#oldestSeq()
    if (!isCovered) {
      this.#send(socket, JSON.stringify({ type: 'gap', after, oldestSeq: this.#oldestSeq(), seq: this.#headSeq }))
      return
    }
    for (const { seq, text } of this.#buffer) if (seq > after) this.#send(socket, text)
    this.#send(socket, JSON.stringify({ type: 'resumed', after, seq: this.#headSeq }))
  }

  #send(socket: PushSocket, text: string): void {
    if (!this.#clients.has(socket)) return
    socket.send(text)
    if (socket.bufferedBytes() <= this.#limits.bufferedBytesMax) return
    this.#clients.delete(socket)
    socket.close(TOO_MANY, 'too slow; resume from the last sequence number')
  }

  #scheduleHeartbeat(): void {
    this.#heartbeat = this.#clock.setTimeout(() => {
      this.#heartbeat = null
      const text = JSON.stringify({ type: 'ping', atMs: this.#clock.now() })
      for (const socket of this.#clients) this.#send(socket, text)
      if (this.#clients.size > 0) this.#scheduleHeartbeat()
    }, this.#limits.heartbeatMs)
  }
}

function parse(text: string): z.infer<typeof ClientMessage> | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null // the caller answers: the consumer is told what is expected
  }
  const result = ClientMessage.safeParse(value)
  return result.success ? result.data : null
}
