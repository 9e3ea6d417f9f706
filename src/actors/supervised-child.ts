import { AppError, messageOf } from '#domain/errors'
import type { ClockPort } from '#ports/clock'
import type { DeadLetters } from './dead-letters'
import type { ChildHandle, ChildReports, ChildSpec, ChildState, ChildView, SupervisorEvent } from './supervision'

/** What a child's supervisor does when the child reports. */
export interface ChildHooks {
  onFailed(child: SupervisedChild, error: unknown): void
  onDone(child: SupervisedChild): void
  emit(event: SupervisorEvent): void
}

interface Wait {
  readonly timer: unknown
  readonly giveUp: () => void
}

/** One child of a supervisor through all its incarnations: starts, stops and fences them. Decides nothing. */
export class SupervisedChild {
  readonly spec: ChildSpec
  /** Times of restarts within the budget's window, monotonic ms. */
  history: readonly number[] = []
  restarts = 0
  readonly #clock: ClockPort
  readonly #deadLetters: DeadLetters
  readonly #hooks: ChildHooks
  #state: ChildState = 'idle'
  #sinceMs: number
  #error: string | null = null
  #incarnation = 0
  #handle: ChildHandle | null = null
  #backoff: unknown = null
  #startWait: Wait | null = null
  #releasing: Promise<void> | null = null

  constructor(spec: ChildSpec, clock: ClockPort, deadLetters: DeadLetters, hooks: ChildHooks) {
    this.spec = spec
    this.#clock = clock
    this.#deadLetters = deadLetters
    this.#hooks = hooks
    this.#sinceMs = clock.now()
  }

  get state(): ChildState {
    return this.#state
  }

  get isRecoverable(): boolean {
    return this.#handle !== null && this.#handle.recover !== null
  }

  view(): ChildView {
    const { id, restart } = this.spec
    return { id, state: this.#state, restart, restarts: this.restarts, error: this.#error, sinceMs: this.#sinceMs }
  }

  /** Marks where the child stands between incarnations. */
  mark(state: 'parked' | 'ended'): void {
    this.#enter(state)
  }

  /** Calls `fn` after the back-off, unless the child is stopped or comes back before. */
  backOff(delayMs: number, fn: () => void): void {
    this.#clearBackoff()
    this.#enter('backingOff')
    this.#backoff = this.#clock.setTimeout(() => {
      this.#backoff = null
      fn()
    }, delayMs)
  }

  /** Builds and starts the next incarnation. Resolves whether it runs; a failure has been reported by then. */
  async start(): Promise<boolean> {
    const mine = ++this.#incarnation
    this.#enter('starting')
    try {
      const handle = this.spec.create(this.#reportsOf(mine))
      this.#handle = handle
      const started = handle.start()
      if (started !== undefined) await this.#startWithin(started)
    } catch (error) {
      this.#fail(mine, error)
    }
    return this.#isUp(mine)
  }

  /** Tries to bring the present incarnation back as it stands. */
  recover(): boolean {
    const handle = this.#handle
    if (handle === null || handle.recover === null) return false
    // Entered first: a child that fails again within this call must count as a failure of a child in service.
    this.#enter('running')
    try {
      if (handle.recover()) {
        if (this.#state === 'running') this.#emitStarted()
        return true
      }
    } catch (error) {
      this.#error = messageOf(error)
    }
    this.#enter('backingOff')
    return false
  }

  /** Ends the present incarnation within its deadline, and its timers at once. Safe to call twice; what was parked or ended stays so. */
  async stop(): Promise<void> {
    this.#clearBackoff()
    const isDown = this.#state === 'idle' || this.#state === 'parked' || this.#state === 'ended' || this.#state === 'stopped'
    if (!isDown) this.#enter('stopping')
    this.#startWait?.giveUp()
    await this.release()
    if (this.#state === 'stopping') this.#enter('stopped')
  }

  /** Frees what the present incarnation holds and fences it; its state and a running back-off stay. */
  release(): Promise<void> {
    this.#releasing ??= this.#releaseOnce().finally(() => {
      this.#releasing = null
    })
    return this.#releasing
  }

  async #releaseOnce(): Promise<void> {
    const handle = this.#handle
    if (handle === null) return
    this.#incarnation++
    this.#handle = null
    try {
      const stopped = handle.stop()
      if (stopped !== undefined) await this.#stopWithin(stopped)
      this.#hooks.emit({ type: 'child.stopped', childId: this.spec.id, atMs: this.#clock.now() })
    } catch (error) {
      this.#hooks.emit({ type: 'child.stopFailed', childId: this.spec.id, error: messageOf(error), atMs: this.#clock.now() })
    }
  }

  #reportsOf(mine: number): ChildReports {
    return {
      failed: (error) => this.#fail(mine, error),
      done: () => {
        if (this.#isOwn(mine, 'done')) this.#hooks.onDone(this)
      },
      recovered: () => {
        if (mine !== this.#incarnation) return this.#late('recovered')
        if (this.#state !== 'parked' && this.#state !== 'backingOff') return
        this.#clearBackoff()
        if (this.#state === 'parked') this.history = []
        this.#enter('running')
        this.#emitStarted()
      },
    }
  }

  #fail(mine: number, error: unknown): void {
    if (!this.#isOwn(mine, 'failed')) return
    this.#error = messageOf(error)
    this.#startWait?.giveUp()
    this.#hooks.emit({ type: 'child.failed', childId: this.spec.id, error: this.#error, cause: error, atMs: this.#clock.now() })
    this.#hooks.onFailed(this, error)
  }

  /** A report counts once, from the incarnation in service. */
  #isOwn(mine: number, report: string): boolean {
    if (mine === this.#incarnation && (this.#state === 'starting' || this.#state === 'running')) return true
    this.#late(report)
    return false
  }

  #late(report: string): void {
    this.#deadLetters.record({ actorId: this.spec.id, eventType: `child.${report}`, cause: 'replaced' })
  }

  #isUp(mine: number): boolean {
    if (mine !== this.#incarnation || this.#state !== 'starting') return false
    this.#enter('running')
    this.#emitStarted()
    return true
  }

  #emitStarted(): void {
    this.#hooks.emit({ type: 'child.started', childId: this.spec.id, atMs: this.#clock.now() })
  }

  #enter(state: ChildState): void {
    if (state === this.#state) return
    this.#state = state
    this.#sinceMs = this.#clock.now()
  }

  #clearBackoff(): void {
    if (this.#backoff !== null) this.#clock.clearTimeout(this.#backoff)
    this.#backoff = null
  }

  /** Waits for a start; ends early, without an error, when the child fails or is stopped meanwhile. */
  #startWithin(started: Promise<void>): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const end = (settle: () => void) => {
      this.#clock.clearTimeout(timer)
      this.#startWait = null
      settle()
    }
    const timer = this.#clock.setTimeout(
      () => end(() => reject(overrun(this.spec.id, 'start', this.spec.startTimeoutMs))),
      this.spec.startTimeoutMs,
    )
    const wait: Wait = { timer, giveUp: () => end(resolve) }
    this.#startWait = wait
    started.then(
      () => this.#startWait === wait && end(resolve),
      (error: unknown) => this.#startWait === wait && end(() => reject(error)),
    )
    return promise
  }

  #stopWithin(stopped: Promise<void>): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const timer = this.#clock.setTimeout(() => reject(overrun(this.spec.id, 'stop', this.spec.stopTimeoutMs)), this.spec.stopTimeoutMs)
    stopped.then(resolve, reject)
    return promise.finally(() => this.#clock.clearTimeout(timer))
  }
}

function overrun(childId: string, step: 'start' | 'stop', limitMs: number): AppError {
  return new AppError(`${childId} did not ${step} within ${limitMs} ms`, {
    code: 'CHILD_TIMEOUT',
    severity: 'HIGH',
    disposition: 'crash',
    details: { childId, step, limitMs },
  })
}
