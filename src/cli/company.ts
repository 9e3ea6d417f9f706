import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pkg from '../../package.json'
import page from '../web/index.html'
import { type ApiServer, serveApi } from '#api/serve'
import type { TroupeConfig } from '#config/schema'
import type { Json } from '#domain/json'
import { AlertHub } from '#ops/alerts'
import { type DataDir, openDataDir } from '#ops/data-dir'
import { FlagFile } from '#ops/flag-file'
import { createInspectorHub } from '#ops/inspector'
import { Log } from '#ops/log'
import { NetTransport } from '#ops/net-transport'
import { RealClock } from '#ops/real-clock'
import { systemRandom } from '#ops/system-random'
import { WebhookChannel } from '#ops/webhook'
import type { ClockPort } from '#ports/clock'
import type { RandomPort } from '#ports/random'
import type { SecretsPort } from '#ports/secrets'
import type { TransportPort } from '#ports/transport'
import { createRuntime, type Runtime } from '#runtime'
import { BarFiles } from '#store/bar-files'
import { SqliteMarks } from '#store/marks'
import { SqliteHistory } from '#store/portfolio-history'
import { SqliteSnapshots } from '#store/snapshot'
import type { Books } from './books'
import { API_FILE, KILL_FILE } from './locate'
import { alertWebhookOf, apiOptionsOf } from './preflight'
import { watchResume } from './resume-file'
import type { World } from './world-options'

/** Everything of a company in this process that must be closed again. */
export interface House {
  readonly runtime: Runtime
  readonly log: Log
  readonly api: ApiServer | null
  /** Closes API, journal, store and lock, in this order. Call once, after the company has ended. */
  close(): Promise<void>
}

export interface HouseParts {
  readonly world: World
  /** With the venues' addresses of this world. */
  readonly config: TroupeConfig
  readonly clock: ClockPort
  readonly random: RandomPort
  readonly transport: TransportPort
  readonly secrets: SecretsPort
  readonly dataDir: DataDir
  readonly books: Books
  readonly log: Log
}

/** Takes the lock of a world's data directory. @throws {AppError} DATA_DIR_LOCKED, DATA_DIR_MISMATCH. */
export function claimDataDir(world: World): DataDir {
  // A world in virtual time repeats to the last byte, so its tag comes from what it is; over sockets two installations must differ.
  const tag = world.isVirtual ? 'face00' : null
  return openDataDir({ path: world.dataDir, world: world.identity, tag, random: systemRandom })
}

export function openLog(world: World, now: () => number): Log {
  return Log.open({ level: world.config.logLevel, path: join(world.dataDir, 'troupe.log'), stderr: 'none', now, secrets: [] })
}

/** The owner's address for alerts; null where none is set. It has a way out of its own: venues' hosts are not reached by it, nor it by theirs. */
function webhookOf({ environment, config, isVirtual }: World, clock: ClockPort, log: Log): WebhookChannel | null {
  const url = alertWebhookOf(environment)
  if (url === null || isVirtual) return null // what happens in virtual time is nobody's concern
  const transport = new NetTransport({ clock, allowedHosts: [new URL(url.reveal()).hostname] })
  const { webhookFormat: format, webhookSeverityMin: severityMin } = config.alerts
  return new WebhookChannel({ clock, log, transport, random: systemRandom, url, format, severityMin })
}

/** Puts a company together in this process: store, journal, runtime, API, flag file. Nothing trades before `runtime.start()`. */
export function openHouse(parts: HouseParts): House {
  const { world, config, clock, dataDir, log } = parts
  const { store, journal } = parts.books
  const hub = createInspectorHub({ clock, log })
  const alerter = new AlertHub({ clock, log })
  const webhook = webhookOf(world, clock, log)
  if (webhook !== null) alerter.subscribe((alert) => webhook.send(alert))
  const runtime = createRuntime({
    config,
    tag: dataDir.tag,
    version: pkg.version,
    schemaVersion: store.schemaVersion,
    shownConfig: JSON.parse(JSON.stringify(config)) as Json,
    ports: {
      clock,
      random: parts.random,
      transport: parts.transport,
      journal,
      marks: new SqliteMarks(store),
      bars: new BarFiles(join(dataDir.path, 'bars')),
      snapshots: new SqliteSnapshots(store),
      history: new SqliteHistory(store),
      secrets: parts.secrets,
      alerter,
      log,
      inspect: config.api.inspect ? (event) => hub.inspect(event) : null,
    },
  })
  const flag = new FlagFile({
    path: join(dataDir.path, KILL_FILE),
    clock,
    pollMs: config.killSwitchPollMs,
    // An empty file, and one that cannot be read, halts like any other.
    onPresent: (reason, text) => runtime.company.emergencies.onFlagFile(text.trim() === '' ? reason : text),
    onAbsent: () => runtime.company.emergencies.onFlagFile(null),
  })
  const resume = watchResume({ dataDir: dataDir.path, clock, pollMs: config.killSwitchPollMs, control: runtime.control, log })
  const api = config.api.enabled ? openApi(world, config, runtime, log, hub) : null
  if (api !== null) writeFileSync(join(dataDir.path, API_FILE), `${JSON.stringify({ pid: process.pid, url: api.url })}\n`, { mode: 0o600 })
  flag.start()
  resume.start()
  return {
    runtime,
    log,
    api,
    close: async () => {
      flag.stop()
      resume.stop()
      await api?.stop()
      rmSync(join(dataDir.path, API_FILE), { force: true })
      await parts.books.close()
      log.close()
      dataDir.release()
    },
  }
}

function openApi(world: World, config: TroupeConfig, runtime: Runtime, log: Log, hub: ReturnType<typeof createInspectorHub>): ApiServer {
  const options = apiOptionsOf(config, world.environment)
  for (const { token } of options.tokens) runtime.monitors.keepSecret(token.reveal())
  return serveApi({
    control: runtime.control,
    // The API answers people: its limits run in real time, whatever the company's clock does.
    clock: new RealClock(),
    log,
    page,
    inspector: hub,
    options,
    watchText: (where, text) => runtime.monitors.watchText(where, text),
  })
}
