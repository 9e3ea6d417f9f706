import type { AlerterPort } from '#ports/alerter'
import type { ClockPort } from '#ports/clock'
import type { JournalEntry, JournalPort } from '#ports/journal'
import type { BreakerBoard } from './breaker-board'
import type { KillSwitch } from './kill-switch'

/** How long something may hold before it is told of again, more loudly, ms (OBS-03). */
const UNRESOLVED_MS = 120_000
/** And again after so long, ms: whoever has seen it need not hear it every minute. */
const AGAIN_MS = 1_800_000

export interface EscalationDeps {
  readonly clock: ClockPort
  readonly journal: JournalPort
  /** Raised past the count of critical errors: that something still holds is no new error. */
  readonly alerter: AlerterPort
  readonly board: Pick<BreakerBoard, 'all' | 'has' | 'find' | 'isHolding'>
  readonly killSwitch: Pick<KillSwitch, 'state'>
}

/** What holds: since when, and how it is told of. */
interface Standing {
  readonly code: string
  readonly text: string
  readonly sinceMs: number
}

const KILL_SWITCH = 'killSwitch'

/**
 * Tells of what was raised and is unresolved after two minutes once more, as CRITICAL: the kill switch, and every breaker that is still
 * tripped. One that cools down is resolved: it ends by itself. Driven by the journal and one timer each, so that nothing is polled.
 */
export class Escalation {
  readonly #deps: EscalationDeps
  readonly #timers = new Map<string, unknown>()
  #unsubscribe: (() => void) | null = null

  constructor(deps: EscalationDeps) {
    this.#deps = deps
  }

  /** Begins; what holds from before a restart counts from its own beginning. */
  start(): void {
    this.#unsubscribe ??= this.#deps.journal.subscribe((entry) => this.#onEntry(entry))
    this.#plan(KILL_SWITCH)
    for (const { breakerId } of this.#deps.board.all()) this.#plan(breakerId)
  }

  stop(): void {
    this.#unsubscribe?.()
    this.#unsubscribe = null
    for (const timer of this.#timers.values()) this.#deps.clock.clearTimeout(timer)
    this.#timers.clear()
  }

  #onEntry({ kind, correlationId }: Pick<JournalEntry, 'kind' | 'correlationId'>): void {
    if (kind === 'killSwitch.tripped') this.#later(KILL_SWITCH, UNRESOLVED_MS)
    else if (kind === 'breaker.transition' && correlationId !== null) this.#later(correlationId, UNRESOLVED_MS)
  }

  #plan(id: string): void {
    const standing = this.#standingOf(id)
    if (standing !== null) this.#later(id, Math.max(0, standing.sinceMs + UNRESOLVED_MS - this.#deps.clock.now()))
  }

  #later(id: string, delayMs: number): void {
    const { clock } = this.#deps
    clock.clearTimeout(this.#timers.get(id))
    this.#timers.set(
      id,
      clock.setTimeout(() => this.#look(id), Math.min(delayMs, UNRESOLVED_MS)),
    )
  }

  #look(id: string): void {
    this.#timers.delete(id)
    const standing = this.#standingOf(id)
    if (standing === null) return
    const { alerter, clock } = this.#deps
    const forMin = Math.max(0, Math.round((clock.now() - standing.sinceMs) / 60_000))
    const text = `unresolved for ${forMin} min: ${standing.text}`
    alerter.raise({ severity: 'CRITICAL', code: `UNRESOLVED_${standing.code}`, text, details: { condition: id, forMin } })
    this.#timers.set(
      id,
      clock.setTimeout(() => this.#look(id), AGAIN_MS),
    )
  }

  /** Null for what does not hold any more, or ends by itself. */
  #standingOf(id: string): Standing | null {
    const { board, killSwitch } = this.#deps
    if (id === KILL_SWITCH) {
      const { state } = killSwitch
      return state === null ? null : { code: 'KILL_SWITCH', text: `the kill switch is active: ${state.reason}`, sinceMs: state.sinceMs }
    }
    if (!board.has(id)) return null
    const { plan, chart } = board.find(id)
    const { value, context } = chart.actor.getSnapshot()
    if (value !== 'tripped') return null
    const text = `breaker ${id} holds: ${context.reason ?? plan.kind}`
    return { code: plan.kind.toUpperCase(), text, sinceMs: context.trippedAtMs ?? chart.sinceMs }
  }
}
