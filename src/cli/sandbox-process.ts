import { existsSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { AppError } from '#domain/errors'
import type { ClockPort } from '#ports/clock'
import type { TransportPort } from '#ports/transport'
import { endpointFile } from '#sim/kraken/main'
import { ROOT } from './world-options'

const endpointSchema = z.object({ pid: z.number().int(), port: z.number().int(), seed: z.string() })

/** An emulator process that serves this data directory. */
export interface SandboxProcess {
  readonly url: string
  readonly port: number
  readonly pid: number
  /** True when this start made it, or an earlier start of this directory did: then an orderly stop ends it. */
  readonly isOurs: boolean
  /** True when this very start made it: a start that fails ends it again. */
  readonly isNew: boolean
}

/** How long a new emulator may take to listen. */
const LISTEN_MS = 20_000
const POLL_MS = 50

/** Marks an emulator that `start` made, with its pid. */
function ownerFile(dataDir: string): string {
  return join(dataDir, 'emulator', 'made-by-start')
}

function endpointOf(dataDir: string): z.infer<typeof endpointSchema> | null {
  const path = endpointFile(dataDir)
  if (!existsSync(path)) return null
  const parsed = endpointSchema.safeParse(JSON.parse(readFileSync(path, 'utf8')))
  return parsed.success ? parsed.data : null
}

/** Asks the emulator's own endpoint, which no fault that is set on the venue can hit. */
async function answers(transport: TransportPort, url: string): Promise<boolean> {
  const result = await transport.request({ method: 'GET', url: `${url}/emulator/ping`, headers: {}, body: null, timeoutMs: 2_000 })
  return result.kind === 'answer' && result.status === 200
}

function found(dataDir: string, endpoint: { readonly port: number; readonly pid: number }, isNew: boolean): SandboxProcess {
  const owner = ownerFile(dataDir)
  const isOurs = existsSync(owner) && readFileSync(owner, 'utf8').trim() === String(endpoint.pid)
  return { url: `http://127.0.0.1:${endpoint.port}`, port: endpoint.port, pid: endpoint.pid, isOurs, isNew }
}

/**
 * Attaches to the emulator of a data directory, or starts one as a process of its own that outlives us.
 * @throws {AppError} `VENUE_UNAVAILABLE` when it does not come up; its log is named.
 */
export async function attachSandbox(options: {
  readonly dataDir: string
  readonly seed: string
  readonly tier: string
  readonly idleExitMs: number
  readonly transport: TransportPort
  readonly clock: ClockPort
  readonly onWait: (text: string) => void
}): Promise<SandboxProcess> {
  const { dataDir, seed, transport, clock } = options
  const known = endpointOf(dataDir)
  if (known !== null && known.seed === seed && (await answers(transport, `http://127.0.0.1:${known.port}`))) {
    options.onWait(`attached to the running Kraken emulator on port ${known.port}`)
    return found(dataDir, known, false)
  }
  const logPath = join(dataDir, 'emulator.log')
  const output = openSync(logPath, 'a', 0o600)
  const words = [
    'sandbox',
    '--data-dir',
    dataDir,
    '--seed',
    seed,
    '--port',
    '0',
    '--idle-exit',
    `${options.idleExitMs}ms`,
    '--tier',
    options.tier,
  ]
  const child = Bun.spawn([process.execPath, join(ROOT, 'src', 'main.ts'), ...words], {
    stdin: 'ignore',
    stdout: output,
    stderr: output,
    detached: true,
  })
  child.unref()
  options.onWait('starting the Kraken emulator')
  const deadlineUs = clock.monotonicUs() + LISTEN_MS * 1_000
  while (clock.monotonicUs() < deadlineUs && child.exitCode === null) {
    const endpoint = endpointOf(dataDir)
    if (endpoint !== null && endpoint.pid === child.pid && (await answers(transport, `http://127.0.0.1:${endpoint.port}`))) {
      writeFileSync(ownerFile(dataDir), `${endpoint.pid}\n`)
      return found(dataDir, endpoint, true)
    }
    await new Promise<void>((resolve) => clock.setTimeout(resolve, POLL_MS))
  }
  child.kill()
  throw new AppError(`the Kraken emulator did not start; its last words are in ${logPath}`, {
    code: 'VENUE_UNAVAILABLE',
    severity: 'CRITICAL',
  })
}

/** What `endpoint.json` promises, put to the test. */
export type EmulatorState = { readonly kind: 'none' } | { readonly kind: 'answers' | 'silent'; readonly url: string }

/** Tells whether the emulator of a data directory answers, without starting one. */
export async function runningEmulator(dataDir: string, transport: TransportPort): Promise<EmulatorState> {
  const known = endpointOf(dataDir)
  if (known === null) return { kind: 'none' }
  const url = `http://127.0.0.1:${known.port}`
  return { kind: (await answers(transport, url)) ? 'answers' : 'silent', url }
}

/** Ends an emulator that `start` made. One that an owner runs by hand is left alone. */
export async function endSandbox(sandbox: SandboxProcess, transport: TransportPort): Promise<void> {
  if (!sandbox.isOurs) return
  await transport.request({
    method: 'POST',
    url: `${sandbox.url}/emulator/shutdown`,
    headers: { 'content-type': 'application/json' },
    body: '{}',
    timeoutMs: 5_000,
  })
}
