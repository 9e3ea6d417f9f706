import { basename, join, resolve } from 'node:path'
import type { Environment } from '#config/environment'
import { readEnvironment } from '#config/environment'
import { loadConfig } from '#config/load'
import type { TroupeConfig } from '#config/schema'
import { ConfigError, messageOf } from '#domain/errors'
import type { JsonObject } from '#domain/json'
import { parseDuration } from '#domain/time'
import type { Recording } from '#sim/market/types'
import { readRecording } from '#sim/market/recording'
import { sha256Hex } from '#domain/digest'
import type { Arguments, OptionSpec } from './command'

/** Where the checkout lies: two folders above this file. */
export const ROOT = resolve(import.meta.dir, '..', '..')

/** Options that say which world a command means. */
export const WORLD_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'mode',
    value: 'MODE',
    text: 'sandbox (emulated venues, the default), dry_run (real prices, no orders), paper (real prices, simulated fills) or live',
  },
  { name: 'seed', value: 'N', text: 'seed of the emulated market; default 42' },
  { name: 'replay', value: 'FILE', text: 'recorded one-minute bars as CSV instead of the seeded market; runs in virtual time' },
  { name: 'speed', value: 'X', text: 'market seconds a real second, or max; every speed but 1 runs in virtual time' },
  { name: 'config', value: 'FILE', text: 'a YAML file of your own, laid over config/default.yaml' },
  { name: 'data-dir', value: 'DIR', text: 'where journal, logs and the emulator keep their files; default: data/<world> in the checkout' },
]

/** A world as the command line and the configuration describe it. */
export interface World {
  readonly config: TroupeConfig
  readonly environment: Environment
  readonly seed: string
  readonly recording: Recording | null
  /** Market ms a real ms; Infinity for as fast as it goes. */
  readonly speed: number
  /** True for every speed but 1, and for a replay. */
  readonly isVirtual: boolean
  readonly dataDir: string
  /** What the data directory belongs to. */
  readonly identity: JsonObject
}

function speedOf(text: string | null, isReplay: boolean): number {
  if (text === null) return isReplay ? 60 : 1
  if (text === 'max') return Number.POSITIVE_INFINITY
  const speed = Number(text)
  if (!(speed > 0) || speed > 1_000_000) throw new ConfigError(`--speed = "${text}": must be a number above 0 and at most 1000000, or max`)
  return speed
}

function seedOf(text: string | null, config: TroupeConfig): string {
  if (text === null) return String(config.sandbox.seed)
  if (!/^\d{1,10}$/.test(text) || Number(text) > 4_294_967_295)
    throw new ConfigError(`--seed = "${text}": must be a whole number from 0 to 4294967295`)
  return String(Number(text))
}

/** Reads a duration option such as `--for 6h`. @throws {ConfigError} naming option, value and rule. */
export function durationOption(args: Arguments, name: string): number | null {
  const text = args.text(name)
  if (text === null) return null
  try {
    return parseDuration(text)
  } catch (error) {
    throw new ConfigError(`--${name}: ${messageOf(error)}`)
  }
}

/** Reads a whole number option within bounds. @throws {ConfigError} naming option, value and rule. */
export function integerOption(args: Arguments, name: string, least: number, most: number): number | null {
  const text = args.text(name)
  if (text === null) return null
  const value = Number(text)
  if (!Number.isInteger(value) || value < least || value > most)
    throw new ConfigError(`--${name} = "${text}": must be a whole number from ${least} to ${most}`)
  return value
}

/** Reads the world that a command line means. @throws {ConfigError} or `REPLAY_INVALID`, before anything is touched. */
export function readWorld(args: Arguments): World {
  const options: Record<string, unknown> = {}
  const mode = args.text('mode')
  if (mode !== null) options['mode'] = mode
  const port = integerOption(args, 'port', 0, 65_535)
  if (port !== null) options['api'] = { port }
  const config = loadConfig({ configDir: join(ROOT, 'config'), file: args.text('config'), options })
  if (config.mode !== 'sandbox') return outsideWorld(args, config)
  const environment = readEnvironment()
  const replay = args.text('replay')
  const recording = replay === null ? null : readRecording(replay)
  const seed = seedOf(args.text('seed'), config)
  const speed = speedOf(args.text('speed'), recording !== null)
  const isVirtual = recording !== null || speed !== 1
  const market =
    recording === null
      ? { kind: 'seeded' }
      : { kind: 'replay', bars: recording.barCount, from: recording.firstOpenAtMs, digest: digestOf(recording) }
  const dataDir = resolve(args.text('data-dir') ?? environment.dataDir ?? defaultDataDir(seed, replay, isVirtual))
  const identity = { mode: config.mode, account: config.account, seed, market, time: isVirtual ? 'virtual' : 'real' }
  return { config, environment, seed, recording, speed, isVirtual, dataDir, identity }
}

/** A world of real venues: it has no seed, and time is what it is. */
function outsideWorld(args: Arguments, config: TroupeConfig): World {
  for (const name of ['seed', 'replay', 'speed'])
    if (args.text(name) !== null) throw new ConfigError(`--${name} is for the sandbox: in ${config.mode} market and time are real`)
  const environment = readEnvironment()
  const dataDir = resolve(args.text('data-dir') ?? environment.dataDir ?? modeDataDir(config.mode, config.account))
  const market = { kind: 'venues', kraken: config.venues.kraken.enabled ? config.venues.kraken.restUrl : null }
  const identity = { mode: config.mode, account: config.account, market, time: 'real' }
  return { config, environment, seed: '', recording: null, speed: 1, isVirtual: false, dataDir, identity }
}

/** Returns where a mode of real venues keeps its files unless told otherwise. */
export function modeDataDir(mode: string, account: string): string {
  return join(ROOT, 'data', `${mode}-${account}`)
}

function defaultDataDir(seed: string, replay: string | null, isVirtual: boolean): string {
  const market = replay === null ? 'sandbox' : `replay-${basename(replay).replace(/\.[^.]*$/, '')}`
  return join(ROOT, 'data', `${market}-${seed}${isVirtual ? '-virtual' : ''}`)
}

/**
 * Returns the data directory of the world that a command line means, without reading its recording or making anything.
 * @throws {ConfigError} for a bad option, and for a bad configuration where only that tells the seed.
 */
export function findDataDir(args: Arguments): string {
  const given = args.text('data-dir') ?? readEnvironment().dataDir
  if (given !== null) return resolve(given)
  const mode = args.text('mode')
  const options = mode === null ? {} : { mode }
  const config = loadConfig({ configDir: join(ROOT, 'config'), file: args.text('config'), options })
  if (config.mode !== 'sandbox') return modeDataDir(config.mode, config.account)
  const seed = seedOf(args.text('seed'), config)
  const replay = args.text('replay')
  return defaultDataDir(seed, replay, replay !== null || speedOf(args.text('speed'), false) !== 1)
}

/** A digest of the bars themselves: another file of the same name is another market. */
function digestOf(recording: Recording): string {
  const columns = [recording.open, recording.high, recording.low, recording.close, recording.volume]
  return sha256Hex(
    columns.map((column) => Buffer.from(column.buffer, column.byteOffset, column.byteLength).toString('base64')).join('|'),
  ).slice(0, 16)
}
