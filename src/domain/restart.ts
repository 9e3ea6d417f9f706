/** At most `restartMax` restarts in `restartWindowMs`, the n-th after `backoffMs × 2^n` (capped) plus jitter (RUN-06). */
export interface RestartBudget {
  readonly restartMax: number
  readonly restartWindowMs: number
  readonly backoffMs: number
  readonly backoffMaxMs: number
}

export type RestartDecision =
  | { readonly kind: 'restart'; readonly delayMs: number; readonly history: readonly number[] }
  | { readonly kind: 'escalate'; readonly history: readonly number[] }

/**
 * Decides what follows a crash at `nowMs`, given the times of earlier restarts.
 * @param jitter in [0, 1): a quarter of the delay at most is added, so that siblings do not restart in step.
 */
export function decideRestart(history: readonly number[], nowMs: number, budget: RestartBudget, jitter: number): RestartDecision {
  const recent = history.filter((atMs) => atMs > nowMs - budget.restartWindowMs)
  if (recent.length >= budget.restartMax) return { kind: 'escalate', history: recent }
  const delay = Math.min(budget.backoffMs * 2 ** recent.length, budget.backoffMaxMs)
  return { kind: 'restart', delayMs: Math.round(delay * (1 + jitter / 4)), history: [...recent, nowMs] }
}
