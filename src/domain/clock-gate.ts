/** What the drift of the machine's clock means for a start (SEC-04). */
export type ClockVerdict =
  | { readonly kind: 'ok' | 'skipped'; readonly text: string }
  /** `warn` lets the start go on, `refuse` does not. */
  | { readonly kind: 'warn' | 'refuse'; readonly text: string; readonly remedy: string }

/** The clock as time servers see it; null offset where none of them answered. */
export interface ClockReading {
  readonly offsetMs: number | null
  /** A few words on who answered, or why nobody did. */
  readonly text: string
}

const REMEDY = 'synchronise it (chrony, systemd-timesyncd or your system settings) and start again'

/**
 * Judges the clock by the mode: a live start needs a drift within `driftMsMax` that somebody has confirmed, paper warns, and where no
 * order depends on it nobody asks. A drift of exactly the limit passes.
 */
export function judgeClock(mode: 'sandbox' | 'dry_run' | 'paper' | 'live', reading: ClockReading | null, driftMsMax: number): ClockVerdict {
  if (mode === 'sandbox' || mode === 'dry_run') return { kind: 'skipped', text: `not asked for in ${mode}` }
  const kind = mode === 'live' ? 'refuse' : 'warn'
  if (reading === null || reading.offsetMs === null) {
    const why = reading === null ? 'no time server is configured (clockServers)' : reading.text
    return {
      kind,
      text: `the clock's drift is not known: ${why}`,
      remedy: 'let UDP port 123 out, or name servers that answer in clockServers',
    }
  }
  const text = `the clock is ${Math.abs(reading.offsetMs).toFixed(1)} ms ${reading.offsetMs < 0 ? 'ahead' : 'behind'} (${reading.text})`
  if (Math.abs(reading.offsetMs) <= driftMsMax) return { kind: 'ok', text: `${text}; up to ${driftMsMax} ms is allowed` }
  return { kind, text: `${text}; at most ${driftMsMax} ms is allowed`, remedy: REMEDY }
}
