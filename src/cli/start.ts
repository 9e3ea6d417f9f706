import { drainMicrotasks } from 'bun:jsc'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { AppError, messageOf } from '#domain/errors'
import { formatDuration, TIMEFRAME_MS } from '#domain/time'
import { type DataDir, WORLD_FILE } from '#ops/data-dir'
import { NetTransport } from '#ops/net-transport'
import { RealClock } from '#ops/real-clock'
import { realTime } from '#ops/real-time'
import { systemRandom } from '#ops/system-random'
import { openSqliteStore } from '#sim/engine/store'
import { SeededRandom } from '#sim/random'
import { VirtualClock } from '#sim/virtual-clock'
import { atEmulator, createVirtualVenues, sandboxSecrets, VIRTUAL_KRAKEN } from '#sim/world'
import { openBooks } from './books'
import { type Command, JSON_FLAG } from './command'
import { claimDataDir, type House, openHouse, openLog } from './company'
import { checkConfig, checkPort } from './preflight'
import { attachSandbox, endSandbox, type SandboxProcess } from './sandbox-process'
import { GATE_OPTIONS, requireLiveGates, requireRecord } from './gate'
import { runOutside } from './start-outside'
import { abandon, announce, onSignals, tellHealth } from './start-shared'
import { follow, jsonOutput, type StartOutput, textOutput } from './start-output'
import { durationOption, readWorld, WORLD_OPTIONS, type World } from './world-options'

/** A seeded virtual world begins here, so that a seed repeats: Monday, 5 January 2026, 00:00 UTC. */
const VIRTUAL_START_MS = Date.UTC(2026, 0, 5)
/** How long an orderly stop may take in virtual time before the run is given up. */
const VIRTUAL_STOP_MS = 120_000
const PROGRESS_MS = 500

/** `troupe start`: the company, in real time against the emulator's process, or in virtual time with it inside. */
export const startCommand: Command = {
  name: 'start',
  summary: 'start the company: venues, bots, risk gate, ledger, API and page',
  usage: '',
  options: [
    ...WORLD_OPTIONS,
    ...GATE_OPTIONS,
    { name: 'for', value: 'DURATION', text: 'end by itself after so much market time (90s, 6h, 3d) with a session report' },
    { name: 'port', value: 'N', text: "the API's port; 0 takes a free one; default 8080" },
    JSON_FLAG,
  ],
  run: async (args) => {
    const world = readWorld(args)
    const output = args.flag('json') ? jsonOutput() : textOutput()
    const forMs = durationOption(args, 'for')
    // First in live: its list tells of a bad configuration too, and of all the rest.
    if (world.config.mode === 'live') await requireLiveGates(args)
    checkConfig(world.config, world.environment)
    if (world.config.mode === 'paper') requireRecord('dry_run', args, world)
    const dataDir = claimChecked(world)
    if (world.config.mode !== 'sandbox') return await runOutside(world, dataDir, forMs, output)
    return world.isVirtual ? await runVirtual(world, dataDir, forMs, output) : await runSockets(world, dataDir, forMs, output)
  },
}

/**
 * Takes the data directory and makes sure of the API's port: the directory first where there is one, so that a second instance hears
 * of the lock; the port first where there is none, so that a refused start leaves nothing.
 */
function claimChecked(world: World): DataDir {
  const present = existsSync(join(world.dataDir, WORLD_FILE)) ? claimDataDir(world) : null
  try {
    checkPort(world.config)
  } catch (error) {
    present?.release()
    throw error
  }
  return present ?? claimDataDir(world)
}

async function runSockets(world: World, dataDir: DataDir, forMs: number | null, output: StartOutput): Promise<number> {
  const books = openBooks(world, dataDir, () => new RealClock())
  const { clock } = books
  const log = openLog(world, () => clock.now())
  const transport = new NetTransport({ clock, allowedHosts: ['127.0.0.1'] })
  const { tier } = world.config.venues.kraken
  let sandbox: SandboxProcess | null = null
  let house: House | null = null
  try {
    sandbox = await attachSandbox({
      dataDir: world.dataDir,
      seed: world.seed,
      tier,
      idleExitMs: world.config.sandbox.idleExitMs,
      transport,
      clock,
      onWait: (text) => output.say(`${text} …`),
    })
    const config = atEmulator(world.config, sandbox.url)
    house = openHouse({ world, config, clock, random: systemRandom, transport, secrets: sandboxSecrets(world.seed), dataDir, books, log })
    const { runtime } = house
    const startedUs = clock.monotonicUs()
    announce(house, world, output)
    follow(runtime, output, true)
    onSignals((signal) => {
      output.say(`${signal}: stopping …`)
      runtime.stop(signal)
    })
    tellHealth(house, clock, output)
    runtime.start()
    if (forMs !== null) clock.setTimeout(() => runtime.stop(`--for ${formatDuration(forMs)} is over`), forMs)
    const end = await runtime.done
    output.report(runtime.report(), { speed: 1, realMs: (clock.monotonicUs() - startedUs) / 1_000 })
    if (end.error !== null) console.error(`troupe start: ${end.error}`)
    await house.close()
    house = null
    await endSandbox(sandbox, transport)
    return end.exitCode
  } catch (error) {
    if (house !== null) await house.close()
    else await abandon(dataDir, books, log)
    if (sandbox?.isNew === true) await endSandbox(sandbox, transport)
    throw error
  }
}

/**
 * Virtual time begins with the market, and goes on where the journal ends: begun again, it would take decisions that were taken before.
 * @throws {AppError} `COMMAND_REFUSED` when the recording was played to its end.
 */
function virtualClock({ recording }: World, newestAtMs: number | null): VirtualClock {
  const beginsAtMs = recording?.tradingStartsAtMs ?? VIRTUAL_START_MS
  const startMs = Math.max(beginsAtMs, newestAtMs ?? beginsAtMs)
  if (recording !== null && startMs >= recording.endsAtMs) {
    const text = `${recording.file} was played to its end in this data directory; choose another --data-dir to play it again`
    throw new AppError(text, { code: 'COMMAND_REFUSED', severity: 'LOW' })
  }
  return new VirtualClock(startMs)
}

async function runVirtual(world: World, dataDir: DataDir, forMs: number | null, output: StartOutput): Promise<number> {
  const { recording } = world
  const books = openBooks(world, dataDir, (newestAtMs) => virtualClock(world, newestAtMs))
  const { clock } = books
  const log = openLog(world, () => clock.now())
  const source = recording === null ? ({ kind: 'seeded' } as const) : ({ kind: 'replay', recording, symbol: 'BTC/USD' } as const)
  const { tier } = world.config.venues.kraken
  let house: House | null = null
  try {
    mkdirSync(join(world.dataDir, 'emulator'), { recursive: true })
    const store = openSqliteStore(join(world.dataDir, 'emulator', 'kraken.sqlite'))
    const { emulator, transport, secrets } = createVirtualVenues({ clock, seed: world.seed, store, log, source, settings: { tier } })
    const bots =
      recording === null ? world.config.bots : world.config.bots.filter((bot) => bot.instruments.every((name) => name === 'BTC-USD@kraken'))
    const config = { ...atEmulator(world.config, VIRTUAL_KRAKEN), bots }
    if (bots.length < world.config.bots.length)
      output.say(`The recording is of BTC-USD alone: ${bots.length} of ${world.config.bots.length} bots run`)
    house = openHouse({ world, config, clock, random: new SeededRandom(`${world.seed}/runtime`), transport, secrets, dataDir, books, log })
    const { runtime } = house
    announce(house, world, output)
    follow(runtime, output, false)
    const abort = new AbortController()
    onSignals(() => abort.abort())
    emulator.onMarketEnd(() => abort.abort())
    emulator.start()
    runtime.start()
    const startedUs = realTime.monotonicUs()
    const startedMs = clock.timeLineMs
    const endMs = forMs === null ? (recording?.endsAtMs ?? Number.POSITIVE_INFINITY) : startedMs + forMs
    const realMs = () => (realTime.monotonicUs() - startedUs) / 1_000
    const speed = () => (clock.timeLineMs - startedMs) / Math.max(1, realMs())
    const stopProgress = tellProgress(output, () => clock.timeLineMs - startedMs, endMs - startedMs, speed)
    let isOver = false
    void runtime.done.then(() => {
      isOver = true
      abort.abort()
    })
    await clock.runPaced(endMs, world.speed, realTime, abort.signal)
    stopProgress()
    const reached = speed()
    if (!isOver) runtime.stop('the session is over')
    const deadlineMs = clock.timeLineMs + VIRTUAL_STOP_MS
    while (!isOver && clock.timeLineMs < deadlineMs) {
      clock.advance(TIMEFRAME_MS['1m'] / 1_200)
      await Promise.resolve()
      drainMicrotasks()
    }
    const end = await runtime.done
    output.report(runtime.report(), { speed: reached, realMs: realMs() })
    if (end.error !== null) console.error(`troupe start: ${end.error}`)
    emulator.stop()
    await closing(house, clock)
    store.close()
    return end.exitCode
  } catch (error) {
    if (house === null) await abandon(dataDir, books, log)
    else log.error('the virtual world ended badly', { error: messageOf(error) })
    throw error
  }
}

/** Closes a house whose journal flushes on the virtual clock: time must go on while it does. */
async function closing(house: House, clock: VirtualClock): Promise<void> {
  let isClosed = false
  const closed = house.close().then(() => {
    isClosed = true
  })
  while (!isClosed) {
    clock.advance(1)
    await realTime.sleep(0)
  }
  await closed
}

/** Reports progress twice a second of real time where the end is known; returns the function that ends it. */
function tellProgress(output: StartOutput, doneMs: () => number, totalMs: number, speed: () => number): () => void {
  if (!Number.isFinite(totalMs)) return () => undefined
  const clock = new RealClock()
  let timer: unknown = null
  const tell = () => {
    output.progress(doneMs(), totalMs, speed())
    timer = clock.setTimeout(tell, PROGRESS_MS)
  }
  timer = clock.setTimeout(tell, PROGRESS_MS)
  return () => clock.clearTimeout(timer)
}
