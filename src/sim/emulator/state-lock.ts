import { Database } from 'bun:sqlite'
import { AppError } from '#domain/errors'

/** Keeps a second emulator off the same state. The operating system lets go of it when the process dies, however it dies. */
export class StateLock {
  readonly #db: Database

  /** @throws {AppError} `DATA_DIR_LOCKED` when another emulator holds it. */
  constructor(file: string) {
    this.#db = new Database(file, { create: true, strict: true })
    try {
      this.#db.run('PRAGMA locking_mode = EXCLUSIVE')
      this.#db.run('BEGIN EXCLUSIVE')
    } catch (error) {
      this.#db.close()
      throw new AppError(`another sandbox emulator uses ${file}: stop it, or choose another data directory`, {
        code: 'DATA_DIR_LOCKED',
        severity: 'HIGH',
        cause: error,
        details: { file },
      })
    }
  }

  release(): void {
    this.#db.run('ROLLBACK')
    this.#db.close()
  }
}
