import type { ClockPort } from '#ports/clock'
import type { CommonFaults } from '#sim/emulator/fault-board'
import { FrameLine } from '#sim/emulator/frame-line'
import type { SimConnection } from '#sim/server'
import { HeartbeatPulse } from './heartbeat-pulse'
import type { Subscription } from './subscription'
import { type WireJson, writeJson } from './wire-json'

export interface SessionParts {
  readonly clock: ClockPort
  readonly faults: CommonFaults
  readonly connection: SimConnection
  readonly isPrivate: boolean
  /** Called once when the server's side ends the socket; not when the client does. */
  readonly onEnd: (session: SocketSession) => void
}

/** One client socket: its subscriptions, its pulse, and the line of its frames. */
export class SocketSession {
  /** Subscriptions by `subscriptionKey`. */
  readonly subscriptions = new Map<string, Subscription>()
  readonly isPrivate: boolean
  readonly #line: FrameLine
  readonly #pulse: HeartbeatPulse

  constructor({ clock, faults, connection, isPrivate, onEnd }: SessionParts) {
    this.isPrivate = isPrivate
    this.#line = new FrameLine({
      clock,
      faults,
      connection,
      isPrivate: (label) => label === 'executions' || label === 'balances',
      onSent: () => this.#pulse.noteOutgoing(),
      onEnd: () => {
        this.#pulse.stop()
        onEnd(this)
      },
    })
    this.#pulse = new HeartbeatPulse(clock, {
      hasSubscription: () => this.subscriptions.size > 0,
      beat: () => {
        this.push('heartbeat', { channel: 'heartbeat' })
        this.flush()
      },
      expire: () => this.end(1000, 'idle', false),
    })
  }

  get isOpen(): boolean {
    return this.#line.isOpen
  }

  /** Count of frames that wait; a reply inserted there goes before what comes later. */
  get mark(): number {
    return this.#line.mark
  }

  /** Notes that the client said something. */
  noteIncoming(): void {
    this.#pulse.noteIncoming()
  }

  /** Order and balance events are no longer sent on this socket; the client cannot tell (fault `withholdEvents`). */
  withholdEvents(): void {
    this.#line.withholdEvents()
  }

  /** Queues a frame until the turn settles. Returns false when it is withheld. */
  push(label: string, frame: WireJson, at?: number): boolean {
    return this.#line.takes(label) && this.#line.push(label, writeJson(frame), at)
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
    this.#line.dispose()
    this.#pulse.stop()
  }
}
