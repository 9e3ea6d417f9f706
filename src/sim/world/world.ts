import { drainMicrotasks } from 'bun:jsc'
import type { Company } from '#actors/company/company'
import type { OrderRecord } from '#actors/desk/order-record'
import type { TroupeConfig } from '#config/schema'
import { InvariantError, mustExist } from '#domain/errors'
import { AlertHub } from '#ops/alerts'
import type { LogPort, RaisedAlert } from '#ports/alerter'
import type { JournalEntry } from '#ports/journal'
import type { BarStorePort, MarkPort, PortfolioHistoryPort, SnapshotPort } from '#ports/store'
import { createRuntime, type Runtime } from '#runtime'
import { openMemoryStore, type SimStore } from '#sim/engine/store'
import { sandboxCredentials } from '#sim/kraken/credentials'
import type { KrakenEmulator, KrakenEmulatorSettings } from '#sim/kraken/emulator'
import type { AccountRecord } from '#sim/emulator/record'
import type { EmulatorRecord } from '#sim/kraken/record'
import type { MemoryNetwork, MemoryTransport } from '#sim/network'
import { SeededRandom } from '#sim/random'
import { VirtualClock } from '#sim/virtual-clock'
import type { Fate, Latency, Passage } from '#sim/wire'
import { atEmulator, createVirtualVenues, sandboxSecrets, VIRTUAL_KRAKEN } from '#sim/world'
import { GroupJournal } from '#store/group-journal'
import { MemoryBars } from '#store/memory-bars'
import { MemoryHistory, MemoryMarks, MemorySnapshots } from '#store/memory-store'
import { TearingDisk } from './disk'
import { LifeClock, OffsetClock, type WallClock } from './life-clock'
import { LifeStore } from './life-store'
import { Stranger, type StrangersOrder } from './stranger'

/** Monday, 5 January 2026, 12:00 UTC. */
export const START_MS = Date.UTC(2026, 0, 5, 12)

/** What makes a world. Equal options make equal worlds. */
export interface WorldOptions {
  readonly seed: string
  /** Bots, limits and times of the company; its venue is always the world's own. */
  readonly config: TroupeConfig
  readonly startMs?: number
  /** One way, ms. */
  readonly latencyMs?: Latency
  readonly emulator?: Partial<KrakenEmulatorSettings>
  /** What an emulator of this world's seed left; default nothing. */
  readonly store?: SimStore
  /** Called with each life that was made, before it starts. */
  readonly onLife?: (life: Life) => void
}

/** What one life of the company holds of the world. */
export interface Life {
  /** From 1. */
  readonly number: number
  readonly clock: LifeClock
  readonly transport: MemoryTransport
  readonly journal: GroupJournal
  readonly store: LifeStore
  readonly runtime: Runtime
}

/** How a life ended in order. */
export interface LifeEnd {
  readonly exitCode: 0 | 1
  readonly error: string | null
}

/** One line of the log of a life. */
export interface LogLine {
  readonly level: 'warn' | 'error' | 'fatal'
  readonly message: string
  readonly details: unknown
}

/** Takes everything from a life that could still reach the world or its disk. */
export function fence({ clock, journal, store, transport }: Life): void {
  clock.fence()
  journal.fence()
  store.fence()
  transport.fence()
}

/** How many lines of the log are kept for who looks into a failure. */
const LOGGED_MAX = 2_000

/**
 * The whole company in virtual time with the emulator behind the in-memory network. A crash ends the life in the middle of whatever it
 * does: its timers, its sockets and what its journal had not written are gone; the next life starts on the same disk.
 */
export class World {
  readonly clock: VirtualClock
  readonly network: MemoryNetwork
  readonly emulator: KrakenEmulator
  /** The wall clock of the company's machine. */
  readonly wall: WallClock = { offsetMs: 0 }
  readonly venueClock: OffsetClock
  disk = new TearingDisk()
  marks: MarkPort = new MemoryMarks()
  bars: BarStorePort = new MemoryBars()
  /** Taken at an orderly stop, and every ten thousand entries. */
  snapshots: SnapshotPort = new MemorySnapshots()
  history: PortfolioHistoryPort = new MemoryHistory()
  readonly alerts: RaisedAlert[] = []
  readonly logged: LogLine[] = []
  readonly config: TroupeConfig
  readonly seed: string
  /** Decides over each message between company and venue. */
  fate: (passage: Passage) => Fate = () => CARRY
  /** Sees each message on its way, in the step in which it was handed over. */
  onPassage: (passage: Passage) => void = () => undefined
  readonly #stranger: Stranger
  readonly #onLife: (life: Life) => void
  #life: Life | null = null
  #lives = 0

  constructor(options: WorldOptions) {
    this.seed = options.seed
    this.#onLife = options.onLife ?? (() => undefined)
    this.clock = new VirtualClock(options.startMs ?? START_MS)
    this.venueClock = new OffsetClock(this.clock)
    this.config = atEmulator(options.config, VIRTUAL_KRAKEN)
    this.#stranger = new Stranger(this.seed)
    const venues = createVirtualVenues({
      clock: this.clock,
      venueClock: this.venueClock,
      seed: this.seed,
      store: options.store ?? openMemoryStore(),
      log: SILENT,
      source: { kind: 'seeded' },
      ...(options.latencyMs === undefined ? {} : { latencyMs: options.latencyMs }),
      fate: (passage) => {
        this.onPassage(passage)
        return this.fate(passage)
      },
      settings: { tier: 'pro', credentials: [sandboxCredentials(this.seed), this.#stranger.key], ...options.emulator },
    })
    this.network = venues.network
    this.emulator = venues.emulator
    this.emulator.start()
  }

  /** The present life. */
  get life(): Life {
    return mustExist(this.#life, 'the company is not running')
  }

  get isAlive(): boolean {
    return this.#life !== null
  }

  /** Lives so far, those that only replayed counted too. */
  get lives(): number {
    return this.#lives
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
  idle(snapshots: SnapshotPort = this.snapshots): Life {
    const number = ++this.#lives
    const clock = new LifeClock(this.clock, this.wall)
    const transport = this.network.transport()
    const { disk, marks, history, bars } = this
    const journal = new GroupJournal(disk, clock)
    const store = new LifeStore({ marks, snapshots, history, bars }, disk)
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
        random: new SeededRandom(`${this.seed}/runtime/${number}`),
        transport,
        journal,
        marks: store.marks,
        snapshots: store.snapshots,
        history: store.history,
        bars: store.bars,
        secrets: sandboxSecrets(this.seed),
        alerter,
        log: this.#log(),
        inspect: null,
      },
    })
    const life = { number, clock, transport, journal, store, runtime }
    this.#onLife(life)
    return life
  }

  /** Runs on for so much virtual time. */
  run(ms: number): this {
    this.clock.advance(ms)
    return this
  }

  /** Runs until something holds, which is looked at every `stepMs`. @throws {InvariantError} when it does not within `limitMs`. */
  until(what: string, holds: () => boolean, limitMs = 60_000, stepMs = 5): this {
    const endMs = this.clock.timeLineMs + limitMs
    while (!holds()) {
      if (this.clock.timeLineMs >= endMs) throw new InvariantError(`not within ${limitMs} ms: ${what}\n${this.describe()}`)
      this.clock.advance(stepMs)
    }
    return this
  }

  /** Runs until the company trades. */
  trading(limitMs = 60_000): this {
    return this.until('the company trades', () => this.isTrading, limitMs)
  }

  /** True once the director trades and every bot has come as far as it gets. */
  get isTrading(): boolean {
    const { company } = this
    if (company.director.state !== 'TRADING') return false
    for (const bot of company.bots.values()) if (bot.state === 'STARTING' || bot.state === 'IDLE') return false
    return true
  }

  /** Fires one event of the clock, microtasks and all. Returns false when none is due within an hour. */
  step(): boolean {
    const hasMore = this.clock.step(this.clock.timeLineMs + 3_600_000)
    drainMicrotasks()
    return hasMore
  }

  /** Ends the present life as a kill does. */
  crash(): this {
    this.life.runtime.monitors.end()
    fence(this.life)
    this.#life = null
    return this
  }

  /** Forgets journal and snapshots, as a new data directory on the same account does. Only between two lives. */
  onNewDisk(): this {
    this.disk = new TearingDisk()
    this.snapshots = new MemorySnapshots()
    this.history = new MemoryHistory()
    return this
  }

  /** Stops the company in order and runs until it has ended. Returns its exit. */
  stop(limitMs = 60_000): LifeEnd {
    let end: LifeEnd | null = null
    void this.runtime.done.then((value) => {
      end = value
    })
    this.runtime.stop('asked by the world')
    this.until('the company ends', () => end !== null, limitMs)
    return mustExist<LifeEnd>(end, 'no end')
  }

  /** Places an order on our account as its owner would by hand. Returns the venue's answer; null where a fault holds it back. */
  placeByHand(order: StrangersOrder): string | null {
    return this.#byHand(this.#stranger.order(order))
  }

  /** Cancels an order by hand, by the venue's id. Returns the venue's answer; null where a fault holds it back. */
  cancelByHand(venueOrderId: string): string | null {
    return this.#byHand(this.#stranger.cancel(venueOrderId))
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
    const live = [...company.orders.live()].map((order) => `${order.clientOrderId} ${company.orders.stateOrNull(order)}`)
    return [
      `${company.director.state} ${JSON.stringify(company.director.actor.getSnapshot().context)}`,
      ...venues,
      ...bots,
      ...live,
      ...this.logged.slice(-8).map((line) => `${line.level} ${line.message} ${JSON.stringify(line.details)}`),
    ].join('\n')
  }

  #byHand(request: Parameters<KrakenEmulator['handle']>[0]): string | null {
    let answer: string | null = null
    void this.emulator.handle(request).then((response) => {
      answer = response.kind === 'answer' ? response.body : response.kind
    })
    drainMicrotasks()
    return answer
  }

  #log(): LogPort {
    const write = (level: LogLine['level']) => (message: string, details?: unknown) => {
      this.logged.push({ level, message, details: details ?? null })
      if (this.logged.length > LOGGED_MAX) this.logged.splice(0, LOGGED_MAX / 2)
    }
    return { debug: () => undefined, info: () => undefined, warn: write('warn'), error: write('error'), fatal: write('fatal') }
  }
}

const CARRY: Fate = { kind: 'carry', extraMs: 0 }
const SILENT: LogPort = { debug() {}, info() {}, warn() {}, error() {}, fatal() {} }
