import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { AppError } from '#domain/errors'
import type { LogPort } from '#ports/alerter'
import type { ClockPort } from '#ports/clock'
import type { RandomPort } from '#ports/random'
import { openSqliteStore, type SimStore } from '#sim/engine/store'
import { SeededRandom } from '#sim/random'
import { type ServedSim, serveSim } from '#sim/serve'
import type { SimServer } from '#sim/server'
import { StateLock } from './state-lock'

/** Contents of the endpoint file: where a running sandbox listens. */
export interface SandboxEndpoint {
  readonly pid: number
  readonly port: number
  readonly startedAtMs: number
  readonly seed: string
}

/** What every sandbox is run with. */
export interface SandboxRunOptions {
  /** The emulator keeps its files in `<dataDir>/emulator/`. */
  readonly dataDir: string
  /** Real time. */
  readonly clock: ClockPort
  readonly seed: string
  readonly log: LogPort
  /** Loopback port; 0 takes the one of a predecessor that was killed, so that its clients find this one, else a free one. */
  readonly port: number
  /** Ends itself after so long without any open socket or request; null runs until it is told to stop. */
  readonly idleExitMs: number | null
  /** Stops in order on SIGTERM and SIGINT. False for a sandbox inside another program. */
  readonly handlesSignals: boolean
}

/** An emulator as a sandbox runs it. */
export interface RunnableEmulator extends SimServer {
  start(): void
  stop(): void
}

/** What a sandbox's emulator is made with. */
export interface SandboxParts {
  readonly clock: ClockPort
  /** For faults; the seed's. */
  readonly random: RandomPort
  readonly seed: string
  readonly store: SimStore
  readonly log: LogPort
  /** To be called when a client asks for the end. */
  readonly onShutdown: () => void
}

/** The venue that a sandbox runs: the names of its files, and how its emulator is made. */
export interface SandboxVenue<Emulator extends RunnableEmulator> {
  /** Of lock and store, without extension. */
  readonly stateName: string
  readonly endpointName: string
  readonly create: (parts: SandboxParts) => Emulator
}

/** A running sandbox. */
export interface VenueSandbox<Emulator extends RunnableEmulator> {
  readonly endpoint: SandboxEndpoint
  readonly emulator: Emulator
  /** Stops in order; calling again returns the same promise. */
  stop(): Promise<void>
  /** Resolves once it has stopped, for whatever reason: a signal, the shutdown endpoint, idleness, `stop`. */
  readonly stopped: Promise<void>
}

const leftEndpoint = z.object({ port: z.int().min(1).max(65_535) })

/** Returns the port that an emulator announced and did not take back: it was killed. 0 without one. */
function leftPort(file: string): number {
  if (!existsSync(file)) return 0
  try {
    return leftEndpoint.parse(JSON.parse(readFileSync(file, 'utf8'))).port
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return 0
    throw error
  }
}

function writeEndpoint(file: string, endpoint: SandboxEndpoint): void {
  const draft = `${file}.${endpoint.pid}.tmp`
  writeFileSync(draft, `${JSON.stringify(endpoint)}\n`)
  renameSync(draft, file)
}

/**
 * Runs the sandbox of a venue and a data directory on a loopback port, state on disk: opened again, its market goes on where real
 * time is.
 * @throws {AppError} `DATA_DIR_LOCKED` when one runs already, `DATA_DIR_MISMATCH` for another seed or price source than before,
 * `PORT_IN_USE` when the port is taken.
 */
export function runVenueSandbox<Emulator extends RunnableEmulator>(
  options: SandboxRunOptions,
  venue: SandboxVenue<Emulator>,
): VenueSandbox<Emulator> {
  const { clock, dataDir, log, seed } = options
  const directory = join(dataDir, 'emulator')
  mkdirSync(directory, { recursive: true })
  const lock = new StateLock(join(directory, `${venue.stateName}.lock`))
  const undo: (() => void)[] = [() => lock.release()]
  try {
    const store = openSqliteStore(join(directory, `${venue.stateName}.sqlite`))
    undo.unshift(() => store.close())
    const run = new SandboxRun(options, venue, store, undo)
    return run.open(join(directory, venue.endpointName), { pid: process.pid, startedAtMs: clock.now(), seed })
  } catch (error) {
    log.error('sandbox did not start', { error: error instanceof Error ? error.message : String(error) })
    for (const step of undo) step()
    throw error
  }
}

/** One life of a sandbox: what is open, and how it closes. */
class SandboxRun<Emulator extends RunnableEmulator> {
  readonly #options: SandboxRunOptions
  readonly #undo: (() => void)[]
  readonly #emulator: Emulator
  readonly #finished = Promise.withResolvers<void>()
  #served: ServedSim | null = null
  #stopping: Promise<void> | null = null
  #seenAtUs: number
  #idleTimer: unknown

  constructor(options: SandboxRunOptions, venue: SandboxVenue<Emulator>, store: SimStore, undo: (() => void)[]) {
    const { clock, seed, log } = options
    this.#options = options
    this.#undo = undo
    this.#seenAtUs = clock.monotonicUs()
    const onShutdown = (): void => clock.defer(() => void this.stop())
    this.#emulator = venue.create({ clock, random: new SeededRandom(`${seed}/faults`), seed, store, log, onShutdown })
  }

  open(file: string, who: Omit<SandboxEndpoint, 'port'>): VenueSandbox<Emulator> {
    const { clock, log, port, idleExitMs, handlesSignals } = this.#options
    const onTraffic = (): void => {
      this.#seenAtUs = clock.monotonicUs()
    }
    this.#emulator.start()
    this.#undo.unshift(() => this.#emulator.stop())
    this.#served = this.#serve(port === 0 ? leftPort(file) : port, port === 0, onTraffic)
    const endpoint: SandboxEndpoint = { ...who, port: this.#served.port }
    writeEndpoint(file, endpoint)
    this.#undo.unshift(() => rmSync(file, { force: true }))
    if (handlesSignals) this.#handleSignals()
    if (idleExitMs !== null) this.#watchIdleness(idleExitMs)
    log.info('sandbox listens', { port: endpoint.port, pid: endpoint.pid })
    return { endpoint, emulator: this.#emulator, stop: () => this.stop(), stopped: this.#finished.promise }
  }

  /** Opens a port; where it was only a wish, any other will do. */
  #serve(port: number, isWish: boolean, onTraffic: () => void): ServedSim {
    const { log } = this.#options
    try {
      return serveSim(this.#emulator, { port, log, onTraffic })
    } catch (error) {
      if (!isWish || port === 0 || !(error instanceof AppError) || error.code !== 'PORT_IN_USE') throw error
      log.info('the port of the last emulator is taken', { port })
      return serveSim(this.#emulator, { port: 0, log, onTraffic })
    }
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#close()
    return this.#stopping
  }

  async #close(): Promise<void> {
    this.#options.clock.clearTimeout(this.#idleTimer)
    for (const step of this.#undo.slice(0, -2)) step()
    await this.#served?.stop()
    for (const step of this.#undo.slice(-2)) step()
    this.#options.log.info('sandbox stopped', {})
    this.#finished.resolve()
  }

  #handleSignals(): void {
    const onSignal = (): void => void this.stop()
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, onSignal)
    this.#undo.unshift(() => {
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.off(signal, onSignal)
    })
  }

  #watchIdleness(idleExitMs: number): void {
    const { clock, log } = this.#options
    const look = (): void => {
      const idleMs = (this.#served?.openSockets ?? 0) > 0 ? 0 : (clock.monotonicUs() - this.#seenAtUs) / 1_000
      if (idleMs >= idleExitMs) {
        log.info('sandbox ends: no client', { idleMs })
        void this.stop()
      } else this.#idleTimer = clock.setTimeout(look, Math.max(50, Math.min(1_000, idleExitMs - idleMs)))
    }
    look()
  }
}
