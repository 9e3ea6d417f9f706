import { readFileSync } from 'node:fs'
import type { ClockPort } from '#ports/clock'

const REASON_CHARS_MAX = 500

export interface FlagFileOptions {
  readonly path: string
  readonly clock: ClockPort
  /** Default 500 ms: well below the 3 s in which the kill switch must be noticed (RSK-09). */
  readonly pollMs?: number
  /** The file is there: called once at each appearance, with its content as the reason (a stand-in when it is empty). */
  readonly onPresent: (reason: string) => void
  /** The file is gone again: called once at each disappearance. */
  readonly onAbsent: () => void
}

/**
 * Watches the kill switch's flag file, by polling: it also works on file systems without notifications. A file that is there but
 * cannot be read counts as present, for a kill switch fails to the safe side.
 */
export class FlagFile {
  readonly #options: FlagFileOptions
  #isPresent = false
  #timer: unknown = null
  #isRunning = false

  constructor(options: FlagFileOptions) {
    this.#options = options
  }

  /** True while the file was there at the last look. */
  get isPresent(): boolean {
    return this.#isPresent
  }

  /** Looks at once, then on every poll. */
  start(): void {
    if (this.#isRunning) return
    this.#isRunning = true
    this.#poll()
  }

  stop(): void {
    this.#isRunning = false
    this.#options.clock.clearTimeout(this.#timer)
  }

  #poll(): void {
    if (!this.#isRunning) return
    this.#timer = this.#options.clock.setTimeout(() => this.#poll(), this.#options.pollMs ?? 500)
    const reason = reasonIn(this.#options.path)
    const wasPresent = this.#isPresent
    this.#isPresent = reason !== null
    if (reason !== null && !wasPresent) this.#options.onPresent(reason)
    else if (reason === null && wasPresent) this.#options.onAbsent()
  }
}

function reasonIn(path: string): string | null {
  try {
    const text = readFileSync(path, 'utf8')
      .slice(0, REASON_CHARS_MAX)
      .replace(/[\p{Cc}\s]+/gu, ' ')
      .trim()
    return text === '' ? `flag file ${path}` : text
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    return `flag file ${path} (unreadable: ${String(code)})`
  }
}
