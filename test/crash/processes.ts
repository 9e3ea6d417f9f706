import { afterAll } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { endpointFile } from '#sim/kraken/main'

// Real processes, real sockets and real time: the drills of this folder use all three.

const ROOT = resolve(import.meta.dir, '..', '..')
const MAIN = resolve(ROOT, 'src', 'main.ts')
/** Lines of output kept of a process. */
const LINES_MAX = 2_000

const children: Child[] = []
const dataDirs: string[] = []

/** Polls until `look` gives something else than null. @throws {Error} naming what did not come, with `tell()` added. */
export async function until<T>(
  what: string,
  deadlineMs: number,
  look: () => Promise<T | null> | T | null,
  tell?: () => string,
): Promise<T> {
  const startedMs = performance.now()
  for (;;) {
    const found = await look()
    if (found !== null) return found
    if (performance.now() - startedMs > deadlineMs)
      throw new Error(`${what} did not come within ${deadlineMs} ms${tell === undefined ? '' : `\n${tell()}`}`)
    await Bun.sleep(25)
  }
}

/** A process of `troupe`, with what it printed. */
export class Child {
  readonly lines: string[] = []
  readonly startedMs = performance.now()
  readonly #process: Bun.Subprocess<'ignore', 'pipe', 'pipe'>
  readonly #drained: Promise<unknown>

  constructor(words: readonly string[]) {
    this.#process = Bun.spawn([process.execPath, MAIN, ...words], { cwd: ROOT, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' })
    this.#drained = Promise.all([this.#read(this.#process.stdout), this.#read(this.#process.stderr)])
    children.push(this)
  }

  get pid(): number {
    return this.#process.pid
  }

  get text(): string {
    return this.lines.join('\n')
  }

  get isRunning(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal)
  }

  /** Resolves with the exit code (or null for a signal's death) once the process is gone and its output was read. */
  async exited(): Promise<number | null> {
    await this.#process.exited
    await this.#drained
    return this.#process.signalCode === null ? this.#process.exitCode : null
  }

  /** Returns the first line that matches, from the beginning of the output on. @throws {Error} with the whole output when none comes. */
  async line(pattern: RegExp, deadlineMs: number): Promise<RegExpExecArray> {
    return until(
      `a line like ${pattern} of ${this.pid}`,
      deadlineMs,
      () => {
        for (const line of this.lines) {
          const match = pattern.exec(line)
          if (match !== null) return match
        }
        if (!this.isRunning) throw new Error(`the process ended before it said ${pattern}:\n${this.text}`)
        return null
      },
      () => this.text,
    )
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder()
    let rest = ''
    for await (const bytes of stream) {
      rest += decoder.decode(bytes, { stream: true })
      const parts = rest.split('\n')
      rest = parts.pop() ?? ''
      this.lines.push(...parts)
      if (this.lines.length > LINES_MAX) this.lines.splice(0, this.lines.length - LINES_MAX)
    }
    if (rest !== '') this.lines.push(rest)
  }
}

/** True while a process of that id runs. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false // no such process is the one thing that signal 0 can tell us of a process of ours
  }
}

/** Returns pid and port of the emulator that serves a data directory; null when none is announced. */
export function emulatorOf(dataDir: string): { readonly pid: number; readonly port: number } | null {
  const file = endpointFile(dataDir)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { pid: number; port: number }) : null
}

/** Notes a data directory whose emulator is to be ended with the test file, whoever made it. */
export function watchDataDir(dataDir: string): void {
  dataDirs.push(dataDir)
}

/** Call once at the top of a test file, before `removeTempDirs`: no process outlives it. */
export function endProcesses(): void {
  afterAll(async () => {
    for (const child of children.splice(0)) {
      if (child.isRunning) child.kill('SIGKILL')
      await child.exited()
    }
    for (const dataDir of dataDirs.splice(0)) {
      const emulator = emulatorOf(dataDir)
      if (emulator === null || !isAlive(emulator.pid)) continue
      process.kill(emulator.pid, 'SIGKILL')
      await until('the end of the emulator', 10_000, () => (isAlive(emulator.pid) ? null : true))
    }
  })
}
