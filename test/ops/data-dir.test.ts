import { describe, expect, test } from 'bun:test'
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AppError } from '#domain/errors'
import { type DataDirOptions, openDataDir } from '#ops/data-dir'
import { systemRandom } from '#ops/system-random'
import { removeTempDirs, tempDir } from '#test/store/temp-dir'

removeTempDirs()

const WORLD = { mode: 'sandbox', accounts: ['main@kraken'], market: { seed: '42' } }

function open(path: string, rest: Partial<DataDirOptions> = {}) {
  return openDataDir({ path, world: WORLD, tag: null, random: systemRandom, ...rest })
}

function errorOf(act: () => unknown): AppError {
  try {
    act()
  } catch (error) {
    return error as AppError
  }
  throw new Error('nothing was thrown')
}

describe('openDataDir', () => {
  test('SEC-03 makes the directory and its files for the owner alone', () => {
    const path = join(tempDir(), 'deep', 'data')
    const dir = open(path)
    expect(statSync(path).mode & 0o777).toBe(0o700)
    for (const name of readdirSync(path)) expect(statSync(join(path, name)).mode & 0o077).toBe(0)
    dir.release()
  })

  test('keeps the random tag of a new directory for ever, and takes the caller’s in a virtual world', () => {
    const path = tempDir()
    const first = open(path)
    expect(first.tag).toMatch(/^[0-9a-f]{6}$/)
    first.release()
    const again = open(path)
    expect(again.tag).toBe(first.tag)
    again.release()
    const given = open(tempDir(), { tag: '00abcd' })
    expect(given.tag).toBe('00abcd')
    given.release()
    expect(() => open(tempDir(), { tag: 'XYZ' })).toThrow('not 6 hex digits')
  })

  test('refuses another world in one line that names what differs, and stays usable for its own', () => {
    const path = tempDir()
    open(path).release()
    const error = errorOf(() => open(path, { world: { ...WORLD, mode: 'live', market: null } }))
    expect(error.code).toBe('DATA_DIR_MISMATCH')
    expect(error.message).toContain('market is {"seed":"42"} there and null here; mode is "sandbox" there and "live" here')
    expect(error.message).not.toContain('\n')
    open(path).release()
  })

  test('takes a directory in which an emulator was run before the company', () => {
    const path = tempDir()
    mkdirSync(join(path, 'emulator'))
    writeFileSync(join(path, 'KILL'), 'not yet')
    open(path).release()
    const foreign = tempDir()
    writeFileSync(join(foreign, 'notes.txt'), 'mine')
    expect(errorOf(() => open(foreign)).code).toBe('DATA_DIR_MISMATCH')
  })

  test('does not mind the order of the world’s fields', () => {
    const path = tempDir()
    open(path).release()
    open(path, { world: { market: { seed: '42' }, accounts: ['main@kraken'], mode: 'sandbox' } }).release()
  })

  test('refuses a directory with other files in it, and leaves it as it was', () => {
    const path = tempDir()
    writeFileSync(join(path, 'thesis.doc'), 'x')
    chmodSync(path, 0o755)
    expect(errorOf(() => open(path)).code).toBe('DATA_DIR_MISMATCH')
    expect(readdirSync(path)).toEqual(['thesis.doc'])
    expect(statSync(path).mode & 0o777).toBe(0o755)
  })

  test('SEC-03 closes an existing directory of ours to others', () => {
    const path = tempDir()
    open(path).release()
    chmodSync(path, 0o755)
    open(path).release()
    expect(statSync(path).mode & 0o777).toBe(0o700)
  })

  test('a world file that cannot be read is named, not overwritten', () => {
    const path = tempDir()
    open(path).release()
    writeFileSync(join(path, 'world.json'), '{"version":1')
    expect(errorOf(() => open(path)).message).toContain('world.json cannot be read')
    expect(readFileSync(join(path, 'world.json'), 'utf8')).toBe('{"version":1')
  })

  test('RUN-07 is locked while it is open', () => {
    const path = tempDir()
    const dir = open(path)
    expect(errorOf(() => open(path)).code).toBe('DATA_DIR_LOCKED')
    dir.release()
    open(path).release()
  })

  test('a crash between the lock and the world file leaves a directory that can be opened', () => {
    const path = join(tempDir(), 'data')
    mkdirSync(path)
    writeFileSync(join(path, 'lock.pid'), '1\n')
    open(path).release()
  })
})
