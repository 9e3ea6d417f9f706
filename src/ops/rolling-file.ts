import { closeSync, existsSync, fstatSync, openSync, readdirSync, renameSync, rmSync, writeSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { DAY_MS, utcDayOf } from '#domain/time'

export interface RollingFileOptions {
  readonly path: string
  /** UTC now in ms. */
  readonly now: () => number
  /** A file that reaches this size is rolled. Default 100 MB (OBS-01). */
  readonly bytesMax?: number
  /** Rolled files are kept this many days. Default 90 (DAT-05). */
  readonly daysKept?: number
}

/**
 * A file of lines that is rolled once a UTC day and at a size limit: `troupe.log` becomes `troupe.2026-01-05.1.log`. Writes are
 * synchronous: a line is in the file when the process dies right after it.
 */
export class RollingFile {
  readonly #options: Required<RollingFileOptions>
  #fd: number
  #byteCount: number
  #day: number

  constructor(options: RollingFileOptions) {
    this.#options = { bytesMax: 100_000_000, daysKept: 90, ...options }
    this.#fd = openSync(options.path, 'a', 0o600)
    const stats = fstatSync(this.#fd)
    this.#byteCount = stats.size
    this.#day = stats.size === 0 ? utcDayOf(options.now()) : utcDayOf(stats.mtimeMs)
  }

  write(line: string): void {
    const isFull = this.#byteCount >= this.#options.bytesMax
    if (this.#byteCount > 0 && (isFull || utcDayOf(this.#options.now()) > this.#day)) this.#roll()
    this.#byteCount += writeSync(this.#fd, line)
  }

  close(): void {
    closeSync(this.#fd)
  }

  #roll(): void {
    closeSync(this.#fd)
    const { path, now } = this.#options
    const stem = path.replace(/\.log$/, '')
    const day = new Date(this.#day).toISOString().slice(0, 10)
    let number = 1
    while (existsSync(`${stem}.${day}.${number}.log`)) number++
    renameSync(path, `${stem}.${day}.${number}.log`)
    this.#fd = openSync(path, 'a', 0o600)
    this.#byteCount = 0
    this.#day = utcDayOf(now())
    this.#removeOld(stem)
  }

  #removeOld(stem: string): void {
    const oldestMs = this.#day - this.#options.daysKept * DAY_MS
    const folder = dirname(stem)
    const prefix = `${basename(stem)}.`
    for (const name of readdirSync(folder)) {
      if (!name.startsWith(prefix)) continue
      const day = /^(\d{4}-\d\d-\d\d)\.\d+\.log$/.exec(name.slice(prefix.length))?.[1]
      if (day !== undefined && Date.parse(day) < oldestMs) rmSync(join(folder, name))
    }
  }
}
