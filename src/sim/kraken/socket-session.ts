import type { ClockPort } from '#ports/clock'
import type { SimConnection } from '#sim/server'
import type { FaultBoard } from './fault-board'
import { HeartbeatPulse } from './heartbeat-pulse'
import type { Subscription } from './subscription'
import { type WireJson, writeJson } from './wire-json'

/** A frame that waits for the turn to settle. `label` is its channel or method, which faults are matched by. */
interface OutgoingFrame {
  readonly label: string
  readonly text: string
}

const WAITING_MAX = 100_000

function isPrivateEvent(label: string): boolean {
  return label === 'executions' || label === 'balances'
}

export interface SessionParts {
  readonly clock: ClockPort
  readonly faults: FaultBoard
  readonly connection: SimConnection
  readonly isPrivate: boolean
  /** Called once when the server's side ends the socket; not when the client does. */
  readonly onEnd: (session: SocketSession) => void
}

/** One client socket: its subscriptions, and the way of its frames out through the faults. */
export class SocketSession {
  /** Subscriptions by `subscriptionKey`. */
  readonly subscriptions = new Map<string, Subscription>()
  readonly isPrivate: boolean
  readonly #clock: ClockPort
  readonly #faults: FaultBoard
  readonly #connection: SimConnection
  readonly #onEnd: (session: SocketSession) => void
  readonly #pulse: HeartbeatPulse
  #waiting: OutgoingFrame[] = []
  #isOpen = true
  #isSilent = false
  #isDeaf = false
  /** Monotonic time before which no further frame leaves, so that delayed frames stay in order. */
  #releaseAtUs = 0

  constructor(parts: SessionParts) {
    this.#clock = parts.clock
    this.#faults = parts.faults
    this.#connection = parts.connection
    this.isPrivate = parts.isPrivate
    this.#onEnd = parts.onEnd
    this.#pulse = new HeartbeatPulse(parts.clock, {
      hasSubscription: () => this.subscriptions.size > 0,
      beat: () => {
        this.push('heartbeat', { channel: 'heartbeat' })
        this.flush()
      },
      expire: () => this.end(1000, 'idle', false),
    })
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Count of frames that wait; a reply inserted there goes before what comes later. */
  get mark(): number {
    return this.#waiting.length
  }

  /** Notes that the client said something. */
  noteIncoming(): void {
    this.#pulse.noteIncoming()
  }

  /** Order and balance events are no longer sent on this socket; the client cannot tell (fault `withholdEvents`). */
  withholdEvents(): void {
    this.#isDeaf = true
    this.#waiting = this.#waiting.filter((frame) => !isPrivateEvent(frame.label))
  }

  /** Queues a frame until the turn settles. Returns false when it is withheld. */
  push(label: string, frame: WireJson, at: number = this.#waiting.length): boolean {
    if (!this.#isOpen) return false
    if (this.#isDeaf && isPrivateEvent(label)) return false
    this.#waiting.splice(at, 0, { label, text: writeJson(frame) })
    if (this.#waiting.length > WAITING_MAX) this.end(1008, 'slow consumer', true)
    return true
  }

  /** Sends what waits. */
  flush(): void {
    const frames = this.#waiting
    this.#waiting = []
    for (const frame of frames) this.#release(frame)
  }

  /** Closes the socket from the server's side. */
  end(code: number, reason: string, abrupt: boolean): void {
    if (!this.#isOpen) return
    this.dispose()
    this.#connection.close(code, reason, abrupt)
    this.#onEnd(this)
  }

  /** Forgets timers and frames; the socket is gone. */
  dispose(): void {
    this.#isOpen = false
    this.#waiting = []
    this.#pulse.stop()
  }

  #release(frame: OutgoingFrame): void {
    if (!this.#isOpen || this.#isSilent || this.#isCut(frame.label)) return
    if (this.#faults.take('droppedFrame', 'ws', frame.label) !== null) return
    const latency = this.#faults.take('latency', 'ws', frame.label, (rule) => rule.stage === 'reply')
    this.#sendIn(latency === null ? 0 : this.#faults.delayOf(latency), frame.text)
    const duplicate = this.#faults.take('duplicate', 'ws', frame.label)
    if (duplicate !== null) this.#sendIn(duplicate.delayMs, frame.text, duplicate.delayMs > 0)
  }

  /** Faults that end the socket, or its voice, instead of sending the frame. */
  #isCut(label: string): boolean {
    if (this.#faults.take('silentSocket', 'ws', label) !== null) {
      this.#isSilent = true
      return true
    }
    const disconnect = this.#faults.take('disconnect', 'ws', label)
    if (disconnect !== null) {
      this.end(1001, 'going away', disconnect.abrupt)
      return true
    }
    const edge = this.#faults.take('edgeText', 'ws', label)
    if (edge === null) return false
    this.#connection.send(edge.text)
    this.end(1012, 'service restart', false)
    return true
  }

  /** Sends after a delay; a late copy (`isCopy`) holds back nothing else. */
  #sendIn(delayMs: number, text: string, isCopy = false): void {
    const nowUs = this.#clock.monotonicUs()
    const atUs = Math.max(nowUs + delayMs * 1_000, isCopy ? 0 : this.#releaseAtUs)
    if (!isCopy) this.#releaseAtUs = atUs
    if (atUs <= nowUs) this.#sendNow(text)
    else this.#clock.setTimeout(() => this.#sendNow(text), (atUs - nowUs) / 1_000)
  }

  #sendNow(text: string): void {
    if (!this.#isOpen || this.#isSilent) return
    this.#pulse.noteOutgoing()
    this.#connection.send(text)
  }
}
