import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { AppError } from '#domain/errors'
import { realTime } from '#ops/real-time'
import type { HealthView, RiskView } from '#ports/control'
import type { CompanyClient } from './client'
import { type Arguments, type Command, UsageError } from './command'
import { clientOf, KILL_FILE, notRunning, presenceOf } from './locate'
import { RESUME_FILE } from './resume-file'
import { findDataDir, WORLD_OPTIONS } from './world-options'

/** What the operator types. */
const WORD = 'CLEAR'
const POLL_MS = 250
/** The company looks for its files at least every 3 s. */
const NOTICE_MS = 5_000
const RETRIES_MAX = NOTICE_MS / POLL_MS

/** `troupe resume`: ends a halt or a pause. */
export const resumeCommand: Command = {
  name: 'resume',
  summary: 'clear the kill switch and let a halted or paused company trade again; or re-arm one breaker or throttle',
  usage: '',
  options: [
    ...WORLD_OPTIONS,
    { name: 'breaker', value: 'ID', text: 'sign this breaker off alone, as status names it: dailyDrawdown:company' },
    { name: 'throttle', value: 'BOT', text: 'let this bot alone send again, whose throttle tripped' },
    { name: 'yes', value: null, text: `do not ask to type ${WORD}` },
  ],
  run: async (args) => {
    const dataDir = findDataDir(args)
    const presence = presenceOf(dataDir)
    if (presence.kind === 'absent') throw notRunning(dataDir, presence)
    const flag = join(dataDir, KILL_FILE)
    const breakerId = args.text('breaker')
    const throttled = args.text('throttle')
    if (breakerId !== null && throttled !== null) throw new UsageError('--breaker and --throttle are two commands')
    if (presence.kind === 'stopped' && breakerId === null && throttled === null) return await withoutCompany(args, dataDir, flag)
    if (presence.kind === 'stopped' || presence.api === null) throw notRunning(dataDir, presence)
    const client = clientOf(presence.api)
    if (breakerId !== null) return await rearm(args, client, breakerId)
    if (throttled !== null) return await rearmThrottle(args, client, throttled)
    const health = await client.health()
    const risk = await client.risk()
    if (!existsSync(flag) && !risk.killSwitch.isActive && health.state !== 'HALTED' && health.state !== 'PAUSED') {
      console.log(`there is nothing to resume: the company is ${health.state}`)
      return 0
    }
    const isFlagged = existsSync(flag)
    await confirm(args, describe(health, risk, isFlagged))
    rmSync(flag, { force: true })
    if (!risk.killSwitch.isActive) await client.command(health.state === 'PAUSED' ? 'resume' : 'reset', reason())
    else if (!risk.killSwitch.clearableOverApi || !(await clearByApi(client))) await clearByFile(client, dataDir, isFlagged)
    const { state } = await client.health()
    console.log(`the company is ${state}`)
    for (const line of state === 'HALTED' ? heldLines(await client.risk()) : []) console.log(line)
    return state === 'HALTED' || state === 'PAUSED' ? 1 : 0
  },
}

/** Signs one breaker off. */
async function rearm(args: Arguments, client: CompanyClient, breakerId: string): Promise<number> {
  const { breakers } = await client.risk()
  const breaker = breakers.find((one) => one.breakerId === breakerId)
  if (breaker?.state === 'ARMED') {
    console.log(`there is nothing to sign off: breaker ${breakerId} is ARMED`)
    return 0
  }
  // A name that is none is the company's to refuse.
  if (breaker !== undefined) await confirm(args, `Breaker ${breakerId} is ${breaker.state}: ${breaker.reason ?? breaker.kind}.`)
  const after = (await client.resetBreaker(breakerId, reason())).breakers.find((one) => one.breakerId === breakerId)
  console.log(`breaker ${breakerId} is ${after?.state ?? 'gone'}`)
  return after?.state === 'ARMED' ? 0 : 1
}

/** Lets a bot send again. */
async function rearmThrottle(args: Arguments, client: CompanyClient, botId: string): Promise<number> {
  const tripped = (await client.risk()).throttles.find((throttle) => throttle.botId === botId)
  // A bot that is none, and a throttle that has not tripped, are the company's to refuse.
  if (tripped !== undefined) await confirm(args, `The throttle of ${botId} tripped: ${tripped.reason}.`)
  await client.rearmThrottle(botId, reason())
  console.log(`the throttle of ${botId} is armed: it sends again`)
  return 0
}

/** What keeps a company halted whose kill switch was cleared: breakers are signed off by a resume of their own. */
function heldLines({ killSwitch, breakers }: RiskView): readonly string[] {
  if (killSwitch.isActive) return []
  const holding = breakers.filter(({ state, scope, response }) => state !== 'ARMED' && scope === 'portfolio' && response === 'halt')
  return holding.map(({ breakerId, reason }) => `  held by ${breakerId}: ${reason ?? ''}; run resume again to sign it off`)
}

async function withoutCompany(args: Arguments, dataDir: string, flag: string): Promise<number> {
  if (!existsSync(flag)) throw notRunning(dataDir, { kind: 'stopped' })
  await confirm(args, `The flag file ${flag} holds the next start halted.`)
  rmSync(flag, { force: true })
  console.log(
    `removed ${flag}; no company runs: one that was halted when it ended stays halted when it starts, until "bun run troupe resume" is run again`,
  )
  return 0
}

function describe(health: HealthView, { killSwitch }: RiskView, isFlagged: boolean): string {
  const kill = killSwitch.isActive ? ` The kill switch is active: ${killSwitch.reason}.` : ''
  const flag = isFlagged ? ' Its flag file will be removed.' : ''
  return `The company is ${health.state}.${kill}${flag} Its bots trade again once you have typed ${WORD}.`
}

/** @throws {AppError} `CONFIRMATION_REQUIRED` without the word. */
async function confirm(args: Arguments, what: string): Promise<void> {
  if (args.flag('yes')) return
  if (!process.stdin.isTTY) throw required(`${what} This is no terminal: pass --yes`)
  console.log(what)
  const line = createInterface({ input: process.stdin, output: process.stdout })
  const closed = new Promise<string>((resolve) => line.once('close', () => resolve(''))) // Ctrl-D or Ctrl-C: no answer comes
  const typed = (await Promise.race([line.question(`Type ${WORD}: `), closed])).trim()
  line.close()
  if (typed !== WORD) throw required(`"${typed}" is not ${WORD}; nothing was changed`)
}

function required(text: string): AppError {
  return new AppError(text, { code: 'CONFIRMATION_REQUIRED', severity: 'LOW' })
}

function reason(): string {
  return `resume command by ${userInfo().username}`
}

/**
 * Clears over the API; false when it is read-only. The company refuses while it still believes in the flag file that we removed a
 * moment ago: it is asked again until it has looked.
 */
async function clearByApi(client: CompanyClient): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    try {
      await client.clearKillSwitch(reason())
      return true
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      if (error.code === 'READ_ONLY') return false
      if (!error.message.includes('flag file') || attempt >= RETRIES_MAX) throw error
      await realTime.sleep(POLL_MS)
    }
  }
}

/** Where the configuration keeps the API from clearing, the request goes through the data directory, which is the owner's. */
async function clearByFile(client: CompanyClient, dataDir: string, wasFlagged: boolean): Promise<void> {
  if (wasFlagged) await realTime.sleep(NOTICE_MS) // until the company has seen that the flag file is gone
  writeFileSync(join(dataDir, RESUME_FILE), `${userInfo().username}\n`, { mode: 0o600 })
  for (let attempt = 0; attempt < RETRIES_MAX; attempt++) {
    await realTime.sleep(POLL_MS)
    if (!(await client.risk()).killSwitch.isActive) return
  }
  const log = join(dataDir, 'troupe.log')
  throw new AppError(`the company did not clear the kill switch within ${NOTICE_MS / 1_000} s; its reason is in ${log}`, {
    code: 'COMMAND_REFUSED',
    severity: 'LOW',
  })
}
