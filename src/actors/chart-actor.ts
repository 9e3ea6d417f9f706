import { type Actor, type AnyStateMachine, createActor, type InputFrom, type InspectionEvent, type SnapshotFrom } from 'xstate'
import type { ClockPort } from '#ports/clock'
import { messageOf } from '#domain/errors'
import { shownState } from '#machines/status'

/** A change that a chart made: where from, where to, and the event that led there. */
export interface Transition<TMachine extends AnyStateMachine> {
  readonly from: string
  readonly to: string
  readonly snapshot: SnapshotFrom<TMachine>
}

export interface ChartOptions<TMachine extends AnyStateMachine> {
  readonly id: string
  readonly machine: TMachine
  readonly input: InputFrom<TMachine>
  readonly clock: ClockPort
  readonly inspect: ((event: InspectionEvent) => void) | null
  /** Called after each event that changed state or context, with the same state twice when only the context changed. */
  onChange(transition: Transition<TMachine>): void
  /** The chart itself threw: a bug of ours. The actor is gone. */
  onCrash(error: string): void
}

/** A started actor of one of the few long-lived charts, with when it entered its state. */
export class ChartActor<TMachine extends AnyStateMachine> {
  readonly id: string
  readonly actor: Actor<TMachine>
  readonly #clock: ClockPort
  #state: string
  #sinceMs: number

  constructor(options: ChartOptions<TMachine>) {
    this.id = options.id
    this.#clock = options.clock
    const { machine, input, clock } = options
    const settings = { id: options.id, input, clock, ...(options.inspect === null ? {} : { inspect: options.inspect }) }
    this.actor = createActor(machine, settings as ConstructorParameters<typeof Actor<TMachine>>[1] & { input: InputFrom<TMachine> })
    this.#state = stateOf(this.actor)
    this.#sinceMs = clock.now()
    this.actor.subscribe({
      next: (snapshot) => {
        const from = this.#state
        this.#note()
        options.onChange({ from, to: this.#state, snapshot })
      },
      error: (error) => options.onCrash(messageOf(error)),
    })
  }

  /** Upper-case innermost state, as reports show it. */
  get state(): string {
    return this.#state
  }

  /** UTC ms at which the state was entered. */
  get sinceMs(): number {
    return this.#sinceMs
  }

  start(): this {
    this.actor.start()
    return this
  }

  stop(): void {
    this.actor.stop()
  }

  #note(): void {
    const now = stateOf(this.actor)
    if (now === this.#state) return
    this.#state = now
    this.#sinceMs = this.#clock.now()
  }
}

function stateOf(actor: { getSnapshot(): unknown }): string {
  const snapshot = actor.getSnapshot() as { readonly value: Parameters<typeof shownState>[0] }
  return shownState(snapshot.value)
}
