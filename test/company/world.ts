import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { drainMicrotasks } from 'bun:jsc'
import type { Company } from '#actors/company/company'
import type { OrderRecord } from '#actors/desk/order-record'
import { loadConfig } from '#config/load'
import type { TroupeConfig } from '#config/schema'
import { mustExist } from '#domain/errors'
import type { Intent } from '#domain/intent'
import type { StrategyContext } from '#strategies/types'
import type { JournalEntry } from '#ports/journal'
import type { RaisedAlert } from '#ports/alerter'
import type { LogPort } from '#ports/alerter'
import { createRuntime, type Runtime } from '#runtime'
import { openMemoryStore } from '#sim/engine/store'
import { createKrakenEmulator, type KrakenEmulator, type KrakenEmulatorSettings } from '#sim/kraken/emulator'
import { sandboxCredentials } from '#sim/kraken/credentials'
import { apiSign } from '#sim/kraken/signature'
import type { AccountRecord, EmulatorRecord } from '#sim/kraken/record'
import { MemoryNetwork, type MemoryTransport } from '#sim/network'
import { SeededRandom } from '#sim/random'
import { VirtualClock } from '#sim/virtual-clock'
import type { Fate, Passage } from '#sim/wire'
import { atEmulator, sandboxSecrets, VIRTUAL_KRAKEN } from '#sim/world'
import { GroupJournal } from '#store/group-journal'
import { BarFiles } from '#store/bar-files'
import { MemoryMarks, MemorySnapshots } from '#store/memory-store'
import { AlertHub } from '#ops/alerts'
import { TearingDisk } from './disk'
import { LifeClock } from './life-clock'

/** Decides in place of a bot's strategy. */
export type Script = (context: StrategyContext) => readonly Intent[]

export type BotConfig = TroupeConfig['bots'][number]

/** Monday, 5 January 2026, 12:00 UTC. */
export const START_MS = Date.UTC(2026, 0, 5, 12)
/** Name of the operator in these tests. */
export const OPERATOR = { name: 'test', address: '127.0.0.1' }

const DEFAULTS = loadConfig({ configDir: 'config', file: null, options: {} })

/** A bot that decides nothing by itself (see `World.scripts`). Tests hand the desk intents in its name. */
export function quietBot(id: string, instrument = 'BTC-USD@kraken'): BotConfig {
  return {
    ...mustExist(DEFAULTS.bots[0], 'the defaults have no bot'),
    id,
    strategy: 'trend-following',
    instruments: [instrument],
    parameters: { timeframes: ['1d'], fastPeriod: 1, slowPeriod: 2, atrPeriod: 1, swingBars: 2, minConfidence: 1 },
  }
}

/** A bot that places, amends and cancels without end. */
export function busyBot(id: string, instrument = 'BTC-USD@kraken', over: Partial<BotConfig> = {}): BotConfig {
  return {
    ...quietBot(id, instrument),
    strategy: 'busy',
    cycleMs: 5_000,
    parameters: { stepMs: 5_000, awayBps: 5, notionalSmall: 200, notionalLarge: 400 },
    ...over,
  }
}

export interface WorldOptions {
  readonly seed?: string
  readonly bots?: readonly BotConfig[]
  readonly config?: (config: TroupeConfig) => TroupeConfig
  readonly emulator?: Partial<KrakenEmulatorSettings>
  readonly startMs?: number
  /** One way, ms. */
  readonly latencyMs?: number
}

/** What one life of the company holds of the world. */
interface Life {
  readonly clock: LifeClock
  readonly transport: MemoryTransport
  readonly journal: GroupJournal
  readonly runtime: Runtime
}

/** One line of the log of a life. */
export interface LogLine {
  readonly level: 'warn' | 'error' | 'fatal'
  readonly message: string
  readonly details: unknown
}

/**
 * The whole company in virtual time with the emulator behind the in-memory network. A crash ends the life in the middle of whatever it
 * does: its timers, its sockets and what its journal had not written are gone; the next life starts on the same disk.
 */
export class World {
  readonly clock: VirtualClock
  readonly network: MemoryNetwork
  readonly emulator: KrakenEmulator
  disk = new TearingDisk()
  readonly marks = new MemoryMarks()
  /** Taken at an orderly stop, and every ten thousand entries. */
  snapshots = new MemorySnapshots()
  readonly alerts: RaisedAlert[] = []
  readonly logged: LogLine[] = []
  readonly config: TroupeConfig
  readonly seed: string
  /** What trend-following bots decide instead, by bot id: nothing, unless a test says otherwise. No registered strategy is that quiet. */
  readonly scripts = new Map<string, Script>()
  /** Decides over each message between company and venue. */
  fate: (passage: Passage) => Fate = () => ({ kind: 'carry', extraMs: 0 })
  /** Sees each message on its way, in the step in which it was handed over. */
  onPassage: (passage: Passage) => void = () => undefined
  readonly #barsDir: string
  readonly #bars: BarFiles
  #strangers = 0
  #life: Life | null = null
  #lives = 0

  constructor(options: WorldOptions = {}) {
    this.seed = options.seed ?? 'company'
    this.clock = new VirtualClock(options.startMs ?? START_MS)
    const given = { ...atEmulator(DEFAULTS, VIRTUAL_KRAKEN), bots: [...(options.bots ?? [quietBot('tester')])] }
    this.config = options.config === undefined ? given : options.config(given)
    this.network = new MemoryNetwork({
      clock: this.clock,
      random: new SeededRandom(`${this.seed}/network`),
      latencyMs: options.latencyMs ?? 5,
      fate: (passage) => {
        this.onPassage(passage)
        return this.fate(passage)
      },
    })
    this.emulator = createKrakenEmulator({
      clock: this.clock,
      random: new SeededRandom(`${this.seed}/faults`),
      seed: this.seed,
      store: openMemoryStore(),
      log: SILENT,
      settings: {
        source: { kind: 'seeded' },
        stepMs: 1_000,
        tradeEveryMs: 5_000,
        tier: 'pro',
        credentials: [sandboxCredentials(this.seed), strangerKey(this.seed)],
        ...options.emulator,
      },
    })
    this.network.register('kraken.sim', this.emulator)
    this.#barsDir = mkdtempSync(join(tmpdir(), 'troupe-world-'))
    this.#bars = new BarFiles(this.#barsDir)
    this.emulator.start()
  }

  /** The present life. */
  get life(): Life {
    return mustExist(this.#life, 'the company is not running')
  }

  get runtime(): Runtime {
    return this.life.runtime
  }

  get company(): Company {
    return this.life.runtime.company
  }

  get control(): Runtime['control'] {
    return this.life.runtime.control
  }

  /** Starts a life on what is on the disk. */
  start(): this {
    this.#life = this.idle()
    this.#life.runtime.start()
    return this
  }

  /** Makes a life on what is on the disk, replayed and not started: from the newest snapshot, or as if there were none. */
  idle(snapshots: MemorySnapshots = this.snapshots): Life {
    const clock = new LifeClock(this.clock)
    const transport = this.network.transport()
    const journal = new GroupJournal(this.disk, clock)
    const log = this.#log()
    const alerter = new AlertHub({ clock, log: SILENT, foldMs: 0 })
    alerter.subscribe((alert) => this.alerts.push(alert))
    const runtime = createRuntime({
      config: this.config,
      tag: 'abc123',
      version: '0',
      schemaVersion: 1,
      shownConfig: {},
      ports: {
        clock,
        random: new SeededRandom(`${this.seed}/runtime/${++this.#lives}`),
        transport,
        journal,
        marks: this.marks,
        snapshots,
        bars: this.#bars,
        secrets: sandboxSecrets(this.seed),
        alerter,
        log,
        inspect: null,
      },
    })
    for (const bot of runtime.company.deps.bots) {
      if (bot.strategy.strategyId !== 'trend-following') continue
      const decide: Script = (context) => this.scripts.get(bot.botId)?.(context) ?? []
      Object.assign(bot, { strategy: { ...bot.strategy, decide } })
    }
    return { clock, transport, journal, runtime }
  }

  /** Runs on for so much virtual time. */
  run(ms: number): this {
    this.clock.advance(ms)
    return this
  }

  /** Runs until something holds. @throws when it does not within `limitMs`. */
  until(what: string, holds: () => boolean, limitMs = 60_000): this {
    const endMs = this.clock.timeLineMs + limitMs
    while (!holds()) {
      if (this.clock.timeLineMs >= endMs) throw new Error(`not within ${limitMs} ms: ${what}\n${this.describe()}`)
      this.clock.advance(5)
    }
    return this
  }

  /** Runs until the company trades. */
  trading(limitMs = 60_000): this {
    return this.until(
      'the company trades',
      () =>
        this.company.director.state === 'TRADING' &&
        [...this.company.bots.values()].every((bot) => bot.state !== 'STARTING' && bot.state !== 'IDLE'),
      limitMs,
    )
  }

  /** Fires one event of the clock, microtasks and all. Returns false when none is due within an hour. */
  step(): boolean {
    const hasMore = this.clock.step(this.clock.timeLineMs + 3_600_000)
    drainMicrotasks()
    return hasMore
  }

  /** Ends the present life as a kill does. */
  crash(): this {
    const { clock, transport, journal } = this.life
    clock.fence()
    journal.fence()
    transport.fence()
    this.#life = null
    return this
  }

  get isAlive(): boolean {
    return this.#life !== null
  }

  /** Forgets journal and snapshots, as a new data directory on the same account does. Only between two lives. */
  onNewDisk(): this {
    this.disk = new TearingDisk()
    this.snapshots = new MemorySnapshots()
    return this
  }

  /** Stops the company in order and runs until it has ended. Returns its exit. */
  stop(limitMs = 60_000): { readonly exitCode: 0 | 1; readonly error: string | null } {
    let end: { readonly exitCode: 0 | 1; readonly error: string | null } | null = null
    void this.runtime.done.then((value) => {
      end = value
    })
    this.runtime.stop('test')
    this.until('the company ends', () => end !== null, limitMs)
    return mustExist<{ readonly exitCode: 0 | 1; readonly error: string | null }>(end, 'no end')
  }

  /** Removes the temporary files. */
  close(): void {
    rmSync(this.#barsDir, { recursive: true, force: true })
  }

  /** Places a limit order for BTC on our account as somebody else would: by hand, without an id of ours. */
  placeAsStranger(quantity: string, price: string, postOnly: boolean): void {
    const { apiKey, apiSecret } = strangerKey(this.seed)
    const path = '/0/private/AddOrder'
    const nonce = String(2_000_000_000_000_000_000n + BigInt(++this.#strangers))
    const fields = {
      nonce,
      pair: 'XBTUSD',
      type: 'buy',
      ordertype: 'limit',
      volume: quantity,
      price,
      ...(postOnly ? { oflags: 'post' } : {}),
    }
    const body = new URLSearchParams(fields).toString()
    const headers = {
      'api-key': apiKey,
      'api-sign': apiSign(apiSecret, path, nonce, body),
      'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
    }
    let answer = ''
    void this.emulator.handle({ method: 'POST', path, query: '', headers, body }).then((response) => {
      answer = response.kind === 'answer' ? response.body : response.kind
    })
    this.run(1)
    if (!answer.includes('"error":[]')) throw new Error(`the stranger's order was refused: ${answer}`)
  }

  /** The emulator's record of our account. */
  account(): AccountRecord {
    return mustExist(this.record().accounts[0], 'the emulator has no account')
  }

  record(): EmulatorRecord {
    return this.emulator.record()
  }

  /** Every order that the present life tracks. */
  orders(): readonly OrderRecord[] {
    const { orders } = this.company
    return [...orders.ended(), ...orders.live()]
  }

  statusOf(clientOrderId: string): string {
    return this.control.order(clientOrderId).status
  }

  /** Entries on the disk, of one kind or all. */
  entries(kind?: string): readonly JournalEntry[] {
    const all = this.disk.entries()
    return kind === undefined ? all : all.filter((entry) => entry.kind === kind)
  }

  alertCodes(): readonly string[] {
    return this.alerts.map((alert) => alert.code)
  }

  /** What a failed wait shows. */
  describe(): string {
    if (this.#life === null) return 'not alive'
    const { company } = this
    const venues = [...company.venues.values()].map((host) => `${host.venue.venueId} ${host.state} ${host.context.note}`)
    const bots = [...company.bots.values()].map(
      (bot) => `${bot.spec.botId} ${bot.state} ${bot.context.reasons.map((r) => r.source).join()} ${bot.context.note}`,
    )
    const live = [...company.orders.live()].map((order) => `${order.clientOrderId} ${company.orders.stateOf(order)}`)
    return [
      `${company.director.state} ${JSON.stringify(company.director.actor.getSnapshot().context)}`,
      ...venues,
      ...bots,
      ...live,
      ...this.logged.slice(-8).map((line) => `${line.level} ${line.message} ${JSON.stringify(line.details)}`),
    ].join('\n')
  }

  #log(): LogPort {
    const write = (level: LogLine['level']) => (message: string, details?: unknown) => {
      this.logged.push({ level, message, details: details ?? null })
    }
    return { debug: () => undefined, info: () => undefined, warn: write('warn'), error: write('error'), fatal: write('fatal') }
  }
}

const SILENT: LogPort = { debug() {}, info() {}, warn() {}, error() {}, fatal() {} }

/** A second key of the same account, for what its owner does by hand. */
function strangerKey(seed: string): ReturnType<typeof sandboxCredentials> {
  return sandboxCredentials(`${seed}/by hand`)
}
