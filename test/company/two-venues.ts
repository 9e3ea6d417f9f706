import { botSpecsOf } from '#actors/bots/bot-specs'
import type { OrderRecord } from '#actors/desk/order-record'
import { loadConfig } from '#config/load'
import { applyBps, type Decimal, decimal, roundToStep, subtract } from '#domain/decimal'
import { mustExist } from '#domain/errors'
import { accountId, type BotId, type InstrumentId, intentId, venueId } from '#domain/ids'
import { AlertHub } from '#ops/alerts'
import type { LogPort } from '#ports/alerter'
import type { VenueListener, VenuePort } from '#ports/venue'
import { createRuntime, type Runtime } from '#runtime'
import { openMemoryStore } from '#sim/engine/store'
import { createKrakenEmulator, type KrakenEmulator } from '#sim/kraken/emulator'
import { MemoryNetwork } from '#sim/network'
import { SeededRandom } from '#sim/random'
import { VirtualClock } from '#sim/virtual-clock'
import { sandboxSecrets } from '#sim/world'
import { GroupJournal } from '#store/group-journal'
import { MemoryBars } from '#store/memory-bars'
import { MemoryHistory, MemoryMarks, MemorySnapshots } from '#store/memory-store'
import { TearingDisk } from '#sim/world/disk'
import { KRAKEN_DEFAULTS } from '#venues/kraken/config'
import { createKrakenVenue } from '#venues/kraken/venue'
import { quietBot } from './world'

const SEED = 'two venues'
const SILENT: LogPort = { debug() {}, info() {}, warn() {}, error() {}, fatal() {} }
const NAMES = ['kraken', 'other'] as const
type Name = (typeof NAMES)[number]

/** Puts another venue's name into everything that names one. */
function renamed<T>(value: T, from: Name, to: Name): T {
  const rename = (inner: unknown): unknown => {
    if (typeof inner === 'string') {
      if (inner === from) return to
      return inner.endsWith(`@${from}`) ? inner.slice(0, -from.length) + to : inner
    }
    if (Array.isArray(inner)) return inner.map(rename)
    if (typeof inner !== 'object' || inner === null) return inner
    return Object.fromEntries(Object.entries(inner).map(([key, part]) => [key, rename(part)]))
  }
  return rename(value) as T
}

/** The Kraken adapter as a venue of another name, which may take no batches of cancels. */
function asVenue(inner: VenuePort, name: Name, hasBatches: boolean): VenuePort {
  const outward = <T>(value: T): T => renamed(value, 'kraken', name)
  const inward = <T>(value: T): T => renamed(value, name, 'kraken')
  const calls = new Proxy(inner, {
    get: (target, key) => {
      const member: unknown = Reflect.get(target, key)
      if (key === 'capabilities' && !hasBatches) return { ...inner.capabilities, cancelBatchMax: 0 }
      if (typeof member !== 'function') return outward(member)
      if (key === 'cancelBatch' && !hasBatches) throw new Error('a batch went to a venue that takes none')
      return (...given: readonly unknown[]) => {
        const answer: unknown = Reflect.apply(member, target, key === 'connect' ? given : given.map(inward))
        return answer instanceof Promise ? answer.then(outward) : outward(answer)
      }
    },
  })
  return new Proxy(calls, {
    get: (target, key) =>
      key === 'listen' ? (listener: VenueListener) => inner.listen(heard(listener, outward)) : Reflect.get(target, key),
  })
}

function heard(listener: VenueListener, outward: <T>(value: T) => T): VenueListener {
  return new Proxy(listener, {
    get: (target, key) => {
      const member: unknown = Reflect.get(target, key)
      if (typeof member !== 'function') return member
      return (...given: readonly unknown[]) => Reflect.apply(member, target, given.map(outward)) as unknown
    },
  })
}

/** A company on two venues, each an emulator of its own behind the in-memory network, in virtual time. */
export class TwoVenues {
  readonly clock = new VirtualClock(Date.UTC(2026, 0, 5, 12))
  readonly network = new MemoryNetwork({ clock: this.clock, random: new SeededRandom(`${SEED}/network`), latencyMs: 5, fate: null })
  readonly emulators: Readonly<Record<Name, KrakenEmulator>>
  readonly runtime: Runtime
  readonly disk = new TearingDisk()

  /** @param bots by id, the instrument that each trades. */
  constructor(bots: Readonly<Record<string, string>>, hasBatches = true) {
    const { clock, network } = this
    this.emulators = { kraken: this.#emulator('kraken'), other: this.#emulator('other') }
    const config = {
      ...loadConfig({ configDir: 'config', file: null, options: {} }),
      bots: Object.entries(bots).map(([id, instrument]) => quietBot(id, instrument)),
    }
    const transport = network.transport()
    const alerter = new AlertHub({ clock, log: SILENT, foldMs: 0 })
    const ports = {
      clock,
      random: new SeededRandom(SEED),
      transport,
      journal: new GroupJournal(this.disk, clock),
      marks: new MemoryMarks(),
      history: new MemoryHistory(),
      bars: new MemoryBars(),
      snapshots: new MemorySnapshots(),
      secrets: sandboxSecrets(SEED),
      alerter,
      log: SILENT,
      inspect: null,
    }
    const venues = NAMES.map((name) => {
      const base = `http://${name}.sim`
      const urls = { restUrl: base, publicStreamUrl: `ws://${name}.sim/v2`, privateStreamUrl: `ws://${name}.sim/auth/v2` }
      return asVenue(
        createKrakenVenue({
          ...ports,
          marks: new MemoryMarks(),
          onToken: () => undefined,
          accountId: accountId('main@kraken'),
          config: { ...KRAKEN_DEFAULTS, ...urls, tier: 'pro', requestTimeoutMs: 5_000 },
        }),
        name,
        hasBatches,
      )
    })
    const idle = { start: () => undefined, stop: () => undefined }
    this.runtime = createRuntime({
      config,
      ports,
      tag: 'abc123',
      version: '0',
      schemaVersion: 1,
      shownConfig: {},
      standIns: {
        venues,
        bots: botSpecsOf(config, new Set(NAMES.map((name) => venueId(name)))),
        makeRunner: () => idle,
        settings: (configured) => configured,
      },
    })
  }

  get company() {
    return this.runtime.company
  }

  start(): this {
    this.runtime.start()
    return this.until(
      'it trades',
      () => [...this.company.bots.values()].every(({ state }) => state === 'ACTIVE') && this.company.bots.size > 0,
    )
  }

  run(ms: number): this {
    this.clock.advance(ms)
    return this
  }

  until(what: string, holds: () => boolean, limitMs = 60_000): this {
    const endMs = this.clock.timeLineMs + limitMs
    while (!holds()) {
      if (this.clock.timeLineMs >= endMs) throw new Error(`not within ${limitMs} ms: ${what}`)
      this.clock.advance(5)
    }
    return this
  }

  /** Buys at the market, or has an order rest so many basis points below it. Returns the order. */
  order(botId: string, target: string, belowBps: number | null): OrderRecord {
    const { company } = this
    const { spec } = mustExist(company.bots.get(botId as BotId), botId)
    const instrument = company.market.instrument(mustExist<InstrumentId>(spec.instruments[0], 'no instrument'))
    const mid = mustExist<Decimal>(company.market.mid(instrument.instrumentId), 'no price')
    const limitPrice =
      belowBps === null ? null : roundToStep(subtract(mid, applyBps(mid, decimal(String(belowBps)))), instrument.tickSize, 'down')
    let sent: OrderRecord | null = null
    void company.desk
      .execute(
        {
          intentId: intentId(`${botId}:${target}`),
          botId: spec.botId,
          strategyId: spec.strategy.strategyId,
          instrumentId: instrument.instrumentId,
          kind: 'enter',
          target: { kind: 'quantity', quantity: decimal(target) },
          stopPrice: null,
          takeProfitPrice: null,
          conviction: 1,
          timeframe: spec.strategy.decidesOn,
          decidedOnMs: this.clock.now(),
          routing: limitPrice === null ? null : { kind: 'limit', limitPrice, postOnly: true },
          metadata: {},
        },
        { routing: { ...spec.routing, style: 'marketable' }, sizing: spec.sizing, isOperatorFlatten: false, shouldPreview: false },
      )
      .then((result) => {
        const [first] = result?.results ?? []
        if (first?.kind !== 'sent') throw new Error(`not sent: ${JSON.stringify(first ?? result)}`)
        sent = first.record
      })
    this.until('it is sent', () => sent !== null)
    return mustExist<OrderRecord>(sent, 'nothing was sent')
  }

  /** Lets a venue be reached, or not at all. */
  setUp(name: Name, isUp: boolean): this {
    this.network.setUp(`${name}.sim`, isUp)
    if (!isUp) this.network.cutSockets(`${name}.sim`)
    return this
  }

  openAt(name: Name): number {
    return this.emulators[name].record().accounts[0]?.openOrders.length ?? 0
  }

  close(): void {
    for (const name of NAMES) this.emulators[name].stop()
  }

  #emulator(name: Name): KrakenEmulator {
    const emulator = createKrakenEmulator({
      clock: this.clock,
      random: new SeededRandom(`${SEED}/${name}/faults`),
      seed: SEED,
      store: openMemoryStore(),
      log: SILENT,
      settings: { source: { kind: 'seeded' }, stepMs: 1_000, tradeEveryMs: 15_000, tier: 'pro' },
    })
    this.network.register(`${name}.sim`, emulator)
    emulator.start()
    return emulator
  }
}
