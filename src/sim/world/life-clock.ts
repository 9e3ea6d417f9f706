import type { ClockPort } from '#ports/clock'

/** What the machine's wall clock is off by. It outlives a process: every life on the machine reads the same. */
export interface WallClock {
  /** Ms that `now()` is ahead of the world's time; negative is behind. */
  offsetMs: number
}

/**
 * The virtual clock as one life of the company has it: a crash takes all its timers with it, as the end of a process does, and the monotonic
 * count begins with the process, so that no count of another life means anything to it.
 */
export class LifeClock implements ClockPort {
  readonly #clock: ClockPort
  readonly #wall: WallClock
  readonly #bornUs: number
  readonly #pending = new Map<number, unknown>()
  #next = 0
  #isFenced = false

  constructor(clock: ClockPort, wall: WallClock) {
    this.#clock = clock
    this.#wall = wall
    this.#bornUs = clock.monotonicUs()
  }

  /** Timers and deferred calls of this life that are still to come. */
  get pending(): number {
    return this.#pending.size
  }

  now(): number {
    return this.#clock.now() + this.#wall.offsetMs
  }

  monotonicUs(): number {
    return this.#clock.monotonicUs() - this.#bornUs
  }

  setTimeout(fn: (...args: never[]) => void, delayMs: number): number {
    const id = ++this.#next
    if (this.#isFenced) return id
    const call = fn as () => void
    const handle = this.#clock.setTimeout(() => {
      if (this.#pending.delete(id)) call()
    }, delayMs)
    this.#pending.set(id, handle)
    return id
  }

  clearTimeout(handle: unknown): void {
    if (typeof handle !== 'number') return
    this.#clock.clearTimeout(this.#pending.get(handle))
    this.#pending.delete(handle)
  }

  defer(fn: () => void): void {
    if (this.#isFenced) return
    const id = ++this.#next
    this.#pending.set(id, null)
    this.#clock.defer(() => {
      if (this.#pending.delete(id)) fn()
    })
  }

  /** Ends this life: nothing that it planned happens any more. */
  fence(): void {
    this.#isFenced = true
    for (const handle of this.#pending.values()) if (handle !== null) this.#clock.clearTimeout(handle)
    this.#pending.clear()
  }
}

/** The venue's own clock: the world's time, ahead or behind by so much. Its timers run as everybody's. */
export class OffsetClock implements ClockPort {
  readonly #clock: ClockPort
  readonly wall: WallClock = { offsetMs: 0 }

  constructor(clock: ClockPort) {
    this.#clock = clock
  }

  now(): number {
    return this.#clock.now() + this.wall.offsetMs
  }

  monotonicUs(): number {
    return this.#clock.monotonicUs()
  }

  setTimeout(fn: (...args: never[]) => void, delayMs: number): unknown {
    return this.#clock.setTimeout(fn, delayMs)
  }

  clearTimeout(handle: unknown): void {
    this.#clock.clearTimeout(handle)
  }

  defer(fn: () => void): void {
    this.#clock.defer(fn)
  }
}
