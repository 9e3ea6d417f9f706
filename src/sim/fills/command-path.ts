import type { ClockPort } from '#ports/clock'

/** The way between a company and a simulated venue: commands and answers take their time, and what a command causes is told after its answer. */
export class CommandPath {
  readonly #clock: ClockPort
  readonly #latencyMs: number
  /** True while a command is being carried out: what it causes is told after its own answer. */
  #isAnswering = false

  /** @param latencyMs one way: of a command to the venue, and of each answer and report back. */
  constructor(clock: ClockPort, latencyMs: number) {
    this.#clock = clock
    this.#latencyMs = latencyMs
  }

  /** Carries a command out when it arrives, and hands its answer back when that has travelled too. */
  command<T>(act: () => T): Promise<T> {
    const latencyMs = this.#latencyMs
    if (latencyMs === 0) return Promise.resolve(this.#carryOut(act))
    return new Promise((resolve) => {
      this.#clock.setTimeout(() => {
        const outcome = this.#carryOut(act)
        this.#clock.setTimeout(() => resolve(outcome), latencyMs)
      }, latencyMs)
    })
  }

  /** Tells the company something, after the answer to the command that caused it. */
  tell(say: () => void): void {
    const latencyMs = this.#latencyMs
    if (latencyMs === 0 && !this.#isAnswering) say()
    else if (!this.#isAnswering) this.#clock.setTimeout(say, latencyMs)
    // A turn later: the answer's own timer is set after this step.
    else this.#clock.defer(() => (latencyMs === 0 ? say() : this.#clock.setTimeout(say, latencyMs)))
  }

  #carryOut<T>(act: () => T): T {
    this.#isAnswering = true
    try {
      return act()
    } finally {
      this.#isAnswering = false
    }
  }
}
