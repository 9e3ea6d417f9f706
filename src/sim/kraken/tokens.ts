import { createHash } from 'node:crypto'
import type { ClockPort } from '#ports/clock'

/** Seconds within which a WebSocket token must be used (protocol sheet §3.15). */
export const TOKEN_LIFE_SEC = 900
const TOKENS_MAX = 10_000

interface Token {
  readonly accountId: string
  readonly expiresAtMs: number
  /** Live private subscriptions that keep it valid. */
  pins: number
}

/** WebSocket tokens. They live in memory: a restart of the emulator ends them all, as a restart of the venue's gateway would. */
export class TokenStore {
  readonly #clock: ClockPort
  readonly #series: string
  readonly #tokens = new Map<string, Token>()
  #issued = 0

  /** @param series names this run of the emulator: tokens of another series are never minted again. */
  constructor(clock: ClockPort, series: string) {
    this.#clock = clock
    this.#series = series
  }

  issue(accountId: string): string {
    this.#dropExpired()
    // 43 characters of base64, so that some hold `+` and `/` as the venue's do.
    const text = createHash('sha256')
      .update(`${this.#series} ${this.#issued++}`)
      .digest('base64')
      .slice(0, 43)
    this.#tokens.set(text, { accountId, expiresAtMs: this.#clock.now() + TOKEN_LIFE_SEC * 1_000, pins: 0 })
    return text
  }

  /** Returns the account of a token that is valid now, else null. */
  accountOf(token: string): string | null {
    const known = this.#tokens.get(token)
    if (known === undefined || (known.pins === 0 && this.#clock.now() >= known.expiresAtMs)) return null
    return known.accountId
  }

  /** Keeps a token valid while a private subscription made with it lives. */
  pin(token: string): void {
    const known = this.#tokens.get(token)
    if (known !== undefined) known.pins++
  }

  unpin(token: string): void {
    const known = this.#tokens.get(token)
    if (known !== undefined && known.pins > 0) known.pins--
  }

  #dropExpired(): void {
    if (this.#tokens.size < TOKENS_MAX) return
    const nowMs = this.#clock.now()
    for (const [text, token] of this.#tokens) if (token.pins === 0 && nowMs >= token.expiresAtMs) this.#tokens.delete(text)
  }
}
