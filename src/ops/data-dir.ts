import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { AppError, InvariantError, messageOf } from '#domain/errors'
import { canonicalJson, type Json, type JsonObject } from '#domain/json'
import type { RandomPort } from '#ports/random'
import { acquireInstanceLock } from './instance-lock'

/** The file that says which world a data directory belongs to. */
export const WORLD_FILE = 'world.json'
const TAG = /^[0-9a-f]{6}$/
/** What may lie in a directory before it has its world: our lock, an emulator that was run first, a kill switch set beforehand, the result of CI. */
const EARLY = /^(lock\..*|emulator|emulator\.log|KILL|ci\.json)$/

export interface DataDirOptions {
  readonly path: string
  /** What the directory belongs to: mode, accounts, and in a simulated world its market, seed or replay. No secrets. */
  readonly world: JsonObject
  /** 6 hex digits in worlds in virtual time; null mints a random one for a new directory (live, sandbox over sockets). */
  readonly tag: string | null
  readonly random: RandomPort
}

/** A data directory that belongs to this process and to one world. */
export interface DataDir {
  readonly path: string
  /** 6 hex digits in every client order id that is minted over this directory. */
  readonly tag: string
  /** Gives the single-instance lock back. Close the store first. */
  release(): void
}

const worldFile = z.object({ version: z.literal(1), tag: z.string().regex(TAG), world: z.record(z.string(), z.json()) })

/**
 * Makes or opens a data directory: mode 700, one process at a time, one world for ever.
 * @throws {AppError} `DATA_DIR_LOCKED` when another process uses it; `DATA_DIR_MISMATCH` when it belongs to another world, or
 * holds files that are not ours.
 */
export function openDataDir(options: DataDirOptions): DataDir {
  const path = resolve(options.path)
  prepare(path)
  const lock = acquireInstanceLock(path)
  try {
    const tag = claim(path, options)
    return { path, tag, release: () => lock.release() }
  } catch (error) {
    lock.release()
    throw error
  }
}

function prepare(path: string): void {
  if (!existsSync(path)) {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    return
  }
  const isOurs = existsSync(join(path, WORLD_FILE)) || readdirSync(path).every((name) => EARLY.test(name))
  if (!isOurs) {
    throw mismatch(`${path} holds files but no ${WORLD_FILE}: it is no data directory of Troupe; choose an empty or a new one`, path)
  }
  if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o700)
}

function claim(path: string, options: DataDirOptions): string {
  const file = join(path, WORLD_FILE)
  if (!existsSync(file)) {
    const tag = options.tag ?? options.random.integer(0x1_00_00_00).toString(16).padStart(6, '0')
    if (!TAG.test(tag)) throw new InvariantError(`openDataDir(): "${tag}" is not 6 hex digits`)
    writeDurably(file, canonicalJson({ version: 1, tag, world: options.world }))
    return tag
  }
  const present = readWorld(file, path)
  const differing = differences(present.world, options.world)
  if (differing.length > 0) {
    throw mismatch(`${path} belongs to another world (${differing.join('; ')}); choose another data directory, or start that world`, path)
  }
  if (options.tag !== null && options.tag !== present.tag) {
    throw mismatch(`${path} has the tag ${present.tag}, not ${options.tag}; choose another data directory`, path)
  }
  return present.tag
}

function readWorld(file: string, path: string): z.infer<typeof worldFile> {
  try {
    return worldFile.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (error) {
    throw mismatch(`${file} cannot be read (${messageOf(error)}); restore it from a backup`, path)
  }
}

function differences(present: JsonObject, wanted: JsonObject): readonly string[] {
  const shown = (value: Json | undefined) => (value === undefined ? 'none' : canonicalJson(value))
  const keys = [...new Set([...Object.keys(present), ...Object.keys(wanted)])].sort()
  return keys
    .filter((key) => shown(present[key]) !== shown(wanted[key]))
    .map((key) => `${key} is ${shown(present[key])} there and ${shown(wanted[key])} here`)
}

/** Beside and renamed, so that a crash leaves the whole file or none. */
function writeDurably(file: string, text: string): void {
  const fd = openSync(`${file}.new`, 'w', 0o600)
  try {
    writeSync(fd, `${text}\n`)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  renameSync(`${file}.new`, file)
}

function mismatch(text: string, path: string): AppError {
  return new AppError(text, { code: 'DATA_DIR_MISMATCH', severity: 'CRITICAL', details: { path } })
}
