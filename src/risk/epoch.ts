import type { BotId, InstrumentId, VenueId } from '#domain/ids'
import type { Verdict } from '#domain/verdict'
import type { Epochs, Scope } from './types'
import { VERDICT_AGE_MS_MAX } from './types'

/** Counts, a scope, how often a halt, a pause or a limit of it changed (design §6: a verdict ages). */
export class ScopeEpochs implements Epochs {
  readonly #counts = new Map<string, number>()

  bump(scope: Scope): void {
    const key = keyOf(scope)
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
  }

  /** Counts only rise, so their sum is equal exactly when none of them changed. */
  epochOf(botId: BotId, venueId: VenueId, instrumentId: InstrumentId): number {
    const counts = this.#counts
    return (
      (counts.get('company') ?? 0) +
      (counts.get(`venue:${venueId}`) ?? 0) +
      (counts.get(`instrument:${instrumentId}`) ?? 0) +
      (counts.get(`bot:${botId}`) ?? 0)
    )
  }
}

function keyOf(scope: Scope): string {
  switch (scope.kind) {
    case 'company':
      return 'company'
    case 'venue':
      return `venue:${scope.venueId}`
    case 'instrument':
      return `instrument:${scope.instrumentId}`
    case 'bot':
      return `bot:${scope.botId}`
  }
}

/**
 * True when a verdict may no longer be acted on: its scope changed, or it is older than `ageMsMax`. A clock that went back
 * leaves the age in doubt, which counts as lapsed too.
 */
export function hasLapsed(verdict: Verdict, nowMs: number, epochNow: number, ageMsMax: number = VERDICT_AGE_MS_MAX): boolean {
  const ageMs = nowMs - verdict.atMs
  return verdict.epoch !== epochNow || ageMs > ageMsMax || ageMs < 0
}
