import type { ClockPort } from '#ports/clock'
import type { SimConnection } from '#sim/server'
import type { CommonFaults } from './fault-board'

/** A frame that waits for the turn to settle. `label` is its channel or method, which faults are matched by. */
interface OutgoingFrame {
  readonly label: string
  readonly text: string
}

const WAITING_MAX = 100_000

export interface LineParts {
  readonly clock: ClockPort
  readonly faults: CommonFaults
  readonly connection: SimConnection
  /** True for channels that tell of an account. */
  isPrivate(label: string): boolean
  /** Called for each frame that leaves. */
  onSent(): void
  /** Called once when the server's side ends the socket; not when the client does. */
  onEnd(): void
}

/** The way of one socket's frames out: they wait for the turn to settle, then pass the faults. */
export class FrameLine {
  readonly #parts: LineParts
  #waiting: OutgoingFrame[] = []
  /** A frame that the next one overtakes (fault `reorderedFrame`). */
  #overtaken: OutgoingFrame | null = null
  #isOpen = true
  #isSilent = false
  #isDeaf = false
  /** Monotonic time before which no further frame leaves, so that delayed frames stay in order. */
  #releaseAtUs = 0

  constructor(parts: LineParts) {
    this.#parts = parts
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Count of frames that wait; a reply inserted there goes before what comes later. */
  get mark(): number {
    return this.#waiting.length
  }

  /** Private events are no longer sent on this socket; the client cannot tell (fault `withholdEvents`). */
  withholdEvents(): void {
    this.#isDeaf = true
    this.#waiting = this.#waiting.filter((frame) => !this.#parts.isPrivate(frame.label))
  }

  /** False when a frame of that label would be withheld or has nowhere to go. */
  takes(label: string): boolean {
    return this.#isOpen && !(this.#isDeaf && this.#parts.isPrivate(label))
  }

  /** Queues a frame until the turn settles. Returns false when it is withheld. */
  push(label: string, text: string, at: number = this.#waiting.length): boolean {
    if (!this.takes(label)) return false
    this.#waiting.splice(at, 0, { label, text })
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
    this.#parts.connection.close(code, reason, abrupt)
    this.#parts.onEnd()
  }

  /** Forgets the frames; the socket is gone. */
  dispose(): void {
    this.#isOpen = false
    this.#waiting = []
    this.#overtaken = null
  }

  #release(frame: OutgoingFrame): void {
    const { faults } = this.#parts
    if (!this.#isOpen || this.#isSilent || this.#isCut(frame.label)) return
    if (faults.takeCommon('droppedFrame', 'ws', frame.label) !== null) return
    if (this.#overtaken === null && faults.takeCommon('reorderedFrame', 'ws', frame.label) !== null) {
      this.#overtaken = frame
      return
    }
    this.#pass(frame)
    const overtaken = this.#overtaken
    this.#overtaken = null
    if (overtaken !== null) this.#pass(overtaken)
  }

  #pass(frame: OutgoingFrame): void {
    const { faults } = this.#parts
    const latency = faults.takeCommon('latency', 'ws', frame.label, (rule) => rule.stage === 'reply')
    this.#sendIn(latency === null ? 0 : faults.delayOf(latency), frame.text)
    const duplicate = faults.takeCommon('duplicate', 'ws', frame.label)
    if (duplicate !== null) this.#sendIn(duplicate.delayMs, frame.text, duplicate.delayMs > 0)
  }

  /** Faults that end the socket, or its voice, instead of sending the frame. */
  #isCut(label: string): boolean {
    const { faults, connection } = this.#parts
    if (faults.takeCommon('silentSocket', 'ws', label) !== null) {
      this.#isSilent = true
      return true
    }
    const disconnect = faults.takeCommon('disconnect', 'ws', label)
    if (disconnect !== null) {
      this.end(1001, 'going away', disconnect.abrupt)
      return true
    }
    const edge = faults.takeCommon('edgeText', 'ws', label)
    if (edge === null) return false
    connection.send(edge.text)
    this.end(1012, 'service restart', false)
    return true
  }

  /** Sends after a delay; a late copy (`isCopy`) holds back nothing else. */
  #sendIn(delayMs: number, text: string, isCopy = false): void {
    const { clock } = this.#parts
    const nowUs = clock.monotonicUs()
    const atUs = Math.max(nowUs + delayMs * 1_000, isCopy ? 0 : this.#releaseAtUs)
    if (!isCopy) this.#releaseAtUs = atUs
    if (atUs <= nowUs) this.#sendNow(text)
    else clock.setTimeout(() => this.#sendNow(text), (atUs - nowUs) / 1_000)
  }

  #sendNow(text: string): void {
    if (!this.#isOpen || this.#isSilent) return
    this.#parts.onSent()
    this.#parts.connection.send(text)
  }
}
