import { InvariantError, messageOf } from '#domain/errors'
import type { Life, LifeEnd, World } from '#sim/world/world'

/** A company that ends by itself is started again after this long, as a service manager does. */
const RESTART_MS = 5_000
/** A run whose company ends more often than this does not get anywhere. */
const LIVES_MAX = 500

/** Starts, kills, stops and starts again the process of the company. */
export class Keeper {
  readonly #world: World
  readonly #trace: (text: string) => void
  readonly #onLife: (life: Life) => void
  #timer: unknown = null
  #lives = 0

  /** @param onLife called with each life that begins. */
  constructor(world: World, trace: (text: string) => void, onLife: (life: Life) => void) {
    this.#world = world
    this.#trace = trace
    this.#onLife = onLife
  }

  /** Lives that were started. */
  get lives(): number {
    return this.#lives
  }

  /** Starts the company where it is down. */
  start(): void {
    this.#world.clock.clearTimeout(this.#timer)
    this.#timer = null
    if (this.#world.isAlive) return
    if (++this.#lives > LIVES_MAX) throw new InvariantError(`the company was started ${LIVES_MAX} times`)
    this.#world.start()
    const { life } = this.#world
    this.#onLife(life)
    this.#trace(`life ${this.#lives} starts on ${life.journal.headSeq} entries`)
    void life.runtime.done.then((end) => this.#onEnd(life, end))
  }

  /** Kills the process in this very step; it is started again `downMs` later. Returns false when there is none. */
  kill(downMs: number): boolean {
    if (!this.#world.isAlive) return false
    this.#world.crash()
    this.#startIn(downMs)
    return true
  }

  /** Asks the company to stop in order; it is started again once it has. Returns false when there is none. */
  stopInOrder(reason: string): boolean {
    if (!this.#world.isAlive) return false
    this.#world.runtime.stop(reason)
    return true
  }

  #startIn(delayMs: number): void {
    this.#world.clock.clearTimeout(this.#timer)
    this.#timer = this.#world.clock.setTimeout(() => this.start(), delayMs)
  }

  /** The process ends with its company: whatever it still had is gone. */
  #onEnd(life: Life, end: LifeEnd): void {
    if (!this.#isPresent(life) || this.isEnding) return
    this.#trace(`the company ended with ${end.exitCode}${end.error === null ? '' : `: ${messageOf(end.error)}`}`)
    const leave = () => {
      if (this.#isPresent(life)) this.kill(RESTART_MS)
    }
    // As the process does before it goes: what waits is written, unless the journal has failed.
    life.journal.close().then(leave, leave)
  }

  #isPresent(life: Life): boolean {
    return this.#world.isAlive && this.#world.life === life
  }

  /** Set while the last stop of the run is awaited: nothing is started again then. */
  isEnding = false
}
