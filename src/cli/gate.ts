import { credentialVariables } from '#config/environment'
import { judgeClock } from '#domain/clock-gate'
import { AppError, messageOf } from '#domain/errors'
import { venueId } from '#domain/ids'
import { formatDuration } from '#domain/time'
import { AlertHub } from '#ops/alerts'
import { RealClock } from '#ops/real-clock'
import { EnvironmentSecrets } from '#ops/secrets'
import { readClock } from '#ops/sntp'
import { type Arguments, type Command, JSON_FLAG, type OptionSpec, UsageError } from './command'
import { ciText, EVIDENCE_DIR, evidenceOf, keepEvidence, type ModeRecord, recordOf } from './evidence'
import { checkConfig } from './preflight'
import { modeDataDir, readWorld, WORLD_OPTIONS, type World } from './world-options'

const HOUR_MS = 3_600_000
/** How long the kill switch may take, ms. */
const DRILL_MS_MAX = 10_000

/** Where the evidence of the gates lies, and the words by which an operator confirms. */
export const GATE_OPTIONS: readonly OptionSpec[] = [
  { name: 'dry-run-dir', value: 'DIR', text: 'data directory of the dry run that went before; default data/dry_run-<account>' },
  { name: 'paper-dir', value: 'DIR', text: 'data directory of the paper rehearsal; default data/paper-<account>' },
  { name: 'evidence-dir', value: 'DIR', text: 'where drills, tests of alerts and the result of CI are kept; default data/evidence' },
  { name: 'confirm', value: 'TEXT', text: 'for live: the confirmation that "troupe gate live" asks for, typed by the operator' },
]

/** One gate with its evidence. */
interface Gate {
  readonly name: string
  readonly isMet: boolean
  readonly text: string
}

/** `troupe gate`: what live needs, gate by gate, and the evidence that is made for it. */
export const gateCommand: Command = {
  name: 'gate',
  summary: 'list every gate of live with its evidence, exit 1 while one is unmet; test-alert proves that alerts arrive',
  usage: '<live|test-alert>',
  options: [...WORLD_OPTIONS.filter(({ name }) => !['seed', 'replay', 'speed'].includes(name)), ...GATE_OPTIONS, JSON_FLAG],
  run: async (args) => {
    const [action, ...more] = args.positionals
    if (more[0] !== undefined) throw new UsageError(`"${more[0]}" is not expected here (see: bun run troupe gate --help)`)
    if (action === 'test-alert') return testAlert(args)
    if (action !== 'live') throw new UsageError(`"${action ?? ''}": say live or test-alert (see: bun run troupe gate --help)`)
    const gates = await gatesOf(asLive(args))
    const unmet = gates.filter(({ isMet }) => !isMet)
    if (args.flag('json')) console.log(JSON.stringify({ unmet: unmet.length, gates }))
    else {
      for (const { name, isMet, text } of gates) console.log(`${isMet ? 'met  ' : 'UNMET'}  ${name.padEnd(18)}  ${text}`)
      console.log(unmet.length === 0 ? 'live may start' : `live is refused: ${unmet.length} of ${gates.length} gates are unmet`)
    }
    return unmet.length === 0 ? 0 : 1
  },
}

/** The same command line, read as one of live unless a configuration says what it is. */
function asLive(args: Arguments): Arguments {
  return args.text('mode') !== null || args.text('config') !== null
    ? args
    : { ...args, text: (name) => (name === 'mode' ? 'live' : args.text(name)) }
}

/** Refuses a live start while a gate is unmet, before anything of a venue is touched. @throws {AppError} `MODE_REFUSED` naming each. */
export async function requireLiveGates(args: Arguments): Promise<void> {
  const unmet = (await gatesOf(args)).filter(({ isMet }) => !isMet)
  if (unmet.length === 0) return
  const list = unmet.map(({ name, text }) => `${name} (${text})`).join('; ')
  throw refused(`live is refused, ${unmet.length} gates are unmet: ${list}. "bun run troupe gate live" lists them all`)
}

/** Refuses to raise the mode past one that was not run (RUN-10). @throws {AppError} `MODE_REFUSED`. */
export function requireRecord(mode: 'dry_run' | 'paper', args: Arguments, { config }: World): void {
  const record = recordOf(dirOf(mode, args, config.account), mode, config.account)
  if (typeof record === 'string') throw refused(`${config.mode} comes after ${mode}, and there is no record of it: ${record}`)
  if (record.rehearsal.tradedMs === 0) throw refused(`${config.mode} comes after ${mode}, which never came to trade`)
}

function refused(text: string): AppError {
  return new AppError(text, { code: 'MODE_REFUSED', severity: 'CRITICAL' })
}

function dirOf(mode: 'dry_run' | 'paper', args: Arguments, account: string): string {
  return args.text(mode === 'paper' ? 'paper-dir' : 'dry-run-dir') ?? modeDataDir(mode, account)
}

/** Evaluates every gate; none of them asks a venue. */
async function gatesOf(args: Arguments): Promise<readonly Gate[]> {
  const evidenceDir = args.text('evidence-dir') ?? EVIDENCE_DIR
  let world: World
  try {
    world = readWorld(args)
  } catch (error) {
    // Without a configuration nobody can say which evidence is meant.
    return [{ name: 'config', isMet: false, text: messageOf(error) }]
  }
  const { config } = world
  const dry = recordOf(dirOf('dry_run', args, config.account), 'dry_run', config.account)
  const paper = recordOf(dirOf('paper', args, config.account), 'paper', config.account)
  return [
    valid(world),
    enablement(config),
    credentials(),
    traded('dry run', dry),
    rehearsed(paper, config.trading.rehearsalHours),
    drilled(evidenceDir),
    telemetry(paper),
    { name: 'jitter', isMet: config.cycleJitterRatio > 0, text: `cycleJitterRatio is ${config.cycleJitterRatio}` },
    alerted(evidenceDir),
    await clockGate(config),
    { name: 'ci', ...ciText(evidenceDir) },
    canary(config),
    { name: 'api auth', isMet: !config.api.enabled || config.api.auth, text: config.api.auth ? 'api.auth is on' : 'api.auth is off' },
    confirmation(config.account, args.text('confirm')),
  ]
}

function valid({ config, environment }: World): Gate {
  try {
    checkConfig(config, environment)
    return { name: 'config', isMet: true, text: 'valid, no secret in it' }
  } catch (error) {
    return { name: 'config', isMet: false, text: messageOf(error) }
  }
}

function enablement({ mode, trading }: World['config']): Gate {
  const isMet = mode === 'live' && !trading.readOnly
  return { name: 'enablement', isMet, text: `mode is ${mode}, trading.readOnly is ${trading.readOnly}; live needs live and false` }
}

/** Names alone: no value is read beyond what proves that it is there. */
function credentials(): Gate {
  const name = 'credentials'
  try {
    new EnvironmentSecrets(credentialVariables()).credentials(venueId('kraken'))
    return { name, isMet: true, text: 'KRAKEN_API_KEY and its secret are set' }
  } catch (error) {
    if (error instanceof AppError) return { name, isMet: false, text: error.message }
    throw error
  }
}

function traded(name: string, record: ModeRecord): Gate {
  if (typeof record === 'string') return { name, isMet: false, text: record }
  const { tradedMs } = record.rehearsal
  return { name, isMet: tradedMs > 0, text: tradedMs > 0 ? `ran for ${formatDuration(tradedMs)}` : 'it never came to trade' }
}

function rehearsed(record: ModeRecord, hours: number): Gate {
  const name = 'paper rehearsal'
  if (typeof record === 'string') return { name, isMet: false, text: record }
  const { cleanMs, breaches } = record.rehearsal
  const last = breaches.length === 0 ? 'no unhandled breach' : `${breaches.length} unhandled before that, the last: ${breaches.at(-1)}`
  return { name, isMet: cleanMs >= hours * HOUR_MS, text: `${formatDuration(Math.max(1, cleanMs))} of ${hours} h without one; ${last}` }
}

function drilled(dir: string): Gate {
  const name = 'kill-switch drill'
  const entry = evidenceOf(dir, 'drill.played.kill-switch')
  if (entry === null) return { name, isMet: false, text: 'not played with this code: run "bun run troupe drill kill-switch"' }
  const ms = Number(entry.payload['canceledMs'])
  const isMet = entry.payload['failures'] === 0 && ms <= DRILL_MS_MAX
  return { name, isMet, text: `${isMet ? 'held' : 'failed'}, every order canceled within ${ms} ms; ${DRILL_MS_MAX} ms are allowed` }
}

function telemetry(record: ModeRecord): Gate {
  const name = 'latency telemetry'
  const found = typeof record === 'string' ? undefined : record.entries.findLast(({ kind }) => kind === 'latency.measured')
  if (found === undefined) return { name, isMet: false, text: 'the paper journal holds no measurement of an order (latency.measured)' }
  return { name, isMet: true, text: `measured at ${new Date(found.atMs).toISOString()}` }
}

function alerted(dir: string): Gate {
  const name = 'alerts'
  const entry = evidenceOf(dir, 'alert.tested')
  if (entry === null) return { name, isMet: false, text: 'not tested with this code: run "bun run troupe gate test-alert"' }
  return { name, isMet: entry.payload['isDelivered'] === true, text: `a test alert was delivered at ${new Date(entry.atMs).toISOString()}` }
}

async function clockGate({ clockServers, clockTimeoutMs, clockDriftMsMax }: World['config']): Promise<Gate> {
  const servers = clockServers
  const reading = servers.length === 0 ? null : await readClock(new RealClock(), { servers, timeoutMs: clockTimeoutMs })
  const verdict = judgeClock('live', reading, clockDriftMsMax)
  return { name: 'clock', isMet: verdict.kind === 'ok', text: 'remedy' in verdict ? `${verdict.text}; ${verdict.remedy}` : verdict.text }
}

/** What makes a canary small is checked with the configuration; that it is one is checked here. */
function canary({ trading, risk }: World['config']): Gate {
  const name = 'canary'
  if (!trading.canary) return { name, isMet: false, text: 'trading.canary is false: live begins as a canary' }
  return { name, isMet: true, text: `at most ${risk.canaryRatio * 100} % of every cap, one instrument, ${trading.canaryHours} h` }
}

function confirmation(account: string, typed: string | null): Gate {
  const wanted = `trade ${account} live`
  const isMet = typed === wanted
  return { name: 'confirmation', isMet, text: isMet ? 'typed by the operator' : `pass --confirm "${wanted}", typed by the operator` }
}

/** Raises a test alert and sees that who listens to alerts, and the log, are told of it. */
async function testAlert(args: Arguments): Promise<number> {
  const heard: string[] = []
  const write = (text: string): void => {
    heard.push(text)
  }
  const log = { debug: write, info: write, warn: write, error: write, fatal: write }
  const hub = new AlertHub({ clock: new RealClock(), log })
  const codes: string[] = []
  hub.subscribe(({ code }) => codes.push(code))
  const text = 'a test alert: nothing is wrong'
  hub.raise({ severity: 'LOW', code: 'TEST_ALERT', text, details: {} })
  const isDelivered = codes.includes('TEST_ALERT') && heard.includes(text)
  await keepEvidence(args.text('evidence-dir') ?? EVIDENCE_DIR, 'alert.tested', { isDelivered, channels: ['log', 'push'] })
  console.log(isDelivered ? 'the test alert was delivered to log and push; the evidence is kept' : 'the test alert was NOT delivered')
  return isDelivered ? 0 : 1
}
