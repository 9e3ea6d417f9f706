import type { MonitoredCompany, MonitoredProtection } from './company'
import type { SeenFact } from './facts'
import type { Judge } from './judge'

/** How long a position may be unprotected, and a price beyond its trigger without an exit, while the company runs; ms. */
const BARE_MS_MAX = 10_000
const BEYOND_MS_MAX = 10_000

/** Facts after which positions and their protections are looked at. */
const TURNS: readonly string[] = ['order.filled', 'protection.held', 'protection.triggered', 'protection.withdrawn', 'plan.made']

/** How long something has been wrong with a position, monotonic µs. */
interface Watched {
  bareSinceUs: number | null
  beyondSinceUs: number | null
}

/**
 * I14: a position of a bot that there are levels for is protected or exiting, but for a moment after it changed; and one whose price has
 * reached a level is exiting, or has a stop at the venue that has its time yet. Positions, levels and prices are read from their own records, and only the state from what protects.
 */
export class Protected {
  readonly #judge: Judge
  readonly #company: MonitoredCompany
  readonly #lines = new Map<string, Watched>()

  constructor(judge: Judge, company: MonitoredCompany) {
    this.#judge = judge
    this.#company = company
  }

  onFact({ entry }: SeenFact): void {
    if (TURNS.includes(entry.kind)) this.sweep()
  }

  sweep(): void {
    const positions = [...(this.#company.protectedPositions() ?? [])]
    const present = new Set(positions.map(keyOf))
    for (const key of this.#lines.keys()) if (!present.has(key)) this.#lines.delete(key)
    for (const position of positions) this.#look(position)
  }

  #look(position: MonitoredProtection): void {
    const nowUs = this.#company.monotonicUs()
    const key = keyOf(position)
    const watched = this.#lines.get(key) ?? { bareSinceUs: null, beyondSinceUs: null }
    this.#lines.set(key, watched)
    const isBare = position.state === 'none'
    watched.bareSinceUs = isBare ? (watched.bareSinceUs ?? nowUs) : null
    watched.beyondSinceUs = position.isBeyond && position.state !== 'exiting' ? (watched.beyondSinceUs ?? nowUs) : null
    const bareMs = sinceMs(watched.bareSinceUs, nowUs)
    const beyondMs = sinceMs(watched.beyondSinceUs, nowUs)
    const { quantity, botId, instrumentId } = position
    const what = `${botId} holds ${quantity} of ${instrumentId}`
    if (bareMs > BARE_MS_MAX) this.#judge.that('I14', `${what}, and nothing has protected it for more than ${BARE_MS_MAX} ms`)
    else if (beyondMs > BEYOND_MS_MAX + position.nativeMs)
      this.#judge.that('I14', `${what} beyond its trigger for more than ${BEYOND_MS_MAX + position.nativeMs} ms, and no exit runs`)
    else this.#judge.held('I14')
  }
}

function keyOf({ botId, instrumentId }: MonitoredProtection): string {
  return `${botId} ${instrumentId}`
}

function sinceMs(sinceUs: number | null, nowUs: number): number {
  return sinceUs === null ? 0 : (nowUs - sinceUs) / 1_000
}
