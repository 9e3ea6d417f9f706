/** Who holds a pause or a halt. Several can hold at once; each ends only its own. */
export type HoldReason = {
  /** `operator`, `parent`, `venue:kraken`, `breaker:dailyLoss`… Unique within a set. */
  readonly source: string
  readonly text: string
  readonly sinceMs: number
}

/** Adds a reason; one of the same source is kept as it was, so that repeats change nothing. */
export function withReason(reasons: readonly HoldReason[], reason: HoldReason): readonly HoldReason[] {
  return reasons.some((held) => held.source === reason.source) ? reasons : [...reasons, reason]
}

export function withoutReason(reasons: readonly HoldReason[], source: string): readonly HoldReason[] {
  return reasons.filter((held) => held.source !== source)
}

/** True when `source` holds and nothing else does: its end lifts the pause. */
export function isOnlyReason(reasons: readonly HoldReason[], source: string): boolean {
  return reasons.length === 1 && reasons[0]?.source === source
}
