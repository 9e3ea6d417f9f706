import { readFileSync } from 'node:fs'
import type { ClockPort } from '#ports/clock'

const REASON_CHARS_MAX = 500
/** What is read of the file. */
const TEXT_CHARS_MAX = 2_000

export interface FlagFileOptions {
  readonly path: string
  readonly clock: ClockPort
  /** Default 500 ms: well below the 3 s in which the kill switch must be noticed (RSK-09). */
  readonly pollMs?: number
  /**
   * The file is there: called once at each appearance and at each change of its content, which is given as one line (a stand-in when it is
   * empty or cannot be read) and as it stands (empty when it cannot be read).
   */
  readonly onPresent: (reason: string, text: string) => void
  /** The file is gone again: called once at each disappearance. */
  readonly onAbsent: () => void
}

/**
 * Watches the kill switch's flag file, by polling: it also works on file systems without notifications. A file that is there but
 * cannot be read counts as present, for a kill switch fails to the safe side.
 */
export class FlagFile {
  readonly #options: FlagFileOptions
  #text: string | null = null
  #timer: unknown = null
  #isRunning = false

  constructor(options: FlagFileOptions) {
    this.#options = options
  }

  /** True while the file was there at the last look. */
  get isPresent(): boolean {
    return this.#text !== null
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
    const found = contentOf(this.#options.path)
    const before = this.#text
    this.#text = found === null ? null : `${found.reason}\n${found.text}`
    if (found === null) {
      if (before !== null) this.#options.onAbsent()
    } else if (this.#text !== before) this.#options.onPresent(found.reason, found.text)
  }
}

function contentOf(path: string): { readonly reason: string; readonly text: string } | null {
  try {
    const text = readFileSync(path, 'utf8').slice(0, TEXT_CHARS_MAX)
    const reason = text
      .slice(0, REASON_CHARS_MAX)
      .replace(/[\p{Cc}\s]+/gu, ' ')
      .trim()
    return { reason: reason === '' ? `flag file ${path}` : reason, text }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    return { reason: `flag file ${path} (unreadable: ${String(code)})`, text: '' }
  }
}
