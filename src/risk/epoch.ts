import type { BotId, InstrumentId, VenueId } from '#domain/ids'
import type { Verdict } from '#domain/verdict'
import type { Epochs, Scope } from './types'
import { VERDICT_AGE_MS_MAX } from './types'

/** Counts, a scope, how often a halt, a pause or a limit of it changed (design §6: a verdict ages). */
export class ScopeEpochs implements Epochs {
  #company = 0
  readonly #venues = new Map<VenueId, number>()
  readonly #instruments = new Map<InstrumentId, number>()
  readonly #bots = new Map<BotId, number>()

  bump(scope: Scope): void {
    switch (scope.kind) {
      case 'company':
        this.#company++
        return
      case 'venue':
        return raise(this.#venues, scope.venueId)
      case 'instrument':
        return raise(this.#instruments, scope.instrumentId)
      case 'bot':
        return raise(this.#bots, scope.botId)
    }
  }

  /** Counts only rise, so their sum is equal exactly when none of them changed. */
  epochOf(botId: BotId, venueId: VenueId, instrumentId: InstrumentId): number {
    const ofVenue = this.#venues.get(venueId) ?? 0
    const ofInstrument = this.#instruments.get(instrumentId) ?? 0
    return this.#company + ofVenue + ofInstrument + (this.#bots.get(botId) ?? 0)
  }
}

function raise<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

/**
 * True when a verdict may no longer be acted on: its scope changed, or it is older than `ageMsMax`. A clock that went back
 * leaves the age in doubt, which counts as lapsed too.
 */
export function hasLapsed(verdict: Verdict, nowMs: number, epochNow: number, ageMsMax: number = VERDICT_AGE_MS_MAX): boolean {
  const ageMs = nowMs - verdict.atMs
  return verdict.epoch !== epochNow || ageMs > ageMsMax || ageMs < 0
}
