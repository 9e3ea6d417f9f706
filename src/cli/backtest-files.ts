import { accessSync, constants, existsSync, mkdirSync, realpathSync, renameSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { messageOf } from '#domain/errors'
import { STORE_FILE } from '#store/open-store'
import type { BacktestRequest } from './backtest-options'
import { UsageError } from './command'

/** Refuses outputs that could not be written, or would replace what is read, before anything is run. @throws {UsageError} naming option, value and rule. */
export function requireOutputs({ reportPath, journalPath, baselinePath, inputs }: BacktestRequest): void {
  if (reportPath !== null) {
    requirePlace('report', reportPath)
    if (existsSync(reportPath) && statSync(reportPath).isDirectory()) throw refused('report', reportPath, 'is a folder; name a file in it')
    if (baselinePath !== null && isSame(reportPath, baselinePath))
      throw refused('report', reportPath, 'is the baseline of --compare; name another file, and copy it over once the change is meant')
    if (inputs.some((input) => isSame(reportPath, input))) throw refused('report', reportPath, 'is read by this run; name another file')
  }
  if (journalPath === null) return
  requirePlace('journal', journalPath)
  if (existsSync(journalPath)) throw refused('journal', journalPath, 'it exists already; name a new file')
  if (reportPath !== null && isSame(reportPath, journalPath)) throw refused('journal', journalPath, 'is the report; name another file')
}

/** Writes a report whole or not at all: beside its place first, then moved there. @throws {UsageError} where that fails. */
export function writeReport(path: string, text: string): void {
  // A device or a pipe is written to, not replaced.
  const isSpecial = existsSync(path) && !statSync(path).isFile()
  const target = isSpecial || !existsSync(path) ? path : realpathSync(path)
  const beside = isSpecial ? path : join(dirname(target), `.${basename(target)}.${process.pid}`)
  try {
    writeFileSync(beside, text)
    if (!isSpecial) renameSync(beside, target)
  } catch (error) {
    if (!isSpecial) rmSync(beside, { force: true })
    throw refused('report', path, `cannot be written: ${messageOf(error)}; name a file in a folder that you may write to`)
  }
}

/**
 * Lets `act` make a journal in a folder `FILE.partial` and moves it to its place once it is whole. What a killed run left there is
 * taken away by the next run of the same name.
 */
export function withJournal<T>(journalPath: string, act: (dataDir: string) => T): T {
  const path = resolve(journalPath)
  const dataDir = `${path}.partial`
  clear(dataDir)
  mkdirSync(dataDir)
  try {
    const result = act(dataDir)
    renameSync(join(dataDir, STORE_FILE), path)
    return result
  } finally {
    clear(dataDir)
  }
}

/** Takes a folder of a journal away, and nothing that is not of a journal. */
function clear(dataDir: string): void {
  if (!existsSync(dataDir)) return
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(join(dataDir, `${STORE_FILE}${suffix}`), { force: true })
  try {
    rmdirSync(dataDir)
  } catch (error) {
    throw new UsageError(`--journal: ${dataDir} is in the way: ${messageOf(error)}; take it away, or name another file`)
  }
}

function requirePlace(option: string, path: string): void {
  if (path === '') throw refused(option, path, 'must name a file')
  const folder = dirname(resolve(path))
  try {
    accessSync(folder, constants.W_OK)
    if (!statSync(folder).isDirectory()) throw new Error(`${folder} is no folder`)
    if (existsSync(path)) accessSync(path, constants.W_OK)
  } catch (error) {
    throw refused(option, path, `cannot be written: ${messageOf(error)}; name a file in a folder that exists and that you may write to`)
  }
}

function isSame(one: string, other: string): boolean {
  return real(one) === real(other)
}

function real(path: string): string {
  return existsSync(path) ? realpathSync(path) : resolve(path)
}

function refused(option: string, path: string, rule: string): UsageError {
  return new UsageError(`--${option} = "${path}": ${rule}`)
}
