// A company in virtual time in a process of its own, with its real store, so that its memory can be measured. One JSON line a sample.
import { heapStats } from 'bun:jsc'
import { join } from 'node:path'
import { loadConfig } from '#config/load'
import { mustExist } from '#domain/errors'
import { AlertHub } from '#ops/alerts'
import type { LogPort } from '#ports/alerter'
import { createRuntime } from '#runtime'
import type { SimStore } from '#sim/engine/store'
import { SeededRandom } from '#sim/random'
import { VirtualClock } from '#sim/virtual-clock'
import { atEmulator, createVirtualVenues, VIRTUAL_KRAKEN } from '#sim/world'
import { BarFiles } from '#store/bar-files'
import { openJournal } from '#store/journal'
import { SqliteMarks } from '#store/marks'
import { openStore } from '#store/open-store'
import { SqliteHistory } from '#store/portfolio-history'
import { SqliteSnapshots } from '#store/snapshot'
import type { SoakSample, SoakTask } from './soak-types'

const HOUR_MS = 3_600_000
const START_MS = Date.UTC(2026, 0, 5)
const INSTRUMENTS = ['BTC-USD@kraken', 'ETH-USD@kraken', 'SOL-USD@kraken', 'XRP-USD@kraken']
const SILENT: LogPort = { debug() {}, info() {}, warn() {}, error() {}, fatal() {} }
/** The emulator's history is no part of the company: nothing is kept of it beyond what its limits keep in memory. */
const FORGETFUL: SimStore = ((parts: Parameters<SimStore['attach']>[0]) => ({
  attach: (given) => {
    parts = given
    return false
  },
  commit: () => {
    for (const part of parts) part.drain()
  },
  close: () => undefined,
}))([])

const task = JSON.parse(mustExist(process.env['SOAK_TASK'], 'SOAK_TASK')) as SoakTask
const clock = new VirtualClock(START_MS)
const venues = createVirtualVenues({
  clock,
  seed: 'pain-13',
  store: FORGETFUL,
  log: SILENT,
  source: { kind: 'seeded' },
  settings: { stepMs: task.marketStepMs, tradeEveryMs: task.marketStepMs, hasLimits: false, closedOrdersMax: 150, printsMax: 100 },
})
const store = openStore({ dataDir: task.dataDir, durability: 'process' })
const alerter = new AlertHub({ clock, log: SILENT })
let criticals = 0
alerter.subscribe((alert) => {
  if (alert.severity === 'CRITICAL') criticals++
  if (alert.severity === 'CRITICAL' && criticals < 5) console.error(`${alert.code}: ${alert.text}`)
})
const defaults = atEmulator(loadConfig({ configDir: 'config', file: null, options: {} }), VIRTUAL_KRAKEN)
const parameters = { timeframe: task.timeframe, stepMs: task.stepMs, awayBps: task.awayBps, notionalSmall: 60, notionalLarge: 120 }
const runtime = createRuntime({
  config: {
    ...defaults,
    desk: { ...defaults.desk, retireAfterMs: task.retireAfterMs, inFlightMax: 50 },
    risk: { ...defaults.risk, dailyNotionalMax: '100000000' },
    breakers: { ...defaults.breakers, consecutiveLosses: 1_000_000, dailyLossRatio: 1 },
    bots: Array.from({ length: task.bots }, (_, index) => ({
      ...mustExist(defaults.bots[0], 'no bot'),
      id: `busy-${index}`,
      strategy: 'busy',
      enabled: true,
      instruments: [mustExist(INSTRUMENTS[index % INSTRUMENTS.length], 'no instrument')],
      cycleMs: task.stepMs,
      parameters,
    })),
  },
  ports: {
    clock,
    random: new SeededRandom('pain-13'),
    transport: venues.transport,
    journal: openJournal(store, clock),
    marks: new SqliteMarks(store),
    bars: new BarFiles(join(task.dataDir, 'bars')),
    snapshots: new SqliteSnapshots(store),
    history: new SqliteHistory(store),
    secrets: venues.secrets,
    alerter,
    log: SILENT,
    inspect: null,
  },
  tag: 'abc123',
  version: '0',
  schemaVersion: 1,
  shownConfig: {},
})
const { company } = runtime

/** Records of orders that ended, some of them, by the time of their end: once retired they must be gone. */
const watched: { readonly ref: WeakRef<object>; readonly endedAtMs: number }[] = []
let closed = 0
let filled = 0
let events = 0
company.orders.onChange((record) => {
  if (!company.orders.isTerminal(record)) return
  closed++
  if (company.orders.stateOf(record) === 'filled') filled++
  if (closed % task.watchEvery === 0 && watched.length < 2_000) watched.push({ ref: new WeakRef(record), endedAtMs: clock.now() })
})

async function sample(): Promise<SoakSample> {
  for (let round = 0; round < 3; round++) {
    await Bun.sleep(0) // what a WeakRef was asked for stays until the job ends
    Bun.gc(true)
  }
  const heap = heapStats()
  // Retired in the sweep of a minute, and out of every queue of events behind it.
  const dueMs = clock.now() - task.retireAfterMs - 130_000
  const due = watched.filter(({ endedAtMs }) => endedAtMs < dueMs)
  return {
    hour: (clock.now() - START_MS) / HOUR_MS,
    rssMb: process.memoryUsage.rss() / 2 ** 20,
    heapMb: heap.heapSize / 2 ** 20,
    objects: heap.objectCount,
    actors: company.registry.size,
    tracked: company.orders.ended().length + company.orders.liveCount,
    live: company.orders.liveCount,
    timers: clock.pending,
    sockets: venues.network.openSockets,
    retired: due.length,
    uncollected: due.filter(({ ref }) => ref.deref() !== undefined).length,
    ids: company.portfolio.ledger.idCount,
    closed,
    filled,
    entries: company.deps.journal.headSeq,
    events,
    state: company.director.state,
    types: task.isDetailed ? heap.objectTypeCounts : null,
  }
}

venues.emulator.start()
runtime.start()
const sampleMs = task.sampleMinutes * 60_000
for (let atMs = START_MS + sampleMs; atMs <= START_MS + task.hours * HOUR_MS; atMs += sampleMs) {
  clock.runUntil(atMs)
  events = clock.fired
  console.log(JSON.stringify(await sample()))
}
if (criticals > 0) console.error(`${criticals} critical alerts`)
runtime.stop('the soak is over')
clock.runUntil(START_MS + task.hours * HOUR_MS + 60_000)
console.log(JSON.stringify(await sample()))
store.close()
