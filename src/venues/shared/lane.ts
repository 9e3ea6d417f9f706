import { AppError } from '#domain/errors'
import type { ClockPort } from '#ports/clock'

/** The budget that a lane asks before each call. */
export interface LaneBudget {
  /** Returns the ms until a call of this cost may go. */
  waitMs(cost: number, usesReserve: boolean): number
  spend(cost: number): void
}

/** Limits of a lane, and its name for messages. */
export interface LaneOptions {
  readonly name: string
  readonly queueMax: number
  /** A call that has waited longer, or would have to, is refused when it comes to the head of the queue. */
  readonly waitMsMax: number
  /** Calls in flight at once; 1 keeps them in single file. */
  readonly inFlightMax: number
}

interface Job {
  readonly cost: number
  readonly usesReserve: boolean
  readonly enqueuedUs: number
  readonly run: () => Promise<void>
  readonly refuse: (error: AppError) => void
}

/** A first-in-first-out list whose head moves without copying. */
class Fifo {
  #items: (Job | undefined)[] = []
  #head = 0

  get size(): number {
    return this.#items.length - this.#head
  }

  push(job: Job): void {
    this.#items.push(job)
  }

  peek(): Job | undefined {
    return this.#items[this.#head]
  }

  shift(): void {
    this.#items[this.#head++] = undefined
    if (this.#head < 1_024 || this.#head * 2 < this.#items.length) return
    this.#items = this.#items.slice(this.#head)
    this.#head = 0
  }
}

/**
 * Calls in turn: so many in flight, first come first served, urgent ones (cancels) before the rest, none before its budget
 * allows. In single file one lane an API key keeps nonces in order at the venue (VEN-02); another spaces the public calls.
 */
export class CallLane {
  readonly #clock: ClockPort
  readonly #budget: LaneBudget
  readonly #options: LaneOptions
  readonly #urgent = new Fifo()
  readonly #normal = new Fifo()
  #inFlight = 0
  #timer: unknown = null
  #pausedUntilUs = 0

  constructor(clock: ClockPort, budget: LaneBudget, options: LaneOptions) {
    this.#clock = clock
    this.#budget = budget
    this.#options = options
  }

  /** Count of calls that wait. */
  get queued(): number {
    return this.#urgent.size + this.#normal.size
  }

  /**
   * Runs `call` when its turn comes and gives back what it gives.
   * @param usesReserve lets it spend the budget that is kept for urgent calls, in its own turn.
   * @throws {AppError} `RATE_LIMITED` when the queue is full or the call waited too long.
   */
  run<T>(call: () => Promise<T>, cost: number, isUrgent: boolean, usesReserve = isUrgent): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.queued >= this.#options.queueMax) {
        reject(overloaded(`${this.#options.queueMax} calls wait in the ${this.#options.name} lane already; ask less often`))
        return
      }
      const job: Job = {
        cost,
        usesReserve,
        enqueuedUs: this.#clock.monotonicUs(),
        run: async () => {
          try {
            resolve(await call())
          } catch (error) {
            reject(error)
          }
        },
        refuse: reject,
      }
      if (isUrgent) this.#urgent.push(job)
      else this.#normal.push(job)
      this.#pump()
    })
  }

  /** Holds every call back for `ms`: the venue asked for quiet. */
  pause(ms: number): void {
    this.#pausedUntilUs = Math.max(this.#pausedUntilUs, this.#clock.monotonicUs() + ms * 1_000)
  }

  #pump(): void {
    while (this.#inFlight < this.#options.inFlightMax) {
      const queue = this.#urgent.size > 0 ? this.#urgent : this.#normal
      const job = queue.peek()
      if (job === undefined) return
      const waitMs = Math.max(0, this.#budget.waitMs(job.cost, job.usesReserve), (this.#pausedUntilUs - this.#clock.monotonicUs()) / 1_000)
      if (this.#waitedMs(job) + waitMs > this.#options.waitMsMax) {
        queue.shift()
        job.refuse(overloaded(`No budget in the ${this.#options.name} lane within ${this.#options.waitMsMax} ms`))
        continue
      }
      if (waitMs > 0) {
        this.#wakeIn(waitMs)
        return
      }
      queue.shift()
      this.#start(job)
    }
  }

  #waitedMs(job: Job): number {
    return (this.#clock.monotonicUs() - job.enqueuedUs) / 1_000
  }

  #start(job: Job): void {
    this.#budget.spend(job.cost)
    this.#inFlight++
    void job.run().then(() => {
      this.#inFlight--
      this.#pump()
    })
  }

  #wakeIn(ms: number): void {
    if (this.#timer !== null) this.#clock.clearTimeout(this.#timer)
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = null
      this.#pump()
    }, ms)
  }
}

function overloaded(message: string): AppError {
  return new AppError(message, { code: 'RATE_LIMITED', disposition: 'retry' })
}
