import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Emergency } from '#api/emergency-schema'
import { type EmergencyScope, readScope } from '#domain/emergency-scope'
import { AppError, ConfigError, type ErrorCode, messageOf } from '#domain/errors'
import { killFileText } from '#domain/kill-file'
import { RealClock } from '#ops/real-clock'
import { realTime } from '#ops/real-time'
import type { EmergencyView } from '#ports/control'
import type { JournalEntry } from '#ports/journal'
import { queryJournal } from '#store/journal-query'
import { STORE_FILE } from '#store/open-store'
import { readStoreFacts } from '#store/store-facts'
import type { CompanyClient } from './client'
import { type Command, UsageError } from './command'
import { doneText, isClean, type KillOutcome, progressText, survivorsText } from './kill-report'
import { hasSeenFile, wasTripped } from './kill-seen'
import { clientOf, KILL_FILE, notRunning, type Presence, presenceOf } from './locate'
import { findDataDir, WORLD_OPTIONS } from './world-options'

const CONFIRM_MS = 10_000
const POLL_MS = 250
const REASON_CHARS_MAX = 500
/** Nobody pulls a kill switch more often. */
const ENTRIES_MAX = 100_000
/** What the API refuses because of what was asked, and not of who asks or how it is: another way would not do it either. */
const DEFINITE: readonly ErrorCode[] = ['NOT_FOUND', 'COMMAND_REFUSED', 'REQUEST_INVALID']

/** What becomes of a kill, as it is looked up again and again. */
interface Look {
  readonly isDone: boolean
  readonly text: string
  readonly outcome: KillOutcome | null
}

/** `troupe kill`: stops all trading at once, or that of a scope. */
export const killCommand: Command = {
  name: 'kill',
  summary: 'halt every bot, or those of a scope, and cancel their orders, now; close their positions where asked',
  usage: '',
  options: [
    ...WORLD_OPTIONS,
    { name: 'scope', value: 'SCOPE', text: 'all (the default: the kill switch), venue:ID, market:ID, strategy:ID, bot:ID or order:ID' },
    { name: 'flatten', value: null, text: 'close the positions of the scope at the market too' },
    { name: 'reason', value: 'TEXT', text: 'why, for the journal' },
  ],
  run: async (args) => {
    const reason = args.text('reason') ?? 'kill command'
    if (reason.length > REASON_CHARS_MAX) throw new ConfigError(`--reason: must be at most ${REASON_CHARS_MAX} characters`)
    const scope = scopeOf(args.text('scope') ?? 'all')
    const flatten = args.flag('flatten')
    const dataDir = findDataDir(args)
    const presence = presenceOf(dataDir)
    if (presence.kind === 'absent') throw notRunning(dataDir, presence)
    if (presence.kind === 'running' && presence.api !== null) {
      const client = clientOf(presence.api)
      const begun = await begin(client, scope, flatten, reason)
      if (!(begun instanceof AppError)) return await confirmByApi(client, begun)
      if (DEFINITE.includes(begun.code)) throw begun
      console.error(`the API does not do it: ${begun.message}`)
    }
    if (scope.kind !== 'all') {
      const text = 'past the API the flag file halts the whole company alone: leave out --scope to do that'
      throw new AppError(text, { code: 'NOT_RUNNING', severity: 'HIGH' })
    }
    return await killByFile(dataDir, presence, reason, flatten)
  },
}

/** @throws {UsageError} */
function scopeOf(text: string): EmergencyScope {
  const scope = readScope(text)
  if (scope === null) throw new UsageError(`--scope ${text}: must be all, venue:ID, market:ID, strategy:ID, bot:ID or order:ID`)
  return scope
}

/** Begins over the API; returns why that failed. */
async function begin(client: CompanyClient, scope: EmergencyScope, flatten: boolean, reason: string): Promise<EmergencyView | AppError> {
  try {
    return await client.emergencyHalt(scope, flatten, reason)
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
}

async function confirmByApi(client: CompanyClient, { emergencyId, deadlineMs }: EmergencyView): Promise<number> {
  return await confirm(deadlineMs + CONFIRM_MS, async () => {
    const view = (await client.emergencies()).find((known) => known.emergencyId === emergencyId)
    if (view === undefined) return { isDone: false, text: 'the company was started again; it goes on', outcome: null }
    return { isDone: view.state !== 'RUNNING', text: progressText(view), outcome: view }
  })
}

/** Waits until it is over or overdue, and reports. */
async function confirm(limitMs: number, look: () => Promise<Look>): Promise<number> {
  const { outcome, waitedMs } = await poll(limitMs, look)
  if (outcome === null) {
    console.error(`after ${(waitedMs / 1_000).toFixed(1)} s the company has not told what became of it; watch "bun run troupe status"`)
    return 1
  }
  if (isClean(outcome)) {
    console.log(doneText(outcome))
    return 0
  }
  console.error(survivorsText(outcome, waitedMs))
  return 1
}

async function killByFile(dataDir: string, presence: Presence, reason: string, flatten: boolean): Promise<number> {
  const path = join(dataDir, KILL_FILE)
  const text = killFileText(reason, flatten)
  const before = wordsBefore(dataDir)
  // A company that has seen one with these very words would not see it written again.
  const isSame = existsSync(path) && readFileSync(path, 'utf8') === text
  writeFileSync(path, isSame ? `${text}\n` : text, { mode: 0o600 })
  console.log(`wrote the flag file ${path}`)
  if (presence.kind !== 'running') {
    const also = flatten ? ', and closes its positions' : ''
    console.log(
      `no company runs here: with the flag file in place, the next start comes up halted${also}; "bun run troupe resume" removes it`,
    )
    return 0
  }
  const { isDone } = await poll(CONFIRM_MS, async () => {
    const isSeen = hasSeenFile(entriesOf(dataDir, 'killSwitch.'), before) || (!wasTripped(before) && (await isHalted(presence)))
    return { isDone: isSeen, text: 'waiting for the company to see the flag file', outcome: null }
  })
  if (!isDone) {
    console.error(
      `process ${presence.pid ?? '(unknown)'} did not react within ${CONFIRM_MS / 1_000} s; end it (kill -9 ${presence.pid ?? 'PID'}) and cancel at the venue itself`,
    )
    return 1
  }
  console.log('the company confirmed: HALTED, every open order is being cancelled; look at the venue itself for what is left')
  return flatten ? await confirm(2 * CONFIRM_MS, async () => flattenedBy(dataDir)) : 0
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

/** What the journal told of the kill switch before the flag file was written. One that cannot be read keeps nobody from writing it. */
function wordsBefore(dataDir: string): readonly JournalEntry[] {
  try {
    return entriesOf(dataDir, 'killSwitch.')
  } catch (error) {
    console.error(`the journal cannot be read: ${messageOf(error)}`)
    return []
  }
}

/** What the journal tells of the newest emergency that closes positions of the whole company. */
function flattenedBy(dataDir: string): Look {
  const entries = entriesOf(dataDir, 'emergency.')
  const begun = entries.findLast(
    ({ kind, payload }) => kind === 'emergency.begun' && payload['scope'] === 'all' && payload['shouldFlatten'] === true,
  )
  const told = entries.findLast(({ seq, correlationId }) => begun !== undefined && seq > begun.seq && correlationId === begun.correlationId)
  if (told === undefined) return { isDone: false, text: 'the company closes its positions', outcome: null }
  const read = Outcome.parse(told.payload)
  return { isDone: true, text: '', outcome: { ...read, scope: 'all', shouldFlatten: true } }
}

const Outcome = Emergency.pick({
  state: true,
  ordersEnded: true,
  ordersLeftCount: true,
  ordersLeft: true,
  positionsClosed: true,
  positionsLeftCount: true,
  positionsLeft: true,
})

function entriesOf(dataDir: string, kindPrefix: string): readonly JournalEntry[] {
  const path = join(dataDir, STORE_FILE)
  if (!existsSync(path) || readStoreFacts(dataDir)?.schemaVersion === 0) return []
  return queryJournal(path, { after: 0, limit: ENTRIES_MAX, kindPrefix, actorPrefix: null, clientOrderId: null })
}

/** Asks until done or for so long, with a line of progress on a terminal. Returns the last outcome that was told. */
async function poll(limitMs: number, look: () => Promise<Look>): Promise<Omit<Look, 'text'> & { readonly waitedMs: number }> {
  const clock = new RealClock()
  const startedUs = clock.monotonicUs()
  const waitedMs = () => (clock.monotonicUs() - startedUs) / 1_000
  let outcome: KillOutcome | null = null
  let isDone = false
  while (!isDone && waitedMs() < limitMs) {
    const seen = await lookOnce(look)
    outcome = seen.outcome ?? outcome
    isDone = seen.isDone
    if (process.stdout.isTTY) process.stdout.write(`\r\u001b[K${isDone ? '' : `${(waitedMs() / 1_000).toFixed(1)} s: ${seen.text}`}`)
    if (!isDone) await realTime.sleep(POLL_MS)
  }
  if (process.stdout.isTTY) process.stdout.write('\r\u001b[K')
  return { isDone, outcome, waitedMs: waitedMs() }
}

/** A company that is busy cancelling may answer late: that is no answer yet, and is shown. */
async function lookOnce(look: () => Promise<Look>): Promise<Look> {
  try {
    return await look()
  } catch (error) {
    if (error instanceof AppError) return { isDone: false, text: messageOf(error), outcome: null }
    throw error
  }
}
