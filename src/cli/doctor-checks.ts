import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import pkg from '../../package.json'
import type { TroupeConfig } from '#config/schema'
import { judgeClock } from '#domain/clock-gate'
import { AppError, messageOf } from '#domain/errors'
import { NetTransport } from '#ops/net-transport'
import { isPortFree } from '#ops/port-probe'
import { RealClock } from '#ops/real-clock'
import { readClock } from '#ops/sntp'
import { STORE_FILE } from '#store/open-store'
import { readStoreFacts } from '#store/store-facts'
import { verifyJournal } from '#store/verify'
import { verdictText } from './journal'
import { KILL_FILE, type Presence } from './locate'
import { runningEmulator } from './sandbox-process'

/** What a check found. `WARN` lets a start go on; `FAIL` would stop it, or should. */
export interface Finding {
  readonly name: string
  readonly level: 'ok' | 'WARN' | 'FAIL'
  readonly text: string
  /** What a person does about it; null for `ok`. */
  readonly remedy: string | null
}

const DISK_FAIL_BYTES = 100 * 1024 * 1024
const DISK_WARN_BYTES = 1024 * 1024 * 1024

/** How far the clock is off, where orders depend on it (SEC-04). */
export async function checkClock({ mode, clockServers, clockTimeoutMs, clockDriftMsMax }: TroupeConfig): Promise<Finding> {
  const isAsked = (mode === 'paper' || mode === 'live') && clockServers.length > 0
  const reading = isAsked ? await readClock(new RealClock(), { servers: clockServers, timeoutMs: clockTimeoutMs }) : null
  const verdict = judgeClock(mode, reading, clockDriftMsMax)
  if (!('remedy' in verdict)) return fine('clock drift', verdict.text)
  return trouble('clock drift', verdict.kind === 'refuse' ? 'FAIL' : 'WARN', verdict.text, verdict.remedy)
}

/** Returns a finding that all is well. */
export function fine(name: string, text: string): Finding {
  return { name, level: 'ok', text, remedy: null }
}

/** Returns a finding that needs a person. */
export function trouble(name: string, level: 'WARN' | 'FAIL', text: string, remedy: string): Finding {
  return { name, level, text, remedy }
}

/** The runtime's version against the one that the package asks for. */
export function checkBun(): Finding {
  const wanted = pkg.engines.bun.replace('>=', '')
  if (Bun.semver.order(Bun.version, wanted) >= 0) return fine('bun', `${Bun.version}, ${wanted} or newer is needed`)
  return trouble('bun', 'FAIL', `${Bun.version} is older than ${wanted}`, `run it with "npx --yes bun@${wanted} run …"`)
}

/** The nearest folder that exists: where a new directory would be made. */
function nearest(path: string): string {
  let here = path
  while (!existsSync(here) && dirname(here) !== here) here = dirname(here)
  return here
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false // the caller says what it means
  }
}

/** The data directory can be written, and by nobody else. */
export function checkDataDir(dataDir: string): Finding {
  const name = 'data directory'
  const place = nearest(dataDir)
  if (!isWritable(place))
    return trouble(name, 'FAIL', `${place} cannot be written`, 'give its user the right to, or choose another --data-dir')
  if (place !== dataDir) return fine(name, `${dataDir} will be made`)
  const mode = statSync(dataDir).mode & 0o777
  if ((mode & 0o077) === 0) return fine(name, `${dataDir}, mode ${mode.toString(8)}`)
  return trouble(
    name,
    'WARN',
    `${dataDir} has mode ${mode.toString(8)}: others of this machine can read it`,
    `chmod 700 ${dataDir} (a start does it)`,
  )
}

/** Whether a company runs there. Both are well. */
export function checkLock(presence: Presence): Finding {
  if (presence.kind === 'running') return fine('lock', `held by process ${presence.pid ?? '(unknown)'}: the company runs`)
  return fine('lock', presence.kind === 'absent' ? 'none yet' : 'free: no company runs')
}

/** The store's schema is one that this version knows. */
export function checkSchema(dataDir: string): Finding {
  const name = 'schema'
  try {
    const facts = readStoreFacts(dataDir)
    if (facts === null) return fine(name, 'no store yet')
    const { schemaVersion, knownVersion } = facts
    if (schemaVersion > knownVersion)
      return trouble(
        name,
        'FAIL',
        `${schemaVersion}, this version knows up to ${knownVersion}`,
        'start the newer version, or restore a backup',
      )
    return fine(name, schemaVersion === knownVersion ? `${schemaVersion}` : `${schemaVersion}; a start brings it to ${knownVersion}`)
  } catch (error) {
    if (error instanceof AppError) return trouble(name, 'FAIL', error.message, 'restore a backup; see RUNBOOK.md, corrupt journal')
    throw error
  }
}

/** Every entry of the journal, from the first. */
export function checkJournal(dataDir: string): Finding {
  const name = 'journal'
  const path = join(dataDir, STORE_FILE)
  if (!existsSync(path)) return fine(name, 'none yet')
  const verdict = verifyJournal(path)
  if (verdict.kind === 'intact') return fine(name, verdictText(verdict))
  return trouble(name, 'FAIL', verdictText(verdict), 'restore a backup; see RUNBOOK.md, corrupt journal')
}

/** Room for journal, logs and bars. */
export function checkDisk(dataDir: string): Finding {
  const { bavail, bsize } = statfsSync(nearest(dataDir))
  const free = bavail * bsize
  const text = `${(free / 1024 ** 3).toFixed(1)} GB free`
  if (free < DISK_FAIL_BYTES)
    return trouble('disk', 'FAIL', text, 'free at least 100 MB: a journal that cannot be written halts the company')
  if (free < DISK_WARN_BYTES) return trouble('disk', 'WARN', text, 'free at least 1 GB')
  return fine('disk', text)
}

/** The emulator of this directory answers, where one says that it runs. */
export async function checkEmulator(dataDir: string, isVirtual: boolean): Promise<Finding> {
  const name = 'venue kraken'
  if (isVirtual) return fine(name, 'emulated inside the process, in virtual time')
  const transport = new NetTransport({ clock: new RealClock(), allowedHosts: ['127.0.0.1'] })
  const emulator = await runningEmulator(dataDir, transport)
  switch (emulator.kind) {
    case 'none':
      return fine(name, 'no emulator runs; a start makes one')
    case 'answers':
      return fine(name, `the emulator answers at ${emulator.url}`)
    case 'silent':
      return trouble(name, 'WARN', `the emulator at ${emulator.url} does not answer`, 'a start makes a new one')
  }
}

/** The API's port can be had, or is had by this very company. */
export function checkApiPort({ api }: TroupeConfig, presence: Presence): Finding {
  const name = 'api port'
  if (!api.enabled) return fine(name, 'the API is off (api.enabled)')
  if (presence.kind === 'running')
    return fine(name, presence.api === null ? 'this company has not announced its API' : `this company listens at ${presence.api.url}`)
  try {
    if (isPortFree(api.host, api.port)) return fine(name, `${api.port} on ${api.host} is free`)
    return trouble(name, 'FAIL', `${api.port} on ${api.host} is in use`, 'stop what listens there, or pass --port 0')
  } catch (error) {
    return trouble(
      name,
      'FAIL',
      `${api.port} on ${api.host} cannot be used (${messageOf(error)})`,
      'set api.host and api.port to an address of this machine',
    )
  }
}

/** No kill switch left lying about. */
export function checkKillFile(dataDir: string): Finding {
  const path = join(dataDir, KILL_FILE)
  if (!existsSync(path)) return fine('kill switch file', 'absent')
  return trouble('kill switch file', 'WARN', `${path} is there: the company stays halted`, 'bun run troupe resume')
}
