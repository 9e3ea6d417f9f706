import { CommandRefusedError } from '#domain/errors'
import type { BotId, InstrumentId, StrategyId, VenueId } from '#domain/ids'
import type { JournalPort } from '#ports/journal'
import type { Epochs } from '#risk/types'
import type { OrderScopes } from './gate-facts'
import type { GateMemory, ReducingHold } from './gate-memory'

/** What can be made to take only what lowers exposure. */
export type ReducibleScope =
  | { readonly kind: 'company' }
  | { readonly kind: 'venue'; readonly venueId: VenueId }
  | { readonly kind: 'instrument'; readonly instrumentId: InstrumentId }
  | { readonly kind: 'strategy'; readonly strategyId: StrategyId }
  | { readonly kind: 'bot'; readonly botId: BotId }

export interface ReducingScopesDeps {
  readonly journal: JournalPort
  readonly epochs: Epochs
  readonly memory: GateMemory
}

/**
 * The scopes that are `reducing`: their strategies run, and the gate lets pass only what lowers exposure. Several sources can hold one
 * scope; each lets go of its own. Journaled, and so kept over restarts.
 */
export class ReducingScopes {
  readonly #deps: ReducingScopesDeps

  constructor(deps: ReducingScopesDeps) {
    this.#deps = deps
  }

  /** Why an order's scope is reducing; null when none of them is. */
  reasonFor({ botId, venueId, instrumentId, strategyId }: OrderScopes): string | null {
    const holds = this.#deps.memory.reducing()
    if (holds.size === 0) return null
    const scopes = ['company', `venue:${venueId}`, `instrument:${instrumentId}`, `strategy:${strategyId}`, `bot:${botId}`]
    for (const { scope, source, text } of holds.values()) if (scopes.includes(scope)) return `${scope} is reducing by ${source}: ${text}`
    return null
  }

  /** True while any source holds a scope, such as `company`. */
  isReducing(scope: string): boolean {
    return this.all().some((hold) => hold.scope === scope)
  }

  all(): readonly ReducingHold[] {
    return [...this.#deps.memory.reducing().values()]
  }

  /** Lets a scope take only what lowers exposure. One that the source holds already stays as it is. */
  begin(scope: ReducibleScope, source: string, text: string): void {
    const key = scopeKeyOf(scope)
    if (this.#isHeld(key, source)) return
    this.#journal(key, { source, text, isReducing: true })
    this.#bump(scope)
  }

  /** Ends the hold of a source. @throws {CommandRefusedError} when it holds nothing of the kind. */
  end(scope: ReducibleScope, source: string, operator: string | null): void {
    const key = scopeKeyOf(scope)
    if (!this.#isHeld(key, source)) throw new CommandRefusedError(`${key} is not reducing by ${source}`)
    this.#journal(key, { source, text: '', isReducing: false, operator })
    this.#bump(scope)
  }

  #isHeld(key: string, source: string): boolean {
    return this.all().some((hold) => hold.scope === key && hold.source === source)
  }

  #journal(key: string, payload: Parameters<JournalPort['append']>[0]['payload']): void {
    this.#deps.journal.append({ actor: 'risk', kind: 'scope.reducing', payload, correlationId: key, causationSeq: null })
  }

  /** A strategy has no epoch of its own: its bots may be any. */
  #bump(scope: ReducibleScope): void {
    this.#deps.epochs.bump(scope.kind === 'strategy' ? { kind: 'company' } : scope)
  }
}

/** Returns how a scope is named in the journal and to a person: `company`, `bot:trend-btc`… */
export function scopeKeyOf(scope: ReducibleScope): string {
  switch (scope.kind) {
    case 'company':
      return 'company'
    case 'venue':
      return `venue:${scope.venueId}`
    case 'instrument':
      return `instrument:${scope.instrumentId}`
    case 'strategy':
      return `strategy:${scope.strategyId}`
    case 'bot':
      return `bot:${scope.botId}`
  }
}
