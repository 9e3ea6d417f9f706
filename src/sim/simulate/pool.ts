import { AppError } from '#domain/errors'
import { formatDuration } from '#domain/time'
import type { ClockPort } from '#ports/clock'
import { linesOf } from './lines'
import { type RunRequest, ranSeed, type SeedOutcome } from './outcome'

/** How much of a worker's last words is kept, characters. */
const WORDS_MAX = 4_000
/** So many processes in a row without one result: they do not die of their seeds. */
const DEATHS_IN_A_ROW_MAX = 12

export interface PoolOptions {
  /** Program and arguments of a worker process: it reads requests and answers them, one JSON text a line. */
  readonly command: readonly string[]
  /** Processes at a time. */
  readonly jobs: number
  /** Real time. */
  readonly clock: ClockPort
  /** A run that takes longer is ended, ms. */
  readonly runMsMax: (request: RunRequest) => number
}

type Child = Bun.Subprocess<'pipe', 'pipe', 'pipe'>

interface Running {
  readonly child: Child
  readonly answers: AsyncGenerator<string>
  /** The end of what it wrote to stderr, once it has ended. */
  readonly words: Promise<string>
}

async function tailOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  let tail = ''
  for await (const line of linesOf(stream)) tail = `${tail}\n${line}`.slice(-WORDS_MAX)
  return tail
}

/** One place at the bench: at most one worker process at a time, replaced when it dies. */
class Lane {
  readonly #options: PoolOptions
  #running: Running | null = null

  constructor(options: PoolOptions) {
    this.#options = options
  }

  /** Runs one seed. A process that dies is told of, and the next run gets a new one. */
  async run(request: RunRequest): Promise<SeedOutcome> {
    const { clock } = this.#options
    const runMsMax = this.#options.runMsMax(request)
    this.#running ??= this.#spawn()
    const { child, answers } = this.#running
    let isLate = false
    const timer = clock.setTimeout(() => {
      isLate = true
      child.kill('SIGKILL')
    }, runMsMax)
    const line = await this.#ask(this.#running, request)
    clock.clearTimeout(timer)
    const parsed = line === null ? null : ranSeed.safeParse(jsonOf(line))
    if (parsed?.success === true) return { kind: 'ran', seed: request.seed, ...parsed.data }
    const death = line === null ? await this.#deathOf(this.#running) : `said what is no result: ${line.slice(0, 200)}`
    child.kill('SIGKILL')
    await answers.return(undefined)
    this.#running = null
    const late = isLate ? `gave no result within ${formatDuration(runMsMax)} and was ended` : death
    return { kind: 'died', seed: request.seed, text: `the worker process ${late}` }
  }

  async close(): Promise<void> {
    if (this.#running === null) return
    const { child } = this.#running
    child.kill('SIGKILL')
    await child.exited
  }

  /** Returns the answer; null when the process ended instead. */
  async #ask({ child, answers }: Running, request: RunRequest): Promise<string | null> {
    try {
      await child.stdin.write(`${JSON.stringify(request)}\n`)
      await child.stdin.flush()
    } catch (error) {
      // It has died since its last answer, or before its first.
      if (error instanceof Error && 'code' in error && error.code === 'EPIPE') return null
      throw error
    }
    const next = await answers.next()
    return next.done === true ? null : next.value
  }

  #spawn(): Running {
    const child = Bun.spawn([...this.#options.command], { stdin: 'pipe', stdout: 'pipe', stderr: 'pipe' })
    return { child, answers: linesOf(child.stdout), words: tailOf(child.stderr) }
  }

  async #deathOf(running: Running): Promise<string> {
    await running.child.exited
    const words = lastWords(await running.words)
    const { signalCode, exitCode } = running.child
    return `died (${signalCode ?? `exit code ${exitCode}`})${words}`
  }
}

/** The line that names an uncaught error, else the last line there is. */
function lastWords(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const told = lines.findLast((line) => /error:/i.test(line)) ?? lines.findLast((line) => !/^Bun v/.test(line))
  return told === undefined ? '' : `: ${told.trim()}`
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

type OnOutcome = (outcome: SeedOutcome, place: number) => void

/** Requests that are being worked off. */
interface Work {
  readonly requests: Iterator<RunRequest>
  handedOut: number
  readonly onOutcome: OnOutcome
  readonly signal: AbortSignal
}

/** Worker processes that run seeds, each on its own core. */
export class WorkerPool {
  readonly #lanes: readonly Lane[]
  #deathsInARow = 0
  #failure: AppError | null = null

  constructor(options: PoolOptions) {
    this.#lanes = Array.from({ length: options.jobs }, () => new Lane(options))
  }

  get jobs(): number {
    return this.#lanes.length
  }

  /**
   * Hands out requests one by one to whoever is free, and tells of each outcome as it comes, in whatever order they come, with the
   * place of its request. Ends when all are done, or at once when `signal` says so; what ran then is not told.
   * @throws {AppError} `SIMULATION_FAILED` when processes die one after the other without a single result.
   */
  async run(requests: Iterable<RunRequest>, onOutcome: OnOutcome, signal: AbortSignal): Promise<void> {
    const stop = () => void this.close()
    signal.addEventListener('abort', stop, { once: true })
    const work: Work = { requests: requests[Symbol.iterator](), handedOut: 0, onOutcome, signal }
    try {
      await Promise.all(this.#lanes.map((lane) => this.#work(lane, work)))
    } finally {
      signal.removeEventListener('abort', stop)
    }
    if (this.#failure !== null) throw this.#failure
  }

  /** Ends every process. The pool can be used again: it starts new ones. */
  async close(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.close()))
  }

  async #work(lane: Lane, work: Work): Promise<void> {
    while (!work.signal.aborted && this.#failure === null) {
      const next = work.requests.next()
      if (next.done === true) return
      const place = work.handedOut++
      const outcome = await lane.run(next.value)
      if (work.signal.aborted) return
      work.onOutcome(outcome, place)
      this.#deathsInARow = outcome.kind === 'died' ? this.#deathsInARow + 1 : 0
      if (outcome.kind === 'died' && this.#deathsInARow === DEATHS_IN_A_ROW_MAX) await this.#giveUp(outcome.text)
    }
  }

  async #giveUp(text: string): Promise<void> {
    this.#failure ??= new AppError(`${DEATHS_IN_A_ROW_MAX} worker processes died in a row; the last: ${text}`, {
      code: 'SIMULATION_FAILED',
      severity: 'HIGH',
    })
    await this.close()
  }
}
