import { CommandRefusedError } from '#domain/errors'
import type { AlerterPort } from '#ports/alerter'
import type { ClockPort } from '#ports/clock'
import type { Operator } from '#ports/control'
import type { JournalPort } from '#ports/journal'
import type { KillSwitchMemory } from './memory'

export interface KillSwitchDeps {
  readonly clock: ClockPort
  readonly journal: JournalPort
  readonly alerter: AlerterPort
  /** Halts the company in the same step; called again for each trip. */
  onTripped(reason: string): void
  onCleared(operator: string): void
}

/**
 * The kill switch (RSK-09): tripped by an operator, the API, a flag file, a breaker's threshold or a fatal inconsistency; persisted in the journal; cleared by
 * a named operator alone, and not while the flag file lies there.
 */
export class KillSwitch {
  readonly #deps: KillSwitchDeps
  #active: KillSwitchMemory | null = null
  #isFlagged = false

  constructor(deps: KillSwitchDeps) {
    this.#deps = deps
  }

  get state(): KillSwitchMemory | null {
    return this.#active
  }

  get isActive(): boolean {
    return this.#active !== null
  }

  /** Takes the state from before the restart; the company comes up halted by its own latch. */
  restore(memory: KillSwitchMemory | null): void {
    this.#active ??= memory
  }

  /** @param source `operator`, `api`, `file`, `breaker`, `internal`. */
  trip(reason: string, source: string, operator: Operator | null): void {
    if (this.#active !== null) return this.#deps.onTripped(reason) // a second pull cancels again what came meanwhile
    const sinceMs = this.#deps.clock.now()
    this.#deps.journal.append({
      actor: 'killSwitch',
      kind: 'killSwitch.tripped',
      payload: { reason, source, operator: operator?.name ?? null, address: operator?.address ?? null },
      correlationId: null,
      causationSeq: null,
    })
    this.#active = { reason, source, sinceMs }
    this.#deps.onTripped(reason)
    this.#deps.alerter.raise({ severity: 'CRITICAL', code: 'KILL_SWITCH', text: `kill switch (${source}): ${reason}`, details: { source } })
  }

  /** The flag file came or went. That it was seen is journaled also where the switch is active already: whoever wrote it waits for that. */
  flag(reason: string | null): void {
    this.#isFlagged = reason !== null
    if (reason === null) return
    const text = reason === '' ? 'the flag file was found' : reason
    if (this.#active === null) return this.trip(text, 'file', null)
    this.#deps.journal.append({
      actor: 'killSwitch',
      kind: 'killSwitch.flagged',
      payload: { reason: text },
      correlationId: null,
      causationSeq: null,
    })
  }

  /** @throws {CommandRefusedError} when it is not active, or the flag file still lies there. */
  clear(operator: Operator): void {
    if (this.#active === null) throw new CommandRefusedError('the kill switch is not active')
    if (this.#isFlagged) throw new CommandRefusedError('the flag file still lies in the data directory; remove it first')
    this.#deps.journal.append({
      actor: 'killSwitch',
      kind: 'killSwitch.cleared',
      payload: { operator: operator.name, address: operator.address },
      correlationId: null,
      causationSeq: null,
    })
    this.#active = null
    this.#deps.onCleared(operator.name)
  }
}
