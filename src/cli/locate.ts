import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { AppError } from '#domain/errors'
import { WORLD_FILE } from '#ops/data-dir'
import { probeInstanceLock } from '#ops/instance-lock'
import { NetTransport } from '#ops/net-transport'
import { RealClock } from '#ops/real-clock'
import { readEnvironment } from '#config/environment'
import { CompanyClient } from './client'

/** Where commands find the running company of a data directory. */
export const API_FILE = 'api.json'
/** The kill switch's flag file in a data directory. */
export const KILL_FILE = 'KILL'

const announcement = z.object({ pid: z.int(), url: z.url() })

/** What a company told of its API when it began to listen. */
export type Announcement = z.infer<typeof announcement>

/** Returns where the company of a data directory said that it listens; null when nothing readable is there. It may be dead meanwhile. */
export function announcedApi(dataDir: string): Announcement | null {
  const path = join(dataDir, API_FILE)
  if (!existsSync(path)) return null
  try {
    return announcement.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return null // half written: the company is just starting
    throw error
  }
}

/** What runs on a data directory. `api` is null while a company starts, and where its configuration turns the API off. */
export type Presence =
  | { readonly kind: 'absent' }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'running'; readonly pid: number | null; readonly api: Announcement | null }

/** Looks who works on a data directory. The lock decides, never a file that a crash may have left. */
export function presenceOf(dataDir: string): Presence {
  if (!existsSync(join(dataDir, WORLD_FILE))) return { kind: 'absent' }
  const lock = probeInstanceLock(dataDir)
  if (lock.kind === 'free') return { kind: 'stopped' }
  const api = announcedApi(dataDir)
  return { kind: 'running', pid: lock.pid, api: api !== null && (lock.pid === null || lock.pid === api.pid) ? api : null }
}

/** Returns a client of an announced API, with the token from the environment. */
export function clientOf(api: Announcement): CompanyClient {
  const clock = new RealClock()
  const transport = new NetTransport({ clock, allowedHosts: [new URL(api.url).hostname] })
  return new CompanyClient({ url: api.url, token: readEnvironment().apiToken, transport })
}

/** Returns the error that says what to do when no company runs. */
export function notRunning(dataDir: string, presence: Presence): AppError {
  const text = {
    absent: `no company runs: ${dataDir} is no data directory of Troupe; start one with "bun run start", or name its --data-dir`,
    stopped: `no company runs on ${dataDir}; start it with "bun run start", with the same --data-dir or world options`,
    running: `the company on ${dataDir} runs, but its API does not answer (just starting, or api.enabled is false)`,
  }[presence.kind]
  return new AppError(text, { code: 'NOT_RUNNING', severity: 'LOW', details: { dataDir } })
}

/** Returns a client of the company that runs on a data directory. @throws {AppError} `NOT_RUNNING` that says what to do. */
export function runningClient(dataDir: string): CompanyClient {
  const presence = presenceOf(dataDir)
  if (presence.kind !== 'running' || presence.api === null) throw notRunning(dataDir, presence)
  return clientOf(presence.api)
}
