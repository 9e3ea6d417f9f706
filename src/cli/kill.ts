import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AppError, ConfigError, messageOf } from '#domain/errors'
import { RealClock } from '#ops/real-clock'
import { realTime } from '#ops/real-time'
import { queryJournal } from '#store/journal-query'
import { STORE_FILE } from '#store/open-store'
import { readStoreFacts } from '#store/store-facts'
import type { CompanyClient } from './client'
import type { Command } from './command'
import { clientOf, KILL_FILE, notRunning, type Presence, presenceOf } from './locate'
import { findDataDir, WORLD_OPTIONS } from './world-options'

const CONFIRM_MS = 10_000
const POLL_MS = 250
const REASON_CHARS_MAX = 500
/** Nobody pulls a kill switch more often. */
const TRIPS_MAX = 100_000

/** `troupe kill`: stops all trading at once. */
export const killCommand: Command = {
  name: 'kill',
  summary: 'trip the kill switch: halt every bot and cancel every order, now',
  usage: '',
  options: [...WORLD_OPTIONS, { name: 'reason', value: 'TEXT', text: 'why, for the journal' }],
  run: async (args) => {
    const reason = args.text('reason') ?? 'kill command'
    if (reason.length > REASON_CHARS_MAX) throw new ConfigError(`--reason: must be at most ${REASON_CHARS_MAX} characters`)
    const dataDir = findDataDir(args)
    const presence = presenceOf(dataDir)
    if (presence.kind === 'absent') throw notRunning(dataDir, presence)
    if (presence.kind === 'running' && presence.api !== null) {
      const client = clientOf(presence.api)
      const refusal = await trip(client, reason)
      if (refusal === null) return await confirmByApi(client)
      console.error(`the API does not do it: ${refusal}`)
    }
    return await killByFile(dataDir, presence, reason)
  },
}

/** Trips over the API; returns why that failed. */
async function trip(client: CompanyClient, reason: string): Promise<string | null> {
  try {
    await client.tripKillSwitch(reason)
    return null
  } catch (error) {
    if (error instanceof AppError) return error.message
    throw error
  }
}

async function confirmByApi(client: CompanyClient): Promise<number> {
  const isConfirmed = await poll(async () => {
    const health = await client.health()
    return { isDone: health.state === 'HALTED' && health.ordersOpen === 0, text: `${health.state}, ${health.ordersOpen} orders still open` }
  })
  const trippedAtMs = (await client.risk()).killSwitch.sinceMs ?? 0
  const orders = await client.orders('all')
  const canceled = orders.filter((order) => order.status === 'CANCELED' && order.updatedAtMs >= trippedAtMs).length
  if (isConfirmed) {
    console.log(`the company confirmed: HALTED, ${canceled} ${canceled === 1 ? 'order' : 'orders'} cancelled, none open`)
    return 0
  }
  const open = orders.filter((order) => !order.isTerminal)
  console.error(
    `after ${CONFIRM_MS / 1_000} s ${open.length} orders are not confirmed as ended (${canceled} cancelled): ${open.map((order) => `${order.clientOrderId} ${order.status}`).join(', ')}; the company goes on trying; watch "bun run troupe status" and the venue itself`,
  )
  return 1
}

async function killByFile(dataDir: string, presence: Presence, reason: string): Promise<number> {
  const path = join(dataDir, KILL_FILE)
  writeFileSync(path, `${reason}\n`, { mode: 0o600 })
  console.log(`wrote the flag file ${path}`)
  if (presence.kind !== 'running') {
    console.log('no company runs here: with the flag file in place, the next start comes up halted; "bun run troupe resume" removes it')
    return 0
  }
  const isConfirmed = await poll(async () => {
    return { isDone: (await isHalted(presence)) || isTripped(dataDir), text: 'waiting for the company to see the flag file' }
  })
  if (isConfirmed) {
    console.log('the company confirmed: HALTED, every open order is being cancelled; look at the venue itself for what is left')
    return 0
  }
  console.error(
    `process ${presence.pid ?? '(unknown)'} did not react within ${CONFIRM_MS / 1_000} s; end it (kill -9 ${presence.pid ?? 'PID'}) and cancel at the venue itself`,
  )
  return 1
}

/** Health is open without a token: it tells of a halt also where the API refused the command. */
async function isHalted(presence: Extract<Presence, { kind: 'running' }>): Promise<boolean> {
  if (presence.api === null) return false
  try {
    return (await clientOf(presence.api).health()).state === 'HALTED'
  } catch (error) {
    if (error instanceof AppError) return false
    throw error
  }
}

/** True when the newest word of the journal on the kill switch is that it was tripped. */
function isTripped(dataDir: string): boolean {
  const path = join(dataDir, STORE_FILE)
  if (!existsSync(path) || readStoreFacts(dataDir)?.schemaVersion === 0) return false
  const query = { after: 0, limit: TRIPS_MAX, kindPrefix: 'killSwitch.', actorPrefix: null, clientOrderId: null }
  return queryJournal(path, query).at(-1)?.kind === 'killSwitch.tripped'
}

/** Asks until done or for 10 s, with a line of progress on a terminal. */
async function poll(look: () => Promise<{ readonly isDone: boolean; readonly text: string }>): Promise<boolean> {
  const clock = new RealClock()
  const startedUs = clock.monotonicUs()
  const elapsedMs = () => (clock.monotonicUs() - startedUs) / 1_000
  while (elapsedMs() < CONFIRM_MS) {
    const { isDone, text } = await lookOnce(look)
    if (process.stdout.isTTY) process.stdout.write(`\r\u001b[K${isDone ? '' : `${(elapsedMs() / 1_000).toFixed(1)} s: ${text}`}`)
    if (isDone) return true
    await realTime.sleep(POLL_MS)
  }
  if (process.stdout.isTTY) process.stdout.write('\r\u001b[K')
  return false
}

/** A company that is busy cancelling may answer late: that is no answer yet, and is shown. */
async function lookOnce(look: Parameters<typeof poll>[0]): Promise<{ readonly isDone: boolean; readonly text: string }> {
  try {
    return await look()
  } catch (error) {
    if (error instanceof AppError) return { isDone: false, text: messageOf(error) }
    throw error
  }
}
