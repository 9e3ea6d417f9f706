/** Tones of states, by what an owner should feel about them. */
const TONES: Readonly<Record<string, string>> = {
  ACTIVE: 'good',
  ONLINE: 'good',
  UP: 'good',
  RUNNING: 'good',
  TRADING: 'good',
  ARMED: 'good',
  HEALTHY: 'good',
  FILLED: 'good',
  OPEN: 'info',
  PARTIALLY_FILLED: 'info',
  STARTING: 'info',
  CONNECTING: 'info',
  SYNCING: 'info',
  SUBMITTING: 'info',
  PENDING: 'info',
  AMENDING: 'info',
  PAUSED: 'warn',
  CANCELING: 'warn',
  STOPPING: 'warn',
  COOLING: 'warn',
  DEGRADED: 'warn',
  BACKING_OFF: 'warn',
  UNKNOWN: 'warn',
  ERROR: 'bad',
  HALTED: 'bad',
  TRIPPED: 'bad',
  REJECTED: 'bad',
  FAILED: 'bad',
  UNHEALTHY: 'bad',
}

/** Returns the tone of a state; of a nested one (`RUNNING.PAUSED`) that of its innermost part. */
export function stateTone(state: string): string {
  const inner = state.toUpperCase().split('.').at(-1) ?? ''
  return TONES[inner] ?? 'quiet'
}

/** A state by name and colour. */
export function StateBadge({ state }: { readonly state: string }) {
  return (
    <span className="badge" data-tone={stateTone(state)}>
      {state.replaceAll('_', ' ')}
    </span>
  )
}
