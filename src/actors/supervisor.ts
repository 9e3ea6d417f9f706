import { InvariantError, messageOf, NotFoundError } from '#domain/errors'
import { decideRestart } from '#domain/restart'
import type { ClockPort } from '#ports/clock'
import type { RandomPort } from '#ports/random'
import type { DeadLetters } from './dead-letters'
import { SupervisedChild } from './supervised-child'
import type { ChildHandle, ChildSpec, ChildView, SupervisorEvent } from './supervision'

export interface SupervisorOptions {
  readonly id: string
  /** `oneForOne`: a failure concerns that child alone. `restForOne`: those started after it depend on it and go down and up with it. */
  readonly strategy: 'oneForOne' | 'restForOne'
  readonly childrenMax: number
  readonly clock: ClockPort
  readonly random: RandomPort
  readonly deadLetters: DeadLetters
  /** Must not throw. */
  readonly onEvent: (event: SupervisorEvent) => void
  /** The failure that climbs: every child is stopped by then. Called once; this supervisor is over. */
  readonly onFailed: (error: unknown) => void
}

/**
 * Starts children in order, stops them in reverse, and restarts what fails within its budget. It never looks into a child, so a
 * crash cannot reach a sibling through it. A supervisor is itself a `ChildHandle`, so supervisors nest.
 */
export class Supervisor implements ChildHandle {
  readonly recover = null
  readonly #options: SupervisorOptions
  readonly #children: SupervisedChild[] = []
  /** Work that must not overlap: the whole supervisor's where children depend on each other, else each child's own. */
  readonly #work = new Map<string, Promise<void>>()
  #state: 'idle' | 'running' | 'stopping' | 'over' = 'idle'

  constructor(options: SupervisorOptions, specs: readonly ChildSpec[]) {
    this.#options = options
    for (const spec of specs) this.#adopt(spec)
  }

  /** Children in start order. */
  children(): readonly ChildView[] {
    return this.#children.map((child) => child.view())
  }

  child(id: string): ChildView {
    return this.#find(id).view()
  }

  /** Starts every child, each once the one before is up. Under `restForOne` a child that fails to start holds back those after it. */
  async start(): Promise<void> {
    if (this.#state !== 'idle') throw new InvariantError(`${this.#options.id} was started before`)
    this.#state = 'running'
    await this.#startFrom(0)
  }

  /** Stops every child in reverse order, each within its deadline; no timer is left. */
  async stop(): Promise<void> {
    if (this.#state === 'over') return
    this.#state = 'stopping'
    await this.#stopDownTo(0)
    await Promise.all(this.#work.values())
    this.#state = 'over'
  }

  /** Adds a child at the end and starts it when the supervisor runs. @throws {InvariantError} when the id is taken or there are too many. */
  async add(spec: ChildSpec): Promise<void> {
    const child = this.#adopt(spec)
    if (this.#state === 'running') await this.#enqueue(child, () => this.#startChild(child))
  }

  /** Stops a child and forgets it. @throws {NotFoundError} */
  async remove(id: string): Promise<void> {
    const child = this.#find(id)
    this.#children.splice(this.#children.indexOf(child), 1)
    await child.stop()
  }

  /** Starts a child anew by hand, running, parked or ended, its history forgotten. @throws {NotFoundError} */
  async restart(id: string): Promise<void> {
    const child = this.#find(id)
    await this.#enqueue(child, async () => {
      child.history = []
      await this.#takeDown(child)
      await this.#bringUp(child)
    })
  }

  #adopt(spec: ChildSpec): SupervisedChild {
    const { id, childrenMax, clock, deadLetters } = this.#options
    if (this.#children.some((child) => child.spec.id === spec.id)) throw new InvariantError(`${id}: "${spec.id}" exists already`)
    if (this.#children.length >= childrenMax) throw new InvariantError(`${id}: ${childrenMax} children is the limit`)
    const child = new SupervisedChild(spec, clock, deadLetters, {
      onFailed: (failed, error) => this.#onFailed(failed, error),
      onDone: (done) => this.#onDone(done),
      emit: this.#options.onEvent,
    })
    this.#children.push(child)
    return child
  }

  #find(id: string): SupervisedChild {
    const child = this.#children.find((candidate) => candidate.spec.id === id)
    if (child === undefined) throw new NotFoundError(`${this.#options.id} has no child "${id}"`)
    return child
  }

  #onDone(child: SupervisedChild): void {
    if (child.spec.restart === 'permanent') {
      this.#onFailed(child, new InvariantError(`${child.spec.id} ended, though it is permanent`))
      return
    }
    this.#options.onEvent({ type: 'child.ended', childId: child.spec.id, atMs: this.#options.clock.now() })
    this.#putDown(child, 'ended')
  }

  #onFailed(child: SupervisedChild, error: unknown): void {
    if (this.#state !== 'running') return
    const { clock, random, onEvent } = this.#options
    const { id, restart, budget, whenSpent } = child.spec
    if (restart === 'temporary') {
      this.#putDown(child, 'ended')
      return
    }
    const decision = decideRestart(child.history, Math.floor(clock.monotonicUs() / 1_000), budget, random.next())
    child.history = decision.history
    if (decision.kind === 'escalate') {
      onEvent({ type: 'child.escalated', childId: id, error: messageOf(error), whenSpent, atMs: clock.now() })
      if (whenSpent === 'park') this.#putDown(child, 'parked')
      else this.#climb(error)
      return
    }
    child.restarts++
    const attempt = decision.history.length
    child.backOff(decision.delayMs, () => this.#background(child, () => this.#revive(child)))
    onEvent({ type: 'child.restarting', childId: id, delayMs: decision.delayMs, attempt, atMs: clock.now() })
    this.#background(child, () => this.#clear(child, 'backingOff'))
  }

  /** Leaves a child down: at once in name, so that nothing brings it back, then in fact. */
  #putDown(child: SupervisedChild, state: 'parked' | 'ended'): void {
    child.mark(state)
    this.#background(child, () => this.#clear(child, state))
  }

  /** Frees what a failed child holds, and stops those that depend on it. A child that recovers in place is left as it stands. */
  async #clear(child: SupervisedChild, state: 'backingOff' | 'parked' | 'ended'): Promise<void> {
    if (child.state !== state) return
    if (this.#options.strategy === 'restForOne') await this.#stopDownTo(this.#children.indexOf(child) + 1)
    if (child.state !== state || (child.isRecoverable && state !== 'ended')) return
    await child.release()
  }

  async #takeDown(child: SupervisedChild): Promise<void> {
    if (this.#options.strategy === 'restForOne') await this.#stopDownTo(this.#children.indexOf(child))
    else await child.stop()
  }

  /** The back-off is over, unless a group that the child belongs to went down meanwhile. */
  async #revive(child: SupervisedChild): Promise<void> {
    if (child.state === 'backingOff') await this.#bringUp(child)
  }

  /** Brings a failed child back, in place where it can, and those that wait for it. */
  async #bringUp(child: SupervisedChild): Promise<void> {
    if (this.#state !== 'running' || !this.#children.includes(child)) return
    if (!child.recover()) {
      await child.stop()
      if (!(await this.#startChild(child))) return
    }
    if (child.state === 'running' && this.#options.strategy === 'restForOne') await this.#startFrom(this.#children.indexOf(child) + 1)
  }

  async #startChild(child: SupervisedChild): Promise<boolean> {
    return this.#state === 'running' && this.#children.includes(child) && (await child.start())
  }

  async #startFrom(first: number): Promise<void> {
    for (const child of this.#children.slice(first)) {
      if (child.state !== 'idle' && child.state !== 'stopped') continue
      const isUp = await this.#startChild(child)
      if (!isUp && this.#options.strategy === 'restForOne') return
    }
  }

  async #stopDownTo(first: number): Promise<void> {
    for (const child of this.#children.slice(first).reverse()) await child.stop()
  }

  #climb(error: unknown): void {
    this.#state = 'stopping'
    const down = this.#stopDownTo(0).then(() => {
      this.#state = 'over'
      this.#options.onFailed(error)
    })
    this.#work.set('climb', down)
  }

  /** Runs work after what the same child, or the whole supervisor, still has to do. */
  #enqueue(child: SupervisedChild, work: () => Promise<unknown>): Promise<void> {
    const lane = this.#options.strategy === 'restForOne' ? 'all' : child.spec.id
    const before = this.#work.get(lane) ?? Promise.resolve()
    const run = before.then(async () => {
      await work()
    })
    const settled = run.catch(() => {})
    this.#work.set(lane, settled)
    return run.finally(() => {
      if (this.#work.get(lane) === settled) this.#work.delete(lane)
    })
  }

  /** Work that nobody awaits: an error in it is a bug of the supervisor, and climbs. */
  #background(child: SupervisedChild, work: () => Promise<unknown>): void {
    this.#enqueue(child, work).catch((error: unknown) => this.#climb(error))
  }
}
