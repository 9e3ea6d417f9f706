import type { ClockPort } from '#ports/clock'

const BEAT_MS = 1_000
const IDLE_MS = 60_000

export interface PulseHandlers {
  hasSubscription(): boolean
  /** Sends a heartbeat. */
  beat(): void
  /** Nothing was said for a minute: the socket ends. */
  expire(): void
}

/** The 1 Hz pulse of one socket: a heartbeat when nothing else was sent, once there is a subscription; without one an idle limit. */
export class HeartbeatPulse {
  readonly #clock: ClockPort
  readonly #handlers: PulseHandlers
  #timer: unknown
  #sentAtUs: number
  #heardAtUs: number
  #isStopped = false

  constructor(clock: ClockPort, handlers: PulseHandlers) {
    this.#clock = clock
    this.#handlers = handlers
    this.#sentAtUs = this.#heardAtUs = clock.monotonicUs()
    this.#plan()
  }

  noteIncoming(): void {
    this.#heardAtUs = this.#clock.monotonicUs()
  }

  noteOutgoing(): void {
    this.#sentAtUs = this.#clock.monotonicUs()
  }

  stop(): void {
    this.#isStopped = true
    this.#clock.clearTimeout(this.#timer)
  }

  #plan(): void {
    this.#timer = this.#clock.setTimeout(() => this.#tick(), BEAT_MS)
  }

  #tick(): void {
    const nowUs = this.#clock.monotonicUs()
    const quietMs = (nowUs - this.#sentAtUs) / 1_000
    if (this.#handlers.hasSubscription()) {
      if (quietMs >= BEAT_MS) this.#handlers.beat()
    } else if (Math.min(quietMs, (nowUs - this.#heardAtUs) / 1_000) >= IDLE_MS) {
      this.#handlers.expire()
    }
    if (!this.#isStopped) this.#plan()
  }
}
